"""Pictures that no two of are alike."""

from __future__ import annotations

import numpy as np
from PIL import Image


def inked(seed: int) -> Image.Image:
    """A picture like no other: random black squares on white."""
    squares = np.random.default_rng(seed).integers(0, 2, (16, 16)).astype(np.uint8) * 255
    return Image.fromarray(squares).resize((128, 128), Image.Resampling.NEAREST)
