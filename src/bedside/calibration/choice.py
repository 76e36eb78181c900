"""Choose texts up to a budget, so that every cohort and every finding is met; and mix two lists evenly."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeVar

import numpy as np

from bedside.calibration.texts import Text

__all__ = ["mixed", "stratified", "up_to"]

Item = TypeVar("Item")


def stratified(texts: Sequence[Text], sizes: Sequence[int], *, wanted: int, seed: int) -> list[Text]:
    """Choose texts, in their order, until their sizes add up to `wanted`.

    Groups (cohorts) take turns, and so do the strata (findings) of a group; within a stratum recordings as
    a whole come first, then windows in a seeded order.

    Args:
        texts: what to choose from.
        sizes: tokens or characters of each.
        wanted: what the chosen ones reach, by at most one text more than needed.
        seed: of the order within a stratum.
    """
    chosen: list[int] = []
    total = 0
    for index in _turns(texts, seed):
        if total >= wanted:
            break
        chosen.append(index)
        total += sizes[index]
    return [texts[index] for index in sorted(chosen)]


def up_to(sizes: Sequence[int], *, wanted: int, seed: int) -> list[int]:
    """Choose indices, in order, whose sizes reach `wanted`: at random by `seed`, until it is reached."""
    order = np.random.default_rng(seed).permutation(len(sizes))
    ends = np.cumsum(np.asarray(sizes, dtype=np.int64)[order])
    return sorted(int(index) for index in order[: int(np.searchsorted(ends, wanted)) + 1])


def mixed(first: Sequence[Item], second: Sequence[Item]) -> list[Item]:
    """Merge two lists so that each is spread evenly over the result."""
    placed = [
        ((index + 0.5) / len(items), item) for items in (first, second) for index, item in enumerate(items)
    ]
    return [item for _, item in sorted(placed, key=lambda pair: pair[0])]


def _turns(texts: Sequence[Text], seed: int) -> Iterator[int]:
    """Yield every index once: group by group, within a group stratum by stratum, round after round."""
    rank = np.random.default_rng(seed).permutation(len(texts))
    groups: dict[str, dict[str, list[int]]] = {}
    for index, text in enumerate(texts):
        groups.setdefault(text.group, {}).setdefault(text.stratum, []).append(index)
    rounds = [
        _alternate([sorted(group[name], key=lambda i: (_is_window(texts[i]), rank[i])) for name in group])
        for group in groups.values()
    ]
    yield from _alternate([list(indices) for indices in rounds])


def _alternate(queues: Sequence[Sequence[int]]) -> Iterator[int]:
    for turn in range(max(map(len, queues), default=0)):
        for queue in queues:
            if turn < len(queue):
                yield queue[turn]


def _is_window(text: Text) -> bool:
    return text.row is not None and text.row.window != "all"
