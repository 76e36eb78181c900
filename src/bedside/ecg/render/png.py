"""Write a picture of palette indices as PNG, fast: parts that are as on the empty page are compressed once.

A deflate stream may be put together from pieces that do not refer to each other. The page is cut into bands
of rows; those without trace come from the page, the others are compressed anew. No filters, fast compression.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

__all__ = ["Blank", "blank", "png"]

BAND_ROWS = 28
LEVEL = 1
MEMORY = 7
"""One less than usual: a smaller table stays in the processor's cache."""
RAW = -zlib.MAX_WBITS
SIGNATURE = b"\x89PNG\r\n\x1a\n"
BIT_DEPTH, PALETTE_COLOUR = 8, 3
ZLIB_HEADER, LAST_BLOCK = b"\x78\x01", b"\x03\x00"
ADLER_BASE = 65521

Pixels = NDArray[np.uint8]


@dataclass(frozen=True)
class _Piece:
    """Compressed bytes that can stand anywhere in a stream, with size and checksum of what they hold."""

    deflated: bytes
    size: int
    adler: int


@dataclass(frozen=True)
class Blank:
    """An empty page, with its bands compressed."""

    pixels: Pixels
    bands: tuple[_Piece, ...]


def blank(pixels: Pixels) -> Blank:
    """Compress an empty page, shape (height, width), band by band."""
    deflate = _deflater()
    firsts = range(0, len(pixels), BAND_ROWS)
    return Blank(pixels, tuple(deflate(_rows(pixels[first : first + BAND_ROWS])) for first in firsts))


def png(pixels: Pixels, palette: Pixels, *, px_per_mm: float, page: Blank) -> bytes:
    """Return a PNG file; the same picture on the same page gives the same bytes.

    Args:
        pixels: indices of colours, shape (height, width).
        palette: red, green and blue of each index, shape (colours, 3).
        px_per_mm: the scale, which the file states.
        page: the page on which it was drawn.
    """
    height, width = pixels.shape
    per_metre = round(px_per_mm * 1000)
    return b"".join(
        (
            SIGNATURE,
            _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, BIT_DEPTH, PALETTE_COLOUR, 0, 0, 0)),
            _chunk(b"PLTE", palette.tobytes()),
            _chunk(b"pHYs", struct.pack(">IIB", per_metre, per_metre, 1)),
            _chunk(b"IDAT", _compressed(pixels, page)),
            _chunk(b"IEND", b""),
        )
    )


def _compressed(pixels: Pixels, page: Blank) -> bytes:
    """Return the zlib stream of a picture."""
    pieces = list(_pieces(pixels, page))
    adler = 1
    for piece in pieces:
        adler = _joined(adler, piece)
    return b"".join(
        (ZLIB_HEADER, *(piece.deflated for piece in pieces), LAST_BLOCK, struct.pack(">I", adler))
    )


def _pieces(pixels: Pixels, page: Blank) -> Iterator[_Piece]:
    deflate = _deflater()
    firsts = range(0, len(pixels), BAND_ROWS)
    same = [bool((pixels[at : at + BAND_ROWS] == page.pixels[at : at + BAND_ROWS]).all()) for at in firsts]
    for untouched, run in groupby(range(len(same)), key=same.__getitem__):
        bands = list(run)
        if untouched:
            yield from (page.bands[band] for band in bands)
        else:
            yield deflate(_rows(pixels[bands[0] * BAND_ROWS : (bands[-1] + 1) * BAND_ROWS]))


def _rows(pixels: Pixels) -> Pixels:
    """Return rows as they stand in the file: each begins with its filter, 0 for none."""
    height, width = pixels.shape
    rows = np.zeros((height, width + 1), np.uint8)
    rows[:, 1:] = pixels
    return rows


def _deflater() -> Callable[[Pixels], _Piece]:
    """Return a function that compresses rows into pieces; after a full flush none refers to one before."""
    stream = zlib.compressobj(LEVEL, zlib.DEFLATED, RAW, MEMORY)

    def deflate(rows: Pixels) -> _Piece:
        deflated = stream.compress(rows.data) + stream.flush(zlib.Z_FULL_FLUSH)
        return _Piece(deflated, rows.size, zlib.adler32(rows.data))

    return deflate


def _joined(adler: int, piece: _Piece) -> int:
    """Return the Adler-32 checksum of what has `adler`, followed by a piece (as zlib's adler32_combine)."""
    low, high = adler & 0xFFFF, adler >> 16
    low_next, high_next = piece.adler & 0xFFFF, piece.adler >> 16
    high = (high + high_next + piece.size * (low - 1)) % ADLER_BASE
    return high << 16 | (low + low_next - 1) % ADLER_BASE


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(data, zlib.crc32(kind)))
