"""Figures that a data set states about an ECG, checked for what a human heart can do.

A figure outside its bounds is a failed measurement: it is left out and listed, never clipped.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal

from bedside.dataset.ecg.facts import Measured
from bedside.dataset.gathered import Dropped

__all__ = ["MeasuredName", "figure", "number"]

MeasuredName = Literal["heart_rate", "rr", "pr", "qrs", "qt", "qtc", "axis"]
_UNITS: Mapping[MeasuredName, Literal["bpm", "ms", "degrees"]] = MappingProxyType(
    {
        "heart_rate": "bpm",
        "rr": "ms",
        "pr": "ms",
        "qrs": "ms",
        "qt": "ms",
        "qtc": "ms",
        "axis": "degrees",
    }
)
_BOUNDS: Mapping[MeasuredName, tuple[float, float]] = MappingProxyType(
    {
        "heart_rate": (20, 350),
        "rr": (170, 3000),
        "pr": (40, 600),
        "qrs": (30, 300),
        "qt": (150, 800),
        "qtc": (200, 800),
        "axis": (-180, 270),  # some devices count from -90 to 270 degrees
    }
)


def figure(name: MeasuredName, value: float, *, evidence: str) -> Measured | Dropped:
    """Return `value` with its unit (an axis between -180 and 180 degrees), or why it is not one."""
    low, high = _BOUNDS[name]
    if not low <= value <= high:
        return Dropped(evidence, f"{name} is not between {low:g} and {high:g} {_UNITS[name]}")
    if name == "axis" and value > 180:
        value -= 360
    return Measured(name, value, _UNITS[name], evidence)


def number(text: str, *, evidence: str) -> float | Dropped:
    """Return the number that a cell holds, or that it holds none."""
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    return value if math.isfinite(value) else Dropped(evidence, "the cell is not a number")
