"""Every flag fires exactly at its definition, and on no clean record."""

from __future__ import annotations

import itertools
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bedside.ecg.quality import assess
from bedside.ecg.reading import EcgWarning
from bedside.records import LEADS, EcgRecord

RATE = 500.0


def record(samples: int = 5000, *, rate: float = RATE, leads: tuple[str, ...] = LEADS) -> EcgRecord:
    """Noise in I, II and the chest leads; the other limb leads follow from them."""
    rng = np.random.default_rng(6)
    base = dict(zip(LEADS, rng.normal(0, 0.3, (12, samples)), strict=True))
    base["III"] = base["II"] - base["I"]
    base["aVR"] = -(base["I"] + base["II"]) / 2
    base["aVL"] = base["I"] - base["II"] / 2
    base["aVF"] = base["II"] - base["I"] / 2
    signals = np.stack([base.get(lead, base["V1"]) for lead in leads])
    return EcgRecord("p", "r", signals, rate, leads)


def warning(checked: EcgRecord, code: str) -> EcgWarning | None:
    found = [each for each in assess(checked) if each.code == code]
    assert len(found) < 2
    return found[0] if found else None


def leads_of(checked: EcgRecord, code: str) -> tuple[str, ...]:
    found = warning(checked, code)
    assert found is None or found.leads
    return found.leads if found else ()


def test_clean_record() -> None:
    assert assess(record()) == ()


def test_gaps_are_counted_lead_by_lead() -> None:
    checked = record()
    checked.signals_mv[6, 1000:1100] = np.nan
    checked.signals_mv[6, 3000] = np.nan
    checked.signals_mv[8] = np.nan
    assert leads_of(checked, "nan_gap") == ("V1", "V3")
    message = warning(checked, "nan_gap").message
    assert "V1 101 (longest 0.2 s from 2 s)" in message
    assert "V3 5000" in message
    assert "of 5000" in message


def test_derived_and_missing_leads() -> None:
    checked = replace(record(leads=("I", "II", "III", "V2")), derived=frozenset({"III"}))
    assert leads_of(checked, "lead_derived") == ("III",)
    assert leads_of(checked, "lead_missing") == ("aVR", "aVL", "aVF", "V1", "V3", "V4", "V5", "V6")


@pytest.mark.parametrize("rate", [100.0, 257.0, 500.0, 1000.0])
@pytest.mark.parametrize("begin", [0, 137, 999])
def test_flat_is_constant_for_a_second(rate: float, begin: int) -> None:
    checked = record(int(10 * rate), rate=rate)
    needed = int(rate)
    begin = min(begin, checked.signals_mv.shape[1] - needed)
    checked.signals_mv[7, begin : begin + needed - 1] = 0.125
    assert leads_of(checked, "flat") == ()
    checked.signals_mv[7, begin : begin + needed] = 0.125
    assert leads_of(checked, "flat") == ("V2",)
    assert f"from {begin / rate:.3g} s for 1 s at 0.125 mV" in warning(checked, "flat").message


def test_a_gap_interrupts_flatness() -> None:
    checked = record()
    checked.signals_mv[7, 100:1000] = 0.1
    checked.signals_mv[7, 550] = np.nan
    assert leads_of(checked, "flat") == ()


def test_flat_says_that_the_electrode_may_be_off() -> None:
    checked = record()
    checked.signals_mv[7] = 0.0
    checked.signals_mv[8, :600] = 5.0
    checked.signals_mv[9, :600] = 0.1
    message = warning(checked, "flat").message
    assert leads_of(checked, "flat") == ("V2", "V3", "V4")
    assert "V2 from 0 s for 10 s at 0 mV (electrode off" in message
    assert "5 mV (at the end of its range" in message
    assert "at 0.1 mV" in message
    assert message.count("electrode off") == 2


@settings(max_examples=50, deadline=None)
@given(
    steps=st.lists(st.tuples(st.integers(-2, 2), st.integers(1, 130)), min_size=2, max_size=30),
    rate=st.sampled_from([2.0, 9.0, 40.0, 100.0]),
)
def test_flat_finds_what_counting_finds(steps: list[tuple[int, int]], rate: float) -> None:
    signal = np.concatenate([np.full(length, value) for value, length in steps]).astype(float)
    longest = current = 1
    for before, now in itertools.pairwise(signal):
        current = current + 1 if before == now else 1
        longest = max(longest, current)
    checked = EcgRecord("p", "r", signal[None, :], rate, ("I",))
    assert bool(leads_of(checked, "flat")) == (longest >= rate)


@pytest.mark.parametrize("sign", [1, -1])
def test_clipped_is_ten_samples_in_a_row(sign: int) -> None:
    checked = record()
    checked.signals_mv[6, 2000:2009] = 4.0 * sign
    assert leads_of(checked, "clipped") == ()
    checked.signals_mv[6, 2000:2010] = 4.0 * sign
    assert leads_of(checked, "clipped") == ("V1",)
    assert "10 in a row" in warning(checked, "clipped").message


def test_clipped_is_half_a_percent_of_the_samples_that_are_there() -> None:
    checked = record()
    places = np.arange(0, 5000, 200)
    checked.signals_mv[6, places[:24]] = 4.0
    assert leads_of(checked, "clipped") == ()
    checked.signals_mv[6, places] = 4.0
    assert leads_of(checked, "clipped") == ("V1",)
    checked.signals_mv[6, places[24]] = 0.0
    assert leads_of(checked, "clipped") == ()
    checked.signals_mv[6, 4799:] = np.nan
    assert leads_of(checked, "clipped") == ("V1",)


def test_an_extreme_that_stands_once_is_not_held() -> None:
    assert assess(record(samples=40, rate=4.0)) == ()


def test_a_constant_lead_is_flat_and_not_clipped() -> None:
    checked = record()
    checked.signals_mv[6] = 1.5
    assert leads_of(checked, "flat") == ("V1",)
    assert leads_of(checked, "clipped") == ()


def test_einthoven() -> None:
    checked = record()
    checked.signals_mv[2] += 0.0499
    assert leads_of(checked, "einthoven") == ()
    checked.signals_mv[2] += 0.001
    assert leads_of(checked, "einthoven") == ("I", "II", "III")
    checked.signals_mv[0, :100] = np.nan
    assert leads_of(checked, "einthoven") == ("I", "II", "III")
    assert leads_of(replace(checked, derived=frozenset({"III"})), "einthoven") == ()
    checked.signals_mv[0] = np.nan
    assert leads_of(checked, "einthoven") == ()


@pytest.mark.parametrize(("value", "flagged"), [(10.0, False), (10.01, True), (-10.01, True)])
def test_amplitude(value: float, flagged: bool) -> None:
    checked = record()
    checked.signals_mv[10, 50] = value
    checked.signals_mv[10, 60] = np.nan
    assert leads_of(checked, "amplitude") == (("V5",) if flagged else ())


@pytest.mark.parametrize(
    ("samples", "rate", "code"),
    [
        (5000, 500.0, None),
        (5001, 500.0, "window_chosen"),
        (4999, 500.0, "short_record"),
        (3334, 1000 / 3, None),
        (3333, 1000 / 3, None),
        (650000, 360.0, "window_chosen"),
    ],
)
def test_length_against_the_page(samples: int, rate: float, code: str | None) -> None:
    checked = EcgRecord("p", "r", np.random.default_rng(1).normal(size=(1, samples)), rate, ("I",))
    found = {each.code for each in assess(checked)} & {"window_chosen", "short_record"}
    assert found == ({code} if code else set())
    if code == "window_chosen":
        assert "first 10 s are drawn, or those asked for" in warning(checked, code).message


def test_nothing_is_changed() -> None:
    checked = record()
    checked.signals_mv[3, 5:9] = np.nan
    before = checked.signals_mv.copy()
    assess(checked)
    assert np.array_equal(before, checked.signals_mv, equal_nan=True)


def test_real_records_of_good_quality_raise_no_doubt(data_dir: Path) -> None:
    from bedside.ecg.readers import read_ecg

    for path in sorted((data_dir / "ecg").glob("cinc2021_*/*.hea")):
        assert {each.code for each in assess(read_ecg(path).record)} <= {"flat"}
