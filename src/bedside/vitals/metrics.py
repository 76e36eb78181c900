"""The figures of one vital-signs record: pure functions from a record to numbers.

What could not be measured is `NotAssessed` with its reason, never zero and never "normal"; so is
desaturation where SpO2 was read in less than half of the recording. Burdens are shares
of valid readings. ECG counters hold one value per minute; each is summed over the minutes in which the
monitor gave it beside the beats, and given per hour of those minutes and per cent of their beats. Standard
deviations are those of the population (ddof 0). Knows nothing about files or words.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bedside.records import VitalsRecord
from bedside.vitals.ranges import HeartRateRange, heart_rate_range
from bedside.vitals.signals import Cleaned, clean

__all__ = [
    "Burden",
    "Coverage",
    "Desaturation",
    "Ectopy",
    "NotAssessed",
    "PrematureBeats",
    "Rhythm",
    "Summary",
    "VitalsMetrics",
    "measure",
]

IRREGULAR_PERCENT = 10.0
LEAST_SPO2_COVERAGE = 0.5


@dataclass(frozen=True)
class NotAssessed:
    """A figure that could not be measured, and why."""

    reason: str


@dataclass(frozen=True)
class Summary:
    """The distribution of one signal's valid readings; `excluded` counts the others by reason."""

    unit: str
    n: int
    mean: float
    sd: float
    median: float
    p05: float
    p95: float
    minimum: float
    maximum: float
    excluded: Mapping[str, int]


@dataclass(frozen=True)
class Coverage:
    """How much of the recorded time has a valid heart rate.

    Attributes:
        span_s: seconds from the first to the last row, gaps included.
        analysed_s: seconds with a valid heart rate.
        fraction: `analysed_s / span_s`.
        gaps: how many times the heart rate is missing between two valid readings.
        longest_gap_s: seconds of the longest of them.
    """

    span_s: float
    analysed_s: float
    fraction: float
    gaps: int
    longest_gap_s: float


@dataclass(frozen=True)
class Burden:
    """Share of valid heart-rate readings outside the range for the age, in per cent."""

    range: HeartRateRange
    n: int
    low_percent: float
    high_percent: float


@dataclass(frozen=True)
class Desaturation:
    """Share of valid SpO2 readings below 90 %, in per cent, where they cover half of the recording."""

    n: int
    below_90_percent: float


@dataclass(frozen=True)
class PrematureBeats:
    """Premature beats of one origin.

    Attributes:
        minutes: minutes in which the monitor counted them.
        count: how many there were.
        per_hour: the same for an hour of those minutes.
        percent: the same as a share of all beats of those minutes.
    """

    minutes: int
    count: int
    per_hour: float
    percent: float


@dataclass(frozen=True)
class Ectopy:
    """Premature beats over the minutes that the monitor's ECG analysis covered."""

    analysed_minutes: int
    beats: int
    ventricular: PrematureBeats | NotAssessed
    supraventricular: PrematureBeats | NotAssessed


@dataclass(frozen=True)
class Rhythm:
    """The monitor's irregular-heart-rate figure, one per analysed minute.

    Attributes:
        analysed_minutes: minutes with a figure.
        irregular_percent: its mean.
        irregular_minutes_percent: share of minutes in which it is above 10 %.
    """

    analysed_minutes: int
    irregular_percent: float
    irregular_minutes_percent: float


@dataclass(frozen=True)
class VitalsMetrics:
    """Everything measured in one record; `signals` has a summary for each signal that was recorded.

    `spo2_coverage` is the share of the recorded time, gaps included, with a valid SpO2, 0 to 1.
    """

    subject_id: str
    record_name: str
    cohort: str
    age_years: float | None
    sex: str | None
    interval_s: float
    interval_evidence: str
    coverage: Coverage
    signals: Mapping[str, Summary | NotAssessed]
    burden: Burden | NotAssessed
    spo2_coverage: float
    desaturation: Desaturation | NotAssessed
    ectopy: Ectopy | NotAssessed
    rhythm: Rhythm | NotAssessed

    def signal(self, name: str) -> Summary | NotAssessed:
        """Return the summary of one signal; not assessed where the record does not hold it."""
        return self.signals.get(name, NotAssessed("not recorded"))


def measure(record: VitalsRecord) -> VitalsMetrics:
    """Measure one record."""
    cleaned = {name: clean(signal, cohort=record.cohort) for name, signal in record.signals.items()}
    age = record.demographics.get("age_years")
    age_years = None if age is None else float(age)
    sex = record.demographics.get("sex")
    spo2_coverage = _coverage(record, _valid(cleaned, "spo2", record.ticks.size)).fraction
    return VitalsMetrics(
        subject_id=record.subject_id,
        record_name=record.record_name,
        cohort=record.cohort,
        age_years=age_years,
        sex=None if sex is None else str(sex),
        interval_s=record.interval_s,
        interval_evidence=record.interval_evidence,
        coverage=_coverage(record, _valid(cleaned, "hr", record.ticks.size)),
        signals={name: _summary(record.signals[name].unit, part) for name, part in cleaned.items()},
        burden=_burden(cleaned, heart_rate_range(record.cohort, age_years)),
        spo2_coverage=spo2_coverage,
        desaturation=_desaturation(cleaned, spo2_coverage),
        ectopy=_ectopy(cleaned, record.interval_s),
        rhythm=_rhythm(cleaned, record.interval_s),
    )


def _valid(cleaned: Mapping[str, Cleaned], name: str, rows: int) -> NDArray[np.bool_]:
    part = cleaned.get(name)
    return np.zeros(rows, dtype=bool) if part is None else ~np.isnan(part.values)


def _readings(cleaned: Mapping[str, Cleaned], name: str) -> NDArray[np.float64]:
    part = cleaned.get(name)
    return np.empty(0) if part is None else part.values[~np.isnan(part.values)]


def _percent(mask: NDArray[np.bool_]) -> float:
    return 100.0 * float(mask.mean())


def _summary(unit: str, part: Cleaned) -> Summary | NotAssessed:
    values = part.values[~np.isnan(part.values)]
    if values.size == 0:
        return NotAssessed(f"no valid reading{_because(part.excluded)}")
    p05, median, p95 = np.percentile(values, [5, 50, 95])
    return Summary(
        unit=unit,
        n=int(values.size),
        mean=float(values.mean()),
        sd=float(values.std()),
        median=float(median),
        p05=float(p05),
        p95=float(p95),
        minimum=float(values.min()),
        maximum=float(values.max()),
        excluded=part.excluded,
    )


def _because(excluded: Mapping[str, int]) -> str:
    reasons = ", ".join(f"{count} × {reason}" for reason, count in excluded.items())
    return f"; excluded: {reasons}" if reasons else ""


def _coverage(record: VitalsRecord, valid: NDArray[np.bool_]) -> Coverage:
    steps = np.diff(record.ticks[valid])
    missing = steps[steps > 1] - 1
    span_s = record.span_s
    analysed_s = float(valid.sum()) * record.interval_s
    return Coverage(
        span_s=span_s,
        analysed_s=analysed_s,
        fraction=analysed_s / span_s if span_s else 0.0,
        gaps=int(missing.size),
        longest_gap_s=float(missing.max()) * record.interval_s if missing.size else 0.0,
    )


def _burden(cleaned: Mapping[str, Cleaned], band: HeartRateRange) -> Burden | NotAssessed:
    values = _readings(cleaned, "hr")
    if values.size == 0:
        return NotAssessed("no valid heart rate")
    return Burden(band, int(values.size), _percent(values < band.low_bpm), _percent(values > band.high_bpm))


def _desaturation(cleaned: Mapping[str, Cleaned], coverage: float) -> Desaturation | NotAssessed:
    values = _readings(cleaned, "spo2")
    if values.size == 0:
        return NotAssessed("no valid SpO2")
    if coverage < LEAST_SPO2_COVERAGE:
        return NotAssessed(
            f"too few SpO2 readings: in less than {100 * LEAST_SPO2_COVERAGE:.0f} % of the time"
        )
    return Desaturation(int(values.size), _percent(values < 90.0))


def _ectopy(cleaned: Mapping[str, Cleaned], interval_s: float) -> Ectopy | NotAssessed:
    beats = cleaned.get("all_beat_count")
    if beats is None:
        only_rate = "pvc_rate" in cleaned
        return NotAssessed("only a running PVC rate, no beat counts" if only_rate else "no beat counts")
    if interval_s != 60.0:
        return NotAssessed(f"beat counts are per minute, but rows are {interval_s:g} s apart")
    analysed = ~np.isnan(beats.values)
    minutes, total = int(analysed.sum()), float(np.nansum(beats.values))
    if not minutes or not total:
        return NotAssessed("the monitor analysed no minute of the ECG")
    pvc, svpb = (_premature(cleaned, name, beats.values) for name in ("pvc_count", "svpb_count"))
    if isinstance(pvc, NotAssessed) and isinstance(svpb, NotAssessed):
        return NotAssessed("beats were counted, premature beats were not")
    return Ectopy(minutes, round(total), pvc, svpb)


def _premature(
    cleaned: Mapping[str, Cleaned], name: str, beats: NDArray[np.float64]
) -> PrematureBeats | NotAssessed:
    part = cleaned.get(name)
    if part is None:
        return NotAssessed("not counted")
    counted = ~np.isnan(beats) & ~np.isnan(part.values)
    minutes, total = int(counted.sum()), float(beats[counted].sum())
    if not total:
        return NotAssessed("not counted in any analysed minute")
    count = round(float(part.values[counted].sum()))
    return PrematureBeats(minutes, count, 60.0 * count / minutes, 100.0 * count / total)


def _rhythm(cleaned: Mapping[str, Cleaned], interval_s: float) -> Rhythm | NotAssessed:
    values = _readings(cleaned, "irregular_hr_percent")
    if values.size == 0:
        return NotAssessed("no rhythm analysis recorded")
    minutes = round(values.size * interval_s / 60.0)
    return Rhythm(minutes, float(values.mean()), _percent(values > IRREGULAR_PERCENT))
