"""Records as the PhysioNet/CinC Challenge 2021 published them: WFDB headers with SNOMED CT codes.

The Challenge gives every record a name and no patient, so each is taken as a patient of its own. That is not
so in PTB-XL, whose records are `HR…` here (the number is the ecg_id): a `labels.csv` in the folder can name
patients. Its columns: `record`, and any of `patient_id`, `strat_fold` (1 to 8 train, 9 validation, 10 test),
`report_en`. Records `HR…` and `JS…` have the subjects that they have in PTB-XL and Chapman-Shaoxing, so that
the sets can be used together.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import polars as pl

from bedside.dataset.ecg.codes import assessed_rhythms, snomed_codes
from bedside.dataset.ecg.facts import EcgFacts, KnownCode
from bedside.dataset.ecg.folds import split_of
from bedside.dataset.ecg.headers import header_facts, listed
from bedside.dataset.ecg.report_text import english_report
from bedside.dataset.ecg.tables import Table, facts_of_each, first_of, read_table
from bedside.dataset.gathered import Dropped

__all__ = ["facts", "rows"]

SOURCE = "challenge-2021"
LICENCE = "CC BY 4.0 (as published)"
LABELS = "labels.csv"
_OF_LABELS = ("patient_id", "strat_fold", "report_en")
_HOME = {"HR": "ptb-xl", "JS": "chapman-shaoxing"}


def rows(root: Path) -> Table:
    """List the headers, with what `labels.csv` says of them where there is one.

    Raises:
        DataError: `labels.csv` cannot be read or has no column `record`.
    """
    records = listed(root)
    if not (root / LABELS).is_file():
        return Table(records.with_columns(pl.lit(None, pl.String).alias(it) for it in _OF_LABELS))
    labels = first_of(read_table(root / LABELS, ("record",), optional=_OF_LABELS), "record", file=LABELS)
    return Table(records.join(labels.frame, on="record", how="left", maintain_order="left"), labels.dropped)


def facts(some: pl.DataFrame, root: Path) -> Iterator[EcgFacts | Dropped]:
    """Yield what the headers say of each record of `some` rows, and what of it is not used."""
    return facts_of_each(some, partial(_record, root=root), name="record {record}")


def _record(row: Mapping[str, Any], root: Path) -> Iterator[EcgFacts | Dropped]:
    """Yield the facts of one record.

    Raises:
        DataError: its header cannot be read, or its fold is none.
    """
    name = row["record"]
    said = header_facts(root / row["path"])
    known = list(snomed_codes(said.codes, where=f"{row['path']}, Dx"))
    codes = tuple(it for it in known if isinstance(it, KnownCode))
    report, remarks = english_report(row["report_en"], name=f"record {name}", said_to_be_english=True)
    yield from (it for it in known if isinstance(it, Dropped))
    yield from remarks
    yield EcgFacts(
        source=SOURCE,
        record_name=name,
        subject_id=_subject(name, row["patient_id"]),
        location=str(root / row["path"]),
        codes=codes,
        assessed=assessed_rhythms(codes),
        report=report,
        report_evidence=f"{LABELS}, record {name}, report_en" if report else "",
        stated=row["report_en"] or "",
        age_years=said.age_years,
        sex=said.sex,
        split=split_of(row["strat_fold"]),
        licence=LICENCE,
    )


def _subject(record: str, patient: str | None) -> str:
    home = _HOME.get(record[:2]) if record[2:].isdecimal() else None
    if patient is not None:
        return f"{home or SOURCE}/{patient.removesuffix('.0')}"
    return f"{home}/{record}" if home == "chapman-shaoxing" else f"{SOURCE}/{record}"
