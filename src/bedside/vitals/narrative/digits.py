"""Write figures with the digits they need.

A rare thing is never rounded to nothing, nor an almost constant one to always. "~" joins a figure to its
unit; how that is written is a matter of the house style (`wording.toml`).
"""

from __future__ import annotations

import math

__all__ = [
    "counted",
    "decimals",
    "duration",
    "part_of",
    "per_hour",
    "percent",
    "reading",
    "share_of",
    "whole",
]


def whole(value: float) -> str:
    """Write a figure without decimals, thousands set off by commas; never "-0"."""
    return f"{round(value):,}"


def decimals(value: float) -> str:
    """Write a figure with one decimal; never "-0.0"."""
    return f"{round(value, 1) + 0.0:.1f}"


def reading(value: float) -> str:
    """Write a single reading, with one decimal unless it is a whole number."""
    return decimals(value).removesuffix(".0")


def percent(value: float) -> str:
    """Write a percentage: one decimal, and between 0 and 1 and between 99 and 100 as many as it needs."""
    if value in {0.0, 100.0}:
        return f"{value:.0f}~%"
    if value < 1.0:
        places = max(3, 1 - math.floor(math.log10(value)))
        return f"{_places(value, places)}~%"
    if value > 99.0:
        return f"{_places(value, 1 - math.floor(math.log10(100.0 - value)))}~%"
    return f"{value:.1f}~%"


def share_of(value: float, n: int) -> str:
    """Write a percentage of `n` readings, with the count in brackets where it is rare or nearly constant."""
    count = round(value * n / 100.0)
    rare = 0.0 < value < 1.0 or 99.0 < value < 100.0
    return f"{percent(value)} ({count:,})" if rare else percent(value)


def per_hour(value: float) -> str:
    """Write a rate with three significant digits."""
    return _three_digits(value)


def counted(number: int, one: str, many: str) -> str:
    """Write a count with its noun: "no gaps", "1 gap", "1,204 gaps"."""
    if number == 0:
        return f"no {many}"
    return f"1 {one}" if number == 1 else f"{number:,} {many}"


def duration(seconds: float) -> str:
    """Write a time in the largest unit of which there are two (four days), with one decimal at most."""
    size, unit = _unit(seconds)
    text = _places(seconds / size, 1)
    return f"{text}~{unit}" if text == "1" else f"{text}~{unit}s"


def part_of(seconds: float, whole_s: float) -> str:
    """Write a part of a time in the unit of the whole, with the decimals that tell the two apart."""
    size, unit = _unit(whole_s)
    places = 1
    while seconds != whole_s and places < 4 and _places(seconds / size, places) == _places(whole_s / size, 1):
        places += 1
    text = _places(seconds / size, places)
    return f"{text}~{unit}" if text == "1" else f"{text}~{unit}s"


def _unit(seconds: float) -> tuple[float, str]:
    for least, size, name in ((4, 86400.0, "day"), (2, 3600.0, "hour"), (2, 60.0, "minute")):
        if seconds >= least * size:
            return size, name
    return 1.0, "second"


def _places(value: float, places: int) -> str:
    return f"{value:.{places}f}".rstrip("0").rstrip(".")


def _three_digits(value: float) -> str:
    if value == 0.0:
        return "0"
    places = max(0, 2 - math.floor(math.log10(abs(value))))
    return _places(value, places) if places else f"{value:.0f}"
