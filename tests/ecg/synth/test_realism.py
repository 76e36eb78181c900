"""Normal synthetic ECGs beside usual limits and beside real records."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import numpy as np
import pytest

from bedside.ecg.synth import Synthetic, synthesize
from bedside.records import LEADS, EcgRecord
from ecg_measuring import Measured, beat_times_s, inner, measure_beat

NORMAL_RECORDS = ("HR06002", "HR06004", "HR06007")
"""Real records of PTB-XL with the statement NORM, 500 Hz."""

USUAL_MEDIANS_MV = {
    ("r", "I"): (0.4, 0.9),
    ("r", "II"): (0.5, 1.2),
    ("r", "aVR"): (0.0, 0.2),
    ("s", "V1"): (0.6, 1.3),
    ("s", "V2"): (0.8, 1.7),
    ("r", "V1"): (0.1, 0.35),
    ("r", "V2"): (0.25, 0.8),
    ("r", "V5"): (1.0, 1.9),
    ("r", "V6"): (0.8, 1.5),
    ("t", "II"): (0.15, 0.4),
    ("t", "V2"): (0.2, 0.7),
    ("t", "V3"): (0.3, 0.8),
    ("t", "V5"): (0.2, 0.6),
    ("t", "V6"): (0.15, 0.45),
}
"""Wide bounds, ours, around the medians that studies of healthy adults report (for example Rijnbeek et al.,
"Normal values of the electrocardiogram for ages 16–90 years", J Electrocardiol 47:914, 2014)."""


def made(seed: int) -> Synthetic:
    rng = np.random.default_rng(seed)
    return synthesize("normal_sinus_rhythm", rng=rng, subject_id="s", record_name="r")


def mean_beat(record: EcgRecord) -> Measured:
    """Measure the median of all beats, which has little noise."""
    rate = record.sampling_rate_hz
    times = inner(beat_times_s(record), record)
    firsts = [round((time - 0.4) * rate) for time in times]
    cut = np.median([record.signals_mv[:, first : first + round(1.0 * rate)] for first in firsts], axis=0)
    return measure_beat(EcgRecord("s", "r", cut, rate), 0.4)


def amplitudes(beat: Measured) -> dict[tuple[str, str], float]:
    """Return R, S and T of every lead, millivolts."""
    return {
        (wave, name): value
        for name in LEADS
        for wave, value in (("r", beat.r_mv(name)), ("s", beat.s_mv(name)), ("t", beat.t_mv(name)))
    }


@lru_cache(maxsize=1)
def synthetic() -> dict[tuple[str, str], np.ndarray]:
    """Return the amplitudes of 150 normal subjects, noise included."""
    subjects = [
        synthesize(
            "normal_sinus_rhythm", rng=np.random.default_rng(n), subject_id="s", record_name="r"
        ).record
        for n in range(150)
    ]
    each = [amplitudes(mean_beat(record)) for record in subjects]
    return {key: np.array([one[key] for one in each]) for key in each[0]}


@pytest.mark.parametrize("key", USUAL_MEDIANS_MV)
def test_median_amplitudes_are_those_of_healthy_adults(key):
    low, high = USUAL_MEDIANS_MV[key]
    assert low < np.median(synthetic()[key]) < high


def test_intervals_are_those_of_healthy_adults():
    truths = [made(n).truth for n in range(100)]
    for name, low, high in (("pr_ms", 120, 200), ("qrs_ms", 75, 105), ("qtc_ms", 370, 450)):
        values = [getattr(truth, name) for truth in truths]
        assert low <= min(values)
        assert max(values) <= high
    assert 85 < np.median([truth.qrs_ms for truth in truths]) < 97


def recorded(file: Path) -> EcgRecord:
    read = pytest.importorskip("wfdb").rdrecord(str(file.with_suffix("")))
    return EcgRecord("s", "r", np.ascontiguousarray(read.p_signal.T), read.fs)


@pytest.fixture(scope="module")
def normal(data_dir: Path) -> list[EcgRecord]:
    """Three normal records."""
    return [recorded(data_dir / "ecg" / "cinc2021_ptbxl" / f"{name}.hea") for name in NORMAL_RECORDS]


@pytest.fixture(scope="module")
def everyday(data_dir: Path) -> list[EcgRecord]:
    """All 500 Hz records of three sources, normal or not."""
    return [recorded(file) for file in sorted((data_dir / "ecg").glob("cinc2021_*/*.hea"))]


def test_real_normal_records_could_be_drawn_from_ours(normal):
    """Nine of ten amplitudes of R, S and T lie within our extremes, give or take 0.2 mV."""
    ours = synthetic()
    inside = [
        ours[key].min() - 0.2 <= value <= ours[key].max() + 0.2
        for record in normal
        for key, value in amplitudes(mean_beat(record)).items()
    ]
    assert np.mean(inside) > 0.85


def test_noise_is_that_of_everyday_records(everyday):
    """Second differences hold little but noise."""

    def roughness(record: EcgRecord) -> float:
        return float(np.median(np.abs(np.diff(record.signals_mv, n=2, axis=1))))

    made = [
        synthesize(
            "normal_sinus_rhythm", rng=np.random.default_rng(n), subject_id="s", record_name="r"
        ).record
        for n in range(10)
    ]
    ours = np.median([roughness(one) for one in made])
    low, high = np.quantile([roughness(one) for one in everyday], [0.1, 0.9])
    assert low < ours < high
