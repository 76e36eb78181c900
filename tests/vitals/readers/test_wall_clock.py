import numpy as np
import pytest

from bedside.vitals.readers.stream import Tally
from bedside.vitals.readers.wall_clock import WallClock

HOUR = 3600


def ticks(local_s, offset_s, *, interval_s=60.0, cuts=()):
    """Return the ticks that rows are kept on, and the tally, for batches that end at `cuts`."""
    tally = Tally()
    clock = WallClock(interval_s, tally)
    local, offset = np.array(local_s), np.broadcast_to(offset_s, len(local_s))
    kept = []
    for start, stop in zip((0, *cuts), (*cuts, len(local)), strict=True):
        clock.see(offset[start:stop], first_line=2 + start)
        found, fresh = clock.ticks(local[start:stop], local[start:stop] - offset[start:stop])
        kept += found[fresh].tolist()
    clock.note_changes()
    return kept, tally


def test_tick_0_is_midnight_of_the_first_day():
    day = 86_400 * 17_000
    assert ticks([day + 5 * 60, day + 86_400], 7200)[0] == [5, 1440]


def test_fractions_of_a_second_are_an_interval_too():
    assert ticks([1, 2, 3], 0, interval_s=0.5)[0] == [2, 4, 6]


@pytest.mark.parametrize("cuts", [(), (1,), (2,), (3,), (1, 2, 3, 4)])
def test_readings_on_one_tick_are_counted(cuts):
    kept, tally = ticks([0, 59, 60, 61, 180], 0, cuts=cuts)
    assert kept == [0, 1, 3]
    assert tally.rows_left_out == {"another reading within 60 s": 2}


@pytest.mark.parametrize("cuts", [(), (1,), (2,), (3,), (4,), (1, 2, 3, 4, 5)])
def test_a_clock_that_is_put_back_shows_times_twice(cuts):
    local = [2 * HOUR, 3 * HOUR - 60, 2 * HOUR, 3 * HOUR - 60, 3 * HOUR, 4 * HOUR]
    kept, tally = ticks(local, [2 * HOUR] * 2 + [HOUR] * 4, cuts=cuts)
    assert kept == [120, 179, 180, 240]
    assert tally.rows_left_out == {"the clock showed this time before": 2}
    assert tally.notes[0].startswith(
        "the clock was changed 1 time, first on line 4 from UTC+02:00 to UTC+01:00"
    )


def test_every_change_is_counted_and_the_first_told():
    tally = ticks([0, 2 * HOUR, 2 * HOUR + 60], [-5 * HOUR, -4 * HOUR, -5 * HOUR - 1800])[1]
    assert tally.notes[0].startswith(
        "the clock was changed 2 times, first on line 3 from UTC-05:00 to UTC-04:00"
    )
