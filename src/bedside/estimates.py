"""Estimate: a number that may be shown, with its interval, its n and its method.

Proportions get Wilson intervals, everything else a seeded percentile bootstrap over subjects: two items of
one patient are not two independent facts. What cannot be computed is `None` with the reason in `method`,
never 0 or 1. Knows numbers only: nothing about models, findings or files.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = [
    "FEW_POSITIVES",
    "Estimate",
    "bootstrap",
    "exact",
    "mean",
    "paired_bootstrap",
    "proportion",
    "undefined",
    "wilson",
]

FEW_POSITIVES = 10
"""A class with fewer positives is shown and marked, but stands outside averages over classes."""

Statistic = Callable[..., NDArray[np.float64]]
"""`statistic(weights, *data)`: weights (resamples, items) → one value per resample, NaN where undefined."""

_BLOCK_BYTES = 64 << 20


@dataclass(frozen=True)
class Estimate:
    """A measured number.

    Attributes:
        value: the point value; `None` where it is undefined.
        low: lower end of the interval; `None` where there is none.
        high: upper end of the interval; `None` where there is none.
        n: how many items it rests on.
        method: how the interval was made, or why something is undefined.
    """

    value: float | None
    low: float | None
    high: float | None
    n: int
    method: str

    def __post_init__(self) -> None:
        numbers = [x for x in (self.value, self.low, self.high) if x is not None]
        if not all(math.isfinite(x) for x in numbers):
            raise ValueError(f"an undefined number is None, not {numbers}")
        if (self.low is None) != (self.high is None) or (self.value is None and self.low is not None):
            raise ValueError("an interval has two ends and a value")
        if self.low is not None and self.high is not None and self.low > self.high:
            raise ValueError(f"interval {self.low}–{self.high} is upside down")


def undefined(n: int, reason: str) -> Estimate:
    """Return the estimate of what cannot be computed, with the reason."""
    return Estimate(None, None, None, n, f"undefined: {reason}")


def exact(value: float, *, n: int = 1, method: str = "counted") -> Estimate:
    """Return a number without sampling error, such as a file's size; undefined where it is NaN or inf."""
    if not math.isfinite(value):
        return undefined(n, f"found {value} ({method})")
    return Estimate(float(value), None, None, n, method)


def wilson(successes: float, n: float, confidence: float = 0.95) -> Estimate:
    """Return a proportion with its Wilson score interval.

    (p + z²/2n ± z √(p(1−p)/n + z²/4n²)) / (1 + z²/n); E. B. Wilson, JASA 22 (1927) 209-212. For
    independent items; `proportion` takes several items of one subject into account.

    Args:
        successes: how many of `n`; may be fractional for an effective sample size.
        n: the number of items, 0 for an undefined proportion.
        confidence: coverage of the interval.
    """
    if not 0 <= successes <= n:
        raise ValueError(f"{successes} successes of {n}")
    if n == 0:
        return undefined(0, "no cases")
    low, high = _wilson_interval(successes / n, n, confidence)
    return Estimate(successes / n, low, high, round(n), f"Wilson {_percent(confidence)}")


def proportion(hits: ArrayLike, *, clusters: Sequence[str], confidence: float = 0.95) -> Estimate:
    """Return the share of hits with a Wilson interval on the effective sample size.

    With one item per subject this is Wilson's interval. Otherwise n is divided by the design effect,
    var(cluster) / (p(1−p)/n) with the linearised variance over subjects, at least 1 (L. Kish, Survey
    Sampling, 1965; E. L. Korn and B. I. Graubard, Survey Methodology 24 (1998) 193-201). Where all items
    agree the design effect is unknown and the number of subjects is taken.

    Args:
        hits: one truth value per item.
        clusters: the subject of each item.
        confidence: coverage of the interval.
    """
    values = np.asarray(hits, dtype=np.float64)
    n = values.size
    if n == 0:
        return undefined(0, "no cases")
    _, index = np.unique(np.asarray(clusters, dtype=str), return_inverse=True)
    subjects = int(index.max()) + 1
    p = float(values.mean())
    if subjects == n:
        return wilson(float(values.sum()), n, confidence)
    effective = _effective_n(values, index, subjects)
    low, high = _wilson_interval(p, effective, confidence)
    method = f"Wilson {_percent(confidence)} on {effective:.1f} effective of {n} items, {subjects} subjects"
    return Estimate(p, low, high, n, method)


def mean(weights: NDArray[np.float64], values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the weighted mean of each resample: the statistic of a share or an average."""
    total = weights.sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(total > 0, weights @ values / total, np.nan)


def bootstrap(
    statistic: Statistic,
    data: Sequence[ArrayLike],
    *,
    clusters: Sequence[str],
    seed: int,
    resamples: int = 2000,
    confidence: float = 0.95,
) -> Estimate:
    """Return a statistic with its percentile bootstrap interval over subjects.

    Whole subjects are drawn with replacement; a drawn item counts as often as its subject was drawn, so
    that all resamples are computed at once from a matrix of weights (B. Efron and R. Tibshirani, An
    Introduction to the Bootstrap, 1993, chapter 13). The same seed and subjects give the same resamples.

    Args:
        statistic: computes one value per row of weights; see `Statistic`.
        data: arrays with one entry per item along the first axis.
        clusters: the subject of each item.
        seed: seed of the resampling.
        resamples: how many resamples are drawn.
        confidence: coverage of the interval.
    """
    arrays = [np.asarray(values, dtype=np.float64) for values in data]
    if len(clusters) == 0:
        return undefined(0, "no cases")
    return _bootstrap(lambda weights: statistic(weights, *arrays), clusters, seed, resamples, confidence)


def paired_bootstrap(
    statistic: Statistic,
    first: Sequence[ArrayLike],
    second: Sequence[ArrayLike],
    *,
    clusters: Sequence[str],
    seed: int,
    resamples: int = 2000,
    confidence: float = 0.95,
) -> Estimate:
    """Return statistic(first) − statistic(second) of two systems on the same items.

    Both are computed on the same resamples, so what makes an item hard for both cancels out.

    Args:
        statistic: computes one value per row of weights; see `Statistic`.
        first: the data of the first system, item by item.
        second: the data of the second system, in the same order.
        clusters: the subject of each item.
        seed: seed of the resampling.
        resamples: how many resamples are drawn.
        confidence: coverage of the interval.
    """
    one = [np.asarray(values, dtype=np.float64) for values in first]
    two = [np.asarray(values, dtype=np.float64) for values in second]
    if len(clusters) == 0:
        return undefined(0, "no cases")
    estimate = _bootstrap(
        lambda weights: statistic(weights, *one) - statistic(weights, *two),
        clusters,
        seed,
        resamples,
        confidence,
    )
    method = estimate.method.replace("percentile bootstrap", "paired percentile bootstrap", 1)
    return Estimate(estimate.value, estimate.low, estimate.high, estimate.n, method)


def _wilson_interval(p: float, n: float, confidence: float) -> tuple[float, float]:
    z2 = NormalDist().inv_cdf((1 + confidence) / 2) ** 2
    centre = (p + z2 / (2 * n)) / (1 + z2 / n)
    half = math.sqrt(z2 * p * (1 - p) / n + z2 * z2 / (4 * n * n)) / (1 + z2 / n)
    return min(p, max(0.0, centre - half)), max(p, min(1.0, centre + half))


def _effective_n(values: NDArray[np.float64], index: NDArray[np.intp], subjects: int) -> float:
    p, n = float(values.mean()), values.size
    if subjects == 1 or p in {0.0, 1.0}:
        return float(subjects)
    residuals = np.bincount(index, weights=values - p, minlength=subjects)
    clustered = subjects / (subjects - 1) * float((residuals**2).sum()) / n**2
    return n / max(1.0, clustered / (p * (1 - p) / n))


def _bootstrap(
    statistic: Callable[[NDArray[np.float64]], NDArray[np.float64]],
    clusters: Sequence[str],
    seed: int,
    resamples: int,
    confidence: float,
) -> Estimate:
    _, index = np.unique(np.asarray(clusters, dtype=str), return_inverse=True)
    subjects, n = int(index.max()) + 1, index.size
    value = float(statistic(np.ones((1, n)))[0])
    if not math.isfinite(value):
        return undefined(n, "the statistic has no value on these items")
    if subjects == 1:
        return Estimate(value, None, None, n, "no interval: all items are of one subject")
    drawn = np.concatenate(
        [statistic(counts[:, index]) for counts in _draws(subjects, n, seed=seed, resamples=resamples)]
    )
    defined = drawn[np.isfinite(drawn)]
    method = f"percentile bootstrap {_percent(confidence)} over {subjects} subjects, {resamples} resamples"
    method += f", seed {seed}"
    if defined.size == 0:
        return Estimate(value, None, None, n, f"no interval: undefined in all {resamples} resamples")
    if defined.size < resamples:
        method += f"; undefined in {resamples - defined.size} of them"
    low, high = np.quantile(defined, [(1 - confidence) / 2, (1 + confidence) / 2])
    return Estimate(value, float(low), float(high), n, method)


def _draws(subjects: int, items: int, *, seed: int, resamples: int) -> Iterable[NDArray[np.float64]]:
    """Yield how often each subject was drawn, shape (block, subjects), in blocks that fit into memory.

    The blocks come from one stream of random numbers: their size does not change what is drawn.
    """
    rng = np.random.default_rng(seed)
    block = max(1, min(resamples, _BLOCK_BYTES // (8 * max(subjects, items))))
    for start in range(0, resamples, block):
        rows = min(block, resamples - start)
        picks = rng.integers(0, subjects, size=(rows, subjects))
        picks += np.arange(rows)[:, None] * subjects
        yield np.bincount(picks.ravel(), minlength=rows * subjects).reshape(rows, subjects).astype(np.float64)


def _percent(confidence: float) -> str:
    return f"{100 * confidence:g} %"
