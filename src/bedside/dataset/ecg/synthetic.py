"""What `bedside ecg synth` wrote: WFDB records and `truth.jsonl`, which says exactly what each one shows.

Every record is a subject of its own. Results on synthetic ECGs say nothing of patients.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Any

import polars as pl

from bedside.dataset.ecg.codes import assessed_scp, scp_codes
from bedside.dataset.ecg.facts import EcgFacts, KnownCode, Measured
from bedside.dataset.ecg.measured import MeasuredName, figure
from bedside.dataset.ecg.paths import ABSENT, header_of
from bedside.dataset.ecg.tables import Table, facts_of_each, first_of
from bedside.dataset.gathered import Dropped
from bedside.errors import DataError

__all__ = ["facts", "rows"]

SOURCE = "synthetic"
TRUTH = "truth.jsonl"
_FIGURES: Mapping[str, MeasuredName] = MappingProxyType(
    {
        "heart_rate_bpm": "heart_rate",
        "pr_ms": "pr",
        "qrs_ms": "qrs",
        "qt_ms": "qt",
        "qtc_ms": "qtc",
        "axis_deg": "axis",
    }
)
_COLUMNS = pl.Schema({"record_name": pl.String, "codes": pl.String, **dict.fromkeys(_FIGURES, pl.Float64)})


def rows(root: Path) -> Table:
    """Read what `truth.jsonl` says of the records; list lines that are not of its form."""
    kept: list[dict[str, Any]] = []
    dropped: list[Dropped] = []
    with (root / TRUTH).open(encoding="utf-8", errors="replace") as file:
        for number, line in enumerate(file, start=1):
            try:
                kept.append(_truth(json.loads(line)))
            except (ValueError, TypeError, KeyError, RecursionError):
                dropped.append(
                    Dropped(f"{TRUTH}:{number}", "is no line of truth", "run bedside ecg synth again")
                )
    return first_of(Table(pl.DataFrame(kept, schema=_COLUMNS), tuple(dropped)), "record_name", file=TRUTH)


def facts(some: pl.DataFrame, root: Path) -> Iterator[EcgFacts | Dropped]:
    """Yield the truth of each record of `some` rows, and what of it is not used."""
    return facts_of_each(some, partial(_record, root=root), name="record {record_name}")


def _record(row: Mapping[str, Any], root: Path) -> Iterator[EcgFacts | Dropped]:
    """Yield the facts of one record.

    Raises:
        DataError: its file is absent.
    """
    name = row["record_name"]
    where = f"{TRUTH}, record {name}"
    if (header := header_of(root, name)) is None:
        raise DataError(ABSENT)
    found = [
        *scp_codes(dict.fromkeys(row["codes"].split()), where=f"{where}, codes"),
        *(
            figure(measured, row[field], evidence=f"{where}, {field}: {row[field]:g}")
            for field, measured in _FIGURES.items()
            if row[field] is not None
        ),
    ]
    codes = tuple(it for it in found if isinstance(it, KnownCode))
    yield from (it for it in found if isinstance(it, Dropped))
    yield EcgFacts(
        source=SOURCE,
        record_name=name,
        subject_id=f"{SOURCE}/{name}",
        location=str(header),
        codes=codes,
        assessed=assessed_scp(codes),
        measured=tuple(it for it in found if isinstance(it, Measured)),
        licence="synthetic, no restriction",
    )


def _truth(line: Mapping[str, Any]) -> dict[str, Any]:
    """Pick what is used of a line.

    Raises:
        ValueError, TypeError, KeyError: it has another form.
    """
    name, codes = line["record_name"], line["codes"]
    if not isinstance(name, str) or not isinstance(codes, list):
        raise TypeError
    figures = {field: None if line.get(field) is None else float(line[field]) for field in _FIGURES}
    return {"record_name": name, "codes": " ".join(map(str, codes)), **figures}
