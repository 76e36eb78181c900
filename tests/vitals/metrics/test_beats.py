import numpy as np
import pytest

from bedside.vitals.figures import Ectopy, NotAssessed, PrematureBeats, Rhythm
from bedside.vitals.metrics import measure
from made_vitals import made

NAN = float("nan")


def test_counters_are_rates_over_analysed_minutes():
    figures = measure(
        made(
            hr=[70] * 4,
            all_beat_count=[70, NAN, 70, 60],
            pvc_count=[1, 9, 0, 2],
            pvc_run_count=[1, 3, 0, 0],
            pvc_pair_count=[0, NAN, 2, 0],
            svpb_count=[0, NAN, 1, 0],
            svpb_run_count=[NAN] * 4,
            paced_beat_count=[0, 60, 35, 15],
            bigeminy_percent=[0, NAN, 4, 8],
            trigeminy_percent=[0, NAN, 0, 0],
        )
    )
    assert figures.ectopy == Ectopy(
        analysed_minutes=3,
        beats=200,
        ventricular=PrematureBeats(minutes=3, count=3, per_hour=60, percent=1.5, runs=1, pairs=2),
        supraventricular=PrematureBeats(minutes=3, count=1, per_hour=20, percent=0.5, runs=None, pairs=None),
        bigeminy_minutes=2,
        trigeminy_minutes=0,
        paced_percent=25,
    )


def test_a_counter_that_the_monitor_does_not_give_is_not_zero():
    ectopy = measure(made(hr=[70, 70], all_beat_count=[70, 70], pvc_count=[1, 0])).ectopy
    assert ectopy == Ectopy(
        analysed_minutes=2,
        beats=140,
        ventricular=PrematureBeats(2, 1, 30, pytest.approx(100 / 140), runs=None, pairs=None),
        supraventricular=NotAssessed("not counted"),
        bigeminy_minutes=None,
        trigeminy_minutes=None,
        paced_percent=None,
    )
    only_beats = measure(made(hr=[70, 70], all_beat_count=[70, 70])).ectopy
    assert only_beats == NotAssessed("beats were counted, premature beats were not")


def test_a_minute_without_a_counter_is_not_a_minute_without_beats():
    ectopy = measure(
        made(hr=[70] * 4, all_beat_count=[70] * 4, pvc_count=[1, NAN, NAN, 1], svpb_count=[NAN] * 4)
    ).ectopy
    assert isinstance(ectopy, Ectopy)
    assert ectopy.ventricular == PrematureBeats(2, 2, 60, pytest.approx(200 / 140), None, None)
    assert ectopy.supraventricular == NotAssessed("not counted in any analysed minute")


def test_a_paced_count_in_a_minute_that_was_not_analysed_is_no_pacing():
    ectopy = measure(
        made(hr=[70] * 2, all_beat_count=[70, NAN], pvc_count=[0, NAN], paced_beat_count=[0, 70])
    ).ectopy
    assert isinstance(ectopy, Ectopy)
    assert ectopy.paced_percent == 0


def test_no_counters_is_not_no_ectopy():
    assert measure(made(hr=[70])).ectopy == NotAssessed("no beat counts")
    only_rate = measure(made(interval_s=1.0, hr=[70], pvc_rate=[2])).ectopy
    assert only_rate == NotAssessed("only a running PVC rate, no beat counts")
    empty = made(hr=[70], all_beat_count=[NAN], pvc_count=[3])
    assert measure(empty).ectopy == NotAssessed("the monitor analysed no minute of the ECG")


@pytest.mark.parametrize("interval_s", [1.0, 5.0])
def test_counters_of_rows_that_are_no_minutes_are_not_summed(interval_s):
    ectopy = measure(made(interval_s=interval_s, hr=[70], all_beat_count=[70], pvc_count=[1])).ectopy
    assert ectopy == NotAssessed(f"beat counts are per minute, but rows are {interval_s:g} s apart")


def test_a_minute_by_the_rate_of_a_wfdb_header_is_a_minute():
    ectopy = measure(made(interval_s=1 / 0.016667, hr=[70], all_beat_count=[70], pvc_count=[1])).ectopy
    assert isinstance(ectopy, Ectopy)
    assert ectopy.beats == 70


def test_irregular_minutes_are_a_share_not_a_maximum():
    rhythm = measure(
        made(
            hr=[70] * 5,
            irregular_hr_percent=[0, 5, 11, 40, NAN],
            pnn50_percent=[10, 20, NAN, 30, NAN],
            poor_signal_percent=[0, 50, 51, 100, 90],
        )
    ).rhythm
    assert rhythm == Rhythm(
        analysed_minutes=4,
        irregular_percent=14,
        irregular_minutes_percent=50,
        pnn50_percent=20,
        poor_signal_minutes=3,
    )


def test_a_monitor_that_gives_less_says_less():
    rhythm = measure(made(hr=[70], irregular_hr_percent=[3])).rhythm
    assert rhythm == Rhythm(1, 3, 0, pnn50_percent=None, poor_signal_minutes=None)
    assert measure(made(hr=[70])).rhythm == NotAssessed("no rhythm analysis recorded")
    assert isinstance(measure(made(hr=[70], irregular_hr_percent=np.array([NAN]))).rhythm, NotAssessed)
