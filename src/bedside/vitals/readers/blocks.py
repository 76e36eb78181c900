"""Read tables and lines of text from files that may be larger than memory, once, block by block.

Blocks are cut at line ends and parsed by polars, with its threads, and only in the columns that are wanted.
What is wrong with a file is told with its line; how the files are cut changes nothing that is read.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from typing import Literal

import polars as pl

from bedside.errors import DataError
from bedside.vitals.readers.cells import Layout, fields_of, parse_block
from bedside.vitals.readers.decoding import BLOCK_BYTES, Block, open_blocks
from bedside.vitals.readers.stream import Tally

__all__ = ["Frame", "Table", "open_lines", "open_table"]

_OTHER_SEPARATORS = (",", ";", "\t", "|")


@dataclass(frozen=True)
class Frame:
    """Consecutive rows of a table; row i stands on line `first_line + i` of the file."""

    first_line: int
    data: pl.DataFrame


@dataclass(frozen=True)
class Table:
    """A file of separated fields.

    Attributes:
        columns: all names of its header, in order, without the blanks around them.
        frames: the wanted columns of its rows, null where a cell is missing; taking them may raise
            `DataError`.
    """

    columns: tuple[str, ...]
    frames: Iterator[Frame]


def open_table(
    path: Path,
    *,
    dtypes: Callable[[str], pl.DataType | None],
    tally: Tally,
    separator: str = ",",
    decimal: Literal[".", ","] = ".",
    block_bytes: int = BLOCK_BYTES,
) -> Table:
    """Open a file of separated fields whose first line names them.

    Args:
        path: the file.
        dtypes: the type of a column by its name, `None` for those that are not wanted.
        tally: receives the encoding and, while frames are taken, the number of rows.
        separator: what stands between fields, one ASCII character.
        decimal: what stands before decimals.
        block_bytes: how much is read at a time.

    Raises:
        DataError: the file cannot be read, has no header with this separator, or names a column twice.
    """
    blocks = open_blocks(path, tally=tally, block_bytes=block_bytes)
    first = replace(next(blocks), skipped=1)
    header = first.data[: first.data.index(b"\n")].decode()
    columns = _columns(header, number=first.first_line, path=path, separator=separator)
    wanted = {i: dtype for i, name in enumerate(columns) if (dtype := dtypes(name)) is not None}
    rows = chain([first] if first.lines > 1 else [], blocks)
    return Table(columns, _frames(rows, Layout(path, columns, wanted, separator, decimal), tally))


def open_lines(
    path: Path, *, tally: Tally, block_bytes: int = BLOCK_BYTES
) -> Iterator[tuple[int, pl.Series]]:
    """Yield the lines of a text file: the number of the first, and them.

    Args:
        path: the file.
        tally: receives the encoding and the number of lines.
        block_bytes: how much is read at a time.

    Raises:
        DataError: the file cannot be read or is empty.
    """
    for block in open_blocks(path, tally=tally, block_bytes=block_bytes):
        tally.rows_read += block.lines
        yield block.first_line, pl.Series([block.data[:-1].decode()]).str.split("\n").explode()


def _columns(header: str, *, number: int, path: Path, separator: str) -> tuple[str, ...]:
    fields = fields_of(header, number=number, path=path, separator=separator)
    columns = tuple(name.strip() for name in fields)
    other = max(_OTHER_SEPARATORS, key=header.count)
    if len(columns) == 1 and other in header:
        raise DataError(
            f"the header's names are separated by {other!r}, not by {separator!r}",
            file=path,
            line=number,
            fix=f"separate the columns by {separator!r}, or give a column map that names the separator",
        )
    doubled = [name for name, times in Counter(columns).items() if name and times > 1]
    if doubled:
        raise DataError(
            f"the column {doubled[0]!r} stands twice",
            file=path,
            line=number,
            fix="keep one of them, or give the other its own name",
        )
    return columns


def _frames(blocks: Iterable[Block], layout: Layout, tally: Tally) -> Iterator[Frame]:
    is_empty = True
    for block in blocks:
        is_empty = False
        tally.rows_read += block.lines - block.skipped
        yield Frame(block.first_line + block.skipped, parse_block(block, layout))
    if is_empty:
        raise DataError(
            "the file has a header and no rows", file=layout.path, fix="export the recording again"
        )
