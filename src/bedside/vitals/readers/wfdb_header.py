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

__all__ = ["WfdbHeader", "no_heart_rate", "read_wfdb_header"]

_AGE = re.compile(
    r"\bage>?\s*[:=]?\s*(>\s*)?(\d+(?:\.\d+)?)\s*(\+)?\s*((?:year|month|week|day)s?\b)?", re.IGNORECASE
)
_SEX = re.compile(r"\b(?:sex|gender)>?\s*[:=]?\s*(male|female|m|f)\b", re.IGNORECASE)
_SEXES = {"m": "male", "f": "female"}
_RECORD = re.compile(
    r"[-\w]+(/\d+)?\s+\d+(\s+(?P<rate>(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?)(/\S*)?(\s.*)?)?", re.ASCII
)
_FILE_NAME = re.compile(r"[-\w.~]{1,200}", re.ASCII)
"""What the `wfdb` package takes for the name of a file; none leads out of the header's folder."""
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
        parts: files that belong to it: signal files, and the headers and signal files of its segments.
        demographics: what its comments tell of the subject: `age_years` or `age_over_years`, and `sex`.
    """

    path: Path
    sampling_rate: str
    signals: tuple[str, ...]
    segments: tuple[str, ...]
    parts: tuple[Path, ...]
    demographics: dict[str, str | float]


def read_wfdb_header(path: Path) -> WfdbHeader:
    """Read a header and those of its segments.

    Raises:
        DataError: it is no WFDB header, or names a file outside its folder.
    """
    record, lines, comments = _lines(path)
    segments: tuple[str, ...] = ()
    below: list[Path] = []
    if "/" in record[0].split()[0]:
        segments = tuple(line[0] for line in lines if line[0] != "~")
        below = [_beside(path, f"{name}.hea") for name in segments]
        lines = [line for header in below if header.is_file() for line in _lines(header)[1]]
    parts = dict.fromkeys([*below, *(_beside(path, line[0]) for line in lines)])
    return WfdbHeader(
        path=path,
        sampling_rate=record["rate"] or "",
        signals=tuple(dict.fromkeys(line[8].strip() for line in lines if len(line) == 9)),
        segments=segments,
        parts=tuple(part for part in parts if part != path and part.is_file()),
        demographics=_demographics(" ".join(comments)),
    )


def no_heart_rate(header: WfdbHeader) -> DataError:
    """Word what is wrong with a record that names no heart rate."""
    return DataError(
        f"no heart rate (signal HR); the record has {', '.join(header.signals) or 'no named signal'}",
        file=header.path,
        fix="give the record that holds the heart rate too",
    )


def _beside(path: Path, name: str) -> Path:
    if _FILE_NAME.fullmatch(name) is None:
        raise DataError(
            f"{name[:60]!r} is no name of a file beside the header", file=path, fix="copy the header again"
        )
    return path.parent / name


def _lines(path: Path) -> tuple[re.Match[str], list[list[str]], list[str]]:
    """Return a header's record line, the fields of its other lines, and its comments."""
    try:
        text = path.read_text(encoding="latin-1")
    except OSError as error:
        raise DataError(f"cannot be read: {error}", file=path, fix="copy the file again") from error
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    fields = [line for line in lines if not line.startswith("#")]
    record = _RECORD.fullmatch(fields[0]) if fields else None
    if record is None:
        raise DataError(
            "does not begin with the record line of a WFDB header",
            file=path,
            line=1,
            fix="write `NAME SIGNALS RATE SAMPLES` first, as in `3618048n 22 0.0166666 1520`",
        )
    return (
        record,
        [line.split(None, 8) for line in fields[1:]],
        [line for line in lines if line.startswith("#")],
    )


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
