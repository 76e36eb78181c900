import numpy as np
import pytest

from bedside.vitals.clock import day_and_second


@pytest.mark.parametrize("interval_s", [1.0, 5.0, 7.0, 60.0, 0.5, 1.024])
def test_days_and_seconds_add_up_to_the_clock(interval_s):
    ticks = np.arange(0, 400_000, 977)
    day, second = day_and_second(ticks, interval_s)
    assert second.min() >= 0
    assert second.max() < 86400
    np.testing.assert_allclose(day * 86400 + second, ticks * interval_s)


def test_midnight_starts_a_day():
    day, second = day_and_second(np.array([1439, 1440]), 60.0)
    assert (day.tolist(), second.tolist()) == ([0, 1], [86340, 0])
