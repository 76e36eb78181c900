"""WFDB headers whose comments name diagnoses (`# Dx: 426783006,55930002`), as the Challenge 2021 wrote them.

Knows what the comments are called; what a SNOMED CT code means stands in `bedside.ecg.statements`.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import polars as pl

from bedside.dataset.ecg.demographics import age_in_years, sex_of
from bedside.ecg.readers.wfdb_header import read_header

__all__ = ["HeaderFacts", "has_diagnoses", "header_facts", "listed"]

_DIAGNOSES = re.compile(rb"^#\s*dx\s*:", re.IGNORECASE | re.MULTILINE)
_LONGEST_HEADER = 1 << 16


@dataclass(frozen=True)
class HeaderFacts:
    """What the comments of a header say.

    Attributes:
        codes: diagnoses, each once, in the order written.
        age_years, sex: of the patient, where known.
    """

    codes: tuple[str, ...]
    age_years: float | None
    sex: Literal["female", "male"] | None


def has_diagnoses(root: Path) -> bool:
    """Tell whether any header below `root` names diagnoses."""
    return any(_DIAGNOSES.search(_beginning(path)) for path in _headers(root))


def listed(root: Path) -> pl.DataFrame:
    """List the headers below `root`: `path`, and `record`, its stem (or all of it where stems repeat)."""
    paths = [path.relative_to(root).as_posix() for path in _headers(root)]
    frame = pl.DataFrame({"path": paths}, schema={"path": pl.String})
    whole = pl.col("path").str.strip_suffix(".hea")
    stem = whole.str.split("/").list.last()
    return frame.select(pl.when(stem.is_duplicated()).then(whole).otherwise(stem).alias("record"), "path")


def header_facts(path: Path) -> HeaderFacts:
    """Read the comments of a header.

    Raises:
        DataError: it is no WFDB header.
    """
    said: dict[str, str] = {}
    for comment in read_header(path).comments:
        name, colon, value = comment.partition(":")
        if colon:
            said.setdefault(name.strip().casefold(), value.strip())
    codes = (code.strip() for code in re.split(r"[,;\s]+", said.get("dx", "")))
    return HeaderFacts(
        codes=tuple(dict.fromkeys(code for code in codes if code and code.casefold() != "unknown")),
        age_years=age_in_years(said.get("age")),
        sex=sex_of(said.get("sex")),
    )


def _beginning(path: Path) -> bytes:
    """Return the first bytes of a file; none where it cannot be read, which reading the record will tell."""
    try:
        with path.open("rb") as file:
            return file.read(_LONGEST_HEADER)
    except OSError:
        return b""


def _headers(root: Path) -> Iterator[Path]:
    """Yield every header below `root` in a stable order, also where folders hold many thousands."""
    for folder, below, files in os.walk(root):
        below.sort()
        yield from (Path(folder, name) for name in sorted(files) if name.endswith(".hea"))
