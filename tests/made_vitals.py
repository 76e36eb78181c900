"""Vital-signs records made of given readings, and batches cut from them."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence

import numpy as np

from bedside.records import VitalsHeader, VitalsRecord, VitalsRows
from bedside.vitals.figures import VitalsFigures
from bedside.vitals.metrics import Measurement


def made(
    *,
    interval_s: float = 60.0,
    cohort: str = "adult",
    ticks: Sequence[int] | None = None,
    clock_known: bool = False,
    worn: bool = False,
    age_years: float | None = None,
    **signals: Sequence[float],
) -> VitalsRecord:
    """Make a record of the given readings, one row for each, on consecutive ticks where none are given."""
    rows = len(next(iter(signals.values())))
    header = VitalsHeader(
        subject_id="s",
        record_name=f"{cohort}_s",
        cohort=cohort,
        interval_s=interval_s,
        interval_evidence="given",
        demographics={} if age_years is None else {"age_years": age_years},
        clock_known=clock_known,
        worn=worn,
    )
    return VitalsRecord(
        header,
        VitalsRows(
            np.arange(rows) if ticks is None else np.array(ticks, dtype=np.int64),
            {name: np.array(values, dtype=float) for name, values in signals.items()},
        ),
    )


def cut(rows: VitalsRows, places: Iterable[int]) -> list[VitalsRows]:
    """Cut rows into batches at the given places; places may repeat, which gives empty batches."""
    bounds = [0, *sorted(min(place, rows.ticks.size) for place in places), rows.ticks.size]
    return [
        VitalsRows(
            rows.ticks[start:stop], {name: values[start:stop] for name, values in rows.signals.items()}
        )
        for start, stop in itertools.pairwise(bounds)
    ]


def measured_in_batches(record: VitalsRecord, places: Iterable[int]) -> VitalsFigures:
    """Measure a record cut at the given places."""
    measurement = Measurement(record.header)
    for rows in cut(record.rows, places):
        measurement.add(rows)
    return measurement.figures()
