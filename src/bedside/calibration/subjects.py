"""Read every subject once, from the first of its files that can be read, and log what became of each file.

What is made of a file is the caller's: `read_subjects` maps it over the subjects that are not held out, and a
file that cannot be read is logged with its reason while the others go on.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Generic, Literal, TypeVar

from bedside.calibration.config import CalibrationConfig
from bedside.calibration.exclusion import HeldOut
from bedside.calibration.log import FileLog
from bedside.calibration.provenance import provenance
from bedside.errors import DataError
from bedside.executor import map_items, usable_cores
from bedside.vitals.readers import Recording

__all__ = ["FileState", "Hashed", "SubjectsRead", "known", "read_subjects"]

_IN_TEST = "its subject is in a test or validation split"
_WORTH_PROCESSES_BYTES = 256 * 2**20
"""Below it one process is done before others have started."""
Result = TypeVar("Result")


@dataclass(frozen=True)
class FileState:
    """What a file was when it was hashed, so that a later change is noticed."""

    path: Path
    sha256: str
    bytes: int
    modified_ns: int


@dataclass(frozen=True)
class Hashed:
    """A recording with the files that it consists of; the first is the one that names it."""

    recording: Recording
    files: tuple[FileState, ...]

    @property
    def bytes(self) -> int:
        """Size of all its files."""
        return sum(file.bytes for file in self.files)


@dataclass(frozen=True)
class SubjectsRead(Generic[Result]):
    """What was made of the subjects, in the order of their files' names.

    Attributes:
        results: one for each subject of which a file could be read.
        logs: a line for each of their files, and of those held out.
        left_out: the files of subjects that are held out.
    """

    results: tuple[Result, ...]
    logs: tuple[FileLog, ...]
    left_out: tuple[str, ...]


def read_subjects(
    read: Callable[[Hashed], tuple[FileLog, Result]],
    subjects: Sequence[tuple[Hashed, ...]],
    *,
    without: HeldOut,
    config: CalibrationConfig,
) -> SubjectsRead[Result]:
    """Read every subject that is not held out.

    Args:
        read: makes something of one recording and logs it; a pure function that can be pickled.
        subjects: the recordings of each, in the order in which they are tried.
        without: whose data must not come in.
        config: how many processes, and where.
    """
    held_out = [forms for forms in subjects if forms[0].recording.subject_id in without.subjects]
    outcomes = map_items(
        partial(_first_readable, read=read),
        [forms for forms in subjects if forms[0].recording.subject_id not in without.subjects],
        workers=config.workers or _worth_starting(subjects),
        description="reading recordings",
        executor=config.executor,
        name=lambda forms: forms[0].recording.name,
    )
    outcomes.sort(key=lambda outcome: outcome[0][0].name)
    left_out = [_unused(form, status="excluded", reason=_IN_TEST) for forms in held_out for form in forms]
    return SubjectsRead(
        results=tuple(result for _, result in outcomes if result is not None),
        logs=(*left_out, *(log for logs, _ in outcomes for log in logs)),
        left_out=tuple(log.name for log in left_out),
    )


def known(form: Hashed) -> dict[str, Any]:
    """Return the fields of a log line that are known before a file is read."""
    recording, origin = form.recording, provenance(form.recording)
    first, *parts = form.files
    return {
        "name": recording.name,
        "sha256": first.sha256,
        "parts": {part.path.name: part.sha256 for part in parts},
        "form": recording.form,
        "subject_id": recording.subject_id,
        "cohort": recording.cohort,
        "licence": None if origin is None else origin.licence,
        "attribution": None if origin is None else origin.attribution,
    }


def _worth_starting(subjects: Sequence[tuple[Hashed, ...]]) -> int:
    size = sum(forms[0].bytes for forms in subjects)
    return usable_cores() if size >= _WORTH_PROCESSES_BYTES else 1


def _first_readable(
    forms: Sequence[Hashed], *, read: Callable[[Hashed], tuple[FileLog, Result]]
) -> tuple[tuple[FileLog, ...], Result | None]:
    """Read the first of `forms` that can be read; return a log line for each, and what was read."""
    logs: list[FileLog] = []
    for position, form in enumerate(forms):
        try:
            log, result = read(form)
            _require_unchanged(form)
        except DataError as error:
            where = "" if error.line is None else f"line {error.line}: "
            logs.append(_unused(form, status="excluded", reason=f"{where}{error.reason}", fix=error.fix))
            continue
        reason = f"the same subject is read from {form.recording.name}"
        others = [_unused(other, status="superseded", reason=reason) for other in forms[position + 1 :]]
        return (*logs, log, *others), result
    return tuple(logs), None


def _unused(
    form: Hashed, *, status: Literal["superseded", "excluded"], reason: str, fix: str | None = None
) -> FileLog:
    return FileLog(status=status, reason=reason, fix=fix, **known(form))


def _require_unchanged(form: Hashed) -> None:
    for file in form.files:
        status = file.path.stat()
        if (status.st_size, status.st_mtime_ns) != (file.bytes, file.modified_ns):
            raise DataError(
                "changed while it was read", file=file.path, fix="run the command again when it is whole"
            )
