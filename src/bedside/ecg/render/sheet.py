"""The paper under the trace: grid, lead names, separators, scale and calibration pulses, and its colours.

It is the same for every record with the same leads, and kept. Colours are indices into a palette in which
each colour of the paper stands beside its mixtures with the trace.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from bedside.ecg.render.coverage import LEVELS, Pixels, ink
from bedside.ecg.render.geometry import Panel, Text, grid, place, pulses, separators, texts
from bedside.ecg.render.layout import MINUS
from bedside.ecg.render.options import RenderOptions, Style
from bedside.ecg.render.png import Blank, blank
from bedside.ecg.render.sampling import round_pen, strokes
from bedside.extras import require

__all__ = ["Sheet", "sheet"]

PAPER, MINOR, MAJOR = range(3)
SHADES = 4
"""Steps from the paper to the full colour of writing, whose edges are soft."""
LABEL = MAJOR + 1 + 3 * (SHADES - 1)
TONES = LABEL + 1
TRACE = TONES * LEVELS
"""Index `tone * LEVELS + level` is a colour of the sheet under a level of trace; this one is the trace."""

NARROWEST_MINOR_PX = 2.5
"""Lines every millimetre that stand closer than this would be a tint."""
MINOR_MM, MAJOR_MM, SEPARATOR_MM = 0.1, 0.2, 0.3


@dataclass(frozen=True)
class Sheet:
    """A page without trace.

    Attributes:
        page: its indices of colours.
        palette: red, green and blue of each index, shape (colours, 3).
        mixed: the index of a colour under a level of trace, shape (256, levels + 1).
    """

    page: Blank
    palette: Pixels
    mixed: Pixels


@lru_cache(maxsize=32)
def sheet(
    options: RenderOptions, *, missing: frozenset[str], derived: frozenset[str], short_s: float | None = None
) -> Sheet:
    """Draw the page on which `missing` leads are named as such, and `derived` ones are marked.

    A record that is shorter than the page, `short_s` long, moves columns, whose names then say from when.

    Raises:
        MissingExtraError: Pillow, which writes, is not installed.
    """
    tones = _ruled(options)
    leads = frozenset(options.layout.leads) - missing
    panels = place(leads, options, derived=derived, short_s=short_s)
    if options.labels:
        _separate(tones, panels, options)
    if lines := texts(panels, options):
        _write(tones, lines, options)
    pixels, mixed = tones * np.uint8(LEVELS), _mixed()
    scale = options.paper.px_per_mm
    pen = round_pen(options)
    for outline in pulses(options):
        points = tuple((x * scale, y * scale) for x, y in outline)
        pixels = ink(strokes(points, room=pen.reach), pen, pixels, mixed)
    pixels.setflags(write=False)
    return Sheet(blank(pixels), _palette(options.style), mixed)


def _ruled(options: RenderOptions) -> Pixels:
    """Return the tones of empty grid paper. Every line is whole pixels, which looks even at any scale."""
    paper = options.paper
    tones = np.zeros((paper.height_px, paper.width_px), np.uint8)
    rules = [(1.0, MINOR_MM, MINOR)] if paper.px_per_mm >= NARROWEST_MINOR_PX else []
    for step_mm, line_mm, tone in (*rules, (5.0, MAJOR_MM, MAJOR)):
        across, down = grid(options, step_mm=step_mm)
        for x_px in _line_px(across, line_mm, paper.px_per_mm, paper.width_px):
            tones[:, x_px] = tone
        for y_px in _line_px(down, line_mm, paper.px_per_mm, paper.height_px):
            tones[y_px, :] = tone
    return tones


def _line_px(at_mm: Iterable[float], line_mm: float, scale: float, size_px: int) -> list[int]:
    """Return the pixels of lines around `at_mm`."""
    width = max(1, round(line_mm * scale))
    firsts = (math.floor(mm * scale - (width - 1) / 2) for mm in at_mm)
    return [pixel for first in firsts for pixel in range(first, first + width) if 0 <= pixel < size_px]


def _separate(tones: Pixels, panels: tuple[Panel, ...], options: RenderOptions) -> None:
    scale = options.paper.px_per_mm
    for (x_mm, top_mm), (_, bottom_mm) in separators(panels):
        columns = _line_px([x_mm], SEPARATOR_MM, scale, options.paper.width_px)
        tones[max(0, round(top_mm * scale)) : max(0, round(bottom_mm * scale)), columns] = LABEL


def _write(tones: Pixels, lines: tuple[Text, ...], options: RenderOptions) -> None:
    """Write lines of text over what is there."""
    purpose = "writing lead names on an ECG"
    image, draw = (require(f"PIL.{name}", extra="ecg", purpose=purpose) for name in ("Image", "ImageDraw"))
    scale = options.paper.px_per_mm
    canvas = image.new("L", (options.paper.width_px, options.paper.height_px), 0)
    pencil, font = draw.Draw(canvas), _font(options.style.text_mm * scale)
    for line in lines:
        left, foot, text = round(line.x_mm * scale), round(line.y_mm * scale), line.text
        if text.startswith(MINUS):  # the font has no minus sign
            text, height = text.removeprefix(MINUS), line.height_mm * scale
            across = ((left, foot - height / 2), (left + 0.6 * height, foot - height / 2))
            pencil.line(across, fill=255, width=max(1, round(height / 8)))
            left += round(0.8 * height)
        pencil.text((left, foot), text, fill=255, font=font, anchor="ls")
    shade = (np.asarray(canvas).astype(np.int32) * SHADES + 127) // 255
    full, soft = shade == SHADES, (shade > 0) & (shade < SHADES)
    on_grid = soft & (tones <= MAJOR)
    tones[on_grid] += (MAJOR + 1 + 3 * (shade[on_grid] - 1)).astype(np.uint8)
    tones[full] = LABEL


@lru_cache(maxsize=8)
def _font(capital_px: float) -> object:
    """Return the font that Pillow brings, at a size at which capital letters are `capital_px` high."""
    fonts = require("PIL.ImageFont", extra="ecg", purpose="writing lead names on an ECG")
    probe = fonts.load_default(100.0)
    _, top, _, bottom = probe.getbbox("H")
    return probe.font_variant(size=100.0 * capital_px / (bottom - top), layout_engine=fonts.Layout.BASIC)


def _palette(style: Style) -> Pixels:
    """Return the colours of all indices: tones one after the other, each with its mixtures with the trace."""
    grounds = np.array([style.paper, style.minor, style.major], float)
    label, trace = np.array(style.label, float), np.array(style.trace, float)
    soft = [grounds + (label - grounds) * shade / SHADES for shade in range(1, SHADES)]
    tones = np.concatenate([grounds, *soft, label[None]])
    level = np.arange(LEVELS)[None, :, None] / LEVELS
    colours = tones[:, None] + (trace - tones[:, None]) * level
    return np.rint(np.concatenate([colours.reshape(-1, 3), trace[None]])).astype(np.uint8)


@lru_cache(maxsize=1)
def _mixed() -> Pixels:
    """Return the index of every colour under every level of trace: levels add up to full."""
    index = np.arange(256)[:, None]
    level = index % LEVELS + np.arange(LEVELS + 1)
    mixed = np.where(level < LEVELS, index // LEVELS * LEVELS + level, TRACE)
    return np.where(index < TRACE, mixed, TRACE).astype(np.uint8)
