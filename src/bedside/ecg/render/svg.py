"""Draw an ECG as SVG: the same page as the picture, in millimetres, with every sample.

Nothing is thinned or smoothed; samples that were not recorded interrupt the line. Knows nothing of pixels.
"""

from __future__ import annotations

import html
import math
import re
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from bedside.ecg.render.geometry import Panel, Text, grid, place, pulses, separators, shorter_than_page, texts
from bedside.ecg.render.options import Colour, RenderOptions
from bedside.ecg.render.sheet import MAJOR_MM, MINOR_MM, SEPARATOR_MM
from bedside.ecg.render.shown import check_page, recorded_leads
from bedside.records import EcgRecord

__all__ = ["svg"]

STEPS_PER_MM = 100
"""Lines are drawn in whole hundredths of a millimetre, which keeps the file small."""

FARTHEST_MV = 10_000.0
"""A sample that would be drawn a hundred metres away is left out."""

CAPITAL = 0.716
"""Height of capital letters, as a share of the font's size: that of the usual sans-serif fonts."""

Floats = NDArray[np.float64]


def svg(record: EcgRecord, options: RenderOptions = RenderOptions()) -> str:  # noqa: B008 - frozen
    """Return a record as an SVG document; the same record and options give the same text.

    Raises:
        DataError: the page has no room for the layout, begins after the record, or asks for an unknown lead.
    """
    check_page(record, options)
    short_s = shorter_than_page(record.duration_s, options)
    panels = place(recorded_leads(record), options, derived=record.derived, short_s=short_s)
    style, paper = options.style, options.paper
    width, height = (f"{side:.6g}" for side in (paper.width_mm, paper.height_mm))
    traces = (_trace(panel, record, options) for panel in panels if panel.state != "missing")
    strokes = [
        _path(_rules(options, step_mm=1.0), style.minor, MINOR_MM),
        _path(_rules(options, step_mm=5.0), style.major, MAJOR_MM),
        _path("".join(map(_polyline, separators(panels))), style.label, SEPARATOR_MM)
        if options.labels
        else "",
        _path("".join(map(_polyline, pulses(options))), style.trace, style.trace_mm),
        *(_path(trace, style.trace, style.trace_mm) for trace in traces),
    ]
    size = f'width="{width}mm" height="{height}mm" viewBox="0 0 {width} {height}"'
    ends = 'fill="none" stroke-linecap="round" stroke-linejoin="round"'
    return "\n".join(
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img">',
            f"<title>{_escaped(f'ECG {record.record_name}')}</title>",
            f"<desc>{_escaped(_description(panels, options))}</desc>",
            f'<rect width="{width}" height="{height}" fill="{_hex(style.paper)}"/>',
            f'<g transform="scale({1 / STEPS_PER_MM:g})" {ends}>',
            *filter(None, strokes),
            "</g>",
            *_writing(texts(panels, options), style.label),
            "</svg>\n",
        )
    )


def _description(panels: tuple[Panel, ...], options: RenderOptions) -> str:
    """Say what the page shows and at which scale."""
    rows = [[panel for panel in panels if panel.row == row] for row in range(panels[-1].row + 1)]
    names = "; ".join(
        f"{', '.join(panel.label for panel in row)} ({len(row)} × {row[0].duration_s:.3g} s)" for row in rows
    )
    missing = dict.fromkeys(panel.lead for panel in panels if panel.state == "missing")
    absent = f" Not recorded: {', '.join(missing)}." if missing else ""
    scale = " ".join(options.scale.split())
    return f"Layout {options.layout.name}, {scale}, grid of 1 and 5 mm. Rows from the top: {names}.{absent}"


def _rules(options: RenderOptions, *, step_mm: float) -> str:
    """Return grid lines, upright ones first."""
    across, down = grid(options, step_mm=step_mm)
    width, height = _steps(options.paper.width_mm), _steps(options.paper.height_mm)
    upright = "".join(f"M{_steps(x)} 0v{height}" for x in across)
    return upright + "".join(f"M0 {_steps(y)}h{width}" for y in down)


def _trace(panel: Panel, record: EcgRecord, options: RenderOptions) -> str:
    """Return the line through the samples of a panel, in as many pieces as there are gaps."""
    seconds, millivolts = _window(panel, record)
    x = (panel.x_mm + (seconds - panel.start_s) * options.mm_per_s) * STEPS_PER_MM
    y = (panel.baseline_mm - panel.sign * millivolts * options.mm_per_mv) * STEPS_PER_MM
    known = np.flatnonzero(~np.isnan(y))
    pieces = np.split(known, np.flatnonzero(np.diff(known) > 1) + 1) if known.size else []
    return "".join(_piece(np.rint(x[piece]), np.rint(y[piece])) for piece in pieces)


def _window(panel: Panel, record: EcgRecord) -> tuple[Floats, Floats]:
    """Return times and values of a panel's samples; where an edge lies between two samples, a point on it."""
    signal, rate = record.signals_mv[record.leads.index(panel.lead)], record.sampling_rate_hz
    signal = np.where(np.abs(signal) < FARTHEST_MV, signal, np.nan)
    begin = max(panel.start_s * rate, 0.0)
    end = min((panel.start_s + panel.duration_s) * rate, signal.size - 1.0)
    if begin > end:
        return np.empty(0), np.empty(0)
    whole = np.arange(math.ceil(begin - 1e-6), math.floor(end + 1e-6) + 1)
    edges = [edge for edge in (begin, end) if abs(edge - round(edge)) > 1e-6]
    position = np.sort(np.concatenate([whole.astype(float), edges]))
    below, above = np.floor(position).astype(int), np.ceil(position).astype(int)
    return position / rate, signal[below] + (signal[above] - signal[below]) * (position - below)


def _piece(x: Floats, y: Floats) -> str:
    """Return a line through points in whole steps, each relative to the one before; a lone point is a dot."""
    moves = np.diff(np.stack([x, y], axis=1), axis=0).astype(np.int64).ravel().tolist() or [0, 0]
    return f"M{x[0]:.0f} {y[0]:.0f}l" + "".join(_numbers(moves))


def _numbers(values: list[int]) -> Iterator[str]:
    """Yield numbers with a blank between them where no sign parts them."""
    for index, value in enumerate(values):
        yield f" {value}" if index and value >= 0 else str(value)


def _polyline(points: tuple[tuple[float, float], ...]) -> str:
    return "M" + "L".join(f"{_steps(x)} {_steps(y)}" for x, y in points)


def _path(data: str, colour: Colour, width_mm: float) -> str:
    """Return a stroked path; nothing where there is nothing to draw."""
    return f'<path stroke="{_hex(colour)}" stroke-width="{_steps(width_mm)}" d="{data}"/>' if data else ""


def _writing(lines: tuple[Text, ...], colour: Colour) -> list[str]:
    """Return the lines of text, in whatever sans-serif font the viewer has."""
    return [
        f'<text x="{line.x_mm:.2f}" y="{line.y_mm:.2f}" font-family="sans-serif" xml:space="preserve" '
        f'font-size="{line.height_mm / CAPITAL:.2f}" fill="{_hex(colour)}">{_escaped(line.text)}</text>'
        for line in lines
    ]


def _steps(mm: float) -> int:
    return round(mm * STEPS_PER_MM)


def _hex(colour: Colour) -> str:
    return "#{:02x}{:02x}{:02x}".format(*colour)


def _escaped(text: str) -> str:
    """Return text for XML, which knows no control characters and no lone surrogates."""
    return html.escape(
        re.sub("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", "\ufffd", text), quote=False
    )
