import numpy as np
import pytest

from bedside.errors import DataError
from bedside.vitals.readers.interval import detect_interval


def test_beats_counted_in_a_minute_tell_that_rows_are_minutes():
    interval = detect_interval(
        {"hr": np.array([70.2, 71.1, np.nan]), "all_beat_count": np.array([70.0, 71.0, 70.0])}
    )
    assert interval.seconds == 60
    assert "All Beat Count / HR has the median 0.99" in interval.evidence


def test_minute_averages_are_no_whole_numbers():
    assert detect_interval({"hr": np.array([70.2, 71.1, 69.8])}).seconds == 60


def test_a_held_display_is_read_every_second():
    interval = detect_interval({"hr": np.array([70.0, 70, 70, 71, 71, 72])})
    assert interval.seconds == 1
    assert interval.evidence == "whole heart rates; 60 % of readings repeat the row before"


def test_a_held_pulse_tells_it_where_the_heart_rate_is_restless():
    heart_rate = np.array([120.0, 121, 119, 122, 118, 123])
    assert detect_interval({"hr": heart_rate, "pulse": np.full(6, 120.0)}).seconds == 1


@pytest.mark.parametrize(
    "signals",
    [
        {"hr": np.array([60.0, 75, 61, 90, 70])},
        {"hr": np.array([70.0, 70]), "all_beat_count": np.array([1.0, 1.0])},
        {"hr": np.array([np.nan, 0.0])},
    ],
)
def test_what_cannot_be_told_is_not_guessed(signals):
    with pytest.raises(DataError, match="cannot be told"):
        detect_interval(signals)
