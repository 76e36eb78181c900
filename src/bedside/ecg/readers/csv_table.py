"""Turn the rows of a table into numbers, or say in which line and column that fails.

Reads nothing that is not written there: a row with a cell too few is an error, not a row with a gap.
"""

from __future__ import annotations

import io
import re

import numpy as np
import polars as pl
from numpy.typing import NDArray

from bedside.ecg.readers.csv_cells import MISSING, WHITESPACE
from bedside.ecg.readers.csv_layout import Layout
from bedside.ecg.readers.sample_times import seconds_of_clock
from bedside.ecg.readers.text_file import Text
from bedside.errors import DataError

__all__ = ["read_table"]

_QUOTED = re.compile(rb'"([^"\n]*)"')
_SINGLE_QUOTED = re.compile(rb"'([^'\n]*)'")
_BLANKS_AROUND = re.compile(rb"[ \t]*([\n,;|])[ \t]*")
_BLANKS_AROUND_TAB = re.compile(rb" *([\n\t]) *")
_MINUS = "\N{MINUS SIGN}".encode()


def read_table(text: Text, layout: Layout) -> NDArray[np.float64]:
    """Return the samples, shape (columns, rows); NaN where a cell is empty or says that nothing is known.

    A column that its heading says is no lead is not read, so that it may hold words: all of it is NaN.

    Raises:
        DataError: a row has too many or too few cells, or a cell is no finite number.
    """
    data = _plain(text.data[text.start_of(layout.first_row) :], layout.separator)
    separator = b"\t" if layout.separator == WHITESPACE else layout.separator.encode()
    _check_widths(text, layout, data, separator)
    others = {number for number, heading in enumerate(layout.headings) if heading.role == "other"}
    clocks = {number for number in range(layout.width) if layout.is_clock(number)} - others
    words = clocks | others
    try:
        frame = _parsed(data, separator, [None if k in words else pl.Float64 for k in range(layout.width)])
    except pl.exceptions.PolarsError:
        frame = None
    if frame is None:
        raise _bad_cell(text, layout, _parsed(data, separator, [None] * layout.width), clocks)
    for number in others:
        frame = frame.with_columns(pl.lit(None, pl.Float64).alias(frame.columns[number]))
    for number in clocks:
        frame = frame.with_columns(_seconds(frame.to_series(number)))
    values = frame.to_numpy().T
    infinite = np.isinf(values)
    if infinite.any() or any(_unread_clock(frame, number) for number in clocks):
        raise _bad_cell(text, layout, _parsed(data, separator, [None] * layout.width), clocks)
    return values


def _plain(data: bytes, separator: str) -> bytes:
    """Write cells without quotes and blanks, and with a point before decimals."""
    if b'"' in data:
        data = _QUOTED.sub(lambda cell: cell[1].replace(b",", b"."), data)
    if b"'" in data:
        data = _SINGLE_QUOTED.sub(rb"\1", data)
    if separator == WHITESPACE:
        data = re.sub(rb"(?m)^\t|\t$", b"", re.sub(rb"[ \t]+", b"\t", data))
    elif b" " in data or (separator != "\t" and b"\t" in data):
        data = (_BLANKS_AROUND_TAB if separator == "\t" else _BLANKS_AROUND).sub(rb"\1", data).lstrip(b" ")
    if separator != "," and b"," in data:
        data = data.replace(b",", b".")
    return data.replace(_MINUS, b"-") if not data.isascii() else data


def _check_widths(text: Text, layout: Layout, data: bytes, separator: bytes) -> None:
    raw = np.frombuffer(data, np.uint8)
    ends = np.flatnonzero(raw == ord("\n"))
    parts = np.flatnonzero(raw == separator[0])
    widths = np.diff(np.searchsorted(parts, ends), prepend=0) + 1
    odd = np.flatnonzero(widths != layout.width)
    if odd.size:
        row = int(odd[0])
        empty = text.line(layout.first_row + row).strip() == ""
        found = "an empty line" if empty else f"{int(widths[row])} cells"
        raise DataError(
            f"{found} where rows have {layout.width} cells",
            file=text.path,
            line=layout.first_row + row,
            fix="give every row one cell for each column; a missing sample is an empty cell",
        )


def _parsed(data: bytes, separator: bytes, types: list[type[pl.DataType] | None]) -> pl.DataFrame:
    schema = {f"c{number}": dtype or pl.String for number, dtype in enumerate(types)}
    return pl.read_csv(
        io.BytesIO(data),
        has_header=False,
        schema=schema,
        separator=separator.decode(),
        quote_char=None,
        null_values=list(MISSING),
    )


def _seconds(cells: pl.Series) -> pl.Series:
    values = [None if cell is None else seconds_of_clock(cell) for cell in cells]
    return pl.Series(cells.name, values, dtype=pl.Float64)


def _unread_clock(frame: pl.DataFrame, number: int) -> bool:
    return frame.to_series(number).null_count() > 0


def _bad_cell(text: Text, layout: Layout, cells: pl.DataFrame, clocks: set[int]) -> DataError:
    """Find the first cell, row by row, that is no number."""
    found: list[tuple[int, int]] = []
    for number in range(layout.width):
        if layout.headings and layout.headings[number].role == "other":
            continue
        column = cells.to_series(number)
        read = _seconds(column) if number in clocks else column.cast(pl.Float64, strict=False)
        bad = (read.is_null() & column.is_not_null()) | read.is_infinite().fill_null(value=False)
        if number in clocks:
            bad |= column.is_null()
        if (row := bad.arg_max()) is not None and bad[row]:
            found.append((row, number))
    row, number = min(found)
    cell = cells.to_series(number)[row]
    name = f" ({layout.headings[number].written})" if layout.headings else ""
    what = "no time" if number in clocks else "not a finite number"
    return DataError(
        f"column {number + 1}{name}: {(cell or '')[:40]!r} is {what}",
        file=text.path,
        line=layout.first_row + row,
        fix="leave a cell empty where nothing was recorded, and keep text out of the table",
    )
