"""Split examples by subject and prove that nothing leaks between the parts.

A subject's records resemble each other; a model that has seen one has half seen the others. So no subject
stands in two parts, and no picture does either.
"""

from __future__ import annotations

import hashlib
import math
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, model_validator

from bedside.errors import DataError
from bedside.examples import Example

__all__ = ["SPLITS", "SplitFractions", "check_leaks", "check_sizes", "counts", "split_by_subject"]

SPLITS = ("train", "validation", "test")
_ROUNDING = 1e-9


class SplitFractions(BaseModel):
    """The share of subjects in each part; the rest of one is for training."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    validation: float = Field(default=0.1, ge=0, lt=1)
    test: float = Field(default=0.2, gt=0, lt=1)

    @model_validator(mode="after")
    def _leave_something_to_train_on(self) -> SplitFractions:
        if self.validation + self.test >= 1:
            raise ValueError("validation and test together leave nothing to train on")
        return self


def split_by_subject(
    examples: Sequence[Example], fractions: SplitFractions, *, seed: int
) -> dict[str, list[Example]]:
    """Deal the subjects, kind by kind, to train, validation and test.

    Subjects are shuffled within their kind (same source and same first target) and dealt at even distances,
    so that rare findings are in every part. The order of `examples` does not change who goes where.

    Raises:
        DataError: there are no examples, or two share an id.
    """
    _require_unique_ids(examples)
    kinds: dict[tuple[str, str], list[str]] = defaultdict(list)
    kind_of = {e.subject_id: (e.source, (e.target or ("",))[0]) for e in reversed(examples)}
    for subject in sorted(kind_of):
        kinds[kind_of[subject]].append(subject)
    shuffled = [
        subject
        for number, kind in enumerate(sorted(kinds))
        for subject in np.random.default_rng([seed, number]).permutation(kinds[kind]).tolist()
    ]
    held_out = _every(shuffled, fractions.test)
    rest = [subject for subject in shuffled if subject not in held_out]
    validation = _every(rest, fractions.validation / (1 - fractions.test))
    part_of = {s: "test" if s in held_out else "validation" if s in validation else "train" for s in shuffled}
    return {part: [e for e in examples if part_of[e.subject_id] == part] for part in SPLITS}


def check_sizes(split: Mapping[str, Sequence[Example]], fractions: SplitFractions) -> None:
    """Make sure that there is something to train on and something to test on.

    Raises:
        DataError: one of the two parts is empty; says how many subjects the fractions need.
    """
    empty = [part for part in ("train", "test") if not split[part]]
    if empty:
        subjects = len({e.subject_id for examples in split.values() for e in examples})
        needed = max(2, math.ceil(1 / fractions.test - _ROUNDING))
        raise DataError(
            f"with {subjects} subject{'s' * (subjects != 1)} the {empty[0]} part of the data set is empty",
            fix=f"give at least {needed} subjects, which fractions.test = {fractions.test:g} needs, "
            "or change fractions in the recipe",
        )


def check_leaks(split: Mapping[str, Sequence[Example]], *, folder: Path) -> dict[str, int]:
    """Count subjects and pictures (by their bytes) that stand in more than one part.

    Raises:
        DataError: there is one; a model must not be tested on what it was trained on.
    """
    subjects = {part: {e.subject_id for e in examples} for part, examples in split.items()}
    pictures = {
        part: {_digest(folder / image) for e in examples for image in e.images}
        for part, examples in split.items()
    }
    leaks = {"subjects": _overlap(subjects), "pictures": _overlap(pictures)}
    if any(leaks.values()):
        raise DataError(
            f"{leaks['subjects']} subjects and {leaks['pictures']} pictures stand in two parts of the split",
            fix="give records of one patient the same subject_id, and remove duplicate pictures",
        )
    return leaks


def counts(split: Mapping[str, Sequence[Example]]) -> dict[str, dict[str, int]]:
    """Count examples, subjects, pictures and each target in every part."""
    result: dict[str, dict[str, int]] = {}
    for part, examples in split.items():
        targets = Counter(name for e in examples for name in e.target or ())
        result[part] = {
            "examples": len(examples),
            "subjects": len({e.subject_id for e in examples}),
            "pictures": sum(len(e.images) for e in examples),
            **{f"target: {name}": n for name, n in sorted(targets.items())},
        }
    return result


def _every(subjects: Sequence[str], fraction: float) -> set[str]:
    """Take `fraction` of `subjects` at even distances, so that each kind gives its share."""
    ends = np.floor(np.arange(1, len(subjects) + 1) * fraction + _ROUNDING)
    return {subject for subject, step in zip(subjects, np.diff(ends, prepend=0), strict=True) if step}


def _require_unique_ids(examples: Sequence[Example]) -> None:
    if not examples:
        raise DataError(
            "the sources of the data set hold no usable example", fix="add a source to the recipe"
        )
    twice = [name for name, n in Counter(e.id for e in examples).items() if n > 1]
    if twice:
        raise DataError(f"{len(twice)} ids stand more than once, first {twice[0]!r}", fix="make ids unique")


def _overlap(parts: Mapping[str, set[str]]) -> int:
    return sum(n > 1 for n in Counter(item for items in parts.values() for item in items).values())


def _digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()
