"""Turn a file's bytes into text and its lines into fields: unpack gzip, find the encoding, say which it was.

UTF-8 (with or without a byte order mark) is tried first, then Windows-1252, which monitor exports made on
Windows use. A byte that neither knows is an error, never a replacement character.
"""

from __future__ import annotations

import csv
import gzip
import hashlib
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bedside.errors import DataError

__all__ = ["Source", "csv_rows", "first_line", "read_source"]

_HEAD_BYTES = 8192


@dataclass(frozen=True)
class Source:
    """A file's content.

    Attributes:
        path: the file.
        text: its text, lines ended by LF, without a byte order mark.
        encoding: `utf-8`, `utf-8 with BOM` or `cp1252`.
        sha256: hash of the file's bytes as they are on disk.
    """

    path: Path
    text: str
    encoding: str
    sha256: str


def read_source(path: Path) -> Source:
    """Read a text file, packed by gzip or not.

    Raises:
        DataError: the file cannot be read, unpacked or decoded.
    """
    try:
        data = path.read_bytes()
        raw = gzip.decompress(data) if path.suffix == ".gz" else data
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(f"cannot be read: {error}", file=path, fix="copy the file again") from error
    text, encoding = _decode(raw, path)
    return Source(path, text.replace("\r\n", "\n"), encoding, hashlib.sha256(data).hexdigest())


def first_line(path: Path) -> str:
    """Return a file's first line that is not empty, decoded as far as it can be; "" where there is none."""
    try:
        with gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb") as file:
            head = file.read(_HEAD_BYTES)
    except (OSError, EOFError, zlib.error):
        return ""
    lines = head.decode("utf-8-sig", errors="replace").splitlines()
    return next((line.strip() for line in lines if line.strip()), "")


def csv_rows(source: Source) -> Iterator[tuple[int, list[str]]]:
    """Yield the fields of each row with the number of its line, the header first.

    Raises:
        DataError: a row has more or fewer fields than the header (a decimal comma does that), or a quotation
            mark is not closed.
    """
    rows = csv.reader(source.text.rstrip("\n").split("\n"), strict=True)
    line, width = 1, 0
    try:
        for fields in rows:
            width = width or len(fields)
            if len(fields) != width:
                raise DataError(
                    f"{len(fields)} fields where the header has {width}",
                    file=source.path,
                    line=line,
                    fix="export the file again; decimals need a point, fields a comma between them",
                )
            yield line, fields
            line = rows.line_num + 1
    except csv.Error as error:
        raise DataError(
            f"cannot be read as CSV: {error}",
            file=source.path,
            line=line,
            fix="close every quotation mark and end every line by a newline",
        ) from error


def _decode(raw: bytes, path: Path) -> tuple[str, str]:
    try:
        if raw.startswith(b"\xef\xbb\xbf"):
            return raw.decode("utf-8-sig"), "utf-8 with BOM"
        return raw.decode("utf-8"), "utf-8"
    except UnicodeDecodeError:
        pass
    try:
        return raw.decode("cp1252"), "cp1252"
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise DataError(
            f"unreadable byte 0x{raw[error.start]:02X}; the file is neither UTF-8 nor Windows-1252",
            file=path,
            line=line,
            fix="save the file as UTF-8",
        ) from error
