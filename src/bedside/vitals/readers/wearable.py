"""Read wearable heart rate, as CSV with dates or as lines of clock times.

CSV: the columns `Local datetime [ISO8601]` and `heart rate [#/min]`. Text: lines of the form
`Time: HH:MM - heart rate [#/min]: N` (or HH:MM:SS); dates are lost, and a clock time before the one above
begins a new day, so a gap of whole days cannot be seen and the span is the shortest possible. A time without
a reading has no line. Ticks follow the clock on the wall: see `wall_clock`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from bedside.errors import DataError
from bedside.records import VitalsHeader, VitalsRows
from bedside.vitals.readers.blocks import open_lines, open_table
from bedside.vitals.readers.decoding import BLOCK_BYTES
from bedside.vitals.readers.interval import USUAL_S, Interval
from bedside.vitals.readers.moments import read_moments
from bedside.vitals.readers.names import stem
from bedside.vitals.readers.recording import Recording
from bedside.vitals.readers.row_order import RowOrder
from bedside.vitals.readers.stream import Stream, Tally
from bedside.vitals.readers.wall_clock import WallClock
from bedside.vitals.readers.wearable_text import HEART_RATE_COLUMN, readings_of_lines

__all__ = ["open_wearable_csv", "open_wearable_text"]

_TIME_COLUMN = "Local datetime [ISO8601]"
_DAY_S = 86_400
_FEW_STEPS = 10
_NEAR = 0.05
"""Devices are set to a usual interval, and miss it by no larger share."""
_GAP = 1.5
"""Steps longer than so many usual ones are gaps."""
_PROBED_ROWS = 50_000
"""The interval is found from so many rows, however the file is cut into blocks."""


@dataclass(frozen=True)
class _Form:
    """How a form words a time, and why its rows are a minute apart."""

    worded: Callable[[int], str]
    by_minute: str


_CSV = _Form(
    lambda elapsed_s: f"{_TIME_COLUMN}: {np.datetime64(elapsed_s, 's')}Z",
    by_minute="one row per minute, dated",
)
_TEXT = _Form(
    lambda elapsed_s: f"Time: {str(np.datetime64(elapsed_s, 's'))[-len('HH:MM:SS') :]}",
    by_minute="one line per clock minute; an earlier clock time begins a new day",
)


@dataclass(frozen=True)
class _Readings:
    """Consecutive rows of a file, arrays of shape (rows,).

    Attributes:
        first_line: line of the first.
        local_s: int array, the local clock in seconds from any midnight.
        offset_s: int array, what it is ahead of UTC; 0 where it is not known.
        heart_rate: bpm, NaN where missing.
    """

    first_line: int
    local_s: NDArray[np.int64]
    offset_s: NDArray[np.int64]
    heart_rate: NDArray[np.float64]


def open_wearable_csv(recording: Recording, *, block_bytes: int = BLOCK_BYTES) -> Stream:
    """Open the CSV with local datetimes.

    Args:
        recording: the file and whose it is.
        block_bytes: how much is read at a time.

    Raises:
        DataError: a column is absent; while rows are taken, a row has the wrong number of fields, a datetime
            or a heart rate cannot be read, or times do not rise.
    """
    path, tally = recording.path, Tally()
    dtypes = {_TIME_COLUMN: pl.String(), HEART_RATE_COLUMN: pl.Float64()}
    table = open_table(path, dtypes=dtypes.get, tally=tally, block_bytes=block_bytes)
    absent = [name for name in dtypes if name not in table.columns]
    if absent:
        raise DataError(
            f"no column {absent[0]!r}; the file has {', '.join(table.columns)}",
            file=path,
            fix=f"name two columns {_TIME_COLUMN} and {HEART_RATE_COLUMN}, or give a column map",
        )
    tally.columns_ignored = tuple(name for name in table.columns if name not in dtypes)
    readings = (_of_table(frame.data, frame.first_line, path) for frame in table.frames)
    return _stream(recording, readings, tally, _CSV)


def open_wearable_text(recording: Recording, *, block_bytes: int = BLOCK_BYTES) -> Stream:
    """Open the lines of clock times.

    Args:
        recording: the file and whose it is.
        block_bytes: how much is read at a time.

    Raises:
        DataError: while rows are taken, a line has another form, a clock time does not exist, or one stands
            twice with different readings.
    """
    tally = Tally()
    lines = open_lines(recording.path, tally=tally, block_bytes=block_bytes)
    return _stream(recording, _of_lines(lines, recording.path), tally, _TEXT)


def _of_table(data: pl.DataFrame, first_line: int, path: Path) -> _Readings:
    texts = data[_TIME_COLUMN]
    moments = read_moments(texts)
    if not moments.valid.all():
        row = int(np.argmin(moments.valid))
        raise DataError(
            f"{_TIME_COLUMN}: {texts[row] or '':.60} is no datetime",
            file=path,
            line=first_line + row,
            fix="write it like 2019-10-26T23:59:00+0200",
        )
    heart_rate = data[HEART_RATE_COLUMN].to_numpy()
    return _Readings(first_line, moments.local_s, moments.offset_s, heart_rate)


def _of_lines(blocks: Iterable[tuple[int, pl.Series]], path: Path) -> Iterator[_Readings]:
    day, last = 0, 0
    for first_line, lines in blocks:
        clocks, heart_rate = readings_of_lines(lines, first_line=first_line, path=path)
        of_day = _seconds_of_day(clocks, first_line, path)
        days = day + np.cumsum(of_day < np.concatenate(([last], of_day[:-1])))
        day, last = int(days[-1]), int(of_day[-1])
        yield _Readings(first_line, days * _DAY_S + of_day, np.zeros_like(of_day), heart_rate)


def _seconds_of_day(clocks: pl.Series, first_line: int, path: Path) -> NDArray[np.int64]:
    moments = read_moments("1970-01-01T" + clocks)
    if not moments.valid.all():
        row = int(np.argmin(moments.valid))
        raise DataError(
            f"there is no clock time {clocks[row].removesuffix(':00')}",
            file=path,
            line=first_line + row,
            fix="write hours from 00 to 23 and minutes from 00 to 59",
        )
    return moments.local_s


def _stream(
    recording: Recording,
    readings: Iterator[_Readings],
    tally: Tally,
    form: _Form,
) -> Stream:
    held: list[_Readings] = []
    for part in readings:
        held.append(part)
        if sum(each.local_s.size for each in held) >= _PROBED_ROWS:
            break
    elapsed_s = np.concatenate([part.local_s - part.offset_s for part in held])[:_PROBED_ROWS]
    interval = _interval(elapsed_s, form)
    header = VitalsHeader(
        subject_id=recording.subject_id,
        record_name=stem(recording.path.name),
        cohort=recording.cohort,
        interval_s=interval.seconds,
        interval_evidence=interval.evidence,
        demographics=recording.demographics,
        clock_known=True,
        worn=True,
        source=recording.name,
    )
    order = RowOrder(recording.path, form.worded, tally)
    return Stream(header, _batches(chain(held, readings), order, interval.seconds, tally), tally)


def _interval(elapsed_s: NDArray[np.int64], form: _Form) -> Interval:
    """Find the interval from how far the first rows lie apart; a minute unless they say something else."""
    steps = np.diff(elapsed_s)
    steps = steps[steps > 0]
    if steps.size == 0:
        return Interval(60.0, form.by_minute)
    divisor = int(np.gcd.reduce(steps))
    if divisor % 60 == 0:
        is_regular = steps.size >= _FEW_STEPS and np.mean(steps == divisor) >= 0.5
        if divisor == 60 or not is_regular:
            return Interval(60.0, form.by_minute)
        return Interval(float(divisor), f"rows lie {divisor} s apart, or a multiple of it")
    without_gaps = float(np.mean(steps[steps < _GAP * np.median(steps)]))
    for step in (float(np.median(steps)), without_gaps):  # the mean where steps lie on both sides of it
        nearest = min(USUAL_S, key=lambda seconds: abs(seconds - step))
        is_sure = nearest <= 60 or steps.size >= _FEW_STEPS
        if is_sure and abs(nearest - step) <= _NEAR * nearest:
            return Interval(nearest, f"rows lie {step:.3g} s apart, gaps left out")
    if without_gaps > 60:
        return Interval(60.0, f"rows lie {without_gaps:.3g} s apart, not regularly; ticks are minutes")
    return Interval(float(round(without_gaps)), f"rows lie {without_gaps:.3g} s apart, gaps left out")


def _batches(
    readings: Iterable[_Readings], order: RowOrder, interval_s: float, tally: Tally
) -> Iterator[VitalsRows]:
    clock = WallClock(interval_s, tally)
    for part in readings:
        local_s, elapsed_s, heart_rate = part.local_s, part.local_s - part.offset_s, part.heart_rate
        clock.see(part.offset_s, first_line=part.first_line)
        kept = order.keep(elapsed_s, (heart_rate,), first_line=part.first_line)
        if not kept.all():
            local_s, elapsed_s, heart_rate = local_s[kept], elapsed_s[kept], heart_rate[kept]
        if not local_s.size:
            continue
        ticks, fresh = clock.ticks(local_s, elapsed_s)
        if fresh.any():
            yield VitalsRows(ticks[fresh], {"hr": heart_rate[fresh]})
    clock.note_changes()
