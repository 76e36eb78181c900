"""Turn the time column of a CSV file, written in one of several ways, into milliseconds on one axis.

Dated times and clock times count from midnight of the first day, the others from the first row. A clock time
that is earlier than the one before begins a new day, so a gap of whole days cannot be seen. A datetime with
an offset from UTC runs on over a change to winter time; without one the repeated hour runs backwards, which
is an error like every time that does. Knows nothing about signals.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from bedside.errors import DataError
from bedside.vitals.readers.column_map import TimeColumn

__all__ = ["TimeAxis"]

_DAY_MS = 86_400_000
_ISO = r"^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d)(:\d\d)?(?:[.,](\d{1,9}))?\s*(?:(Z)|([+-])(\d\d):?(\d\d)?)?$"
_CLOCK = r"^(\d{1,2}):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?$"
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
        self._before: int | None = None
        self._day = 0

    @property
    def clock_known(self) -> bool:
        """Whether the axis begins at midnight."""
        return self._time.read_as in ("datetime", "clock")

    @property
    def dtype(self) -> pl.DataType:
        """What the cells are parsed as."""
        return pl.String() if self.clock_known else pl.Float64()

    def milliseconds(self, column: pl.Series, *, first_line: int) -> NDArray[np.int64]:
        """Return the times of the next rows: int array, shape (rows,), never falling.

        Args:
            column: the cells, of the type `dtype`.
            first_line: line of the first of them.

        Raises:
            DataError: a time is absent, cannot be read, or is before the one above it.
        """
        match self._time.read_as:
            case "clock":
                times = _of_clock(column.str.strip_chars())
            case "datetime":
                times = self._of_datetime(column.str.strip_chars())
            case _:
                times = self._of_number(column)
        if times.null_count():
            row = int(times.is_null().arg_max() or 0)
            raise self._unreadable(column[row], first_line + row)
        found = times.to_numpy().astype(np.int64)
        if self._time.read_as == "clock":
            found = self._rolled_over(found)
        elif self._origin is None:
            self._origin = (
                self._midnight(column[0].strip(), int(found[0])) if self.clock_known else int(found[0])
            )
        found = found - (self._origin or 0)
        self._require_rising(found, column, first_line)
        self._before = int(found[-1])
        return found

    def _of_number(self, values: pl.Series) -> pl.Series:
        if self._time.read_as == "index":
            values = pl.select(pl.when(values == values.round()).then(values)).to_series()
        scaled = values if self._time.read_as == "milliseconds" else values * 1000.0
        return scaled.round().cast(pl.Int64)

    def _of_datetime(self, text: pl.Series) -> pl.Series:
        """Return milliseconds since 1970 in UTC, or on the local calendar where there is no offset."""
        if self._time.format is not None:
            written = self._time.format.replace(".%f", "%.f")
            return text.str.to_datetime(written, strict=False).dt.epoch("ms")
        part = text.str.extract_groups(_ISO).struct.unnest()
        part.columns = ["date", "minute", "second", "fraction", "utc", "sign", "hours", "minutes"]
        return part.select(
            pl.concat_str("date", pl.lit("T"), "minute", pl.col("second").fill_null(":00"))
            .str.to_datetime("%Y-%m-%dT%H:%M:%S", strict=False)
            .dt.epoch("ms")
            + _fraction_ms(pl.col("fraction"))
            - pl.when(pl.col("sign") == "-").then(-1).otherwise(1)
            * 60_000
            * (
                60 * pl.col("hours").cast(pl.Int64).fill_null(0)
                + pl.col("minutes").cast(pl.Int64).fill_null(0)
            )
        ).to_series()

    def _midnight(self, text: str, found: int) -> int:
        """Return the axis's beginning: midnight before the first time, on the clock it was written by."""
        if self._time.format is not None:
            local = datetime.strptime(text, self._time.format)  # noqa: DTZ007  # local time is what is meant
            offset = local.utcoffset()
            local_ms = found + (0 if offset is None else round(1000 * offset.total_seconds()))
        else:
            bare = pl.Series([text]).str.replace(r"\s*(Z|[+-]\d\d(:?\d\d)?)$", "")
            local_ms = int(self._of_datetime(bare)[0])
        return found - local_ms % _DAY_MS

    def _rolled_over(self, found: NDArray[np.int64]) -> NDArray[np.int64]:
        before = found[0] if self._before is None else self._before % _DAY_MS
        days = self._day + np.cumsum(np.diff(found, prepend=before) < 0)
        self._day = int(days[-1])
        return found + _DAY_MS * days

    def _require_rising(self, found: NDArray[np.int64], column: pl.Series, first_line: int) -> None:
        back = np.diff(found, prepend=found[0] if self._before is None else self._before) < 0
        if back.any():
            row = int(np.argmax(back))
            above = f"{column[row - 1]!r}" if row else "the row above"
            raise DataError(
                f"{self._time.column}: {column[row]!r} is before {above}",
                file=self._file,
                line=first_line + row,
                fix="sort the rows by time; where a clock was set back (winter time), export datetimes with "
                "their offset from UTC",
            )

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
    time = 1000 * (3600 * hour + 60 * minute + second.fill_null(0)) + _fraction_ms(pl.col("fraction"))
    return part.select(pl.when(exists).then(time)).to_series()


def _fraction_ms(digits: pl.Expr) -> pl.Expr:
    return digits.str.pad_end(3, "0").str.head(3).cast(pl.Int64).fill_null(0)
