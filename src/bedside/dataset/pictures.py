"""What a picture's bytes are and what it looks like, so that a copy is found though its bytes differ.

Also where the pictures of examples may stand, and how one is put there.

The signature compares pictures of ECGs by their ink alone: paper, grid, colours, size, compression and
slight noise do not count.
"""

from __future__ import annotations

import hashlib
import io
import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path, PurePath

import numpy as np
from numpy.typing import NDArray

from bedside.errors import DataError
from bedside.extras import require

__all__ = ["WORDS", "PictureFacts", "alike", "is_inside", "look_at", "place", "same_ink"]

Words = NDArray[np.uint64]
Ink = NDArray[np.float64]

MOST_DIFFERENT = 28
"""Of 256 bits: pictures whose signatures differ in no more may be of the same ink."""
LEAST_CORRELATION = 0.9
"""What ink must correlate by, to be the same. Of 45,000 pairs of different synthetic ECGs none reached 0.6;
a picture shrunk to 700 pixels and saved as JPEG of quality 50 keeps 0.94."""
WORDS = 4
"""A signature is so many words of 64 bits."""
_SIDE = 128
_FINE_SIDE = 256
_FAINT = 6
_NEIGHBOURS = 16


@dataclass(frozen=True)
class PictureFacts:
    """A picture's digest (sha256 of its bytes) and its signature (see `signature_of`)."""

    sha256: str
    signature: bytes


def is_inside(image: str) -> bool:
    """Tell whether a picture's path is relative and cannot leave the folder that it is relative to."""
    path = PurePath(image)
    return not path.anchor and ".." not in path.parts and "\0" not in image


def place(data: bytes, target: Path) -> None:
    """Write a picture whose name says which it is, in one step: nobody ever sees half of it."""
    if target.is_file():
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, unfinished = tempfile.mkstemp(dir=target.parent)
    with os.fdopen(handle, "wb") as stream:
        stream.write(data)
    Path(unfinished).chmod(0o644)
    Path(unfinished).replace(target)


def look_at(image: str, *, folder: Path) -> PictureFacts:
    """Hash a picture file and compute what it looks like.

    Args:
        image: its path, relative to `folder`.
        folder: of the examples that show it.

    Raises:
        DataError: its path leads out of the folder, or it cannot be read as a picture.
    """
    if not is_inside(image):
        raise DataError(
            f"the path of the picture {image[:120]!r} leads out of the folder",
            file=folder,
            fix="copy it there",
        )
    data = _read(folder / image)
    return PictureFacts(hashlib.sha256(data).hexdigest(), signature_of(data, folder / image))


def signature_of(data: bytes, path: Path) -> bytes:
    """Return 256 bits that pictures of the same ink share, but for a few.

    The bits are the signs of 256 random projections of the ink (Charikar, "Similarity estimation techniques
    from rounding algorithms", STOC 2002): two pictures whose ink correlates with r differ in about
    arccos(r)/π of them. All sums are of whole numbers, and so the same on every machine.

    Raises:
        DataError: `data` cannot be read as a picture.
    """
    ink = _ink(data, path, _SIDE)
    rows = ink.reshape(_SIDE // 2, 2, _SIDE).sum(axis=1)
    return np.packbits(_planes() @ rows.ravel() > 0).tobytes()


def same_ink(first: Path, second: Path) -> bool:
    """Tell whether two pictures show the same ink, whatever their size, colours and compression.

    Raises:
        DataError: one of them cannot be read.
    """
    one, other = (_ink(_read(path), path, _FINE_SIDE).ravel() for path in (first, second))
    norms = float(np.linalg.norm(one) * np.linalg.norm(other))
    return bool(one @ other >= LEAST_CORRELATION * norms) if norms else bool((one == other).all())


def alike(signatures: Words) -> Iterator[tuple[int, int]]:
    """Find the pairs of signatures that differ in few bits; of many that are alike, a chain of pairs.

    Candidates agree in one of 16 stretches of 16 bits, which two that differ in 16 bits do in 99.8 % of cases
    and two that differ in `MOST_DIFFERENT` in 94 %.

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


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise DataError(
            f"cannot be read: {error.strerror}", file=path, fix="put the picture there"
        ) from error


def _ink(data: bytes, path: Path, side: int) -> Ink:
    """Return how much darker than its surroundings each place is, times `side`; shape (side, side).

    The picture is shrunk, and what is faint, such as a grid, left out. The mean of each row is taken away: it
    only says what layout it is.
    """
    image_module = require("PIL.Image", extra="ecg", purpose="looking at pictures")
    blur = require("PIL.ImageFilter", extra="ecg", purpose="looking at pictures").BoxBlur(side // 8)
    try:
        with image_module.open(io.BytesIO(data)) as image:
            small = image.convert("RGB").convert("L").resize((side, side), image_module.Resampling.BOX)
    except Exception as error:  # a damaged picture makes Pillow raise errors of any kind
        raise DataError(f"not a readable picture: {error}", file=path, fix="give a PNG or JPEG") from error
    darker = np.asarray(small.filter(blur), dtype=np.float64) - np.asarray(small) - _FAINT
    ink = np.maximum(darker, 0.0)
    return ink * side - ink.sum(axis=1, keepdims=True)


@lru_cache(maxsize=1)
def _planes() -> NDArray[np.float64]:
    """Return 256 projections of ones and minus ones, from a generator whose raw numbers never change."""
    columns = _SIDE * _SIDE // 2
    words = np.random.PCG64(0).random_raw(WORDS * columns).view(np.uint8)
    return (np.unpackbits(words).astype(np.float64) * 2 - 1).reshape(WORDS * 64, columns)
