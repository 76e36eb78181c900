"""Running text as examples: files of text, rows with a field `text`, and pages of PDF.

Every piece keeps where it stands: its id is `file#part-piece`, where the part is the page of a PDF, the row or
line, or the part of a text file (from 1). Headers and footers stay as they are. A page without text, such as a
scanned one, is dropped with its reason. What the text says, this does not know.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from bedside.dataset.gathered import Dropped, Gathered
from bedside.dataset.imports.archives import UNPACKED, is_gzip, unpack
from bedside.dataset.imports.config import TextSource
from bedside.dataset.imports.cutting import cut
from bedside.dataset.imports.pdf import is_pdf, page_count, page_texts
from bedside.dataset.imports.pieces import Piece, layout_of, pieces_of, rows_of
from bedside.errors import DataError
from bedside.examples import Evidence, Example

__all__ = ["TextChunk", "chunks", "gather", "prepare"]

_PAGES = 50
_TEXT_BYTES = 1 << 20
