"""Look at a page through one inverse map: geometry, light and tones in a single pass over the pixels.

All arithmetic on pixels is in integers, so that the compiled loop and the numpy one give the same bytes.
The map and the brightness are known at the nodes of a grid and interpolated bilinearly between them; so are
the page's pixels.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol, cast

import numpy as np
from numpy.typing import NDArray

from bedside.ecg.distort.geometry import bends, picture_to_page
from bedside.ecg.distort.light import MOST_LIGHT, POSITION_STEPS, Lines, lines, lit, shade, tones
from bedside.ecg.distort.parameters import Distortion
from bedside.extras import available

__all__ = ["LARGEST_SIDE_PX", "View", "looked_at", "sample", "view"]

CELL_PX = 16
"""Distance of the grid's nodes."""

NODE_STEPS = 512
"""Positions at the nodes are counted in this many steps a pixel."""

LARGEST_SIDE_PX = 7800
"""Above this, positions would not fit into 32 bits."""

Pixels = NDArray[np.uint8]


@dataclass(frozen=True)
class View:
    """All that the pass over the pixels needs, in integers.

    Attributes:
        page: the page with a frame of what is around it, uint64, shape (rows, columns): red in the lowest
            bits, green 21 and blue 42 bits higher, so that one operation serves all three.
        columns: position across `page` at the nodes, int32, in 1 / NODE_STEPS pixels.
        rows: position down `page`, the same.
        light: brightness at the nodes, int32, in 1 / FULL_LIGHT.
        lines: creases and waves.
        edge: creases end this far from the outer edge of `page` on all sides, in 1 / POSITION_STEPS pixels.
        tones: the level of every brightness, uint8, shape (3, 512).
    """

    page: NDArray[np.uint64]
    columns: NDArray[np.int32]
    rows: NDArray[np.int32]
    light: NDArray[np.int32]
    lines: Lines
    edge: int
    tones: Pixels


class _Sampler(Protocol):
    def __call__(self, view: View, *, width: int, height: int) -> Pixels: ...


def looked_at(page: Pixels, distortion: Distortion) -> Pixels:
    """Return `page` as it is seen: moved, lit and rendered; the same array where nothing of it changes."""
    if not (bends(distortion) or lit(distortion) or distortion.colour):
        return page
    height, width = page.shape[:2]
    return _sampler()(view(page, distortion), width=width, height=height)


def view(page: Pixels, distortion: Distortion) -> View:
    """Prepare the pass over the pixels of a picture as large as `page`."""
    height, width = page.shape[:2]
    framed, frame_px = _framed(page, distortion)
    across = np.arange(0, width + CELL_PX, CELL_PX)
    down = np.arange(0, height + CELL_PX, CELL_PX)
    seen = np.stack(np.meshgrid(across, down), axis=-1).reshape(-1, 2).astype(float)
    on_page = picture_to_page(seen, distortion, width=width, height=height)
    nodes = np.clip(np.rint((on_page + frame_px) * NODE_STEPS), -8190 * NODE_STEPS, 8190 * NODE_STEPS)
    columns, rows = nodes.astype(np.int32).T.reshape(2, down.size, across.size)
    light = shade(seen, on_page, distortion, width=width, height=height).reshape(rows.shape)
    marks = lines(distortion, width=width, height=height, origin_px=frame_px)
    edge = -POSITION_STEPS if distortion.border is None else frame_px * POSITION_STEPS - POSITION_STEPS // 2
    return View(framed, columns, rows, light, marks, edge, tones(distortion.colour))


def sample(view: View, *, width: int, height: int) -> Pixels:
    """Draw the picture, `height` rows of `width` pixels, with numpy, a strip of cells at a time."""
    packed = view.page.ravel()
    columns, rows, light = (_across(nodes, width) for nodes in (view.columns, view.rows, view.light))
    picture = np.empty((height, width, 3), dtype=np.uint8)
    for strip, top in enumerate(range(0, height, CELL_PX)):
        down = np.arange(min(CELL_PX, height - top), dtype=np.int32)[:, None]
        u = _positions(columns, strip, down, view.page.shape[1])
        v = _positions(rows, strip, down, view.page.shape[0])
        brightness = _down(light, strip, down) >> 8
        if len(view.lines.tables):
            _apply_lines(brightness, u, v, view)
        colours = _bilinear(packed, u, v, view.page.shape[1])
        _render(colours, brightness, view.tones, picture[top : top + CELL_PX])
    return picture


@lru_cache(maxsize=1)
def _sampler() -> _Sampler:
    if not available("numba"):
        return sample
    from bedside.ecg.distort import compiled

    return cast("_Sampler", compiled.sample)


def _framed(page: Pixels, distortion: Distortion) -> tuple[NDArray[np.uint64], int]:
    """Return the page, packed, with a frame around it, and the frame's width.

    The outermost pixels of the frame stand for all that lies beyond. Without a border it is paper.
    """
    height, width = page.shape[:2]
    frame = max(2, round(0.025 * max(width, height)))
    framed = np.empty((height + 2 * frame, width + 2 * frame), dtype=np.uint64)
    for top in range(0, height, CELL_PX):
        rows = page[top : top + CELL_PX]
        framed[frame + top : frame + top + len(rows), frame:-frame] = _packed(rows)
    border = distortion.border
    around = np.array(_paper(page) if border is None else border.colour, dtype=float)
    contact = 0.0 if border is None else border.contact_shadow
    darkness = contact * (np.arange(1, frame + 1) / frame) ** 2
    rings = _packed(np.rint(around * (1.0 - darkness[:, None])).astype(np.uint8))
    for ring, colour in enumerate(rings):
        along = slice(ring, -ring or None)
        framed[ring, along] = framed[-1 - ring, along] = framed[along, ring] = framed[along, -1 - ring] = (
            colour
        )
    return framed, frame


def _packed(pixels: Pixels) -> NDArray[np.uint64]:
    """Return one integer for the three colours of each pixel."""
    red, green, blue = (pixels[..., part].astype(np.uint64) for part in range(3))
    return red | green << np.uint64(21) | blue << np.uint64(42)


def _paper(page: Pixels) -> tuple[int, int, int]:
    """Return the most frequent colour of some of the page's pixels, spread so that no grid is in step."""
    some = page.reshape(-1, 3)[::61].astype(np.int64)
    values, counts = np.unique(some @ [65536, 256, 1], return_counts=True)
    commonest = int(values[counts.argmax()])
    return commonest >> 16, commonest >> 8 & 255, commonest & 255


def _across(nodes: NDArray[np.int32], width: int) -> NDArray[np.int32]:
    """Interpolate between the nodes of each row; the result is CELL_PX times as large."""
    cell, step = np.divmod(np.arange(width, dtype=np.int32), np.int32(CELL_PX))
    return nodes[:, cell] * (CELL_PX - step) + nodes[:, cell + 1] * step


def _down(nodes: NDArray[np.int32], strip: int, down: NDArray[np.int32]) -> NDArray[np.int32]:
    """Interpolate between two rows of nodes; the result is CELL_PX times as large again."""
    return nodes[strip] * (CELL_PX - down) + nodes[strip + 1] * down


def _positions(nodes: NDArray[np.int32], strip: int, down: NDArray[np.int32], size: int) -> NDArray[np.int32]:
    """Return positions on the framed page in 1 / POSITION_STEPS pixels, none beyond its last pixels."""
    positions = _down(nodes, strip, down)
    positions += 1024
    positions >>= 11
    return np.clip(positions, 0, (size - 1) * POSITION_STEPS - 1, out=positions)


def _apply_lines(
    brightness: NDArray[np.int32], u: NDArray[np.int32], v: NDArray[np.int32], view: View
) -> None:
    last_v, last_u = (size * POSITION_STEPS - POSITION_STEPS - 1 - view.edge for size in view.page.shape)
    on_page = (u >= view.edge) & (u <= last_u) & (v >= view.edge) & (v <= last_v)
    for (a, b, c, shift, wraps), table in zip(view.lines.coefficients, view.lines.tables, strict=True):
        entry = (a * u + b * v + c) >> shift
        if wraps:
            entry &= table.size - 1
        else:
            entry = np.where(on_page, np.clip(entry, 0, table.size - 1), 0)
        brightness *= table.take(entry)
        brightness >>= 12
    np.minimum(brightness, MOST_LIGHT, out=brightness)


def _bilinear(
    packed: NDArray[np.uint64], u: NDArray[np.int32], v: NDArray[np.int32], stride: int
) -> NDArray[np.uint64]:
    right = (u & (POSITION_STEPS - 1)).astype(np.uint64)
    lower = (v & (POSITION_STEPS - 1)).astype(np.uint64)
    left = np.uint64(POSITION_STEPS) - right
    index = (v >> 6).astype(np.intp) * stride
    index += u >> 6
    above = packed.take(index) * left
    index += 1
    above += packed.take(index) * right
    index += stride
    below = packed.take(index) * right
    index -= 1
    below += packed.take(index) * left
    above *= np.uint64(POSITION_STEPS) - lower
    below *= lower
    above += below
    above += _in_each(2048)
    above >>= np.uint64(12)
    above &= _in_each(255)
    return above


def _render(
    colours: NDArray[np.uint64], brightness: NDArray[np.int32], tones: Pixels, picture: Pixels
) -> None:
    colours *= brightness.astype(np.uint64)
    colours += _in_each(2048)
    colours >>= np.uint64(12)
    for part in range(3):
        picture[:, :, part] = tones[part].take((colours & np.uint64(511)).astype(np.intp))
        colours >>= np.uint64(21)


def _in_each(value: int) -> np.uint64:
    """Return `value` in each of the three fields of a packed pixel."""
    return np.uint64(value | value << 21 | value << 42)
