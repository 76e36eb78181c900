"""Find where the rows of a JSON list or of a file of lines begin and end, without holding the file.

A list is cut by its structure alone (strings, escapes, brackets, commas), a block at a time, so a row that is
no valid JSON costs only itself as long as its brackets and quotes pair. What is in a row, this does not know.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

__all__ = ["BLOCK_BYTES", "CLOSED_EARLY", "CUT_OFF", "Span", "line_spans", "list_spans"]

BLOCK_BYTES = 1 << 20
CUT_OFF = "the file ends within this row"
CLOSED_EARLY = "the list is closed here but the file goes on, which is not read"
_QUOTE, _BACKSLASH, _NEWLINE, _COMMA = b'"\\\n,'
_DEPTH = np.zeros(256, dtype=np.int8)
_DEPTH[list(b"[{")] = 1
_DEPTH[list(b"]}")] = -1
_STRUCTURE = _DEPTH != 0
_STRUCTURE[_COMMA] = True


@dataclass(frozen=True)
class Span:
    """Where a row stands: bytes `start` to `stop` of the file.

    Attributes:
        start: of its first byte; white space around the row may be included.
        stop: after its last byte.
        problem: why the row is not whole, where it is not.
    """

    start: int
    stop: int
    problem: str | None = None


@dataclass
class _State:
    """What the blocks before say about the next byte.

    Attributes:
        in_string: it is inside a string.
        escaped: a backslash stands before it.
        depth: how many brackets are open within the row.
    """

    in_string: bool = False
    escaped: bool = False
    depth: int = 0


def list_spans(
    file: BinaryIO, start: int, stop: int | None = None, *, block_bytes: int = BLOCK_BYTES
) -> Iterator[Span]:
    """Yield the rows of a JSON list from just behind its `[`, or behind a comma, at byte `start`.

    Args:
        file: open for reading bytes.
        start: where to begin.
        stop: where to end, just behind a row; `None` reads to the `]`. A file that ends before it, or goes on
            after it, gives a last row with a problem.
        block_bytes: how much is read at a time.
    """
    state = _State()
    begin, blank = start, True
    for offset, block in _blocks(file, start, stop, block_bytes):
        breaks, closing = _breaks(block, state)
        behind = 0
        for position in breaks:
            yield Span(begin, offset + position)
            begin, behind, blank = offset + position + 1, position + 1, True
        blank = blank and not block[behind:closing].strip()
        if closing is not None:
            if not blank:
                yield Span(begin, offset + closing)
            yield from _after(file, offset + closing + 1)
            return
    end = file.tell()
    whole = state.depth == 0 and not state.in_string and not blank
    if whole or (stop is not None and end > begin):
        yield Span(begin, end)
    if stop is None:
        yield Span(end if whole else begin, end, problem=CUT_OFF)


def line_spans(
    file: BinaryIO, start: int, stop: int | None = None, *, block_bytes: int = BLOCK_BYTES
) -> Iterator[Span]:
    """Yield every line from byte `start`, which begins one, to `stop` or the end; empty lines too."""
    begin = end = start
    for offset, block in _blocks(file, start, stop, block_bytes):
        for position in np.flatnonzero(np.frombuffer(block, np.uint8) == _NEWLINE).tolist():
            yield Span(begin, offset + position)
            begin = offset + position + 1
        end = offset + len(block)
    if end > begin:
        yield Span(begin, end)


def _blocks(file: BinaryIO, start: int, stop: int | None, block_bytes: int) -> Iterator[tuple[int, bytes]]:
    file.seek(start)
    offset = start
    while size := block_bytes if stop is None else min(block_bytes, stop - offset):
        block = file.read(size)
        if not block:
            return
        yield offset, block
        offset += len(block)


def _breaks(block: bytes, state: _State) -> tuple[list[int], int | None]:
    """Return the commas between rows, and the bracket that closes the list; move `state` behind the block."""
    data = _without_escapes(block, state)
    quotes = np.flatnonzero(data == _QUOTE)
    marks = np.flatnonzero(_STRUCTURE[data])
    outside = (np.searchsorted(quotes, marks) + state.in_string) % 2 == 0
    marks = marks[outside]
    kinds = data[marks]
    depths = state.depth + np.cumsum(_DEPTH[kinds], dtype=np.int64)
    closings = np.flatnonzero(depths < 0)
    if closings.size:
        marks, kinds, depths = marks[: closings[0] + 1], kinds[: closings[0] + 1], depths[: closings[0] + 1]
    breaks: list[int] = marks[(kinds == _COMMA) & (depths == 0)].tolist()
    state.in_string ^= bool(quotes.size % 2)
    state.depth = int(depths[-1]) if depths.size else state.depth
    return breaks, int(marks[-1]) if closings.size else None


def _without_escapes(block: bytes, state: _State) -> NDArray[np.uint8]:
    """Return the bytes with every escaped one set to zero: one behind an odd number of backslashes."""
    data = np.frombuffer(block, np.uint8)
    if not state.escaped and _BACKSLASH not in block:
        return data
    data = data.copy()
    if state.escaped:
        data[0] = 0
    slashes = np.flatnonzero(data == _BACKSLASH)
    firsts = np.flatnonzero(np.diff(slashes, prepend=-2) != 1)
    lengths = np.diff(firsts, append=slashes.size)
    behind = slashes[firsts] + lengths
    behind = behind[lengths % 2 == 1]
    state.escaped = bool(behind.size) and int(behind[-1]) == data.size
    data[behind[: behind.size - state.escaped]] = 0
    return data


def _after(file: BinaryIO, offset: int) -> Iterator[Span]:
    for begin, block in _blocks(file, offset, None, BLOCK_BYTES):
        if block.strip():
            yield Span(begin, begin, problem=CLOSED_EARLY)
            return
