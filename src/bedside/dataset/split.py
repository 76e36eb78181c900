"""Deal subjects to train, validation and test.

A subject's records resemble each other; a model that has seen one has half seen the others. So no subject
stands in two parts. Subjects that share a picture or a question are dealt as one (see `links`).
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, model_validator

from bedside.errors import DataError

__all__ = ["SPLITS", "Part", "SplitFractions", "deal", "require_sizes"]

Part = Literal["train", "validation", "test"]
SPLITS: tuple[Part, ...] = ("train", "validation", "test")
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


def deal(
    kind_of: Mapping[str, tuple[str, str]], fixed: Mapping[str, Part], fractions: SplitFractions, *, seed: int
) -> dict[str, Part]:
    """Deal the subjects, kind by kind.

    Subjects are shuffled within their kind and dealt at even distances, so that rare findings are in every
    part. The order of `kind_of` does not change who goes where.

    Args:
        kind_of: the kind of each subject, such as source and first target.
        fixed: subjects whose part is decided already; they are not dealt.
        fractions: the share of the others.
        seed: of the shuffling.
    """
    kinds: dict[tuple[str, str], list[str]] = defaultdict(list)
    for subject in sorted(kind_of.keys() - fixed.keys()):
        kinds[kind_of[subject]].append(subject)
    shuffled = [
        subject
        for number, kind in enumerate(sorted(kinds))
        for subject in _shuffled(kinds[kind], seed=(seed, number))
    ]
    held_out = _every(shuffled, fractions.test)
    rest = [subject for subject in shuffled if subject not in held_out]
    validation = _every(rest, fractions.validation / (1 - fractions.test))
    dealt: dict[str, Part] = {
        subject: "test" if subject in held_out else "validation" if subject in validation else "train"
        for subject in shuffled
    }
    return dealt | dict(fixed)


def require_sizes(part_of: Mapping[str, Part], fractions: SplitFractions, *, groups: int) -> None:
    """Make sure that there is something to train on and something to test on.

    Args:
        part_of: the part of every subject.
        fractions: the share of subjects that was asked for.
        groups: how many were dealt, linked subjects counting as one.

    Raises:
        DataError: one of the two parts is empty; says how many subjects the fractions need.
    """
    parts = set(part_of.values())
    empty = [part for part in ("train", "test") if part not in parts]
    if empty:
        subjects = len(part_of)
        needed = max(2, math.ceil(1 / fractions.test - _ROUNDING))
        linked = f", of which linked ones count as one ({groups})," if groups < subjects else ""
        fix = (
            f"give at least {needed} subjects, which fractions.test = {fractions.test:g} needs, "
            "or hold out more with --set fractions.test=0.34"
        )
        if groups >= needed:  # so folds have decided
            fix = "the sources' own folds leave none for it: add a source that does, see docs/dataset.md"
        raise DataError(
            f"with {subjects} subject{'s' * (subjects != 1)}{linked} the {empty[0]} part of the data set "
            "is empty",
            fix=fix,
        )


def _shuffled(subjects: Sequence[str], *, seed: tuple[int, int]) -> list[str]:
    order: list[int] = np.random.default_rng(seed).permutation(len(subjects)).tolist()
    return [subjects[place] for place in order]  # in an array of names each would take as much as the longest


def _every(subjects: Sequence[str], fraction: float) -> set[str]:
    """Take `fraction` of `subjects` at even distances, so that each kind gives its share."""
    ends = np.floor(np.arange(1, len(subjects) + 1) * fraction + _ROUNDING)
    return {subject for subject, step in zip(subjects, np.diff(ends, prepend=0), strict=True) if step}
