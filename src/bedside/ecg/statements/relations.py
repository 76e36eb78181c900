"""Which findings follow from others, and which can be denied where others are present.

A data set that does not code *myocardial infarction* beside *inferior myocardial infarction* does not say
that there is none. The relations stand in `phrases.csv`; they are our own and lean to the safe side: what may
be meant by a finding that is present is not denied. Knows phrases only.
"""

from __future__ import annotations

from collections.abc import Collection
from functools import cache

from bedside.ecg.statements.tables import phrases

__all__ = ["implied", "surely_absent"]

_DENIED_BESIDE_SINUS_RHYTHM = frozenset({"sinus tachycardia", "sinus bradycardia"})
"""Data sets that know these write them instead of sinus rhythm, so sinus rhythm alone denies them."""


@cache
def implied(phrase: str) -> frozenset[str]:
    """Return everything that holds where `phrase` does, itself included.

    Raises:
        KeyError: it is not a canonical phrase.
    """
    return frozenset({phrase}).union(*(implied(parent) for parent in phrases()[phrase].implies))


def surely_absent(phrase: str, *, present: Collection[str]) -> bool:
    """Tell whether `phrase`, which a source looked for and did not state, can be denied beside `present`.

    It cannot where a present finding is it, implies it, is a less specific form of it, may hide it, or may be
    another name for it.

    Raises:
        KeyError: one of them is not a canonical phrase.
    """
    return not any(_may_mean(other, phrase) for other in present)


@cache
def _may_mean(present: str, asked: str) -> bool:
    if present == "sinus rhythm" and asked in _DENIED_BESIDE_SINUS_RHYTHM:
        return False
    holds, needs = implied(present), implied(asked)
    known = phrases()
    return (
        asked in holds
        or present in needs
        or bool(_families(holds) & set(known[asked].families))
        or any(holds.intersection(known[need].unsure_with) for need in needs)
    )


def _families(some: Collection[str]) -> set[str]:
    return {family for phrase in some for family in phrases()[phrase].families}
