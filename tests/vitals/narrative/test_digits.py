"""Figures keep the digits they need."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bedside.vitals.narrative.digits import counted, duration, part_of, percent, share_of


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (0.0, "0~%"), (0.0439, "0.044~%"), (0.00712, "0.0071~%"), (0.238, "0.238~%"), (4.25, "4.2~%"),
        (16.5, "16.5~%"), (99.04, "99.04~%"), (99.5, "99.5~%"), (99.9561, "99.956~%"), (100.0, "100~%"),
    ],
)  # fmt: skip
def test_percentages_keep_the_digits_they_need(value, said):
    assert percent(value) == said


@given(st.floats(0.0, 100.0))
def test_a_percentage_is_never_rounded_to_none_or_all(value):
    assert (percent(value) == "0~%") == (value == 0.0)
    assert (percent(value) == "100~%") == (value == 100.0)


def test_a_rare_thing_is_told_as_a_count_too():
    assert share_of(0.044, 184211) == "0.044~% (81)"
    assert share_of(12.0, 184211) == "12.0~%"


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (1.0, "1~second"), (90.0, "90~seconds"), (900.0, "15~minutes"), (3600.0, "60~minutes"),
        (91200.0, "25.3~hours"), (7067340.0, "81.8~days"),
    ],
)  # fmt: skip
def test_durations(seconds, said):
    assert duration(seconds) == said


def test_a_part_of_a_time_is_told_from_the_whole():
    assert part_of(28740.0, 28800.0) == "7.98~hours"
    assert part_of(28800.0, 28800.0) == "8~hours"
    assert part_of(3540.0, 3600.0) == "59~minutes"


def test_counts():
    assert [counted(n, "gap", "gaps") for n in (0, 1, 1204)] == ["no gaps", "1 gap", "1,204 gaps"]
