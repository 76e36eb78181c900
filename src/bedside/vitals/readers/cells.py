"""Turn blocks of separated fields into columns: at once by polars, or cell by cell where polars refuses.

polars is fast, but it fills rows that are too short, takes infinity for a number, and its errors name neither
line nor column. So separators are counted, and a block that is not plainly good is looked at again: numbers
with blanks around them and quoted fields are read, and what is left over is named by line, column and value.
"""

from __future__ import annotations

import csv
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray

from bedside.errors import DataError
from bedside.vitals.readers.decoding import Block, count_byte

__all__ = ["Layout", "fields_of", "parse_block", "to_numbers"]

_MISSING = ["", "NaN", "nan", "NA"]
_COMMA_NUMBER = re.compile(r"\s*[+-]?\d+,\d+\s*")
_QUOTE = b'"'


@dataclass(frozen=True)
class Layout:
    """How a table's rows are written and what is wanted of them.

    Attributes:
        path: the file, for messages.
        columns: all columns, in order.
        wanted: the type of each column that is parsed, by its position.
        separator: what stands between fields, one ASCII character.
        decimal: what stands before decimals.
    """

    path: Path
    columns: tuple[str, ...]
    wanted: Mapping[int, pl.DataType]
    separator: str
    decimal: Literal[".", ","]


def parse_block(block: Block, layout: Layout) -> pl.DataFrame:
    """Return the wanted columns of a block; null where a cell is empty, NaN, nan or NA.

    Raises:
        DataError: a row has too many or too few fields, a quotation mark is not closed on its line, or a cell
            is no (finite) number.
    """
    if not _is_regular(block, layout):
        return _by_row(block, layout)
    try:
        data = _read(block, layout, layout.wanted)
    except pl.exceptions.PolarsError:
        return _by_column(block, layout)
    if _has_infinity(data):
        return _by_column(block, layout)
    return data.rename({str(position): layout.columns[position] for position in layout.wanted})


def fields_of(line: str, *, number: int, path: Path, separator: str) -> list[str]:
    """Part a line into its fields.

    Raises:
        DataError: a quotation mark is not closed.
    """
    try:
        return next(csv.reader([line], delimiter=separator, strict=True), [])
    except csv.Error as error:
        raise DataError(
            f"cannot be read as CSV: {error}",
            file=path,
            line=number,
            fix="close every quotation mark on the line where it is opened",
        ) from error


def _is_regular(block: Block, layout: Layout) -> bool:
    """Tell whether every separator parts fields and there are as many as the rows need in all.

    A row that is too long is refused by polars, so with the right sum none is too short either.
    """
    separator = ord(layout.separator)
    if _QUOTE in block.data:
        raw = np.frombuffer(block.data, np.uint8)
        inside: NDArray[np.bool_] = np.logical_xor.accumulate(raw == ord(_QUOTE))
        if (inside & ((raw == separator) | (raw == ord("\n")))).any():
            return False
    return count_byte(block.data, separator) == block.lines * (len(layout.columns) - 1)


def _read(block: Block, layout: Layout, dtypes: Mapping[int, pl.DataType]) -> pl.DataFrame:
    """Parse the columns that `dtypes` names; the result calls them by position."""
    may_be_missing = b"n" in block.data or b"N" in block.data
    data = pl.read_csv(
        block.data,
        has_header=False,
        skip_lines=block.skipped,
        columns=list(dtypes),
        schema={str(i): dtypes.get(i, pl.String()) for i in range(len(layout.columns))},
        separator=layout.separator,
        quote_char='"' if _QUOTE in block.data else None,
        null_values=_MISSING if may_be_missing else None,
        decimal_comma=layout.decimal == ",",
    )
    return data.fill_nan(None) if may_be_missing else data


def _has_infinity(data: pl.DataFrame) -> bool:
    """Tell whether a sum is not finite, which only infinity makes it: the fastest look at every number."""
    totals = data.select(pl.selectors.float().sum())
    return bool(totals.width) and not all(map(math.isfinite, totals.row(0)))


def _by_column(block: Block, layout: Layout) -> pl.DataFrame:
    """Parse a block in which a cell is not a plain number."""
    try:
        texts = _read(block, layout, dict.fromkeys(layout.wanted, pl.String()))
    except pl.exceptions.PolarsError:
        return _by_row(block, layout)
    return _typed(texts, block, layout)


def _by_row(block: Block, layout: Layout) -> pl.DataFrame:
    """Parse a block whose separators do not all part fields, or not as many as the header."""
    rows: list[list[str]] = []
    ragged: DataError | None = None
    try:
        for fields in _rows(block, layout):
            rows.append([fields[position] for position in layout.wanted])  # noqa: PERF401  # kept on an error
    except DataError as error:
        ragged = error
    schema = {str(position): pl.String() for position in layout.wanted}
    texts = pl.DataFrame(rows, schema=schema, orient="row")
    data = _typed(texts.with_columns(pl.all().replace(dict.fromkeys(_MISSING))), block, layout)
    if ragged is not None:
        raise ragged
    return data


def _rows(block: Block, layout: Layout) -> Iterator[list[str]]:
    width = len(layout.columns)
    lines = block.data.decode().split("\n")[block.skipped : -1]
    for number, line in enumerate(lines, start=block.first_line + block.skipped):
        fields = fields_of(line, number=number, path=layout.path, separator=layout.separator)
        if len(fields) != width:
            found = f"{len(fields)} fields" if line else "an empty line"
            raise DataError(
                f"{found} where the header has {width} fields",
                file=layout.path,
                line=number,
                fix=f"export the file again: {layout.separator!r} between fields and nowhere else, "
                f"{layout.decimal!r} before decimals",
            )
        yield fields


def _typed(texts: pl.DataFrame, block: Block, layout: Layout) -> pl.DataFrame:
    """Give the cells of `texts`, whose columns are called by position, their types."""
    columns: dict[str, pl.Series] = {}
    bad: list[tuple[int, int]] = []
    for position, dtype in layout.wanted.items():
        written = texts[str(position)]
        if dtype.is_numeric():
            written, is_bad = to_numbers(written, dtype, decimal=layout.decimal)
            if is_bad.any():
                bad.append((int(is_bad.arg_max() or 0), position))
        columns[layout.columns[position]] = written
    if bad:
        raise _bad_cell(texts, block, layout, *min(bad))
    return pl.DataFrame(columns)


def to_numbers(
    written: pl.Series, dtype: pl.DataType, *, decimal: Literal[".", ","] = "."
) -> tuple[pl.Series, pl.Series]:
    """Return a column of texts as (finite) numbers, null where one is missing, and where one is no number."""
    stripped = written.str.strip_chars()
    given = stripped.is_not_null() & ~stripped.is_in(_MISSING)
    if decimal == ",":
        stripped = stripped.str.replace_all(",", ".", literal=True)
    numbers = stripped.cast(dtype, strict=False)
    if dtype.is_float():
        numbers = numbers.set(numbers.is_infinite(), None)
        return numbers.fill_nan(None), given & numbers.is_null()
    return numbers, given & numbers.is_null()


def _bad_cell(texts: pl.DataFrame, block: Block, layout: Layout, row: int, position: int) -> DataError:
    line = block.first_line + block.skipped + row
    if all(texts[row, str(i)] == layout.columns[i] for i in layout.wanted):
        return DataError(
            "the header stands a second time",
            file=layout.path,
            line=line,
            fix="remove the line; where two recordings were joined, give them as two files",
        )
    value = str(texts[row, str(position)])
    return DataError(
        f"{layout.columns[position]}: {value!r} is not a number",
        file=layout.path,
        line=line,
        fix="write decimals with a point"
        if layout.decimal == "." and _COMMA_NUMBER.fullmatch(value)
        else "correct the value, or leave the cell empty",
    )
