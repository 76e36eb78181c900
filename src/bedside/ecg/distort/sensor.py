"""What the lens, the sensor and the file do to a picture after it was seen.

Every function takes and returns pixels of the same size and knows nothing of pages.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from bedside.ecg.distort.parameters import Blur, Fax, Jpeg, LowResolution, Noise
from bedside.extras import require

if TYPE_CHECKING:
    from PIL import Image

__all__ = ["blurred", "compressed", "faxed", "grey", "noisy", "resolved"]

Pixels = NDArray[np.uint8]

MIDDLE = 128
"""Between black and white: no paper of a fax is darker."""

PAPER_AROUND = 0.02
"""How far around a point its paper is looked at; 1 is the longer side of the picture."""


def blurred(pixels: Pixels, blur: Blur) -> Pixels:
    """Spread every pixel over a square (out of focus) and along a line (moved)."""
    unit = max(pixels.shape[:2])
    if blur.defocus > 0:
        box = require("PIL.ImageFilter", extra="ecg", purpose="blurring a picture").BoxBlur(
            blur.defocus * unit
        )
        pixels = np.asarray(_image(pixels).filter(box))
    return _moved(pixels, blur.motion * unit, blur.degrees) if blur.motion > 0 else pixels


def resolved(pixels: Pixels, low: LowResolution) -> Pixels:
    """Reduce the picture and enlarge it again."""
    height, width = pixels.shape[:2]
    resampling = require("PIL.Image", extra="ecg", purpose="resizing a picture").Resampling
    size = max(1, round(width * low.factor)), max(1, round(height * low.factor))
    small = _image(pixels).resize(size, resampling.BOX)
    return np.asarray(small.resize((width, height), resampling.BILINEAR))


def noisy(pixels: Pixels, noise: Noise) -> Pixels:
    """Add Gaussian noise that grows with brightness, from a seed of its own.

    One random byte chooses one of 256 equally likely values of the noise: close to a Gaussian one up to
    ±2.7 standard deviations, and quick.
    """
    parts = 3 if noise.colour else 1
    count = pixels.shape[0] * pixels.shape[1] * parts
    words = np.random.PCG64(noise.seed).random_raw(-(-count // 8)).astype("<u8", copy=False)
    chance = words.view(np.uint8)[:count].reshape(*pixels.shape[:2], parts)
    table = _noise_table(noise)
    noised = np.empty_like(pixels)
    for top in range(0, len(pixels), 16):
        entry = pixels[top : top + 16].astype(np.intp) << 8
        entry |= chance[top : top + 16]
        noised[top : top + 16] = table.take(entry)
    return noised


def grey(pixels: Pixels) -> Pixels:
    """Take the colour away."""
    return np.asarray(_image(pixels).convert("L").convert("RGB"))


def faxed(pixels: Pixels, fax: Fax) -> Pixels:
    """Make every point black or white; several points in a pixel average to grey.

    Seen in red light, in which a red grid is nearly white, as many fax machines do. A point is compared with
    the paper around it, so that strokes that cover a part of a pixel only are not lost.
    """
    height, width = pixels.shape[:2]
    image = _image(_brighter_than_paper(pixels, fax.threshold))
    if fax.points > 1:
        resampling = require("PIL.Image", extra="ecg", purpose="resizing a picture").Resampling
        image = image.resize((width * fax.points, height * fax.points), resampling.BILINEAR)
    image = image.point([255 if level >= MIDDLE else 0 for level in range(256)])
    if fax.points > 1:
        image = image.reduce(fax.points)
    return np.asarray(image.convert("RGB"))


def _brighter_than_paper(pixels: Pixels, threshold: int) -> Pixels:
    """Return by how much each point is brighter than what counts as white there, plus `MIDDLE`."""
    red = np.ascontiguousarray(pixels[:, :, 0])
    box = require("PIL.ImageFilter", extra="ecg", purpose="distorting a picture").BoxBlur(
        PAPER_AROUND * max(red.shape)
    )
    around = np.asarray(_image(red).filter(box)).astype(np.int16)
    white_from = np.maximum(threshold - 255 + around, MIDDLE)
    return np.clip(red - white_from + MIDDLE, 0, 255).astype(np.uint8)


def compressed(pixels: Pixels, jpeg: Jpeg) -> Pixels:
    """Write the picture as JPEG and read it again."""
    opened = require("PIL.Image", extra="ecg", purpose="compressing a picture").open
    file = io.BytesIO()
    _image(pixels).save(file, "JPEG", quality=jpeg.quality, subsampling=0 if jpeg.full_colour else 2)
    return np.asarray(opened(file))


def _image(pixels: Pixels) -> Image.Image:
    return require("PIL.Image", extra="ecg", purpose="distorting a picture").fromarray(pixels)


def _moved(pixels: Pixels, length_px: float, degrees: float) -> Pixels:
    """Average the picture over whole-pixel steps along a line through each pixel."""
    reach = max(1, round(length_px / 2))
    steps = np.arange(-reach, reach + 1)
    across = np.rint(steps * np.cos(np.deg2rad(degrees))).astype(int)
    down = np.rint(steps * np.sin(np.deg2rad(degrees))).astype(int)
    height, width = pixels.shape[:2]
    padded = np.pad(pixels, ((reach, reach), (reach, reach), (0, 0)), mode="edge")
    reciprocal = np.uint32(-(-65536 // steps.size))
    moved = np.empty_like(pixels)
    for top in range(0, height, 16):
        bottom = min(top + 16, height)
        total = np.zeros((bottom - top, width, 3), dtype=np.uint16)
        for x, y in zip(across, down, strict=True):
            total += padded[top + reach + y : bottom + reach + y, reach + x : reach + x + width]
        moved[top:bottom] = total * reciprocal >> np.uint32(16)
    return moved


def _noise_table(noise: Noise) -> Pixels:
    """Return the level for every level before (times 256) and every random byte."""
    level = np.arange(256.0)
    sigma = np.sqrt(noise.sigma**2 + noise.shot**2 * level / 255.0)
    value = level[:, None] + sigma[:, None] * _quantiles()[None, :]
    return np.rint(np.clip(value, 0.0, 255.0)).astype(np.uint8).ravel()


def _quantiles() -> NDArray[np.float64]:
    """Return 256 equally likely values of the standard normal distribution, with variance 1.

    Winitzki's approximation of the inverse error function (2008), good to 0.002.
    """
    x = (np.arange(256) + 0.5) / 128.0 - 1.0
    log = np.log1p(-x * x)
    half = 2.0 / (np.pi * 0.147) + log / 2.0
    value = np.sign(x) * np.sqrt(2.0) * np.sqrt(np.sqrt(half**2 - log / 0.147) - half)
    return value / value.std()
