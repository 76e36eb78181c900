"""The sums do not depend on where a table is cut."""

import math

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bedside.vitals.running_sums import ColumnSums, RunningSums

VALUES = st.lists(st.one_of(st.none(), st.floats(-500, 500, width=32)), min_size=1, max_size=60)


@given(VALUES, st.lists(st.integers(1, 20), min_size=1, max_size=10))
def test_any_cut_gives_the_figures_of_the_whole(values, lengths):
    frame = pl.DataFrame({"HR": pl.Series(values, dtype=pl.Float64)})
    sums, start = RunningSums(("HR", "PULSE")), 0
    for length in (*lengths, len(values)):
        sums.add(frame[start : start + length])
        start += length
    present = np.array([value for value in values if value is not None])
    column = sums.column("HR")
    assert (sums.rows, column.n) == (len(values), present.size)
    assert sums.column("PULSE") == ColumnSums()
    if present.size:
        assert column.mean == pytest.approx(present.mean(), abs=1e-9)
        assert column.sd == pytest.approx(present.std(), abs=1e-6)
        assert (column.minimum, column.maximum) == (present.min(), present.max())
    else:
        assert math.isnan(column.mean)
        assert math.isnan(column.sd)


def test_sd_of_a_small_spread_about_a_large_mean_keeps_its_digits():
    frame = pl.DataFrame({"HR": [1e6 + 1.0, 1e6 + 2.0, 1e6 + 3.0, 1e6 + 4.0]})
    sums = RunningSums(("HR",))
    for row in range(4):
        sums.add(frame[row : row + 1])
    assert sums.column("HR").sd == pytest.approx(math.sqrt(1.25), rel=1e-9)


def test_a_column_that_is_missing_too_often_counts_as_absent():
    sums = RunningSums(("HR",))
    sums.add(pl.DataFrame({"HR": pl.Series([70.0] + [None] * 9, dtype=pl.Float64)}))
    assert sums.column("HR", most_missing=0.9).n == 1
    sums.add(pl.DataFrame({"HR": pl.Series([None], dtype=pl.Float64)}))
    assert sums.column("HR", most_missing=0.9).n == 0
    assert sums.column("HR").n == 1
