from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from bedside.ecg.render import DEMO_LAYOUT, Layout, render
from bedside.ecg.synth import synthesize
from bedside.errors import DataError
from bedside.prompts import open_image, png_bytes
from bedside.records import LEADS, EcgRecord

RATE = 500.0
ONE_ROW = Layout(leads=("II",), size_px=200, px_per_mm=1.5, grid_mm=500, line_width_px=2)


def record(signal: np.ndarray, *, rate: float = RATE, leads: tuple[str, ...] = LEADS) -> EcgRecord:
    return EcgRecord("s", "r", np.tile(signal, (len(leads), 1)), rate, leads)


def ink(signal: np.ndarray, layout: Layout = ONE_ROW) -> np.ndarray:
    """Return the trace alone: how dark each pixel is compared with the empty paper, from 0 to 1."""
    empty = np.asarray(render(record(np.full(signal.size, np.nan)), layout), float)
    drawn = np.asarray(render(record(signal), layout), float)
    return (empty - drawn)[:, :, 0] / (layout.paper[0] - layout.ink[0])


def flat(seconds: float = 12.0) -> np.ndarray:
    return np.zeros(round(seconds * RATE))


def center_px(column: np.ndarray) -> float:
    return float((column * (np.arange(column.size) + 0.5)).sum() / column.sum())


def test_a_pulse_of_one_millivolt_is_as_high_and_long_as_the_layout_says():
    signal = flat()
    signal[round(2.0 * RATE) : round(3.0 * RATE)] = 1.0
    trace = ink(signal)
    low, high = center_px(trace[:, 10]), center_px(trace[:, round(2.5 * 25 * 1.5)])
    assert low - high == pytest.approx(1.0 * 20 * 1.5, abs=0.5)
    inside = np.flatnonzero(trace[round(high)] > 0.5)
    assert inside[0] == pytest.approx(2.0 * 25 * 1.5 - 1, abs=1)
    assert inside[-1] - inside[0] + 1 == pytest.approx(1.0 * 25 * 1.5 + 2, abs=1)


def test_a_flat_line_and_a_steep_line_are_as_thick_as_the_layout_says():
    signal = flat()
    signal[round(3.0 * RATE)] = 1.0
    trace = ink(signal)
    assert trace[:, 20].sum() == pytest.approx(2.0, abs=0.05)
    row = round(center_px(trace[:, 20]) - 15)
    assert trace[row].sum() == pytest.approx(2.0, abs=0.3)


def test_what_was_not_recorded_leaves_a_gap():
    signal = flat()
    signal[round(2.0 * RATE) : round(3.0 * RATE)] = np.nan
    trace = ink(signal)
    assert trace[:, 78:110].sum() == 0
    assert trace[:, 60].sum() > 1.9
    assert trace[:, 125].sum() > 1.9


def test_a_short_record_ends_where_it_ends():
    trace = ink(flat(2.0))
    assert trace[:, 70].sum() > 1.9
    assert trace[:, 80:].sum() == 0


def test_one_millimetre_is_the_same_in_both_directions():
    for layout in (DEMO_LAYOUT, ONE_ROW, replace(ONE_ROW, mm_per_mv=10, mm_per_s=50)):
        assert layout.px_per_mv / layout.mm_per_mv == layout.px_per_mm
        assert layout.size_px / layout.span_s / layout.mm_per_s == pytest.approx(layout.px_per_mm)


def test_gain_is_honest_for_every_amplitude():
    for level in (-0.5, 0.3, 1.2):
        drop = center_px(ink(flat())[:, 50]) - center_px(ink(flat() + level)[:, 50])
        assert drop == pytest.approx(level * ONE_ROW.px_per_mv, abs=0.02)


def test_the_same_record_gives_the_same_bytes_whatever_was_drawn_before():
    def make(seed: int) -> EcgRecord:
        rng = np.random.default_rng(seed)
        return synthesize("sinus tachycardia", rng=rng, subject_id="s", record_name="r")

    first = png_bytes(render(make(1)))
    assert png_bytes(render(make(2))) != first
    assert png_bytes(render(make(1))) == first


def test_the_sampling_rate_does_not_show():
    times = np.arange(0, 8, 1 / 500)
    signal = 0.5 * np.sin(2 * np.pi * 1.3 * times)
    fast = np.asarray(render(record(signal), DEMO_LAYOUT), float)
    slow = np.asarray(render(record(signal[::2], rate=250.0), DEMO_LAYOUT), float)
    assert np.abs(fast - slow).max() < 8


def test_the_demo_picture_is_the_one_the_model_sees():
    rng = np.random.default_rng(0)
    picture = render(synthesize("atrial fibrillation", rng=rng, subject_id="s", record_name="r"))
    assert picture.size == (DEMO_LAYOUT.size_px,) * 2
    assert picture.mode == "RGB"
    shown = open_image(png_bytes(picture), size=DEMO_LAYOUT.size_px)
    assert shown.tobytes() == picture.tobytes()


def test_rows_stand_from_the_top_in_the_layout_s_order():
    signals = np.zeros((12, 4000))
    signals[LEADS.index("V1")] = np.nan
    picture = render(EcgRecord("s", "r", signals, RATE), replace(DEMO_LAYOUT, grid_mm=500))
    dark = np.asarray(picture.convert("L"))[:, 64] < 100
    rows = np.flatnonzero(dark)
    assert rows.max() < 2 * 128 / 3
    assert ((rows > 20) & (rows < 33)).any()


def test_a_lead_that_was_not_recorded_is_an_error_that_names_it():
    with pytest.raises(DataError, match=r"no lead III, V1; it has I, II"):
        render(record(flat(), leads=("I", "II")), DEMO_LAYOUT)


def test_the_layout_states_its_scale():
    assert DEMO_LAYOUT.describe() == ("leads II, III, V1; 5.12 s; 25 mm/s, 20 mm/mV, 1 px/mm; 128 × 128 px")
