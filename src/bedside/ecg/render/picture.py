"""A drawn page: indices into a palette."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from bedside.ecg.render.png import Blank, png
from bedside.extras import require

if TYPE_CHECKING:
    from PIL.Image import Image

__all__ = ["Picture"]


@dataclass(frozen=True)
class Picture:
    """A drawn page.

    Attributes:
        pixels: indices of colours, shape (height, width).
        palette: red, green and blue of each index, shape (colours, 3).
        px_per_mm: its scale, which the file states.
        page: the page before the trace was drawn.
    """

    pixels: NDArray[np.uint8]
    palette: NDArray[np.uint8]
    px_per_mm: float
    page: Blank = field(repr=False)

    def png(self) -> bytes:
        """Return the picture as a PNG file; the same picture gives the same bytes."""
        return png(self.pixels, self.palette, px_per_mm=self.px_per_mm, page=self.page)

    def rgb(self) -> NDArray[np.uint8]:
        """Return the colours of all pixels, shape (height, width, 3)."""
        return np.take(self.palette, self.pixels, axis=0)  # four times as fast as an index

    def image(self) -> Image:
        """Return the picture for Pillow, with its colours spelled out.

        Raises:
            MissingExtraError: Pillow is not installed.
        """
        return require("PIL.Image", extra="ecg", purpose="showing an ECG").fromarray(self.rgb())
