"""The text of PDF pages, as far as the file holds text; nothing is recognised in pictures."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from bedside import extras
from bedside.errors import DataError

if TYPE_CHECKING:
    from pypdf import PdfReader

__all__ = ["is_pdf", "page_count", "page_texts"]


def is_pdf(path: Path) -> bool:
    """Tell by its first bytes whether a file is a PDF."""
    with path.open("rb") as file:
        return b"%PDF-" in file.read(1024)


def page_count(path: Path) -> int:
    """Count the pages.

    Raises:
        DataError: the file is damaged, or locked with a password.
        MissingExtraError: pypdf is not installed.
    """
    reader = _opened(path)
    try:
        return len(reader.pages)
    except Exception as error:  # a damaged file makes pypdf raise errors of any kind
        raise _damaged(path, error) from error


def page_texts(path: Path, first: int, stop: int) -> Iterator[tuple[int, str | DataError]]:
    """Yield pages `first` to `stop` - 1 (from 1), each with its text or why there is none.

    Raises:
        DataError: as `page_count` does.
    """
    reader = _opened(path)
    for page in range(first, stop):
        try:
            text = reader.pages[page - 1].extract_text().strip()
        except Exception as error:  # noqa: BLE001 — a damaged page makes pypdf raise errors of any kind
            yield page, DataError("the page is damaged", fix=f"{type(error).__name__}: {error!s:.120}")
            continue
        scanned = DataError(
            "the page holds no text", fix="if it is a scan, put it through text recognition (OCR)"
        )
        yield page, text or scanned


def _opened(path: Path) -> PdfReader:
    pypdf = extras.require("pypdf", extra="documents", purpose="reading PDF")
    logging.getLogger("pypdf").setLevel(logging.CRITICAL)  # it repairs much, and would print a line each time
    try:
        reader: PdfReader = pypdf.PdfReader(path)
        locked = reader.is_encrypted and not reader.decrypt("")
    except Exception as error:  # the same
        raise _damaged(path, error) from error
    if locked:
        raise DataError("the PDF is locked with a password", file=path, fix="save it without a password")
    return reader


def _damaged(path: Path, error: Exception) -> DataError:
    return DataError(
        "the PDF is damaged",
        file=path,
        fix=f"{type(error).__name__}: {error!s:.120}; download the file again",
    )
