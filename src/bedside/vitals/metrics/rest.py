"""Heart rate at rest and at night.

A wearable does not say when its wearer rests. Two figures stand for rest: the lowest mean of 30 consecutive
minutes, each with a reading, and the median between 02:00 and 05:00. They are given for wearables; a
monitored patient is at rest all day. The nocturnal dip compares the mean of the night, 00:00 to
06:00, with that of the day, 10:00 to 20:00; the hours between, in which people fall asleep and get up, are
left out (fixed narrow periods as in Booth et al., J Hypertens 2016;34:235, there for blood pressure).
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from bedside.records import VitalsHeader
from bedside.vitals.clock import day_and_second
from bedside.vitals.figures import NocturnalDip, NotAssessed, RestingHeartRate
from bedside.vitals.metrics.readings import Readings
from bedside.vitals.metrics.steps import in_steps, of_steps

__all__ = ["DayAndNight", "Rest"]

_HOUR_S = 3600
_EARLY_MORNING = (2 * _HOUR_S, 5 * _HOUR_S)
_NIGHT = (0, 6 * _HOUR_S)
_DAY = (10 * _HOUR_S, 20 * _HOUR_S)
_LEAST_S = 3600.0
_REST_S = 1800.0
_MINUTE_S = 60.0
_COARSEST_S = 300.0

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


class Rest:
    """Looks for the calmest half-hour of a wearable's recording batch by batch."""

    def __init__(self, header: VitalsHeader) -> None:
        self._interval_s = header.interval_s
        self._slot_s = max(_MINUTE_S, header.interval_s)
        self._slots = math.ceil(_REST_S / self._slot_s)
        self._open: tuple[Ints, Ints, Ints] | None = None  # the last slot, its sum and its readings
        self._recent: tuple[Ints, Floats] = (np.empty(0, dtype=np.int64), np.empty(0))
        self._lowest = math.inf
        self._early = Readings()
        self._clock_known = header.clock_known

    def add(self, ticks: Ints, heart_rate: Floats) -> None:
        """Take valid heart rates and their clock ticks, at least one."""
        if self._interval_s > _COARSEST_S:
            return
        if self._clock_known:
            _, second = day_and_second(ticks, self._interval_s)
            self._early.add(heart_rate[_within(second, _EARLY_MORNING)])
        slots, sums, counts = self._close(*self._per_slot(ticks, heart_rate))
        if slots.size:
            self._recent, lowest = self._search(slots, _means(sums, counts))
            self._lowest = min(self._lowest, lowest)

    def figures(self) -> RestingHeartRate | NotAssessed:
        """Return the heart rate at rest."""
        if self._interval_s > _COARSEST_S:
            return NotAssessed(f"rows are {self._interval_s:g} s apart")
        lowest = self._lowest
        if self._open is not None:
            slot, total, count = self._open
            lowest = min(lowest, self._search(slot, _means(total, count))[1])
        if math.isinf(lowest):
            return NotAssessed("no 30 consecutive minutes with a reading in each")
        early = self._early.distribution()
        return RestingHeartRate(lowest, early.percentiles(50)[0] if early.n else None)

    def _per_slot(self, ticks: Ints, heart_rate: Floats) -> tuple[Ints, Ints, Ints]:
        """Return the minutes (or longer intervals) with a reading, the sums and the numbers of readings."""
        steps = in_steps(heart_rate)
        if self._interval_s >= _MINUTE_S:
            return ticks, steps, np.ones(ticks.size, dtype=np.int64)
        slot = np.floor(ticks * self._interval_s / self._slot_s).astype(np.int64)
        starts = np.flatnonzero(np.diff(slot, prepend=slot[0] - 1))
        return slot[starts], np.add.reduceat(steps, starts), np.diff(starts, append=slot.size)

    def _close(self, slots: Ints, sums: Ints, counts: Ints) -> tuple[Ints, Ints, Ints]:
        """Put what earlier batches left open in front, and keep the last slot open in its turn."""
        if self._open is not None:
            slot, total, count = self._open
            if slot[0] == slots[0]:
                sums, counts = sums.copy(), counts.copy()
                sums[0] += total[0]
                counts[0] += count[0]
            else:
                slots, sums, counts = (
                    np.concatenate([slot, slots]),
                    np.concatenate([total, sums]),
                    np.concatenate([count, counts]),
                )
        self._open = slots[-1:].copy(), sums[-1:].copy(), counts[-1:].copy()
        return slots[:-1], sums[:-1], counts[:-1]

    def _search(self, slots: Ints, means: Floats) -> tuple[tuple[Ints, Floats], float]:
        """Return the slots that the next ones may continue, and the lowest mean of an unbroken half-hour."""
        slots = np.concatenate([self._recent[0], slots])
        means = np.concatenate([self._recent[1], means])
        recent = slots[1 - self._slots :].copy(), means[1 - self._slots :].copy()
        if slots.size < self._slots:
            return recent, math.inf
        starts = slots.size - self._slots + 1
        unbroken = slots[self._slots - 1 :] - slots[:starts] == self._slots - 1
        half_hours = np.zeros(starts)
        for step in range(self._slots):  # each half-hour on its own: a running sum would carry its past along
            half_hours += means[step : step + starts]
        return recent, float(half_hours[unbroken].min(initial=math.inf)) / self._slots


class DayAndNight:
    """Sums the heart rate of days and of nights batch by batch."""

    def __init__(self, header: VitalsHeader) -> None:
        self._header = header
        self._sums = {_NIGHT: 0, _DAY: 0}
        self._counts = {_NIGHT: 0, _DAY: 0}

    def add(self, ticks: Ints, heart_rate: Floats) -> None:
        """Take valid heart rates and their clock ticks; ignored where the time of day is not known."""
        if not self._header.clock_known:
            return
        _, second = day_and_second(ticks, self._header.interval_s)
        for period in self._sums:
            inside = heart_rate[_within(second, period)]
            self._sums[period] += int(in_steps(inside).sum())
            self._counts[period] += inside.size

    def dip(self) -> NocturnalDip | NotAssessed:
        """Return the fall of the heart rate from day to night."""
        if not self._header.clock_known:
            return NotAssessed("time of day not known")
        for period, name in ((_NIGHT, "night"), (_DAY, "day")):
            if self._counts[period] * self._header.interval_s < _LEAST_S:
                return NotAssessed(f"less than one hour of readings by {name}")
        night, day = (of_steps(self._sums[period]) / self._counts[period] for period in (_NIGHT, _DAY))
        return NocturnalDip(day_mean_bpm=day, night_mean_bpm=night, percent=100.0 * (day - night) / day)


def _means(sums: Ints, counts: Ints) -> Floats:
    """Return the mean heart rate of each slot from its sum in steps."""
    return of_steps(sums) / counts


def _within(second: Ints | Floats, period: tuple[int, int]) -> NDArray[np.bool_]:
    return (second >= period[0]) & (second < period[1])
