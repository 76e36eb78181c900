"""CODE-15 % (Zenodo 4916206): 345 779 exams of 233 770 patients, each looked at for six abnormalities.

`exams.csv` holds the labels, `exams_part*.hdf5` the tracings of as many parts as were downloaded; which row
of which part an exam is, its `exam_id` tells. Tracings are about twice millivolts, see `amplitude_gain` of
the settings. There are no folds: the split is by patient.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from bedside import extras
from bedside.dataset.ecg.codes import NORMAL_ECG, known
from bedside.dataset.ecg.demographics import age_in_years
from bedside.dataset.ecg.facts import EcgFacts, KnownAbsent, KnownCode
from bedside.dataset.ecg.tables import Table, first_of, read_table
from bedside.dataset.gathered import Dropped
from bedside.ecg.statements import statements
from bedside.errors import DataError

__all__ = ["facts", "rows"]

SOURCE = "code-15"
LICENCE = "CC BY 4.0 (as published)"
EXAMS = "exams.csv"
LABELS = tuple(statements("code6"))
_STATEMENTS = MappingProxyType({**statements("code6"), NORMAL_ECG.code: NORMAL_ECG})
_OTHERS = ("age", "is_male", "normal_ecg", "trace_file")
_TRUTH = {"true": True, "1": True, "1.0": True, "false": False, "0": False, "0.0": False}


def rows(root: Path) -> Table:
    """Read the labels of the exams whose tracings are there, in the order of the tracings.

    Adds `part` (the file) and `index` (the row in it).

    Raises:
        DataError: `exams.csv` or a part cannot be read, or there is no part.
        MissingExtraError: h5py is not installed.
    """
    exams = first_of(
        read_table(root / EXAMS, ("exam_id", "patient_id", *LABELS), optional=_OTHERS), "exam_id", file=EXAMS
    )
    tracings = _tracings(root)
    known = pl.col("exam_id").is_in(exams.frame["exam_id"].implode())
    first = tracings.filter(known & pl.col("exam_id").is_first_distinct())
    dropped = [
        *(
            Dropped(f"{part}#{index}", "its exam_id is 0: no exam")
            for part, index in _places(tracings, _NO_EXAM)
        ),
        *(
            Dropped(f"{part}#{index}", f"its exam_id is not in {EXAMS}")
            for part, index in _places(tracings, ~known & ~_NO_EXAM)
        ),
        *(
            Dropped(f"{part}#{index}", "the same exam stands in a row before it")
            for part, index in _places(tracings, known & ~pl.col("exam_id").is_first_distinct())
        ),
        *_without_tracing(exams.frame, first),
    ]
    together = first.join(exams.frame, on="exam_id", how="left", maintain_order="left")
    return Table(together, (*exams.dropped, *dropped))


_NO_EXAM = pl.col("exam_id") == "0"


def facts(some: pl.DataFrame, root: Path) -> Iterator[EcgFacts | Dropped]:
    """Yield what the table says of each record of `some` rows, and what of it is not used."""
    for row in some.iter_rows(named=True):
        yield from _record(row, root)


def _record(row: Mapping[str, Any], root: Path) -> Iterator[EcgFacts | Dropped]:
    exam = row["exam_id"]
    where = f"{EXAMS}, exam_id {exam}"
    if row["patient_id"] is None:
        yield Dropped(where, "has no patient_id")
        return
    codes: list[KnownCode] = []
    absent: list[KnownAbsent] = []
    for label in _STATEMENTS:
        cell = row[label]
        if cell is None:
            continue
        if (present := _TRUTH.get(cell.casefold())) is None:
            yield Dropped(f"{where}, {label}", "the label is neither True nor False")
            continue
        code = known(_STATEMENTS[label], evidence=f"{where}, {label}: {cell}")
        if present:
            codes.append(code)
        else:
            absent.append(KnownAbsent(code.phrase, code.evidence))
    male = _TRUTH.get((row["is_male"] or "").casefold())
    yield EcgFacts(
        source=SOURCE,
        record_name=exam,
        subject_id=f"{SOURCE}/{row['patient_id'].removesuffix('.0')}",
        location=f"{root / row['part']}#{row['index']}",
        codes=tuple(codes),
        assessed=tuple(it.phrase for it in (*codes, *absent)),
        absent=tuple(absent),
        age_years=age_in_years(row["age"]),
        sex=None if male is None else "male" if male else "female",
        licence=LICENCE,
    )


def _tracings(root: Path) -> pl.DataFrame:
    """Return `exam_id`, `part` and `index` of every row of every part.

    Raises:
        DataError: there is no part, or one cannot be read.
    """
    parts = sorted(
        (it for it in root.iterdir() if it.suffix in (".hdf5", ".h5")), key=lambda it: (len(it.name), it.name)
    )
    if not parts:
        fix = "put the exams_part*.hdf5 that you downloaded beside exams.csv"
        raise DataError("there is no file of tracings", file=root, fix=fix)
    return pl.concat(
        pl.DataFrame({"exam_id": ids, "part": [part.name] * len(ids), "index": np.arange(len(ids))})
        for part in parts
        for ids in [_exam_ids(part).astype(str)]
    )


def _exam_ids(part: Path) -> NDArray[np.int64]:
    h5py = extras.require("h5py", extra="ecg", purpose="reading CODE-15 %")
    try:
        with h5py.File(part, "r") as file:
            return np.asarray(file["exam_id"][()], np.int64)
    except (OSError, KeyError, ValueError, TypeError, RuntimeError) as error:
        raise DataError(
            f"has no exam_id that can be read ({error})", file=part, fix="download it again"
        ) from error


def _places(tracings: pl.DataFrame, which: pl.Expr) -> Iterator[tuple[str, int]]:
    yield from tracings.filter(which).select("part", "index").iter_rows()


def _without_tracing(exams: pl.DataFrame, found: pl.DataFrame) -> Iterator[Dropped]:
    """Yield one entry for each file whose exams are not there: most people download some of the 18 parts."""
    absent = exams.join(found, on="exam_id", how="anti", maintain_order="left")
    for file, count in sorted(Counter(absent["trace_file"].fill_null("an unnamed file").to_list()).items()):
        yield Dropped(
            f"{file}: {count} exams", "their tracings are not in the folder", f"download {file} for them"
        )
