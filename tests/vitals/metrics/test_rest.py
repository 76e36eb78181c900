import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bedside.vitals.figures import NocturnalDip, NotAssessed, RestingHeartRate
from bedside.vitals.metrics import measure
from made_vitals import made, measured_in_batches


def lowest_half_hour(ticks, heart_rate, interval_s):
    """Find the calmest half-hour minute by minute, the slow way."""
    minutes: dict[int, list[float]] = {}
    for tick, value in zip(ticks, heart_rate, strict=True):
        if value >= 20:
            minutes.setdefault(int(tick * interval_s // 60), []).append(value)
    means = [
        np.mean([np.mean(minutes[start + step]) for step in range(30)])
        for start in minutes
        if all(start + step in minutes for step in range(30))
    ]
    return min(means, default=None)


@settings(deadline=None)
@given(st.data(), st.sampled_from([1.0, 5.0, 20.0, 60.0, 1800.0, 3600.0]))
def test_the_calmest_half_hour(data, interval_s):
    rng = np.random.default_rng(data.draw(st.integers(0, 1000)))
    rows = max(1, int(data.draw(st.integers(1, 120)) * 60 / interval_s))
    gap = max(2, int(180 / interval_s))
    steps = rng.choice([1, gap], rows, p=[1 - 0.8 * 60 / rows / 60, 0.8 * 60 / rows / 60])
    ticks = 7 + np.cumsum(steps)
    heart_rate = np.where(rng.random(rows) < 0.005, 0.0, rng.integers(50, 120, rows))
    record = made(interval_s=interval_s, ticks=ticks, hr=heart_rate, worn=True)
    places = data.draw(st.lists(st.integers(0, rows), max_size=4))
    found, expected = (
        measured_in_batches(record, places).resting,
        lowest_half_hour(ticks, heart_rate, interval_s),
    )
    if interval_s > 300.0:
        assert found == NotAssessed(f"rows are {interval_s:g} s apart")
    elif expected is None:
        assert found == NotAssessed("no 30 consecutive minutes with a reading in each")
    else:
        assert isinstance(found, RestingHeartRate)
        assert found.lowest_30_min_bpm == pytest.approx(expected, rel=1e-9)


def test_readings_every_five_minutes_make_half_an_hour_of_six():
    found = measure(made(interval_s=300.0, worn=True, hr=[90, 60, 61, 62, 63, 64, 65, 90])).resting
    assert isinstance(found, RestingHeartRate)
    assert found.lowest_30_min_bpm == 62.5
    coarse = measure(made(interval_s=600.0, worn=True, hr=[60] * 9)).resting
    assert coarse == NotAssessed("rows are 600 s apart")


def test_the_early_morning_needs_the_time_of_day():
    ticks = range(60, 360)  # 01:00 to 06:00
    heart_rate = [50 + tick // 60 for tick in ticks]
    known = measure(made(ticks=ticks, hr=heart_rate, worn=True, clock_known=True)).resting
    assert isinstance(known, RestingHeartRate)
    assert known.early_morning_median_bpm == 53
    unknown = measure(made(ticks=ticks, hr=heart_rate, worn=True)).resting
    assert isinstance(unknown, RestingHeartRate)
    assert unknown.early_morning_median_bpm is None


def test_a_monitored_patient_is_at_rest_all_day():
    assert measure(made(hr=[70] * 60)).resting == NotAssessed("not a wearable's recording")
    worn = measure(made(hr=[70] * 60, pulse=[70] * 60, worn=True)).resting
    assert worn == RestingHeartRate(70.0, None)


def test_the_dip_compares_night_and_day_and_leaves_the_hours_between_out():
    hours = np.arange(2 * 1440) % 1440 // 60
    heart_rate = np.where(hours < 6, 60.0, np.where((hours >= 10) & (hours < 20), 80.0, 200.0))
    assert measure(made(hr=heart_rate, clock_known=True)).nocturnal_dip == NocturnalDip(
        day_mean_bpm=80, night_mean_bpm=60, percent=25
    )
    assert measure(made(hr=heart_rate)).nocturnal_dip == NotAssessed("time of day not known")


def test_the_dip_needs_an_hour_of_each():
    assert measure(
        made(ticks=range(300, 700), hr=[70] * 400, clock_known=True)
    ).nocturnal_dip == NocturnalDip(70, 70, 0)
    short = made(ticks=range(301, 700), hr=[70] * 399, clock_known=True)
    assert measure(short).nocturnal_dip == NotAssessed("less than one hour of readings by night")
    night = made(ticks=range(300), hr=[70] * 300, clock_known=True)
    assert measure(night).nocturnal_dip == NotAssessed("less than one hour of readings by day")
