"""See that rows rise in time from the first batch to the last, and leave out those that are given twice.

Knows nothing about files beyond the line on which a row stands.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bedside.errors import DataError
from bedside.vitals.readers.stream import Tally

__all__ = ["RowOrder"]

_REPEATED = "repeated row"
_SORT = "sort the rows by time; give recordings that were joined as files of their own"
_NO_VALUE = "no value in any known column"


@dataclass
class RowOrder:
    """Decides, batch after batch, which rows of a file are kept.

    Attributes:
        path: the file, for messages.
        worded: words a time as the file has it, field name first.
        tally: receives what is left out.
        sort: what a user is told to do about times that do not rise.
    """

    path: Path
    worded: Callable[[int], str]
    tally: Tally
    sort: str = _SORT
    _last_time: int | None = None
    _last_values: tuple[float, ...] = ()

    def keep(
        self, times: NDArray[np.int64], values: Sequence[NDArray[np.float64]], *, first_line: int
    ) -> NDArray[np.bool_]:
        """Tell which rows are kept: not those that repeat the one before, nor those without any value.

        Args:
            times: shape (rows,), at least one row; any unit.
            values: every known column, each of shape (rows,); NaN where missing.
            first_line: line of the first row.

        Raises:
            DataError: a time is earlier than the one before it, or equal to it with other values.
        """
        before = np.concatenate(([times[0] - 1 if self._last_time is None else self._last_time], times[:-1]))
        kept = times > before
        if not kept.all():
            self._check_repeated(times, before, values, first_line)
            self.tally.leave_out(_REPEATED, int(np.count_nonzero(~kept)))
        empty = np.logical_and.reduce([np.isnan(column) for column in values])
        self.tally.leave_out(_NO_VALUE, int(np.count_nonzero(kept & empty)))
        self._last_time = int(times[-1])
        self._last_values = tuple(float(column[-1]) for column in values)
        return kept & ~empty

    def _check_repeated(
        self,
        times: NDArray[np.int64],
        before: NDArray[np.int64],
        values: Sequence[NDArray[np.float64]],
        first_line: int,
    ) -> None:
        rows = np.flatnonzero(times <= before)
        bad = times[rows] < before[rows]
        for position, column in enumerate(values):
            last = self._last_values[position] if self._last_values else np.nan
            earlier, now = np.concatenate(([last], column[:-1]))[rows], column[rows]
            bad |= (now != earlier) & ~(np.isnan(now) & np.isnan(earlier))
        if not bad.any():
            return
        row = int(rows[np.argmax(bad)])
        now, above = self.worded(int(times[row])), self.worded(int(before[row]))
        if times[row] < before[row]:
            what, fix = f"{now} after {above}; times must rise from row to row", self.sort
        else:
            what, fix = f"{now} stands twice, with different values", "keep the right one of the two rows"
        raise DataError(what, file=self.path, line=first_line + row, fix=fix)
