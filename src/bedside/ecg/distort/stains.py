"""Dried drops and the rings of cups on the paper."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from bedside.ecg.distort.parameters import Stain

__all__ = ["stained"]


def stained(page: NDArray[np.uint8], stains: Sequence[Stain]) -> NDArray[np.uint8]:
    """Return the page with stains on it; the same array where there are none."""
    if not stains:
        return page
    page = page.copy()
    for stain in stains:
        _soak(page, stain)
    return page


def _soak(page: NDArray[np.uint8], stain: Stain) -> None:
    """Take the stain's share of the light from the pixels within its reach, in place."""
    height, width = page.shape[:2]
    unit = max(height, width)
    x, y, radius = stain.x * (width - 1), stain.y * (height - 1), stain.radius * unit
    reach = radius * (1.0 + stain.wobble) * (1.0 + stain.edge) + 1.0
    left, right = max(0, int(x - reach)), min(width, int(x + reach) + 1)
    top, bottom = max(0, int(y - reach)), min(height, int(y + reach) + 1)
    down, across = np.mgrid[top:bottom, left:right]
    angle = np.arctan2(down - y, across - x)
    wave = 0.6 * np.sin(2 * angle + 7 * stain.x) + 0.4 * np.sin(5 * angle + 11 * stain.y)
    outline = radius * (1.0 + stain.wobble * wave)
    outside = (np.hypot(down - y, across - x) / outline - 1.0) / stain.edge
    ring = np.clip(1.0 - np.abs(outside), 0.0, 1.0)
    amount = np.where(outside < 0, np.maximum(ring, stain.inside), ring)[:, :, None]
    kept = 1.0 - amount * (1.0 - np.array(stain.colour))
    page[top:bottom, left:right] = np.rint(page[top:bottom, left:right] * kept).astype(np.uint8)
