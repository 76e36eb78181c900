from pathlib import Path

import numpy as np
import pytest

from bedside.errors import DataError
from bedside.vitals.readers.row_order import RowOrder
from bedside.vitals.readers.stream import Tally


def keep(rows, cuts=()):
    """Give rows (time, a, b) in batches that end at `cuts`; return which were kept, and the tally."""
    tally = Tally()
    order = RowOrder(Path("a.csv"), lambda time: f"t {time}", tally)
    kept = []
    for start, stop in zip((0, *cuts), (*cuts, len(rows)), strict=True):
        time, *values = np.array(rows[start:stop], dtype=np.float64).T
        kept += order.keep(time.astype(np.int64), values, first_line=2 + start).tolist()
    return kept, tally


@pytest.mark.parametrize("cuts", [(), (1,), (2,), (3,), (4,), (1, 2, 3, 4)])
def test_repeated_rows_and_rows_without_values_are_left_out_and_counted(cuts):
    nan = np.nan
    rows = [(5, 70, nan), (5, 70, nan), (5, 70, nan), (6, nan, nan), (9, 71, 1)]
    kept, tally = keep(rows, cuts)
    assert kept == [True, False, False, False, True]
    assert tally.rows_left_out == {"repeated row": 2, "no value in any known column": 1}


@pytest.mark.parametrize("cuts", [(), (1,), (2,), (3,)])
@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([(1, 7, 7), (2, 7, 7), (1, 7, 7), (3, 7, 7)], r"a\.csv:4: t 1 after t 2; times must rise"),
        ([(1, 7, 7), (2, 7, 7), (2, 7, 8), (0, 7, 7)], r"a\.csv:4: t 2 stands twice, with different values"),
        ([(1, 7, 7), (2, 7, 7), (2, 7, np.nan), (3, 7, 7)], r"a\.csv:4: t 2 stands twice"),
    ],
)
def test_times_that_do_not_rise_are_named(rows, message, cuts):
    with pytest.raises(DataError, match=message) as caught:
        keep(rows, cuts)
    assert caught.value.fix
