"""Recognise which published data set a folder holds, by the names of its tables.

Knows the layouts' outer signs only; what the tables say is read by the module of each data set.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from bedside.dataset.ecg.headers import has_diagnoses
from bedside.dataset.ecg.plain import SUFFIXES
from bedside.errors import DataError

__all__ = ["Database", "EcgFolder", "recognise"]

Database = Literal[
    "ptb-xl", "code-15", "chapman-shaoxing", "mimic-iv-ecg", "challenge-2021", "synthetic", "wfdb"
]
_SIGNS: tuple[tuple[str, Database], ...] = (
    ("ptbxl_database.csv", "ptb-xl"),
    ("record_list.csv", "mimic-iv-ecg"),
    ("exams.csv", "code-15"),
    ("ConditionNames_SNOMED-CT.csv", "chapman-shaoxing"),
    ("WFDBRecords", "chapman-shaoxing"),
    ("Diagnostics.csv", "chapman-shaoxing"),
    ("Diagnostics.xlsx", "chapman-shaoxing"),
    ("truth.jsonl", "synthetic"),
)

FIX = "give the folder that holds ptbxl_database.csv, exams.csv, record_list.csv, WFDBRecords or WFDB headers"


@dataclass(frozen=True)
class EcgFolder:
    """A data set and the folder that its tables and paths are relative to."""

    database: Database
    root: Path


def recognise(path: Path) -> EcgFolder:
    """Tell what `path` holds: a data set, itself or in one of its subfolders, or ECG files of any origin.

    Raises:
        DataError: it is no folder, holds no ECG, or several data sets.
    """
    if not path.is_dir():
        raise DataError("is not a folder", file=path, fix=FIX)
    root = _unwrapped(path)
    if database := _signed(root):
        return EcgFolder(database, root)
    below = [
        EcgFolder(database, folder)
        for folder in sorted(root.iterdir())
        if folder.is_dir() and (database := _signed(folder))
    ]
    if len(below) > 1:
        names = ", ".join(f"{it.root.name} ({it.database})" for it in below)
        raise DataError(
            f"holds several data sets: {names}", file=path, fix="give each as a source of its own"
        )
    if below:
        return below[0]
    if has_diagnoses(path):
        return EcgFolder("challenge-2021", path)
    if not any(file.suffix.lower() in SUFFIXES for file in path.rglob("*")):
        raise DataError("holds no ECG", file=path, fix=FIX)
    return EcgFolder("wfdb", path)


def _unwrapped(path: Path) -> Path:
    """Go down as long as there is nothing but one folder, as a download tool or an archive wraps it."""
    while not _signed(path):
        entries = list(path.iterdir())
        if len(entries) != 1 or not entries[0].is_dir():
            break
        path = entries[0]
    return path


def _signed(folder: Path) -> Database | None:
    return next((database for name, database in _SIGNS if (folder / name).exists()), None)
