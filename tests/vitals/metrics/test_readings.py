import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bedside.vitals.metrics import readings
from bedside.vitals.metrics.readings import Distribution, Readings

NUMBERS = st.one_of(
    st.integers(-300, 5000).map(float),
    st.floats(-1e6, 1e6, allow_nan=False),
    st.sampled_from([0.1, 0.2, 98.6, 70.0, -0.0, np.inf, -np.inf, 1e19]),
)


def taken(*batches):
    result = Readings()
    for batch in batches:
        result.add(np.array(batch, dtype=float))
    return result.distribution()


def same(one: Distribution, other: Distribution) -> bool:
    pairs = ((one.levels, other.levels), (one.counts, other.counts), (one.rest, other.rest))
    return all(np.array_equal(a, b) for a, b in pairs)


@settings(deadline=None)
@given(st.lists(NUMBERS.filter(np.isfinite), min_size=1, max_size=60))
def test_percentiles_are_numpys_to_the_last_bit(values):
    expected = np.percentile(values, [0, 5, 37, 50, 95, 100]).tolist()
    assert taken(values).percentiles(0, 5, 37, 50, 95, 100) == expected


@settings(deadline=None)
@given(st.lists(NUMBERS.filter(np.isfinite), min_size=1, max_size=60))
def test_mean_spread_and_extremes(values):
    found = taken(values)
    mean = found.total() / found.n
    assert mean == pytest.approx(np.mean(values), rel=1e-9, abs=1e-6)
    assert np.sqrt(found.squares_about(mean) / found.n) == pytest.approx(np.std(values), rel=1e-9, abs=1e-5)
    assert found.extremes() == (min(values), max(values))


@settings(deadline=None)
@given(st.lists(NUMBERS, max_size=60), NUMBERS)
def test_counts_below_above_and_between(values, limit):
    found = taken(values)
    assert found.n == len(values)
    assert found.below(limit) == sum(value < limit for value in values)
    assert found.above(limit) == sum(value > limit for value in values)
    assert found.between(-1.0, limit).n == sum(-1.0 <= value <= limit for value in values)


@settings(deadline=None)
@given(st.lists(NUMBERS, max_size=60), st.lists(st.integers(0, 60), max_size=4))
def test_batches_make_no_difference(values, places):
    bounds = [0, *sorted(places), len(values)]
    batches = [values[start:stop] for start, stop in itertools.pairwise(bounds)]
    assert same(taken(*batches), taken(values))


@pytest.mark.parametrize("size", [1, 700, 1000, 1300, 4999])
def test_which_readings_become_counts_does_not_depend_on_the_batches(size, monkeypatch):
    monkeypatch.setattr(readings, "_STRETCH", 1000)
    monkeypatch.setattr(readings, "_SAMPLE", 100)
    values = np.random.default_rng(0).normal(37, 0.3, 9_700)
    values[2_500:6_200] = np.round(values[2_500:6_200], 1)
    found = taken(*np.split(values, range(size, values.size, size)))
    assert found.levels.size
    assert same(found, taken(values))


def test_missing_readings_are_left_out():
    assert taken([np.nan, 3, np.nan], [np.nan]).n == 1


def test_readings_that_repeat_become_counts(monkeypatch):
    monkeypatch.setattr(readings, "_STRETCH", 1000)
    monkeypatch.setattr(readings, "_SAMPLE", 100)
    values = np.round(np.random.default_rng(0).normal(37, 0.3, 10_500), 1)
    found = taken(*np.split(values, 21))
    assert found.levels.size < 40
    assert found.rest.size <= 500
    assert found.percentiles(5, 50, 95) == np.percentile(values, [5, 50, 95]).tolist()
    assert found.total() == pytest.approx(values.sum())


def test_readings_that_do_not_repeat_are_kept(monkeypatch):
    monkeypatch.setattr(readings, "_STRETCH", 1000)
    monkeypatch.setattr(readings, "_SAMPLE", 100)
    values = np.random.default_rng(0).normal(37, 0.3, 10_500)
    found = taken(*np.split(values, 21))
    assert found.rest.size == values.size
    assert found.percentiles(5, 50, 95) == np.percentile(values, [5, 50, 95]).tolist()


def test_whole_numbers_take_no_memory_of_their_own():
    many = Readings()
    for _ in range(50):
        many.add(np.arange(20_000) % 180.0)
    found = many.distribution()
    assert (found.n, found.levels.size, found.rest.size) == (1_000_000, 180, 0)
