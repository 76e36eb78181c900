import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bedside.records import Signal, VitalsRecord
from bedside.vitals.metrics import (
    Burden,
    Desaturation,
    Ectopy,
    NotAssessed,
    PrematureBeats,
    Rhythm,
    Summary,
    measure,
)


def record(*, interval_s=60.0, cohort="adult", ticks=None, demographics=None, **signals):
    rows = len(next(iter(signals.values())))
    return VitalsRecord(
        subject_id="s",
        record_name="adult_s",
        cohort=cohort,
        interval_s=interval_s,
        interval_evidence="given",
        ticks=np.arange(rows) if ticks is None else np.array(ticks),
        signals={name: Signal(name, "?", np.array(v, dtype=float)) for name, v in signals.items()},
        demographics=demographics or {},
    )


def test_the_distribution_of_valid_readings():
    heart = measure(record(hr=[60, 70, 0, 80, np.nan])).signal("hr")
    assert isinstance(heart, Summary)
    assert (heart.n, heart.mean, heart.median, heart.minimum, heart.maximum) == (3, 70, 70, 60, 80)
    assert heart.sd == pytest.approx(np.sqrt(200 / 3))
    assert heart.excluded == {"zero (lead off)": 1}


def test_a_signal_without_valid_reading_is_not_assessed():
    assert measure(record(hr=[0, 0])).signal("hr") == NotAssessed(
        "no valid reading; excluded: 2 × zero (lead off)"
    )
    assert measure(record(hr=[70])).signal("spo2") == NotAssessed("not recorded")


def test_time_comes_from_ticks_and_interval_with_gaps_counted():
    coverage = measure(
        record(interval_s=1.0, ticks=[0, 1, 2, 10, 11], hr=[70, 71, np.nan, 72, 73])
    ).coverage
    assert coverage.span_s == 12
    assert coverage.analysed_s == 4
    assert coverage.fraction == pytest.approx(4 / 12)
    assert (coverage.gaps, coverage.longest_gap_s) == (1, 8)


def test_burden_is_a_share_of_valid_readings_in_the_range_for_the_age():
    burden = measure(record(hr=[50, 70, 101, 120, 0])).burden
    assert isinstance(burden, Burden)
    assert (burden.low_percent, burden.high_percent) == (25, 50)
    child = measure(record(hr=[110, 110], demographics={"age_years": 8.0})).burden
    assert isinstance(child, Burden)
    assert child.high_percent == 0


def test_desaturation_leaves_zeros_out():
    assert measure(record(hr=[70] * 5, spo2=[0, 84, 89, 90, 98])).desaturation == Desaturation(4, 50)


def test_counters_are_rates_over_analysed_minutes():
    ectopy = measure(
        record(
            hr=[70, 70, 70, 70],
            all_beat_count=[70, np.nan, 70, 60],
            pvc_count=[1, 9, 0, 2],
            svpb_count=[0, np.nan, 1, 0],
        )
    ).ectopy
    assert ectopy == Ectopy(
        analysed_minutes=3,
        beats=200,
        ventricular=PrematureBeats(minutes=3, count=3, per_hour=60, percent=1.5),
        supraventricular=PrematureBeats(minutes=3, count=1, per_hour=20, percent=0.5),
    )


def test_a_counter_that_the_monitor_does_not_give_is_not_zero():
    ectopy = measure(record(hr=[70, 70], all_beat_count=[70, 70], pvc_count=[1, 0])).ectopy
    assert isinstance(ectopy, Ectopy)
    assert ectopy.ventricular == PrematureBeats(2, 1, 30, pytest.approx(100 / 140))
    assert ectopy.supraventricular == NotAssessed("not counted")
    only_beats = measure(record(hr=[70, 70], all_beat_count=[70, 70])).ectopy
    assert only_beats == NotAssessed("beats were counted, premature beats were not")


def test_a_minute_without_a_counter_is_not_a_minute_without_beats():
    ectopy = measure(
        record(
            hr=[70] * 4,
            all_beat_count=[70] * 4,
            pvc_count=[1, np.nan, np.nan, 1],
            svpb_count=[np.nan] * 4,
        )
    ).ectopy
    assert isinstance(ectopy, Ectopy)
    assert ectopy.ventricular == PrematureBeats(2, 2, 60, pytest.approx(200 / 140))
    assert ectopy.supraventricular == NotAssessed("not counted in any analysed minute")


def test_no_counters_is_not_no_ectopy():
    assert measure(record(hr=[70])).ectopy == NotAssessed("no beat counts")
    empty = record(hr=[70], all_beat_count=[np.nan], pvc_count=[3])
    assert measure(empty).ectopy == NotAssessed("the monitor analysed no minute of the ECG")


def test_counters_of_rows_that_are_no_minutes_are_not_summed():
    ectopy = measure(record(interval_s=1.0, hr=[70], all_beat_count=[70])).ectopy
    assert isinstance(ectopy, NotAssessed)
    assert "1 s apart" in ectopy.reason


def test_irregular_minutes_are_a_share_not_a_maximum():
    rhythm = measure(record(hr=[70] * 4, irregular_hr_percent=[0, 5, 11, 40])).rhythm
    assert rhythm == Rhythm(4, 14, 50)


@given(
    st.lists(st.sampled_from([np.nan, 0.0, 45.0, 80.0, 130.0]), min_size=1, max_size=60),
    st.sampled_from([1.0, 60.0]),
    st.sampled_from(["adult", "neonate", "adolescent", "child"]),
)
def test_known_counts_come_back(values, interval_s, cohort):
    measured = measure(record(hr=values, interval_s=interval_s, cohort=cohort))
    valid = [value for value in values if value > 0]
    assert measured.coverage.analysed_s == len(valid) * interval_s
    if not valid:
        assert isinstance(measured.burden, NotAssessed)
        return
    burden = measured.burden
    assert isinstance(burden, Burden)
    assert burden.low_percent * len(valid) / 100 == pytest.approx(
        sum(value < burden.range.low_bpm for value in valid)
    )
    assert burden.high_percent * len(valid) / 100 == pytest.approx(
        sum(value > burden.range.high_bpm for value in valid)
    )
