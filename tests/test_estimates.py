"""Intervals against published tables, against explicit resampling, and their properties."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bedside import estimates
from bedside.estimates import (
    Estimate,
    bootstrap,
    exact,
    mean,
    paired_bootstrap,
    proportion,
    undefined,
    wilson,
)


@pytest.mark.parametrize(
    ("successes", "n", "low", "high"),
    [
        # R. G. Newcombe, Statistics in Medicine 17 (1998) 857-872, table I, method 3
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0000, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_wilson_gives_the_published_intervals(successes, n, low, high):
    estimate = wilson(successes, n)
    assert estimate.value == successes / n
    assert (round(estimate.low, 4), round(estimate.high, 4)) == (low, high)
    assert estimate.n == n


def test_wilson_at_99_percent():
    estimate = wilson(8, 10, confidence=0.99)
    z2 = 2.5758293035489004**2
    half = (z2 * 0.8 * 0.2 / 10 + z2 * z2 / 400) ** 0.5 / (1 + z2 / 10)
    assert estimate.low == pytest.approx((0.8 + z2 / 20) / (1 + z2 / 10) - half)
    assert "99 %" in estimate.method


def test_nothing_of_nothing_is_undefined():
    assert wilson(0, 0) == Estimate(None, None, None, 0, "undefined: no cases")
    assert proportion([], clusters=[]).value is None
    assert bootstrap(mean, ([],), clusters=[], seed=0).value is None


def test_more_successes_than_cases_is_a_mistake():
    with pytest.raises(ValueError, match="3 successes of 2"):
        wilson(3, 2)


@given(st.integers(1, 500).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_wilson_holds_its_value_and_mirrors(case):
    successes, n = case
    one, mirrored = wilson(successes, n), wilson(n - successes, n)
    assert 0 <= one.low <= one.value <= one.high <= 1
    assert one.low == pytest.approx(1 - mirrored.high)
    assert one.high - one.low < 1
    assert wilson(successes * 10, n * 10).high - wilson(successes * 10, n * 10).low < one.high - one.low


def test_an_estimate_cannot_hold_nonsense():
    with pytest.raises(ValueError, match="None"):
        Estimate(float("nan"), None, None, 1, "x")
    with pytest.raises(ValueError, match="upside down"):
        Estimate(0.5, 0.9, 0.1, 1, "x")
    with pytest.raises(ValueError, match="two ends"):
        Estimate(0.5, 0.1, None, 1, "x")
    assert exact(7).value == 7.0
    assert undefined(3, "why").method == "undefined: why"


def test_proportion_of_independent_items_is_wilson():
    hits = [True] * 15 + [False] * 133
    assert proportion(hits, clusters=[str(i) for i in range(148)]) == wilson(15, 148)


def test_items_of_one_subject_are_not_independent():
    """Ten copies of each subject's item must not narrow the interval by √10."""
    rng = np.random.default_rng(1)
    truth = rng.random(60) < 0.7
    once = proportion(truth, clusters=[str(i) for i in range(60)])
    copied = proportion(np.repeat(truth, 10), clusters=[str(i) for i in np.repeat(np.arange(60), 10)])
    assert copied.n == 600
    assert copied.value == once.value
    assert copied.high - copied.low == pytest.approx(once.high - once.low, rel=0.03)


def test_items_that_do_not_resemble_each_other_count_in_full():
    hits = [True, False] * 50
    clusters = [str(i // 2) for i in range(100)]
    effective = proportion(hits, clusters=clusters)
    assert (effective.low, effective.high) == pytest.approx((wilson(50, 100).low, wilson(50, 100).high))


def test_where_all_agree_only_subjects_count():
    all_right = proportion([True] * 40, clusters=[str(i // 10) for i in range(40)])
    assert all_right.low == pytest.approx(wilson(4, 4).low)
    assert "4 subjects" in all_right.method


def weighted_median(weights, values):
    order = np.argsort(values)
    cumulative = weights[:, order].cumsum(axis=1)
    return values[order][(cumulative >= cumulative[:, -1:] / 2).argmax(axis=1)]


def test_bootstrap_equals_explicit_resampling():
    """The matrix of weights is the same as building each resample item by item."""
    rng = np.random.default_rng(5)
    clusters = np.array([f"s{i}" for i in rng.integers(0, 12, size=40)])
    values = rng.normal(size=40)
    got = bootstrap(weighted_median, (values,), clusters=list(clusters), seed=9, resamples=300)

    subjects = np.unique(clusters)
    picks = np.random.default_rng(9).integers(0, subjects.size, size=(300, subjects.size))
    medians = []
    for row in picks:
        items = np.sort(np.concatenate([values[clusters == subjects[i]] for i in row]))
        medians.append(items[(items.size + 1) // 2 - 1])
    assert (got.low, got.high) == tuple(np.quantile(medians, [0.025, 0.975]))
    assert got.value == np.sort(values)[19]
    assert got.n == 40
    assert got.method == "percentile bootstrap 95 % over 12 subjects, 300 resamples, seed 9"


def test_bootstrap_is_seeded_and_does_not_depend_on_memory(monkeypatch):
    data = np.random.default_rng(0).random(31)
    clusters = [str(i // 2) for i in range(31)]
    first = bootstrap(mean, (data,), clusters=clusters, seed=3, resamples=500)
    assert first == bootstrap(mean, (data,), clusters=clusters, seed=3, resamples=500)
    assert first != bootstrap(mean, (data,), clusters=clusters, seed=4, resamples=500)
    monkeypatch.setattr(estimates, "_BLOCK_BYTES", 8 * 31 * 7)
    in_blocks = bootstrap(mean, (data,), clusters=clusters, seed=3, resamples=500)
    assert (in_blocks.low, in_blocks.high) == pytest.approx((first.low, first.high), rel=1e-14)


def test_bootstrap_of_the_mean_agrees_with_theory():
    values = np.random.default_rng(2).normal(10, 3, size=400)
    estimate = bootstrap(mean, (values,), clusters=[str(i) for i in range(400)], seed=0, resamples=4000)
    half = 1.96 * values.std() / 20
    assert estimate.low == pytest.approx(values.mean() - half, abs=0.05)
    assert estimate.high == pytest.approx(values.mean() + half, abs=0.05)


def ratio(weights, numerator, denominator):
    below = weights @ denominator
    return np.where(below > 0, weights @ numerator / np.where(below > 0, below, 1), np.nan)


def test_resamples_without_a_value_are_counted():
    denominator = np.array([1.0, 0.0, 0.0])
    estimate = bootstrap(ratio, (denominator, denominator), clusters=["a", "b", "c"], seed=0, resamples=1000)
    draws = np.random.default_rng(0).integers(0, 3, size=(1000, 3))
    without = int((draws != 0).all(axis=1).sum())
    assert f"undefined in {without} of them" in estimate.method
    assert (estimate.value, estimate.low, estimate.high) == (1.0, 1.0, 1.0)


def test_an_undefined_statistic_stays_undefined():
    estimate = bootstrap(ratio, (np.ones(3), np.zeros(3)), clusters=["a", "b", "c"], seed=0)
    assert estimate.value is None
    assert estimate.low is None
    assert estimate.n == 3


def test_one_subject_gives_no_interval():
    estimate = bootstrap(mean, ([0.0, 1.0],), clusters=["a", "a"], seed=0)
    assert (estimate.value, estimate.low, estimate.high) == (0.5, None, None)
    assert "one subject" in estimate.method


def test_pairing_cancels_what_is_hard_for_both():
    rng = np.random.default_rng(3)
    hard = rng.random(300)
    first, second = hard + 0.1, hard
    clusters = [str(i) for i in range(300)]
    paired = paired_bootstrap(mean, (first,), (second,), clusters=clusters, seed=0)
    alone = bootstrap(mean, (first,), clusters=clusters, seed=0)
    assert paired.value == pytest.approx(0.1)
    assert paired.high - paired.low < 1e-9 < alone.high - alone.low
    assert paired.method.startswith("paired percentile bootstrap")


@settings(max_examples=25, deadline=None)
@given(st.lists(st.booleans(), min_size=4, max_size=60), st.integers(0, 5))
def test_swapping_two_systems_mirrors_the_difference(hits, seed):
    other = hits[1:] + hits[:1]
    clusters = [str(i) for i in range(len(hits))]
    one = paired_bootstrap(mean, (hits,), (other,), clusters=clusters, seed=seed, resamples=200)
    two = paired_bootstrap(mean, (other,), (hits,), clusters=clusters, seed=seed, resamples=200)
    assert one.value == pytest.approx(-two.value)
    assert one.low == pytest.approx(-two.high)


def test_intervals_cover_the_truth_about_as_often_as_they_say():
    """400 draws of 40 subjects with three correlated items each; nominal 95 %."""
    rng = np.random.default_rng(8)
    covered = {"wilson": 0, "bootstrap": 0}
    clusters = [str(i // 3) for i in range(120)]
    for _ in range(400):
        leaning = rng.beta(4, 2, size=40)
        hits = rng.random(120) < np.repeat(leaning, 3)
        for name, estimate in (
            ("wilson", proportion(hits, clusters=clusters)),
            ("bootstrap", bootstrap(mean, (hits,), clusters=clusters, seed=0, resamples=400)),
        ):
            covered[name] += estimate.low <= 2 / 3 <= estimate.high
    assert all(0.91 <= count / 400 <= 0.985 for count in covered.values()), covered


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_what_is_no_number_is_undefined_with_the_reason(value):
    estimate = exact(value, n=3, method="logged at step 5")
    assert (estimate.value, estimate.n) == (None, 3)
    assert estimate.method == f"undefined: found {value} (logged at step 5)"
    boot = bootstrap(mean, ([value, 1.0],), clusters=["a", "b"], seed=0, resamples=100)
    assert boot.value is None
