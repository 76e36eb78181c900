"""The pass over the pixels of `warp.sample`, compiled by numba: the same integers, four times as fast."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import njit
from numpy.typing import NDArray

if TYPE_CHECKING:
    from bedside.ecg.distort.warp import View

__all__ = ["sample"]

Packed = NDArray[np.uint64]
Whole = NDArray[np.int32]

HALF = np.uint64(2048 | 2048 << 21 | 2048 << 42)
LEVELS = np.uint64(255 | 255 << 21 | 255 << 42)
FULL = np.uint64(64)
FRACTION = np.uint64(12)
TONES = np.uint64(511)
FIELD = np.uint64(21)


def sample(view: View, *, width: int, height: int) -> NDArray[np.uint8]:
    """Draw the picture, `height` rows of `width` pixels."""
    picture = np.empty((height, width, 3), dtype=np.uint8)
    nodes = (view.columns, view.rows, view.light)
    marks = (view.lines.coefficients, view.lines.tables, view.edge)
    _sample(view.page, nodes, marks, view.tones, picture)
    return picture


@njit(cache=True, nogil=True)
def _sample(
    page: Packed,
    nodes: tuple[Whole, Whole, Whole],
    marks: tuple[Whole, Whole, int],
    tones: NDArray[np.uint8],
    picture: NDArray[np.uint8],
) -> None:
    """Walk through the cells of each row; positions and brightness change linearly within a cell."""
    columns, rows, light = nodes
    coefficients, tables, edge = marks
    end_u, end_v = page.shape[1] * 64 - 64 - edge, page.shape[0] * 64 - 64 - edge
    for y in range(picture.shape[0]):
        strip, down = y >> 4, y & 15
        for cell in range((picture.shape[1] + 15) >> 4):
            u, u_step = _edge(columns, strip, cell, down)
            v, v_step = _edge(rows, strip, cell, down)
            s, s_step = _edge(light, strip, cell, down)
            u, v = u + 1024, v + 1024
            for x in range(cell << 4, min((cell + 1) << 4, picture.shape[1])):
                right = min(max(u >> 11, 0), (page.shape[1] - 1) * 64 - 1)
                below = min(max(v >> 11, 0), (page.shape[0] - 1) * 64 - 1)
                on_page = edge <= right < end_u and edge <= below < end_v
                brightness = min(_marked(s >> 8, right, below, coefficients, tables, on_page), 8191)
                colours = _bilinear(page, right, below) * np.uint64(brightness) + HALF
                picture[y, x, 0] = tones[0, (colours >> FRACTION) & TONES]
                picture[y, x, 1] = tones[1, (colours >> (FRACTION + FIELD)) & TONES]
                picture[y, x, 2] = tones[2, (colours >> (FRACTION + FIELD + FIELD)) & TONES]
                u, v, s = u + u_step, v + v_step, s + s_step


@njit(cache=True, nogil=True, inline="always")
def _edge(nodes: Whole, strip: int, cell: int, down: int) -> tuple[int, int]:
    """Return the value at the left edge of a cell, 256 times as large, and its change from pixel to pixel."""
    left = nodes[strip, cell] * (16 - down) + nodes[strip + 1, cell] * down
    right = nodes[strip, cell + 1] * (16 - down) + nodes[strip + 1, cell + 1] * down
    return left * 16, right - left


@njit(cache=True, nogil=True, inline="always")
def _marked(  # noqa: PLR0917 - compiled functions take no keywords
    brightness: int, u: int, v: int, coefficients: Whole, tables: Whole, on_page: bool
) -> int:
    """Return the brightness after all lines."""
    last = tables.shape[1] - 1
    for line in range(tables.shape[0]):
        entry = coefficients[line, 0] * u + coefficients[line, 1] * v + coefficients[line, 2]
        entry >>= coefficients[line, 3]
        if coefficients[line, 4]:
            brightness = (brightness * tables[line, entry & last]) >> 12
        elif on_page:
            brightness = (brightness * tables[line, min(max(entry, 0), last)]) >> 12
    return brightness


@njit(cache=True, nogil=True, inline="always")
def _bilinear(page: Packed, u: int, v: int) -> np.uint64:
    """Return the packed colours at a position."""
    x, y, right, lower = u >> 6, v >> 6, np.uint64(u & 63), np.uint64(v & 63)
    above = page[y, x] * (FULL - right) + page[y, x + 1] * right
    below = page[y + 1, x] * (FULL - right) + page[y + 1, x + 1] * right
    return ((above * (FULL - lower) + below * lower + HALF) >> FRACTION) & LEVELS
