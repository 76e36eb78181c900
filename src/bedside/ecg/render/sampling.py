"""How high the trace runs in every cell: the signal, joined by straight lines, and the pen that draws it.

Time is continuous: a cell takes the lowest and the highest point of the joined samples inside it, so the
sampling rate does not show and no peak is lost. Nothing is smoothed. What was not recorded stays absent.
Heights are whole sixteenths of a pixel from here on, so that whoever draws them draws the same pixels.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from bedside.ecg.render.geometry import Segment
from bedside.ecg.render.options import RenderOptions
from bedside.ecg.render.plan import CELLS, Floats, plan
from bedside.records import EcgRecord

__all__ = ["ABSENT", "FINE", "Cells", "Pen", "round_pen", "sampled", "strokes", "trace_pen"]

FINE = 16
"""Steps of height in a pixel."""

ABSENT = 1 << 24
"""Top of a cell without trace (its bottom is `-ABSENT`), in steps; far outside of any page."""

NARROWEST_PX = 1.4
"""A thinner pen would leave flat lines pale."""
FINE_PX_PER_MM = 8.0
"""From this scale on, an upright stroke may be as broad as a pixel column."""

Ints = NDArray[np.int32]


@dataclass(frozen=True)
class Cells:
    """The trace before the pen gives it its thickness, from its highest to its lowest point in each cell.

    Attributes:
        column: pixel column of each cell, shape (cells,); −1 for a cell into which nothing is drawn. Between
            panels and at both ends stand as many of these as the pen reaches over.
        top, bottom: the highest and the lowest point, in steps from the top of the page downwards.
    """

    column: Ints
    top: Ints
    bottom: Ints


@dataclass(frozen=True)
class Pen:
    """What is drawn around a point of the trace.

    Attributes:
        heights: half the height of the nib, in steps, at each cell from its left to its right end.
        crosses: it reaches into the pixel columns beside that of the point.
    """

    heights: Ints
    crosses: bool

    @property
    def reach(self) -> int:
        """How many cells the nib covers on either side."""
        return self.heights.size // 2


def round_pen(options: RenderOptions) -> Pen:
    """Return a pen that draws all lines equally thick."""
    radius_px = _radius_px(options)
    reach = int(radius_px * CELLS)
    offset_px = np.arange(-reach, reach + 1) / CELLS
    return Pen(np.rint(FINE * np.sqrt(radius_px**2 - offset_px**2)).astype(np.int32), crosses=True)


def trace_pen(options: RenderOptions) -> Pen:
    """Return the pen of the trace.

    Unless the style asks for a round one, it is high but narrow, and stays in the pixel column of its point:
    a stroke as broad as flat lines are thick would show in columns in which the signal has not yet risen, and
    who measures there would find it too early.
    """
    if options.style.round_pen:
        return round_pen(options)
    reach = 1 if options.paper.px_per_mm < FINE_PX_PER_MM else 2
    return Pen(np.full(2 * reach + 1, round(FINE * _radius_px(options)), np.int32), crosses=False)


def _radius_px(options: RenderOptions) -> float:
    return max(options.style.trace_mm * options.paper.px_per_mm, NARROWEST_PX) / 2


def sampled(record: EcgRecord, options: RenderOptions) -> Cells:
    """Return the trace of every panel of `record`."""
    page = plan(
        options,
        record.leads,
        samples=record.signals_mv.shape[1],
        sampling_rate_hz=record.sampling_rate_hz,
        room=trace_pen(options).reach,
    )
    flat = np.append(record.signals_mv, np.nan)
    at_edge = flat[page.before]
    with np.errstate(invalid="ignore"):  # of infinite samples, which are left out like missing ones
        at_edge += (flat[page.after] - at_edge) * page.part
    low, high = np.minimum(at_edge[:-1], at_edge[1:]), np.maximum(at_edge[:-1], at_edge[1:])
    for places in page.inside:
        values = flat[places]
        np.fmin(low, values, out=low)
        np.fmax(high, values, out=high)
    steps_per_mm = FINE * options.paper.px_per_mm
    zero, gain = steps_per_mm * page.zero_mm, steps_per_mm * options.mm_per_mv * page.sign
    one, other = zero - gain * low, zero - gain * high
    return Cells(page.column, _steps(np.minimum(one, other), ABSENT), _steps(np.maximum(one, other), -ABSENT))


def strokes(points: Segment, *, room: int) -> Cells:
    """Return the line through `points` (pixels), whose parts run level to the right, or upright.

    Args:
        points: where it goes.
        room: how many cells the pen reaches to either side.
    """
    first, end = int(points[0][0] * CELLS) - room, int(points[-1][0] * CELLS) + 1 + room
    top, bottom = np.full(end - first, ABSENT, np.int32), np.full(end - first, -ABSENT, np.int32)
    for (x0, y0), (x1, y1) in pairwise(points):
        left = int(x0 * CELLS)
        part = slice(left - first, max(left + 1, math.ceil(x1 * CELLS)) - first)
        top[part] = np.minimum(top[part], round(FINE * min(y0, y1)))
        bottom[part] = np.maximum(bottom[part], round(FINE * max(y0, y1)))
    column = (np.arange(first, end) // CELLS).astype(np.int32)
    return Cells(
        np.pad(column, room, constant_values=-1),
        np.pad(top, room, constant_values=ABSENT),
        np.pad(bottom, room, constant_values=-ABSENT),
    )


def _steps(height: Floats, absent: int) -> Ints:
    """Round heights to whole steps; what is missing, or far outside of the page, is `absent`."""
    return np.rint(np.where(np.abs(height) < ABSENT / 2, height, absent)).astype(np.int32)
