"""What a recording adds to the heart: wander, mains hum, muscle, motion, a lost electrode, swapped arms.

Noise arises at the electrodes (right arm, left arm, left leg, V1–V6) and reaches the leads as potentials do,
so that the limb leads still obey Einthoven's and Goldberger's equations. All of it is a function of
continuous time: draws do not depend on the sampling rate. Knows nothing of the heart.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from bedside.ecg.synth.torso import ELECTRODES, INDEPENDENT
from bedside.errors import DataError

__all__ = ["NOISES", "Noise", "add_noise", "describe"]

Array = NDArray[np.float64]
IndependentLead = Literal["I", "II", "V1", "V2", "V3", "V4", "V5", "V6"]

MUSCLE_HZ = 500
"""Muscle noise is drawn at this rate; between two draws it is a straight line."""

RAIL_MV = 5.0
"""Where an amplifier stands that has lost its electrode: the end of the range IEC 60601-2-25 asks for."""


@dataclass(frozen=True)
class Noise:
    """What disturbs a recording; the default is a quiet patient and a good machine.

    Attributes:
        wander_mv: size of the baseline's wander with breath and skin at each electrode.
        muscle_mv: standard deviation of muscle noise at each electrode.
        mains_mv: height of the hum.
        mains_hz: its frequency.
        motion_mv: largest jump of the baseline when the patient moves, about one in 2 s; 0 for none.
        lost_lead: the lead whose electrode comes off for 2 to 4 s and which then stands at ±5 mV.
        arms_swapped: the right and the left arm's electrode are exchanged.
    """

    wander_mv: float = 0.025
    muscle_mv: float = 0.005
    mains_mv: float = 0.002
    mains_hz: Literal[50, 60] = 50
    motion_mv: float = 0.0
    lost_lead: IndependentLead | None = None
    arms_swapped: bool = False

    def __post_init__(self) -> None:
        sizes = (self.wander_mv, self.muscle_mv, self.mains_mv, self.motion_mv)
        if not all(0 <= size <= 10 for size in sizes):
            raise DataError(f"noise of {sizes} mV cannot be made", fix="give sizes from 0 to 10 mV")
        if self.lost_lead is not None and self.lost_lead not in get_args(IndependentLead):
            raise DataError(
                f"lead {self.lost_lead!r} has no electrode of its own",
                fix=f"choose one of: {', '.join(INDEPENDENT)}",
            )


NOISES: Mapping[str, Noise] = {
    "baseline_wander": Noise(wander_mv=0.25),
    "mains_50_hz": Noise(mains_mv=0.06),
    "mains_60_hz": Noise(mains_mv=0.06, mains_hz=60),
    "muscle": Noise(muscle_mv=0.05),
    "motion": Noise(motion_mv=0.8),
    "electrode_off": Noise(lost_lead="V3"),
    "arm_leads_swapped": Noise(arms_swapped=True),
}
"""One of each kind, strong enough to be seen."""


def add_noise(
    independent: Array, noise: Noise, sampling_rate_hz: float, duration_s: float, rng: np.random.Generator
) -> None:
    """Disturb the independent leads of `duration_s` seconds, shape (8, samples), in place."""
    times = np.arange(independent.shape[1]) / sampling_rate_hz
    electrodes = _muscle(times, sampling_rate_hz, duration_s, noise.muscle_mv, rng)
    electrodes += _wander(times, noise.wander_mv, rng)
    heights = noise.mains_mv * np.exp(0.2 * rng.standard_normal((9, 1))) * rng.choice([-1, 1], (9, 1))
    electrodes += heights * np.sin(2 * np.pi * (noise.mains_hz * times + rng.uniform()))
    if noise.motion_mv:
        _add_motion(electrodes, times, duration_s, noise.motion_mv, rng)
    independent += ELECTRODES @ electrodes
    if noise.lost_lead is not None:
        start_s = rng.uniform(0.05, 0.6) * duration_s
        lost = (times >= start_s) & (times < start_s + rng.uniform(2, 4))
        independent[INDEPENDENT.index(noise.lost_lead), lost] = RAIL_MV * rng.choice([-1, 1])
    if noise.arms_swapped:
        # I = LA − RA changes its sign; II = LL − RA becomes LL − LA, which is III.
        independent[1] -= independent[0]
        independent[0] *= -1


def describe(noise: Noise | None) -> str:
    """Say in words what disturbs a recording."""
    if noise is None:
        return "none"
    words = [
        f"baseline wander {noise.wander_mv:g} mV",
        f"muscle {noise.muscle_mv:g} mV",
        f"mains {noise.mains_hz} Hz {noise.mains_mv:g} mV",
    ]
    if noise.motion_mv:
        words.append(f"motion up to {noise.motion_mv:g} mV")
    if noise.lost_lead is not None:
        words.append(f"{noise.lost_lead} lost for a while")
    if noise.arms_swapped:
        words.append("arm electrodes swapped")
    return ", ".join(words)


def _muscle(
    times_s: Array, sampling_rate_hz: float, duration_s: float, size_mv: float, rng: np.random.Generator
) -> Array:
    """Return muscle noise below about 150 Hz, the bandwidth of a recorder, at the nine electrodes.

    Even draws, smoothed over three (1, 2, 1), are near enough to normal ones and several times faster.
    """
    draws = rng.random((9, int(duration_s * MUSCLE_HZ) + 5), dtype=np.float32)
    draws -= 0.5
    grid = draws[:, :-2] + draws[:, 2:]
    draws *= 2
    grid += draws[:, 1:-1]
    grid *= size_mv * np.sqrt(2)
    step = MUSCLE_HZ / sampling_rate_hz
    if step.is_integer():
        return grid[:, : times_s.size * int(step) : int(step)].astype(np.float64)
    places = times_s * MUSCLE_HZ
    before = places.astype(np.int64)
    return grid[:, before] * (before + 1 - places) + grid[:, before + 1] * (places - before)


def _wander(times_s: Array, size_mv: float, rng: np.random.Generator) -> Array:
    """Return the baseline's wander: breath, and the slower drift of skin and gel."""
    phases = 2 * np.pi * np.outer(rng.uniform([0.05, 0.18], [0.14, 0.35]), times_s)
    swings = np.concatenate([np.sin(phases), np.cos(phases)])
    return size_mv * rng.standard_normal((9, 4)) @ swings


def _add_motion(
    electrodes: Array, times_s: Array, duration_s: float, size_mv: float, rng: np.random.Generator
) -> None:
    """Add bumps of the baseline at single electrodes: up in 50 to 150 ms, back in 100 to 500 ms."""
    for _ in range(2 + rng.poisson(duration_s / 2)):
        electrode, peak_s = rng.integers(9), rng.uniform(0, duration_s)
        rise_s, fall_s = rng.uniform(0.05, 0.15), rng.uniform(0.1, 0.5)
        distance = np.where(times_s < peak_s, (peak_s - times_s) / rise_s, (times_s - peak_s) / fall_s)
        electrodes[electrode] += (
            size_mv * rng.uniform(0.4, 1.0) * rng.choice([-1, 1]) * np.exp(-0.5 * distance**2)
        )
