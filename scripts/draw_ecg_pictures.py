"""Draw the pictures of the ECG pages in docs: a clean synthetic ECG, and each kind of distortion of it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from bedside.ecg.distort import ALL_KINDS, Kind, distort, draw_distortion
from bedside.ecg.render import RenderOptions, draw
from bedside.ecg.synth import synthesize

FOLDER = Path(__file__).resolve().parent.parent / "docs" / "pictures"
SEED = 3407
TILE_PX, LABEL_PX, GAP_PX, ACROSS = 228, 22, 8, 4
COLOURS, SHEET_COLOURS = 32, 56
CLOSE: tuple[Kind, ...] = ("moire", "blur", "low_resolution", "noise", "fax", "jpeg")
"""Kinds that are lost when the whole page is made small: a part of it is shown at its own size."""


def page() -> NDArray[np.uint8]:
    """Draw a synthetic inferior infarction, and keep its picture."""
    rng = np.random.default_rng([SEED, 1])
    made = synthesize("stemi_inferior", rng=rng, subject_id="synthetic-1", record_name="synthetic-1")
    picture = draw(made.record, RenderOptions())
    picture.image().quantize(COLOURS, dither=Image.Dither.NONE).save(FOLDER / "ecg-896.png", optimize=True)
    return picture.rgb()


def tile(pixels: NDArray[np.uint8], *, close: bool) -> Image.Image:
    """Make a picture small, or cut a part out of it."""
    image = Image.fromarray(pixels)
    if close:
        return image.crop((0, 0, TILE_PX, TILE_PX))
    return image.resize((TILE_PX, TILE_PX), Image.Resampling.LANCZOS)


def sheet(clean: NDArray[np.uint8]) -> Image.Image:
    """Put the clean page and each kind of distortion beside each other, with their names."""
    tiles = [("clean", tile(clean, close=False))]
    for number, kind in enumerate(ALL_KINDS):
        distortion = draw_distortion(np.random.default_rng([SEED, 2, number]), kinds=[kind])
        name = f"{kind.replace('_', ' ')}{' (part)' if kind in CLOSE else ''}"
        tiles.append((name, tile(distort(clean, distortion), close=kind in CLOSE)))
    down = -(-len(tiles) // ACROSS)
    step, drop = TILE_PX + GAP_PX, TILE_PX + LABEL_PX + GAP_PX
    whole = Image.new("RGB", (ACROSS * step + GAP_PX, down * drop + GAP_PX), "white")
    pencil, font = ImageDraw.Draw(whole), ImageFont.load_default(15)
    for number, (name, image) in enumerate(tiles):
        x, y = GAP_PX + number % ACROSS * step, GAP_PX + number // ACROSS * drop
        pencil.text((x, y), name, fill=(40, 40, 48), font=font)
        whole.paste(image, (x, y + LABEL_PX))
    return whole


if __name__ == "__main__":
    FOLDER.mkdir(parents=True, exist_ok=True)
    distorted = sheet(page()).quantize(SHEET_COLOURS, dither=Image.Dither.NONE, kmeans=2)
    distorted.save(FOLDER / "ecg-distortions.png", optimize=True)
