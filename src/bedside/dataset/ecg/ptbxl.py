"""PTB-XL 1.0.3 (PhysioNet): 21 799 ECGs of 18 869 patients with SCP statements, reports and folds.

`ptbxl_database.csv` is read. Every statement that it lists counts as present, whatever its likelihood, as in
the benchmark of its authors; the likelihood is passed on (0 means that none was stated). What is not listed
is absent only where that is safe to say, see `codes.assessed_scp`. Reports are German, English and Swedish;
only English ones are used, or translations: a column `report_en`, or a `reports_en.csv` or `reports_en.jsonl`
beside the table with `ecg_id` and `report_en`. Ages over 89 are published as 300, which is read as not known.
"""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any, Literal

import polars as pl

from bedside.dataset.ecg.codes import assessed_scp, scp_codes
from bedside.dataset.ecg.demographics import age_in_years
from bedside.dataset.ecg.facts import EcgFacts, KnownCode
from bedside.dataset.ecg.folds import split_of
from bedside.dataset.ecg.paths import ABSENT, header_of
from bedside.dataset.ecg.report_text import english_report
from bedside.dataset.ecg.tables import Table, facts_of_each, first_of, read_table
from bedside.dataset.gathered import Dropped
from bedside.errors import DataError

__all__ = ["facts", "rows"]

SOURCE = "ptb-xl"
LICENCE = "CC BY 4.0 (as published)"
DATABASE = "ptbxl_database.csv"
TRANSLATIONS = ("reports_en.csv", "reports_en.jsonl")
_NEEDED = ("ecg_id", "patient_id", "scp_codes", "strat_fold")
_OTHERS = ("age", "sex", "report", "report_en", "filename_lr", "filename_hr")
_SEX: Mapping[str, Literal["female", "male"]] = {"0": "male", "1": "female"}
_LONGEST_CODES = 10_000


def rows(root: Path, *, rate: Literal["hr", "lr"]) -> Table:
    """Read the table, with translations of its reports where there are any.

    Adds `translated_in`, the file that `report_en` stands in, and `first` and `second`, its signal files.

    Args:
        root: the folder of the table.
        rate: which of the two signal files is preferred.

    Raises:
        DataError: a table cannot be read or lacks a column.
    """
    database = first_of(read_table(root / DATABASE, _NEEDED, optional=_OTHERS), "ecg_id", file=DATABASE)
    other = "lr" if rate == "hr" else "hr"
    frame = database.frame.with_columns(
        pl.lit(DATABASE).alias("translated_in"),
        pl.col(f"filename_{rate}").alias("first"),
        pl.col(f"filename_{other}").alias("second"),
    )
    found = next((root / name for name in TRANSLATIONS if (root / name).is_file()), None)
    if found is None:
        return Table(frame, database.dropped)
    read = _json_lines(found) if found.suffix == ".jsonl" else read_table(found, ("ecg_id", "report_en"))
    translations = first_of(read, "ecg_id", file=found.name)
    frame = frame.drop("report_en", "translated_in").join(
        translations.frame, on="ecg_id", how="left", maintain_order="left"
    )
    return Table(
        frame.with_columns(pl.lit(found.name).alias("translated_in")), database.dropped + translations.dropped
    )


def facts(some: pl.DataFrame, root: Path) -> Iterator[EcgFacts | Dropped]:
    """Yield what the table says of each record of `some` rows, and what of it is not used."""
    return facts_of_each(some, partial(_record, root=root), name="ecg_id {ecg_id}")


def _record(row: Mapping[str, Any], root: Path) -> Iterator[EcgFacts | Dropped]:
    """Yield the facts of one record.

    Raises:
        DataError: the record cannot be used.
    """
    name = f"ecg_id {row['ecg_id']}"
    if row["patient_id"] is None:
        raise DataError("has no patient_id")
    header = header_of(root, row["first"]) or header_of(root, row["second"])
    if header is None:
        raise DataError(ABSENT)
    known = list(scp_codes(_likelihoods(row["scp_codes"]), where=f"{DATABASE}, {name}, scp_codes"))
    codes = tuple(it for it in known if isinstance(it, KnownCode))
    dropped = [it for it in known if isinstance(it, Dropped)]
    column = "report_en" if row["report_en"] is not None else "report"
    report, left_out = english_report(row[column], name=name, said_to_be_english=column == "report_en")
    yield from (*dropped, *left_out)
    yield EcgFacts(
        source=SOURCE,
        record_name=row["ecg_id"],
        subject_id=f"{SOURCE}/{row['patient_id'].removesuffix('.0')}",
        location=str(header),
        codes=codes,
        assessed=() if dropped else assessed_scp(codes),
        report=report,
        report_evidence=f"{row['translated_in']}, {name}, {column}" if report else "",
        stated=" ".join(filter(None, (row["report"], row["report_en"]))),
        age_years=age_in_years(row["age"]),
        sex=_SEX.get((row["sex"] or "").removesuffix(".0")),
        split=split_of(row["strat_fold"]),
        licence=LICENCE,
    )


def _likelihoods(text: str | None) -> dict[str, float | None]:
    """Parse `{'NORM': 100.0, 'SR': 0.0}`.

    Raises:
        DataError: it is something else.
    """
    try:
        codes: Any = ast.literal_eval(text) if text and len(text) < _LONGEST_CODES else None
        return {str(code): float(likelihood) for code, likelihood in codes.items()}
    except (ValueError, SyntaxError, TypeError, AttributeError, MemoryError, RecursionError) as error:
        raise DataError(f"scp_codes is {(text or '')[:60]!r}, not {{'CODE': likelihood}}") from error


def _json_lines(path: Path) -> Table:
    """Read `ecg_id` and `report_en` of JSON Lines; list lines that have them not."""
    kept: list[tuple[str, str]] = []
    dropped: list[Dropped] = []
    with path.open(encoding="utf-8-sig", errors="replace") as file:
        for number, line in enumerate(file, start=1):
            try:
                row = json.loads(line)
                kept.append((str(int(row["ecg_id"])), str(row["report_en"]).strip()))
            except (ValueError, TypeError, KeyError, RecursionError):
                dropped.append(Dropped(f"{path.name}:{number}", 'is not {"ecg_id": …, "report_en": …}'))
    frame = pl.DataFrame(kept, schema={"ecg_id": pl.String, "report_en": pl.String}, orient="row")
    return Table(frame, tuple(dropped))
