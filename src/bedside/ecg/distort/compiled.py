"""The pass over the pixels of `warp.sample`, compiled by numba: the same integers, several times as fast."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import njit
from numpy.typing import NDArray

if TYPE_CHECKING:
    from bedside.ecg.distort.warp import View

__all__ = ["sample"]


def sample(view: View, *, width: int, height: int) -> NDArray[np.uint8]:
    """Draw the picture, `height` rows of `width` pixels."""
    picture = np.empty((height, width, 3), dtype=np.uint8)
    marks = view.lines
    _sample(
        view.page, view.columns, view.rows, view.light, marks.coefficients, marks.tables, view.tones, picture
    )
    return picture


@njit(cache=True, nogil=True)
def _sample(page, columns, rows, light, coefficients, tables, tones, picture):  # noqa: ANN001, ANN202
    last_u = (page.shape[1] - 1) * 64 - 1
    last_v = (page.shape[0] - 1) * 64 - 1
    entries = tables.shape[1]
    for y in range(picture.shape[0]):
        strip, down = y >> 4, y & 15
        up = 16 - down
        for cell in range((picture.shape[1] + 15) >> 4):
            u0 = columns[strip, cell] * up + columns[strip + 1, cell] * down
            u1 = columns[strip, cell + 1] * up + columns[strip + 1, cell + 1] * down
            v0 = rows[strip, cell] * up + rows[strip + 1, cell] * down
            v1 = rows[strip, cell + 1] * up + rows[strip + 1, cell + 1] * down
            s0 = light[strip, cell] * up + light[strip + 1, cell] * down
            s1 = light[strip, cell + 1] * up + light[strip + 1, cell + 1] * down
            for step in range(min(16, picture.shape[1] - (cell << 4))):
                u = min(max((u0 * (16 - step) + u1 * step + 1024) >> 11, 0), last_u)
                v = min(max((v0 * (16 - step) + v1 * step + 1024) >> 11, 0), last_v)
                brightness = (s0 * (16 - step) + s1 * step) >> 8
                for line in range(tables.shape[0]):
                    place = coefficients[line, 0] * u + coefficients[line, 1] * v + coefficients[line, 2]
                    place >>= coefficients[line, 3]
                    if coefficients[line, 4]:
                        place &= entries - 1
                    else:
                        place = min(max(place, 0), entries - 1)
                    brightness = (brightness * tables[line, place]) >> 12
                brightness = min(brightness, 8191)
                x, y0, x0 = (cell << 4) + step, v >> 6, u >> 6
                right, lower = u & 63, v & 63
                for part in range(3):
                    above = page[y0, x0, part] * (64 - right) + page[y0, x0 + 1, part] * right
                    below = page[y0 + 1, x0, part] * (64 - right) + page[y0 + 1, x0 + 1, part] * right
                    level = (above * (64 - lower) + below * lower + 2048) >> 12
                    picture[y, x, part] = tones[part, (level * brightness + 2048) >> 12]
