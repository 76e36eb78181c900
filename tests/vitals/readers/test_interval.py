import numpy as np
import pytest

from bedside.errors import DataError
from bedside.vitals.readers.interval import contradiction, detect_interval


def test_beats_counted_in_a_minute_tell_that_rows_are_minutes():
    interval = detect_interval(
        {"hr": np.array([70.2, 71.1, np.nan, 0.0]), "all_beat_count": np.array([70.0, 71.0, 70.0, 9.0])}
    )
    assert (interval.seconds, interval.doubt) == (60, "")
    assert interval.evidence == "All Beat Count / HR has the median 0.998: each row counts one minute"


@pytest.mark.parametrize("rate", [45, 72, 140, 190])
@pytest.mark.parametrize("seconds", [1, 2, 5, 10, 15, 20, 30, 60, 120, 300])
def test_beats_counted_per_row_tell_how_long_a_row_is(rate, seconds):
    rows = np.arange(3000)
    total = np.floor(rows * rate * seconds / 60)
    found = detect_interval(
        {"hr": np.full(2999, float(rate)), "all_beat_count": np.diff(total)},
    )
    assert found.seconds == seconds
    assert found.evidence.startswith("All Beat Count / HR ")


def test_a_monitor_that_misses_one_beat_in_seven_still_counts_minutes():
    heart_rate = np.full(100, 70.0)
    assert detect_interval({"hr": heart_rate, "all_beat_count": heart_rate * 0.86}).seconds == 60


@pytest.mark.parametrize(("beats", "rate"), [(1e-300, 1e308), (1e308, 1e-300), (1e307, 1e308)])
def test_numbers_out_of_all_bounds_are_not_guessed_from(beats, rate):
    signals = {"hr": np.full(40, rate), "all_beat_count": np.full(40, beats)}
    with pytest.raises(DataError, match="the time between rows cannot be told"):
        detect_interval(signals)


@pytest.mark.parametrize("ratio", [0.7, 0.4, 3.0, 100.0])
def test_beats_that_fit_no_usual_interval_are_not_guessed_from(ratio):
    heart_rate = np.full(100, 70.0)
    with pytest.raises(DataError, match="the time between rows cannot be told") as caught:
        detect_interval({"hr": heart_rate, "all_beat_count": heart_rate * ratio})
    assert "--interval" in caught.value.fix


def test_minute_averages_are_no_whole_numbers():
    interval = detect_interval({"hr": np.array([70.2, 71.1, 69.8, 70.0, np.nan])})
    assert interval.seconds == 60
    assert interval.evidence == "75 % of heart rates are minute averages, not whole numbers"


def test_counters_that_counted_nothing_tell_nothing():
    rates = np.array([70.5, 71.5, 69.5])
    assert detect_interval({"hr": rates, "all_beat_count": np.zeros(3)}).evidence.startswith("100 % of heart")


def test_whole_heart_rates_are_read_every_second():
    interval = detect_interval({"hr": np.array([70.0, 70, 70, 71, 71, 72, 0, np.nan])})
    assert (interval.seconds, interval.doubt) == (1, "")
    assert (
        interval.evidence == "100 % of heart rates are whole numbers; 60 % of readings repeat the row before"
    )


def test_a_held_pulse_takes_the_doubt_away_where_the_heart_rate_is_restless():
    heart_rate = np.array([120.0, 121, 119, 122, 118, 123])
    assert detect_interval({"hr": heart_rate, "pulse": np.full(6, 120.0)}).doubt == ""


def test_whole_heart_rates_that_seldom_repeat_are_doubtful():
    interval = detect_interval({"hr": np.array([60.0, 75, 61, 90, 70])})
    assert interval.seconds == 1
    assert "0 % of readings repeat" in interval.evidence
    assert (
        interval.doubt
        == "whole heart rates that seldom repeat: a row could also be a minute; give --interval"
    )


def test_what_the_data_hold_against_a_given_interval_is_said():
    rates = 70.0 + 5.0 * np.sin(np.arange(200) / 20.0)
    signals = {"hr": rates, "all_beat_count": np.round(rates)}
    assert contradiction(signals, 60.0) == ""
    assert contradiction(signals, 1.0).startswith("given as 1 s, but the data say 60 s: All Beat Count / HR")
    assert contradiction({"hr": np.full(200, np.nan)}, 1.0) == ""
