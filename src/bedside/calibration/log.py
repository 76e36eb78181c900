"""What `log.json` holds: every source file with what became of it, and the checks that were made.

Demographics stay out of it. The JSON Schema is shipped as `schemas/log.schema.json`.
"""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

__all__ = ["DatasetLog", "ExclusionCheck", "FileLog", "GeneralLog", "Log", "Totals"]


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class FileLog(_Strict):
    """One file that was looked at."""

    name: str = Field(description="path inside the source that was given")
    status: Literal["used", "superseded", "excluded"]
    reason: str | None = Field(description="why it is not used; null where it is")
    fix: str | None = Field(default=None, description="what can be done about that")
    sha256: str | None = Field(description="null where the file cannot be read")
    parts: dict[str, str] = Field(default={}, description="hashes of a WFDB record's other files")
    form: str | None = None
    subject_id: str | None = None
    cohort: str | None = None
    licence: str | None = Field(default=None, description="where the file shows which data it comes from")
    attribution: str | None = None
    encoding: str | None = None
    rows_read: int | None = None
    rows_used: int | None = None
    rows_excluded: dict[str, int] = Field(default={}, description="rows not used, by reason")
    readings_used: dict[str, int] = Field(default={}, description="valid readings by signal")
    readings_excluded: dict[str, dict[str, int]] = Field(default={}, description="by signal and reason")
    columns_ignored: tuple[str, ...] = ()
    interval_s: float | None = None
    interval_evidence: str | None = None
    span_s: float | None = Field(default=None, description="from the first to the end of the last row")
    analysed_s: float | None = Field(default=None, description="seconds with a valid heart rate")
    not_assessed: dict[str, str] = Field(default={}, description="what could not be measured, and why")
    texts: int = 0
    notes: tuple[str, ...] = ()


class DatasetLog(_Strict):
    """What was taken from a data set."""

    name: str = Field(description="of its folder")
    digest: str
    split: Literal["train"] = "train"
    examples_read: int
    examples_held_out: int = Field(description="of subjects that another data set holds out")
    examples_without_answer: int
    examples_used: int
    examples_used_with_picture: int
    pictures: str


class GeneralLog(_Strict):
    """What was mixed in that is not about patients."""

    name: str
    sha256: str
    share_wanted: float
    share: float = Field(description="of the tokens where a tokenizer was given, else of the characters")
    measured_in: Literal["tokens", "characters"]
    texts_read: int
    texts_used: int


class ExclusionCheck(_Strict):
    """Proof that no test subject's data came in."""

    datasets: tuple[str, ...] = Field(description="where the test subjects were read, with the digest")
    held_out_subjects: int
    files_left_out: tuple[str, ...]
    held_out_subjects_in_calibration: int


class Totals(_Strict):
    """What was written; tokens are null where no tokenizer was given."""

    texts: int
    distinct_texts: int
    subjects: int
    by_cohort: dict[str, int] = Field(description="subjects by cohort")
    tokens: dict[str, int] | None = Field(description="by file, control tokens counted once")
    tokens_wanted: int | None
    tokens_reached: bool | None


class Log(_Strict):
    """The whole of `log.json`."""

    profile: Literal["clinical", "published"]
    warning: str | None = Field(description="what is known to be untrue in these files")
    seed: int
    files: tuple[FileLog, ...]
    notes: tuple[str, ...]
    dataset: DatasetLog | None
    general: GeneralLog | None
    exclusion_check: ExclusionCheck
    totals: Totals
