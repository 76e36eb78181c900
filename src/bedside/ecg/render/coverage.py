"""Draw a trace on a palette picture, with soft edges; plain numpy, whole numbers only.

`compiled` draws the same pixels faster. What the indices of a picture mean is for `sheet`.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from bedside.ecg.render.plan import CELLS
from bedside.ecg.render.sampling import FINE, Cells, Ints, Pen

__all__ = ["LEVELS", "WHOLE", "Ink", "Pixels", "ink"]

LEVELS = 15
"""How much of a pixel is covered: 0 is nothing, this is all of it."""

WHOLE = CELLS * FINE
"""What a covered pixel gets from its cells."""

Pixels = NDArray[np.uint8]
Ink = Callable[[Cells, Pen, Pixels, Pixels], Pixels]


def ink(cells: Cells, pen: Pen, paper: Pixels, mixed: Pixels) -> Pixels:
    """Return `paper` with `cells` drawn on it.

    A cell is covered from the highest to the lowest point that the pen reaches from it or its neighbours; a
    pixel takes the sum over its cells, and over traces that cross.

    Args:
        cells: the trace.
        pen: what it is drawn with.
        paper: indices of colours, shape (height, width).
        mixed: the index of a colour under a level of coverage, shape (256, levels + 1).
    """
    height, width = paper.shape
    column, top, bottom = _drawn(cells, pen, height)
    first = top // FINE
    count = (bottom + FINE - 1) // FINE - first
    cell = np.repeat(np.arange(count.size), count)
    row = np.arange(cell.size) - np.repeat(np.cumsum(count) - count - first, count)
    part = np.minimum(bottom[cell], (row + 1) * FINE) - np.maximum(top[cell], row * FINE)
    place = row * width + column[cell]
    covered = np.zeros(height * width, np.uint16)
    np.add.at(covered, place, part.astype(np.uint16))  # of one type, which is much faster
    level = (np.minimum(covered[place], WHOLE) * np.uint16(LEVELS) + WHOLE // 2) // WHOLE
    picture = paper.flatten()
    picture[place] = mixed[picture[place], level]
    return picture.reshape(height, width)


def _drawn(cells: Cells, pen: Pen, height: int) -> tuple[Ints, Ints, Ints]:
    """Return column, top and bottom of the cells that show, thick as the pen and cut at the page."""
    size = cells.column.size - 2 * pen.reach
    column = cells.column[pen.reach : pen.reach + size]
    top, bottom = np.full(size, height * FINE, np.int32), np.zeros(size, np.int32)
    for offset, half in enumerate(pen.heights):
        near = slice(offset, offset + size)
        met = True if pen.crosses or offset == pen.reach else cells.column[near] == column
        np.minimum(top, cells.top[near] - half, out=top, where=met)
        np.maximum(bottom, cells.bottom[near] + half, out=bottom, where=met)
    np.maximum(top, 0, out=top)
    np.minimum(bottom, height * FINE, out=bottom)
    shows = np.flatnonzero((column >= 0) & (top < bottom))
    return column[shows], top[shows], bottom[shows]
