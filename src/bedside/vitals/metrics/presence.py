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

    def __init__(self, header: VitalsHeader) -> None:
        self._header = header
        self._first: int | None = None
        self._last = 0
        self._last_valid: int | None = None
        self._valid = self._gaps = self._longest = 0
        self._has_pulse = False
        self._both = self._apart = 0

    @property
    def span_s(self) -> float:
        """Seconds from the first row to the end of the last one."""
        ticks = 0 if self._first is None else self._last - self._first + 1
        return ticks * self._header.interval_s

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
        return Coverage(
            span_s=span_s,
            analysed_s=analysed_s,
            fraction=analysed_s / span_s if span_s else 0.0,
            gaps=self._gaps,
            longest_gap_s=self._longest * interval_s,
        )

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
        start = int(ticks[0]) if self._last_valid is None else self._last_valid
        self._last_valid = int(ticks[-1])
        if self._last_valid - start < ticks.size:
            return  # an unbroken row of readings, the usual case
        missing = np.diff(ticks, prepend=start) - 1
        missing = missing[missing > 0]
        self._gaps += missing.size
        self._longest = max(self._longest, int(missing.max(initial=0)))
