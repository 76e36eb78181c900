"""How often each finding may be asked about, so that no answer can be told without the picture.

Who asks *yes* of what is frequent and *no* of what is rare teaches a model to answer from the question
alone. So each finding is as often the subject of a yes as of a no, and the right one in a quarter of the
choices that it stands in, over all records of a source. Findings are drawn with weights that make it so;
where a finding has no fair counterpart, there is no question. Only findings of one kind stand beside each
other in a choice, unless the source says of each finding whether it is there: what was looked for differs
by kind.

Knows which findings can be asked about, in which records; no wording and no evidence.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bedside.dataset.ecg.askable import deniable, present_findings, unmistakable
from bedside.dataset.ecg.facts import EcgFacts
from bedside.ecg.statements import kinds_of

__all__ = ["WRONG_CHOICES", "Fairness", "balance", "draw"]

WRONG_CHOICES = 3
_ROUNDS = 150
_GROWTH = 0.1
_SMALLEST = 1e-5
_DIGITS = 6
"""Weights are rounded so that the last bits of a sum, which differ between machines, decide nothing."""

Weights = NDArray[np.float64]


@dataclass(frozen=True)
class Fairness:
    """How much each finding counts when one is drawn, by its phrase; one that is not named is not drawn.

    Attributes:
        yes, no: in questions that are answered with yes, with no.
        right, wrong: as the right one of a choice, as one of the others.
        group: only findings of one group stand beside each other in a choice.
    """

    yes: Mapping[str, float]
    no: Mapping[str, float]
    right: Mapping[str, float]
    wrong: Mapping[str, float]
    group: Mapping[str, str]


def draw(rng: np.random.Generator, weights: Sequence[float], count: int) -> tuple[int, ...]:
    """Draw `count` different places of `weights`, or none; each with the chance that `_chances` gives it.

    Systematic sampling: candidates lie side by side in random order, each as long as its chance, and points
    at distance 1 choose among them (W. G. Madow, Annals of Mathematical Statistics 20:333, 1949).
    """
    given = np.asarray([weights], float)
    shares, asked = _shares(given, count)
    if rng.random() >= asked[0]:
        return ()
    order = rng.permutation(len(weights))
    ends = np.cumsum(shares[0, order])
    places = np.searchsorted(ends, rng.random() + np.arange(count), side="right")
    chosen = {int(order[min(place, len(order) - 1)]) for place in places}
    return tuple(sorted(chosen)) if len(chosen) == count and all(weights[it] > 0 for it in chosen) else ()


def balance(some: Iterable[EcgFacts]) -> Fairness:
    """Find the weights with which the questions about the records of a source are fair.

    Raises:
        DataError: the facts name a finding that is not one of `ecg.statements`.
    """
    seen: Counter[tuple[tuple[str, ...], tuple[str, ...]]] = Counter()
    says_what_is_absent = False
    for facts in some:
        certain = tuple(it.phrase for it in unmistakable(present_findings(facts)))
        seen[certain, deniable(facts)] += 1
        says_what_is_absent |= bool(facts.absent)
    names = sorted({phrase for certain, _ in seen for phrase in certain})
    number = {phrase: place for place, phrase in enumerate(names)}
    group = {it: "any" if says_what_is_absent else next(iter(kinds_of(it)), "") for it in names}
    present = np.zeros((len(seen), len(names)))
    absent = np.zeros_like(present)
    for row, (certain, denied) in enumerate(seen):
        present[row, [number[it] for it in certain]] = 1
        absent[row, [number[it] for it in denied if it in number]] = 1
    times = np.asarray(list(seen.values()), float)[:, None]
    groups = [np.asarray([group[it] == one for it in names]) for one in sorted(set(group.values()))]
    yes, no = _settled(present, absent, times, [np.ones(len(names), bool)], count=1)
    right, wrong = _settled(present, absent, times, groups, count=WRONG_CHOICES)
    return Fairness(*(_named(names, it) for it in (yes, no, right, wrong)), group=group)


def _settled(
    present: Weights, absent: Weights, times: Weights, groups: Sequence[NDArray[np.bool_]], *, count: int
) -> tuple[Weights, Weights]:
    """Return the weights of what is present and of what is absent, shape (findings,), 0 to 1.

    With them each finding is drawn `count` times as often as an absent one as it is as a present one. Found
    step by step: what is drawn too often gets less weight, its counterpart more; all weights grow as far as
    that leaves room, less and less.
    """
    some, others = np.ones(present.shape[1]), np.ones(present.shape[1])
    for step in range(_ROUNDS):
        as_present, as_absent = _expected(present * some, absent * others, times, groups, count)
        paired = (as_present > 0) & (as_absent > 0)
        ratio = np.divide(as_absent, count * as_present, out=np.ones_like(some), where=paired)
        growth = 1 + _GROWTH * max(0.0, 1 - 2 * step / _ROUNDS)
        change = np.sqrt(np.clip(ratio, 0.1, 10))
        some = np.where(paired, np.minimum(1, some * change * growth), 0)
        others = np.where(paired, np.minimum(1, others / change * growth), 0)
        some[some < _SMALLEST] = 0
        others[others < _SMALLEST] = 0
    return some, others


def _expected(
    present: Weights, absent: Weights, times: Weights, groups: Sequence[NDArray[np.bool_]], count: int
) -> tuple[Weights, Weights]:
    """Return how often each finding is drawn as a present and as an absent one, shape (findings,).

    One absent finding is drawn whatever is present; several, beside one that is present.
    """
    if count == 1:
        return (times * _chances(present, 1)).sum(axis=0), (times * _chances(absent, 1)).sum(axis=0)
    beside = np.zeros_like(absent)
    possible = np.zeros_like(present)
    for group in groups:
        shares, asked = _shares(absent[:, group], count)
        beside[:, group] = shares
        possible[:, group] = asked[:, None]
    right = _chances(present * (possible > 0), 1) * possible
    for group in groups:
        beside[:, group] *= right[:, group].sum(axis=1, keepdims=True)
    return (times * right).sum(axis=0), (times * beside).sum(axis=0)


def _chances(weights: Weights, count: int) -> Weights:
    """Return the chance of each candidate to be among `count` drawn of a row; never more than its weight."""
    shares, asked = _shares(weights, count)
    return shares * asked[:, None]


def _shares(weights: Weights, count: int) -> tuple[Weights, Weights]:
    """Return the chance of each candidate of a row if `count` are drawn, and the chance that they are.

    Chances are proportional to weights, at most 1 each, and sum to `count`: level × weight. Where the level
    is over 1, the draw takes place with chance 1 / level, so that no candidate has a chance above its weight.
    """
    rows, width = weights.shape
    level = np.full(rows, np.inf)
    top = np.sort(weights, axis=1)[:, ::-1]
    for sure in reversed(range(min(count, width))):
        rest = top[:, sure:].sum(axis=1)
        fits = (rest > 0) & ((count - sure) * top[:, sure] <= rest * (1 + 1e-9))
        level[fits] = (count - sure) / rest[fits]
    enough = (weights > 0).sum(axis=1) >= count
    asked = np.where(enough & np.isfinite(level), np.minimum(1, 1 / level), 0)
    shares = np.minimum(1, np.where(asked > 0, level, 0)[:, None] * weights)
    return shares, asked


def _named(names: Sequence[str], weights: Weights) -> dict[str, float]:
    rounded = np.round(weights, _DIGITS).tolist()
    return {name: weight for name, weight in zip(names, rounded, strict=True) if weight > 0}
