"""Whose a row is, so that rows of one patient never stand on both sides of the split.

The published files do not name the patient, but the path of a picture names data set and record:

| a folder of the path holds | data set         | file name of the picture                          |
|----------------------------|------------------|---------------------------------------------------|
| `mimic`                    | mimic-iv-ecg     | `<study>-<n>.png`, below `p1xxxxxxx`, the patient |
| `ptb`, `ecgqa`             | ptb-xl           | `<ecg_id>_hr-<n>.png`                             |
| `code15`                   | code-15          | `<exam>-<n>.png`                                  |
| `csn`, `chapman`           | chapman-shaoxing | `JS<number>-<n>.png`                              |
| `cpsc`                     | challenge-2021   | `A<number>-<n>.png`                               |
| `g12`, `georgia`           | challenge-2021   | `E<number>-<n>.png`                               |

Data sets, records and patients are called as in `dataset.ecg`, so that files of both kinds join. The subject
is `source/record`, or `source/patient` where a table of the data set tells (`ptbxl_database.csv` of PTB-XL,
`exams.csv` of CODE-15%, `record_list.csv` of MIMIC-IV-ECG). Without the table the split is by record: two
records of one patient may then be parted. Of other pictures the bytes are the subject; of text the question.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import polars as pl

from bedside.errors import DataError

__all__ = ["Record", "patients_in", "question_subject", "record_in", "record_subject"]

_SOURCES = (
    (re.compile(r"(?<![a-z])mimic"), "mimic-iv-ecg", re.compile(r"(\d+)(?=[-_.]|$)")),
    (re.compile(r"(?<![a-z])(?:ptb|ecg[-_]?qa)"), "ptb-xl", re.compile(r"(\d{1,5})(?=[-_.]|$)")),
    (re.compile(r"(?<![a-z])code[-_]?15"), "code-15", re.compile(r"(\d+)(?=[-_.]|$)")),
    (re.compile(r"(?<![a-z])(?:csn|chapman)"), "chapman-shaoxing", re.compile(r"(JS\d+)(?=[-_.]|$)")),
    (re.compile(r"(?<![a-z])cpsc"), "challenge-2021", re.compile(r"(A\d+)(?=[-_.]|$)")),
    (re.compile(r"(?<![a-z])(?:g12|georgia)"), "challenge-2021", re.compile(r"(E\d+)(?=[-_.]|$)")),
)
_MIMIC_PATIENT = re.compile(r"p(1\d{7})")
_TABLES = (
    ("ptb-xl", "ecg_id", "patient_id"),
    ("code-15", "exam_id", "patient_id"),
    ("mimic-iv-ecg", "study_id", "subject_id"),
)
"""Of each data set the columns of its table that name record and patient."""


@dataclass(frozen=True)
class Record:
    """A record of a published data set.

    Attributes:
        source: the data set.
        name: of the record in it; numbers without leading zeros.
        patient: where the path tells.
    """

    source: str
    name: str
    patient: str | None = None


def record_in(path: str) -> Record | None:
    """Return the record that the path of a picture names, `None` where it names none that is known."""
    *folders, file = PurePosixPath(path).parts or ("",)
    for folder in folders:
        for pattern, source, grammar in _SOURCES:
            if not pattern.search(folder.lower()):
                continue
            found = grammar.match(file)
            patient = next((m.group(1) for part in folders if (m := _MIMIC_PATIENT.fullmatch(part))), None)
            return Record(source, _plain(found.group(1)), patient) if found else None
    return None


def record_subject(record: Record, patients: Mapping[tuple[str, str], str]) -> str:
    """Return the subject of a record, given the patients of records by source and name."""
    patient = patients.get((record.source, record.name)) or record.patient
    return f"{record.source}/{patient or record.name}"


def question_subject(question: str) -> str:
    """Return the subject of a question without a picture: the same for the same words."""
    words = re.sub(r"\W+", " ", unicodedata.normalize("NFKC", question).casefold()).strip()
    return f"question/{hashlib.sha256(words.encode()).hexdigest()[:16]}"


def patients_in(tables: Iterable[Path], wanted: Iterable[Record]) -> dict[tuple[str, str], str]:
    """Read from tables of the data sets whose the `wanted` records are.

    Raises:
        DataError: a table cannot be read, or has not the columns of one that is known.
    """
    names = {
        source: {record.name for record in wanted if record.source == source} for _, source, _ in _SOURCES
    }
    patients: dict[tuple[str, str], str] = {}
    for table in tables:
        source, rows = _table(table)
        known = rows.filter(pl.col("record").is_in(sorted(names[source]))).drop_nulls()
        patients |= {(source, record): patient for record, patient in known.iter_rows()}
    return patients


def _table(path: Path) -> tuple[str, pl.DataFrame]:
    try:
        columns = pl.scan_csv(path, infer_schema=False).collect_schema().names()
        for source, record, patient in _TABLES:
            if record in columns and patient in columns:
                rows = pl.scan_csv(path, infer_schema=False).select(record=record, patient=patient)
                plain = rows.select(pl.all().str.strip_chars().str.replace(r"\.0$", ""))
                return source, plain.with_columns(pl.col("record").str.strip_chars_start("0")).collect()
    except (pl.exceptions.PolarsError, OSError) as error:
        raise DataError(
            f"cannot be read as a table: {str(error).splitlines()[0]}", file=path, fix="give a CSV file"
        ) from error
    pairs = "; ".join(f"{record} and {patient} ({source})" for source, record, patient in _TABLES)
    raise DataError("the table does not tell whose the records are", file=path, fix=f"it needs {pairs}")


def _plain(name: str) -> str:
    return name.lstrip("0") or "0" if name.isdigit() else name
