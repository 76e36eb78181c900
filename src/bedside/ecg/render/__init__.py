"""Draw 12-lead ECGs to scale: an honest picture at the size at which a model sees it.

Paper speed and gain are those that are asked for; nothing is scaled or filtered to fit, what was not recorded
leaves a gap, and leads that are absent or computed are marked as such. No measurements, no demographics, no
diagnosis. Knows nothing of findings or models.
"""

from __future__ import annotations

from functools import cache

from bedside.ecg.render import coverage
from bedside.ecg.render.geometry import shorter_than_page
from bedside.ecg.render.layout import LAYOUTS, Layout, parse_layout
from bedside.ecg.render.options import DEMO_OPTIONS, Paper, RenderOptions, Style, parse_paper
from bedside.ecg.render.picture import Picture
from bedside.ecg.render.sampling import sampled, trace_pen
from bedside.ecg.render.sheet import sheet
from bedside.ecg.render.shown import check_page, notices, recorded_leads
from bedside.extras import available
from bedside.records import EcgRecord

__all__ = [
    "DEMO_OPTIONS",
    "LAYOUTS",
    "Layout",
    "Paper",
    "Picture",
    "RenderOptions",
    "Style",
    "draw",
    "notices",
    "parse_layout",
    "parse_paper",
]


def draw(record: EcgRecord, options: RenderOptions = RenderOptions()) -> Picture:  # noqa: B008 - frozen
    """Draw a record; the same record and options give the same pixels, on every machine and every path.

    Raises:
        DataError: the page has no room for the layout, begins after the record, or asks for an unknown lead.
        MissingExtraError: Pillow is not installed.
    """
    check_page(record, options)
    shown = frozenset(options.layout.leads)
    short_s = shorter_than_page(record.duration_s, options)
    missing, derived = shown.difference(recorded_leads(record)), shown & record.derived
    paper = sheet(options, missing=missing, derived=derived, short_s=short_s)
    pixels = _ink()(sampled(record, options), trace_pen(options), paper.page.pixels, paper.mixed)
    return Picture(pixels, paper.palette, options.paper.px_per_mm, paper.page)


@cache
def _ink() -> coverage.Ink:
    """Return the compiled pass over the pixels, where numba is there and works; both draw the same."""
    if not available("numba"):
        return coverage.ink
    try:
        from bedside.ecg.render import compiled
    except (ImportError, RuntimeError):  # numba does not fit numpy, or finds no place for its machine code
        return coverage.ink
    return compiled.ink
