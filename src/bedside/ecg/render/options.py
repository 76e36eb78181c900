"""How an ECG is drawn: on which paper, in which layout, at which scale, in which colours.

Knows nothing of records, and where things stand on the paper is for `geometry`.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Literal, get_args

from bedside.ecg.render.layout import LAYOUTS, Layout, parse_layout
from bedside.errors import DataError

__all__ = ["DEMO_OPTIONS", "Colour", "Paper", "RenderOptions", "Style", "parse_paper"]

Colour = tuple[int, int, int]
MmPerS = Literal[25, 50]
MmPerMv = Literal[5, 10, 20]

MM_PER_INCH = 25.4
SQUARE_MM = 256.0
LEAST_PX_PER_MM = 0.25
"""Below this, which is 6.35 dots per inch, there is no font so small."""
MAX_SIDE_PX = 20_000
MAX_PIXELS = 100_000_000
SIZES_MM = {"a4": (297.0, 210.0), "letter": (279.4, 215.9)}


@dataclass(frozen=True)
class Paper:
    """A page. A millimetre is the same number of pixels in both directions.

    Attributes:
        width_px, height_px: size of the picture.
        px_per_mm: its scale.
    """

    width_px: int
    height_px: int
    px_per_mm: float

    def __post_init__(self) -> None:
        sides = (self.width_px, self.height_px)
        if not (all(0 < side <= MAX_SIDE_PX for side in sides) and math.prod(sides) <= MAX_PIXELS):
            raise DataError(
                f"a page of {self.width_px} × {self.height_px} px",
                fix=f"use 1 to {MAX_SIDE_PX} px a side and at most {MAX_PIXELS // 10**6} million in all",
            )
        if not (math.isfinite(self.px_per_mm) and self.px_per_mm >= LEAST_PX_PER_MM):
            raise DataError(
                f"a page too small to draw on: {self.px_per_mm:.3g} pixels per millimetre",
                fix=f"use at least {LEAST_PX_PER_MM:g} px/mm: {LEAST_PX_PER_MM * SQUARE_MM:.0f} for a square,"
                " or a4@7 or letter@7",
            )

    @property
    def width_mm(self) -> float:
        """Width of the page."""
        return self.width_px / self.px_per_mm

    @property
    def height_mm(self) -> float:
        """Height of the page."""
        return self.height_px / self.px_per_mm

    @classmethod
    def square(cls, size_px: int = 896) -> Paper:
        """Return a square page on which 10 s fit at 25 mm/s: 256 mm, which is 3.5 px/mm at 896 px."""
        return cls(size_px, size_px, size_px / SQUARE_MM)

    @classmethod
    def landscape(cls, name: Literal["a4", "letter"], *, dpi: float = 150.0) -> Paper:
        """Return a page of a common size, broader than high."""
        scale = dpi / MM_PER_INCH
        width_px, height_px = (round(side * scale) for side in SIZES_MM[name])
        return cls(width_px, height_px, scale)


def parse_paper(text: str) -> Paper:
    """Read a page from `896` (a square), `a4`, `letter`, `a4@300` (dots per inch) or `1200x800@4` (px/mm).

    Raises:
        DataError: it is none of these, or has no size that can be drawn.
    """
    text = text.strip().lower()
    if found := re.fullmatch(r"[0-9]{1,6}", text):
        return Paper.square(int(text))
    if found := re.fullmatch(r"(a4|letter)(?:@([0-9]{1,5}(?:\.[0-9]+)?))?", text):
        name: Literal["a4", "letter"] = "a4" if found[1] == "a4" else "letter"
        return Paper.landscape(name, dpi=float(found[2] or 150))
    if found := re.fullmatch(r"([0-9]{1,6})[x×]([0-9]{1,6})@([0-9]{1,4}(?:\.[0-9]+)?)", text):
        return Paper(int(found[1]), int(found[2]), float(found[3]))
    raise DataError(f"unknown page {text!r}", fix="use 896, a4, letter, a4@300 or 1200x800@4 (px/mm)")


@dataclass(frozen=True)
class Style:
    """Colours (red, green, blue, each 0 to 255) and sizes of what is drawn.

    Attributes:
        paper: the empty page.
        minor: grid lines every millimetre; left out where a millimetre is too few pixels.
        major: grid lines every 5 mm.
        label: lead names, separators, and the line that states the scale; lighter than `trace`, so that a
            threshold tells them apart.
        trace: the signal and the calibration pulse; nothing else has this colour.
        trace_mm: thickness of the trace where it is flat.
        round_pen: draw steep parts as thick: bolder, but each then covers a little of the time beside it.
        text_mm: height of capital letters.
    """

    paper: Colour = (255, 251, 248)
    minor: Colour = (250, 226, 222)
    major: Colour = (240, 184, 178)
    label: Colour = (186, 108, 120)
    trace: Colour = (20, 20, 40)
    trace_mm: float = 0.3
    round_pen: bool = False
    text_mm: float = 2.6


@dataclass(frozen=True)
class RenderOptions:
    """All that decides what a picture of a record looks like.

    Attributes:
        layout: which lead stands where.
        paper: the page.
        mm_per_s: paper speed.
        mm_per_mv: gain.
        start_s: time of the record at which the page begins.
        style: colours and sizes.
        pulse: draw the calibration pulse (1 mV for 200 ms) before each row.
        labels: write lead names, mark the changes of lead, and say `not recorded`.
        scale_text: write paper speed and gain at the foot of the page.
    """

    layout: Layout = LAYOUTS["3x4+1R"]
    paper: Paper = Paper.square()  # noqa: RUF009 - frozen, and so never shared by mistake
    mm_per_s: float = 25.0
    mm_per_mv: float = 10.0
    start_s: float = 0.0
    style: Style = Style()
    pulse: bool = True
    labels: bool = True
    scale_text: bool = True

    def __post_init__(self) -> None:
        if self.mm_per_s not in get_args(MmPerS):
            raise DataError(f"a paper speed of {self.mm_per_s:g} mm/s", fix="use 25 or 50")
        if self.mm_per_mv not in get_args(MmPerMv):
            raise DataError(f"a gain of {self.mm_per_mv:g} mm/mV", fix="use 5, 10 or 20")
        if not (math.isfinite(self.start_s) and self.start_s >= 0):
            raise DataError(f"a page that starts at {self.start_s} s", fix="use 0 or a later time")

    @property
    def scale(self) -> str:
        """Paper speed and gain, as they stand on the page."""
        return f"{self.mm_per_s:g} mm/s   {self.mm_per_mv:g} mm/mV"


DEMO_OPTIONS = RenderOptions(
    layout=parse_layout("II/III/V1"),
    paper=Paper(128, 128, 1.0),
    mm_per_mv=20.0,
    style=Style(
        paper=(255, 250, 246),
        major=(246, 205, 200),
        label=(18, 18, 40),
        trace=(18, 18, 40),
        trace_mm=2.0,
        round_pen=True,
        text_mm=6.0,
    ),
    pulse=False,
    scale_text=False,
)
"""How the embedded default draws: three strips, bold and bare, which a 128-pixel model can still read."""
