"""Read a small text file whole, packed or not, in whichever encoding it is written."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from bedside.vitals.readers.decoding import open_blocks
from bedside.vitals.readers.stream import Tally

__all__ = ["Source", "read_source"]


@dataclass(frozen=True)
class Source:
    """A file's content.

    Attributes:
        path: the file.
        text: its text without byte order mark, every line ended by LF; empty lines at both ends left out.
        encoding: `utf-8`, `utf-8 with BOM` or `cp1252`.
    """

    path: Path
    text: str
    encoding: str


def read_source(path: Path) -> Source:
    """Read a text file.

    Raises:
        DataError: the file cannot be read, unpacked or decoded, or is empty.
    """
    tally = Tally()
    text = b"".join(block.data for block in open_blocks(path, tally=tally)).decode()
    return Source(path, text, tally.encoding)
