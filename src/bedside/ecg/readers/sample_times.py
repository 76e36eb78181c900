"""Find the sampling rate that a column of times stands for, and refuse one that is not regular.

Times rounded by the program that wrote them are regular (360 samples a second written in whole milliseconds);
a missing, doubled or reversed sample is not. Knows nothing of files.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bedside.errors import DataError

__all__ = ["Clock", "read_clock", "seconds_of_clock", "time_factor"]

_SECONDS = {
    "s": 1.0, "sec": 1.0, "secs": 1.0, "second": 1.0, "seconds": 1.0, "sek": 1.0, "sekunden": 1.0,
    "ms": 1e-3, "msec": 1e-3, "msecs": 1e-3, "millisecond": 1e-3, "milliseconds": 1e-3,
    "us": 1e-6, "usec": 1e-6, "microsecond": 1e-6, "microseconds": 1e-6,
    "min": 60.0, "minutes": 60.0,
}  # fmt: skip
_SHORTEST_STEP_S = 1e-6
_SLOWEST_STEP_S, _FASTEST_STEP_MS, _SLOWEST_STEP_MS = 0.05, 0.1, 50.0
_LARGEST_TIME = 1e100
_SAME_RATE = 2e-3
_CLOCK = re.compile(
    r"((?P<date>\d{4}-\d\d-\d\d)[T ])?((?P<hours>\d{1,3}):)?(?P<minutes>\d{1,2}):"
    r"(?P<seconds>\d{1,2}([.,]\d*)?)Z?"
)
_EPOCH = dt.date(2000, 1, 1).toordinal()


@dataclass(frozen=True)
class Clock:
    """What a time column says.

    Attributes:
        sampling_rate_hz: samples per second.
        assumed: the unit that was assumed, in words; empty where it was stated or could be nothing else.
    """

    sampling_rate_hz: float
    assumed: str = ""


class _IrregularError(Exception):
    def __init__(self, row: int, what: str) -> None:
        super().__init__(what)
        self.row, self.what = row, what


def time_factor(unit: str) -> float | None:
    """Return how many seconds one `unit` is, or `None` where it is no unit of time."""
    text = unit.strip().replace("\N{MICRO SIGN}", "u").replace("\N{GREEK SMALL LETTER MU}", "u")
    return _SECONDS.get(text.casefold().rstrip("."))


def seconds_of_clock(text: str) -> float | None:
    """Return the seconds that `2:03.5`, `1:02:03.500` or `2024-05-17T01:02:03.5` stands for, else `None`."""
    found = _CLOCK.fullmatch(text.strip("'\"[] "))
    if found is None:
        return None
    try:
        days = dt.date.fromisoformat(found["date"]).toordinal() - _EPOCH if found["date"] else 0
    except ValueError:
        return None
    hours, minutes = int(found["hours"] or 0), int(found["minutes"])
    return days * 86400.0 + hours * 3600.0 + minutes * 60.0 + float(found["seconds"].replace(",", "."))


def read_clock(
    times: NDArray[np.float64], *, factor: float | None, name: str, first_line: int, given_hz: float | None
) -> Clock:
    """Find the sampling rate of a column of times.

    Args:
        times: shape (rows,), in the column's unit.
        factor: seconds in one unit of the column, `None` where it states none.
        name: the column, for messages.
        first_line: line number of the first row.
        given_hz: the sampling rate that the user gave.

    Raises:
        DataError: the times do not rise in equal steps, have no known unit, or do not fit `given_hz`.
    """
    if times.size < 2:
        if given_hz is None:
            raise DataError(
                "one row of samples, so that no sampling rate can be told", fix="--sampling-rate HZ"
            )
        return Clock(given_hz)
    try:
        step, slack = _regular_step(times)
    except _IrregularError as error:
        raise DataError(
            f"column {name!r}: {error.what}",
            line=first_line + error.row,
            fix="give a recording without gaps; write a missing sample as an empty cell in its own row",
        ) from error
    clock = _clock(step, slack, factor=factor, name=name, given_hz=given_hz)
    if given_hz is None:
        return clock
    if abs(clock.sampling_rate_hz - given_hz) > _SAME_RATE * given_hz:
        raise DataError(
            f"column {name!r} says {clock.sampling_rate_hz:g} samples a second, but {given_hz:g} were given",
            fix=f"leave the sampling rate out, or give {clock.sampling_rate_hz:g}",
        )
    return Clock(given_hz, clock.assumed)


def _regular_step(times: NDArray[np.float64]) -> tuple[float, float]:
    """Return the step between rows and how far, relatively, it may be off because times were rounded."""
    missing = np.flatnonzero(~(np.abs(times) < _LARGEST_TIME))
    if missing.size:
        raise _IrregularError(int(missing[0]), "no time")
    steps = np.diff(times)
    step = float(np.median(steps))
    back = np.flatnonzero(steps <= 0)
    if back.size:
        row = int(back[0])
        word = "again" if steps[row] == 0 else "after"
        raise _IrregularError(row + 1, f"time {times[row + 1]:.10g} stands {word} {times[row]:.10g}")
    # A missing row makes one step twice as long; rounding never moves a step by half its length.
    odd = np.abs(steps - step)
    if odd.max() > 0.51 * step:
        row = int(odd.argmax())
        raise _IrregularError(
            row + 1, f"a step of {steps[row]:.6g} after {times[row]:.10g}, where steps are {step:.6g}"
        )
    mean = float(times[-1] - times[0]) / steps.size
    off = times - (times[0] + mean * np.arange(times.size))
    if np.abs(off).max() > 0.51 * step:
        row = int(np.abs(off).argmax())
        raise _IrregularError(
            row, f"time {times[row]:.10g} is {off[row]:+.6g} from where equal steps of {mean:.6g} lead"
        )
    rounding = 2.0 * float(np.abs(off).max()) + 4.0 * float(np.spacing(np.abs(times[-1])))
    return mean, rounding / float(times[-1] - times[0])


def _clock(step: float, slack: float, *, factor: float | None, name: str, given_hz: float | None) -> Clock:
    if step * (factor or 1.0) < _SHORTEST_STEP_S:
        raise DataError(f"column {name!r} rises by {step:g}, too little for an ECG", fix="correct the times")
    if factor is not None:
        return Clock(_whole(1.0 / (step * factor), slack))
    if given_hz is not None and abs(step - 1.0) < 1e-9:
        return Clock(given_hz)  # sample numbers
    if step <= _SLOWEST_STEP_S:
        return Clock(_whole(1.0 / step, slack))
    if abs(step - 1.0) < 1e-9:
        raise DataError(
            f"column {name!r} rises by 1: sample numbers or milliseconds",
            fix="--sampling-rate HZ, or name the column `time (ms)`",
        )
    if _FASTEST_STEP_MS <= step <= _SLOWEST_STEP_MS:
        rate = _whole(1e3 / step, slack)
        return Clock(rate, f"column {name!r} names no unit and rises by {step:g}: taken as ms, {rate:g} Hz")
    raise DataError(
        f"column {name!r} rises by {step:g}, which is no interval of an ECG in seconds or milliseconds",
        fix="name the column `time (s)` or `time (ms)`, or leave it out and give --sampling-rate HZ",
    )


def _whole(rate: float, slack: float) -> float:
    """Return the whole number of samples per second that `rate` is but for the rounding of times."""
    return float(round(rate)) if abs(rate - round(rate)) <= rate * (slack + 1e-7) else rate
