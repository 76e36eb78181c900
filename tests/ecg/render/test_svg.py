"""The page as SVG."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from bedside.ecg.render.geometry import place
from bedside.ecg.render.layout import LAYOUTS, parse_layout
from bedside.ecg.render.options import Paper, RenderOptions, Style
from bedside.ecg.render.svg import svg
from bedside.records import LEADS, EcgRecord

NS = "{http://www.w3.org/2000/svg}"
BARE = RenderOptions(layout=parse_layout("3x4+1R"), pulse=False, labels=False, scale_text=False)


def record(rate: float = 500.0, seconds: float = 10.0, leads: tuple[str, ...] = LEADS) -> EcgRecord:
    time = np.arange(round(rate * seconds)) / rate
    signals = np.stack(
        [0.1 * (row + 1) * np.sin(2 * np.pi * (1 + row / 9) * time) for row in range(len(leads))]
    )
    return EcgRecord("p1", "r1", signals, rate, leads)


def pieces(text: str) -> list[np.ndarray]:
    """Every drawn line in the colour of the trace, in millimetres."""
    colour = "#{:02x}{:02x}{:02x}".format(*Style().trace)
    found = []
    for path in ET.fromstring(text).iter(f"{NS}path"):
        for piece in re.findall(r"M([^M]+)", path.get("d", "")) if path.get("stroke") == colour else ():
            start, _, moves = piece.partition("l")
            numbers = np.array(re.findall(r"-?\d+", f"{start} {moves}"), dtype=float).reshape(-1, 2)
            found.append(np.cumsum(numbers, axis=0) / 100)
    return found


def test_it_is_xml_in_millimetres_with_title_and_description() -> None:
    root = ET.fromstring(svg(record(), RenderOptions(paper=Paper.landscape("a4"))))
    assert root.get("width", "").endswith("mm")
    assert root.get("viewBox") == f"0 0 {root.get('width', '')[:-2]} {root.get('height', '')[:-2]}"
    assert float(root.get("width", "")[:-2]) == pytest.approx(297, abs=0.2)
    assert root.findtext(f"{NS}title") == "ECG r1"
    description = root.findtext(f"{NS}desc") or ""
    assert "3x4+1R" in description
    assert "25 mm/s 10 mm/mV" in description
    assert "II (1 × 10 s)" in description
    assert "Not recorded" not in description


@pytest.mark.parametrize("rate", [100.0, 250.0, 257.0, 500.0, 1000.0])
def test_every_sample_stands_where_its_time_and_voltage_say(rate: float) -> None:
    shown = record(rate)
    drawn = pieces(svg(shown, BARE))
    panels = place(shown.leads, BARE)
    assert len(drawn) == len(panels)
    for panel, line in zip(panels, drawn, strict=True):
        seconds = panel.start_s + (line[:, 0] - panel.x_mm) / 25
        millivolts = (panel.baseline_mm - line[:, 1]) / 10
        signal = shown.signals_mv[shown.leads.index(panel.lead)]
        first, last = (
            np.ceil(panel.start_s * rate),
            min((panel.start_s + panel.duration_s) * rate, signal.size - 1),
        )
        inside = np.arange(first, np.floor(last) + 1)
        nearest = np.searchsorted(seconds, inside / rate - 0.0003)
        assert np.abs(seconds[nearest] - inside / rate).max() <= 0.0002 + 1e-9
        assert np.abs(millivolts[nearest] - signal[inside.astype(int)]).max() <= 0.0005 + 1e-9
        assert len(line) - inside.size in {0, 1, 2}
        assert line[0, 0] == pytest.approx(panel.x_mm, abs=0.006)


def test_what_was_not_recorded_interrupts_the_line_and_a_lone_sample_is_a_dot() -> None:
    shown = record()
    shown.signals_mv[:, 300:400] = np.nan
    shown.signals_mv[:, 402:500] = np.nan
    shown.signals_mv[:, 401] = np.nan
    options = replace(BARE, layout=parse_layout("I/II"))
    drawn = pieces(svg(shown, options))
    assert [len(line) for line in drawn] == [300, 2, 4500, 300, 2, 4500]
    assert np.ptp(drawn[1], axis=0).max() == 0
    times = [(line[[0, -1], 0] - place(shown.leads, options)[0].x_mm) / 25 for line in drawn[:3]]
    assert times[0][1] == pytest.approx(299 / 500, abs=0.0003)
    assert times[2][0] == pytest.approx(500 / 500, abs=0.0003)


def test_a_record_without_any_sample_is_empty_paper() -> None:
    shown = record()
    shown.signals_mv[:] = np.nan
    assert pieces(svg(shown, BARE)) == []
    none = replace(shown, signals_mv=np.empty((12, 0)))
    assert pieces(svg(none, BARE)) == []


def test_absurd_voltages_are_left_out() -> None:
    shown = record()
    shown.signals_mv[:, 100] = 1e300
    shown.signals_mv[:, 200] = np.inf
    assert [len(line) for line in pieces(svg(shown, BARE))][:3] == [100, 99, 1050]


def test_a_short_record_leaves_no_lead_empty_and_ends_where_it_ends() -> None:
    shown = svg(record(seconds=3.0), BARE)
    drawn = pieces(shown)
    assert len(drawn) == 3 * 4 + 1
    assert len(drawn[-1]) == 1500
    assert all(1248 <= len(line) <= 1252 for line in drawn[:-1])
    assert "V6 from 0.5 s" in svg(record(seconds=3.0))


def test_the_pulse_is_1_mv_for_200_ms_at_the_gain_of_the_page() -> None:
    options = RenderOptions(mm_per_mv=20.0, labels=False, scale_text=False)
    style = "#{:02x}{:02x}{:02x}".format(*options.style.trace)
    paths = ET.fromstring(svg(record(), options)).iter(f"{NS}path")
    pulse = next(path.get("d", "") for path in paths if path.get("stroke") == style)
    outlines = [
        np.array(re.findall(r"-?\d+", outline), float).reshape(-1, 2) for outline in pulse.split("M")[1:]
    ]
    assert len(outlines) == 4
    for outline in outlines:
        assert np.ptp(outline[:, 1]) == 2000
        top = outline[outline[:, 1] == outline[:, 1].min()]
        assert np.ptp(top[:, 0]) == 500


def test_leads_are_named_and_marked() -> None:
    shown = record(leads=tuple(lead for lead in LEADS if lead != "V3"))
    text = svg(replace(shown, derived=frozenset({"III"})), RenderOptions(layout=LAYOUTS["3x4-cabrera"]))
    root = ET.fromstring(text)
    written = [element.text for element in root.iter(f"{NS}text")]
    assert {"I", "III (derived)", "−aVR", "V3", "not recorded"} <= set(written)
    assert "Not recorded: V3." in (root.findtext(f"{NS}desc") or "")
    upside_down, same = (
        pieces(svg(shown, replace(BARE, layout=parse_layout(f"{lead}/I")))) for lead in ("-aVR", "aVR")
    )
    baseline = place(shown.leads, replace(BARE, layout=parse_layout("aVR/I")))[0].baseline_mm
    assert upside_down[0][:, 1] - baseline == pytest.approx(-(same[0][:, 1] - baseline), abs=0.011)


def test_names_are_escaped_and_what_xml_cannot_hold_is_replaced() -> None:
    shown = replace(record(), record_name='a<b>&"c\x00\x1b\ud800')
    assert ET.fromstring(svg(shown)).findtext(f"{NS}title") == 'ECG a<b>&"c\ufffd\ufffd\ufffd'
    svg(shown).encode()


@pytest.mark.parametrize("layout", ["3x4+1R", "12x1"])
def test_it_is_small_and_the_same_again(layout: str) -> None:
    rng = np.random.default_rng(8)
    noisy = replace(record(), signals_mv=np.cumsum(rng.normal(0, 0.02, (12, 5000)), axis=1))
    options = RenderOptions(layout=parse_layout(layout))
    text = svg(noisy, options)
    assert text == svg(noisy, options)
    assert len(text.encode()) < 400_000


def test_the_grid_has_the_distances_it_states() -> None:
    style = Style()
    root = ET.fromstring(svg(record(), BARE))
    for colour, step in ((style.minor, 100), (style.major, 500)):
        path = next(
            p for p in root.iter(f"{NS}path") if p.get("stroke") == "#{:02x}{:02x}{:02x}".format(*colour)
        )
        for axis in (r"M(\d+) 0v", r"M0 (\d+)h"):
            at = [int(found) for found in re.findall(axis, path.get("d", ""))]
            assert len(at) > 40
            assert {after - before for before, after in pairwise(at)} == {step}
