"""Which vital signs bedside knows, in which unit, and which readings of them cannot be true.

A monitor writes a number for more than a patient: 0 when a lead is off, 299 while a transducer is flushed.
The limits are what a sensor can honestly report of a living patient, not normal ranges; they are wide on
purpose, so that a reading is only excluded when it is no measurement. Zero is judged apart from the limits,
because it says something of its own. Every excluded reading is counted by its reason.

| signal               | limits (neonate and infant) | zero means                              | source |
|----------------------|-----------------------------|-----------------------------------------|--------|
| heart rate           | 20 to 300 bpm               | lead off, not asystole                  | 1, 2   |
| pulse                | 20 to 300 bpm               | no pulse found                          | 1      |
| SpO2                 | 20 to 100 %                 | sensor off                              | 3      |
| respiration          | up to 120 /min (170)        | apnoea or disconnection, not told apart | 4      |
| systolic pressure    | 30 to 300 mmHg (15 to 200)  | failed cuff, transducer open to air     | 5, 6   |
| diastolic pressure   | 10 to 220 mmHg (5 to 150)   | the same                                | 5, 6   |
| mean pressure        | 15 to 260 mmHg (8 to 180)   | the same                                | 5, 6   |
| CVP                  | -15 to 60 mmHg              | a reading                               | 6      |
| temperature          | 25 to 45 °C                 | no probe                                | 5      |
| ST deviation         | -20 to 20 mm (of 0.1 mV)    | a reading                               | 7      |
| beats in a minute    | 0 to 400                    | a reading                               | 8      |
| shares of a minute   | 0 to 100 %                  | a reading                               |        |

1. Pulse rate is measured from 20 to 300 bpm (Mindray BeneVision N22 operator's manual, A.14.4).
2. In the MIMIC-III neonate 3182898n 249 zeros stand beside a pulse of 153 bpm and no respiration.
3. Below 70 % pulse oximeters state no accuracy (same manual), yet what they show is low: it is kept.
4. Philips IntelliVue MX800 instructions for use: 0 to 120 /min, neonates 0 to 170 /min.
5. Upper limits lie inside those of Harutyunyan et al., Sci Data 2019;6:96 (MIMIC-III benchmarks): pressures
   375, mean pressure 330, temperature 45. Lower limits are bedside's own.
6. A transducer that is zeroed or flushed reads 0 or near the bag's pressure, 300 mmHg: the MIMIC-III adult
   3570073n has mean arterial pressures of 0 and 299 and central venous pressures of 325 and 331.
7. Mindray BeneView T1 operator's manual, A.8: -2.0 to 2.0 mV.
8. One minute at the highest heart rate, with a margin.

No patient lives at 77 °C and none at 45 °F: readings of 77 to 113 can only be °F; they are converted, and
counted. A slow pulse of 25 to 50 per minute while the oximeter starts cannot be told from a slow heart and is
kept. ECG counters and shares hold one value per minute, never a running total. `Paced Beat Count` alone tells
of pacing: the counts by chamber hold stray values in minutes that the monitor did not analyse. Columns that
bedside does not know are ignored, among them status codes and codes in brackets. Knows nothing about files.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["LEADS", "SIGNALS", "SignalKind", "is_valid", "kind_of", "kind_of_column", "to_celsius"]

LEADS = ("I", "II", "III", "aVR", "aVL", "aVF", "V")
"""The leads in which monitors measure the ST segment; in lower case they end the names `st_i` to `st_v`."""

_WIDE = "default"
_BPM = {_WIDE: (20.0, 300.0)}
_ABOVE_ZERO = float(np.nextafter(0.0, 1.0))
_FAHRENHEIT = (77.0, 113.0)
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
    ("pnn50_percent", "pNN50 Percent"),
)


@dataclass(frozen=True)
class SignalKind:
    """A vital sign that bedside knows.

    Attributes:
        name: canonical name.
        unit: unit of its values.
        columns: how monitors name it; compared without case, `%`, spaces, `-` and `_`.
        limits: lowest and highest reading that can be true, by cohort; the key `default` is for the rest.
        zero: what a reading of zero means where it is no measurement; empty where zero is a reading.
        beyond: what a reading above the limits comes from, where that is known.
    """

    name: str
    unit: str
    columns: tuple[str, ...]
    limits: Mapping[str, tuple[float, float]]
    zero: str = ""
    beyond: str = ""

    def limits_for(self, cohort: str) -> tuple[float, float]:
        """Return the lowest and the highest reading that can be true of a patient of `cohort`.

        Where zero is no measurement the lowest is above it.
        """
        low, high = self.limits.get(cohort, self.limits[_WIDE])
        return (max(low, _ABOVE_ZERO) if self.zero else low), high


def _smallest(everyone: tuple[float, float], youngest: tuple[float, float]) -> dict[str, tuple[float, float]]:
    return {_WIDE: everyone, "neonate": youngest, "infant": youngest}


def _pressure(site: str, column: str, beyond: str) -> tuple[SignalKind, ...]:
    bounds = {
        "sys": ("Sys", _smallest((30.0, 300.0), (15.0, 200.0))),
        "dias": ("Dias", _smallest((10.0, 220.0), (5.0, 150.0))),
        "mean": ("Mean", _smallest((15.0, 260.0), (8.0, 180.0))),
    }
    return tuple(
        SignalKind(f"{site}_{part}", "mmHg", (f"{column} {name}",), limits, "no pressure measured", beyond)
        for part, (name, limits) in bounds.items()
    )


SIGNALS: tuple[SignalKind, ...] = (
    SignalKind("hr", "bpm", ("HR",), _BPM, "lead off"),
    SignalKind("pulse", "bpm", ("PULSE",), _BPM, "no pulse found"),
    SignalKind("spo2", "%", ("SpO2",), {_WIDE: (20.0, 100.0)}, "sensor off"),
    SignalKind("resp", "1/min", ("RESP",), _smallest((0.0, 120.0), (0.0, 170.0)), "apnoea or disconnection"),
    *_pressure("nbp", "NBP", ""),
    *_pressure("abp", "ABP", "transducer"),
    SignalKind("cvp", "mmHg", ("CVP",), {_WIDE: (-15.0, 60.0)}, beyond="transducer"),
    SignalKind(
        "temperature", "°C", ("Trect", "Tcore", "Tblood", "Temp", "T1"), {_WIDE: (25.0, 45.0)}, "no probe"
    ),
    *(SignalKind(f"st_{lead.lower()}", "mm", (f"ST {lead}",), {_WIDE: (-20.0, 20.0)}) for lead in LEADS),
    SignalKind("pvc_rate", "1/min", ("PVC Rate per Minute",), {_WIDE: (0.0, 300.0)}),
    *(SignalKind(name, "count", (column,), {_WIDE: (0.0, 400.0)}) for name, column in _ECG_COUNTERS),
    *(SignalKind(name, "%", (column,), {_WIDE: (0.0, 100.0)}) for name, column in _ECG_SHARES),
    SignalKind("hr_variability", "monitor index", ("HR Variability",), {_WIDE: (0.0, 1000.0)}),
)
"""Every known signal."""

_BY_NAME = {kind.name: kind for kind in SIGNALS}


def _fold(column: str) -> str:
    return re.sub(r"[\s_%-]+", "", column).casefold()


_BY_COLUMN = {_fold(column): kind for kind in SIGNALS for column in kind.columns}


def kind_of(name: str) -> SignalKind:
    """Return the signal of a canonical name."""
    return _BY_NAME[name]


def kind_of_column(column: str) -> SignalKind | None:
    """Return the signal that a monitor's column name stands for, `None` where bedside does not know it."""
    return _BY_COLUMN.get(_fold(column))


def is_valid(name: str, values: NDArray[np.float64], *, cohort: str) -> NDArray[np.bool_]:
    """Tell which readings can be true of a patient of `cohort`; a missing one cannot.

    Args:
        name: canonical name of the signal.
        values: readings, shape (rows,), in the signal's unit; NaN where missing.
        cohort: the patient's cohort.
    """
    low, high = _BY_NAME[name].limits_for(cohort)
    return (values >= low) & (values <= high)


def to_celsius(values: NDArray[np.float64]) -> tuple[NDArray[np.float64], int]:
    """Return temperatures in °C, and how many of them were converted from °F.

    Args:
        values: temperatures, shape (rows,), in °C or, from 77 to 113, in °F; NaN where missing.
    """
    is_fahrenheit = (values >= _FAHRENHEIT[0]) & (values <= _FAHRENHEIT[1])
    converted = int(np.count_nonzero(is_fahrenheit))
    return (np.where(is_fahrenheit, (values - 32.0) / 1.8, values), converted) if converted else (values, 0)
