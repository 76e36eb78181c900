"""A file that holds a recording of vital signs, before it is read; and a file that is not used."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

__all__ = ["Excluded", "Form", "Recording"]

Form = Literal["monitor csv", "monitor text", "wearable csv", "wearable text", "wfdb", "generic csv"]


@dataclass(frozen=True)
class Excluded:
    """A file that is not used.

    Attributes:
        path: the file.
        name: its path inside the source that was given, for logs.
        reason: why it is not used.
        superseded: the same recording is read from another file, so nothing is lost.
    """

    path: Path
    name: str
    reason: str
    superseded: bool = False


@dataclass(frozen=True)
class Recording:
    """What is read as one recording: a file, or a WFDB header with the files that belong to it.

    Attributes:
        path: the file; of a WFDB record its header.
        name: its path inside the source that was given, for logs.
        form: which form of recording it is.
        processed: an earlier clean-up has removed rows and columns (the file lies in a folder `processed`).
        subject_id: the id in its name, `3618048n` or `907`.
        cohort: `adult`, `adolescent`, `child`, `infant`, `neonate` or `unknown`.
        demographics: what is known of the subject (`age_years`, `sex`, `height_cm`, `weight_kg`).
        parts: the files of a WFDB record besides its header: signal files, and the headers of its segments.
    """

    path: Path
    name: str
    form: Form
    processed: bool
    subject_id: str
    cohort: str
    demographics: dict[str, str | float]
    parts: tuple[Path, ...] = ()

    @property
    def files(self) -> tuple[Path, ...]:
        """All files that the recording consists of, `path` first."""
        return (self.path, *self.parts)
