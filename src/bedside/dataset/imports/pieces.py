"""Cut a file of rows into pieces that are read on their own, and read the rows of a piece.

Rows stand in a JSON list, in lines (JSON Lines) or in Parquet; which, the first bytes say. Neither a file nor
a piece is held in memory, only one row (at most `MOST_ROW_BYTES`), or of Parquet a few rows. What a row
means, this does not know.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import BinaryIO, Literal, cast

import polars as pl

from bedside.dataset.imports.spans import Span, line_spans, list_spans
from bedside.errors import DataError

__all__ = ["MOST_ROW_BYTES", "Piece", "Row", "RowLayout", "layout_of", "pieces_of", "rows_of"]

RowLayout = Literal["list", "lines", "parquet"]
MOST_ROWS = 2000
MOST_BYTES = 16 << 20
MOST_ROW_BYTES = 32 << 20
"""A longer row is not read: its text would fit no model, and a picture of that size no page."""
PARQUET_ROWS = 64
"""How many rows of Parquet, which may hold pictures, are in memory at a time."""
_BOM = b"\xef\xbb\xbf"
_SPACE = b" \t\r\n"
_DAMAGED = "the Parquet file is damaged here"
_TOO_LONG = f"the row is longer than {MOST_ROW_BYTES >> 20} MiB"
_CUT_FIX = "download the file again"


@dataclass(frozen=True)
class Piece:
    """Some rows of a file.

    Attributes:
        path: the file.
        layout: how rows stand in it.
        start: the first byte; of Parquet the number of the first row, from 0.
        stop: the byte behind the last; of Parquet the number of the row behind the last.
        first: number of the first row, or line, in the file, from 1.
        problem: why another row behind these is not whole.
    """

    path: Path
    layout: RowLayout
    start: int
    stop: int
    first: int
    problem: str | None = None


@dataclass(frozen=True)
class Row:
    """One row: what it holds, or why it cannot be read.

    Attributes:
        name: file and number (`rows.json row 17`, `rows.jsonl line 17`).
        number: of the row in the file, or of its line, from 1.
        fields: its content.
        problem: why there is none.
        fix: what to do about it.
    """

    name: str
    number: int
    fields: Mapping[str, object] = field(default_factory=dict[str, object])
    problem: str | None = None
    fix: str = ""


def layout_of(path: Path) -> RowLayout:
    """Tell by its first bytes how rows stand in a file.

    Raises:
        DataError: the file does not exist, is empty, or holds no rows of JSON or Parquet.
    """
    if not path.is_file():
        raise DataError("no such file", file=path, fix="give a .json, .jsonl or .parquet file")
    with path.open("rb") as file:
        head = file.read(4096).removeprefix(_BOM).lstrip(_SPACE)
    if head.startswith(b"PAR1"):
        return "parquet"
    if head[:1] in (b"[", b"{"):
        return "list" if head[:1] == b"[" else "lines"
    if not head:
        raise DataError("the file is empty", file=path)
    coded = (
        "text in UTF-16" if head[:2] in (b"\xff\xfe", b"\xfe\xff") else f"a file that begins {head[:12]!r}"
    )
    raise DataError(
        f"{coded} is neither JSON nor Parquet",
        file=path,
        fix="give a JSON list, JSON Lines (UTF-8) or Parquet",
    )


def pieces_of(path: Path, layout: RowLayout) -> tuple[Piece, ...]:
    """Cut a file into pieces of up to 2,000 rows and about 16 MiB.

    Raises:
        DataError: the file cannot be read as Parquet, or holds no rows.
    """
    pieces = tuple(_parquet_pieces(path) if layout == "parquet" else _json_pieces(path, layout))
    if not pieces:
        raise DataError("the file holds no rows", file=path)
    return pieces


def rows_of(piece: Piece) -> Iterator[Row]:
    """Read the rows of a piece, in their order; empty lines are no rows."""
    yield from _parquet_rows(piece) if piece.layout == "parquet" else _json_rows(piece)


def _spans(file: BinaryIO, layout: RowLayout, start: int, stop: int | None) -> Iterator[Span]:
    return list_spans(file, start, stop) if layout == "list" else line_spans(file, start, stop)


def _json_pieces(path: Path, layout: RowLayout) -> Iterator[Piece]:
    with path.open("rb") as file:
        start = stop = _first_byte(file, layout)
        first, rows = 1, 0
        for span in _spans(file, layout, start, None):
            if span.problem is not None:
                yield Piece(path, layout, start, stop, first, span.problem)
                return
            stop, rows = span.stop, rows + 1
            if rows == MOST_ROWS or stop - start >= MOST_BYTES:
                yield Piece(path, layout, start, stop, first)
                start, first, rows = stop + 1, first + rows, 0
        if rows:
            yield Piece(path, layout, start, stop, first)


def _first_byte(file: BinaryIO, layout: RowLayout) -> int:
    """Return where the rows begin: behind a byte order mark and, in a list, the bracket."""
    head = file.read(4096)
    begin = len(_BOM) if head.startswith(_BOM) else 0
    return head.index(b"[") + 1 if layout == "list" else begin


def _json_rows(piece: Piece) -> Iterator[Row]:
    where = "row" if piece.layout == "list" else "line"
    number = piece.first - 1
    with piece.path.open("rb") as file:
        # The spans are taken before rows are read, since both move the position in the file.
        for number, span in enumerate(list(_spans(file, piece.layout, piece.start, piece.stop)), piece.first):
            row = Row(f"{piece.path.name} {where} {number}", number)
            if span.stop - span.start > MOST_ROW_BYTES:
                yield replace(row, problem=_TOO_LONG, fix="leave it out, or keep pictures in files")
                continue
            file.seek(span.start)
            data = file.read(span.stop - span.start)
            if data.strip() or piece.layout == "list":
                yield _parsed(row, data)
    if piece.problem is not None:
        yield Row(f"{piece.path.name} {where} {number + 1}", number + 1, problem=piece.problem, fix=_CUT_FIX)


def _parsed(row: Row, data: bytes) -> Row:
    try:
        # A number that is not one (NaN) is taken as a value that is not there.
        value = json.loads(data.decode("utf-8"), parse_constant=lambda _: None)
    except UnicodeDecodeError as error:
        return replace(row, problem="the row is not UTF-8", fix=f"byte {error.start} of the row is wrong")
    except (ValueError, RecursionError) as error:
        return replace(row, problem="the row is not valid JSON", fix=str(error))
    if not isinstance(value, dict):
        return replace(row, problem="the row is no JSON object", fix='write {"…": …}')
    return replace(row, fields=cast("dict[str, object]", value))


def _parquet_pieces(path: Path) -> Iterator[Piece]:
    try:
        rows = int(pl.scan_parquet(path).select(pl.len()).collect().item())
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError) as error:
        raise DataError(
            f"cannot be read as Parquet: {str(error).splitlines()[0]}",
            file=path,
            fix="download the file again",
        ) from error
    row_bytes = max(path.stat().st_size // max(rows, 1), 1)
    step = max(1, min(MOST_ROWS, MOST_BYTES // row_bytes))
    for start in range(0, rows, step):
        yield Piece(path, "parquet", start, min(start + step, rows), start + 1)


def _parquet_rows(piece: Piece) -> Iterator[Row]:
    for start in range(piece.start, piece.stop, PARQUET_ROWS):
        count = min(PARQUET_ROWS, piece.stop - start)
        blank = [Row(f"{piece.path.name} row {n + 1}", n + 1) for n in range(start, start + count)]
        try:
            values = pl.scan_parquet(piece.path).slice(start, count).collect().to_dicts()
        except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError):
            yield from (replace(row, problem=_DAMAGED, fix="download the file again") for row in blank)
            continue
        yield from (replace(row, fields=values) for row, values in zip(blank, values, strict=True))
