"""Where everything stands on the page, in millimetres from its upper left corner.

The picture and the SVG are drawn from this. The scale is honest: paper speed and gain decide where the trace
runs, and nothing is moved, scaled or cut to make it fit its row. Knows names of leads, but no samples.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Literal

from bedside.ecg.render.layout import MINUS, unsigned
from bedside.ecg.render.options import RenderOptions
from bedside.errors import DataError

__all__ = [
    "SPAN_S",
    "Panel",
    "Segment",
    "Text",
    "grid",
    "place",
    "pulses",
    "separators",
    "shorter_than_page",
    "span_s",
    "texts",
]

SPAN_S = 10.0
"""What a row shows where the page is wide enough."""

SHORT_S = 0.1
"""A record that ends earlier than the page by so much is short."""

PULSE_MV, PULSE_S = 1.0, 0.2
PULSE_ROOM_MM = 1.0
"""Least room beside the pulse: half of it before, as its foot; half of it after, which stays empty."""
PULSE_AIR_MM = 3.0
"""Where the page has room, this much more lies between the pulse and the trace."""

MAJOR_MM = 5.0
LEAST_ROW_MM, LEAST_COLUMN_MM = 5.0, 10.0
"""What a lead needs to be more than a blot."""
FOOT_MM = 8.0
LABEL_ABOVE_MM, LABEL_ABOVE = 18.0, 0.55
"""How high above its zero line a name stands, at most: so far, and this share of the height of its row."""
BASELINE = 0.5
"""How far down in its row the zero line stands: deep S waves need as much room as high R waves."""

Point = tuple[float, float]
Segment = tuple[Point, ...]


@dataclass(frozen=True)
class Panel:
    """The place of one lead.

    Attributes:
        lead: the recorded lead, without sign.
        sign: −1 where the lead is drawn upside down.
        state: whether the lead was recorded, computed from others, or is absent.
        row, column: its place in the layout.
        start_s: time of the record at the left edge.
        moved: it begins earlier than its place on the page says, see `place`.
        duration_s: what fits from there to the right edge.
        x_mm: left edge.
        width_mm: to the right edge.
        baseline_mm: height of 0 mV.
        top_mm, height_mm: the band of the row, over which a large trace runs out.
    """

    lead: str
    sign: int
    state: Literal["recorded", "derived", "missing"]
    row: int
    column: int
    start_s: float
    moved: bool
    duration_s: float
    x_mm: float
    width_mm: float
    baseline_mm: float
    top_mm: float
    height_mm: float

    @property
    def label(self) -> str:
        """What is written above the panel."""
        name = self.lead if self.sign > 0 else MINUS + self.lead
        if self.moved and self.state != "missing":
            name = f"{name} from {self.start_s:.1f} s"
        return f"{name} (derived)" if self.state == "derived" else name


@dataclass(frozen=True)
class Text:
    """A line of writing: `x_mm` is its left edge, `y_mm` the line on which it stands."""

    text: str
    x_mm: float
    y_mm: float
    height_mm: float


@dataclass(frozen=True)
class _Rows:
    """Heights of the rows: zero line of the first one, their distance, and how far a row reaches upwards."""

    first_baseline_mm: float
    pitch_mm: float
    above_mm: float


def place(
    leads: Collection[str],
    options: RenderOptions,
    *,
    derived: Collection[str] = (),
    short_s: float | None = None,
) -> tuple[Panel, ...]:
    """Return the panels of the layout, row by row.

    Time runs on from column to column. A record that is shorter than the page would leave the last columns,
    and so their leads, empty: a column that it does not fill shows its last seconds, and says from when.

    Args:
        leads: those of the record that hold any sample.
        options: how it is drawn.
        derived: those of `leads` that were computed from others.
        short_s: length of the record where it is shorter than the page, see `shorter_than_page`.

    Raises:
        DataError: the page is too small for the layout.
    """
    _check_room(options)
    heights, span = _rows(options), span_s(options)
    panels: list[Panel] = []
    for row, names in enumerate(options.layout.rows):
        baseline = heights.first_baseline_mm + row * heights.pitch_mm
        duration = span / len(names)
        for column, name in enumerate(names):
            lead, sign = unsigned(name)
            nominal_s = options.start_s + column * duration
            latest_s = nominal_s if short_s is None else max(options.start_s, short_s - duration)
            state = "missing" if lead not in leads else "derived" if lead in derived else "recorded"
            panels.append(
                Panel(
                    lead=lead,
                    sign=sign,
                    state=state,
                    row=row,
                    column=column,
                    start_s=min(nominal_s, latest_s),
                    moved=latest_s < nominal_s,
                    duration_s=duration,
                    x_mm=trace_left_mm(options) + column * duration * options.mm_per_s,
                    width_mm=duration * options.mm_per_s,
                    baseline_mm=baseline,
                    top_mm=baseline - heights.above_mm,
                    height_mm=heights.pitch_mm,
                )
            )
    return tuple(panels)


def _check_room(options: RenderOptions) -> None:
    paper, rows = options.paper, options.layout.rows
    pulse = PULSE_S * options.mm_per_s + PULSE_ROOM_MM if options.pulse else 0.0
    width = pulse + max(map(len, rows)) * LEAST_COLUMN_MM
    height = len(rows) * LEAST_ROW_MM + (FOOT_MM if options.scale_text else 0.0)
    if paper.width_mm >= width and paper.height_mm >= height:
        return
    needed = [math.ceil(side * paper.px_per_mm) for side in (width, height)]
    raise DataError(
        f"a page of {paper.width_mm:.3g} × {paper.height_mm:.3g} mm has no room for layout"
        f" {options.layout.name}, which takes {width:g} × {height:g} mm",
        fix=f"use at least {needed[0]}x{needed[1]}@{paper.px_per_mm:g}, or fewer pixels per millimetre",
    )


def shorter_than_page(duration_s: float, options: RenderOptions) -> float | None:
    """Return the length of a record that ends before the page does, to the tenth of a second, else `None`."""
    missing_s = options.start_s + span_s(options) - duration_s
    return round(duration_s, 1) if missing_s >= SHORT_S else None


def span_s(options: RenderOptions) -> float:
    """Return how many seconds a row shows: 10, or fewer where the page is too narrow for them.

    Raises:
        DataError: there is no room beside the calibration pulse.
    """
    room_mm = options.paper.width_mm - trace_left_mm(options)
    if room_mm <= 0:
        raise DataError(
            f"a page {options.paper.width_mm:.3g} mm wide has no room for the trace",
            fix="use a wider page, or fewer pixels per millimetre",
        )
    return min(SPAN_S, room_mm / options.mm_per_s)


def trace_left_mm(options: RenderOptions) -> float:
    """Return where time begins: in the middle of the room that 10 s and the pulse leave, if any."""
    pulse = PULSE_S * options.mm_per_s + PULSE_ROOM_MM if options.pulse else 0.0
    return pulse + max(0.0, (options.paper.width_mm - pulse - SPAN_S * options.mm_per_s) / 2)


def pulses(options: RenderOptions) -> tuple[Segment, ...]:
    """Return the outline of the calibration pulse before each row: 1 mV for 200 ms, at the row's scale."""
    if not options.pulse:
        return ()
    heights, width = _rows(options), PULSE_S * options.mm_per_s
    air = min(PULSE_AIR_MM, (trace_left_mm(options) - width - PULSE_ROOM_MM) / 2)
    foot = (PULSE_ROOM_MM + air) / 2
    right = trace_left_mm(options) - PULSE_ROOM_MM / 2 - air
    outlines: list[Segment] = []
    for row in range(len(options.layout.rows)):
        low = heights.first_baseline_mm + row * heights.pitch_mm
        high = low - PULSE_MV * options.mm_per_mv
        rise = ((right - width - foot, low), (right - width, low), (right - width, high))
        outlines.append((*rise, (right, high), (right, low), (right + air / 2, low)))
    return tuple(outlines)


def separators(panels: tuple[Panel, ...]) -> tuple[Segment, ...]:
    """Return two short upright strokes at each change of lead, clear of the zero line."""
    return tuple(
        ((panel.x_mm, panel.baseline_mm + near), (panel.x_mm, panel.baseline_mm + far))
        for panel in panels
        if panel.column > 0
        for near, far in ((-7.5, -5.0), (5.0, 7.5))
    )


def texts(panels: tuple[Panel, ...], options: RenderOptions) -> tuple[Text, ...]:
    """Return what is written on the page: lead names, `not recorded`, paper speed and gain."""
    height = options.style.text_mm
    lines: list[Text] = []
    for panel in panels if options.labels else ():
        above = min(LABEL_ABOVE_MM, LABEL_ABOVE * panel.height_mm, panels[0].baseline_mm - height - 0.5)
        x = panel.x_mm + 1.0
        lines.append(Text(panel.label, x, panel.baseline_mm - above, height))
        if panel.state == "missing":
            lines.append(Text("not recorded", x + 2.0, panel.baseline_mm, height))
    if options.scale_text:
        lines.append(Text(options.scale, trace_left_mm(options) + 1.0, options.paper.height_mm - 3.0, height))
    return tuple(lines)


def grid(options: RenderOptions, *, step_mm: float) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Return where upright (x) and level (y) grid lines stand; time begins on one, and 0 mV lies on one."""
    origin = (trace_left_mm(options), _rows(options).first_baseline_mm)
    sides = (options.paper.width_mm, options.paper.height_mm)
    across, down = (tuple(_lines(at, side, step_mm)) for at, side in zip(origin, sides, strict=True))
    return across, down


def _lines(origin_mm: float, side_mm: float, step_mm: float) -> Iterator[float]:
    first = -math.floor(origin_mm / step_mm)
    last = math.floor((side_mm - origin_mm) / step_mm)
    return (origin_mm + number * step_mm for number in range(first, last + 1))


def _rows(options: RenderOptions) -> _Rows:
    """Share the height of the page among the rows, in whole large squares of the grid where they are high."""
    count, height = len(options.layout.rows), options.paper.height_mm
    body = height - (FOOT_MM if options.scale_text else 0.0)
    pitch = body / count
    step = MAJOR_MM if pitch >= 4 * MAJOR_MM else 1.0
    pitch = max(step, math.floor(pitch / step) * step) if body >= count else pitch
    above = math.ceil(pitch * BASELINE / step) * step if pitch >= step else pitch * BASELINE
    first_px = math.floor(((body - count * pitch) / 2 + above) * options.paper.px_per_mm) + 0.5
    return _Rows(first_px / options.paper.px_per_mm, pitch, above)
