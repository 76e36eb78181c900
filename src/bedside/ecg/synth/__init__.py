"""Synthetic 12-lead ECGs with exact truth: a moving heart dipole, a torso, electrodes and their noise.

Textbook cases: one finding at a time, well inside its criteria. Figures measured on such records are no
clinical figures. Knows nothing of pictures and questions.
"""

from __future__ import annotations

from bedside.ecg.synth.files import write_synthetic, write_wfdb
from bedside.ecg.synth.kinds import KINDS as _KINDS
from bedside.ecg.synth.making import Synthetic, synthesize
from bedside.ecg.synth.noise import NOISES, Noise
from bedside.ecg.synth.truth import Beat, RrIntervals, Truth, truth_line

__all__ = [
    "KINDS",
    "NOISES",
    "Beat",
    "Noise",
    "RrIntervals",
    "Synthetic",
    "Truth",
    "synthesize",
    "truth_line",
    "write_synthetic",
    "write_wfdb",
]

KINDS = tuple(_KINDS)
"""What `synthesize` can make."""
