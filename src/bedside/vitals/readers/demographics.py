"""Read what is known of wearable subjects: `subjects_info.json` and `population.csv`.

Only what stands there is taken. A field on which two files disagree is left out, and that is noted.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bedside.errors import DataError
from bedside.vitals.readers.text import Source, csv_rows, read_source

__all__ = ["FILE_NAMES", "Demographics", "read_demographics"]

_JSON_NAME, _CSV_NAME = "subjects_info.json", "population.csv"
FILE_NAMES = frozenset({_JSON_NAME, _CSV_NAME})
_JSON_FIELDS = {
    "age_years": "age_years",
    "gender": "sex",
    "length_cm": "height_cm",
    "weight_kg": "weight_kg",
}
_CSV_FIELDS = {
    "Age [yr]": "age_years",
    "Gender [M=male F=female]": "sex",
    "Length [cm]": "height_cm",
    "Weight [kg]": "weight_kg",
}
_CSV_SUBJECT = "Subject code number"
_SEX = {"F": "female", "M": "male"}


@dataclass(frozen=True)
class Demographics:
    """What is known by subject, and notes on what was contradictory."""

    by_subject: Mapping[str, dict[str, str | float]]
    notes: tuple[str, ...]


def read_demographics(paths: Sequence[Path]) -> Demographics:
    """Read and merge the demographics files at `paths`.

    Raises:
        DataError: a file is not of its documented form or a value is no number.
    """
    merged: dict[str, dict[str, str | float]] = {}
    disputed: set[tuple[str, str]] = set()
    for path in paths:
        source = read_source(path)
        rows = _json_rows(source) if path.name == _JSON_NAME else _csv_rows(source)
        for subject, known in rows.items():
            before = merged.setdefault(subject, {})
            disputed |= {(subject, name) for name in known if before.get(name, known[name]) != known[name]}
            merged[subject] = {**known, **before}
    for subject, name in disputed:
        del merged[subject][name]
    notes = tuple(f"subject {subject}: the files disagree on {name}" for subject, name in sorted(disputed))
    return Demographics(merged, notes)


def _json_rows(source: Source) -> dict[str, dict[str, str | float]]:
    try:
        rows = json.loads(source.text)
        return {str(row["subject_code"]): _fields(source, row, _JSON_FIELDS, None) for row in rows}
    except (json.JSONDecodeError, KeyError, TypeError) as error:
        raise DataError(
            f"not a list of subjects with 'subject_code': {error!r}",
            file=source.path,
            fix='write [{"subject_code": 903, "age_years": 10, "gender": "F"}, …]',
        ) from error


def _csv_rows(source: Source) -> dict[str, dict[str, str | float]]:
    (_, header), *lines = csv_rows(source)
    if _CSV_SUBJECT not in header:
        raise DataError(
            f"no column {_CSV_SUBJECT!r}",
            file=source.path,
            line=1,
            fix="separate the columns by commas and name the one with the subjects so",
        )
    rows = [(number, dict(zip(header, fields, strict=True))) for number, fields in lines]
    return {row[_CSV_SUBJECT]: _fields(source, row, _CSV_FIELDS, number) for number, row in rows}


def _fields(
    source: Source, row: Mapping[str, object], names: Mapping[str, str], line: int | None
) -> dict[str, str | float]:
    """Take the known fields of one subject; an empty cell is unknown."""
    result: dict[str, str | float] = {}
    for column, name in names.items():
        value = row.get(column)
        if value is None or value == "":
            continue
        try:
            result[name] = _SEX[str(value)] if name == "sex" else float(str(value))
        except (KeyError, ValueError) as error:
            expected = "F or M" if name == "sex" else "a number"
            raise DataError(
                f"{column}: {value!r} where {expected} must stand",
                file=source.path,
                line=line,
                fix="correct the value, or leave it empty where it is not known",
            ) from error
    return result
