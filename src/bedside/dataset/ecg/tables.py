"""Read the label and report tables of ECG data sets: every cell as text, without the columns not asked for.

A row that does not fit the header is left out and listed; it never ends the reading. Knows no data set.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from typing import Any

import polars as pl

from bedside.dataset.ecg.facts import EcgFacts
from bedside.dataset.gathered import Dropped
from bedside.errors import DataError

__all__ = ["Table", "facts_of_each", "first_of", "read_table"]

DELIMITERS = ",;\t"
LONGEST_HEADER = 1 << 20
ROWS_AT_A_TIME = 50_000


@dataclass(frozen=True)
class Table:
    """Rows of a table.

    Attributes:
        frame: columns of text, in the order asked for; null where a cell says nothing. Columns that may be
            absent and are, are all null.
        dropped: rows that were left out.
    """

    frame: pl.DataFrame
    dropped: tuple[Dropped, ...] = ()


def facts_of_each(
    some: pl.DataFrame, record: Callable[[Mapping[str, Any]], Iterator[EcgFacts | Dropped]], *, name: str
) -> Iterator[EcgFacts | Dropped]:
    """Yield what `record` makes of each row; one that cannot be used is dropped and named by its `name`.

    Args:
        some: rows of a table.
        record: yields the facts of a row, and what of it is not used.
        name: how a row is called, with the names of columns in braces.
    """
    for row in some.iter_rows(named=True):
        try:
            yield from record(row)
        except DataError as error:
            yield Dropped(name.format_map(row), error.reason, error.fix)


def read_table(path: Path, columns: Sequence[str], *, optional: Sequence[str] = ()) -> Table:
    """Read `columns` and `optional` of a CSV file whose first line names its columns.

    Raises:
        DataError: the file cannot be read, or lacks one of `columns`.
    """
    dropped: list[Dropped] = []
    try:
        with path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
            first = file.readline(LONGEST_HEADER)
            delimiter = max(DELIMITERS, key=first.count)
            reader = csv.reader(chain([first], file), delimiter=delimiter)
            header = [name.strip() for name in next(reader, [])]
            _require(columns, header, path)
            frames = list(_frames(reader, header, [*columns, *optional], path, dropped))
    except (OSError, csv.Error) as error:
        raise DataError(f"cannot be read: {error}", file=path, fix="download it again") from error
    empty = pl.DataFrame(schema=dict.fromkeys([*columns, *optional], pl.String))
    return Table(pl.concat([empty, *frames]), tuple(dropped))


def first_of(table: Table, key: str, *, file: str) -> Table:
    """Keep rows that have a `key`, the first of those that share one; list the others."""
    frame = table.frame
    without = frame[key].is_null()
    twice = ~without & ~frame[key].is_first_distinct()
    dropped = [
        *(
            Dropped(f"{file}, {key} {name}", f"the same {key} stands above")
            for name in frame.filter(twice)[key]
        ),
        *(Dropped(f"{file}, a row", f"has no {key}") for _ in range(int(without.sum()))),
    ]
    return Table(frame.filter(~without & ~twice), (*table.dropped, *dropped))


def _require(columns: Sequence[str], header: Sequence[str], path: Path) -> None:
    if missing := [name for name in columns if name not in header]:
        raise DataError(
            f"has no column {missing[0]}",
            file=path,
            line=1,
            fix=f"its columns are {', '.join(header[:12]) or '(none)'}; give the table as it was published",
        )


def _frames(
    reader: Iterator[list[str]],
    header: Sequence[str],
    wanted: Sequence[str],
    path: Path,
    dropped: list[Dropped],
) -> Iterator[pl.DataFrame]:
    """Yield the rows in batches, so that a million of them are never all held as Python objects."""
    place = {name: header.index(name) if name in header else None for name in wanted}
    rows = _fitting(reader, len(header), path, dropped)
    while batch := list(islice(rows, ROWS_AT_A_TIME)):
        cells = {
            name: pl.Series(name, [None if at is None else row[at] for row in batch], dtype=pl.String)
            for name, at in place.items()
        }
        stripped = pl.all().str.strip_chars()
        yield pl.DataFrame(cells).select(pl.when(stripped != "").then(stripped).name.keep())


def _fitting(
    reader: Iterator[list[str]], width: int, path: Path, dropped: list[Dropped]
) -> Iterator[list[str]]:
    """Yield the rows of `width` cells; list the others with their line."""
    while True:
        line = reader.line_num + 1  # type: ignore[attr-defined]
        try:
            row = next(reader, None)
        except csv.Error as error:
            dropped.append(Dropped(f"{path.name}:{line}", f"the row cannot be read: {error}"))
            continue
        if row is None:
            return
        if len(row) == width:
            yield row
        elif any(cell.strip() for cell in row):
            fix = "write the row with as many cells as the header has"
            dropped.append(Dropped(f"{path.name}:{line}", "the row does not fit the header", fix))
