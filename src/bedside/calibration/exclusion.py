"""Whose data must not come into calibration text: the test and validation subjects of data sets."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bedside.artifact import Artifact, is_artifact, open_artifact
from bedside.calibration.log import ExclusionCheck
from bedside.errors import DataError
from bedside.examples import read_examples

__all__ = ["HeldOut", "held_out"]


@dataclass(frozen=True)
class HeldOut:
    """Test and validation subjects.

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
                f"held-out subjects came into the calibration text: {', '.join(shared[:5])}",
                fix="split the dataset again, so that a subject is in one split only",
            )
        return ExclusionCheck(
            datasets=tuple(f"{name} {digest[:12]}" for name, digest in self.digests.items()),
            held_out_subjects=len(self.subjects),
            files_left_out=tuple(files_left_out),
            held_out_subjects_in_calibration=len(shared),
        )


def held_out(others: Sequence[Path], own: Artifact | None) -> HeldOut:
    """Read whose data is held out: of a data set the test and validation split, of JSON Lines every subject.

    Args:
        others: data sets whose test and validation subjects must not come in.
        own: the data set that text is made from; one of these in its training split is an error later.

    Raises:
        DataError: a path is neither.
        ArtifactError: a folder is no finished data set.
    """
    digests: dict[str, str] = {}
    elsewhere: set[str] = set()
    for number, path in enumerate(others):
        files, digests[f"held out {number} {path.name}"] = _held_out_files(path)
        elsewhere |= _subjects(files)
    tested = frozenset[str]()
    if own is not None:
        digests["dataset"] = own.digest
        tested = _subjects(_splits(own))
    return HeldOut(tested | elsewhere, frozenset(elsewhere), digests)


def _held_out_files(path: Path) -> tuple[tuple[Path, ...], str]:
    if is_artifact(path):
        artifact = open_artifact(path, "dataset")
        return _splits(artifact), artifact.digest
    if path.suffix == ".jsonl" and path.is_file():
        return (path,), hashlib.sha256(path.read_bytes()).hexdigest()
    raise DataError(
        "is no data set whose test subjects could be held out",
        file=path,
        fix="give the folder of a data set that bedside made, or JSON Lines of examples",
    )


def _splits(dataset: Artifact) -> tuple[Path, ...]:
    """The test split, and the validation split: what is chosen on it must not have been seen either."""
    return dataset.file("test.jsonl"), dataset.file("validation.jsonl")


def _subjects(files: Sequence[Path]) -> frozenset[str]:
    return frozenset(example.subject_id for file in files for example in read_examples(file))
