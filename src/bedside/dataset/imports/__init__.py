"""Published files of questions and answers, and running text, as examples.

`prepare` unpacks what is compressed, `chunks` cuts a file into pieces, `gather` turns a piece into examples. A
row that cannot be used is dropped with its reason; only a file that cannot be used at all is an error. Knows
nothing about the split.
"""

from __future__ import annotations

from pathlib import Path

from bedside.dataset.gathered import Gathered
from bedside.dataset.imports import rows, text
from bedside.dataset.imports.archives import UNPACKED
from bedside.dataset.imports.config import ImportSource, TextSource

__all__ = ["UNPACKED", "ImportChunk", "ImportSource", "TextSource", "chunks", "gather", "prepare"]

ImportChunk = rows.RowsChunk | text.TextChunk


def prepare[Source: (ImportSource, TextSource)](source: Source, *, folder: Path) -> Source:
    """x"""
