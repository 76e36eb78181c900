"""Published files of questions and answers, and running text, as examples.

`prepare` unpacks what is compressed, `chunks` cuts a file into pieces, `gather` turns a piece into examples.
A row that cannot be used is dropped with its reason; only a file that cannot be used at all is an error.
Knows nothing about the split.
"""

from __future__ import annotations

from pathlib import Path

from bedside.dataset.gathered import Gathered
from bedside.dataset.imports import rows, text
from bedside.dataset.imports.archives import UNPACKED
from bedside.dataset.imports.config import ImportSource, TextSource
from bedside.dataset.imports.rows import RowsChunk
from bedside.dataset.imports.text import TextChunk

__all__ = ["UNPACKED", "ImportChunk", "ImportSource", "TextSource", "chunks", "gather", "prepare"]

ImportChunk = RowsChunk | TextChunk


def prepare(source: ImportSource | TextSource, *, folder: Path) -> ImportSource | TextSource:
    """Unpack what is compressed below `folder/unpacked`, once; return the source as `chunks` wants it.

    Raises:
        DataError: a file does not exist, or is damaged.
    """
    if isinstance(source, ImportSource):
        return rows.prepare(source, folder=folder)
    return text.prepare(source, folder=folder)


def chunks(source: ImportSource | TextSource) -> tuple[ImportChunk, ...]:
    """Cut a prepared source into pieces, the same every time.

    Raises:
        DataError: it cannot be read, or holds nothing that can be used.
    """
    return rows.chunks(source) if isinstance(source, ImportSource) else text.chunks(source)


def gather(chunk: ImportChunk, *, folder: Path) -> Gathered:
    """Turn one piece into examples; pictures are written to `folder/images`.

    Raises:
        DataError: the piece as a whole cannot be read.
    """
    return rows.gather(chunk, folder=folder) if isinstance(chunk, RowsChunk) else text.gather(chunk)
