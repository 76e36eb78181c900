"""Part lines `Time: Ns - HR: x, PULSE: y, …` into columns; what a line does not name is missing in it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from bedside.errors import DataError
from bedside.vitals.readers.cells import to_numbers

__all__ = ["cells_of_lines", "names_in_lines"]

_LINE = r"^Time: ([0-9]+)s -(?: (.*))?$"
_FORM = "Time: Ns - HR: x, PULSE: y, …"


def names_in_lines(lines: pl.Series) -> list[str]:
    """Return every name of a value in the lines that have the form, in the order in which they appear."""
    return _parts(lines)["name"].unique(maintain_order=True).to_list()


def cells_of_lines(
    lines: pl.Series, *, first_line: int, signals: Mapping[str, str], path: Path
) -> tuple[NDArray[np.float64], dict[str, NDArray[np.float64]]]:
    """Return the times of the lines and the values of each signal; NaN where a line does not name it.

    Args:
        lines: consecutive lines.
        first_line: number of the first.
        signals: canonical names by those in the file.
        path: the file, for messages.

    Raises:
        DataError: a line has another form, names a value twice, or a value is no number.
    """
    times = lines.str.extract(_LINE, 1).cast(pl.Float64)
    parts = _parts(lines)
    bad_rows = [*times.is_null().arg_true(), *parts.filter(pl.col("text").is_null())["row"]]
    if bad_rows:
        row = min(bad_rows)
        raise DataError(
            f"{lines[row][:60]!r} has not the form {_FORM!r}",
            file=path,
            line=first_line + row,
            fix="write the line in that form, or remove it",
        )
    by_name = parts.partition_by("name", as_dict=True)
    columns: dict[str, NDArray[np.float64]] = {}
    bad: list[tuple[int, str]] = []
    for name, signal in signals.items():
        columns[signal] = np.full(lines.len(), np.nan)
        if (name,) not in by_name:
            continue
        rows, texts = (by_name[name,][column] for column in ("row", "text"))
        numbers, is_bad = to_numbers(texts, pl.Float64())
        is_bad |= ~rows.is_first_distinct()
        if is_bad.any():
            bad.append((int(rows[int(is_bad.arg_max() or 0)]), name))
        columns[signal][rows.to_numpy()] = numbers.to_numpy()
    if bad:
        row, name = min(bad)
        raise _bad_value(parts, row, name, first_line=first_line, path=path)
    return times.to_numpy(), columns


def _parts(lines: pl.Series) -> pl.DataFrame:
    """Return one row per value: the row of its line, its name and its text (null where there is no `: `)."""
    return (
        pl.DataFrame({"row": pl.int_range(lines.len(), eager=True), "part": lines.str.extract(_LINE, 2)})
        .with_columns(pl.col("part").str.split(", "))
        .explode("part")
        .filter(pl.col("part").is_not_null() & (pl.col("part") != ""))
        .with_columns(pl.col("part").str.splitn(": ", 2).struct.rename_fields(["name", "text"]))
        .unnest("part")
    )


def _bad_value(parts: pl.DataFrame, row: int, name: str, *, first_line: int, path: Path) -> DataError:
    texts = parts.filter((pl.col("row") == row) & (pl.col("name") == name))["text"]
    twice = texts.len() > 1
    return DataError(
        f"{name} stands twice" if twice else f"{name}: {texts[0]!r} is not a number",
        file=path,
        line=first_line + row,
        fix="keep one of the two" if twice else "correct the value, or leave it out with its name",
    )
