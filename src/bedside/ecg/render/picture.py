"""A picture of indices into a palette, and its PNG file.

The file is written here, without filters and with fast compression: writing it takes longer than drawing, and
general libraries take several times as long.
"""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from bedside.extras import require

if TYPE_CHECKING:
    from PIL.Image import Image

__all__ = ["Picture"]

SIGNATURE = b"\x89PNG\r\n\x1a\n"
BIT_DEPTH, PALETTE_COLOUR = 8, 3


@dataclass(frozen=True)
class Picture:
    """A drawn page.

    Attributes:
        pixels: indices of colours, shape (height, width).
        palette: red, green and blue of each index, shape (colours, 3).
        px_per_mm: its scale, which the file states.
    """

    pixels: NDArray[np.uint8]
    palette: NDArray[np.uint8]
    px_per_mm: float

    def png(self) -> bytes:
        """Return the picture as a PNG file; the same picture gives the same bytes."""
        height, width = self.pixels.shape
        rows = np.zeros((height, width + 1), np.uint8)  # each row begins with its filter, 0 for none
        rows[:, 1:] = self.pixels
        per_metre = round(self.px_per_mm * 1000)
        return b"".join(
            (
                SIGNATURE,
                _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, BIT_DEPTH, PALETTE_COLOUR, 0, 0, 0)),
                _chunk(b"PLTE", self.palette.tobytes()),
                _chunk(b"pHYs", struct.pack(">IIB", per_metre, per_metre, 1)),
                _chunk(b"IDAT", zlib.compress(rows.data, level=1)),
                _chunk(b"IEND", b""),
            )
        )

    def rgb(self) -> NDArray[np.uint8]:
        """Return the colours of all pixels, shape (height, width, 3)."""
        return self.palette[self.pixels]

    def image(self) -> Image:
        """Return the picture for Pillow, with its colours spelled out.

        Raises:
            MissingExtraError: Pillow is not installed.
        """
        return require("PIL.Image", extra="ecg", purpose="showing an ECG").fromarray(self.rgb())


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(data, zlib.crc32(kind)))
