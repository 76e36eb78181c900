"""Read the columns that the published texts rest on, in parts of bounded size, and clean raw rows.

A part is a table of numbers, null where a cell is empty. Only the columns that are asked for are parsed, and
of a raw monitor file those besides that decide whether a row stays.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path

import polars as pl

from bedside.vitals.readers.blocks import open_lines, open_table
from bedside.vitals.readers.monitor import INDEX_COLUMN
from bedside.vitals.readers.monitor_text import cells_of_lines
from bedside.vitals.readers.recording import Recording
from bedside.vitals.readers.stream import Tally
from bedside.vitals.readers.wearable_text import HEART_RATE_COLUMN, readings_of_lines

__all__ = ["monitor_frames", "wearable_frames"]

_CLEANED_BY = slice(1, 11)
"""Which columns of a raw file decide whether a row stays: the first ten signals."""
_NO_SIGNAL = "no value in the first ten signals"


def monitor_frames(recording: Recording, tally: Tally, *, signals: Collection[str]) -> Iterator[pl.DataFrame]:
    """Yield `Elapsed_Time_Sec` and those of `signals` that the file has.

    Raises:
        DataError: the file cannot be read as what it claims to be.
    """
    if recording.form == "monitor text":
        for first_line, lines in open_lines(recording.path, tally=tally):
            times, cells = cells_of_lines(
                lines, first_line=first_line, signals={name: name for name in signals}, path=recording.path
            )
            yield pl.DataFrame({INDEX_COLUMN: times, **cells}).fill_nan(None)
    elif recording.processed:
        yield from _table(recording.path, {INDEX_COLUMN, *signals}, tally)
    else:
        deciding = _header(recording.path)[_CLEANED_BY]
        for frame in _table(recording.path, {INDEX_COLUMN, *signals, *deciding}, tally):
            kept = frame.filter(pl.any_horizontal(pl.col(deciding).is_not_null()))
            tally.leave_out(_NO_SIGNAL, frame.height - kept.height)
            yield kept


def wearable_frames(recording: Recording, tally: Tally) -> Iterator[pl.DataFrame]:
    """Yield the heart rate, `heart rate [#/min]`.

    Raises:
        DataError: the file cannot be read as what it claims to be.
    """
    if recording.form == "wearable csv":
        yield from _table(recording.path, {HEART_RATE_COLUMN}, tally)
    else:
        for first_line, lines in open_lines(recording.path, tally=tally):
            _, rates = readings_of_lines(lines, first_line=first_line, path=recording.path)
            yield pl.DataFrame({HEART_RATE_COLUMN: rates}).fill_nan(None)


def _header(path: Path) -> tuple[str, ...]:
    return open_table(path, dtypes=lambda _: None, tally=Tally()).columns


def _table(path: Path, names: Collection[str], tally: Tally) -> Iterator[pl.DataFrame]:
    def dtype(name: str) -> pl.DataType | None:
        return pl.Float64() if name in names else None

    for frame in open_table(path, dtypes=dtype, tally=tally).frames:
        yield frame.data
