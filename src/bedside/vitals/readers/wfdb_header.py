"""Look at a WFDB header: which signals, files and segments a record has, and what it says of the subject.

Enough to find recordings in a folder without the `wfdb` package, which reads the samples. A header's comments
name age and sex in many ways: `# <age>: 65  <sex>: M`, `# Age: 65`, `# age 3 months`. An age that is hidden
(`>89`, `90+`) is a lower bound and no number.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from bedside.errors import DataError

__all__ = ["WfdbHeader", "read_wfdb_header"]

_AGE = re.compile(
    r"\bage>?\s*[:=]?\s*(>\s*)?(\d+(?:\.\d+)?)\s*(\+)?\s*((?:year|month|week|day)s?\b)?", re.IGNORECASE
)
_SEX = re.compile(r"\b(?:sex|gender)>?\s*[:=]?\s*(male|female|m|f)\b", re.IGNORECASE)
_SEXES = {"m": "male", "f": "female"}
_YEARS = {"d": 1 / 365.25, "w": 7 / 365.25, "m": 1 / 12, "y": 1.0}
_OLDEST = 120.0


@dataclass(frozen=True)
class WfdbHeader:
    """A record's header.

    Attributes:
        path: the header.
        sampling_rate: frames per second as the header writes it, `0.0166666`; empty where it does not say.
        signals: names of the signals; of a record in segments those of all of them.
        segments: names of the records it is made of; empty for a record with samples of its own.
        files: files that belong to it, the header first: signal files, and those of its segments.
        demographics: what its comments tell of the subject: `age_years` or `age_over_years`, and `sex`.
    """

    path: Path
    sampling_rate: str
    signals: tuple[str, ...]
    segments: tuple[str, ...]
    files: tuple[Path, ...]
    demographics: dict[str, str | float]


def read_wfdb_header(path: Path) -> WfdbHeader:
    """Read a header and those of its segments.

    Raises:
        DataError: it is no WFDB header.
    """
    lines, comments = _lines(path)
    record = lines[0].split()
    parts = [line.split(None, 8) for line in lines[1:]]
    segments: tuple[str, ...] = ()
    if "/" in record[0]:
        segments = tuple(part[0] for part in parts if part[0] != "~")
        below = [path.with_name(f"{name}.hea") for name in segments]
        inner = [_lines(header)[0][1:] for header in below if header.is_file()]
        files = [*below, *(path.with_name(line.split()[0]) for lines in inner for line in lines)]
        parts = [line.split(None, 8) for lines in inner for line in lines]
    else:
        files = [path.with_name(part[0]) for part in parts]
    return WfdbHeader(
        path=path,
        sampling_rate=re.split(r"[/(]", record[2])[0] if len(record) > 2 else "",
        signals=tuple(dict.fromkeys(part[8].strip() for part in parts if len(part) == 9)),
        segments=segments,
        files=(path, *(file for file in dict.fromkeys(files) if file.is_file())),
        demographics=_demographics(" ".join(comments)),
    )


def _lines(path: Path) -> tuple[list[str], list[str]]:
    """Return a header's lines, the record line first, and its comments."""
    try:
        text = path.read_text(encoding="latin-1")
    except OSError as error:
        raise DataError(f"cannot be read: {error}", file=path, fix="copy the file again") from error
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    fields = [line for line in lines if not line.startswith("#")]
    if not fields or not re.fullmatch(r"[-\w]+(/\d+)?\s+\d+(\s.*)?", fields[0]):
        raise DataError(
            "does not begin with the record line of a WFDB header",
            file=path,
            line=1,
            fix="write `NAME SIGNALS RATE SAMPLES` first, as in `3618048n 22 0.0166666 1520`",
        )
    return fields, [line for line in lines if line.startswith("#")]


def _demographics(comments: str) -> dict[str, str | float]:
    known: dict[str, str | float] = {}
    if age := _AGE.search(comments):
        value = float(age[2])
        years = value * _YEARS[(age[4] or "years")[0].lower()]
        if age[1] or age[3]:
            known["age_over_years"] = value - 1.0 if age[3] else value
        elif years <= _OLDEST:
            known["age_years"] = years
    if sex := _SEX.search(comments):
        known["sex"] = _SEXES[sex[1][0].lower()]
    return known
