"""Seeded synthetic vital-signs records whose truth is known.

They stand in for recordings in the demo and in tests: plausible in level, spread and drop-outs, not a
model of physiology. `kind` is what the record is made to show; the draw decides how much of it. The
figures of a record come from `metrics.measure`, never from the draw.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from bedside.records import VitalsHeader, VitalsRecord, VitalsRows
from bedside.vitals.ranges import cohort_of_age, heart_rate_range

__all__ = ["KINDS", "Kind", "synthesize"]

Kind = Literal["normal", "tachycardia", "bradycardia", "desaturation"]
KINDS: tuple[Kind, ...] = get_args(Kind)

_COHORTS = ("adult", "adolescent", "child", "neonate")
_AGES = {"adult": (18, 90), "adolescent": (12, 18), "child": (6, 10)}
_BREATHS = {"adult": (12, 20), "adolescent": (13, 20), "child": (18, 25), "neonate": (32, 55)}


def synthesize(
    kind: Kind,
    *,
    rng: np.random.Generator,
    subject_id: str,
    cohort: str | None = None,
    minutes: int | None = None,
    interval_s: float = 60.0,
) -> VitalsRecord:
    """Make one record that shows `kind`.

    Args:
        kind: what the record shows.
        rng: source of every draw.
        subject_id: the made-up subject.
        cohort: `adult`, `adolescent`, `child` or `neonate`; drawn where not given.
        minutes: length of the record; 1 to 24 hours are drawn where not given.
        interval_s: seconds between readings; beat counters exist only at 60.
    """
    cohort = cohort or str(rng.choice(_COHORTS))
    demographics = _demographics(cohort, rng)
    age = demographics.get("age_years")
    rows = round((minutes or int(rng.integers(60, 1441))) * 60 / interval_s)
    episode = _episode(rows, kind, rng)
    band = heart_rate_range(cohort, None if age is None else float(age))
    assert band is not None
    heart_rate = _heart_rate(kind, (band.low_bpm, band.high_bpm), episode, rng)
    columns = {
        "hr": heart_rate,
        "pulse": heart_rate + rng.normal(0.0, 1.0, rows),
        "spo2": _spo2(kind, episode, rng),
        "resp": rng.uniform(*_BREATHS[cohort]) + _drift(rows, 1.5, rng),
    }
    dropped = {name: _with_dropouts(values, rng) for name, values in columns.items()}
    if cohort == "adult" and interval_s == 60.0 and rng.random() < 0.6:
        dropped |= _beat_counters(dropped["hr"], rng)
    if cohort == "adolescent" and kind != "desaturation" and rng.random() < 0.5:
        dropped = {"hr": dropped["hr"]}  # as a wearable gives it
    header = VitalsHeader(
        subject_id=subject_id,
        record_name=f"{cohort}_{subject_id}",
        cohort=cohort,
        interval_s=interval_s,
        interval_evidence=f"synthetic, one reading every {interval_s:g} s",
        demographics=demographics,
        worn=dropped.keys() == {"hr"},
        source="synthetic",
    )
    return VitalsRecord(header, VitalsRows(np.arange(rows, dtype=np.int64), dropped))


def _demographics(cohort: str, rng: np.random.Generator) -> dict[str, str | float]:
    if cohort == "neonate" or rng.random() < 0.4:
        return {}
    age = float(rng.integers(*_AGES[cohort]))
    assert cohort_of_age(age) == cohort
    return {"age_years": age, "sex": str(rng.choice(["female", "male"]))}


def _episode(rows: int, kind: Kind, rng: np.random.Generator) -> NDArray[np.float64]:
    """Return how strongly the episode shows in each row, 0 to 1: the whole record or one stretch of it."""
    if kind == "normal":
        return np.zeros(rows)
    lowest = 0.02 if kind == "desaturation" else 0.18
    length = rows if rng.random() < 0.3 else max(2, round(rows * lowest * (0.9 / lowest) ** rng.random()))
    start = int(rng.integers(0, rows - length + 1))
    weight = np.zeros(rows)
    weight[start : start + length] = 1.0
    return weight


def _heart_rate(
    kind: Kind, usual: tuple[float, float], episode: NDArray[np.float64], rng: np.random.Generator
) -> NDArray[np.float64]:
    low, high = usual
    margin = 0.25 * (high - low)
    base = rng.uniform(low + margin, high - margin)
    level = {"tachycardia": high * rng.uniform(1.08, 1.25), "bradycardia": low * rng.uniform(0.65, 0.9)}
    target = level.get(kind, base)
    return base + episode * (target - base) + _drift(episode.size, 0.03 * (low + high) / 2, rng)


def _spo2(kind: Kind, episode: NDArray[np.float64], rng: np.random.Generator) -> NDArray[np.float64]:
    base = rng.uniform(95.0, 98.5)
    target = rng.uniform(78.0, 87.5) if kind == "desaturation" else base
    return np.minimum(base + episode * (target - base) + _drift(episode.size, 0.6, rng), 100.0)


def _drift(rows: int, sd: float, rng: np.random.Generator) -> NDArray[np.float64]:
    """Return slow noise of standard deviation `sd`: white noise through a decaying window."""
    window = np.exp(-np.arange(30) / 8.0)
    window /= np.sqrt((window**2).sum())
    return sd * np.convolve(rng.normal(0.0, 1.0, rows + window.size - 1), window, mode="valid")


def _with_dropouts(values: NDArray[np.float64], rng: np.random.Generator) -> NDArray[np.float64]:
    """Round to whole numbers, as most monitors do, and lose a few stretches of readings."""
    result = np.round(values)
    for _ in range(int(rng.integers(0, 4))):
        start = int(rng.integers(0, values.size))
        result[start : start + int(rng.integers(1, max(2, values.size // 25)))] = np.nan
    return result


def _beat_counters(
    heart_rate: NDArray[np.float64], rng: np.random.Generator
) -> Mapping[str, NDArray[np.float64]]:
    """Count each minute's beats as an ECG monitor does: `all = normal + ventricular + supraventricular`."""
    rows = heart_rate.size
    pvc = rng.poisson(rng.choice([0.02, 0.1, 0.4, 1.5]), rows).astype(np.float64)
    svpb = rng.poisson(rng.choice([0.02, 0.1, 0.4]), rows).astype(np.float64)
    irregular = rng.binomial(100, rng.choice([0.01, 0.02, 0.06, 0.08, 0.2]), rows).astype(np.float64)
    lost = np.isnan(heart_rate)
    counters = {
        "all_beat_count": heart_rate,
        "normal_beat_count": heart_rate - pvc - svpb,
        "pvc_count": pvc,
        "svpb_count": svpb,
        "irregular_hr_percent": irregular,
    }
    return {name: np.where(lost, np.nan, values) for name, values in counters.items()}
