"""Bring times to ticks that follow the clock on the wall, as what is told of nights needs it.

Tick 0 is midnight of the first day, so the time of day of every row is known on both sides of a change to or
from summer time; such a change makes a gap or a span an hour longer or shorter than it was. Rows of an hour
that the clock shows for the second time have no tick of their own: they are left out and counted. Knows
nothing about files.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bedside.vitals.readers.stream import Tally

__all__ = ["WallClock"]

_DAY_S = 86_400


@dataclass
class WallClock:
    """Gives rows their ticks, and leaves out those whose tick is taken; goes on from batch to batch.

    Attributes:
        interval_s: seconds between ticks.
        tally: receives what is left out.
    """

    interval_s: float
    tally: Tally
    _midnight_s: int | None = None
    _last_tick: int = -1
    _last_elapsed_s: int = 0
    _offset_s: int | None = None
    _changes: int = 0
    _first_change: str = ""

    def see(self, offset_s: NDArray[np.int64], *, first_line: int) -> None:
        """See what the clock is ahead of UTC in the next rows, shape (rows,), so that changes can be told."""
        if self._offset_s is None:
            self._offset_s = int(offset_s[0])
        rows = np.flatnonzero(np.diff(offset_s, prepend=self._offset_s))
        if rows.size and not self._changes:
            row = int(rows[0])
            was = self._offset_s if row == 0 else int(offset_s[row - 1])
            self._first_change = f"on line {first_line + row} from {_utc(was)} to {_utc(int(offset_s[row]))}"
        self._changes += rows.size
        self._offset_s = int(offset_s[-1])

    def ticks(
        self, local_s: NDArray[np.int64], elapsed_s: NDArray[np.int64]
    ) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        """Return the ticks of the next rows, and which of them are not taken.

        Args:
            local_s: shape (rows,), at least one row; the local clock in seconds from any midnight.
            elapsed_s: shape (rows,), seconds in UTC; they rise.
        """
        if self._midnight_s is None:
            self._midnight_s = int(local_s[0]) // _DAY_S * _DAY_S
        whole = int(self.interval_s)
        divisor = whole if whole == self.interval_s else self.interval_s
        ticks = ((local_s - self._midnight_s) // divisor).astype(np.int64, copy=False)
        if ticks[0] > self._last_tick and (ticks[1:] > ticks[:-1]).all():
            fresh = np.ones(ticks.size, dtype=np.bool_)
        else:
            before = np.maximum.accumulate(np.concatenate(([self._last_tick], ticks[:-1])))
            fresh = ticks > before
            self._count_left_out(elapsed_s, fresh)
        if fresh.any():
            last = int(np.flatnonzero(fresh)[-1])
            self._last_tick, self._last_elapsed_s = int(ticks[last]), int(elapsed_s[last])
        return ticks, fresh

    def note_changes(self) -> None:
        """Note how often the clock was changed."""
        if self._changes:
            self.tally.notes.append(
                f"the clock was changed {self._changes} time{'s' if self._changes > 1 else ''}, first "
                f"{self._first_change}; times of day are those that it showed"
            )

    def _count_left_out(self, elapsed_s: NDArray[np.int64], fresh: NDArray[np.bool_]) -> None:
        last_fresh = np.maximum.accumulate(np.where(fresh, elapsed_s, self._last_elapsed_s))
        close = ~fresh & (elapsed_s - last_fresh < self.interval_s)
        self.tally.leave_out(f"another reading within {self.interval_s:g} s", int(close.sum()))
        self.tally.leave_out("the clock showed this time before", int((~fresh & ~close).sum()))


def _utc(offset_s: int) -> str:
    sign, minutes = "-" if offset_s < 0 else "+", abs(offset_s) // 60
    return f"UTC{sign}{minutes // 60:02d}:{minutes % 60:02d}"
