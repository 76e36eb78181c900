from datetime import UTC, datetime

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bedside.vitals.readers.moments import read_moments

MIDNIGHT = int(datetime(2019, 10, 15, tzinfo=UTC).timestamp())


@pytest.mark.parametrize(
    ("text", "offset_s"),
    [
        ("2019-10-15T01:02:03+0200", 7200),
        ("2019-10-15T01:02:03+02:00", 7200),
        ("2019-10-15 01:02:03-03:30", -12600),
        ("2019-10-15T01:02:03Z", 0),
        ("2019-10-15T01:02:03", 0),
        ("2019-10-15T01:02:03.999+0200", 7200),
        (" 2019-10-15T01:02:03+02 ", 7200),
    ],
)
def test_every_usual_way_of_writing(text, offset_s):
    moments = read_moments(pl.Series([text, text]))
    assert moments.valid.all()
    assert moments.local_s.tolist() == [MIDNIGHT + 3723] * 2
    assert moments.offset_s.tolist() == [offset_s] * 2


@pytest.mark.parametrize(
    ("text", "fraction_ms"), [("01.5", 500), ("01,25", 250), ("01.9999", 999), ("01", 0), ("01.000000001", 0)]
)
def test_parts_of_seconds_are_milliseconds(text, fraction_ms):
    moments = read_moments(pl.Series([f"2019-10-15T01:02:{text}Z"]))
    assert moments.fraction_ms.tolist() == [fraction_ms]
    assert moments.local_s.tolist() == [MIDNIGHT + 3721]


def test_seconds_may_be_left_out_and_widths_may_differ():
    moments = read_moments(pl.Series(["2019-10-15T01:02+0200", "2019-10-15T01:02:03Z", None, "x"]))
    assert moments.valid.tolist() == [True, True, False, False]
    assert moments.local_s[:2].tolist() == [MIDNIGHT + 3720, MIDNIGHT + 3723]


@pytest.mark.parametrize(
    "text",
    [
        "2019-02-29T00:00:00+0200",
        "2019-13-01T00:00:00+0200",
        "2019-W42-2T00:00:00+0200",
        "2019-10-15T24:00:00+0200",
        "2019-10-15T00:60:00+0200",
        "2019-10-15T00:00:60+0200",
        "2019-10-15T0a:00:00+0200",
        "2019-10-15X00:00:00+0200",
        "2019-10-15T00.00:00+0200",
        "2019-10-15T00:00:00*0200",
        "2019-10-15T00:00:00+0299",
        "2019-10-15T00:00:00+020é",
        "2019-10-15T0٣:00:00+0200",
        "٢019-10-15T00:00:00",
        "15.10.2019 00:00",
        "",
    ],
)
def test_what_does_not_exist_is_found(text):
    good = "2019-10-15T00:00:00+0200"
    assert read_moments(pl.Series([good, text, good])).valid.tolist() == [True, False, True]


DATETIMES = st.integers(-2_000_000_000, 4_000_000_000).map(
    lambda seconds: datetime.fromtimestamp(seconds, UTC)
)


@settings(deadline=None)
@given(st.lists(st.tuples(DATETIMES, st.integers(-14 * 60, 14 * 60)), min_size=1, max_size=20))
def test_arrays_say_what_the_standard_library_says(given_moments):
    texts, expected, offsets = [], [], []
    for moment, minutes in given_moments:
        sign = "-" if minutes < 0 else "+"
        texts.append(f"{moment:%Y-%m-%dT%H:%M:%S}{sign}{abs(minutes) // 60:02d}{abs(minutes) % 60:02d}")
        expected.append(int(moment.timestamp()))
        offsets.append(60 * minutes)
        assert datetime.fromisoformat(texts[-1]).timestamp() == expected[-1] - 60 * minutes
    moments = read_moments(pl.Series(texts))
    assert moments.valid.all()
    np.testing.assert_array_equal(moments.local_s, expected)
    np.testing.assert_array_equal(moments.offset_s, offsets)
