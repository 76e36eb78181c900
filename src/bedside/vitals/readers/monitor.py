"""Read MIMIC-III waveform-database numerics: the CSV export and its rendering as lines of text.

CSV: `Elapsed_Time_Sec` (the row number, not seconds) and one column per signal; an empty cell is missing.
Text: `Time: Ns - HR: x, PULSE: y, …`; what is missing is left out. Columns that bedside does not know are
left aside. Rows in which nothing known was recorded are gaps of the clock. Values stay as they were
recorded: `vitals.signals` judges them when they are measured.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np
import polars as pl
from numpy.typing import NDArray

from bedside.errors import DataError
from bedside.records import Signal
from bedside.vitals.readers.interval import Interval, detect_interval
from bedside.vitals.readers.text import Source, csv_rows
from bedside.vitals.signals import SignalKind, kind_of_column

__all__ = ["INDEX_COLUMN", "TEXT_LINE", "Numerics", "read_monitor_csv", "read_monitor_text"]

INDEX_COLUMN = "Elapsed_Time_Sec"
TEXT_LINE = re.compile(r"Time: (\d+)s - (.*)")
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_MISSING = ["", "NaN", "nan", "NA"]


@dataclass(frozen=True)
class Numerics:
    """The rows of one monitor file.

    Attributes:
        interval: time between rows and how it was found.
        ticks: int array, shape (rows,).
        signals: known signals by canonical name.
        rows_read: rows in the file, with those in which nothing was recorded.
        columns_ignored: columns that bedside does not know, as the file names them.
    """

    interval: Interval
    ticks: NDArray[np.int64]
    signals: dict[str, Signal]
    rows_read: int
    columns_ignored: tuple[str, ...]


def read_monitor_csv(source: Source) -> Numerics:
    """Read the CSV export.

    Raises:
        DataError: a cell is no number, a row has the wrong number of fields, the row numbers do not rise,
            or the file has no heart rate.
    """
    columns = _header(source)
    table = _parse(source, columns)
    index = table[INDEX_COLUMN].to_numpy()
    known = {name: kind for name in columns[1:] if (kind := kind_of_column(name)) is not None}
    values = {kind.name: table[name].to_numpy().astype(np.float64) for name, kind in known.items()}
    return _numerics(source, index, values, columns[1:], first_line=2)


def read_monitor_text(source: Source) -> Numerics:
    """Read the text rendering.

    Raises:
        DataError: a line has another form, a value is no number, the times do not rise, or there is no
            heart rate.
    """
    lines = [line for line in source.text.split("\n") if line.strip()]
    index = np.full(len(lines), np.nan)
    values: dict[str, NDArray[np.float64]] = {}
    columns: dict[str, SignalKind | None] = {}
    for row, line in enumerate(lines):
        match = TEXT_LINE.fullmatch(line)
        if match is None:
            raise _bad_line(source, row + 1, line)
        index[row] = float(match[1])
        for part in match[2].split(", "):
            name, _, text = part.rpartition(": ")
            kind = columns.setdefault(name, kind_of_column(name))
            if kind is not None:
                column = values.setdefault(kind.name, np.full(len(lines), np.nan))
                column[row] = _number(source, row + 1, name, text)
    return _numerics(source, index, values, tuple(columns), first_line=1)


def _header(source: Source) -> tuple[str, ...]:
    line = source.text.split("\n", 1)[0]
    columns = tuple(name.strip() for name in line.split(","))
    if columns[0] != INDEX_COLUMN:
        raise DataError(
            f"the first column is {columns[0]!r} where {INDEX_COLUMN!r} must stand",
            file=source.path,
            line=1,
            fix=f"separate the columns by commas and begin the header with {INDEX_COLUMN}",
        )
    doubled = sorted({name for name in columns if columns.count(name) > 1})
    if doubled:
        raise DataError(
            f"the column {doubled[0]!r} stands twice",
            file=source.path,
            line=1,
            fix="keep one of them, or give the other its own name",
        )
    return columns


def _parse(source: Source, columns: Sequence[str]) -> pl.DataFrame:
    if sum(1 for _ in csv_rows(source)) == 1:
        raise DataError(
            "the file has a header and no rows", file=source.path, line=1, fix="export the recording again"
        )
    try:
        table = pl.read_csv(
            source.text.encode(),
            schema=dict.fromkeys(columns, pl.Float64()),
            null_values=_MISSING,
            raise_if_empty=False,
        )
    except pl.exceptions.ComputeError as error:
        raise _bad_cell(source, columns) from error
    if table.select(pl.any_horizontal(pl.all().is_infinite().any())).item():
        raise _bad_cell(source, columns)
    return table


def _bad_cell(source: Source, columns: Sequence[str]) -> DataError:
    for number, fields in islice(csv_rows(source), 1, None):
        for name, text in zip(columns, fields, strict=True):
            if text not in _MISSING:
                try:
                    _number(source, number, name, text)
                except DataError as error:
                    return error
    return DataError("a cell is no number", file=source.path, fix="export the recording again")


def _number(source: Source, line: int, name: str, text: str) -> float:
    if _NUMBER.fullmatch(text.strip()):
        return float(text)
    kind = kind_of_column(name)
    unit = f" in {kind.unit}" if kind else ""
    raise DataError(
        f"{name}: {text!r} is not a number{unit}", file=source.path, line=line, fix="correct the value"
    )


def _bad_line(source: Source, line: int, text: str) -> DataError:
    return DataError(
        f"{text[:60]!r} has not the form 'Time: Ns - HR: x, PULSE: y, …'",
        file=source.path,
        line=line,
        fix="write the line in that form, or remove it",
    )


def _numerics(
    source: Source,
    index: NDArray[np.float64],
    values: Mapping[str, NDArray[np.float64]],
    columns: Sequence[str],
    *,
    first_line: int,
) -> Numerics:
    _check_index(source, index, first_line=first_line)
    if "hr" not in values:
        names = ", ".join(columns) or "nothing"
        raise DataError(
            f"no heart rate (column HR); the file has {names}",
            file=source.path,
            fix="export the heart rate too, in a column HR",
        )
    interval, step = _interval(source, index, values)
    recorded = ~np.all([np.isnan(column) for column in values.values()], axis=0)
    units = {name: kind.unit for name in columns if (kind := kind_of_column(name)) for name in [kind.name]}
    return Numerics(
        interval=interval,
        ticks=index[recorded].astype(np.int64) // step,
        signals={name: Signal(name, units[name], column[recorded]) for name, column in values.items()},
        rows_read=index.size,
        columns_ignored=tuple(name for name in columns if kind_of_column(name) is None),
    )


def _check_index(source: Source, index: NDArray[np.float64], *, first_line: int) -> None:
    bad = np.isnan(index) | (index != np.floor(index)) | (np.diff(index, prepend=-1.0) <= 0)
    if bad.any():
        row = int(np.argmax(bad))
        before = "the start" if row == 0 else f"{index[row - 1]:g}"
        raise DataError(
            f"{INDEX_COLUMN}: {index[row]:g} after {before}; whole numbers must rise from row to row",
            file=source.path,
            line=first_line + row,
            fix="sort the rows by time and remove those given twice",
        )


def _interval(
    source: Source, index: NDArray[np.float64], values: Mapping[str, NDArray[np.float64]]
) -> tuple[Interval, int]:
    """Return the interval, and how far the index advances in it."""
    step = int(np.gcd.reduce(np.diff(index).astype(np.int64))) if index.size > 1 else 1
    if step > 1:
        evidence = f"{INDEX_COLUMN} advances by {step}, so it holds seconds"
        return Interval(float(step), evidence), step
    try:
        return detect_interval(values), 1
    except DataError as error:
        raise DataError(error.reason, file=source.path, fix=error.fix) from error
