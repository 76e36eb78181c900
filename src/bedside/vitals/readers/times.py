"""Turn the time column of a CSV file, written in one of several ways, into milliseconds on one axis.

Dated times and clock times count from midnight of the first day, the others from the first row. A clock time
that is earlier than the one before begins a new day, so a gap of whole days cannot be seen. A datetime with
an offset from UTC runs on over a change to winter time; without one the repeated hour runs backwards. Whether
times rise is not looked at. Knows nothing about signals.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from bedside.errors import DataError
from bedside.vitals.readers.column_map import TimeColumn
from bedside.vitals.readers.datetime_format import read_formatted, time_of_day_ms
from bedside.vitals.readers.moments import read_moments

__all__ = ["TimeAxis"]

_DAY_MS = 86_400_000
_CLOCK = r"^([0-9]{1,2}):([0-9]{2})(?::([0-9]{2})(?:[.,]([0-9]{1,9}))?)?$"
_LARGEST_MS = 2.0**53
"""Beyond it not every millisecond is one of the numbers that a file is parsed into."""
_EXAMPLES = {
    "seconds": "a number of seconds",
    "milliseconds": "a number of milliseconds",
    "index": "a whole number",
    "datetime": "2019-10-26T23:59:00+02:00, or state `format`",
    "clock": "HH:MM or HH:MM:SS",
}


class TimeAxis:
    """Reads a file's times block by block; each block continues the one before."""

    def __init__(self, time: TimeColumn, *, file: Path) -> None:
        self._time, self._file = time, file
        self._origin: int | None = None
        self._cells = pl.Series([""])
        self._times = np.empty(0, dtype=np.int64)
        self._above: str | float = ""
        self._day, self._of_day = 0, 0

    @property
    def clock_known(self) -> bool:
        """Whether the axis begins at midnight."""
        return self._time.read_as in ("datetime", "clock")

    @property
    def dtype(self) -> pl.DataType:
        """What the cells are parsed as."""
        return pl.String() if self.clock_known else pl.Float64()

    def milliseconds(self, column: pl.Series, *, first_line: int) -> NDArray[np.int64]:
        """Return the times of the next rows: int array, shape (rows,).

        Args:
            column: the cells, of the type `dtype`.
            first_line: line of the first of them.

        Raises:
            DataError: a time is absent or cannot be read.
        """
        times = self._read(column)
        if times.null_count():
            row = int(times.is_null().arg_max() or 0)
            raise self._unreadable(column[row], first_line + row)
        found = times.to_numpy().astype(np.int64)
        if self._time.read_as == "clock":
            found = self._rolled_over(found)
        elif self._origin is None:
            self._origin = int(found[0]) - self._of_first_day(column[0], first_line)
        self._above = self._cells[-1]
        self._cells, self._times = column, found - (self._origin or 0)
        return self._times

    def worded(self, time_ms: int) -> str:
        """Return a time of the rows read last, or of the row above them, as the file has it."""
        rows = np.flatnonzero(self._times == time_ms)
        cell = self._cells[int(rows[0])] if rows.size else self._above
        return f"{self._time.column}: {cell if isinstance(cell, str) else f'{cell:.15g}'}"

    def _read(self, column: pl.Series) -> pl.Series:
        match self._time.read_as:
            case "clock":
                return _of_clock(column.str.strip_chars())
            case "datetime" if self._time.format is not None:
                return read_formatted(column.str.strip_chars(), self._time.format)
            case "datetime":
                moments = read_moments(column)
                utc_ms = 1000 * (moments.local_s - moments.offset_s) + moments.fraction_ms
                return pl.Series(utc_ms).set(pl.Series(~moments.valid), None)
            case _:
                return self._of_number(column)

    def _of_number(self, values: pl.Series) -> pl.Series:
        times = (values if self._time.read_as == "milliseconds" else values * 1000.0).round()
        is_time = times.abs() <= _LARGEST_MS
        if self._time.read_as == "index":
            is_time &= values == values.round()
        return times.set(~is_time, None).cast(pl.Int64)

    def _of_first_day(self, cell: str | float, first_line: int) -> int:
        """Return the ms from where the axis begins to the first time, on the clock it was written by."""
        if not isinstance(cell, str):
            return 0
        if self._time.format is None:
            first = read_moments(pl.Series([cell]))
            return int(1000 * first.local_s[0] + first.fraction_ms[0]) % _DAY_MS
        of_day = time_of_day_ms(cell.strip(), self._time.format)
        if of_day is None:
            raise self._unreadable(cell, first_line)
        return of_day

    def _rolled_over(self, found: NDArray[np.int64]) -> NDArray[np.int64]:
        days = self._day + np.cumsum(np.diff(found, prepend=self._of_day) < 0)
        self._day, self._of_day = int(days[-1]), int(found[-1])
        return found + _DAY_MS * days

    def _unreadable(self, cell: str | float | None, line: int) -> DataError:
        expected = f"the format {self._time.format!r}" if self._time.format else self._time.read_as
        return DataError(
            f"{self._time.column}: {'' if cell is None else cell!r} cannot be read as {expected}",
            file=self._file,
            line=line,
            fix=f"write {_EXAMPLES[self._time.read_as]}",
        )


def _of_clock(text: pl.Series) -> pl.Series:
    part = text.str.extract_groups(_CLOCK).struct.unnest()
    part.columns = ["hour", "minute", "second", "fraction"]
    hour, minute, second = (pl.col(name).cast(pl.Int64) for name in ("hour", "minute", "second"))
    exists = (hour < 24) & (minute < 60) & (second.fill_null(0) < 60)
    fraction = pl.col("fraction").str.pad_end(3, "0").str.head(3).cast(pl.Int64).fill_null(0)
    time = 1000 * (3600 * hour + 60 * minute + second.fill_null(0)) + fraction
    return part.select(pl.when(exists).then(time)).to_series()
