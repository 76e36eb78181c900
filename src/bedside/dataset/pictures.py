"""What a picture's bytes are and what it looks like, so that a copy is found though its bytes differ.

The signature compares pictures of ECGs by their ink alone: paper, grid, colours, size, compression and
slight noise do not count.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bedside.errors import DataError
from bedside.extras import require

__all__ = ["PictureFacts", "alike", "look_at"]

Words = NDArray[np.uint64]

MOST_DIFFERENT = 20
"""Of 256 bits: so many may differ between two pictures that are taken for the same."""
_SIDE = 128
_CELLS = 32
_FAINT = 6.0
_NEIGHBOURS = 16


@dataclass(frozen=True)
class PictureFacts:
    """A picture's digest (sha256 of its bytes) and its signature (see `signature_of`)."""

    sha256: str
    signature: bytes


def look_at(path: Path) -> PictureFacts:
    """Hash a picture file and compute what it looks like.

    Raises:
        DataError: it cannot be read as a picture.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise DataError(
            f"cannot be read: {error.strerror}", file=path, fix="put the picture there"
        ) from error
    return PictureFacts(hashlib.sha256(data).hexdigest(), signature_of(data, path))


def signature_of(data: bytes, path: Path) -> bytes:
    """Return 256 bits that pictures of the same ink share, but for a few.

    The picture is shrunk, its local background taken away, and the ink that is left summed in 32 × 32 cells.
    Of each row of cells the mean is taken away too, which only says what layout it is. The bits are the signs
    of 256 random projections (Charikar, "Similarity estimation techniques from rounding algorithms", STOC
    2002): two pictures whose ink correlates with r differ in about arccos(r)/π of them.

    Raises:
        DataError: `data` cannot be read as a picture.
    """
    image_module = require("PIL.Image", extra="ecg", purpose="looking at pictures")
    blur = require("PIL.ImageFilter", extra="ecg", purpose="looking at pictures").BoxBlur(_SIDE // 8)
    try:
        with image_module.open(io.BytesIO(data)) as image:
            small = image.convert("RGB").convert("L").resize((_SIDE, _SIDE), image_module.Resampling.BOX)
    except (OSError, ValueError, image_module.DecompressionBombError) as error:
        raise DataError(
            f"not a readable picture: {error}", file=path, fix="give a PNG or JPEG file"
        ) from error
    grey = np.asarray(small, dtype=np.float64)
    ink = np.maximum(np.asarray(small.filter(blur), dtype=np.float64) - grey - _FAINT, 0.0)
    step = _SIDE // _CELLS
    cells = ink.reshape(_CELLS, step, _CELLS, step).sum(axis=(1, 3))
    cells -= cells.mean(axis=1, keepdims=True)
    return np.packbits(_planes() @ cells.ravel() > 0).tobytes()


def alike(signatures: Words) -> Iterator[tuple[int, int]]:
    """Find the pairs of signatures that differ in few bits; of many that are alike, a chain of pairs.

    Candidates agree in one of 16 stretches of 16 bits; with `MOST_DIFFERENT` bits differing two miss each
    other there once in a hundred times.

    Args:
        signatures: shape (pictures, 4), 64 bits each.
    """
    stretches = signatures.view(np.uint16)
    for column in range(stretches.shape[1]):
        order = np.lexsort((*signatures.T, stretches[:, column]))
        same = stretches[order, column]
        for distance in range(1, _NEIGHBOURS + 1):
            first, second = order[:-distance], order[distance:]
            differing = np.bitwise_count(signatures[first] ^ signatures[second]).sum(axis=1)
            found = (same[:-distance] == same[distance:]) & (differing <= MOST_DIFFERENT)
            yield from zip(first[found].tolist(), second[found].tolist(), strict=True)


@lru_cache(maxsize=1)
def _planes() -> NDArray[np.float64]:
    """Return 256 projections of ones and minus ones, from a generator whose raw numbers never change."""
    count = 256 * _CELLS * _CELLS
    words = np.random.PCG64(0).random_raw(count // 64).view(np.uint8)
    return (np.unpackbits(words).astype(np.float64) * 2 - 1).reshape(256, -1)
