"""What the picture of a record shows."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bedside.ecg.render import (
    DEMO_OPTIONS,
    LAYOUTS,
    Paper,
    RenderOptions,
    Style,
    draw,
    parse_layout,
    parse_paper,
)
from bedside.ecg.render.geometry import place, shorter_than_page
from bedside.ecg.synth import synthesize
from bedside.errors import DataError
from bedside.records import LEADS, EcgRecord
from drawn_ecgs import RATE, center_px, flat, ink, record

ONE_ROW = RenderOptions(layout=parse_layout("II"), pulse=False, labels=False, scale_text=False)
A4 = parse_paper("a4")


def made(kind: str = "normal_sinus_rhythm", *, seed: int = 0, rate: float = RATE) -> EcgRecord:
    rng = np.random.default_rng(seed)
    return synthesize(kind, rng=rng, subject_id="s", record_name="r", sampling_rate_hz=rate).record


@pytest.mark.parametrize("paper", [Paper.square(), A4, parse_paper("a4@300"), Paper.square(448)])
@pytest.mark.parametrize("mm_per_mv", [5, 10, 20])
def test_gain_is_honest_for_every_amplitude(paper: Paper, mm_per_mv: int):
    options = replace(ONE_ROW, paper=paper, mm_per_mv=mm_per_mv)
    x = paper.width_px // 2
    zero = center_px(ink(record(flat()), options)[:, x])
    for level in (-0.5, 0.013, 0.3, 1.2):
        drop = zero - center_px(ink(record(flat(level_mv=level)), options)[:, x])
        assert drop == pytest.approx(level * mm_per_mv * paper.px_per_mm, abs=0.12)


def test_a_pulse_in_the_signal_is_as_high_and_long_as_the_paper_says():
    signal = flat()
    signal[round(4.0 * RATE) : round(5.0 * RATE)] = 1.0
    trace = ink(record(signal), ONE_ROW)
    low, high = center_px(trace[:, 100]), center_px(trace[:, round(3 * 3.5 + 4.5 * 25 * 3.5)])
    assert low - high == pytest.approx(35, abs=0.1)
    inside = np.flatnonzero(trace[round(high)] > 0.5)
    assert inside[-1] - inside[0] + 1 == pytest.approx(25 * 3.5, abs=1.1)


@pytest.mark.parametrize("paper", [Paper.square(), A4])
@pytest.mark.parametrize("mm_per_mv", [5, 10, 20])
def test_the_calibration_pulse_measures_one_millivolt_and_200_ms(paper: Paper, mm_per_mv: int):
    options = RenderOptions(paper=paper, mm_per_mv=mm_per_mv, labels=False, scale_text=False)
    nothing = record(flat() * np.nan)
    bare = draw(nothing, replace(options, pulse=False, paper=paper)).rgb()[:, :, 0].astype(float)
    dark = (draw(nothing, options).rgb()[:, :, 0] < 150) & (bare > 200)
    for panel in place(LEADS, options):
        if panel.column == 0:
            base = panel.baseline_mm * paper.px_per_mm
            rows = slice(round(base - 30 * paper.px_per_mm), round(base + 10 * paper.px_per_mm))
            around = dark[max(0, rows.start) : rows.stop, : round(panel.x_mm * paper.px_per_mm)]
            long = np.flatnonzero(around.sum(axis=1) >= 4 * paper.px_per_mm)
            top = long[long < long[0] + 4].mean() + 0.5 + max(0, rows.start)
            assert base - top == pytest.approx(mm_per_mv * paper.px_per_mm, abs=0.5)
            upright = np.flatnonzero(around.sum(axis=0) >= 0.7 * mm_per_mv * paper.px_per_mm)
            assert upright.max() - upright.min() == pytest.approx(5 * paper.px_per_mm, abs=1.5)


@pytest.mark.parametrize("options", [ONE_ROW, replace(ONE_ROW, paper=A4), DEMO_OPTIONS])
def test_flat_lines_are_as_thick_as_the_style_says(options: RenderOptions):
    trace = ink(record(flat(level_mv=0.123)), options)
    first_row = trace[: trace.shape[0] // len(options.layout.rows)]
    thickness = max(options.style.trace_mm * options.paper.px_per_mm, 1.4)
    assert first_row[:, trace.shape[1] // 2].sum() == pytest.approx(thickness, abs=0.15)


def test_steep_strokes_stay_visible_and_a_round_pen_draws_them_as_thick():
    signal = flat()
    signal[round(4.0 * RATE) :] = 2.0
    thin = ink(record(signal), ONE_ROW)
    bold = ink(record(signal), replace(ONE_ROW, style=replace(Style(), trace_mm=1.0, round_pen=True)))
    between = round(center_px(thin[:, 100]) - 35)
    assert thin[between].sum() >= 0.5
    assert bold[between].sum() == pytest.approx(3.5, abs=0.6)


def test_what_was_not_recorded_leaves_a_gap():
    signal = flat()
    signal[round(4.0 * RATE) : round(6.0 * RATE)] = np.nan
    trace = ink(record(signal), ONE_ROW).sum(axis=0)
    left, right = (3 + np.array([4.0, 6.0]) * 25) * 3.5
    assert trace[round(left) + 1 : round(right) - 1].sum() == 0
    assert trace[: round(left) - 1][-100:].min() > 1
    assert trace[round(right) + 1 :][:100].min() > 1


def test_a_lone_sample_is_drawn_and_infinity_is_not():
    signal = flat() * np.nan
    signal[2500], signal[3000], signal[3001] = 0.0, np.inf, -np.inf
    columns = np.flatnonzero(ink(record(signal), ONE_ROW).sum(axis=0))
    assert columns.size
    assert np.abs(columns - (3 + 5.0 * 25) * 3.5).max() <= 1


def test_a_short_record_ends_where_it_ends_and_one_without_samples_is_empty():
    trace = ink(record(flat(2.0)), ONE_ROW).sum(axis=0)
    end = (3 + 2.0 * 25) * 3.5
    assert trace[round(end) - 10 : round(end) - 1].min() > 1
    assert trace[round(end) + 1 :].sum() == 0
    assert ink(record(np.empty((12, 0))), ONE_ROW).sum() == 0


def test_the_page_begins_where_it_is_asked_to():
    signal = np.random.default_rng(1).normal(0, 0.2, round(30 * RATE))
    late = draw(record(signal), replace(ONE_ROW, start_s=12.0))
    cut = draw(record(signal[round(12 * RATE) :]), ONE_ROW)
    assert (late.pixels == cut.pixels).mean() > 0.9999
    for start_s in (30.0, 99.0):
        with pytest.raises(DataError, match="the record ends at 30 s"):
            draw(record(signal), replace(ONE_ROW, start_s=start_s))


@given(start_s=st.floats(0.0, 9.98))
def test_every_lead_is_on_the_page_wherever_it_begins(start_s: float):
    options = RenderOptions(start_s=start_s)
    for panel in place(LEADS, options, short_s=shorter_than_page(10.0, options)):
        assert start_s <= panel.start_s < 10.0
        assert panel.moved == (panel.start_s < start_s + panel.column * 2.5)


def test_a_large_trace_leaves_its_row_and_is_cut_at_the_page_only():
    signals = np.zeros((12, 5000))
    signals[0] = -6.0
    plain = replace(RenderOptions(), pulse=False, labels=False)
    trace = ink(record(signals), plain)
    panels = place(LEADS, plain)
    expected = (panels[0].baseline_mm + 60) * 3.5
    assert trace[round(expected) - 2 : round(expected) + 2, 100].sum() > 1
    signals[0] = 1e6
    assert ink(record(signals), plain)[:, 100].sum() == pytest.approx(3 * 1.4, abs=0.3)


def test_a_cabrera_lead_is_drawn_upside_down():
    signals = np.zeros((12, 5000))
    signals[LEADS.index("aVR")] = -1.0
    options = replace(ONE_ROW, layout=parse_layout("-aVR/I"))
    trace = ink(record(signals), options)
    first, second = place(LEADS, options)
    assert center_px(trace[:448, 400]) == pytest.approx(first.baseline_mm * 3.5 - 35, abs=0.1)
    assert 448 + center_px(trace[448:, 400]) == pytest.approx(second.baseline_mm * 3.5, abs=0.1)


def test_missing_and_derived_leads_look_different_on_the_page():
    all_leads = draw(record(flat()), RenderOptions()).pixels
    without = draw(record(flat(), leads=LEADS[:-1]), RenderOptions()).pixels
    derived = draw(record(flat(), derived=("III",)), RenderOptions()).pixels
    v6 = next(panel for panel in place(LEADS, RenderOptions()) if panel.lead == "V6")
    changed = np.argwhere(all_leads != without)
    assert changed[:, 1].min() > v6.x_mm * 3.5 - 2
    assert len(changed) > 100
    assert (all_leads != derived).any()


def test_a_lead_without_any_sample_is_not_recorded():
    full = record(flat())
    blank = full.signals_mv.copy()
    blank[-1] = np.nan
    missing = replace(full, signals_mv=full.signals_mv[:-1], leads=LEADS[:-1])
    assert draw(replace(full, signals_mv=blank)).pixels.tolist() == draw(missing).pixels.tolist()


def test_a_lead_that_nobody_knows_is_refused_and_one_of_the_record_is_drawn():
    with pytest.raises(DataError, match="asks for 'VI', which is neither") as raised:
        draw(record(flat()), RenderOptions(layout=parse_layout("I,VI")))
    assert "aVF, V1, V2" in raised.value.fix
    with pytest.raises(DataError) as raised:
        draw(record(flat()), RenderOptions(layout=parse_layout("avr")))
    assert raised.value.fix.startswith("did you mean 'aVR'?")
    other = record(flat(), leads=("MLII", *LEADS[1:]))
    assert draw(other, RenderOptions(layout=parse_layout("MLII/V5"))).pixels.any()


@pytest.mark.parametrize("name", ["3x4+1R", "12x1"])
def test_the_sampling_rate_does_not_show(name: str):
    options = RenderOptions(layout=LAYOUTS[name])
    fine = ink(made(rate=1000), options)
    for rate in (100, 250, 257, 360, 500):
        other = ink(made(rate=rate), options)
        assert np.abs(fine - other).sum() / fine.sum() < (0.25 if rate == 100 else 0.12)


def test_nothing_of_the_trace_s_colour_is_anything_else():
    page = draw(record(flat() * np.nan), RenderOptions(pulse=False)).rgb().astype(int)
    assert page[:, :, 0].min() >= Style().label[0]
    assert Style().label[0] > 5 * Style().trace[0]


def test_the_same_record_gives_the_same_bytes_whatever_was_drawn_before():
    first = draw(made()).png()
    assert draw(made(seed=1)).png() != first
    draw(made(), DEMO_OPTIONS)
    assert draw(made()).png() == first


def test_a_fresh_process_without_compiled_code_draws_the_same_bytes():
    program = (
        "import sys, hashlib, numpy as np\n"
        "sys.modules['numba'] = None\n"
        "from bedside.ecg.render import draw\n"
        "from bedside.records import EcgRecord\n"
        "signals = np.random.default_rng(5).normal(0, 0.3, (12, 5000))\n"
        "print(hashlib.sha256(draw(EcgRecord('s', 'r', signals, 500.0)).png()).hexdigest())\n"
    )
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    signals = np.random.default_rng(5).normal(0, 0.3, (12, 5000))
    here = hashlib.sha256(draw(EcgRecord("s", "r", signals, 500.0)).png()).hexdigest()
    assert ran.stdout.strip() == here


def test_nothing_heavy_is_imported_before_it_is_needed():
    program = "import sys, bedside.ecg.render; print([m for m in ('numba', 'PIL') if m in sys.modules])"
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"


@settings(max_examples=25, deadline=None)
@given(
    st.integers(0, 2**32 - 1),
    st.floats(40, 2000),
    st.integers(0, 3000),
    st.sampled_from(["3x4+1R", "II/V1", "12x1-cabrera"]),
)
def test_compiled_and_plain_code_draw_the_same_pixels(seed: int, rate: float, samples: int, layout: str):
    pytest.importorskip("numba")
    from bedside.ecg.render import compiled, coverage
    from bedside.ecg.render.sampling import sampled, trace_pen
    from bedside.ecg.render.sheet import sheet

    rng = np.random.default_rng(seed)
    signals = rng.normal(0, rng.choice([0.05, 0.5, 5.0]), (12, samples))
    signals[rng.random(signals.shape) < 0.05] = np.nan
    for options in (
        RenderOptions(layout=parse_layout(layout), paper=Paper(300, 200, 1.1), mm_per_mv=10),
        RenderOptions(layout=parse_layout(layout), style=Style(trace_mm=2.0, round_pen=True)),
    ):
        paper = sheet(options, missing=frozenset(), derived=frozenset())
        shown = (
            sampled(record(signals, rate=rate), options),
            trace_pen(options),
            paper.page.pixels,
            paper.mixed,
        )
        assert (compiled.ink(*shown) == coverage.ink(*shown)).all()


@pytest.mark.train
def test_the_image_processor_of_gemma_3_takes_the_picture_as_it_is():
    import transformers

    picture = draw(made())
    processor = transformers.Gemma3ImageProcessorPil(
        size={"height": 896, "width": 896}, image_mean=[0.5] * 3, image_std=[0.5] * 3, do_pan_and_scan=False
    )
    seen = processor(picture.image(), return_tensors="np")["pixel_values"][0]
    as_drawn = picture.rgb().astype(float).transpose(2, 0, 1) / 127.5 - 1
    assert seen.shape == (3, 896, 896)
    assert np.abs(seen - as_drawn).max() < 1e-5
