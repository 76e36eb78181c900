"""The figures of one vital-signs recording, measured batch by batch.

The result does not depend, to the last bit, on where the batches are cut, and memory does not grow with the
recording as long as readings repeat: a day or a year of one-second numerics takes the same. Burdens are
shares of valid readings. Standard deviations are those of the population (ddof 0). ST deviation of 1 mm is
the usual alarm limit (Drew et al., Circulation 2004;110:2721), there from the patient's own baseline, here
from zero. What could not be measured is `NotAssessed` with its reason, never zero and never "normal". Knows
nothing about files or words.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from bedside.records import VitalsHeader, VitalsRecord, VitalsRows
from bedside.vitals.figures import (
    Burden,
    Desaturation,
    NotAssessed,
    StDeviation,
    Summary,
    VitalsFigures,
)
from bedside.vitals.metrics.beats import IRREGULAR_PERCENT, BeatCounts, rhythm
from bedside.vitals.metrics.presence import Presence
from bedside.vitals.metrics.readings import Distribution, Readings
from bedside.vitals.metrics.rest import DayAndNight, Rest
from bedside.vitals.ranges import heart_rate_range
from bedside.vitals.signals import LEADS, is_valid, kind_of, to_celsius

__all__ = ["IRREGULAR_PERCENT", "Measurement", "measure"]

_ST_LIMIT_MM = 1.0
_NOTHING = Distribution(np.empty(0), np.empty(0, dtype=np.int64), np.empty(0))


def measure(record: VitalsRecord, *, stretch: range | None = None) -> VitalsFigures:
    """Measure a recording that is held in memory.

    Args:
        record: the recording.
        stretch: the clock ticks that it should cover; where not given, from its first row to its last.
    """
    measurement = Measurement(record.header, stretch=stretch)
    measurement.add(record.rows)
    return measurement.figures()


class Measurement:
    """Measures a recording that is read in batches."""

    def __init__(self, header: VitalsHeader, *, stretch: range | None = None) -> None:
        self._header = header
        self._readings: dict[str, Readings] = {}
        self._from_fahrenheit = 0
        self._presence = Presence(header, stretch)
        self._beats = BeatCounts(header)
        self._rest = Rest(header)
        self._day_and_night = DayAndNight(header)

    def add(self, rows: VitalsRows) -> None:
        """Take the next rows of the recording."""
        for name, values in rows.signals.items():
            self._take(name, values)
        if not rows.ticks.size:
            return
        heart_rate = rows.signals.get("hr")
        if heart_rate is None:
            self._presence.add(rows, np.zeros(rows.ticks.size, dtype=np.bool_))
            return
        valid = is_valid("hr", heart_rate, cohort=self._header.cohort)
        self._presence.add(rows, valid)
        self._beats.add(rows.signals)
        if (self._header.worn or self._header.clock_known) and valid.any():
            ticks, readings = rows.ticks[valid], heart_rate[valid]
            self._day_and_night.add(ticks, readings)
            if self._header.worn:
                self._rest.add(ticks, readings)

    def figures(self) -> VitalsFigures:
        """Return the figures of all rows taken so far."""
        header = self._header
        taken = {name: readings.distribution() for name, readings in self._readings.items()}
        valid = {name: part.between(*kind_of(name).limits_for(header.cohort)) for name, part in taken.items()}
        coverage = self._presence.coverage()
        return VitalsFigures(
            header=header,
            coverage=coverage,
            signals={name: self._summary(name, part, valid[name]) for name, part in taken.items()},
            burden=_burden(header, valid.get("hr", _NOTHING)),
            desaturation=_desaturation(valid.get("spo2", _NOTHING), header.interval_s, coverage.span_s),
            disagreement=self._presence.disagreement(),
            ectopy=self._beats.ectopy(lambda name: valid.get(name, _NOTHING)),
            rhythm=rhythm(lambda name: valid.get(name, _NOTHING), interval_s=header.interval_s),
            st=_st(valid, header.interval_s),
            resting=self._rest.figures() if header.worn else NotAssessed("not a wearable's recording"),
            nocturnal_dip=self._day_and_night.dip(),
        )

    def _take(self, name: str, values: NDArray[np.float64]) -> None:
        if name == "temperature":
            values, converted = to_celsius(values)
            self._from_fahrenheit += converted
        self._readings.setdefault(name, Readings()).add(values)

    def _summary(self, name: str, taken: Distribution, valid: Distribution) -> Summary | NotAssessed:
        excluded = {} if taken.n == valid.n else _excluded(name, taken, cohort=self._header.cohort)
        if not valid.n:
            return NotAssessed(f"no valid reading{_because(excluded)}", excluded)
        mean = valid.total() / valid.n
        p05, median, p95 = valid.percentiles(5, 50, 95)
        minimum, maximum = valid.extremes()
        return Summary(
            unit=kind_of(name).unit,
            n=valid.n,
            mean=mean,
            sd=float(np.sqrt(valid.squares_about(mean) / valid.n)),
            median=median,
            p05=p05,
            p95=p95,
            minimum=minimum,
            maximum=maximum,
            excluded=excluded,
            converted=self._from_fahrenheit if name == "temperature" else 0,
        )


def _excluded(name: str, taken: Distribution, *, cohort: str) -> dict[str, int]:
    """Count the readings that cannot be true, by reason."""
    kind = kind_of(name)
    low, high = kind.limits_for(cohort)
    zeros = taken.between(0.0, 0.0).n if kind.zero else 0
    counts = {
        f"zero ({kind.zero})": zeros,
        f"below {max(low, 0.0) if kind.zero else low:g} {kind.unit}": taken.below(low) - zeros,
        f"above {high:g} {kind.unit}{f' ({kind.beyond})' if kind.beyond else ''}": taken.above(high),
    }
    return {reason: count for reason, count in counts.items() if count}


def _because(excluded: Mapping[str, int]) -> str:
    reasons = ", ".join(f"{count} × {reason}" for reason, count in excluded.items())
    return f"; excluded: {reasons}" if reasons else ""


def _burden(header: VitalsHeader, heart_rate: Distribution) -> Burden | NotAssessed:
    if not heart_rate.n:
        return NotAssessed("no valid heart rate")
    age = header.demographics.get("age_years")
    band = heart_rate_range(header.cohort, None if age is None else float(age))
    if band is None:
        return NotAssessed("age not known")
    return Burden(
        range=band,
        n=heart_rate.n,
        low_percent=100.0 * heart_rate.below(band.low_bpm) / heart_rate.n,
        high_percent=100.0 * heart_rate.above(band.high_bpm) / heart_rate.n,
    )


def _desaturation(spo2: Distribution, interval_s: float, span_s: float) -> Desaturation | NotAssessed:
    if not spo2.n:
        return NotAssessed("no valid SpO2")
    return Desaturation(
        n=spo2.n,
        coverage=spo2.n * interval_s / span_s,
        below_90_percent=100.0 * spo2.below(90.0) / spo2.n,
        below_85_percent=100.0 * spo2.below(85.0) / spo2.n,
    )


def _st(valid: Mapping[str, Distribution], interval_s: float) -> tuple[StDeviation, ...] | NotAssessed:
    parts = ((lead, valid.get(f"st_{lead.lower()}", _NOTHING)) for lead in LEADS)
    leads = [(lead, part) for lead, part in parts if part.n]
    if not leads:
        return NotAssessed("no ST analysis recorded")
    return tuple(
        StDeviation(
            lead=lead,
            n=part.n,
            mean_mm=part.total() / part.n,
            minutes_beyond_1_mm=_beyond(part, _ST_LIMIT_MM) * interval_s / 60.0,
            beyond_1_mm_percent=100.0 * _beyond(part, _ST_LIMIT_MM) / part.n,
        )
        for lead, part in leads
    )


def _beyond(part: Distribution, limit: float) -> int:
    """Return how many readings are `limit` or more away from zero."""
    return part.between(limit, np.inf).n + part.between(-np.inf, -limit).n
