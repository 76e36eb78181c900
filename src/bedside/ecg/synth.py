"""Synthetic 12-lead ECGs of five findings, made from a moving heart dipole.

The dipole (x to the left, y to the feet, z to the back; millivolts) is a sum of Gaussian waves around each
beat (McSharry et al., "A dynamical model for generating synthetic electrocardiogram signals", IEEE Trans
Biomed Eng 50:289, 2003; in three dimensions Sameni et al., EURASIP J Adv Signal Process 2007:43407). The
Dower matrix (Dower, Machado, Osborne, "On deriving the electrocardiogram from vectorcardiographic leads",
Clin Cardiol 3:87, 1980) gives the leads I, II and V1–V6; the other four follow from Einthoven's and
Goldberger's equations, so the limb leads are consistent to rounding.

A record is a clean textbook case: rates stay away from the borders between classes, there is one finding
at a time. Knows nothing of pictures or words; figures measured on such records are no clinical figures.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from bedside.errors import DataError
from bedside.records import LEADS, EcgRecord

__all__ = ["SYNTHETIC_FINDINGS", "synthesize"]

Array = NDArray[np.float64]

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
"""Frank's x, y, z to the eight independent leads (Dower 1980)."""

INFERIOR_ST = np.array([-0.05, 1.0, 0.0])
"""Direction of the injury current of an inferior infarct: to the feet, slightly to the right."""


@dataclass(frozen=True)
class _Wave:
    """One Gaussian wave: when (s from the R peak), how wide (standard deviation, s), which way (mV)."""

    center_s: float
    width_s: float
    vector_mv: tuple[float, float, float]


Q_WAVE = _Wave(-0.028, 0.009, (-0.12, 0.02, -0.16))
R_WAVE = _Wave(0.000, 0.012, (0.90, 0.85, 0.22))
S_WAVE = _Wave(0.030, 0.012, (-0.10, -0.16, 0.50))
P_WAVE = _Wave(-0.160, 0.022, (0.06, 0.13, -0.02))
T_RISE = _Wave(0.250, 0.055, (0.16, 0.15, -0.10))
T_FALL = _Wave(0.290, 0.032, (0.14, 0.13, -0.08))
"""The T wave is two Gaussians: it rises slower than it falls. Centers hold for an RR interval of 1 s."""


@dataclass(frozen=True)
class _Rhythm:
    """How a finding beats: range of the mean rate, and how RR intervals are drawn around their mean."""

    rate_bpm: tuple[float, float]
    intervals: Callable[[np.random.Generator, int, float], Array]
    has_p_waves: bool = True
    st_mv: tuple[float, float] = (0.0, 0.0)


def _sinus_intervals(rng: np.random.Generator, count: int, mean_s: float) -> Array:
    """Draw RR intervals of sinus rhythm: breathing swings them by 1 to 4 %, the rest is small noise."""
    breaths_per_s = rng.uniform(0.18, 0.30)
    phase = 2 * np.pi * (breaths_per_s * mean_s * np.arange(count) + rng.uniform())
    swing = rng.uniform(0.01, 0.04)
    return mean_s * (1 + swing * np.sin(phase) + 0.008 * rng.standard_normal(count))


def _fibrillation_intervals(rng: np.random.Generator, count: int, mean_s: float) -> Array:
    """Draw RR intervals of atrial fibrillation: independent, gamma above a refractory period of 0.28 s.

    The gamma shape gives a coefficient of variation of the whole interval of 0.20 to 0.30.
    """
    refractory_s = 0.28
    rest_s = mean_s - refractory_s
    shape = (rest_s / (rng.uniform(0.20, 0.30) * mean_s)) ** 2
    return refractory_s + rng.gamma(shape, rest_s / shape, count)


_RHYTHMS = {
    "normal sinus rhythm": _Rhythm((62, 94), _sinus_intervals),
    "sinus bradycardia": _Rhythm((36, 52), _sinus_intervals),
    "sinus tachycardia": _Rhythm((112, 155), _sinus_intervals),
    "atrial fibrillation": _Rhythm((72, 130), _fibrillation_intervals, has_p_waves=False),
    "inferior ST elevation": _Rhythm((62, 94), _sinus_intervals, st_mv=(0.25, 0.50)),
}

SYNTHETIC_FINDINGS = tuple(_RHYTHMS)
"""What `synthesize` can make; the words are those of `ecg.statements`."""


def synthesize(
    finding: str,
    *,
    rng: np.random.Generator,
    subject_id: str,
    record_name: str,
    duration_s: float = 10.0,
    sampling_rate_hz: Literal[250, 500] = 250,
) -> EcgRecord:
    """Make one 12-lead ECG that shows `finding` and nothing else.

    Args:
        finding: one of `SYNTHETIC_FINDINGS`.
        rng: where every random draw comes from; the same state gives the same samples.
        subject_id: the subject the record is said to be of.
        record_name: unique name of the record.
        duration_s: length, seconds.
        sampling_rate_hz: samples per second.

    Raises:
        DataError: `finding` is not one that can be made.
    """
    rhythm = _RHYTHMS.get(finding)
    if rhythm is None:
        raise DataError(
            f"no synthetic ECG shows {finding!r}", fix=f"choose one of: {', '.join(SYNTHETIC_FINDINGS)}"
        )
    times_s = np.arange(round(duration_s * sampling_rate_hz)) / sampling_rate_hz
    dipole = _dipole(rhythm, times_s, rng)
    independent = DOWER @ dipole + _noise(times_s, rng)
    return EcgRecord(
        subject_id=subject_id,
        record_name=record_name,
        signals_mv=_twelve_leads(independent),
        sampling_rate_hz=float(sampling_rate_hz),
        findings=frozenset({finding}),
        source="synthetic",
    )


def _dipole(rhythm: _Rhythm, times_s: Array, rng: np.random.Generator) -> Array:
    """Return the heart dipole, shape (3, samples), millivolts."""
    mean_s = 60.0 / rng.uniform(*rhythm.rate_bpm)
    count = int((times_s[-1] + 4.0) / mean_s * 1.6) + 4
    intervals = rhythm.intervals(rng, count, mean_s)
    beats = np.cumsum(intervals) - intervals[0] - rng.uniform(0.0, mean_s) - mean_s
    keep = np.flatnonzero(beats < times_s[-1] + 0.6)
    beats, before = beats[keep], np.roll(intervals, 1)[keep]
    stretch = np.sqrt(np.clip(before, 0.35, 1.2))
    gain, turn = rng.uniform(0.8, 1.15), _rotation(rng)
    delays = times_s[None, :] - beats[:, None]
    waves = [(Q_WAVE, 1.0), (R_WAVE, 1.0), (S_WAVE, 1.0), (T_RISE, stretch), (T_FALL, stretch)]
    if rhythm.has_p_waves:
        waves.append((P_WAVE, np.clip(0.45 + 0.55 * before, 0.6, 1.0)))
    total = np.zeros((3, times_s.size))
    for wave, factor in waves:
        total += np.outer(wave.vector_mv, _bumps(delays, wave, factor))
    total = gain * (turn @ total)
    if not rhythm.has_p_waves:
        total += _fibrillatory_waves(times_s, rng)
    st_mv = rng.uniform(*rhythm.st_mv)
    return total + st_mv * np.outer(INFERIOR_ST, _st_plateau(delays, stretch))


def _bumps(delays_s: Array, wave: _Wave, factor: Array | float) -> Array:
    """Sum one Gaussian per beat; `factor` (one per beat) stretches its distance from the R peak."""
    centers = np.broadcast_to(np.asarray(wave.center_s * factor), delays_s.shape[:1])
    return np.exp(-0.5 * ((delays_s - centers[:, None]) / wave.width_s) ** 2).sum(axis=0)


def _st_plateau(delays_s: Array, stretch: Array) -> Array:
    """Return an injury current of height 1 from the J point (40 ms) until it fades into the T wave."""
    rise = 1 + np.tanh((delays_s - 0.040) / 0.016)
    fall = 1 - np.tanh((delays_s - 0.31 * stretch[:, None]) / 0.050)
    return (rise * fall / 4).sum(axis=0)


def _fibrillatory_waves(times_s: Array, rng: np.random.Generator) -> Array:
    """Return the f waves: 5 to 8 Hz, frequency and height drifting, two harmonics, largest in V1 and II.

    The saw-tooth with modulated frequency and height follows Stridh and Sörnmo, "Spatiotemporal QRST
    cancellation techniques for analysis of atrial fibrillation", IEEE Trans Biomed Eng 48:105, 2001.
    """
    drift = rng.uniform(0.3, 0.9) * np.sin(2 * np.pi * rng.uniform(0.1, 0.3) * times_s + rng.uniform(0, 6))
    phase = 2 * np.pi * (rng.uniform(5.0, 8.0) * times_s + rng.uniform()) + drift * 2
    height = 1 + 0.35 * np.sin(2 * np.pi * rng.uniform(0.4, 1.2) * times_s + rng.uniform(0, 6))
    wave = height * (np.sin(phase) + 0.4 * np.sin(2 * phase))
    return rng.uniform(0.05, 0.09) * np.outer([-0.35, 0.75, -0.80], wave)


def _rotation(rng: np.random.Generator) -> Array:
    """Return a turn of the frontal plane by up to 15 degrees: no two hearts lie alike."""
    angle = np.deg2rad(rng.uniform(-15, 15))
    cos, sin = np.cos(angle), np.sin(angle)
    return np.array([[cos, -sin, 0], [sin, cos, 0], [0, 0, 1]])


def _noise(times_s: Array, rng: np.random.Generator) -> Array:
    """Return baseline wander and muscle noise for the eight independent leads, millivolts."""
    wander = sum(
        rng.uniform(0.01, 0.05, (8, 1)) * np.sin(2 * np.pi * rate * times_s + rng.uniform(0, 6.3, (8, 1)))
        for rate in rng.uniform([0.12, 0.25], [0.25, 0.45])
    )
    return wander + rng.uniform(0.006, 0.018) * rng.standard_normal((8, times_s.size))


def _twelve_leads(independent: Array) -> Array:
    """Complete I, II, V1–V6 to twelve leads.

    Einthoven: III = II − I. Goldberger: aVR = −(I + II)/2, aVL = I − II/2, aVF = II − I/2.
    """
    lead_i, lead_ii = independent[0], independent[1]
    limb = {
        "I": lead_i,
        "II": lead_ii,
        "III": lead_ii - lead_i,
        "aVR": -(lead_i + lead_ii) / 2,
        "aVL": lead_i - lead_ii / 2,
        "aVF": lead_ii - lead_i / 2,
    }
    return np.stack([limb[name] if name in limb else independent[int(name[1]) + 1] for name in LEADS])
