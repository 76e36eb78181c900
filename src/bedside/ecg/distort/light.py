"""Brightness over the picture: uneven light, shadows, the slopes of a curled page, creases and waves.

Smooth brightness is given at the nodes of a coarse grid, sharp lines as tables over the distance from a
line. Knows nothing of how pixels are sampled.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bedside.ecg.distort.geometry import curl_slope
from bedside.ecg.distort.parameters import Colour, Crease, Distortion, Moire

__all__ = ["FULL_LIGHT", "MOST_LIGHT", "POSITION_STEPS", "Lines", "lines", "lit", "shade", "tones"]

FULL_LIGHT = 4096
"""The integer that stands for unchanged brightness."""

MOST_LIGHT = 8191
"""The largest brightness that is computed with."""

POSITION_STEPS = 64
"""Positions on the page are counted in this many steps a pixel."""

ENTRIES = 1024
"""Entries of a line's table."""

TONE_ENTRIES = 512
"""Brightness before the tone curve, in levels; above 255 is brighter than the paper can be."""


@dataclass(frozen=True)
class Lines:
    """Straight lines of light and dark on the page.

    At the position (u, v), in steps, the brightness is multiplied by `tables[i, (a u + b v + c) >> shift]`;
    the index is cut off at the table's ends, where nothing changes, or, where `wraps` is 1, counted round and
    round. The first kind ends with the page.

    Attributes:
        coefficients: int32 array, shape (lines, 5): a, b, c, shift, wraps.
        tables: int32 array, shape (lines, ENTRIES), in units of 1 / FULL_LIGHT.
    """

    coefficients: NDArray[np.int32]
    tables: NDArray[np.int32]


def lit(distortion: Distortion) -> bool:
    """Tell whether the brightness of the picture changes from place to place."""
    return any((distortion.light, distortion.shadow, distortion.curl, distortion.crease, distortion.moire))


def shade(
    seen: NDArray[np.float64], page: NDArray[np.float64], distortion: Distortion, *, width: int, height: int
) -> NDArray[np.int32]:
    """Return the brightness at points of the picture, in units of 1 / FULL_LIGHT.

    Args:
        seen: the points, pixels of the picture, shape (n, 2).
        page: the points of the page that are seen there, pixels of the page, shape (n, 2).
        distortion: what gives light and shadow.
        width: of the picture, pixels.
        height: the same.
    """
    unit = float(max(width, height))
    place = (seen - [(width - 1) / 2, (height - 1) / 2]) / unit
    brightness = np.ones(len(place))
    if distortion.light is not None:
        light = distortion.light
        across = place @ _direction(light.degrees)
        brightness *= 1.0 - light.fall * (across + 0.5)
        brightness *= 1.0 - light.vignette * 2.0 * (place**2).sum(axis=1)
    if distortion.shadow is not None:
        shadow = distortion.shadow
        into, beside = place @ _direction(shadow.degrees), place @ _direction(shadow.degrees + 90.0)
        depth = (into - shadow.offset - shadow.bend * beside**2) / shadow.softness + 0.5
        depth = np.clip(depth, 0.0, 1.0)
        brightness *= 1.0 - shadow.depth * depth * depth * (3.0 - 2.0 * depth)
    if distortion.curl is not None:
        slope = curl_slope(page, distortion, width=width, height=height)
        brightness *= 1.0 + distortion.curl.shading * slope * _on_page(page, distortion, width, height)
    return np.rint(np.clip(brightness, 0.05, 1.9) * FULL_LIGHT).astype(np.int32)


def lines(distortion: Distortion, *, width: int, height: int, origin_px: int) -> Lines:
    """Return the creases and waves as tables.

    Args:
        distortion: what has them.
        width: of the page, pixels.
        height: the same.
        origin_px: the position, in both directions, at which the page's first pixel is counted.
    """
    found = [_crease_line(crease, width, height, origin_px) for crease in distortion.crease]
    if distortion.moire is not None:
        found.append(_moire_line(distortion.moire, width, height))
    coefficients = np.array([line for line, _ in found], dtype=np.int32).reshape(-1, 5)
    tables = np.array([table for _, table in found], dtype=np.int32).reshape(-1, ENTRIES)
    return Lines(coefficients, tables)


def tones(colour: Colour | None) -> NDArray[np.uint8]:
    """Return the rendered level of every brightness, shape (3, TONE_ENTRIES): red, green, blue."""
    levels = np.arange(TONE_ENTRIES, dtype=float)
    if colour is None:
        return np.tile(np.minimum(levels, 255.0).astype(np.uint8), (3, 1))
    share = np.clip(levels[None, :] * np.array(colour.gains)[:, None] / 255.0, 0.0, 1.0)
    rendered = colour.black + (colour.white - colour.black) * share**colour.gamma
    return np.rint(rendered).astype(np.uint8)


def _on_page(
    page: NDArray[np.float64], distortion: Distortion, width: int, height: int
) -> NDArray[np.float64]:
    """Return 1 on the page, falling to 0 beside it where something else than paper is there."""
    if distortion.border is None:
        return np.ones(len(page))
    beside = np.maximum(np.maximum(-page, page - [width - 1, height - 1]), 0.0).max(axis=1)
    return np.maximum(1.0 - beside / (0.04 * max(width, height)), 0.0)


def _direction(degrees: float) -> NDArray[np.float64]:
    return np.array([np.cos(np.deg2rad(degrees)), np.sin(np.deg2rad(degrees))])


def _crease_line(
    crease: Crease, width: int, height: int, origin_px: int
) -> tuple[list[int], NDArray[np.int32]]:
    """Shade a fold: a dark side, a brighter side, and a worn line between them."""
    unit = float(max(width, height))
    width_px = max(crease.width * unit, 0.7)
    finer = int(np.floor(np.log2(ENTRIES / (8.0 * width_px))))
    across = _direction(crease.degrees)
    a, b = np.rint(across * 1024).astype(int)
    middle = np.array([(width - 1) / 2, (height - 1) / 2]) + origin_px
    at_px = float(middle @ across) + crease.offset * unit
    shift = 16 - finer
    c = -round(at_px * POSITION_STEPS * 1024) + (ENTRIES // 2 << shift)
    distance = (np.arange(ENTRIES) + 0.5 - ENTRIES / 2) / 2.0**finer / width_px
    slope = distance * np.exp(0.5 - 0.5 * distance**2)
    worn = np.exp(-0.5 * (distance / 0.25) ** 2)
    brightness = 1.0 - crease.depth * (
        0.75 * np.maximum(slope, 0.0) + 0.4 * np.minimum(slope, 0.0) + 0.5 * worn
    )
    table = np.rint(np.clip(brightness, 0.05, 1.9) * FULL_LIGHT).astype(np.int32)
    table[0] = table[-1] = FULL_LIGHT
    return [int(a), int(b), c, shift, 0], table


def _moire_line(moire: Moire, width: int, height: int) -> tuple[list[int], NDArray[np.int32]]:
    """Shade waves of one period; the table holds one wave."""
    shift = 8
    period_px = max(moire.period * max(width, height), 3.0)
    a, b = np.rint(_direction(moire.degrees) * ENTRIES * 2**shift / (POSITION_STEPS * period_px)).astype(int)
    wave = np.sin(2 * np.pi * np.arange(ENTRIES) / ENTRIES)
    table = np.rint((1.0 + moire.depth * wave) * FULL_LIGHT).astype(np.int32)
    return [int(a), int(b), 0, shift, 1], table
