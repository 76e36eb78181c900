"""Morphologies keep the published criteria, record after record; measured from the leads alone.

AHA/ACCF/HRS 2009 parts III to VI, and the fourth universal definition of myocardial infarction (2018).
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import pytest

from bedside.ecg.synth import Synthetic, synthesize
from bedside.records import LEADS
from ecg_measuring import Measured, beat_times_s, inner, lead, measure_beat, t_end_s

SEEDS = range(60)
J = 0.0
LIMB = LEADS[:6]
CHEST = LEADS[6:]


def make(kind: str, seed: int) -> Synthetic:
    rng = np.random.default_rng([8, seed])
    return synthesize(kind, rng=rng, subject_id="s", record_name="r", noise=None)


@lru_cache(maxsize=40)
def beats(kind: str, limit: float = 6.0, pause_s: float = 0.016) -> tuple[Measured, ...]:
    """Measure one beat of each of many subjects."""
    found = []
    for seed in SEEDS:
        made = make(kind, seed)
        time_s = inner(np.array([beat.time_s for beat in made.truth.beats]), made.record)[2]
        found.append(measure_beat(made.record, time_s, limit=limit, pause_s=pause_s))
    return tuple(found)


def initial_mv(beat: Measured, name: str) -> float:
    """First deflection of QRS that reaches 0.02 mV, with its sign."""
    part = beat.qrs(name)
    return float(part[np.argmax(np.abs(part) >= 0.02)])


def terminal(beat: Measured, name: str, last_s: float) -> np.ndarray:
    return beat.qrs(name)[-round(last_s * beat.rate) :]


def test_normal_beats_are_normal():
    for beat in beats("normal_sinus_rhythm"):
        assert 75 <= beat.qrs_ms <= 110
        assert -30 <= beat.axis_deg <= 95
        assert beat.r_mv("V1") < beat.s_mv("V1")
        assert beat.r_mv("V1") < beat.r_mv("V2") < beat.r_mv("V3") < 1.25 * beat.r_mv("V4")
        assert beat.r_mv("V5") > beat.s_mv("V5")
        assert initial_mv(beat, "V6") < 0  # septal q
        assert 0.01 < -beat.qrs("V6")[: round(0.03 * beat.rate)].min() < 0.3 * beat.r_mv("V6")
        assert all(beat.t_mv(name) > 0.05 for name in ("I", "II", "V3", "V4", "V5", "V6"))
        assert beat.t_mv("aVR") < -0.05
        assert all(abs(beat.at(name, J + 0.02)) < 0.1 for name in LIMB)


@pytest.mark.parametrize(
    "kind",
    ["normal_sinus_rhythm", "ischaemia", "t_wave_inversion", "long_qt", "left_anterior_fascicular_block"],
)
def test_no_narrow_complex_but_lvh_has_its_voltage(kind):
    for beat in beats(kind):
        assert beat.s_mv("V1") + max(beat.r_mv("V5"), beat.r_mv("V6")) < 3.5


@pytest.mark.parametrize("kind", ["normal_sinus_rhythm", "sinus_bradycardia", "sinus_tachycardia"])
def test_qtc_of_normal_beats_lies_between_370_and_450(kind):
    assert all(370 <= make(kind, seed).truth.qtc_ms <= 450 for seed in SEEDS)


def test_rbbb():
    for beat in beats("right_bundle_branch_block", pause_s=0.03):
        assert beat.qrs_ms >= 120
        v1 = beat.qrs("V1")
        peak = int(np.argmax(v1))
        assert peak > 0.5 * v1.size  # R' after the middle …
        low = int(np.argmin(v1[:peak]))
        assert v1[:low].max() > 0.05  # … an r before it …
        assert v1[low] < 0.5 * v1[:low].max()  # … and a notch between, usually an S
        assert v1[peak] > v1[:low].max()
        assert (terminal(beat, "V1", 0.05)[:-5] > 0).all()
        for name in ("I", "V6"):
            low = beat.qrs(name) < -0.03
            assert low[-round(0.06 * beat.rate) :].sum() / beat.rate >= 0.04  # S of at least 40 ms
        assert beat.t_mv("V1", 0.45) < 0


def test_incomplete_rbbb():
    for beat in beats("incomplete_right_bundle_branch_block"):
        assert 100 <= beat.qrs_ms < 120
        v1 = beat.qrs("V1")
        low = int(np.argmin(v1))
        assert v1[:low].max() > 0.05
        assert v1[low:].max() > 0.05  # r'


def test_lbbb():
    for beat in beats("left_bundle_branch_block", 8.0, 0.03):  # its T wave is steep
        assert beat.qrs_ms >= 120
        for name in ("I", "V5", "V6"):
            part = beat.qrs(name)
            assert part[: round(0.04 * beat.rate)].min() > -0.03  # no q
            above = part > 0.3 * part.max()
            assert above.sum() / beat.rate > 0.06  # broad
            assert beat.t_mv(name, 0.5) < 0
        assert beat.s_mv("V1") > 3 * beat.r_mv("V1")  # rS or QS
        assert beat.t_mv("V1", 0.5) > 0
        assert beat.at("V1", J + 0.04) > 0.02


def test_lafb():
    for beat in beats("left_anterior_fascicular_block"):
        assert -90 <= beat.axis_deg <= -45
        assert beat.qrs_ms < 120
        assert initial_mv(beat, "aVL") < 0  # qR
        assert beat.r_mv("aVL") > 3 * beat.s_mv("aVL")
        for name in ("II", "III", "aVF"):
            assert initial_mv(beat, name) > 0  # rS
            assert beat.s_mv(name) > beat.r_mv(name)


def test_lvh_has_voltage_and_strain():
    for beat in beats("left_ventricular_hypertrophy"):
        assert beat.s_mv("V1") + max(beat.r_mv("V5"), beat.r_mv("V6")) >= 3.5  # Sokolow and Lyon 1949
        assert beat.qrs_ms < 120
        for name in ("V5", "V6"):
            assert beat.at(name, J + 0.04) < -0.03
            assert beat.t_mv(name, 0.45) < -0.05


def test_rvh_has_a_tall_r_in_v1_and_a_right_axis():
    for beat in beats("right_ventricular_hypertrophy"):
        assert beat.r_mv("V1") > beat.s_mv("V1")
        assert beat.r_mv("V1") > 0.4
        assert 90 < beat.axis_deg < 150
        assert beat.s_mv("V6") > 0.1
        assert beat.t_mv("V1") < 0
        assert beat.qrs_ms < 120


@pytest.mark.parametrize(
    ("kind", "elevated", "depressed"),
    [
        ("stemi_inferior", ("II", "III", "aVF"), ("aVL",)),
        ("stemi_anterior", ("V2", "V3", "V4"), ("III", "aVF")),
        ("stemi_lateral", ("I", "aVL", "V5", "V6"), ("III", "aVF")),
    ],
)
def test_st_elevation_of_the_territory_with_reciprocal_depression(kind, elevated, depressed):
    for beat in beats(kind):
        for name in elevated:
            assert beat.at(name, J) >= (0.2 if name in ("V2", "V3") else 0.1)
        assert all(beat.at(name, J) <= -0.05 for name in depressed)


def test_inferior_elevation_is_larger_in_iii_than_in_ii():
    assert all(beat.at("III", J) > beat.at("II", J) for beat in beats("stemi_inferior"))


def test_posterior_infarct_depresses_v1_to_v3_with_tall_r_and_upright_t():
    for beat in beats("stemi_posterior"):
        assert all(beat.at(name, J) <= -0.05 for name in ("V1", "V2", "V3"))
        assert beat.r_mv("V2") > beat.s_mv("V2")
        assert beat.t_mv("V2") > 0 or beat.at("V2", 0.2) > 0
    with_r_in_v1 = np.mean([beat.r_mv("V1") > beat.s_mv("V1") for beat in beats("stemi_posterior")])
    assert with_r_in_v1 > 0.2


def test_nothing_else_has_st_elevation():
    for kind in ("normal_sinus_rhythm", "sinus_bradycardia", "low_voltage", "t_wave_inversion", "long_qt"):
        for beat in beats(kind, 3.0 if kind == "low_voltage" else 6.0):
            assert all(abs(beat.at(name, J)) < 0.1 for name in LIMB)
            assert all(beat.at(name, J) < 0.2 for name in CHEST)


def test_ischaemia_depresses_contiguous_leads():
    for beat in beats("ischaemia"):
        for start_s in (J, J + 0.06):
            assert all(beat.at(name, start_s) <= -0.05 for name in ("V3", "V4", "V5", "V6", "II"))
            assert beat.at("aVR", start_s) > 0.03


def test_t_waves_are_inverted_from_v2_to_v5():
    for beat in beats("t_wave_inversion"):
        assert all(beat.t_mv(name) < -0.1 for name in ("V2", "V3", "V4", "V5"))
        assert all(beat.t_mv(name) < 0 for name in ("I", "V6"))
        assert all(abs(beat.at(name, J)) < 0.1 for name in LIMB)


def test_long_qt():
    for seed in SEEDS:
        made = make("long_qt", seed)
        time_s = inner(beat_times_s(made.record), made.record)[2]
        beat = measure_beat(made.record, time_s)
        rr_s = np.mean(np.diff(beat_times_s(made.record)[1:-1]))
        assert made.truth.qtc_ms >= 480
        if not any(0 < p - beat.onset / 500 < made.truth.qt_ms / 1000 + 0.08 for p in made.truth.p_onsets_s):
            assert (t_end_s(made.record, beat) - beat.onset / 500) / np.sqrt(rr_s) >= 0.47


def test_wpw_has_a_short_pr_and_a_slow_start():
    for seed, beat in zip(SEEDS, beats("wolff_parkinson_white"), strict=True):
        made = make("wolff_parkinson_white", seed)
        assert made.truth.pr_ms < 120
        assert beat.qrs_ms > 110
        slopes = {name: np.abs(np.diff(beat.qrs(name))) for name in ("V4", "V5")}
        early = round(0.03 * beat.rate)
        for slope in slopes.values():
            assert slope[:early].max() < 0.5 * slope.max()  # the delta wave is slurred
        assert beat.qrs("V4")[early] > 0.05


def test_low_voltage():
    for seed in SEEDS:
        made = make("low_voltage", seed)
        for time_s in inner(beat_times_s(made.record), made.record):
            first = round((time_s - 0.06) * 500)
            swing = {name: np.ptp(lead(made.record, name)[first : first + 55]) for name in LEADS}
            assert max(swing[name] for name in LIMB) < 0.5
            assert max(swing[name] for name in CHEST) < 1.0


def test_hyperkalaemia_has_tall_narrow_t_waves():
    for beat in beats("hyperkalaemia"):
        tallest = max(CHEST, key=beat.t_mv)
        assert beat.t_mv(tallest) > 0.8
        part = beat.leads[tallest][beat.offset + 30 : beat.onset + 230]
        assert (part > 0.5 * part.max()).sum() / beat.rate < 0.09  # width at half height


def test_paced_beats_are_wide_with_a_left_superior_axis():
    for made in (make("paced", seed) for seed in SEEDS):
        assert made.truth.qrs_ms >= 120
        assert -90 < made.truth.axis_deg < -30
        center = round(made.truth.beats[2].time_s * 500)
        v1 = lead(made.record, "V1")[center - 20 : center + 20]
        assert v1.min() < -0.4
        assert v1.max() < 0.1
