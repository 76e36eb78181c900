from __future__ import annotations

import numpy as np
import pytest

from bedside.ecg.findings import FINDINGS
from bedside.ecg.synth import SYNTHETIC_FINDINGS, synthesize
from bedside.errors import DataError
from bedside.records import LEADS, EcgRecord

SINUS = ("normal sinus rhythm", "sinus bradycardia", "sinus tachycardia", "inferior ST elevation")
SEEDS = range(12)


def make(finding: str, seed: int = 0, **options) -> EcgRecord:
    rng = np.random.default_rng(seed)
    return synthesize(finding, rng=rng, subject_id="s", record_name="r", **options)


def lead(record: EcgRecord, name: str) -> np.ndarray:
    return record.signals_mv[record.leads.index(name)]


def beat_times_s(record: EcgRecord) -> np.ndarray:
    """Find the QRS complexes by their steepness, which no other wave has."""
    rate = record.sampling_rate_hz
    steepness = np.convolve(np.diff(lead(record, "V3") + lead(record, "II")) ** 2, np.ones(15), "same")
    beats: list[int] = []
    for index in np.flatnonzero(steepness > 0.3 * np.quantile(steepness, 0.99)):
        if beats and index - beats[-1] < 0.25 * rate:
            if steepness[index] > steepness[beats[-1]]:
                beats[-1] = int(index)
        else:
            beats.append(int(index))
    return np.array(beats) / rate


def level_mv(record: EcgRecord, name: str, start_s: float, stop_s: float) -> float:
    """Return the median of a lead in a window after each beat, against the window before the P wave."""
    rate = record.sampling_rate_hz
    beats = [beat for beat in beat_times_s(record) if 0.4 < beat < 9.4]

    def window(start: float, stop: float) -> float:
        pieces = [lead(record, name)[int((b + start) * rate) : int((b + stop) * rate)] for b in beats]
        return float(np.median(np.concatenate(pieces)))

    return window(start_s, stop_s) - window(-0.08, -0.05)


def test_makes_exactly_the_findings_that_reports_know():
    assert tuple(finding.name for finding in FINDINGS) == SYNTHETIC_FINDINGS
    for finding in SYNTHETIC_FINDINGS:
        assert make(finding).findings == {finding}


def test_same_seed_gives_the_same_samples_and_another_seed_does_not():
    first, second, other = (make("atrial fibrillation", seed) for seed in (3, 3, 4))
    assert np.array_equal(first.signals_mv, second.signals_mv)
    assert not np.allclose(first.signals_mv, other.signals_mv)


@pytest.mark.parametrize("rate", [250, 500])
def test_holds_twelve_leads_of_the_asked_length(rate):
    record = make("normal sinus rhythm", duration_s=7.5, sampling_rate_hz=rate)
    assert record.leads == LEADS
    assert record.signals_mv.shape == (12, round(7.5 * rate))
    assert record.sampling_rate_hz == rate
    assert np.isfinite(record.signals_mv).all()
    assert record.source == "synthetic"


@pytest.mark.parametrize("finding", SYNTHETIC_FINDINGS)
def test_limb_leads_obey_einthoven_and_goldberger(finding):
    record = make(finding)
    i, ii, iii, avr, avl, avf = (lead(record, name) for name in ("I", "II", "III", "aVR", "aVL", "aVF"))
    np.testing.assert_allclose(i + iii, ii, atol=1e-12)
    np.testing.assert_allclose(avr + avl + avf, 0, atol=1e-12)
    np.testing.assert_allclose(avl, (i - iii) / 2, atol=1e-12)


@pytest.mark.parametrize(
    ("finding", "low", "high"),
    [
        ("normal sinus rhythm", 60, 100),
        ("sinus bradycardia", 30, 60),
        ("sinus tachycardia", 100, 170),
        ("inferior ST elevation", 60, 100),
    ],
)
def test_rate_is_that_of_the_finding(finding, low, high):
    for seed in SEEDS:
        rate = 60 / np.median(np.diff(beat_times_s(make(finding, seed))))
        assert low < rate < high


def test_only_atrial_fibrillation_is_irregular():
    def variation(finding: str, seed: int) -> float:
        intervals = np.diff(beat_times_s(make(finding, seed)))
        return float(np.std(intervals) / np.mean(intervals))

    assert min(variation("atrial fibrillation", seed) for seed in SEEDS) > 0.10
    assert max(variation(finding, seed) for finding in SINUS for seed in SEEDS) < 0.06


def test_atrial_fibrillation_has_no_p_wave():
    """Averaged over beats and records, the f waves cancel out and a P wave would stand."""

    def p_mv(finding: str) -> float:
        return float(np.mean([level_mv(make(finding, s), "II", -0.175, -0.145) for s in range(30)]))

    assert p_mv("normal sinus rhythm") > 0.08
    assert abs(p_mv("atrial fibrillation")) < 0.05


def test_inferior_st_elevation_lifts_the_inferior_leads_and_lowers_the_lateral():
    for seed in SEEDS:
        record = make("inferior ST elevation", seed)
        assert all(level_mv(record, name, 0.07, 0.09) > 0.1 for name in ("II", "III", "aVF"))
        assert level_mv(record, "aVL", 0.07, 0.09) < -0.05
        assert level_mv(record, "III", 0.07, 0.09) > level_mv(record, "II", 0.07, 0.09)


def test_no_other_finding_has_st_elevation():
    for finding in ("normal sinus rhythm", "sinus bradycardia", "sinus tachycardia"):
        for seed in SEEDS:
            assert all(abs(level_mv(make(finding, seed), n, 0.06, 0.08)) < 0.1 for n in ("II", "III", "aVF"))


def test_amplitudes_are_those_of_adults():
    peaks = {name: [] for name in ("I", "II", "V2", "V5")}
    for seed in range(30):
        record = make("normal sinus rhythm", seed)
        for name, values in peaks.items():
            values.append(np.percentile(lead(record, name), 99.5))
    assert all(0.15 < np.median(values) < 1.6 for values in peaks.values())


def test_unknown_finding_names_what_can_be_made():
    with pytest.raises(DataError, match=r"torsades.*\n.*sinus bradycardia"):
        make("torsades")
