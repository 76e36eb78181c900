"""What a data set says about one ECG: codes, measurements, report; each with the place it stands in.

Questions and answers are made from this alone, so that every statement can be traced.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = ["EcgFacts", "KnownAbsent", "KnownCode", "Measured"]


@dataclass(frozen=True)
class KnownCode:
    """A coded finding that is present.

    Attributes:
        code: as the source writes it (`AFIB`, `164889003`, `1dAVb`).
        phrase: the finding in English words, lower case where grammar allows (`atrial fibrillation`).
        kind: what it is about.
        superclasses: those of PTB-XL that it belongs to; empty where the code has none.
        evidence: where it stands: `ptbxl_database.csv, ecg_id 260, scp_codes: AFIB 100`.
        likelihood: 0 to 100 where the source states one; 0 means not stated (PTB-XL form and rhythm).
    """

    code: str
    phrase: str
    kind: Literal["diagnostic", "form", "rhythm"]
    superclasses: tuple[str, ...]
    evidence: str
    likelihood: float | None = None


@dataclass(frozen=True)
class KnownAbsent:
    """A finding that the source says in so many words is not there.

    Attributes:
        phrase: the finding in English words.
        evidence: where it stands: `exams.csv, exam_id 1169160, AF: False`.
    """

    phrase: str
    evidence: str


@dataclass(frozen=True)
class Measured:
    """A figure that the source states.

    Attributes:
        name: `heart_rate`, `rr`, `pr`, `qrs`, `qt`, `qtc`, `axis`.
        value: in `unit`.
        unit: `bpm`, `ms` or `degrees`.
        evidence: where it stands.
    """

    name: Literal["heart_rate", "rr", "pr", "qrs", "qt", "qtc", "axis"]
    value: float
    unit: Literal["bpm", "ms", "degrees"]
    evidence: str


@dataclass(frozen=True)
class EcgFacts:
    """Everything known of one record but its signal.

    Attributes:
        source: `ptb-xl`, `code-15`, `chapman-shaoxing`, `mimic-iv-ecg`, `challenge-2021` or `synthetic`.
        record_name: unique within the source.
        subject_id: unique over all sources (`ptb-xl/15709`); records of one patient share it.
        location: what `ecg.readers.read_ecg` is given: a file, or `FILE#INDEX`.
        codes: coded findings that are present.
        assessed: phrases of all findings the source looked for, present or not; a finding outside them is not
            known to be absent. Empty where the source does not say.
        absent: of those the ones that the source itself says are not there.
        measured: figures.
        report: sentences of the report in English, as they stand; empty where there is none that can be used.
        report_evidence: where the report stands.
        stated: the report as the source has it, in whatever language; nothing that it may mean is denied.
        age_years, sex: of the subject, where known.
        split: where the source's own folds put the subject.
        licence: of the source.
    """

    source: str
    record_name: str
    subject_id: str
    location: str
    codes: tuple[KnownCode, ...] = ()
    assessed: tuple[str, ...] = ()
    absent: tuple[KnownAbsent, ...] = ()
    measured: tuple[Measured, ...] = ()
    report: tuple[str, ...] = ()
    report_evidence: str = ""
    stated: str = ""
    age_years: float | None = None
    sex: Literal["female", "male"] | None = None
    split: Literal["train", "validation", "test"] | None = None
    licence: str = "unknown"
