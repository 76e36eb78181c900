"""Sums that are the same to the last bit however their parts are cut: of whole numbers of small steps.

A reading is rounded to a step of 2^-26, about 1.5e-8 of its unit and far below what any device resolves;
whole numbers are not changed. Readings are at most some hundreds, so that 64 bits hold the sum of 10^8.
"""

from __future__ import annotations

from typing import overload

import numpy as np
from numpy.typing import NDArray

__all__ = ["in_steps", "of_steps"]

_STEPS = 1 << 26


def in_steps(readings: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return readings as whole numbers of steps, to be summed."""
    return np.rint(readings * _STEPS).astype(np.int64)


@overload
def of_steps(sums: int) -> float: ...
@overload
def of_steps(sums: NDArray[np.int64]) -> NDArray[np.float64]: ...
def of_steps(sums: int | NDArray[np.int64]) -> float | NDArray[np.float64]:
    """Return sums of steps in the unit of the readings."""
    return sums / _STEPS
