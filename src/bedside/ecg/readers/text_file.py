"""Load a text file of bounded size as UTF-8 lines, whatever its encoding and line ends.

UTF-8 and UTF-16 with or without byte order mark (UTF-16 needs it) and Windows-1252, which instrument software
on Windows writes. Knows nothing of tables.
"""

from __future__ import annotations

import codecs
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bedside.ecg.readers.bounded_file import read_bounded
from bedside.errors import DataError

__all__ = ["Text", "load_text"]

_LARGEST_BYTES = 400 * 2**20
_LONGEST_LINE_BYTES = 2**16
_SHORTER = "cut the file into shorter ones, or store it as WFDB"
_SIZE_REASON = "an hour of twelve leads at 1000 samples a second is what a text file may hold"


@dataclass(frozen=True)
class Text:
    """The lines of a file.

    Attributes:
        path: the file.
        data: its lines in UTF-8, each ended by LF; empty lines at the end are left out.
        ends: int array, where in `data` each line's LF stands.
    """

    path: Path
    data: bytes
    ends: np.ndarray[tuple[int], np.dtype[np.int64]]

    def line(self, number: int) -> str:
        """Return a line by its one-based number, without the LF."""
        start = 0 if number == 1 else int(self.ends[number - 2]) + 1
        return self.data[start : int(self.ends[number - 1])].decode()

    def start_of(self, number: int) -> int:
        """Return where in `data` the line with this one-based number begins."""
        return 0 if number == 1 else int(self.ends[number - 2]) + 1

    @property
    def lines(self) -> int:
        """How many lines there are."""
        return self.ends.size


def load_text(path: Path) -> Text:
    """Load a text file.

    Raises:
        DataError: it cannot be read, is too large, empty, or no text, or has a line too long for a table.
    """
    data = _as_utf_8(path, read_bounded(path, most=_LARGEST_BYTES, reason=_SIZE_REASON, fix=_SHORTER))
    if b"\r" in data:
        data = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    filled = len(data.rstrip())
    if not filled:
        raise DataError("the file is empty", file=path, fix="export the recording again")
    # A tab at the end of the last row is an empty cell, so that row stays whole.
    data = data[:filled] + data[filled:].partition(b"\n")[0] + b"\n"
    ends = np.flatnonzero(np.frombuffer(data, np.uint8) == ord("\n")).astype(np.int64)
    _check_lines(path, ends)
    return Text(path, data, ends)


def _as_utf_8(path: Path, data: bytes) -> bytes:
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return _decoded(path, data, "utf-16").encode()
    data = data.removeprefix(codecs.BOM_UTF8)
    if b"\0" in data:
        raise DataError(
            "a NUL byte: UTF-16 without a byte order mark, or no text at all",
            file=path,
            line=data[: data.index(b"\0")].count(b"\n") + 1,
            fix="save the file as UTF-8",
        )
    if data.isascii():
        return data
    try:
        data.decode()
    except UnicodeDecodeError:
        return _decoded(path, data, "cp1252").encode()
    return data


def _decoded(path: Path, data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise DataError(
            f"neither UTF-8 nor {encoding}: unreadable bytes",
            file=path,
            line=data[: error.start].count(b"\n") + 1,
            fix="save the file as UTF-8",
        ) from error


def _check_lines(path: Path, ends: np.ndarray[tuple[int], np.dtype[np.int64]]) -> None:
    lengths = np.diff(ends, prepend=-1)
    longest = int(lengths.argmax())
    if lengths[longest] > _LONGEST_LINE_BYTES:
        raise DataError(
            f"a line of {int(lengths[longest]) - 1} bytes; a line holds one sample of each lead",
            file=path,
            line=longest + 1,
            fix="give one row a sample; if each row is a lead, turn rows into columns",
        )
