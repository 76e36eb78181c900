"""When the atria and the ventricles fire: one function for each rhythm.

A rhythm is drawn for a stretch of time that is longer than the record on both sides, so that the waves of
beats beyond the edges are there too. Knows nothing of shapes and samples.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "BeatType",
    "Conducted",
    "Timeline",
    "complete_block",
    "fibrillation",
    "first_degree",
    "flutter",
    "mobitz_one",
    "mobitz_two",
    "paced",
    "premature_atrial",
    "premature_ventricular",
    "sinus",
]

Array = NDArray[np.float64]
BeatType = Literal["normal", "PAC", "PVC", "paced", "escape"]

BEFORE_S, AFTER_S = 2.5, 2.5
"""How much longer than the record a timeline is: a slow beat, or what premature beats draw in."""


@dataclass(frozen=True)
class Conducted:
    """One ventricular beat.

    Attributes:
        onset_s: when its QRS complex begins.
        type: where it comes from.
        pr_s: since the onset of the P wave that made it; `None` where none did.
    """

    onset_s: float
    type: BeatType
    pr_s: float | None


@dataclass(frozen=True)
class Timeline:
    """All events of a record.

    Attributes:
        beats: ventricular beats in order.
        p_onsets_s: onsets of the P waves of the sinus node, conducted or not.
        ectopic_p_onsets_s: onsets of the P waves of premature atrial beats.
        atria: what the atria do.
        cycle_s: length of one flutter wave.
    """

    beats: tuple[Conducted, ...]
    p_onsets_s: Array
    ectopic_p_onsets_s: Array
    atria: Literal["sinus", "fibrillation", "flutter"] = "sinus"
    cycle_s: float = 0.0


NONE = np.empty(0)


def sinus(
    rng: np.random.Generator,
    duration_s: float,
    *,
    rate_bpm: tuple[float, float],
    pr_ms: tuple[float, float] = (130.0, 190.0),
    swing: tuple[float, float] = (0.01, 0.04),
) -> Timeline:
    """Draw sinus rhythm; breathing swings its intervals by the share `swing` (half of the full swing)."""
    return _conducted(_sinus_p(rng, duration_s, 60 / rng.uniform(*rate_bpm), swing), _seconds(rng, pr_ms))


def first_degree(rng: np.random.Generator, duration_s: float) -> Timeline:
    """Draw sinus rhythm with a long PR interval that stays the same."""
    return sinus(rng, duration_s, rate_bpm=(58, 84), pr_ms=(220, 330))


def paced(rng: np.random.Generator, duration_s: float) -> Timeline:
    """Draw a sinus rhythm that a pacemaker follows, after its AV delay, in the right ventricle."""
    timeline = sinus(rng, duration_s, rate_bpm=(60, 86), pr_ms=(130, 180), swing=(0.0, 0.02))
    beats = tuple(Conducted(beat.onset_s, "paced", beat.pr_s) for beat in timeline.beats)
    return Timeline(beats, timeline.p_onsets_s, NONE)


def fibrillation(rng: np.random.Generator, duration_s: float) -> Timeline:
    """Draw atrial fibrillation: RR intervals are independent, gamma above a refractory period.

    The gamma shape gives a coefficient of variation of 0.20 to 0.30 of the whole interval; a draw whose
    intervals inside the record are by chance nearly equal (below 0.17) is drawn again.
    """
    mean_s = 60 / rng.uniform(66, 130)
    refractory_s = 0.55 * mean_s
    shape = ((mean_s - refractory_s) / (rng.uniform(0.20, 0.30) * mean_s)) ** 2
    count = int((duration_s + BEFORE_S + AFTER_S) / refractory_s) + 3
    while True:
        intervals = refractory_s + rng.gamma(shape, (mean_s - refractory_s) / shape, count)
        onsets = np.cumsum(intervals) - BEFORE_S - rng.uniform(0, mean_s)
        onsets = onsets[onsets < duration_s + AFTER_S]
        inside = np.diff(onsets[(onsets >= 0) & (onsets < duration_s - 0.1)])
        if inside.size > 1 and np.std(inside) >= 0.17 * np.mean(inside):
            break
    return Timeline(_beats(onsets, "normal"), NONE, NONE, atria="fibrillation")


def flutter(rng: np.random.Generator, duration_s: float) -> Timeline:
    """Draw typical flutter, 250 to 330 waves a minute: 2:1, 3:1, 4:1, or 2:1 and 4:1 by chance."""
    cycle_s = 60 / rng.uniform(250, 330)
    fixed = rng.integers(4)
    count = int((duration_s + BEFORE_S + AFTER_S) / cycle_s / 2) + 3
    ratios = rng.choice([2, 4], count) if fixed == 3 else np.full(count, fixed + 2)
    onsets = (np.cumsum(ratios) + rng.uniform(0.35, 0.65)) * cycle_s - BEFORE_S - cycle_s * rng.integers(4)
    onsets = onsets[onsets < duration_s + AFTER_S]
    return Timeline(_beats(onsets, "normal"), NONE, NONE, atria="flutter", cycle_s=cycle_s)


def premature_atrial(rng: np.random.Generator, duration_s: float) -> Timeline:
    """Draw sinus rhythm with one to three premature atrial beats, whose P wave resets the sinus node.

    The pause is therefore less than compensatory.
    """
    cycle_s, pr_s = 60 / rng.uniform(58, 80), rng.uniform(0.13, 0.18)
    normal = _sinus_p(rng, duration_s, cycle_s, (0.005, 0.02))
    coupling = rng.uniform(0.62, 0.74) * cycle_s
    delay = rng.uniform(0.01, 0.04)
    premature = np.zeros(normal.size, dtype=bool)
    for index in _ectopic_places(rng, normal + pr_s, duration_s):
        pause = rng.uniform(1.02, 1.12) * cycle_s
        shift = normal[index - 1] + coupling - normal[index]
        normal[index] += shift
        normal[index + 1 :] += shift + pause - cycle_s
        premature[index] = True
    beats = tuple(
        Conducted(float(p + pr_s + delay * early), "PAC" if early else "normal", float(pr_s + delay * early))
        for p, early in zip(normal, premature, strict=True)
    )
    return Timeline(beats, normal[~premature], normal[premature])


def premature_ventricular(rng: np.random.Generator, duration_s: float) -> Timeline:
    """Draw sinus rhythm with one to three premature ventricular beats of one origin.

    The sinus node goes on undisturbed; its P wave, hidden in the premature beat, is not conducted. So the
    pause is compensatory: the two intervals around the premature beat are two sinus intervals.
    """
    cycle_s, pr_s = 60 / rng.uniform(58, 84), rng.uniform(0.13, 0.18)
    p_onsets = _sinus_p(rng, duration_s, cycle_s, (0.005, 0.02))
    onsets = p_onsets + pr_s
    coupling = rng.uniform(0.56, 0.66) * cycle_s
    premature = np.zeros(onsets.size, dtype=bool)
    for index in _ectopic_places(rng, onsets, duration_s):
        onsets[index] = onsets[index - 1] + coupling
        premature[index] = True
    beats = tuple(
        Conducted(float(onset), "PVC" if early else "normal", None if early else float(pr_s))
        for onset, early in zip(onsets, premature, strict=True)
    )
    return Timeline(beats, p_onsets, NONE)


def mobitz_one(rng: np.random.Generator, duration_s: float) -> Timeline:
    """Draw Wenckebach's block, 3:2 to 5:4: PR grows, each time by less, until a P wave is not conducted."""
    p_onsets = _sinus_p(rng, duration_s, 60 / rng.uniform(66, 92), (0.0, 0.008))
    waves_in_cycle = int(rng.integers(3, 6))
    place = (np.arange(p_onsets.size) + rng.integers(waves_in_cycle)) % waves_in_cycle
    growth = rng.uniform(0.07, 0.11) * np.cumsum(np.r_[0.0, 0.55 ** np.arange(waves_in_cycle)])
    pr = rng.uniform(0.15, 0.20) + growth[place]
    return _conducted(p_onsets, pr, lost=place == waves_in_cycle - 1)


def mobitz_two(rng: np.random.Generator, duration_s: float) -> Timeline:
    """Draw Mobitz' second type, 3:2 to 5:4: PR stays the same, and a P wave is not conducted."""
    p_onsets = _sinus_p(rng, duration_s, 60 / rng.uniform(66, 92), (0.0, 0.008))
    waves_in_cycle = int(rng.integers(3, 6))
    place = (np.arange(p_onsets.size) + rng.integers(waves_in_cycle)) % waves_in_cycle
    return _conducted(p_onsets, rng.uniform(0.14, 0.20), lost=place == waves_in_cycle - 1)


def complete_block(rng: np.random.Generator, duration_s: float) -> Timeline:
    """Draw third-degree block: the P waves march on, and a slow escape rhythm knows nothing of them.

    Rates of which one is by chance nearly a multiple of the other are drawn again: in ten seconds they would
    look like 2:1 or 3:1 conduction.
    """
    atrial_bpm, escape_bpm = rng.uniform(72, 104), rng.uniform(33, 46)
    while abs(atrial_bpm / escape_bpm - round(atrial_bpm / escape_bpm)) < 0.12:
        atrial_bpm, escape_bpm = rng.uniform(72, 104), rng.uniform(33, 46)
    p_onsets = _sinus_p(rng, duration_s, 60 / atrial_bpm, (0.0, 0.015))
    cycle_s = 60 / escape_bpm
    count = int((duration_s + BEFORE_S + AFTER_S) / cycle_s) + 3
    intervals = cycle_s * (1 + 0.006 * rng.standard_normal(count))
    onsets = np.cumsum(intervals) - BEFORE_S - rng.uniform(0, cycle_s)
    return Timeline(_beats(onsets[onsets < duration_s + AFTER_S], "escape"), p_onsets, NONE)


def _sinus_p(
    rng: np.random.Generator, duration_s: float, cycle_s: float, swing: tuple[float, float]
) -> Array:
    """Draw onsets of P waves: breathing swings the intervals, the rest is small noise."""
    count = int((duration_s + BEFORE_S + AFTER_S) / cycle_s * 1.4) + 4
    breaths_per_s = rng.uniform(0.18, 0.30)
    phase = 2 * np.pi * (breaths_per_s * cycle_s * np.arange(count) + rng.uniform())
    depth = rng.uniform(*swing)
    intervals = cycle_s * (1 + depth * np.sin(phase) + 0.006 * rng.standard_normal(count))
    onsets = np.cumsum(intervals) - BEFORE_S - rng.uniform(0, cycle_s)
    return onsets[onsets < duration_s + AFTER_S]


def _conducted(p_onsets_s: Array, pr_s: Array | float, lost: NDArray[np.bool_] | None = None) -> Timeline:
    """Let each P wave make a beat after `pr_s`, but for those `lost`."""
    pr = np.broadcast_to(pr_s, p_onsets_s.shape)
    kept = np.ones(p_onsets_s.shape, dtype=bool) if lost is None else ~lost
    beats = tuple(
        Conducted(float(onset + delay), "normal", float(delay))
        for onset, delay in zip(p_onsets_s[kept], pr[kept], strict=True)
    )
    return Timeline(beats, p_onsets_s, NONE)


def _beats(onsets_s: Array, kind: BeatType) -> tuple[Conducted, ...]:
    return tuple(Conducted(float(onset), kind, None) for onset in onsets_s)


def _ectopic_places(rng: np.random.Generator, onsets_s: Array, duration_s: float) -> list[int]:
    """Choose one to three beats well inside the record, no two of them neighbours of a neighbour."""
    inside = np.flatnonzero((onsets_s > 1.6) & (onsets_s < duration_s - 1.6))
    wanted = int(rng.integers(1, 2 + int(duration_s / 5)))
    chosen: list[int] = []
    for index in rng.permutation(inside).tolist():
        if len(chosen) < wanted and all(abs(index - other) > 2 for other in chosen):
            chosen.append(index)
    return sorted(chosen)


def _seconds(rng: np.random.Generator, milliseconds: tuple[float, float]) -> float:
    return rng.uniform(*milliseconds) / 1000
