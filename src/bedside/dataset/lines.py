"""Cut a file of lines into ranges that can be read on their own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

__all__ = ["LineRange", "line_ranges", "lines_in"]

PER_RANGE = 1000


@dataclass(frozen=True)
class LineRange:
    """Bytes `start` to `stop` of a file: whole lines, the first of which is number `first` from 1."""

    path: Path
    start: int
    stop: int
    first: int


def line_ranges(path: Path) -> tuple[LineRange, ...]:
    """Cut `path` after every thousandth line; an empty file gives none."""
    ranges: list[LineRange] = []
    start, first = 0, 1
    with path.open("rb") as file:
        number = 0
        for number, _ in enumerate(iter(file.readline, b""), start=1):
            if number % PER_RANGE == 0:
                ranges.append(LineRange(path, start, file.tell(), first))
                start, first = file.tell(), number + 1
        if number >= first:
            ranges.append(LineRange(path, start, file.tell(), first))
    return tuple(ranges)


def lines_in(lines: LineRange) -> Iterator[tuple[int, bytes]]:
    """Read the lines of a range that say something, each with its number in the file."""
    with lines.path.open("rb") as file:
        file.seek(lines.start)
        data = file.read(lines.stop - lines.start)
    for number, line in enumerate(data.split(b"\n"), start=lines.first):
        if line.strip():
            yield number, line
