"""Turn readings given in another usual unit into the one that bedside measures in, and doubt a wrong unit.

Only conversions that are exact and usual are known. The doubt is for files whose unit is not what was said
of it (0.97 where per cent were declared, 98 where °C were): it names the unit that the readings look like.
Knows nothing about files.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bedside.vitals.signals import SignalKind

__all__ = ["Conversion", "Doubt", "conversion", "doubt", "usual_units"]

MMHG_PER_KPA = 1000.0 / 133.322387415
"""One conventional millimetre of mercury is 133.322387415 Pa (BS 350-1:2004)."""


@dataclass(frozen=True)
class Conversion:
    """`value * factor + offset` is the reading in bedside's unit."""

    factor: float = 1.0
    offset: float = 0.0

    def apply(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Convert readings; what needs no conversion is returned as it is."""
        if self.factor == 1.0 and self.offset == 0.0:
            return values
        with np.errstate(over="ignore"):  # infinity is as impossible a reading as what became it
            return values * self.factor + self.offset


@dataclass(frozen=True)
class Doubt:
    """Readings that another unit would explain: how many of how many, in which row the first stands."""

    unit: str
    suspect: int
    readings: int
    first_row: int


_SAME = Conversion()
_PER_SECOND = Conversion(60.0)
_RATE = {"1/min": _SAME, "/min": _SAME, "pm": _SAME, "1/s": _PER_SECOND, "/s": _PER_SECOND, "hz": _PER_SECOND}
_BEATS = {"bpm": _SAME, "beats/min": _SAME, **_RATE, "beats/s": _PER_SECOND}
_KINDS: dict[str, dict[str, Conversion]] = {
    "bpm": _BEATS,
    "1/min": {**_RATE, "bpm": _SAME, "breaths/min": _SAME, "brpm": _SAME, "rpm": _SAME},
    "%": {"%": _SAME, "percent": _SAME, "fraction": Conversion(100.0)},
    "mmHg": {"mmhg": _SAME, "kpa": Conversion(MMHG_PER_KPA)},
    "mm": {"mm": _SAME, "mv": Conversion(10.0)},
    "°C": {
        **dict.fromkeys(("°c", "c", "degc", "deg c", "celsius"), _SAME),
        **dict.fromkeys(("°f", "f", "degf", "deg f", "fahrenheit"), Conversion(5.0 / 9.0, -160.0 / 9.0)),
    },
}
"""By bedside's unit: other spellings and units, in lower case. ST deviation is drawn at 10 mm to 1 mV."""

_PRESSURE = (25.0, 400.0)
_BELIEVABLE_MEDIAN = {
    "hr": (5.0, 400.0),
    "pulse": (5.0, 400.0),
    "spo2": (1.5, 150.0),
    "temperature": (15.0, 115.0),  # up to 113 is °F, which is told apart when it is measured
    "nbp_sys": _PRESSURE,
    "abp_sys": _PRESSURE,
}
"""Between these lies every living patient, and no reading of one in another of the units."""

_MIXED_SHARE = 0.05


def usual_units(kind: SignalKind) -> tuple[str, ...]:
    """Return the units that `conversion` knows for a signal, bedside's own first."""
    return (kind.unit, *(name for name in _KINDS.get(kind.unit, {}) if name != kind.unit.casefold()))


def conversion(unit: str, *, kind: SignalKind) -> Conversion | None:
    """Return how readings of `kind` in `unit` become readings in its own unit; `None` for an unknown unit."""
    folded = unit.strip().casefold()
    return _SAME if folded == kind.unit.casefold() else _KINDS.get(kind.unit, {}).get(folded)


def doubt(values: NDArray[np.float64], *, kind: SignalKind, declared: Conversion) -> Doubt | None:
    """Tell whether at least one in twenty readings looks like another unit than the declared one.

    Args:
        values: readings as they stand in the file, shape (rows,); NaN where missing, zeros are not judged.
        kind: the signal.
        declared: the conversion that belongs to the declared unit.
    """
    if kind.name not in _BELIEVABLE_MEDIAN:
        return None
    low, high = _BELIEVABLE_MEDIAN[kind.name]
    judged = np.flatnonzero(values > 0)
    readings = values[judged]
    converted = declared.apply(readings)
    outside = (converted <= low) | (converted >= high)
    for unit, other in _KINDS[kind.unit].items():
        if other == declared:
            continue
        explained = other.apply(readings)
        suspect = outside & (explained > low) & (explained < high)
        if suspect.any() and suspect.mean() >= _MIXED_SHARE:
            return Doubt(unit, int(suspect.sum()), int(readings.size), int(judged[np.argmax(suspect)]))
    return None
