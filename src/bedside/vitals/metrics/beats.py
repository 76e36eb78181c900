"""What the monitor's ECG analysis says of beats and rhythm.

Its counters hold one value per minute. Each is summed over the minutes in which the monitor gave it beside
the count of all beats, and given per hour of those minutes and per cent of their beats. A counter that is
absent is not zero. The limits of an irregular minute (10 % of beats) and of a poor one (50 % of the signal)
are bedside's own.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bedside.records import VitalsHeader
from bedside.vitals.figures import Ectopy, NotAssessed, PrematureBeats, Rhythm
from bedside.vitals.metrics.readings import Distribution
from bedside.vitals.metrics.steps import in_steps, of_steps
from bedside.vitals.signals import is_valid

__all__ = ["IRREGULAR_PERCENT", "BeatCounts", "rhythm"]

IRREGULAR_PERCENT = 10.0
"""A minute with a larger share of irregular beats counts as irregular."""

POOR_PERCENT = 50.0
_MINUTE_S = 60.0
_BEATS = "all_beat_count"
_COUNTERS = (
    "pvc_count",
    "svpb_count",
    "pvc_run_count",
    "pvc_pair_count",
    "svpb_run_count",
    "paced_beat_count",
)

Lookup = Callable[[str], Distribution]
"""Gives the valid readings of a signal by its canonical name; none where it was not recorded."""


@dataclass
class _Counted:
    """Sums over the minutes in which a counter and the count of all beats were both given, in steps."""

    minutes: int = 0
    beat_steps: int = 0
    count_steps: int = 0

    @property
    def beats(self) -> float:
        """How many beats there were in those minutes."""
        return of_steps(self.beat_steps)

    @property
    def count(self) -> float:
        """What the counter counted in them."""
        return of_steps(self.count_steps)


class BeatCounts:
    """Sums the beat counters of a recording batch by batch."""

    def __init__(self, header: VitalsHeader) -> None:
        self._header = header
        self._names: set[str] = set()
        self._all = _Counted()
        self._counted: dict[str, _Counted] = {}

    def add(self, signals: Mapping[str, NDArray[np.float64]]) -> None:
        """Take the signals of some rows."""
        self._names |= signals.keys()
        beats = signals.get(_BEATS)
        if beats is None or not self._is_by_minute:
            return
        analysed = is_valid(_BEATS, beats, cohort=self._header.cohort)
        self._sum(self._all, analysed, beats, beats)
        for name in _COUNTERS:
            values = signals.get(name)
            if values is not None:
                both = analysed & is_valid(name, values, cohort=self._header.cohort)
                self._sum(self._counted.setdefault(name, _Counted()), both, beats, values)

    def ectopy(self, lookup: Lookup) -> Ectopy | NotAssessed:
        """Return the premature and paced beats; `lookup` gives bigeminy and trigeminy."""
        if _BEATS not in self._names:
            only_rate = "pvc_rate" in self._names
            return NotAssessed("only a running PVC rate, no beat counts" if only_rate else "no beat counts")
        if not self._is_by_minute:
            return NotAssessed(
                f"beat counts are per minute, but rows are {self._header.interval_s:g} s apart"
            )
        if not self._all.beats:
            return NotAssessed("the monitor analysed no minute of the ECG")
        pvc = self._premature("pvc_count", runs="pvc_run_count", pairs="pvc_pair_count")
        svpb = self._premature("svpb_count", runs="svpb_run_count", pairs="")
        if isinstance(pvc, NotAssessed) and isinstance(svpb, NotAssessed):
            return NotAssessed("beats were counted, premature beats were not")
        paced = self._counted.get("paced_beat_count", _Counted())
        return Ectopy(
            analysed_minutes=self._all.minutes,
            beats=round(self._all.beats),
            ventricular=pvc,
            supraventricular=svpb,
            bigeminy_minutes=_minutes_with_any(lookup("bigeminy_percent")),
            trigeminy_minutes=_minutes_with_any(lookup("trigeminy_percent")),
            paced_percent=100.0 * paced.count / paced.beats if paced.beats else None,
        )

    @property
    def _is_by_minute(self) -> bool:
        return math.isclose(self._header.interval_s, _MINUTE_S, rel_tol=1e-4)  # 1 / 0.016667 Hz is one

    @staticmethod
    def _sum(
        into: _Counted, both: NDArray[np.bool_], beats: NDArray[np.float64], values: NDArray[np.float64]
    ) -> None:
        into.minutes += int(np.count_nonzero(both))
        into.beat_steps += int(in_steps(beats[both]).sum())
        into.count_steps += int(in_steps(values[both]).sum())

    def _premature(self, name: str, *, runs: str, pairs: str) -> PrematureBeats | NotAssessed:
        if name not in self._counted:
            return NotAssessed("not counted")
        counted = self._counted[name]
        if not counted.beats:
            return NotAssessed("not counted in any analysed minute")
        count = round(counted.count)
        return PrematureBeats(
            minutes=counted.minutes,
            count=count,
            per_hour=60.0 * count / counted.minutes,
            percent=100.0 * count / counted.beats,
            runs=self._number(runs),
            pairs=self._number(pairs),
        )

    def _number(self, name: str) -> int | None:
        counted = self._counted.get(name, _Counted())
        return round(counted.count) if counted.minutes else None


def rhythm(lookup: Lookup, *, interval_s: float) -> Rhythm | NotAssessed:
    """Return the monitor's irregular-heart-rate figure.

    Args:
        lookup: gives the valid readings of a signal.
        interval_s: seconds between readings.
    """
    irregular = lookup("irregular_hr_percent")
    if not irregular.n:
        return NotAssessed("no rhythm analysis recorded")
    pnn50, poor = lookup("pnn50_percent"), lookup("poor_signal_percent")
    return Rhythm(
        analysed_minutes=round(irregular.n * interval_s / _MINUTE_S),
        irregular_percent=irregular.total() / irregular.n,
        irregular_minutes_percent=100.0 * irregular.above(IRREGULAR_PERCENT) / irregular.n,
        pnn50_percent=pnn50.total() / pnn50.n if pnn50.n else None,
        poor_signal_minutes=round(poor.above(POOR_PERCENT) * interval_s / _MINUTE_S) if poor.n else None,
    )


def _minutes_with_any(shares: Distribution) -> int | None:
    return shares.above(0.0) if shares.n else None
