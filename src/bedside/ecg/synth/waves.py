"""Waves of the heart's dipole: what one looks like, and how a train of them becomes samples.

A wave is a Gaussian with a flat top of any length and with flanks of its own on both sides; a complex is a
sum of such waves, each pointing its own way (McSharry et al., "A dynamical model for generating synthetic
electrocardiogram signals", IEEE Trans Biomed Eng 50:289, 2003; in three dimensions Sameni et al., EURASIP J
Adv Signal Process 2007:43407). Everything is a function of continuous time: the sampling rate changes nothing
but where it is looked at. Knows nothing of what the waves mean.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import ceil

import numpy as np
from numpy.typing import NDArray

__all__ = ["Waves", "add_waves", "waves"]

Array = NDArray[np.float64]

REACH = 4.5
"""Standard deviations after which a flank counts as zero: 4e-5 of its height."""


@dataclass(frozen=True)
class Waves:
    """A sum of waves; times are seconds from the onset of the complex.

    Attributes:
        starts_s, stops_s: where each flat top begins and ends, shape (waves,); equal for a plain peak.
        rises_s, falls_s: standard deviation of the flank before and after it, shape (waves,).
        vectors_mv: x, y, z of each, shape (waves, 3), millivolts.
    """

    starts_s: Array
    stops_s: Array
    rises_s: Array
    falls_s: Array
    vectors_mv: Array

    @property
    def span_s(self) -> tuple[float, float]:
        """First and last time at which the sum is not zero."""
        first = float((self.starts_s - REACH * self.rises_s).min())
        return first, float((self.stops_s + REACH * self.falls_s).max())

    def at(self, times_s: Array) -> Array:
        """Return the dipole at `times_s` (any shape), with one more axis for x, y, z."""
        times = times_s[..., None]
        before = np.minimum(times - self.starts_s, 0.0) / self.rises_s
        after = np.maximum(times - self.stops_s, 0.0) / self.falls_s
        before += after
        before *= before
        before *= -0.5
        return np.exp(before, out=before) @ self.vectors_mv

    def stretched(self, factor: float) -> Waves:
        """Return the same waves with all times multiplied."""
        return replace(
            self,
            starts_s=self.starts_s * factor,
            stops_s=self.stops_s * factor,
            rises_s=self.rises_s * factor,
            falls_s=self.falls_s * factor,
        )

    def moved(self, delay_s: float) -> Waves:
        """Return the same waves, later."""
        return replace(self, starts_s=self.starts_s + delay_s, stops_s=self.stops_s + delay_s)

    def pointing(self, vectors_mv: Array) -> Waves:
        """Return waves of the same times with other vectors."""
        return replace(self, vectors_mv=vectors_mv)

    def joined(self, other: Waves) -> Waves:
        """Return the sum of both."""
        return Waves(
            np.concatenate([self.starts_s, other.starts_s]),
            np.concatenate([self.stops_s, other.stops_s]),
            np.concatenate([self.rises_s, other.rises_s]),
            np.concatenate([self.falls_s, other.falls_s]),
            np.concatenate([self.vectors_mv, other.vectors_mv]),
        )


def waves(rows: Sequence[tuple[float, float, float, float, float]]) -> Waves:
    """Make waves of rows (center ms, standard deviation ms, x mV, y mV, z mV)."""
    table = np.array(rows, dtype=np.float64)
    centers, widths = table[:, 0] / 1000, table[:, 1] / 1000
    return Waves(centers, centers, widths, widths, table[:, 2:])


def add_waves(dipole: Array, shape: Waves, onsets_s: Array, gains: Array, sampling_rate_hz: float) -> None:
    """Add `shape` to `dipole`, shape (samples, 3), once at each of `onsets_s`, times its gain."""
    first_s, last_s = shape.span_s
    width = ceil((last_s - first_s) * sampling_rate_hz) + 1
    firsts = np.ceil((onsets_s + first_s) * sampling_rate_hz).astype(np.int64)
    seen = (firsts < dipole.shape[0]) & (firsts + width > 0)
    firsts, onsets = firsts[seen], onsets_s[seen]
    times = (firsts[:, None] + np.arange(width)) / sampling_rate_hz - onsets[:, None]
    values = shape.at(times) * gains[seen, None, None]
    for first, value in zip(firsts.tolist(), values, strict=True):
        start, stop = max(first, 0), min(first + width, dipole.shape[0])
        dipole[start:stop] += value[start - first : stop - first]
