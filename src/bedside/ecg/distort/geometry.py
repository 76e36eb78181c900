"""Where each point of a page lies in the distorted picture, and back.

Points are pixels, x to the right and y down; the centre of the first pixel is (0, 0). Knows nothing of
brightness or colour.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bedside.ecg.distort.parameters import Border, Crease, Curl, Distortion

__all__ = ["bends", "curl_slope", "page_to_picture", "picture_to_page"]

Points = NDArray[np.float64]

NEAREST = 0.25
"""No part of the page is nearer to the camera than a quarter of the distance of its middle."""

ROUNDS = 30
"""Rounds of the fixed-point iteration that undoes curl and creases; each leaves a third of the error at most
unless creases lie on one another."""


@dataclass(frozen=True)
class _Placement:
    """Where the page's middle lies in the picture, and how large the page is; in longer sides."""

    scale: float
    middle: Points


def bends(distortion: Distortion) -> bool:
    """Tell whether any point of the page moves."""
    shifted = any(crease.shift for crease in distortion.crease)
    return shifted or any((distortion.rotation, distortion.perspective, distortion.curl, distortion.border))


def page_to_picture(points: ArrayLike, distortion: Distortion, *, width: int, height: int) -> Points:
    """Return where points of the clean page lie in the distorted picture.

    Args:
        points: shape (n, 2), x and y in pixels of the clean page.
        distortion: what happened to it.
        width: of the picture, pixels.
        height: the same.

    Returns:
        x and y in pixels of the distorted picture, shape (n, 2).
    """
    centre, unit = _frame(width, height)
    placement = _placement(distortion, width, height)
    flat = _flattened((np.asarray(points, dtype=float) - centre) / unit, distortion)
    return (_seen(flat, distortion) * placement.scale + placement.middle) * unit + centre


def picture_to_page(points: ArrayLike, distortion: Distortion, *, width: int, height: int) -> Points:
    """Return which points of the clean page are seen at points of the distorted picture.

    The inverse of `page_to_picture`, with the same arguments.
    """
    centre, unit = _frame(width, height)
    placement = _placement(distortion, width, height)
    seen = ((np.asarray(points, dtype=float) - centre) / unit - placement.middle) / placement.scale
    return _bent(_unseen(seen, distortion), distortion) * unit + centre


def curl_slope(points: ArrayLike, distortion: Distortion, *, width: int, height: int) -> NDArray[np.float64]:
    """Return the slope of the curled page at points of the clean page, rise over run; 0 without curl."""
    centre, unit = _frame(width, height)
    page = (np.asarray(points, dtype=float) - centre) / unit
    if distortion.curl is None:
        return np.zeros(len(page))
    curl = distortion.curl
    along = page @ _direction(curl.degrees)
    omega = 2 * np.pi * curl.cycles
    return -curl.slope * np.sin(omega * along + curl.phase)


def _frame(width: int, height: int) -> tuple[Points, float]:
    return np.array([(width - 1) / 2, (height - 1) / 2]), float(max(width, height))


def _direction(degrees: float) -> Points:
    return np.array([np.cos(np.deg2rad(degrees)), np.sin(np.deg2rad(degrees))])


def _seen(flat: Points, distortion: Distortion) -> Points:
    """Look at the flat page from the camera, then turn the picture."""
    if distortion.perspective is not None:
        tilt = np.array([distortion.perspective.across, distortion.perspective.down])
        flat = flat / np.maximum(1.0 - flat @ tilt, NEAREST)[:, None]
    if distortion.rotation is not None:
        flat = flat @ _turn(distortion.rotation.degrees)
    return flat


def _unseen(seen: Points, distortion: Distortion) -> Points:
    """Undo `_seen`."""
    if distortion.rotation is not None:
        seen = seen @ _turn(-distortion.rotation.degrees)
    if distortion.perspective is not None:
        tilt = np.array([distortion.perspective.across, distortion.perspective.down])
        seen = seen / np.maximum(1.0 + seen @ tilt, NEAREST)[:, None]
    return seen


def _turn(degrees: float) -> Points:
    """Return the matrix that turns row vectors clockwise (y points down)."""
    cosine, sine = _direction(degrees)
    return np.array([[cosine, sine], [-sine, cosine]])


def _bent(flat: Points, distortion: Distortion) -> Points:
    """Return the points of the page that lie at points of the plane in which it lies."""
    moved = flat + _curl_shift(flat, distortion.curl)
    for crease in distortion.crease:
        moved = moved + _crease_shift(flat, crease)
    return moved


def _flattened(page: Points, distortion: Distortion) -> Points:
    """Undo `_bent` by fixed-point iteration, which converges because the shifts change slowly."""
    flat = page
    if distortion.curl is None and not distortion.crease:
        return flat
    for _ in range(ROUNDS):
        flat = page - (_bent(flat, distortion) - flat)
    return flat


def _curl_shift(flat: Points, curl: Curl | None) -> Points:
    """Return how far the page's point lies from the place at which it is seen.

    A page of profile h(t) = (slope / ω) cos(ωt + φ) is longer than its shadow by ∫ √(1 + h'²) − 1 dt ≈
    ½ ∫ h'² dt, and a camera at a slant sees a point of height h shifted by slant · h across the bend.
    """
    if curl is None:
        return np.zeros_like(flat)
    along = _direction(curl.degrees)
    t = flat @ along
    omega = 2 * np.pi * curl.cycles
    angle = omega * t + curl.phase
    length = t / 2 - (np.sin(2 * angle) - np.sin(2 * curl.phase)) / (4 * omega)
    longer = 0.5 * curl.slope**2 * length
    lifted = -curl.slant * curl.slope / omega * np.cos(angle)
    return longer[:, None] * along + lifted[:, None] * np.array([-along[1], along[0]])


def _crease_shift(flat: Points, crease: Crease) -> Points:
    """Pull the paper towards the fold: most at a distance of its width, nothing far away."""
    across = _direction(crease.degrees)
    reach = 6 * crease.width
    distance = (flat @ across - crease.offset) / reach
    pulled = crease.shift * reach * distance * np.exp(1.0 - np.abs(distance))
    return pulled[:, None] * across


def _placement(distortion: Distortion, width: int, height: int) -> _Placement:
    """Place the page so that all of it is seen, as large as the border lets it be."""
    if not bends(distortion):
        return _Placement(1.0, np.zeros(2))
    unit = float(max(width, height))
    half = np.array([width, height]) / unit / 2
    edge = np.linspace(-1.0, 1.0, 17)
    ones = np.ones_like(edge)
    sides = [np.stack(pair, axis=1) for pair in ((edge, -ones), (edge, ones), (-ones, edge), (ones, edge))]
    outline = _seen(_flattened(np.concatenate(sides) * half, distortion), distortion)
    low, high = outline.min(axis=0), outline.max(axis=0)
    first, last = _inner(distortion.border, half)
    scale = float(np.min((last - first) / (high - low)))
    return _Placement(scale, (first + last) / 2 - scale * (low + high) / 2)


def _inner(border: Border | None, half: Points) -> tuple[Points, Points]:
    """Return the upper left and lower right corner of the part of the picture that the page may fill."""
    if border is None:
        return -half, half
    first = np.array([border.left, border.top])
    last = np.array([border.right, border.bottom])
    return -half + first * 2 * half, half - last * 2 * half
