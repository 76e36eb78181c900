"""Parse WFDB header files: the record line, signal lines, segment lines and comments of header(5).

A light parser of its own, because a training set has a million headers. Stricter than the format where a
silent misreading could follow: every field of a full signal line has to be what its place says, the lines
have to be as many as the record line promises, and no file named may lie outside the header's folder. Knows
nothing of samples, leads or what comments mean.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from pathlib import Path

from bedside.ecg.readers.wfdb_signal_line import NUMBER, Signal, bad_field, parse_signal, refuse_outside
from bedside.errors import DataError

__all__ = ["Header", "Segment", "beside", "parse_header", "read_header"]

_DEFAULT_RATE_HZ = 250.0
"""Frames per second where a header gives none (header(5))."""
_NO_RATE = f"no sampling rate in the header: {_DEFAULT_RATE_HZ:g} Hz, the default of WFDB"
_LARGEST_HEADER_BYTES = 1 << 22

_RATE = re.compile(rf"({NUMBER})(?:/\S*)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Segment:
    """One segment line: the name of a record, `~` for a gap, and its length in frames."""

    name: str
    frames: int


@dataclass(frozen=True, slots=True)
class Header:
    """A WFDB header.

    Attributes:
        path: the file.
        rate_hz: frames per second.
        frames: length of the record; `None` where the header leaves it to the size of the files.
        signals: signal lines of a record with samples of its own.
        segments: segment lines of a record made of others; one of `signals` and `segments` is empty.
        comments: comment lines without `#`, empty ones left out.
    """

    path: Path
    rate_hz: float
    frames: int | None
    signals: tuple[Signal, ...]
    segments: tuple[Segment, ...]
    comments: tuple[str, ...]


def read_header(path: Path) -> Header:
    """Read and parse a header file.

    Raises:
        DataError: it is absent, no regular file, too large, or no WFDB header.
    """
    try:
        if not path.is_file():
            what = "is not a file" if path.exists() else "there is no such header"
            raise DataError(
                what, file=path, fix="a WFDB record is a .hea file with its signal files beside it"
            )
        with path.open("rb") as file:
            content = file.read(_LARGEST_HEADER_BYTES + 1)
    except (OSError, ValueError) as error:
        raise DataError(f"cannot be read: {error}", file=path, fix="copy the file again") from error
    if len(content) > _LARGEST_HEADER_BYTES or b"\0" in content:
        raise _no_header(path, "binary data" if b"\0" in content else "more than 4 MiB")
    try:
        return parse_header(content.decode("utf-8-sig"), path)
    except UnicodeDecodeError:
        return parse_header(content.decode("latin-1"), path)


def parse_header(text: str, path: Path) -> Header:
    """Parse the text of the header file `path`.

    Raises:
        DataError: names the line and the field that is not as header(5) wants it.
    """
    lines, comments = _lines(text)
    if not lines:
        raise _no_header(path, "no record line")
    at, fields = lines[0][0], lines[0][1].split()
    name, _, segment_count = fields[0].partition("/")
    if not name or len(fields) < 2:
        raise _no_header(path, f"line {at}: {lines[0][1][:60]!r} is no record line")
    signal_count = _count(fields[1], "number of signals", path, at)
    frames = _count(fields[3], "number of samples", path, at) if len(fields) > 3 else 0
    expected = _count(segment_count, "number of segments", path, at) if segment_count else signal_count
    if len(lines) - 1 != expected:
        kind = "segments" if segment_count else "signals"
        raise DataError(
            f"the record line says {expected} {kind}, {len(lines) - 1} lines of {kind} follow",
            file=path,
            line=at,
            fix="copy the header again, or correct the count",
        )
    return Header(
        path=path,
        rate_hz=_rate(fields[2], path, at) if len(fields) > 2 else _DEFAULT_RATE_HZ,
        frames=frames or None,
        signals=() if segment_count else tuple(parse_signal(line, path, at) for at, line in lines[1:]),
        segments=tuple(_segment(line, path, at) for at, line in lines[1:]) if segment_count else (),
        comments=comments if len(fields) > 2 else (*comments, _NO_RATE),
    )


def _lines(text: str) -> tuple[list[tuple[int, str]], tuple[str, ...]]:
    """Return lines with their numbers, and comments; both without what is blank."""
    lines: list[tuple[int, str]] = []
    comments: list[str] = []
    for number, line in enumerate(text.split("\n"), start=1):
        stripped = line.strip()
        if not stripped.startswith("#"):
            lines.append((number, stripped))
        elif comment := stripped.lstrip("#").strip():
            comments.append(comment)
    return [(number, line) for number, line in lines if line], tuple(comments)


def beside(header: Path, name: str, line: int | None = None) -> Path:
    """Return the path of a file that a header names.

    Raises:
        DataError: the name leads out of the header's folder.
    """
    refuse_outside(header, name, line)
    return header.parent / name


def _segment(line: str, path: Path, at: int) -> Segment:
    fields = line.split()
    if len(fields) < 2:
        raise bad_field("segment length", "", path, at, "a number of samples")
    refuse_outside(path, fields[0], at)
    return Segment(fields[0], _count(fields[1], "segment length", path, at))


def _rate(text: str, path: Path, at: int) -> float:
    found = _RATE.fullmatch(text)
    rate_hz = float(found[1]) if found else math.nan
    if not (math.isfinite(rate_hz) and rate_hz > 0):
        raise bad_field("sampling rate", text, path, at, "samples per second, more than 0")
    return rate_hz


def _count(text: str, field: str, path: Path, at: int) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) <= 18):
        raise bad_field(field, text, path, at, "a whole number of at most 18 digits")
    return int(text)


def _no_header(path: Path, found: str) -> DataError:
    return DataError(
        f"is no WFDB header ({found})",
        file=path,
        fix="its first line is `NAME SIGNALS RATE SAMPLES`, as in `00001_lr 12 100 1000`",
    )
