"""What the atria do between the ventricles' complexes: P waves, fibrillatory waves, flutter waves."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from bedside.ecg.synth.complexes import extent_s
from bedside.ecg.synth.waves import Waves, waves

__all__ = ["P_THRESHOLD_MV", "fibrillatory_waves", "flutter_waves", "p_wave"]

Array = NDArray[np.float64]

P_THRESHOLD_MV = 0.01
"""A P wave begins where it first reaches this in any lead, and ends where it last does."""

SINUS_P = ((0, 17, 0.030, 0.092, -0.048), (36, 19, 0.062, 0.062, 0.034))
"""First the right atrium, down and forwards, then the left one, back and left: V1 goes up, then down."""

ECTOPIC_P = ((0, 16, 0.055, -0.035, 0.030), (32, 18, -0.020, -0.045, -0.040))
"""From low in the left atrium: small, upside down in II, III and aVF."""


def p_wave(matrix: Array, rng: np.random.Generator, *, ectopic: bool = False, size: float = 1.0) -> Waves:
    """Draw one subject's P wave; time 0 is its onset, and it lasts 92 to 116 ms (ectopic 80 to 100)."""
    shape = waves(ECTOPIC_P if ectopic else SINUS_P)
    factor = size * rng.uniform(0.75, 1.25) * rng.triangular(0.7, 1, 1.3, shape.vectors_mv.shape)
    shape = shape.pointing(shape.vectors_mv * factor)
    first, last = extent_s(shape, matrix, P_THRESHOLD_MV)
    wanted_s = rng.uniform(0.080, 0.100) if ectopic else rng.uniform(0.092, 0.116)
    return shape.moved(-first).stretched(wanted_s / (last - first))


def fibrillatory_waves(times_s: Array, rng: np.random.Generator) -> Array:
    """Return f waves as a dipole, shape (samples, 3): 5 to 8 Hz, frequency and height drifting.

    A saw-tooth with modulated frequency and height (Stridh and Sörnmo, "Spatiotemporal QRST cancellation
    techniques for analysis of atrial fibrillation", IEEE Trans Biomed Eng 48:105, 2001), and a second, weaker
    one of another frequency and direction: in fibrillation the leads do not move together.
    """
    height_mv = rng.uniform(0.04, 0.09)
    rate_hz = rng.uniform(5.0, 8.0)
    first = _sawtooth(times_s, rate_hz, rng)
    second = _sawtooth(times_s, rate_hz * rng.uniform(0.85, 1.15), rng)
    return height_mv * (np.outer(first, [-0.25, 0.65, -0.80]) + np.outer(second, [0.35, 0.40, 0.35]))


def _sawtooth(times_s: Array, rate_hz: float, rng: np.random.Generator) -> Array:
    drift = rng.uniform(0.6, 1.8) * np.sin(2 * np.pi * rng.uniform(0.1, 0.3) * times_s + rng.uniform(0, 6.3))
    phase = 2 * np.pi * (rate_hz * times_s + rng.uniform()) + drift
    height = 1 + 0.35 * np.sin(2 * np.pi * rng.uniform(0.4, 1.2) * times_s + rng.uniform(0, 6.3))
    sine, cosine = np.sin(phase), np.cos(phase)
    # sin φ + 0.4 sin 2φ + 0.2 sin 3φ, with sin 2φ = 2 sin φ cos φ and sin 3φ = 3 sin φ − 4 sin³ φ
    return height * sine * (1.6 + 0.8 * cosine - 0.8 * sine**2)


def flutter_waves(times_s: Array, cycle_s: float, rng: np.random.Generator) -> Array:
    """Return the saw-tooth of typical flutter as a dipole, shape (samples, 3).

    It falls slowly and rises fast in II, III and aVF without a flat line between; V1 has upright waves of the
    same rate (AHA/ACCF/HRS 2009; the circuit climbs the septum and comes down the free wall).
    """
    phase = 2 * np.pi * times_s / cycle_s
    tooth = sum(np.sin(n * phase) / n for n in range(1, 5))
    hump = np.cos(phase - 1.2) + 0.3 * np.cos(2 * phase - 2.4)
    height_mv = rng.uniform(0.11, 0.18)
    return height_mv * (np.outer(tooth, [0.05, 0.80, 0.05]) + np.outer(hump, [0.0, 0.0, -0.60]))
