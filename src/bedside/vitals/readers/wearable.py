"""Read wearable heart rate: one reading a minute, as CSV with dates or as lines of clock times.

Text: `Time: HH:MM - heart rate [#/min]: N`. Dates are lost; a clock time that is not later than the one
before begins a new day, so a gap of whole days cannot be seen, and the span is the shortest possible.
CSV: the columns `Local datetime [ISO8601]` and `heart rate [#/min]`; the offset in the datetime keeps the
clock straight over a change to winter time. A minute without a reading has no line.

Tick 0 is midnight of the first day, so `tick % 1440` is the minute of the (first day's) clock.
"""

from __future__ import annotations

import re

import numpy as np
import polars as pl
from numpy.typing import NDArray

from bedside.errors import DataError
from bedside.records import Signal
from bedside.vitals.readers.interval import Interval
from bedside.vitals.readers.monitor import Numerics
from bedside.vitals.readers.text import Source, csv_rows

__all__ = ["HEART_RATE_COLUMN", "TEXT_LINE", "read_wearable_csv", "read_wearable_text"]

HEART_RATE_COLUMN = "heart rate [#/min]"
TEXT_LINE = re.compile(r"Time: (\d\d):(\d\d) - heart rate \[#/min\]: (\d+(?:\.\d+)?)")
_TIME_COLUMN = "Local datetime [ISO8601]"
_FORM = "Time: HH:MM - heart rate [#/min]: N"
_DAY = 1440


def read_wearable_text(source: Source) -> Numerics:
    """Read the lines of clock times.

    Raises:
        DataError: a line has another form or a clock time does not exist.
    """
    lines = pl.Series(source.text.rstrip("\n").split("\n"))
    parts = lines.str.extract_groups(f"^{TEXT_LINE.pattern}$").struct.unnest()
    if parts["1"].null_count():
        row = int(parts["1"].is_null().arg_max() or 0)
        raise DataError(
            f"{lines[row][:60]!r} has not the form {_FORM!r}",
            file=source.path,
            line=row + 1,
            fix=f"write {_FORM}",
        )
    hour, minute = (parts[name].cast(pl.Int64).to_numpy() for name in ("1", "2"))
    wrong = (hour > 23) | (minute > 59)
    if wrong.any():
        row = int(np.argmax(wrong))
        raise DataError(
            f"there is no clock time {hour[row]:02d}:{minute[row]:02d}",
            file=source.path,
            line=row + 1,
            fix="write hours from 00 to 23 and minutes from 00 to 59",
        )
    of_day = 60 * hour + minute
    new_days = np.diff(of_day, prepend=of_day[0] - 1) <= 0
    return _numerics(
        ticks=of_day + _DAY * np.cumsum(new_days),
        heart_rate=parts["3"].cast(pl.Float64).to_numpy(),
        evidence="one line per clock minute; an earlier clock time begins a new day",
        columns_ignored=(),
    )


def read_wearable_csv(source: Source) -> Numerics:
    """Read the CSV with local datetimes.

    Raises:
        DataError: a column is absent, a row has the wrong number of fields, a datetime or a heart rate cannot
            be read, or times do not rise.
    """
    table = _table(source)
    local = table[_TIME_COLUMN].str.head(19).str.to_datetime("%Y-%m-%dT%H:%M:%S", strict=False)
    zoned = table[_TIME_COLUMN].str.to_datetime("%Y-%m-%dT%H:%M:%S%z", strict=False)
    heart_rate = table[HEART_RATE_COLUMN].cast(pl.Float64, strict=False)
    for name, column in ((_TIME_COLUMN, zoned), (HEART_RATE_COLUMN, heart_rate)):
        bad = column.is_null() & table[name].is_not_null()
        if bad.any() or (name == _TIME_COLUMN and column.null_count()):
            row = int((bad | column.is_null()).arg_max() or 0)
            form = "2019-10-26T23:59:00+0200" if name == _TIME_COLUMN else "a number, or leave it empty"
            raise DataError(
                f"{name}: {table[name][row]!r} cannot be read",
                file=source.path,
                line=row + 2,
                fix=f"write {form}",
            )
    minutes = zoned.dt.epoch("s").to_numpy() // 60
    start = int(minutes[0]) - 60 * int(local.dt.hour()[0]) - int(local.dt.minute()[0])
    _check_rising(source, minutes)
    return _numerics(
        ticks=minutes - start,
        heart_rate=heart_rate.to_numpy().astype(np.float64),
        evidence="one row per minute, dated",
        columns_ignored=tuple(
            name for name in table.columns if name not in (_TIME_COLUMN, HEART_RATE_COLUMN)
        ),
    )


def _table(source: Source) -> pl.DataFrame:
    rows = sum(1 for _ in csv_rows(source)) - 1
    table = pl.read_csv(source.text.encode(), infer_schema=False)
    absent = [name for name in (_TIME_COLUMN, HEART_RATE_COLUMN) if name not in table.columns]
    if absent:
        raise DataError(
            f"no column {absent[0]!r}",
            file=source.path,
            line=1,
            fix=f"separate the columns by commas and name two of them {_TIME_COLUMN} and {HEART_RATE_COLUMN}",
        )
    if rows == 0:
        raise DataError(
            "the file has a header and no rows", file=source.path, line=1, fix="export the recording again"
        )
    return table


def _check_rising(source: Source, minutes: NDArray[np.int64]) -> None:
    bad = np.diff(minutes) <= 0
    if bad.any():
        raise DataError(
            f"{_TIME_COLUMN}: not later than in the line before",
            file=source.path,
            line=int(np.argmax(bad)) + 3,
            fix="sort the rows by time and remove those given twice",
        )


def _numerics(
    *,
    ticks: NDArray[np.int64],
    heart_rate: NDArray[np.float64],
    evidence: str,
    columns_ignored: tuple[str, ...],
) -> Numerics:
    return Numerics(
        interval=Interval(60.0, evidence),
        ticks=ticks.astype(np.int64),
        signals={"hr": Signal("hr", "bpm", heart_rate)},
        rows_read=ticks.size,
        columns_ignored=columns_ignored,
    )
