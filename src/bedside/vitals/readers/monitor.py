"""Read MIMIC-III waveform-database numerics: the CSV export and its rendering as lines of text.

CSV: `Elapsed_Time_Sec` (the row number, not seconds, unless it advances by more than one) and one column per
signal; an empty cell is missing. Text: `Time: Ns - HR: x, PULSE: y, …`; what is missing is left out. Columns
that bedside does not know are left aside. Rows in which nothing known was recorded are gaps of the clock.
Values stay as they were recorded: `vitals.signals` judges them when they are measured.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from bedside.errors import DataError
from bedside.records import VitalsHeader, VitalsRows
from bedside.vitals.readers.blocks import open_lines, open_table
from bedside.vitals.readers.decoding import BLOCK_BYTES
from bedside.vitals.readers.interval import GIVEN, Interval, contradiction, detect_interval
from bedside.vitals.readers.monitor_text import cells_of_lines, names_in_lines
from bedside.vitals.readers.names import stem
from bedside.vitals.readers.recording import Recording
from bedside.vitals.readers.row_order import RowOrder
from bedside.vitals.readers.stream import Stream, Tally
from bedside.vitals.signals import kind_of_column

__all__ = ["INDEX_COLUMN", "open_monitor_csv", "open_monitor_text"]

INDEX_COLUMN = "Elapsed_Time_Sec"
_LINE_TIME = "Time"

_PROBED_ROWS = 50_000
"""The interval is found from so many rows, however the file is cut into blocks."""
_LARGEST = 2.0**53
"""Beyond it not every whole number is one of the numbers that a file is parsed into."""
_TELLS_INTERVAL = ("hr", "pulse", "all_beat_count")


@dataclass(frozen=True)
class _Columns:
    """What the columns of a file are: canonical names by those in the file, and those that are not read."""

    time: str
    signals: Mapping[str, str]
    ignored: tuple[str, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True)
class _Rows:
    """Consecutive rows as they stand in the file, from `first_line` on; `index` is not yet checked."""

    first_line: int
    index: NDArray[np.float64]
    signals: Mapping[str, NDArray[np.float64]]


_Opener = Callable[[Tally], tuple[_Columns, Iterator[_Rows]]]


def open_monitor_csv(
    recording: Recording, *, interval_s: float | None = None, block_bytes: int = BLOCK_BYTES
) -> Stream:
    """Open the CSV export.

    Args:
        recording: the file and whose it is.
        interval_s: seconds between rows; found from the file where not given.
        block_bytes: how much is read at a time.

    Raises:
        DataError: the file has no column of row numbers or of heart rate, or its interval cannot be told;
            while rows are taken, a cell is no number, a row has the wrong number of fields, or times do not
            rise.
    """
    path = recording.path

    def opened(tally: Tally) -> tuple[_Columns, Iterator[_Rows]]:
        table = open_table(path, dtypes=_dtype, tally=tally, block_bytes=block_bytes)
        if INDEX_COLUMN not in table.columns:
            raise DataError(
                f"no column {INDEX_COLUMN!r}; the file has {', '.join(table.columns)}",
                file=path,
                fix=f"name the column of row numbers {INDEX_COLUMN}, or give a column map",
            )
        columns = _columns(INDEX_COLUMN, [name for name in table.columns if name != INDEX_COLUMN], recording)
        frames = (
            _Rows(
                frame.first_line,
                frame.data[INDEX_COLUMN].to_numpy(),
                {signal: frame.data[name].to_numpy() for name, signal in columns.signals.items()},
            )
            for frame in table.frames
        )
        return columns, frames

    return _stream(recording, opened, interval_s)


def open_monitor_text(
    recording: Recording, *, interval_s: float | None = None, block_bytes: int = BLOCK_BYTES
) -> Stream:
    """Open the text rendering, whose lines are read twice: the first time for the names of its values.

    Args:
        recording: the file and whose it is.
        interval_s: seconds between lines; found from the file where not given.
        block_bytes: how much is read at a time.

    Raises:
        DataError: no line names a heart rate, or the interval cannot be told; while rows are taken, a line
            has another form, a value is no number, or times do not rise.
    """
    path = recording.path

    def opened(tally: Tally) -> tuple[_Columns, Iterator[_Rows]]:
        names: dict[str, None] = {}
        for _, lines in open_lines(path, tally=Tally(), block_bytes=block_bytes):
            names.update(dict.fromkeys(names_in_lines(lines)))
        columns = _columns(_LINE_TIME, list(names), recording)
        blocks = (
            _Rows(
                first_line,
                *cells_of_lines(lines, first_line=first_line, signals=columns.signals, path=path),
            )
            for first_line, lines in open_lines(path, tally=tally, block_bytes=block_bytes)
        )
        return columns, blocks

    return _stream(recording, opened, interval_s)


def _dtype(name: str) -> pl.DataType | None:
    return pl.Float64() if name == INDEX_COLUMN or kind_of_column(name) is not None else None


def _columns(time: str, names: Sequence[str], recording: Recording) -> _Columns:
    signals: dict[str, str] = {}
    taken: dict[str, str] = {}
    notes: list[str] = []
    for name in names:
        kind = kind_of_column(name)
        if kind is None:
            continue
        if kind.name in taken:
            notes.append(f"the column {name} is left aside: {taken[kind.name]} is read as {kind.name}")
            continue
        signals[name] = kind.name
        taken[kind.name] = name
    if "hr" not in taken:
        raise DataError(
            f"no heart rate (column HR); the file has {', '.join(names) or 'nothing'}",
            file=recording.path,
            fix="export the heart rate too, in a column HR",
        )
    return _Columns(time, signals, tuple(name for name in names if name not in signals), tuple(notes))


def _stream(recording: Recording, opened: _Opener, interval_s: float | None) -> Stream:
    tally = Tally()
    columns, rows = opened(tally)
    tally.columns_ignored = columns.ignored
    tally.notes.extend(columns.notes)
    held: list[_Rows] = []
    for part in rows:
        held.append(part)
        if sum(each.index.size for each in held) >= _PROBED_ROWS:
            break
    probe = next(_windows(held))
    step = _step(probe.index)
    if interval_s is not None:
        interval = Interval(interval_s, GIVEN, contradiction(probe.signals, interval_s))
    elif step > 1:
        interval = Interval(float(step), f"{columns.time} advances by {step}, so it holds seconds")
    else:
        interval = _detect(probe, opened, recording)
    if interval.doubt:
        tally.notes.append(interval.doubt)
    header = VitalsHeader(
        subject_id=recording.subject_id,
        record_name=stem(recording.path.name),
        cohort=recording.cohort,
        interval_s=interval.seconds,
        interval_evidence=interval.evidence,
        demographics=recording.demographics,
        source=recording.name,
    )
    return Stream(header, _batches(recording.path, columns.time, chain(held, rows), step, tally), tally)


def _windows(rows: Iterable[_Rows]) -> Iterator[_Rows]:
    """Yield what tells the interval, in windows of `_PROBED_ROWS` rows; the last may be shorter."""
    held: list[_Rows] = []
    for part in rows:
        held.append(part)
        while sum(each.index.size for each in held) >= _PROBED_ROWS:
            joined = _joined(held)
            yield _cut(joined, slice(None, _PROBED_ROWS))
            rest = _cut(joined, slice(_PROBED_ROWS, None))
            held = [rest] if rest.index.size else []
    if held:
        yield _joined(held)


def _joined(parts: Sequence[_Rows]) -> _Rows:
    names = [name for name in _TELLS_INTERVAL if name in parts[0].signals]
    signals = {name: np.concatenate([part.signals[name] for part in parts]) for name in names}
    return _Rows(parts[0].first_line, np.concatenate([part.index for part in parts]), signals)


def _cut(rows: _Rows, where: slice) -> _Rows:
    return _Rows(rows.first_line, rows.index[where], {name: v[where] for name, v in rows.signals.items()})


def _step(index: NDArray[np.float64]) -> int:
    """Return how far the index advances from row to row, at least 1."""
    advances = np.diff(index[np.abs(index) <= _LARGEST]).astype(np.int64)
    step = int(np.gcd.reduce(advances)) if advances.size > 1 else 1
    return max(step, 1)


def _detect(probe: _Rows, opened: _Opener, recording: Recording) -> Interval:
    """Find the interval from the first window that has a heart rate: in nearly every file the first."""
    zeros = 0
    for window in _searched(probe, opened):
        heart_rate = window.signals["hr"]
        if (heart_rate > 0).any():
            try:
                return detect_interval(window.signals)
            except DataError as error:
                raise DataError(error.reason, file=recording.path, fix=error.fix) from error
        zeros += int(np.count_nonzero(heart_rate == 0))
    raise DataError(
        f"no valid heart rate: {'only zeros' if zeros else 'every cell is empty'}",
        file=recording.path,
        fix="give a recording during which the ECG leads were on",
    )


def _searched(probe: _Rows, opened: _Opener) -> Iterator[_Rows]:
    yield probe
    yield from _windows(opened(Tally())[1])


def _batches(path: Path, time: str, rows: Iterable[_Rows], step: int, tally: Tally) -> Iterator[VitalsRows]:
    order = RowOrder(path, lambda index: f"{time}: {index}", tally)
    offset: int | None = None
    for part in rows:
        index = _whole_numbers(part, path, time)
        offset = int(index[0]) % step if offset is None else offset
        kept = order.keep(index, tuple(part.signals.values()), first_line=part.first_line)
        _check_step(index, step, offset, order, first_line=part.first_line)
        if kept.all():
            yield VitalsRows(index // step, part.signals)
        elif kept.any():
            yield VitalsRows(index[kept] // step, {name: v[kept] for name, v in part.signals.items()})


def _whole_numbers(part: _Rows, path: Path, time: str) -> NDArray[np.int64]:
    bad = ~((part.index >= 0) & (part.index <= _LARGEST) & (part.index == np.floor(part.index)))
    if bad.any():
        row = int(np.argmax(bad))
        found = "no value" if np.isnan(part.index[row]) else f"{part.index[row]:g}"
        raise DataError(
            f"{time}: {found} where a whole number must stand",
            file=path,
            line=part.first_line + row,
            fix="number the rows, or give a column map that says how the time is written",
        )
    return part.index.astype(np.int64)


def _check_step(
    index: NDArray[np.int64], step: int, offset: int, order: RowOrder, *, first_line: int
) -> None:
    between = index % step != offset
    if between.any():
        row = int(np.argmax(between))
        raise DataError(
            f"{order.worded(int(index[row]))}, although it advances by {step} at the beginning",
            file=order.path,
            line=first_line + row,
            fix="give parts of different intervals as files of their own",
        )
