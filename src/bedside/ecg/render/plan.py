"""Which samples each cell of the trace is made of, for every record of one shape.

A cell is a fifth of a pixel column, in one panel. Knows times and places, but no sample's value.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from bedside.ecg.render.geometry import Panel, place, shorter_than_page
from bedside.ecg.render.options import RenderOptions

__all__ = ["CELLS", "Floats", "Plan", "plan"]

CELLS = 5
"""Cells in a pixel column."""

Floats = NDArray[np.float64]
Places = NDArray[np.intp]


@dataclass(frozen=True)
class Plan:
    """The samples of every cell, as places in the record's samples, lead after lead, with one place added.

    The cells of a panel stand side by side. A cell lies between two edges; there is one edge more than cells.

    Attributes:
        before, after: the samples on both sides of each edge, shape (edges,).
        part: how far the edge lies from `before` to `after`, 0 to 1; NaN where nothing was recorded.
        inside: the samples inside each cell, shape (most in a cell, cells), filled up with the added place.
        zero_mm: height of 0 mV on the page, shape (cells,).
        sign: −1 where the lead is drawn upside down, shape (cells,).
        column: pixel column of each cell; −1 for the cells between panels and at both ends.
    """

    before: Places
    after: Places
    part: Floats
    inside: Places
    zero_mm: Floats
    sign: Floats
    column: NDArray[np.int32]


@lru_cache(maxsize=16)
def plan(
    options: RenderOptions, leads: tuple[str, ...], *, samples: int, sampling_rate_hz: float, room: int
) -> Plan:
    """Lay out the cells of a page.

    Args:
        options: how the record is drawn.
        leads: those that it has.
        samples: how many of each.
        sampling_rate_hz: how many of these in a second.
        room: how many empty cells stand between panels and at both ends.
    """
    gap = (np.full(room, -1.0), np.zeros(room), np.zeros(room), np.zeros(room), np.full(room, -1.0))
    strips = [gap]
    short_s = shorter_than_page(samples / sampling_rate_hz, options)
    for panel in place(leads, options, short_s=short_s):
        lead = -1 if panel.state == "missing" else leads.index(panel.lead)
        strips += [_strip(panel, options, lead, sampling_rate_hz), gap]
    position, lead, zero_mm, sign, column = (np.concatenate(entries) for entries in zip(*strips, strict=True))
    position = _within(position, samples, step=sampling_rate_hz / _edges_per_s(options))
    known = (lead >= 0) & (position >= 0)
    first = lead.astype(np.intp) * samples
    before = np.floor(position).astype(np.intp)
    return Plan(
        before=np.where(known, first + before, 0),
        after=np.where(known, first + np.ceil(position).astype(np.intp), 0),
        part=np.where(known, position - before, np.nan),
        inside=_inside(position, first, known, nowhere=len(leads) * samples),
        zero_mm=zero_mm[:-1],
        sign=sign[:-1],
        column=column[:-1].astype(np.int32),
    )


def _edges_per_s(options: RenderOptions) -> float:
    return CELLS * options.paper.px_per_mm * options.mm_per_s


def _strip(
    panel: Panel, options: RenderOptions, lead: int, sampling_rate_hz: float
) -> tuple[Floats, Floats, Floats, Floats, Floats]:
    """Return the edges of a panel: position among the samples, lead, zero line, sign, pixel column.

    The last edge closes the panel, so that no cell begins there.
    """
    scale = CELLS * options.paper.px_per_mm
    last = min(round((panel.x_mm + panel.width_mm) * scale), CELLS * options.paper.width_px)
    edge = np.arange(round(panel.x_mm * scale), last + 1)
    seconds = panel.start_s + (edge / scale - panel.x_mm) / options.mm_per_s
    column = (edge // CELLS).astype(float)
    column[-1:] = -1.0
    same = np.ones(edge.size)
    position = np.maximum(seconds * sampling_rate_hz, 0.0)
    return position, lead * same, panel.baseline_mm * same, panel.sign * same, column


def _within(position: Floats, samples: int, *, step: float) -> Floats:
    """Return positions inside a record; the cell in which it ends, ends with it, and later ones are at −1."""
    end = samples - 1.0
    return np.where(position < end + step, np.minimum(position, end), -1.0)


def _inside(position: Floats, first: Places, known: NDArray[np.bool_], *, nowhere: int) -> Places:
    """Return the samples from each edge to the next, shape (most in a cell, cells)."""
    begin = np.ceil(position).astype(np.intp)
    both = known[:-1] & known[1:] & (first[:-1] == first[1:])
    count = np.where(both, begin[1:] - begin[:-1], 0)
    offset = np.arange(int(count.max(initial=0)))[:, None]
    return np.where(offset < count, first[:-1] + begin[:-1] + offset, nowhere)
