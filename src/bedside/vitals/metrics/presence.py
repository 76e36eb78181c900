"""Which part of the recorded time has a valid heart rate, and whether heart rate and pulse agree.

They disagree where they are more than 20 bpm apart, which is bedside's own limit. The heart rate comes from
the ECG and the pulse from the oximeter, so one of the two is wrong then, or beats do not reach the finger.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from bedside.records import VitalsHeader, VitalsRows
from bedside.vitals.figures import Coverage, Disagreement, NotAssessed
from bedside.vitals.signals import is_valid

__all__ = ["Presence"]

APART_BPM = 20.0


class Presence:
    """Follows the clock of a recording batch by batch."""

    def __init__(self, header: VitalsHeader, stretch: range | None = None) -> None:
        """Prepare to take rows.

        Args:
            header: the recording's header.
            stretch: the clock ticks that are looked at; where not given, from the first row to the last.
        """
        self._header = header
        self._stretch = stretch
        self._first: int | None = None
        self._first_valid: int | None = None
        self._last = 0
        self._last_valid: int | None = None
        self._valid = self._gaps = self._longest = 0
        self._has_pulse = False
        self._both = self._apart = 0

    @property
    def span_s(self) -> float:
        """Seconds of the stretch that is looked at."""
        return len(self._ticks) * self._header.interval_s

    @property
    def _ticks(self) -> range:
        if self._stretch is not None:
            return self._stretch
        return range(0) if self._first is None else range(self._first, self._last + 1)

    def add(self, rows: VitalsRows, valid: NDArray[np.bool_]) -> None:
        """Take rows.

        Args:
            rows: at least one row.
            valid: which of them have a valid heart rate, shape (rows,).
        """
        if self._first is None:
            self._first = int(rows.ticks[0])
        self._last = int(rows.ticks[-1])
        self._find_gaps(rows.ticks if valid.all() else rows.ticks[valid])
        pulse = rows.signals.get("pulse")
        if pulse is not None:
            self._has_pulse = True
            both = valid & is_valid("pulse", pulse, cohort=self._header.cohort)
            self._both += int(np.count_nonzero(both))
            both &= np.abs(rows.signals["hr"] - pulse) > APART_BPM
            self._apart += int(np.count_nonzero(both))

    def coverage(self) -> Coverage:
        """Return how much of the time has a valid heart rate."""
        interval_s, span_s = self._header.interval_s, self.span_s
        analysed_s = self._valid * interval_s
        at_ends = self._missing_at_ends()
        return Coverage(
            span_s=span_s,
            analysed_s=analysed_s,
            fraction=analysed_s / span_s if span_s else 0.0,
            gaps=self._gaps + len(at_ends),
            longest_gap_s=max(self._longest, *at_ends, 0) * interval_s,
        )

    def _missing_at_ends(self) -> tuple[int, ...]:
        """Return how many ticks of a given stretch pass before the first and after the last valid reading."""
        if self._stretch is None or self._first_valid is None or self._last_valid is None:
            return ()
        before = self._first_valid - self._stretch.start
        after = self._stretch.stop - 1 - self._last_valid
        return tuple(ticks for ticks in (before, after) if ticks > 0)

    def disagreement(self) -> Disagreement | NotAssessed:
        """Return in which share of the rows heart rate and pulse are far apart."""
        if not self._has_pulse:
            return NotAssessed("no pulse recorded")
        if not self._both:
            return NotAssessed("heart rate and pulse never both valid")
        return Disagreement(self._both, 100.0 * self._apart / self._both)

    def _find_gaps(self, ticks: NDArray[np.int64]) -> None:
        """Count what is missing between valid readings, the last one of earlier batches included."""
        if not ticks.size:
            return
        self._valid += ticks.size
        if self._first_valid is None:
            self._first_valid = int(ticks[0])
        start = int(ticks[0]) if self._last_valid is None else self._last_valid
        self._last_valid = int(ticks[-1])
        if self._last_valid - start < ticks.size:
            return  # an unbroken row of readings, the usual case
        missing = np.diff(ticks, prepend=start) - 1
        missing = missing[missing > 0]
        self._gaps += missing.size
        self._longest = max(self._longest, int(missing.max(initial=0)))
