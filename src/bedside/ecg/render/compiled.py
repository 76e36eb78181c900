"""What `coverage` does, compiled by numba: the same whole numbers, and so the same pixels.

Importing this module imports numba; the machine code is kept beside it or in the user's cache.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from bedside.ecg.render.coverage import LEVELS, WHOLE, Pixels
from bedside.ecg.render.sampling import ABSENT, FINE, Cells, Ints, Pen

__all__ = ["ink"]

Trace = tuple[Ints, Ints, Ints, Ints, bool]


def ink(cells: Cells, pen: Pen, picture: Pixels, mixed: Pixels) -> None:
    """Draw `cells` with a `pen` into `picture`, exactly as `coverage.ink` does."""
    covered = np.zeros_like(picture)
    trace = (cells.column, cells.top, cells.bottom, pen.heights, pen.crosses)
    _cover(trace, covered)
    _mix(trace, covered, picture, mixed)


@njit(cache=True, nogil=True)
def _span(trace: Trace, cell: int, height: int) -> tuple[int, int]:
    """Return where the pen's cover of a cell begins and ends, cut at the page."""
    column, top, bottom, heights, crosses = trace
    first, last = ABSENT, -ABSENT
    for offset in range(heights.size):
        near = cell - heights.size // 2 + offset
        if crosses or column[near] == column[cell]:
            first = min(first, top[near] - heights[offset])
            last = max(last, bottom[near] + heights[offset])
    return max(first, 0), min(last, height * FINE)


@njit(cache=True, nogil=True)
def _cover(trace: Trace, covered: Pixels) -> None:
    """Add up how much of each pixel the cells cover."""
    column = trace[0]
    for cell in range(column.size):
        if column[cell] >= 0:
            first, last = _span(trace, cell, covered.shape[0])
            for row in range(first // FINE, (last + FINE - 1) // FINE):
                part = min(last, (row + 1) * FINE) - max(first, row * FINE)
                covered[row, column[cell]] = min(covered[row, column[cell]] + part, WHOLE)


@njit(cache=True, nogil=True)
def _mix(trace: Trace, covered: Pixels, picture: Pixels, mixed: Pixels) -> None:
    """Mix the trace into the pixels that it covers, each once."""
    column = trace[0]
    for cell in range(column.size):
        if column[cell] >= 0:
            first, last = _span(trace, cell, covered.shape[0])
            for row in range(first // FINE, (last + FINE - 1) // FINE):
                share = int(covered[row, column[cell]])
                if share:
                    level = (share * LEVELS + WHOLE // 2) // WHOLE
                    picture[row, column[cell]] = mixed[picture[row, column[cell]], level]
                    covered[row, column[cell]] = 0
