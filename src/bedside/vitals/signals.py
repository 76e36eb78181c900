"""Which vital signs bedside knows, in which unit, and which readings of them cannot be true.

A monitor writes a number for more than a patient: 0 when a lead is off, 299 while a transducer is flushed.
The limits below are what a sensor can honestly report of a living patient, not normal ranges; they are
wide on purpose, so that a reading is only excluded when it is no measurement. Zero is judged apart from
the limits, because it says something of its own:

| signal                | zero means                                                              |
|-----------------------|-------------------------------------------------------------------------|
| heart rate            | lead off, not asystole: in the MIMIC-III neonate 3182898n, 249 zeros    |
|                       | stand beside a pulse of 153 bpm and a missing respiration               |
| pulse, SpO2           | the pulse oximeter found no pulse or is off                             |
| respiration           | apnoea or disconnection; numerics cannot tell them apart                |
| arterial, cuff        | transducer zeroing, failed cuff                                         |
| CVP, ST, counters     | a reading                                                               |

Every excluded reading is counted by its reason. Knows nothing about files or words.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bedside.records import Signal

__all__ = ["SIGNALS", "Cleaned", "SignalKind", "clean", "kind_of_column"]

_WIDE = "default"
_BPM = {_WIDE: (20.0, 300.0)}
_ECG_COUNTERS = (
    ("all_beat_count", "All Beat Count"),
    ("normal_beat_count", "Normal Beat Count"),
    ("paced_beat_count", "Paced Beat Count"),
    ("pvc_count", "PVC Count"),
    ("pvc_run_count", "PVC Run Count"),
    ("pvc_pair_count", "PVC Pair Count"),
    ("svpb_count", "SVPB Count"),
    ("svpb_run_count", "SVPB Run Count"),
)
_ECG_SHARES = (
    ("irregular_hr_percent", "Irregular HR Percent"),
    ("bigeminy_percent", "Bigeminy Percent"),
    ("trigeminy_percent", "Trigeminy Percent"),
    ("poor_signal_percent", "Poor Signal"),
)


@dataclass(frozen=True)
class SignalKind:
    """A vital sign that bedside knows.

    Attributes:
        name: canonical name.
        unit: unit of its values.
        columns: how monitors name it; compared without case, `%`, and with `-` and `_` as spaces.
        limits: lowest and highest reading that can be true, by cohort; the key `default` is for the rest.
        zero: what a reading of zero means where it is no measurement; empty where zero is a reading.
    """

    name: str
    unit: str
    columns: tuple[str, ...]
    limits: Mapping[str, tuple[float, float]]
    zero: str = ""


def _pressure(site: str, column: str) -> tuple[SignalKind, ...]:
    bounds = {
        "sys": ({_WIDE: (30.0, 300.0), "neonate": (15.0, 200.0)}, "Sys"),
        "dias": ({_WIDE: (10.0, 220.0), "neonate": (5.0, 150.0)}, "Dias"),
        "mean": ({_WIDE: (15.0, 260.0), "neonate": (8.0, 180.0)}, "Mean"),
    }
    return tuple(
        SignalKind(f"{site}_{part}", "mmHg", (f"{column} {name}",), limits, "no pressure measured")
        for part, (limits, name) in bounds.items()
    )


SIGNALS: tuple[SignalKind, ...] = (
    SignalKind("hr", "bpm", ("HR",), _BPM, "lead off"),
    SignalKind("pulse", "bpm", ("PULSE",), _BPM, "no pulse found"),
    SignalKind("spo2", "%", ("SpO2",), {_WIDE: (20.0, 100.0)}, "sensor off"),
    SignalKind(
        "resp",
        "1/min",
        ("RESP",),
        {_WIDE: (0.0, 100.0), "neonate": (0.0, 160.0)},
        "apnoea or disconnection",
    ),
    *_pressure("nbp", "NBP"),
    *_pressure("abp", "ABP"),
    SignalKind("cvp", "mmHg", ("CVP",), {_WIDE: (-15.0, 60.0)}),
    *(
        SignalKind(f"st_{lead.lower()}", "mm", (f"ST {lead}",), {_WIDE: (-20.0, 20.0)})
        for lead in ("I", "II", "III", "aVR", "aVL", "aVF", "V")
    ),
    SignalKind("pvc_rate", "1/min", ("PVC Rate per Minute",), {_WIDE: (0.0, 300.0)}),
    *(SignalKind(name, "count", (column,), {_WIDE: (0.0, 400.0)}) for name, column in _ECG_COUNTERS),
    *(SignalKind(name, "%", (column,), {_WIDE: (0.0, 100.0)}) for name, column in _ECG_SHARES),
)
"""Every known signal. ECG counters and shares hold one value per minute, never a running total."""

_BY_NAME = {kind.name: kind for kind in SIGNALS}


def _fold(column: str) -> str:
    return re.sub(r"[\s_-]+", " ", column.replace("%", "")).strip().casefold()


_BY_COLUMN = {_fold(column): kind for kind in SIGNALS for column in kind.columns}


def kind_of_column(column: str) -> SignalKind | None:
    """Return the signal that a monitor's column name stands for, `None` where bedside does not know it."""
    return _BY_COLUMN.get(_fold(column))


@dataclass(frozen=True)
class Cleaned:
    """A signal without the readings that cannot be true.

    Attributes:
        values: float array, shape (rows,); NaN where there is no valid reading.
        excluded: number of readings excluded, by reason; empty where none was.
    """

    values: NDArray[np.float64]
    excluded: Mapping[str, int]


def clean(signal: Signal, *, cohort: str) -> Cleaned:
    """Exclude the readings of `signal` that cannot be true of a patient of `cohort`, and count them."""
    kind = _BY_NAME[signal.name]
    low, high = kind.limits.get(cohort, kind.limits[_WIDE])
    is_zero = (signal.values == 0.0) if kind.zero else np.zeros(signal.values.shape, dtype=bool)
    too_low = (signal.values < low) & ~is_zero
    too_high = signal.values > high
    counts = {
        f"zero ({kind.zero})": int(is_zero.sum()),
        f"below {low:g} {kind.unit}": int(too_low.sum()),
        f"above {high:g} {kind.unit}": int(too_high.sum()),
    }
    values = np.where(is_zero | too_low | too_high, np.nan, signal.values)
    return Cleaned(values, {reason: count for reason, count in counts.items() if count})
