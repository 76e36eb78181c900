"""Draw the picture of one record as a source asks for it: clean, or as a photograph or scan would be."""

from __future__ import annotations

import io
from dataclasses import dataclass

import numpy as np

from bedside import extras
from bedside.dataset.ecg.config import EcgSource
from bedside.ecg.distort import Distortion, distort, draw_distortion
from bedside.ecg.render import Paper, RenderOptions, draw, parse_layout
from bedside.records import EcgRecord

__all__ = ["Drawn", "draw_record", "render_options"]

JPEG_QUALITY = 92


@dataclass(frozen=True)
class Drawn:
    """A picture file.

    Attributes:
        data: its bytes.
        suffix: `.png` of a clean picture; `.jpg` of a distorted one, whose noise a PNG cannot pack.
        distortion: what was done to it.
    """

    data: bytes
    suffix: str
    distortion: Distortion | None = None


def render_options(source: EcgSource) -> RenderOptions:
    """Return how the pictures of `source` are drawn.

    Raises:
        DataError: there is no such layout or page.
    """
    return RenderOptions(
        layout=parse_layout(source.layout),
        paper=Paper.square(source.size),
        mm_per_s=source.speed,
        mm_per_mv=source.gain,
    )


def draw_record(
    record: EcgRecord, options: RenderOptions, *, distorted: float, rng: np.random.Generator
) -> Drawn:
    """Draw `record`, and distort the picture with the probability `distorted`.

    Raises:
        DataError: the page has no room for the layout.
        MissingExtraError: Pillow is not installed, which distorted pictures need.
    """
    picture = draw(record, options)
    if rng.random() >= distorted:
        return Drawn(picture.png(), ".png")
    images = extras.require("PIL.Image", extra="ecg", purpose="distorting pictures")
    distortion = draw_distortion(rng)
    file = io.BytesIO()
    images.fromarray(distort(picture.rgb(), distortion)).save(
        file, "JPEG", quality=JPEG_QUALITY, subsampling=0
    )
    return Drawn(file.getvalue(), ".jpg", distortion)
