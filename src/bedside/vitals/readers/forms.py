"""Tell which form of recording a file has, from its first line, and which texts are outputs."""

from __future__ import annotations

import csv
import re
from itertools import chain
from pathlib import Path

from bedside.chat import START_OF_TURN
from bedside.errors import DataError
from bedside.vitals.readers.column_map import ColumnMap
from bedside.vitals.readers.monitor import INDEX_COLUMN
from bedside.vitals.readers.packing import unpacked
from bedside.vitals.readers.recording import Form
from bedside.vitals.readers.wearable_text import HEART_RATE_COLUMN

__all__ = ["columns_absent", "form_of", "is_calibration_text", "is_text_name", "opening"]

_HEAD_BYTES = 65_536
_MONITOR_LINE = re.compile(r"Time: [0-9]+s - ")
_WEARABLE_LINE = re.compile(r"Time: [0-9]{1,2}:[0-9]{2}(:[0-9]{2})? - ")
_TEXT_NAME = re.compile(r"\.(csv|tsv|txt)(\.gz)?$", re.IGNORECASE)
_OUTPUT_OPENINGS = (START_OF_TURN, "<bos>", "Below is a cardiology topic")


def opening(path: Path) -> str:
    """Return a file's first line that is not empty, decoded as far as it can be; "" where there is none.

    Raises:
        DataError: the file cannot be opened or unpacked.
    """
    with unpacked(path) as file:
        head = file.read(_HEAD_BYTES)
    if b"\0" in head:
        what = "is UTF-16" if head.startswith((b"\xff\xfe", b"\xfe\xff")) else "is no text: it holds a byte 0"
        raise DataError(what, file=path, fix="save it as UTF-8")
    try:
        text = head.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = head.removeprefix(b"\xef\xbb\xbf").decode("cp1252", errors="replace")
    return next((line.strip() for line in text.splitlines() if line.strip()), "")


def form_of(first_line: str, column_map: ColumnMap | None) -> Form | None:
    """Return the form of a file that begins with `first_line`; `None` where it is none that bedside knows.

    A header of a known form in which the fields are not separated by commas is that form too, so that its
    reader can say what is wrong with it, unless the column map knows it.
    """
    fields = _fields(first_line, ",")
    mapped = () if column_map is None else column_map.columns
    separator = "," if column_map is None else column_map.separator
    forms: dict[Form, bool] = {
        "monitor csv": INDEX_COLUMN in fields,
        "wearable csv": HEART_RATE_COLUMN in fields,
        "monitor text": _MONITOR_LINE.match(first_line) is not None,
        "wearable text": _WEARABLE_LINE.match(first_line) is not None,
        "generic csv": bool(mapped) and set(mapped) <= set(_fields(first_line, separator)),
    }
    spoilt: dict[Form, bool] = {
        "monitor csv": INDEX_COLUMN in first_line,
        "wearable csv": HEART_RATE_COLUMN in first_line,
    }
    return next((form for form, fits in chain(forms.items(), spoilt.items()) if fits), None)


def columns_absent(first_line: str, column_map: ColumnMap) -> tuple[str, ...]:
    """Return the columns of a column map that a header does not have."""
    found = _fields(first_line, column_map.separator)
    return tuple(name for name in column_map.columns if name not in found)


def is_text_name(name: str) -> bool:
    """Tell whether a file is called as recordings in CSV or text are."""
    return _TEXT_NAME.search(name) is not None


def is_calibration_text(first_line: str) -> bool:
    """Tell whether a file is a calibration text, as bedside and its predecessors write them."""
    return first_line.startswith(_OUTPUT_OPENINGS)


def _fields(line: str, separator: str) -> list[str]:
    return [field.strip() for field in next(csv.reader([line], delimiter=separator), [])]
