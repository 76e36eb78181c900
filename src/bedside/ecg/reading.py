"""What reading an ECG gives: the record, and everything about it that is not as it should be.

Knows nothing of file formats.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from bedside.records import EcgRecord

__all__ = ["LEFT_OUT", "EcgReading", "EcgWarning", "WarningCode"]

LEFT_OUT = "left out"
"""What a comment begins with that says what of the file is not in the record."""

WarningCode = Literal[
    "nan_gap",
    "lead_derived",
    "lead_missing",
    "uncalibrated",
    "flat",
    "clipped",
    "einthoven",
    "lead_reversal",
    "checksum",
    "padding_trimmed",
    "window_chosen",
    "short_record",
    "unit_assumed",
    "amplitude",
]


@dataclass(frozen=True)
class EcgWarning:
    """One thing that a reader of the picture should know.

    Attributes:
        code: which kind.
        message: what was found, in words, with its figures.
        leads: the leads it holds for; empty where it holds for the record.
    """

    code: WarningCode
    message: str
    leads: tuple[str, ...] = ()


@dataclass(frozen=True)
class EcgReading:
    """An ECG as it was read.

    Attributes:
        record: its signals.
        format: the kind of file: `wfdb`, `csv`, `hdf5` or `dicom`.
        warnings: what is not as it should be, in the order of `WarningCode`.
        age_years: of the subject, where the file tells.
        sex: of the subject, where the file tells.
        comments: what else the file says, line by line, as it stands there.
    """

    record: EcgRecord
    format: str
    warnings: tuple[EcgWarning, ...] = ()
    age_years: float | None = None
    sex: Literal["female", "male"] | None = None
    comments: tuple[str, ...] = ()
