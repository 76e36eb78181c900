"""Cut a calibration text into records, and its records into turns, by byte.

Takes texts as they are found: turns may be left open, roles may be unknown. Knows Gemma's markers and the
dividers that plain corpora use; knows nothing of tokens.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from bedside.chat import BOS, END_OF_TURN, START_OF_TURN

__all__ = ["MARKER", "Corpus", "Division", "Record", "Turn", "divide"]

Division = Literal["<bos>", "user turn", "= line", "blank line"]
"""What separates one record from the next."""

MARKER = re.compile(b"|".join(marker.encode() for marker in (BOS, START_OF_TURN, END_OF_TURN)))
_DIVIDER = re.compile(rb"^={10,}[ \t\r]*$", re.MULTILINE)
_BLANK = re.compile(rb"(?:\r?\n[ \t]*){2,}")
_START, _END, _BOS = START_OF_TURN.encode(), END_OF_TURN.encode(), BOS.encode()


@dataclass(frozen=True)
class Turn:
    """One turn.

    Attributes:
        role: as written, for example `user`.
        text: what is said, white space included.
        start: byte at which the turn's marker begins.
        text_start: byte at which what is said begins.
        text_end: byte at which it ends.
        end: byte after the closing marker; `text_end` where the turn is never closed.
        line: line of the marker, from 1.
    """

    role: str
    text: str
    start: int
    text_start: int
    text_end: int
    end: int
    line: int

    @property
    def is_closed(self) -> bool:
        """Whether the turn has its closing marker."""
        return self.end > self.text_end


@dataclass(frozen=True)
class Record:
    """One record: its number and first line, both from 1, its bytes and its turns, none in plain text."""

    number: int
    line: int
    start: int
    end: int
    turns: tuple[Turn, ...]


@dataclass(frozen=True)
class Corpus:
    """A divided text.

    Attributes:
        data: the text in UTF-8.
        records: its records, in order.
        division: what separates them.
        stray_ends: lines of closing markers that close nothing.
    """

    data: bytes
    records: tuple[Record, ...]
    division: Division
    stray_ends: tuple[int, ...]

    @property
    def has_turns(self) -> bool:
        """Whether any record has turns."""
        return any(record.turns for record in self.records)

    def passages(self, record: Record) -> list[tuple[int, int]]:
        """Return the bytes of what a record says, without markers and roles."""
        if record.turns:
            return [(turn.text_start, turn.text_end) for turn in record.turns]
        start = record.start + len(_BOS) * self.data.startswith(_BOS, record.start)
        return [(start, record.end)]

    def text(self, start: int, end: int) -> str:
        """Return the text between two bytes."""
        return self.data[start:end].decode("utf-8", errors="replace")


def divide(text: str) -> Corpus:
    """Divide a text into records: conversations where it has turns, else what `=` or blank lines separate.

    Conversations begin at `<bos>`; in a file without it each user turn begins one.
    """
    data = text.encode()
    turns, stray = _turns(data)
    spans, division = _spans(data, turns)
    records: list[Record] = []
    line, counted = 1, 0
    remaining = iter([*turns, None])
    turn = next(remaining)
    for start, end in spans:
        line, counted = line + data.count(b"\n", counted, start), start
        own: list[Turn] = []
        while turn is not None and turn.start < end:
            own.append(turn)
            turn = next(remaining)
        records.append(Record(len(records) + 1, line, start, end, tuple(own)))
    return Corpus(data, tuple(records), division, stray)


def _turns(data: bytes) -> tuple[list[Turn], tuple[int, ...]]:
    """Return the turns, and the lines of closing markers that close nothing."""
    turns: list[Turn] = []
    stray: list[int] = []
    line, counted = 1, 0
    markers = [*((match.start(), match.group()) for match in MARKER.finditer(data)), (len(data), b"")]
    is_open = False
    for (place, marker), (following, next_marker) in itertools.pairwise(markers):
        line, counted = line + data.count(b"\n", counted, place), place
        if marker == _START:
            head = place + len(_START)
            newline = data.find(b"\n", head, following)
            said = following if newline < 0 else newline + 1
            closed = len(_END) if next_marker == _END else 0
            role = data[head:said].decode().strip()
            turns.append(
                Turn(role, data[said:following].decode(), place, said, following, following + closed, line)
            )
        elif marker == _END and not is_open:
            stray.append(line)
        is_open = marker == _START
    return turns, tuple(stray)


def _spans(data: bytes, turns: Sequence[Turn]) -> tuple[list[tuple[int, int]], Division]:
    starts = [match.start() for match in re.finditer(_BOS, data)]
    division: Division = "<bos>"
    if not any(starts):
        if not turns:
            divider, division = (_DIVIDER, "= line") if _DIVIDER.search(data) else (_BLANK, "blank line")
            return list(_between(data, divider)), division
        division = "user turn"
        starts = [turn.start for turn in turns if turn.role == "user"] or [turns[0].start]
    bounds = [0, *starts, len(data)]
    spans = [(start, end) for start, end in itertools.pairwise(bounds) if data[start:end].strip()]
    return spans, division


def _between(data: bytes, divider: re.Pattern[bytes]) -> Iterator[tuple[int, int]]:
    """Yield the bytes between dividers, without white space at their ends."""
    bounds = [0, *itertools.chain(*(match.span() for match in divider.finditer(data))), len(data)]
    for start, end in zip(bounds[::2], bounds[1::2], strict=True):
        piece = data[start:end]
        first = start + len(piece) - len(piece.lstrip())
        last = start + len(piece.rstrip())
        if first < last:
            yield first, last
