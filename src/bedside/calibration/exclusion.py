"""Whose data must not come into calibration text: the test subjects of data sets."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bedside.artifact import MANIFEST, Artifact, open_artifact
from bedside.calibration.log import ExclusionCheck
from bedside.errors import DataError
from bedside.examples import read_examples

__all__ = ["HeldOut", "held_out"]


@dataclass(frozen=True)
class HeldOut:
    """Test subjects.

    Attributes:
        subjects: their ids.
        elsewhere: those of data sets other than the one that text is made from.
        digests: digest of each data set by its name, for the key of what is built.
    """

    subjects: frozenset[str]
    elsewhere: frozenset[str]
    digests: Mapping[str, str]

    def check(self, used: Iterable[str], files_left_out: Sequence[str]) -> ExclusionCheck:
        """Make sure that no test subject is among `used`, and say so for the log.

        Raises:
            DataError: one is.
        """
        shared = sorted(self.subjects & set(used))
        if shared:
            raise DataError(
                f"test subjects came into the calibration text: {', '.join(shared[:5])}",
                fix="split the dataset again, so that a subject is in one split only",
            )
        return ExclusionCheck(
            datasets=tuple(f"{name} {digest[:12]}" for name, digest in self.digests.items()),
            test_subjects=len(self.subjects),
            files_left_out=tuple(files_left_out),
            test_subjects_in_calibration=len(shared),
        )


def held_out(others: Sequence[Path], own: Artifact | None) -> HeldOut:
    """Read the test subjects of data sets: of an artifact its test split, of a JSON Lines file every subject.

    Args:
        others: data sets whose test subjects must not come in.
        own: the data set that text is made from; a test subject in its training split is an error later.

    Raises:
        DataError: a path is neither.
        ArtifactError: a folder is no finished data set.
    """
    digests: dict[str, str] = {}
    elsewhere: set[str] = set()
    for number, path in enumerate(others):
        file, digests[f"held out {number} {path.name}"] = _test_split(path)
        elsewhere |= _subjects(file)
    tested = frozenset[str]()
    if own is not None:
        digests["dataset"] = own.digest
        tested = _subjects(own.file("test.jsonl"))
    return HeldOut(tested | elsewhere, frozenset(elsewhere), digests)


def _test_split(path: Path) -> tuple[Path, str]:
    if path.is_dir() and (path / MANIFEST).is_file():
        artifact = open_artifact(path, "dataset")
        return artifact.file("test.jsonl"), artifact.digest
    if path.suffix == ".jsonl" and path.is_file():
        return path, hashlib.sha256(path.read_bytes()).hexdigest()
    raise DataError(
        "is no data set whose test subjects could be held out",
        file=path,
        fix="give the folder of a data set that bedside made, or JSON Lines of examples",
    )


def _subjects(file: Path) -> frozenset[str]:
    return frozenset(example.subject_id for example in read_examples(file))
