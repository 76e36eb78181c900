"""Read a calibration file as llama.cpp would, and note what is wrong with its bytes.

llama.cpp takes any bytes: those that are not UTF-8 become stray byte tokens, and no program says so. Here a
file that is not UTF-8 is read as cp1252, the usual cause, so that everything else can still be looked at.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from bedside.errors import DataError

__all__ = ["ByteFault", "CheckedText", "read_checked"]

_FIX = "give the text file that llama-imatrix is to read"
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")


@dataclass(frozen=True)
class ByteFault:
    """Something wrong with the bytes: what, how often, the first line, and whether it spoils the text."""

    what: str
    count: int
    line: int
    spoils: bool


@dataclass(frozen=True)
class CheckedText:
    """A text file: its name, the hash and number of its bytes, its text and what is wrong with its bytes."""

    name: str
    sha256: str
    size_bytes: int
    text: str
    faults: tuple[ByteFault, ...]


def read_checked(path: Path) -> CheckedText:
    """Read a text file in UTF-8, else in cp1252.

    Raises:
        DataError: there is no such file, it is empty, or it is not text.
    """
    if not path.is_file():
        raise DataError("no such file", file=path, fix=_FIX)
    data = path.read_bytes()
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise DataError("is UTF-16, which llama.cpp cannot read", file=path, fix="save it as UTF-8")
    if b"\0" in data:
        line = _line(data, data.index(b"\0"))
        raise DataError("is not text: it holds a byte 0", file=path, line=line, fix=_FIX)
    if not data.strip():
        raise DataError("is empty", file=path, fix=_FIX)
    text, faults = _decoded(data, path)
    return CheckedText(
        name=path.name,
        sha256=hashlib.sha256(data).hexdigest(),
        size_bytes=len(data),
        text=text,
        faults=(*faults, *_faults(text)),
    )


def _decoded(data: bytes, path: Path) -> tuple[str, tuple[ByteFault, ...]]:
    try:
        return data.decode("utf-8"), ()
    except UnicodeDecodeError as error:
        line = _line(data, error.start)
    try:
        text = data.decode("cp1252")
    except UnicodeDecodeError as error:
        what = f"is neither UTF-8 nor cp1252: byte 0x{data[error.start]:02X}"
        raise DataError(what, file=path, line=_line(data, error.start), fix=_FIX) from error
    foreign = Counter(letter for letter in text if not letter.isascii())
    common = ", ".join(f"{letter} {count}×" for letter, count in foreign.most_common(3))
    what = f"not UTF-8: read as cp1252 ({common}), while llama.cpp sees stray byte tokens"
    return text, (ByteFault(what, foreign.total(), line, spoils=True),)


def _faults(text: str) -> list[ByteFault]:
    found = (
        ("byte order mark U+FEFF, which llama.cpp reads as a letter", r"\ufeff", False),
        ("line end CR LF where the model's turns have LF", r"\r\n", True),
        ("carriage return U+000D", r"\r(?!\n)", False),
        ("U+FFFD, which stands where a letter was lost", "\ufffd", True),
        ("control character", _CONTROL, False),
    )
    faults: list[ByteFault] = []
    for what, pattern, spoils in found:
        places = [match.start() for match in re.finditer(pattern, text)]
        if places:
            faults.append(ByteFault(what, len(places), text.count("\n", 0, places[0]) + 1, spoils))
    return faults


def _line(data: bytes, place: int) -> int:
    return data.count(b"\n", 0, place) + 1
