import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bedside.vitals.windows import WINDOW_KINDS, WindowSampler
from made_vitals import cut, made


def windows(record, *kinds, most=100, places=()):
    sampler = WindowSampler(record.header, kinds=kinds, most=most)
    for rows in cut(record.rows, places):
        sampler.add(rows)
    return sampler.windows()


def recording(ticks, **options):
    return made(ticks=ticks, hr=[float(tick) for tick in ticks], **options)


def test_windows_follow_the_clock_not_the_rows():
    found = windows(recording([*range(60), *range(90, 120), *range(130, 180)]), "1h")
    assert [w.name for w in found] == ["1h-00000", "1h-00001", "1h-00002"]
    ticks = [w.record.rows.ticks for w in found]
    assert [(t[0], t[-1]) for t in ticks] == [(0, 59), (90, 119), (130, 179)]
    np.testing.assert_array_equal(found[1].record.rows.signals["hr"], np.arange(90, 120))


def test_windows_start_where_the_recording_starts():
    found = windows(recording(range(100, 220)), "1h")
    assert [(w.number, w.start_s) for w in found] == [(0, 6000), (1, 9600)]
    assert found[1].record.header.record_name == "adult_s-1h-00001"
    assert found[1].record.header.subject_id == "s"


def test_a_window_that_is_mostly_gap_is_left_out():
    found = windows(recording([*range(60), *range(60, 80), *range(120, 180)]), "1h")
    assert [w.number for w in found] == [0, 2]


@pytest.mark.parametrize("kind", WINDOW_KINDS)
def test_a_recording_no_longer_than_one_window_has_none(kind):
    length = {"15min": 15, "1h": 60, "8h": 480, "night": 360}[kind]
    assert windows(recording(range(length), clock_known=True), kind) == ()
    longer = windows(recording(range(length + 1), clock_known=True), kind)
    assert [w.number for w in longer] == [0]


def test_of_many_windows_some_are_taken_evenly():
    found = windows(recording(range(600)), "1h", most=5)
    assert [w.number for w in found] == [0, 2, 4, 6, 8]


def test_the_choice_stays_even_over_a_long_recording():
    found = windows(recording(range(60_000)), "1h", most=7)
    numbers = [w.number for w in found]
    assert len(numbers) == 7
    steps = np.diff(numbers)
    assert numbers[0] == 0
    assert steps.max() <= 2 * steps.min()
    assert numbers[-1] > 750


def test_a_device_worn_every_other_hour_is_not_missed():
    ticks = [tick for tick in range(60_000) if tick // 60 % 2]
    found = windows(recording([0, *ticks]), "1h", most=4)
    assert len(found) == 4
    assert all(w.number % 2 for w in found)


def test_none_are_taken_where_none_are_asked_for():
    assert windows(recording(range(600)), "1h", most=0) == ()
    assert windows(recording(range(600))) == ()


@pytest.mark.parametrize("interval_s", [1.0, 5.0, 60.0])
def test_the_length_is_time_at_every_interval(interval_s):
    found = windows(recording(range(int(7200 / interval_s)), interval_s=interval_s), "1h", "15min")
    assert [w.record.span_s for w in found] == [3600] * 2 + [900] * 8


def test_a_night_goes_from_midnight_to_six_and_needs_the_time_of_day():
    evening = 20 * 60
    ticks = range(evening, evening + 2 * 1440)
    assert windows(recording(ticks), "night") == ()
    found = windows(recording(ticks, clock_known=True), "night")
    assert [(w.name, w.start_s) for w in found] == [("night-00001", 86400), ("night-00002", 172800)]
    night = found[0].record.rows.ticks
    assert (night[0], night[-1]) == (1440, 1440 + 359)


def test_a_window_too_short_for_ten_readings_is_not_cut():
    assert windows(recording(range(100), interval_s=300.0), "15min") == ()
    assert len(windows(recording(range(100), interval_s=300.0), "1h")) == 8


def test_windows_do_not_keep_their_batch_alive():
    (first, *_) = windows(recording(range(600)), "1h")
    assert first.record.rows.ticks.base is None
    assert first.record.rows.signals["hr"].base is None


@settings(deadline=None)
@given(
    st.lists(st.sampled_from([1, 1, 1, 1, 2, 9, 200]), min_size=1, max_size=400),
    st.lists(st.integers(0, 400), max_size=6),
    st.integers(1, 4),
    st.sampled_from([60.0, 90.0]),
)
def test_it_makes_no_difference_where_the_batches_are_cut(steps, places, most, interval_s):
    record = recording(np.cumsum(steps).tolist(), clock_known=True, interval_s=interval_s)
    whole = windows(record, *WINDOW_KINDS, most=most)
    parts = windows(record, *WINDOW_KINDS, most=most, places=places)
    assert [w.name for w in parts] == [w.name for w in whole]
    for one, other in zip(parts, whole, strict=True):
        np.testing.assert_array_equal(one.record.rows.ticks, other.record.rows.ticks)
        np.testing.assert_array_equal(one.record.rows.signals["hr"], other.record.rows.signals["hr"])
