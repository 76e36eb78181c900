"""Draw an ECG record as a square picture in a stated layout.

The scale is honest: a millimetre is the same number of pixels in both directions, paper speed and gain are
those the layout states, nothing is scaled or filtered to fit, and samples that were not recorded leave a
gap. The picture is drawn at the model's own size, so that no later step resizes it. It carries lead names
only: no measurements, no demographics, no diagnosis. Knows nothing of findings or models.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from bedside.errors import DataError
from bedside.extras import require
from bedside.records import EcgRecord

if TYPE_CHECKING:
    from PIL import Image

__all__ = ["DEMO_LAYOUT", "Layout", "render"]

Array = NDArray[np.float64]

SUBCOLUMNS = 4
"""The trace is sampled at this many places inside a pixel column and their coverage averaged."""


@dataclass(frozen=True)
class Layout:
    """What a picture shows and at which scale.

    Attributes:
        leads: one row per lead, from the top; all rows show the same time, from the record's start.
        size_px: width and height of the picture.
        px_per_mm: pixels per millimetre of paper, in both directions.
        mm_per_s: paper speed.
        mm_per_mv: gain.
        line_width_px: width of the trace.
        grid_mm: distance of the grid lines.
        paper, grid, ink: colours, red green blue from 0 to 255.
    """

    leads: tuple[str, ...]
    size_px: int
    px_per_mm: float
    mm_per_s: float = 25.0
    mm_per_mv: float = 20.0
    line_width_px: float = 2.0
    grid_mm: float = 5.0
    paper: tuple[int, int, int] = (255, 250, 246)
    grid: tuple[int, int, int] = (246, 205, 200)
    ink: tuple[int, int, int] = (18, 18, 40)

    @property
    def span_s(self) -> float:
        """Seconds that a row shows."""
        return self.size_px / (self.px_per_mm * self.mm_per_s)

    @property
    def px_per_mv(self) -> float:
        """Pixels per millivolt."""
        return self.px_per_mm * self.mm_per_mv

    def describe(self) -> str:
        """Say what the picture shows, with its scale."""
        return (
            f"leads {', '.join(self.leads)}; {self.span_s:g} s; {self.mm_per_s:g} mm/s, "
            f"{self.mm_per_mv:g} mm/mV, {self.px_per_mm:g} px/mm; {self.size_px} × {self.size_px} px"
        )


DEMO_LAYOUT = Layout(leads=("II", "III", "V1"), size_px=128, px_per_mm=1.0)
"""The layout of the embedded default: what a 128-pixel model can still read."""


def render(record: EcgRecord, layout: Layout = DEMO_LAYOUT) -> Image.Image:
    """Draw `record`; the same record and layout give the same pixels.

    Raises:
        DataError: a lead of the layout was not recorded.
    """
    image_module = require("PIL.Image", extra="ecg", purpose="drawing an ECG")
    missing = [lead for lead in layout.leads if lead not in record.leads]
    if missing:
        raise DataError(
            f"record {record.record_name} has no lead {', '.join(missing)}; it has {', '.join(record.leads)}",
            fix="leave the record out, or draw it in a layout of leads that it has",
        )
    bare = np.ones((layout.size_px, layout.size_px))
    for row, lead in enumerate(layout.leads):
        signal = record.signals_mv[record.leads.index(lead)]
        bare *= 1.0 - _trace_coverage(signal, record.sampling_rate_hz, layout, _baseline_px(row, layout))
    ink = np.asarray(layout.ink, dtype=float)
    pixels = ink + bare[:, :, None] * (_paper(layout) - ink)
    return image_module.fromarray(np.rint(pixels).astype(np.uint8), "RGB")


def _baseline_px(row: int, layout: Layout) -> float:
    """Return the height of a row's zero line: a little below the middle, for QRS complexes point up."""
    return layout.size_px / len(layout.leads) * (row + 0.62)


def _trace_coverage(signal_mv: Array, sampling_rate_hz: float, layout: Layout, baseline_px: float) -> Array:
    """Return how much of each pixel a square pen of the line's width covers, from 0 to 1.

    Inside the pen's width the trace runs from its lowest to its highest point, so steep and flat lines are
    equally thick.
    """
    fine = 4 * SUBCOLUMNS
    half = round(layout.line_width_px * fine / 2)
    columns = np.arange(-half, layout.size_px * fine + half) + 0.5
    seconds = columns / fine / (layout.px_per_mm * layout.mm_per_s)
    sample_times = np.arange(signal_mv.size) / sampling_rate_hz
    values = np.interp(seconds, sample_times, signal_mv, left=np.nan, right=np.nan)
    heights = baseline_px - layout.px_per_mv * values
    windows = sliding_window_view(heights, 2 * half + 1)[:: fine // SUBCOLUMNS]
    windows = windows[: layout.size_px * SUBCOLUMNS]
    top = windows.min(axis=1) - layout.line_width_px / 2
    bottom = windows.max(axis=1) + layout.line_width_px / 2
    absent = np.isnan(top)
    top[absent] = bottom[absent] = 0.0
    rows = np.arange(layout.size_px, dtype=float)[:, None]
    cover = np.clip(np.minimum(bottom, rows + 1) - np.maximum(top, rows), 0.0, 1.0)
    return np.mean([cover[:, part::SUBCOLUMNS] for part in range(SUBCOLUMNS)], axis=0)


@lru_cache(maxsize=8)
def _paper(layout: Layout) -> Array:
    """Return the empty paper with its grid and the lead names, shape (size, size, 3)."""
    from PIL import Image, ImageDraw, ImageFont

    pixels = np.empty((layout.size_px, layout.size_px, 3))
    pixels[:] = layout.paper
    step = layout.grid_mm * layout.px_per_mm
    lines = np.floor(np.arange(0, layout.size_px, step)).astype(int)
    pixels[lines, :] = layout.grid
    pixels[:, lines] = layout.grid
    image = Image.fromarray(pixels.astype(np.uint8), "RGB")
    draw, font = ImageDraw.Draw(image), ImageFont.load_default_imagefont()
    for row, lead in enumerate(layout.leads):
        top = layout.size_px / len(layout.leads) * row
        draw.text((2, top + 1), lead, fill=layout.ink, font=font)
    return np.asarray(image, dtype=float)
