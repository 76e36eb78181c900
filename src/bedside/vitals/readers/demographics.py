"""Read what is known of subjects: `subjects_info.json` and `population.csv`.

Only what stands there is taken; an empty cell is unknown, and other columns (pumps, HbA1c with its
zero-padded months) are left aside: no illness is concluded from them. A field on which two entries disagree
is left out, and that is noted.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bedside.errors import DataError
from bedside.vitals.readers.blocks import open_lines
from bedside.vitals.readers.stream import Tally

__all__ = ["FILE_NAMES", "Demographics", "Known", "merged", "missing", "read_demographics"]

_JSON_NAME, _CSV_NAME = "subjects_info.json", "population.csv"
FILE_NAMES = frozenset({_JSON_NAME, _CSV_NAME})
_JSON_SUBJECT = "subject_code"
_JSON_FIELDS = {
    "age_years": "age_years",
    "gender": "sex",
    "length_cm": "height_cm",
    "weight_kg": "weight_kg",
}
_CSV_SUBJECT = "Subject code number"
_CSV_FIELDS = {
    "Age [yr]": "age_years",
    "Gender [M=male F=female]": "sex",
    "Length [cm]": "height_cm",
    "Weight [kg]": "weight_kg",
}
_SEX = {"F": "female", "M": "male"}
_POSSIBLE = {"age_years": (0.0, 120.0), "height_cm": (20.0, 260.0), "weight_kg": (0.2, 500.0)}

Known = dict[str, str | float]


@dataclass(frozen=True)
class Demographics:
    """What is known by subject, and notes on what was contradictory."""

    by_subject: Mapping[str, Known]
    notes: tuple[str, ...]


@dataclass(frozen=True)
class _Entry:
    """One subject in one file."""

    subject_id: str
    known: Known


def read_demographics(paths: Sequence[Path]) -> Demographics:
    """Read and merge the demographics files at `paths`; subjects keep the order of `subjects_info.json`.

    Raises:
        DataError: a file is not of its documented form, or a value is none that can be.
    """
    by_subject: dict[str, list[Known]] = {}
    for path in sorted(paths, key=lambda path: path.name != _JSON_NAME):
        for entry in _json_entries(path) if path.name == _JSON_NAME else _csv_entries(path):
            by_subject.setdefault(entry.subject_id, []).append(entry.known)
    notes: list[str] = []
    agreed: dict[str, Known] = {}
    for subject_id, entries in by_subject.items():
        agreed[subject_id], disputed = merged(entries)
        notes += [
            f"subject {subject_id}: the files disagree on {name}, which is left out" for name in disputed
        ]
    return Demographics(agreed, tuple(notes))


def merged(entries: Sequence[Mapping[str, str | float]]) -> tuple[Known, tuple[str, ...]]:
    """Return the fields on which all entries that have them agree, and the names of the others."""
    names = list(dict.fromkeys(name for entry in entries for name in entry))
    values = {name: {entry[name] for entry in entries if name in entry} for name in names}
    agreed = {name: next(iter(found)) for name, found in values.items() if len(found) == 1}
    return agreed, tuple(name for name, found in values.items() if len(found) > 1)


def missing(known: Mapping[str, str | float]) -> str:
    """Say in words which fields are not known of a subject; "" where all are."""
    absent = [name for name in ("age_years", "sex", "height_cm", "weight_kg") if name not in known]
    if len(absent) == 4:
        return "no demographics"
    return f"no {', '.join(absent)}" if absent else ""


def _lines(path: Path) -> list[str]:
    return [line for _, block in open_lines(path, tally=Tally()) for line in block]


def _json_entries(path: Path) -> list[_Entry]:
    try:
        rows = json.loads("\n".join(_lines(path)))
        return [_Entry(str(row[_JSON_SUBJECT]), _fields(path, row, _JSON_FIELDS, None)) for row in rows]
    except (ValueError, RecursionError, KeyError, TypeError) as error:
        raise DataError(
            f"not a list of subjects with {_JSON_SUBJECT!r}: {error!r}",
            file=path,
            fix='write [{"subject_code": 903, "age_years": 10, "gender": "F"}, …]',
        ) from error


def _csv_entries(path: Path) -> Iterator[_Entry]:
    lines = _lines(path)
    header = next(_csv_rows(lines[:1], path), [])
    if _CSV_SUBJECT not in header:
        raise DataError(
            f"no column {_CSV_SUBJECT!r}",
            file=path,
            line=1,
            fix="separate the columns by commas and name the one with the subjects so",
        )
    for line, fields in enumerate(_csv_rows(lines[1:], path), start=2):
        if not fields:
            continue
        if len(fields) != len(header):
            raise DataError(
                f"{len(fields)} fields where the header has {len(header)}",
                file=path,
                line=line,
                fix="decimals need a point, fields a comma between them",
            )
        row = dict(zip(header, fields, strict=True))
        yield _Entry(row[_CSV_SUBJECT].strip(), _fields(path, row, _CSV_FIELDS, line))


def _csv_rows(lines: list[str], path: Path) -> Iterator[list[str]]:
    try:
        yield from csv.reader(lines)
    except csv.Error as error:
        raise DataError(
            f"cannot be read as CSV: {error}", file=path, fix="close every quotation mark that is opened"
        ) from error


def _fields(path: Path, row: Mapping[str, object], names: Mapping[str, str], line: int | None) -> Known:
    """Take the known fields of one subject; an empty cell is unknown."""
    result: Known = {}
    for column, name in names.items():
        text = "" if row.get(column) is None else str(row[column]).strip()
        if not text:
            continue
        try:
            result[name] = _SEX[text] if name == "sex" else _possible(name, float(text))
        except (KeyError, ValueError) as error:
            low, high = _POSSIBLE.get(name, (0.0, 0.0))
            expected = "F or M" if name == "sex" else f"a number from {low:g} to {high:g}"
            raise DataError(
                f"{column}: {text!r} where {expected} must stand",
                file=path,
                line=line,
                fix="correct the value, or leave it empty where it is not known",
            ) from error
    return result


def _possible(name: str, value: float) -> float:
    low, high = _POSSIBLE[name]
    if not low <= value <= high:
        raise ValueError(name)
    return value
