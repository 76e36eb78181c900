"""Folders of ECG files of any origin, without labels: nothing can be asked about them, and each is listed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import polars as pl

from bedside.dataset.ecg.facts import EcgFacts
from bedside.dataset.ecg.tables import Table
from bedside.dataset.gathered import Dropped

__all__ = ["SUFFIXES", "facts", "rows"]

SUFFIXES = (".hea", ".hdf5", ".h5", ".dcm", ".csv")


def rows(root: Path) -> Table:
    """List the files below `root` that may hold an ECG."""
    paths = sorted(it.relative_to(root).as_posix() for it in root.rglob("*") if it.suffix.lower() in SUFFIXES)
    return Table(pl.DataFrame({"path": paths}, schema={"path": pl.String}))


def facts(some: pl.DataFrame, _root: Path) -> Iterator[EcgFacts | Dropped]:
    """Yield that nothing is known of each record."""
    for path in some["path"]:
        yield Dropped(
            path,
            "no label, report or measurement is known of it",
            "give the folder as its data set was published, or add # Dx: comments with SNOMED CT codes",
        )
