"""MIMIC-IV-ECG 1.0 (PhysioNet): machine reports and measurements of 800 035 ECGs of 161 352 patients.

`record_list.csv` names the records, `machine_measurements.csv` holds up to 18 report lines and the wave
limits of each. A value at the limit of its integer type (29999, 32767, -32768, 65535) means that nothing
could be measured. The reports are the device's, not a cardiologist's; those of cardiologists, which
`waveform_note_links.csv` points to, are part of another release and are not read. Age and sex are not in
this release. There are no folds: the split is by patient.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import polars as pl

from bedside.dataset.ecg.facts import EcgFacts, Measured
from bedside.dataset.ecg.measured import MeasuredName, figure, number
from bedside.dataset.ecg.paths import ABSENT, header_of
from bedside.dataset.ecg.report_text import usable_lines
from bedside.dataset.ecg.tables import Table, first_of, read_table
from bedside.dataset.gathered import Dropped
from bedside.errors import DataError

__all__ = ["facts", "rows"]

SOURCE = "mimic-iv-ecg"
LICENCE = "ODbL 1.0 (as published)"
MEASUREMENTS = "machine_measurements.csv"
_REPORT = tuple(f"report_{number}" for number in range(18))
_FIGURES = ("rr_interval", "p_onset", "p_end", "qrs_onset", "qrs_end", "t_end", "qrs_axis")
_NOT_MEASURED = frozenset({29999.0, 32767.0, -32767.0, -32768.0, 65535.0})


def rows(root: Path) -> Table:
    """Read both tables and put them together, in the order of the record list.

    Raises:
        DataError: a table cannot be read or lacks a column.
    """
    records = first_of(
        read_table(root / "record_list.csv", ("subject_id", "study_id", "path")),
        "study_id",
        file="record_list.csv",
    )
    if not (root / MEASUREMENTS).is_file():
        nothing = pl.lit(None, pl.String)
        return Table(
            records.frame.with_columns(nothing.alias(it) for it in (*_REPORT, *_FIGURES)), records.dropped
        )
    measured = first_of(
        read_table(root / MEASUREMENTS, ("study_id",), optional=(*_REPORT, *_FIGURES)),
        "study_id",
        file=MEASUREMENTS,
    )
    together = records.frame.join(measured.frame, on="study_id", how="left", maintain_order="left")
    return Table(together, (*records.dropped, *measured.dropped))


def facts(some: pl.DataFrame, root: Path) -> Iterator[EcgFacts | Dropped]:
    """Yield what the tables say of each record of `some` rows, and what of it is not used."""
    for row in some.iter_rows(named=True):
        yield from _record(row, root)


def _record(row: Mapping[str, Any], root: Path) -> Iterator[EcgFacts | Dropped]:
    study = row["study_id"]
    name = f"study_id {study}"
    try:
        header = header_of(root, row["path"])
    except DataError as error:
        yield Dropped(name, error.reason, error.fix)
        return
    if row["subject_id"] is None or header is None:
        yield Dropped(name, "has no subject_id" if header else ABSENT)
        return
    lines, remarks = usable_lines((row[it] for it in _REPORT if row[it] is not None), name=name)
    figures = list(_measured(row, f"{MEASUREMENTS}, {name}"))
    yield from remarks
    yield from (it for it in figures if isinstance(it, Dropped))
    yield EcgFacts(
        source=SOURCE,
        record_name=study,
        subject_id=f"{SOURCE}/{row['subject_id']}",
        location=str(header),
        measured=tuple(it for it in figures if isinstance(it, Measured)),
        report=lines,
        report_evidence=f"{MEASUREMENTS}, {name}, report_0 to report_17" if lines else "",
        licence=LICENCE,
    )


def _measured(row: Mapping[str, Any], where: str) -> Iterator[Measured | Dropped]:
    """Yield the figures whose wave limits were all found.

    Heart rate = 60 000 / RR; PR = start of QRS - start of P; QRS = its end - its start; QT = end of T - start
    of QRS. Limits are in milliseconds from the start of the device's median beat.
    """
    at: dict[str, float | None] = {}
    for name in _FIGURES:
        value = None if row[name] is None else number(row[name], evidence=f"{where}, {name}: {row[name]}")
        if isinstance(value, Dropped):
            yield value
        at[name] = value if isinstance(value, float) and value not in _NOT_MEASURED else None

    def shown(*names: str) -> str:
        return f"{where}, " + ", ".join(f"{name}: {row[name]}" for name in names)

    if (rr := at["rr_interval"]) is not None:
        yield figure("rr", rr, evidence=shown("rr_interval"))
        if rr > 0:
            yield figure("heart_rate", 60_000 / rr, evidence=shown("rr_interval"))
    if at["p_end"] is not None:  # the device states a start without an end where it found no P wave
        yield from _between("pr", at["p_onset"], at["qrs_onset"], evidence=shown("qrs_onset", "p_onset"))
    yield from _between("qrs", at["qrs_onset"], at["qrs_end"], evidence=shown("qrs_end", "qrs_onset"))
    yield from _between("qt", at["qrs_onset"], at["t_end"], evidence=shown("t_end", "qrs_onset"))
    if (axis := at["qrs_axis"]) is not None:
        yield figure("axis", axis, evidence=shown("qrs_axis"))


def _between(
    name: MeasuredName, start: float | None, end: float | None, *, evidence: str
) -> Iterator[Measured | Dropped]:
    if start is not None and end is not None:
        yield figure(name, end - start, evidence=evidence)
