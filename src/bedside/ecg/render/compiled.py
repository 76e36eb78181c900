"""What `coverage` does, compiled by numba: the same whole numbers, and so the same pixels.

Importing this module imports numba; the machine code is kept beside it or in the user's cache.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from bedside.ecg.render.coverage import LEVELS, WHOLE, Pixels
from bedside.ecg.render.sampling import ABSENT, FINE, Cells, Ints, Pen

__all__ = ["ink"]


def ink(cells: Cells, pen: Pen, paper: Pixels, mixed: Pixels) -> Pixels:
    """Return `paper` with `cells` drawn on it, exactly as `coverage.ink` does."""
    picture = paper.copy()
    _ink(cells.column, cells.top, cells.bottom, pen.heights, pen.crosses, paper, mixed, picture)
    return picture


@njit(cache=True, nogil=True)
def _ink(  # noqa: PLR0917 - compiled functions take no keywords
    column: Ints,
    top: Ints,
    bottom: Ints,
    heights: Ints,
    crosses: bool,
    paper: Pixels,
    mixed: Pixels,
    picture: Pixels,
) -> None:
    """Add up what the cells of a pixel column cover, and mix it into the picture, column after column."""
    covered = np.zeros_like(paper)
    cell = 0
    while cell < column.size:
        x, highest, lowest = column[cell], paper.shape[0], 0
        while cell < column.size and column[cell] == x:
            if x >= 0:
                first, last = _span(column, top, bottom, heights, crosses, cell)
                first, last = max(first, 0), min(last, paper.shape[0] * FINE)
                for row in range(first // FINE, (last + FINE - 1) // FINE):
                    part = min(last, (row + 1) * FINE) - max(first, row * FINE)
                    covered[row, x] = min(covered[row, x] + part, WHOLE)
                if first < last:
                    highest, lowest = min(highest, first // FINE), max(lowest, (last + FINE - 1) // FINE)
            cell += 1
        for row in range(highest, lowest):
            level = (covered[row, x] * LEVELS + WHOLE // 2) // WHOLE
            picture[row, x] = mixed[paper[row, x], level]


@njit(cache=True, nogil=True, inline="always")
def _span(  # noqa: PLR0917 - the same
    column: Ints, top: Ints, bottom: Ints, heights: Ints, crosses: bool, cell: int
) -> tuple[int, int]:
    """Return where the pen's cover of a cell begins and ends."""
    first, last = ABSENT, -ABSENT
    for offset in range(heights.size):
        near = cell - heights.size // 2 + offset
        if crosses or column[near] == column[cell]:
            first = min(first, top[near] - heights[offset])
            last = max(last, bottom[near] + heights[offset])
    return first, last
