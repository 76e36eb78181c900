"""Records to draw, and how dark a picture of them is."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from bedside.ecg.render import RenderOptions, draw
from bedside.records import LEADS, EcgRecord

RATE = 500.0


def record(
    signal: np.ndarray, *, rate: float = RATE, leads: tuple[str, ...] = LEADS, derived: tuple[str, ...] = ()
) -> EcgRecord:
    """Make a record of which every lead has this signal, or its own row of it."""
    rows = signal if signal.ndim == 2 else np.tile(signal, (len(leads), 1))
    return EcgRecord("s", "r", rows, rate, leads, frozenset(derived))


def flat(seconds: float = 10.0, level_mv: float = 0.0) -> np.ndarray:
    return np.full(round(seconds * RATE), level_mv)


def empty(shown: EcgRecord) -> EcgRecord:
    """Return the record as if nothing had been recorded in its leads."""
    return replace(shown, signals_mv=np.full_like(shown.signals_mv, np.nan))


def ink(shown: EcgRecord, options: RenderOptions) -> np.ndarray:
    """Return how much of each pixel the trace covers, 0 to 1: what the picture adds to its empty page."""
    bare = draw(empty(shown), options).rgb()[:, :, 0].astype(float)
    drawn = draw(shown, options).rgb()[:, :, 0].astype(float)
    return np.clip((bare - drawn) / np.maximum(bare - options.style.trace[0], 1.0), 0, 1)


def center_px(column: np.ndarray) -> float:
    """Return the height of the middle of what a column of pixels is covered with."""
    return float((column * (np.arange(column.size) + 0.5)).sum() / column.sum())
