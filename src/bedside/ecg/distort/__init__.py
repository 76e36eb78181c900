"""Make a clean picture of an ECG look photographed, scanned or faxed.

A `Distortion` is drawn once, stored beside the picture as JSON, and says all: the same picture and distortion
give the same pixels (lossy JPEG apart, which is as equal as the installed libjpeg). Where each point of the
page went is known too. Knows nothing of ECGs: what is distorted is a picture of any size.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from bedside.ecg.distort.draw import draw_distortion
from bedside.ecg.distort.geometry import page_to_picture, picture_to_page
from bedside.ecg.distort.parameters import ALL_KINDS, Distortion, Kind
from bedside.ecg.distort.sensor import blurred, compressed, faxed, grey, noisy, resolved
from bedside.ecg.distort.stains import stained
from bedside.ecg.distort.warp import LARGEST_SIDE_PX, looked_at
from bedside.errors import DataError

__all__ = [
    "ALL_KINDS",
    "Distortion",
    "Kind",
    "distort",
    "draw_distortion",
    "page_to_picture",
    "picture_to_page",
]


def distort(pixels: NDArray[np.uint8], distortion: Distortion) -> NDArray[np.uint8]:
    """Return a picture of the same size with everything done to it that `distortion` says.

    Args:
        pixels: red, green and blue, uint8, shape (height, width, 3).
        distortion: what happens to it.

    Raises:
        DataError: `pixels` is not such an array, or is too large.
    """
    _check(pixels)
    seen = looked_at(stained(pixels, distortion.stain), distortion)
    if distortion.blur is not None:
        seen = blurred(seen, distortion.blur)
    if distortion.low_resolution is not None:
        seen = resolved(seen, distortion.low_resolution)
    if distortion.noise is not None:
        seen = noisy(seen, distortion.noise)
    if distortion.colour is not None and distortion.colour.grey:
        seen = grey(seen)
    if distortion.fax is not None:
        seen = faxed(seen, distortion.fax)
    if distortion.jpeg is not None:
        seen = compressed(seen, distortion.jpeg)
    return seen.copy() if seen is pixels or not seen.flags.writeable else seen


def _check(pixels: NDArray[np.uint8]) -> None:
    fix = "give the red, green and blue of every pixel as uint8, for example np.asarray(image.convert('RGB'))"
    if pixels.ndim != 3 or pixels.shape[2] != 3 or pixels.dtype != np.uint8:
        raise DataError(
            f"a picture of shape {pixels.shape} and type {pixels.dtype} is not (height, width, 3) and uint8",
            fix=fix,
        )
    shortest, longest = min(pixels.shape[:2]), max(pixels.shape[:2])
    if shortest < 1 or longest > LARGEST_SIDE_PX:
        raise DataError(
            f"a picture of {pixels.shape[1]} × {pixels.shape[0]} pixels cannot be distorted: "
            f"each side may have 1 to {LARGEST_SIDE_PX}",
            fix="draw it at a lower resolution",
        )
