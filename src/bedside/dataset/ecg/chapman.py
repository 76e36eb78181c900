"""Chapman-Shaoxing: PhysioNet's release (with Ningbo, 45 152 records) and figshare's, the first (10 646).

PhysioNet's "A large scale 12-lead electrocardiogram database for arrhythmia study" 1.0.0 has WFDB records
below `WFDBRecords` with SNOMED CT codes in their headers. figshare's has `Diagnostics.xlsx`, which is to be
saved as `Diagnostics.csv`, and one CSV file a record in microvolts at 500 Hz below `ECGData` (below
`ECGDataDenoised` filtered, without a header; used only where the other is absent). Neither names patients: a
record is taken as a patient, as their authors describe them. There are no folds.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Any

import polars as pl

from bedside.dataset.ecg.codes import assessed_rhythms, snomed_codes
from bedside.dataset.ecg.demographics import age_in_years, sex_of
from bedside.dataset.ecg.facts import EcgFacts, KnownCode, Measured
from bedside.dataset.ecg.headers import header_facts, listed
from bedside.dataset.ecg.measured import MeasuredName, figure, number
from bedside.dataset.ecg.paths import ABSENT, inside
from bedside.dataset.ecg.tables import Table, facts_of_each, first_of, read_table
from bedside.dataset.gathered import Dropped
from bedside.ecg.statements import Statement
from bedside.errors import DataError

__all__ = ["facts", "rows"]

SOURCE = "chapman-shaoxing"
LICENCE = "CC BY 4.0 (as published)"
RECORDS = "WFDBRecords"
DIAGNOSTICS = "Diagnostics.csv"
_COLUMNS = ("FileName", "Rhythm", "Beat")
_FIGURES: Mapping[str, MeasuredName] = MappingProxyType(
    {
        "VentricularRate": "heart_rate",
        "QRSDuration": "qrs",
        "QTInterval": "qt",
        "QTCorrected": "qtc",
        "RAxis": "axis",
    }
)
_OTHERS = ("PatientAge", "Gender", *_FIGURES)
_SIGNALS = ("ECGData", "ECGDataDenoised")
_ONLY_HERE = MappingProxyType(
    {
        it.code: it
        for it in (
            Statement("251148003", "low QRS voltage", "lower voltage QRS in chest lead", ("form",)),
            Statement("251147008", "low QRS voltage", "lower voltage QRS in limb lead", ("form",)),
            Statement(
                "28189009", "Mobitz type II AV block", "2 degree AV block, type two", ("diagnostic",), "CD"
            ),
        )
    }
)
"""Codes of `ConditionNames_SNOMED-CT.csv` that the Challenge 2021 does not have."""
_ACRONYMS = """
    SB 426177001  SR 426783006  AFIB 164889003  ST 427084000  AF 164890007
    SA 427393009  SI 427393009  SVT 426761007  AT 713422000  AVNRT 251166008
    AVRT 233897008  SAAWR 17366009  1AVB 270492004  2AVB 195042002  2AVB1 54016002
    2AVB2 28189009  3AVB 27885002  AVB 233917008  ABI 251173003  ALS 39732003
    APB 284470004  AQW 164917005  ARS 47665007  CCR 251199005  CR 251198002
    ERV 428417006  FQRS 164942001  IDC 698252002  IVB 698252002  JEB 426995002
    JPT 251164006  LBBB 164909002  LVH 164873001  LVHV 55827005  LVQRSAL 251146004
    LVQRSCL 251148003  LVQRSLL 251147008  MI 164865005  MIBW 164865005  MIFW 164865005
    MILW 164865005  MISW 164865005  PRIE 164947007  PWC 164912004  QTIE 111975006
    RAH 446358003  RAHV 67751000119106  RBBB 59118001  RVH 89792004  STDD 429622005
    STE 164930006  STTC 428750005  STTU 164931005  TWC 164934002  TWO 59931005
    UW 164937009  VB 11157007  VEB 75532003  VFW 13640000  VPB 17338001
    VPE 195060002  VET 251180001  WAVN 195101003  WPW 74390002
    """.split()  # noqa: SIM905 - pairs are read, quoted strings are not
_SNOMED_OF: Mapping[str, str] = MappingProxyType(dict(zip(_ACRONYMS[::2], _ACRONYMS[1::2], strict=True)))
"""figshare's acronyms as the codes that PhysioNet's `ConditionNames_SNOMED-CT.csv` gives them; the walls of
an infarction have none of their own there. Left out are those that it lacks, and `LBBBB` and `LFBBB` (left
back and front bundle branch block), which it merges with `LBBB`."""


def rows(root: Path) -> Table:
    """Read `Diagnostics.csv`, or list the headers of the WFDB records.

    Raises:
        DataError: the table cannot be read, lacks a column, or is still an Excel file.
    """
    if (root / DIAGNOSTICS).is_file():
        table = read_table(root / DIAGNOSTICS, _COLUMNS, optional=_OTHERS)
        return first_of(table, "FileName", file=DIAGNOSTICS)
    if (root / "Diagnostics.xlsx").is_file():
        raise DataError(
            "Diagnostics.xlsx is an Excel file, which bedside does not read",
            file=root,
            fix=f"open it and save it beside itself as {DIAGNOSTICS} (Save as, CSV UTF-8)",
        )
    if not (root / RECORDS).is_dir():
        return Table(listed(root))
    return Table(listed(root / RECORDS).with_columns(path=pl.lit(f"{RECORDS}/") + pl.col("path")))


def facts(some: pl.DataFrame, root: Path) -> Iterator[EcgFacts | Dropped]:
    """Yield what is known of each record of `some` rows, and what of it is not used."""
    if "FileName" in some.columns:
        return facts_of_each(some, partial(_from_table, root=root), name="record {FileName}")
    return facts_of_each(some, partial(_from_header, root=root), name="record {record}")


def _from_header(row: Mapping[str, Any], root: Path) -> Iterator[EcgFacts | Dropped]:
    """Yield the facts of a WFDB record.

    Raises:
        DataError: its header cannot be read.
    """
    said = header_facts(root / row["path"])
    found = list(snomed_codes(said.codes, where=f"{row['path']}, Dx", more=_ONLY_HERE))
    codes = tuple(it for it in found if isinstance(it, KnownCode))
    yield from (it for it in found if isinstance(it, Dropped))
    yield EcgFacts(
        source=SOURCE,
        record_name=row["record"],
        subject_id=f"{SOURCE}/{row['record']}",
        location=str(root / row["path"]),
        codes=codes,
        assessed=assessed_rhythms(codes),
        age_years=said.age_years,
        sex=said.sex,
        licence=LICENCE,
    )


def _from_table(row: Mapping[str, Any], root: Path) -> Iterator[EcgFacts | Dropped]:
    """Yield the facts of a CSV record.

    Raises:
        DataError: its file is absent.
    """
    name = row["FileName"].removesuffix(".csv")
    where = f"{DIAGNOSTICS}, FileName {name}"
    path = next((it for folder in _SIGNALS if (it := inside(root, f"{folder}/{name}.csv")).is_file()), None)
    if path is None:
        raise DataError(ABSENT)
    found = [*_said(row, "Rhythm", where), *_said(row, "Beat", where), *_measured(row, where)]
    codes = tuple(it for it in found if isinstance(it, KnownCode))
    yield from (it for it in found if isinstance(it, Dropped))
    yield EcgFacts(
        source=SOURCE,
        record_name=name,
        subject_id=f"{SOURCE}/{name}",
        location=str(path),
        codes=codes,
        assessed=assessed_rhythms(codes),
        measured=tuple(it for it in found if isinstance(it, Measured)),
        age_years=age_in_years(row["PatientAge"]),
        sex=sex_of(row["Gender"]),
        licence=LICENCE,
    )


def _said(row: Mapping[str, Any], column: str, where: str) -> Iterator[KnownCode | Dropped]:
    """Yield the findings of a cell of acronyms: `RBBB TWC`, or `NONE`."""
    written: dict[str, str] = {}
    for acronym in (row[column] or "").split():
        if code := _SNOMED_OF.get(acronym):
            written.setdefault(code, acronym)
        elif acronym != "NONE":
            yield Dropped(f"{where}, {column}: {acronym}", "the acronym has no code of its own")
    yield from snomed_codes(written, where=f"{where}, {column}", more=_ONLY_HERE, written=written)


def _measured(row: Mapping[str, Any], where: str) -> Iterator[Measured | Dropped]:
    for column, name in _FIGURES.items():
        if row[column] is not None:
            evidence = f"{where}, {column}: {row[column]}"
            value = number(row[column], evidence=evidence)
            yield value if isinstance(value, Dropped) else figure(name, value, evidence=evidence)
