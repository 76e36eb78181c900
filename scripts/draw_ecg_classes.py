"""Draw the pictures in docs: one synthetic ECG of each kind, and one of each kind of noise."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from bedside.ecg.render import Paper, RenderOptions, draw, parse_layout
from bedside.ecg.synth import KINDS, NOISES, Synthetic, Truth, synthesize

FOLDER = Path(__file__).resolve().parent.parent / "docs" / "pictures"
SEED = 3407
COLUMNS, ROWS = 2, 5
PAGE = RenderOptions(layout=parse_layout("3x4+1R"), paper=Paper(800, 440, 3.0))
STRIPS = replace(PAGE, layout=parse_layout("I/II/V1/V3/V5"))
"""Ten seconds of each lead: what disturbs a record may last for two of them only."""
TITLE_PX, TITLE_SIZE = 30, 17
INK, PAPER = (20, 20, 40), (255, 255, 255)


def made(number: int, kind: str, **options: object) -> Synthetic:
    """Make a record of its own subject."""
    rng = np.random.default_rng([SEED, number])
    return synthesize(kind, rng=rng, subject_id="made up", record_name=kind, **options)


def title(truth: Truth) -> str:
    """Say what a record shows, with its figures."""
    pr = "" if truth.pr_ms is None else f"PR {truth.pr_ms:.0f} ms   "
    return (
        f"{truth.phrase}:   {truth.heart_rate_bpm:.0f}/min   {pr}QRS {truth.qrs_ms:.0f} ms   "
        f"QTc {truth.qtc_ms:.0f} ms   axis {truth.axis_deg:.0f}°"
    )


def sheet(items: list[tuple[str, Synthetic]], options: RenderOptions, file: Path) -> None:
    """Draw records with their titles, two in a row, and write them as one picture of 64 colours."""
    width, height = options.paper.width_px, options.paper.height_px + TITLE_PX
    page = Image.new("RGB", (COLUMNS * width, -(-len(items) // COLUMNS) * height), PAPER)
    pen = ImageDraw.Draw(page)
    for place, (words, item) in enumerate(items):
        x, y = place % COLUMNS * width, place // COLUMNS * height
        page.paste(draw(item.record, options).image().convert("RGB"), (x, y + TITLE_PX))
        pen.text((x + 10, y + 6), words, fill=INK, font_size=TITLE_SIZE)
    page.quantize(64, dither=Image.Dither.NONE).save(file, optimize=True)


FOLDER.mkdir(parents=True, exist_ok=True)
classes = [(title(item.truth), item) for item in (made(number, kind) for number, kind in enumerate(KINDS))]
for start in range(0, len(classes), COLUMNS * ROWS):
    part = classes[start : start + COLUMNS * ROWS]
    sheet(part, PAGE, FOLDER / f"ecg-classes-{start // (COLUMNS * ROWS) + 1}.png")
sheet(
    [
        (name.replace("_hz", " Hz").replace("_", " "), made(100, "normal_sinus_rhythm", noise=noise))
        for name, noise in NOISES.items()
    ],
    STRIPS,
    FOLDER / "ecg-noises.png",
)
