import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bedside.vitals import windows as windows_module
from bedside.vitals.windows import WINDOW_KINDS, WindowSampler
from made_vitals import cut, made

LEAST_HELD_AS_FIGURES = 17
"""Of so many windows of a kind, and more, figures are held instead of rows."""


def windows(record, *kinds, most=100, places=()):
    sampler = WindowSampler(record.header, kinds=kinds, most=most)
    for rows in cut(record.rows, places):
        sampler.add(rows)
    return sampler.windows()


def recording(ticks, **options):
    """Make a recording with a signal that tells the last three digits of each row's tick."""
    return made(ticks=ticks, hr=[70.0] * len(ticks), hr_variability=np.array(ticks) % 1000, **options)


def ends(window):
    marks = window.figures.signal("hr_variability")
    return marks.minimum, marks.maximum


@pytest.mark.parametrize("most", [5, 100])
def test_windows_follow_the_clock_not_the_rows(most):
    found = windows(recording([*range(60), *range(90, 120), *range(130, 180)]), "1h", most=most)
    assert [w.name for w in found] == ["1h-00000", "1h-00001", "1h-00002"]
    assert [ends(w) for w in found] == [(0, 59), (90, 119), (130, 179)]
    assert [w.figures.signal("hr").n for w in found] == [60, 30, 50]


@pytest.mark.parametrize("most", [5, 100])
def test_a_window_covers_its_whole_time_also_where_its_first_or_last_rows_are_missing(most):
    found = windows(recording([*range(50), *range(75, 120), *range(120, 165)]), "1h", most=most)
    coverages = [window.figures.coverage for window in found]
    assert [coverage.span_s for coverage in coverages] == [3600.0, 3600.0, 45 * 60.0]
    assert [coverage.analysed_s for coverage in coverages] == [50 * 60.0, 45 * 60.0, 45 * 60.0]
    assert [(coverage.gaps, coverage.longest_gap_s) for coverage in coverages] == [
        (1, 600.0),
        (1, 900.0),
        (0, 0.0),
    ]


def test_a_night_that_the_recording_begins_in_covers_what_is_left_of_it():
    (night,) = windows(recording(range(120, 600), clock_known=True), "night")
    assert (night.start_s, night.figures.coverage.span_s) == (7200.0, 4 * 3600.0)


@pytest.mark.parametrize("most", [5, 100])
def test_windows_start_where_the_recording_starts(most):
    found = windows(recording(range(100, 220)), "1h", most=most)
    assert [(w.number, w.start_s) for w in found] == [(0, 6000), (1, 9600)]
    assert found[1].figures.header.record_name == "adult_s-1h-00001"
    assert found[1].figures.header.subject_id == "s"


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


@pytest.mark.parametrize("most", [7, 40])
def test_the_choice_stays_even_over_a_long_recording(most):
    found = windows(recording(range(60_000)), "1h", most=most)
    numbers = [w.number for w in found]
    assert len(numbers) == most
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
    assert [w.figures.coverage.span_s for w in found] == [3600] * 2 + [900] * 8


def test_a_night_goes_from_midnight_to_six_and_needs_the_time_of_day():
    evening = 20 * 60
    ticks = range(evening, evening + 2 * 1440)
    assert windows(recording(ticks), "night") == ()
    found = windows(recording(ticks, clock_known=True), "night")
    assert [(w.name, w.start_s) for w in found] == [("night-00001", 86400), ("night-00002", 172800)]
    assert ends(found[0]) == (1440 - 1000, 1440 + 359 - 1000)


def test_a_window_too_short_for_ten_readings_is_not_cut():
    assert windows(recording(range(100), interval_s=300.0), "15min") == ()
    assert len(windows(recording(range(100), interval_s=300.0), "1h")) == 8


def test_of_few_windows_only_the_chosen_ones_are_measured(monkeypatch):
    measured = []
    measure = windows_module.measure

    def counted(record, *, stretch):
        measured.append(record)
        return measure(record, stretch=stretch)

    monkeypatch.setattr(windows_module, "measure", counted)
    assert len(windows(recording(range(6000)), "1h", most=3)) == 3
    assert len(measured) == 3
    rows = [record.rows for record in measured]
    assert all(part.ticks.base is None and part.signals["hr"].base is None for part in rows)


def rows_held(sampler):
    """Count the rows that a sampler refers to in any way."""
    held = 0
    waiting = [sampler]
    while waiting:
        item = waiting.pop()
        if isinstance(item, np.ndarray):
            held += item.size
        elif isinstance(item, dict):
            waiting += item.values()
        elif isinstance(item, (list, tuple)):
            waiting += item
        elif hasattr(item, "__dict__"):
            waiting += vars(item).values()
    return held


def test_of_many_windows_no_rows_are_held():
    record = recording(range(60_000))
    sampler = WindowSampler(record.header, kinds=("1h",), most=LEAST_HELD_AS_FIGURES)
    for rows in cut(record.rows, range(0, 60_000, 500)):
        sampler.add(rows)
    assert len(sampler.windows()) == LEAST_HELD_AS_FIGURES
    assert rows_held(sampler) <= 3 * 60


STEPS = st.lists(st.sampled_from([1, 1, 1, 1, 2, 9, 200]), min_size=1, max_size=400)


@settings(deadline=None, max_examples=60)
@given(
    STEPS, st.lists(st.integers(0, 400), max_size=6), st.sampled_from([1, 2, 4, 17]),
    st.sampled_from([60.0, 90.0]),
)  # fmt: skip
def test_it_makes_no_difference_where_the_batches_are_cut(steps, places, most, interval_s):
    record = recording(np.cumsum(steps).tolist(), clock_known=True, interval_s=interval_s)
    whole = windows(record, *WINDOW_KINDS, most=most)
    assert windows(record, *WINDOW_KINDS, most=most, places=places) == whole


@settings(deadline=None, max_examples=60)
@given(STEPS, st.integers(1, 4))
def test_it_makes_no_difference_when_windows_are_measured(steps, most):
    record = recording(np.cumsum(steps).tolist(), clock_known=True)
    in_the_end = windows(record, *WINDOW_KINDS, most=most)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(windows_module, "_FEW", 0)
        assert windows(record, *WINDOW_KINDS, most=most) == in_the_end
