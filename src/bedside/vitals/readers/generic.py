"""Read any CSV file with one row per time and one column per signal, as a column map says.

Times may be irregular: each row goes to the nearest tick of a clock whose interval is the one given, the
column map's, or the median step between rows. Of two rows with different times on one tick the first is kept.
A column whose readings look like another unit than the declared one is an error: nothing is converted on a
guess.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from bedside.errors import DataError
from bedside.records import VitalsHeader, VitalsRows
from bedside.vitals.readers.blocks import Frame, open_table
from bedside.vitals.readers.column_map import ColumnMap
from bedside.vitals.readers.interval import GIVEN
from bedside.vitals.readers.names import stem
from bedside.vitals.readers.recording import Recording
from bedside.vitals.readers.row_order import RowOrder
from bedside.vitals.readers.stream import Stream, Tally
from bedside.vitals.readers.times import TimeAxis
from bedside.vitals.readers.units import doubt

__all__ = ["open_generic"]

_FEW_ROWS = 100
"""A last block of so few rows is not judged for its units alone."""

_SAME_TICK = "another row is on the same clock tick"
_NEAR, _ENOUGH_STEPS = 0.75, 10
"""An interval this much shorter than the shortest of so many steps contradicts the times."""
_SORT = (
    "sort the rows by time; where a clock was set back (winter time), export datetimes with their offset "
    "from UTC"
)


@dataclass(frozen=True)
class _Block:
    """Rows as they stand in the file, and which are kept: arrays of shape (rows,), times in ms."""

    times: NDArray[np.int64]
    kept: NDArray[np.bool_]
    signals: Mapping[str, NDArray[np.float64]]


@dataclass(frozen=True)
class _Grid:
    """The clock that rows are brought to: its interval, its first time and that time's tick."""

    interval_ms: float
    first_ms: int
    first_tick: int

    def ticks(self, times: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the nearest tick of each time."""
        steps = np.floor((times - self.first_ms) / self.interval_ms + 0.5)
        return steps.astype(np.int64) + self.first_tick


def open_generic(recording: Recording, *, column_map: ColumnMap, interval_s: float | None) -> Stream:
    """Open a CSV file that a column map describes; `interval_s` wins over what the map says.

    Raises:
        DataError: a column of the map is absent, a cell cannot be read, times run backwards, the interval is
            not to be found, or readings look like another unit; partly while rows are taken.
    """
    tally, path = Tally(), recording.path
    axis = TimeAxis(column_map.time, file=path)
    wanted = {column_map.time.column: axis.dtype} | {
        signal.column: pl.Float64() for signal in column_map.signals.values()
    }
    table = open_table(
        path, dtypes=wanted.get, tally=tally, separator=column_map.separator, decimal=column_map.decimal
    )
    absent = [name for name in column_map.columns if name not in table.columns]
    if absent:
        raise DataError(
            f"no column {absent[0]!r}; the file has {', '.join(table.columns)}",
            file=path,
            line=1,
            fix="correct the column map, its separator too",
        )
    tally.columns_ignored = tuple(name for name in table.columns if name not in wanted)
    order = RowOrder(path, axis.worded, tally, sort=_SORT)
    blocks = _blocks(table.frames, column_map, axis, order)
    first = next(blocks)
    interval, evidence = _interval(first.times, column_map, interval_s, path)
    header = VitalsHeader(
        subject_id=recording.subject_id,
        record_name=stem(path.name),
        cohort=recording.cohort,
        interval_s=interval,
        interval_evidence=evidence,
        demographics=recording.demographics,
        clock_known=axis.clock_known,
        worn=column_map.worn,
        source=recording.name,
    )
    # a row number advances by one however many seconds that is
    step_ms = 1000.0 if column_map.time.read_as == "index" else 1000.0 * interval
    first_ms = int(first.times[0])
    grid = _Grid(step_ms, first_ms, int(first_ms // step_ms))
    return Stream(header, _rows(chain((first,), blocks), grid, tally), tally)


def _interval(
    times: NDArray[np.int64], column_map: ColumnMap, given_s: float | None, path: Path
) -> tuple[float, str]:
    steps = np.diff(times)
    steps = steps[steps > 0]
    told = steps.size > 0 and column_map.time.read_as != "index"
    stated = column_map.interval_s if given_s is None else given_s
    if stated is not None:
        shortest_s = float(steps.min()) / 1000.0 if told else stated
        if stated < _NEAR * shortest_s and steps.size >= _ENOUGH_STEPS:
            raise DataError(
                f"{column_map.time.column} advances by {shortest_s:g} s or more; {stated:g} s are stated",
                file=path,
                fix="leave the interval out; it is for files whose times do not tell it",
            )
        return stated, "stated in the column map" if given_s is None else GIVEN
    if not told:
        raise DataError(
            f"the time between rows cannot be told from {column_map.time.column!r}",
            file=path,
            fix="state `interval_s` in the column map",
        )
    median = float(np.median(steps)) / 1000.0
    whole = round(median)
    interval = float(whole) if whole and abs(median - whole) <= 0.01 * whole else median
    return interval, f"{column_map.time.column}: the median step of {steps.size} is {median:g} s"


def _blocks(
    frames: Iterator[Frame], column_map: ColumnMap, axis: TimeAxis, order: RowOrder
) -> Iterator[_Block]:
    for number, frame in enumerate(frames):
        times = axis.milliseconds(frame.data[column_map.time.column], first_line=frame.first_line)
        signals: dict[str, NDArray[np.float64]] = {}
        for name, signal in column_map.signals.items():
            values = frame.data[signal.column].to_numpy().astype(np.float64)
            if number == 0 or values.size >= _FEW_ROWS:
                _require_unit(values, name, column_map, order.path, frame.first_line)
            signals[name] = column_map.conversion(name).apply(values)
        kept = order.keep(times, tuple(signals.values()), first_line=frame.first_line)
        yield _Block(times, kept, signals)


def _require_unit(
    values: NDArray[np.float64], name: str, column_map: ColumnMap, path: Path, first_line: int
) -> None:
    found = doubt(values, kind=column_map.kind(name), declared=column_map.conversion(name))
    if found is None:
        return
    what = "mixed units: " if found.suspect < found.readings else ""
    raise DataError(
        f"{column_map.signals[name].column}: {what}{found.suspect} of {found.readings} readings look like "
        f"{found.unit!r}, not like {_unit(column_map, name)!r}",
        file=path,
        line=first_line + found.first_row,
        fix=f"bring the column to one unit and state it: {name}: {{column: …, unit: …}}",
    )


def _unit(column_map: ColumnMap, name: str) -> str:
    return column_map.signals[name].unit or column_map.kind(name).unit


def _rows(blocks: Iterator[_Block], grid: _Grid, tally: Tally) -> Iterator[VitalsRows]:
    """Bring rows to the clock; a row whose tick is taken is counted and left out."""
    last_tick = grid.first_tick - 1
    for block in blocks:
        rows = np.flatnonzero(block.kept)
        ticks = grid.ticks(block.times[rows])
        fresh = np.diff(ticks, prepend=last_tick) > 0
        tally.leave_out(_SAME_TICK, int(fresh.size - fresh.sum()))
        if fresh.any():
            last_tick = int(ticks[fresh][-1])
            yield VitalsRows(
                ticks[fresh], {name: values[rows[fresh]] for name, values in block.signals.items()}
            )
