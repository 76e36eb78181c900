"""From the heart's dipole and the electrodes' noise to the twelve leads.

The dipole points x to the left, y to the feet, z to the back. The Dower matrix (Dower, Machado, Osborne, "On
deriving the electrocardiogram from vectorcardiographic leads", Clin Cardiol 3:87, 1980) gives I, II and
V1–V6; the other four follow from Einthoven's and Goldberger's equations, so that the limb leads agree to
rounding whatever the dipole and the noise are. Knows nothing of waves and rhythms.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from bedside.records import LEADS

__all__ = ["CHEST", "ELECTRODES", "INDEPENDENT", "LIMB", "dipole_to_independent", "twelve_leads"]

Array = NDArray[np.float64]

INDEPENDENT = ("I", "II", "V1", "V2", "V3", "V4", "V5", "V6")
"""The leads that a dipole or a noise is projected on; the other four are computed from I and II."""

LIMB = slice(0, 6)
CHEST = slice(6, 12)
"""The rows of the limb and of the chest leads in `LEADS`."""

DOWER = np.array(
    [
        [0.632, -0.235, 0.059],  # I
        [0.235, 1.066, -0.132],  # II
        [-0.515, 0.157, -0.917],  # V1
        [0.044, 0.164, -1.387],  # V2
        [0.882, 0.098, -1.277],  # V3
        [1.213, 0.127, -0.601],  # V4
        [1.125, 0.127, -0.086],  # V5
        [0.831, 0.076, 0.230],  # V6
    ]
)
"""Frank's x, y, z to the independent leads (Dower 1980)."""

ELECTRODES = np.zeros((8, 9))
"""Potentials of RA, LA, LL, V1–V6 to the independent leads: I = LA − RA, II = LL − RA, and each chest lead is
its electrode against the mean of the three limb electrodes (Wilson's central terminal)."""
ELECTRODES[0, [0, 1]] = -1, 1
ELECTRODES[1, [0, 2]] = -1, 1
ELECTRODES[2:, :3] = -1 / 3
ELECTRODES[2:, 3:] = np.eye(6)


def dipole_to_independent(rng: np.random.Generator) -> Array:
    """Draw one subject's matrix from the dipole to the independent leads, shape (8, 3).

    The chest electrodes sit close to the heart and never at quite the same place: each chest lead's gain
    differs from Dower's torso by some per cent.
    """
    gains = np.ones((8, 1))
    gains[2:, 0] = np.exp(rng.triangular(-0.25, 0, 0.25, 6))
    return DOWER * gains


def twelve_leads(independent: Array) -> Array:
    """Complete the independent leads, shape (8, samples), to the twelve of `LEADS`, shape (12, samples).

    Einthoven: III = II − I. Goldberger: aVR = −(I + II)/2, aVL = I − II/2, aVF = II − I/2.
    """
    lead_i, lead_ii = independent[0], independent[1]
    leads = np.empty((len(LEADS), independent.shape[1]))
    leads[0] = lead_i
    leads[1] = lead_ii
    leads[2] = lead_ii - lead_i
    leads[3] = (lead_i + lead_ii) / -2
    leads[4] = lead_i - lead_ii / 2
    leads[5] = lead_ii - lead_i / 2
    leads[6:] = independent[2:]
    return leads
