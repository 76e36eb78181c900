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
    _offset_s: int = 0
    _changes: int = 0
    _first_change: str = ""

    def ticks(
        self,
        local_s: NDArray[np.int64],
        offset_s: NDArray[np.int64],
        *,
        kept: NDArray[np.intp],
        first_line: int,
    ) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        """Return the ticks of the next rows, and which of them are not taken.

        Args:
            local_s: shape (rows,), the local clock in seconds from any midnight.
            offset_s: shape (rows,), what it is ahead of UTC; `local_s - offset_s` rises.
            kept: positions of the rows that get a tick.
            first_line: line of the first row, for the note on changes.
        """
        if self._midnight_s is None:
            self._midnight_s = int(local_s[0]) // _DAY_S * _DAY_S
            self._offset_s = int(offset_s[0])
        self._see_changes(offset_s, first_line)
        ticks = np.floor_divide(local_s[kept] - self._midnight_s, self.interval_s).astype(np.int64)
        before = np.maximum.accumulate(np.concatenate(([self._last_tick], ticks)))
        fresh = ticks > before[:-1]
        if not fresh.all():
            self._count_left_out((local_s - offset_s)[kept], fresh)
        self._last_tick = int(before[-1])
        if fresh.any():
            last = kept[np.flatnonzero(fresh)[-1]]
            self._last_elapsed_s = int(local_s[last] - offset_s[last])
        return ticks, fresh

    def note_changes(self) -> None:
        """Note how often the clock was changed."""
        if self._changes:
            self.tally.notes.append(
                f"the clock was changed {self._changes} time{'s' if self._changes > 1 else ''}, first "
                f"{self._first_change}; times of day are those that it showed"
            )

    def _see_changes(self, offset_s: NDArray[np.int64], first_line: int) -> None:
        rows = np.flatnonzero(np.diff(offset_s, prepend=self._offset_s))
        if rows.size and not self._changes:
            row = int(rows[0])
            was = self._offset_s if row == 0 else int(offset_s[row - 1])
            self._first_change = f"on line {first_line + row} from {_utc(was)} to {_utc(int(offset_s[row]))}"
        self._changes += rows.size
        self._offset_s = int(offset_s[-1])

    def _count_left_out(self, elapsed_s: NDArray[np.int64], fresh: NDArray[np.bool_]) -> None:
        last_fresh = np.maximum.accumulate(np.where(fresh, elapsed_s, self._last_elapsed_s))
        close = ~fresh & (elapsed_s - last_fresh < self.interval_s)
        self.tally.leave_out(f"another reading within {self.interval_s:g} s", int(close.sum()))
        self.tally.leave_out("the clock showed this time before", int((~fresh & ~close).sum()))


def _utc(offset_s: int) -> str:
    sign, minutes = "-" if offset_s < 0 else "+", abs(offset_s) // 60
    return f"UTC{sign}{minutes // 60:02d}:{minutes % 60:02d}"
