"""Draw the picture in docs/calibration.md: the trend of a synthetic recording, and the text made of it."""

from __future__ import annotations

import textwrap
from pathlib import Path

import matplotlib as mpl
import numpy as np

mpl.use("Agg")
import matplotlib.pyplot as plt

from bedside.records import VitalsRecord
from bedside.vitals.metrics import measure
from bedside.vitals.narrative import narrate
from bedside.vitals.ranges import heart_rate_range
from bedside.vitals.synth import synthesize

TARGET = Path(__file__).resolve().parent.parent / "docs" / "pictures" / "vitals-trend.png"
SEED = 3407
BLUE, RED, GREY = "#1f5fa8", "#b3322c", "#59636e"


def draw(record: VitalsRecord) -> None:
    """Draw heart rate and SpO2 over time with the limits they are judged by, and the text below."""
    figures = measure(record)
    hours = record.rows.ticks * record.header.interval_s / 3600.0
    figure, (top, bottom, words) = plt.subplots(
        3, 1, figsize=(9.6, 6.6), height_ratios=(3, 2, 2.4), layout="constrained"
    )
    band = heart_rate_range(record.header.cohort, figures.age_years)
    assert band is not None
    top.axhspan(band.low_bpm, band.high_bpm, color=BLUE, alpha=0.09, lw=0)
    top.plot(hours, record.rows.signals["hr"], color=BLUE, lw=0.9)
    top.set_ylabel("heart rate, bpm")
    top.text(0.005, 0.04, f"shaded: range for {band.band}", transform=top.transAxes, color=GREY, fontsize=8)
    bottom.axhline(90, color=RED, lw=0.8, ls="--")
    bottom.plot(hours, record.rows.signals["spo2"], color=RED, lw=0.9)
    bottom.set_ylabel("SpO2, %")
    bottom.set_xlabel("hours from the start of the recording")
    for axes in (top, bottom):
        axes.set_xlim(hours[0], hours[-1])
        axes.spines[["top", "right"]].set_visible(False)
    words.axis("off")
    text = narrate(figures, seed=SEED).text
    words.text(0.0, 0.98, textwrap.fill(text, 122), va="top", fontsize=9.2, linespacing=1.35)
    TARGET.parent.mkdir(exist_ok=True)
    figure.savefig(TARGET, dpi=110, metadata={"Software": None})


draw(
    synthesize(
        "desaturation", rng=np.random.default_rng(SEED), subject_id="made-up", cohort="adult", minutes=600
    )
)
