"""All readings of one signal, kept as counts where that is possible: exact figures in bounded memory.

Whole numbers, which is what most monitors give every second, are counted by value. Other readings are kept
one by one; where many are equal, as readings with one decimal are, stretches of 2^20 of them become counts as
well. Which readings make a stretch and all figures come from the readings in their order, so that they do not
depend on how a recording was cut into batches. Knows nothing about units, limits or patients.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

__all__ = ["Distribution", "Readings"]

_LOWEST, _HIGHEST = -256, 4095
_STRETCH = 1 << 20
_SAMPLE = 1 << 16
_REPEATED = 4


@dataclass(frozen=True)
class Distribution:
    """Readings in ascending order: `levels`, each `counts` times, and `rest`, each once.

    Attributes:
        levels: float array, shape (levels,), ascending, no two equal.
        counts: int array, shape (levels,), positive.
        rest: float array, shape (readings,), ascending; may repeat a level.
    """

    levels: NDArray[np.float64]
    counts: NDArray[np.int64]
    rest: NDArray[np.float64]

    @cached_property
    def n(self) -> int:
        """How many readings there are."""
        return self._copies(self.levels.size) + self.rest.size

    def below(self, limit: float) -> int:
        """Return how many readings are below `limit`."""
        return self._copies(int(self.levels.searchsorted(limit))) + int(self.rest.searchsorted(limit))

    def above(self, limit: float) -> int:
        """Return how many readings are above `limit`."""
        until = int(self.levels.searchsorted(limit, side="right"))
        return self.n - self._copies(until) - int(self.rest.searchsorted(limit, side="right"))

    def between(self, low: float, high: float) -> Distribution:
        """Return the readings from `low` to `high`, both included."""
        levels, rest = _slice(self.levels, low, high), _slice(self.rest, low, high)
        return Distribution(self.levels[levels], self.counts[levels], self.rest[rest])

    def total(self) -> float:
        """Return the sum of the readings; exact for whole numbers."""
        return float(self.levels @ self.counts + self.rest.sum())

    def squares_about(self, centre: float) -> float:
        """Return the sum of the squared distances of the readings from `centre`."""
        return float(((self.levels - centre) ** 2) @ self.counts + ((self.rest - centre) ** 2).sum())

    def percentiles(self, *percents: float) -> list[float]:
        """Return percentiles with linear interpolation, to the last bit what `numpy.percentile` gives."""
        last = self.n - 1
        positions = [last * (percent / 100.0) for percent in percents]
        ranks = [min(int(position) + step, last) for position in positions for step in (0, 1)]
        values = self._at(np.array(ranks)).tolist()
        return [
            _interpolate(lower, upper, position - int(position))
            for position, lower, upper in zip(positions, values[::2], values[1::2], strict=True)
        ]

    def extremes(self) -> tuple[float, float]:
        """Return the smallest and the largest reading."""
        ends = [*self.levels[:1], *self.levels[-1:], *self.rest[:1], *self.rest[-1:]]
        return float(min(ends)), float(max(ends))

    def _at(self, ranks: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return the readings of these ranks, 0 being the smallest."""
        if not self.rest.size:
            return self.levels[self._through.searchsorted(ranks, side="right")]
        if not self.levels.size:
            return self.rest[ranks]
        first = self._through - self.counts + self.rest.searchsorted(self.levels)
        level = first.searchsorted(ranks, side="right") - 1  # the last level that starts by that rank
        copies_before = np.where(level >= 0, self._through[level], 0)
        is_copy = (level >= 0) & (ranks < first[level] + self.counts[level])
        single = np.clip(ranks - copies_before, 0, self.rest.size - 1)
        return np.where(is_copy, self.levels[level], self.rest[single])

    @cached_property
    def _through(self) -> NDArray[np.int64]:
        """How many copies there are of each level and those before it."""
        return np.cumsum(self.counts)

    def _copies(self, levels: int) -> int:
        """Return how many copies the first `levels` levels have."""
        return int(self._through[levels - 1]) if levels else 0


def _interpolate(lower: float, upper: float, share: float) -> float:
    """Return what lies at `share` between two readings, rounded as numpy does it."""
    step = upper - lower
    return upper - step * (1.0 - share) if share >= 0.5 else lower + step * share


def _slice(ascending: NDArray[np.float64], low: float, high: float) -> slice:
    if not ascending.size:
        return slice(0)
    return slice(int(ascending.searchsorted(low)), int(ascending.searchsorted(high, side="right")))


class Readings:
    """Takes readings batch by batch."""

    def __init__(self) -> None:
        self._whole = np.zeros(0, dtype=np.int64)
        self._singles: list[NDArray[np.float64]] = []
        self._stretch: list[NDArray[np.float64]] = []
        self._repeated: list[tuple[NDArray[np.float64], NDArray[np.int64]]] = []

    def add(self, values: NDArray[np.float64]) -> None:
        """Take readings.

        Args:
            values: readings, shape (rows,); NaN where missing.
        """
        missing = np.isnan(values)
        present = values[~missing] if missing.any() else values
        if not present.size:
            return
        with np.errstate(invalid="ignore"):  # what no integer can hold is compared and found unequal
            codes = present.astype(np.int64)
        is_whole = codes == present
        if not (is_whole.all() and codes.min() >= _LOWEST and codes.max() <= _HIGHEST):
            is_whole &= (codes >= _LOWEST) & (codes <= _HIGHEST)
            self._keep(present[~is_whole])
            codes = codes[is_whole]
        if codes.size:
            self._count(np.bincount(codes - _LOWEST))

    def distribution(self) -> Distribution:
        """Return all readings taken so far."""
        places = np.flatnonzero(self._whole)
        levels, counts = (places + _LOWEST).astype(np.float64), self._whole[places]
        if self._repeated:
            levels, position = np.unique(
                np.concatenate([levels, *(values for values, _ in self._repeated)]), return_inverse=True
            )
            several = np.concatenate([counts, *(times for _, times in self._repeated)])
            counts = np.bincount(position, weights=several).astype(np.int64)
        if self._stretch or len(self._singles) > 1:
            joined = np.concatenate([*self._singles, *self._stretch])
            joined.sort()
            self._singles, self._stretch = [joined], []
        rest = self._singles[0] if self._singles else np.empty(0)
        return Distribution(levels, counts, rest)

    def _count(self, counts: NDArray[np.int64]) -> None:
        if counts.size > self._whole.size:
            counts[: self._whole.size] += self._whole
            self._whole = counts
        else:
            self._whole[: counts.size] += counts

    def _keep(self, values: NDArray[np.float64]) -> None:
        self._stretch.append(values)
        if sum(part.size for part in self._stretch) < _STRETCH:
            return
        kept = np.concatenate(self._stretch)
        whole = kept.size - kept.size % _STRETCH
        for start in range(0, whole, _STRETCH):
            self._close(kept[start : start + _STRETCH])
        self._stretch = [kept[whole:].copy()]

    def _close(self, stretch: NDArray[np.float64]) -> None:
        """Keep a whole stretch, counted where many of its readings are equal."""
        if np.unique(stretch[:_SAMPLE]).size * _REPEATED <= _SAMPLE:
            self._repeated.append(np.unique(stretch, return_counts=True))
        else:
            self._singles.append(stretch)
