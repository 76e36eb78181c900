"""Where everything stands, in millimetres."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bedside.ecg.render.geometry import grid, place, pulses, separators, shorter_than_page, span_s, texts
from bedside.ecg.render.layout import LAYOUTS, parse_layout
from bedside.ecg.render.options import DEMO_OPTIONS, Paper, RenderOptions, parse_paper
from bedside.errors import DataError
from bedside.records import LEADS

PAGES = ("896", "448", "a4", "a4@300", "letter@100")


def test_time_runs_on_across_columns_and_rows_are_simultaneous():
    panels = place(LEADS, RenderOptions())
    assert [panel.start_s for panel in panels[:4]] == [0, 2.5, 5, 7.5]
    assert {panel.start_s for panel in panels if panel.column == 2} == {5}
    assert {panel.duration_s for panel in panels[:12]} == {2.5}
    assert (panels[12].lead, panels[12].start_s, panels[12].duration_s) == ("II", 0, 10)
    later = place(LEADS, RenderOptions(start_s=20))
    assert [panel.start_s for panel in later[:2]] == [20, 22.5]


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("name", LAYOUTS)
def test_everything_stands_on_the_page_and_nothing_before_its_trace(page: str, name: str):
    options = RenderOptions(layout=LAYOUTS[name], paper=parse_paper(page))
    panels = place(LEADS, options)
    width, height = options.paper.width_mm, options.paper.height_mm
    for panel in panels:
        assert panel.x_mm >= 0
        assert panel.x_mm + panel.width_mm <= width + 1e-9
        assert 0 < panel.top_mm < panel.baseline_mm < panel.top_mm + panel.height_mm < height
        assert panel.width_mm == pytest.approx(panel.duration_s * 25)
    for outline in pulses(options):
        assert all(0 <= x < panels[0].x_mm and 0 < y < height for x, y in outline)
    for line in texts(panels, options):
        assert 0 < line.y_mm - line.height_mm < line.y_mm < height
        assert 0 < line.x_mm < width
    assert span_s(options) == 10


def test_ten_seconds_are_875_of_896_pixels():
    panel = place(LEADS, RenderOptions())[-1]
    assert panel.x_mm * 3.5 == 21
    assert panel.width_mm * 3.5 == 875


def test_a_pulse_is_one_millivolt_high_and_two_hundred_milliseconds_long():
    for mm_per_s, mm_per_mv in ((25, 10), (50, 20), (25, 5)):
        options = RenderOptions(mm_per_s=mm_per_s, mm_per_mv=mm_per_mv)
        panels = place(LEADS, options)
        for number, outline in enumerate(pulses(options)):
            ys = [y for _, y in outline]
            top = [x for x, y in outline if y == min(ys)]
            assert max(ys) - min(ys) == pytest.approx(mm_per_mv)
            assert max(ys) == next(panel.baseline_mm for panel in panels if panel.row == number)
            assert max(top) - min(top) == pytest.approx(0.2 * mm_per_s)
    assert pulses(RenderOptions(pulse=False)) == ()


def test_faster_paper_shows_less_time_at_the_same_scale():
    options = RenderOptions(mm_per_s=50, pulse=False)
    panel = place(LEADS, options)[0]
    assert span_s(options) == pytest.approx(256 / 50)
    assert panel.width_mm == pytest.approx(64)
    assert panel.width_mm / panel.duration_s == pytest.approx(50)


def test_leads_are_marked_as_what_they_are():
    options = RenderOptions(layout=parse_layout("I,III/-aVR,V6"))
    one, three, avr, v6 = place(("I", "II", "III", "aVR"), options, derived={"III", "aVR"})
    assert (one.state, three.state, avr.state, v6.state) == ("recorded", "derived", "derived", "missing")
    assert (avr.lead, avr.sign) == ("aVR", -1)
    written = [line.text for line in texts((one, three, avr, v6), options)]
    assert written == ["I", "III (derived)", "−aVR (derived)", "V6", "not recorded", "25 mm/s   10 mm/mV"]
    assert not texts((v6,), RenderOptions(labels=False, scale_text=False))


def test_separators_mark_changes_of_lead_clear_of_the_zero_line():
    panels = place(LEADS, RenderOptions())
    strokes = separators(panels)
    assert len(strokes) == 2 * 9
    assert {x for stroke in strokes for x, _ in stroke} == {panel.x_mm for panel in panels if panel.column}
    assert all(abs(y - panels[0].baseline_mm) >= 5 for stroke in strokes for _, y in stroke)


@pytest.mark.parametrize("page", PAGES)
def test_the_grid_begins_with_time_and_lies_on_zero(page: str):
    options = RenderOptions(paper=parse_paper(page))
    panel = place(LEADS, options)[0]
    across, down = grid(options, step_mm=5)
    assert panel.x_mm in across
    assert panel.baseline_mm in down
    assert across[1] - across[0] == pytest.approx(5)
    assert 0 <= across[0] < 5
    assert options.paper.width_mm - 5 <= across[-1] <= options.paper.width_mm


def test_the_demo_shows_three_bare_strips():
    panels = place(LEADS, DEMO_OPTIONS)
    assert [panel.lead for panel in panels] == ["II", "III", "V1"]
    assert {panel.x_mm for panel in panels} == {0}
    assert span_s(DEMO_OPTIONS) == 5.12


def test_a_page_without_room_for_a_trace_is_refused():
    with pytest.raises(DataError, match="no room"):
        place(LEADS, RenderOptions(paper=Paper(20, 20, 4.0)))
    with pytest.raises(DataError, match=r"30 × 20 mm has no room for layout 3x4\+1R") as raised:
        place(LEADS, RenderOptions(paper=parse_paper("1200x800@40")))
    assert "1840x1120@40" in raised.value.fix
    assert place(LEADS, RenderOptions(paper=parse_paper("1840x1120@40")))


@given(st.integers(1, 400), st.integers(1, 400), st.floats(0.25, 20))
def test_any_page_is_laid_out_or_refused(width: int, height: int, scale: float):
    options = RenderOptions(paper=Paper(width, height, scale))
    try:
        panels = place(LEADS, options)
    except DataError:
        return
    assert all(panel.x_mm + panel.width_mm <= options.paper.width_mm + 1e-6 for panel in panels)
    assert [panel.row for panel in panels] == sorted(panel.row for panel in panels)


def test_a_column_that_a_short_record_does_not_fill_shows_its_last_seconds_and_says_from_when():
    short_s = shorter_than_page(7.335, RenderOptions())
    assert short_s == 7.3
    panels = place(LEADS, RenderOptions(), short_s=short_s)
    starts = {panel.lead: panel.start_s for panel in panels[:12]}
    assert [starts[lead] for lead in ("I", "aVR", "V1", "V4")] == pytest.approx([0, 2.5, 4.8, 4.8])
    labels = [panel.label for panel in panels[:4]]
    assert labels == ["I", "aVR", "V1 from 4.8 s", "V4 from 4.8 s"]
    assert (panels[12].start_s, panels[12].label) == (0, "II")
    shorter = place(LEADS, RenderOptions(start_s=1), short_s=2.0)
    assert {panel.start_s for panel in shorter} == {1.0}


def test_a_record_that_fills_the_page_moves_nothing():
    for duration_s in (9.95, 10.0, 30.0):
        assert shorter_than_page(duration_s, RenderOptions()) is None
    assert shorter_than_page(30.0, RenderOptions(start_s=25)) == 30.0
