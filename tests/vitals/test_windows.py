import numpy as np

from bedside.records import Signal, VitalsRecord
from bedside.vitals.windows import cut_windows


def record(ticks, interval_s=60.0):
    ticks = np.array(ticks)
    signals = {"hr": Signal("hr", "bpm", ticks.astype(float))}
    return VitalsRecord("s", "r", "adult", interval_s, "given", ticks, signals)


def test_windows_follow_the_clock_not_the_rows():
    ticks = [*range(60), *range(90, 120), *range(130, 180)]
    windows = cut_windows(record(ticks), hours=1, most=10)
    assert [(w.ticks[0], w.ticks[-1]) for w in windows] == [(0, 59), (90, 119), (130, 179)]
    np.testing.assert_array_equal(windows[1].signals["hr"].values, np.arange(90, 120))


def test_a_window_that_is_mostly_gap_is_left_out():
    windows = cut_windows(record([*range(60), *range(60, 80), *range(120, 180)]), hours=1, most=10)
    assert [w.record_name for w in windows] == ["r-window-00000", "r-window-00002"]


def test_a_record_shorter_than_two_windows_has_none():
    assert cut_windows(record(range(60)), hours=1, most=10) == ()


def test_of_many_windows_some_are_taken_evenly():
    windows = cut_windows(record(range(600)), hours=1, most=5)
    assert [w.ticks[0] for w in windows] == [0, 120, 240, 360, 480]


def test_none_are_taken_where_none_are_asked_for():
    assert cut_windows(record(range(600)), hours=1, most=0) == ()


def test_the_length_is_time_at_every_interval():
    windows = cut_windows(record(range(7200), interval_s=1.0), hours=1, most=10)
    assert [w.span_s for w in windows] == [3600, 3600]
