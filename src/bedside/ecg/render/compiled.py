"""What `coverage` does, compiled by numba: the same whole numbers, and so the same pixels.

Importing this module imports numba; the machine code is kept beside it or in the user's cache.
"""

from __future__ import annotations

import numba
import numpy as np

from bedside.ecg.render.coverage import LEVELS, WHOLE, Pixels
from bedside.ecg.render.sampling import ABSENT, FINE, Cells, Pen

__all__ = ["ink"]


def ink(cells: Cells, pen: Pen, picture: Pixels, mixed: Pixels) -> None:
    """Draw `cells` with a `pen` into `picture`, exactly as `coverage.ink` does."""
    covered = np.zeros(picture.shape, np.uint16)
    trace = (cells.column, cells.top, cells.bottom, pen.heights, pen.crosses)
    _cover(*trace, covered)
    _mix(*trace, covered, picture, mixed)


@numba.njit(cache=True)
def _span(column, top, bottom, heights, crosses, cell, height):
    """Return where the pen's cover of a cell begins and ends, cut at the page."""
    reach = heights.size // 2
    first, last = ABSENT, -ABSENT
    for offset in range(heights.size):
        near = cell - reach + offset
        if crosses or column[near] == column[cell]:
            first = min(first, top[near] - heights[offset])
            last = max(last, bottom[near] + heights[offset])
    return max(first, 0), min(last, height * FINE)


@numba.njit(cache=True)
def _cover(column, top, bottom, heights, crosses, covered):
    """Add up how much of each pixel the cells cover."""
    height = covered.shape[0]
    for cell in range(column.size):
        if column[cell] >= 0:
            first, last = _span(column, top, bottom, heights, crosses, cell, height)
            for row in range(first // FINE, (last + FINE - 1) // FINE):
                part = min(last, (row + 1) * FINE) - max(first, row * FINE)
                covered[row, column[cell]] += part


@numba.njit(cache=True)
def _mix(column, top, bottom, heights, crosses, covered, picture, mixed):
    """Mix the trace into the pixels that it covers, each once."""
    height = covered.shape[0]
    for cell in range(column.size):
        if column[cell] >= 0:
            first, last = _span(column, top, bottom, heights, crosses, cell, height)
            for row in range(first // FINE, (last + FINE - 1) // FINE):
                share = min(covered[row, column[cell]], WHOLE)
                if share:
                    level = (share * LEVELS + WHOLE // 2) // WHOLE
                    picture[row, column[cell]] = mixed[picture[row, column[cell]], level]
                    covered[row, column[cell]] = 0
