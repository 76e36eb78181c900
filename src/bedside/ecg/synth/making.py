"""Make a record: a subject, a rhythm, samples and their truth.

A rhythm is drawn first, then a subject (torso, loop, T wave, P wave); every beat is the subject's complex at
its time. Last comes the noise. Knows nothing of what a rhythm or a form is made of.
"""

from __future__ import annotations

import difflib
import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bedside.ecg.synth import atria, complexes
from bedside.ecg.synth.complexes import Complex
from bedside.ecg.synth.forms import FORMS
from bedside.ecg.synth.kinds import KINDS, Kind
from bedside.ecg.synth.noise import Noise, add_noise, describe
from bedside.ecg.synth.rhythm import Timeline
from bedside.ecg.synth.torso import dipole_to_independent, twelve_leads
from bedside.ecg.synth.truth import Beat, Truth, rr_intervals
from bedside.ecg.synth.waves import Waves, add_waves
from bedside.errors import DataError
from bedside.records import EcgRecord

__all__ = ["Synthetic", "checked", "synthesize"]

Array = NDArray[np.float64]

QUIET = Noise()
LARGEST_SAMPLES = 10_000_000


@dataclass(frozen=True)
class Synthetic:
    """A synthetic record and what is true of it."""

    record: EcgRecord
    truth: Truth


def synthesize(
    kind: str,
    *,
    rng: np.random.Generator,
    subject_id: str,
    record_name: str,
    duration_s: float = 10.0,
    sampling_rate_hz: float = 500.0,
    noise: Noise | None = QUIET,
) -> Synthetic:
    """Make one 12-lead ECG of a new subject that shows `kind` and nothing else.

    Args:
        kind: one of `KINDS`.
        rng: where every random draw comes from; the same state gives the same samples. The draws do not
            depend on the sampling rate: another rate looks at the same signal at other times.
        subject_id: the subject the record is said to be of.
        record_name: unique name of the record.
        duration_s: length, seconds.
        sampling_rate_hz: samples per second.
        noise: what disturbs the recording; `None` gives the heart alone. The heart is the same either way.

    Raises:
        DataError: `kind` is not one that can be made, or a record of this length or rate cannot show it.
    """
    made = checked(kind, duration_s, sampling_rate_hz)
    timeline = made.rhythm(rng, duration_s)
    heart = _draw_heart(made, timeline, rng)
    independent = heart.matrix @ _dipole(heart, timeline, duration_s, sampling_rate_hz, rng).T
    if noise is not None:
        add_noise(independent, noise, sampling_rate_hz, duration_s, rng)
    record = EcgRecord(
        subject_id=subject_id,
        record_name=record_name,
        signals_mv=twelve_leads(independent),
        sampling_rate_hz=float(sampling_rate_hz),
        source="synthetic",
    )
    return Synthetic(record, _truth(kind, record, heart, timeline, describe(noise)))


@dataclass(frozen=True)
class _Heart:
    """One subject: torso, the usual and the premature ventricular complex, the two kinds of P wave."""

    matrix: Array
    usual: Complex
    premature: Complex | None
    p: Waves
    ectopic_p: Waves
    mean_rr_s: float


def checked(kind: str, duration_s: float, sampling_rate_hz: float) -> Kind:
    """Return what is known of `kind`, or say why such a record cannot be made.

    Raises:
        DataError: the kind is unknown, or cannot be shown at this length and rate.
    """
    made = KINDS.get(kind)
    if made is None:
        near = difflib.get_close_matches(kind, KINDS, n=1, cutoff=0.5)
        hint = f"did you mean {near[0]!r}? " if near else ""
        raise DataError(f"no synthetic ECG shows {kind!r}", fix=f"{hint}choose one of: {', '.join(KINDS)}")
    if not (math.isfinite(sampling_rate_hz) and sampling_rate_hz > 0):
        raise DataError(
            f"a sampling rate of {sampling_rate_hz} Hz cannot be made",
            fix="give a number above 0, for example 500",
        )
    if not (math.isfinite(duration_s) and duration_s >= made.shortest_s):
        raise DataError(
            f"{made.phrase} cannot be shown in {duration_s} s", fix=f"give {made.shortest_s:g} s or more"
        )
    if duration_s * max(sampling_rate_hz, 500.0) > LARGEST_SAMPLES:
        raise DataError(
            f"{duration_s} s at {sampling_rate_hz} Hz are more samples than a synthetic record may hold",
            fix=f"keep duration times rate below {LARGEST_SAMPLES}",
        )
    return made


def _draw_heart(made: Kind, timeline: Timeline, rng: np.random.Generator) -> _Heart:
    matrix = dipole_to_independent(rng)
    mean_rr_s = float(np.mean(np.diff([beat.onset_s for beat in timeline.beats])))
    form = FORMS[made.forms[rng.integers(len(made.forms))]]
    usual = complexes.build(form, matrix, mean_rr_s, rng)
    premature = None
    if made.premature_forms:
        form = FORMS[made.premature_forms[rng.integers(len(made.premature_forms))]]
        premature = complexes.build(form, matrix, mean_rr_s, rng)
    p = atria.p_wave(matrix, rng, size=made.p_size)
    return _Heart(matrix, usual, premature, p, atria.p_wave(matrix, rng, ectopic=True), mean_rr_s)


def _dipole(
    heart: _Heart, timeline: Timeline, duration_s: float, sampling_rate_hz: float, rng: np.random.Generator
) -> Array:
    """Return the heart's dipole, shape (samples, 3), millivolts."""
    samples = max(1, round(duration_s * sampling_rate_hz))
    dipole = np.zeros((samples, 3))
    depth, breaths_per_s, phase = rng.uniform([0.005, 0.18, 0.0], [0.035, 0.30, 2 * np.pi])
    for shape, onsets in _trains(heart, timeline):
        breath = 1 + depth * np.sin(2 * np.pi * breaths_per_s * onsets + phase)
        add_waves(dipole, shape, onsets, breath, sampling_rate_hz)
    times = np.arange(samples) / sampling_rate_hz
    if timeline.atria == "fibrillation":
        dipole += atria.fibrillatory_waves(times, rng)
    elif timeline.atria == "flutter":
        dipole += atria.flutter_waves(times, timeline.cycle_s, rng)
    return dipole


def _trains(heart: _Heart, timeline: Timeline) -> list[tuple[Waves, Array]]:
    """Return every shape with the times at which it comes."""
    usual = np.array([beat.onset_s for beat in timeline.beats if beat.type != "PVC"])
    trains = [
        (heart.usual.qrs, usual),
        (heart.usual.recovery, usual),
        (heart.p, timeline.p_onsets_s),
        (heart.ectopic_p, timeline.ectopic_p_onsets_s),
    ]
    if heart.premature is not None:
        premature = np.array([beat.onset_s for beat in timeline.beats if beat.type == "PVC"])
        trains += [(heart.premature.qrs, premature), (heart.premature.recovery, premature)]
    return [(shape, onsets) for shape, onsets in trains if onsets.size]


def _truth(kind: str, record: EcgRecord, heart: _Heart, timeline: Timeline, noise: str) -> Truth:
    made, end_s = KINDS[kind], record.duration_s
    beats = tuple(beat for beat in _beats(heart, timeline) if 0 <= beat.time_s < end_s)
    p_onsets = np.sort(np.concatenate([timeline.p_onsets_s, timeline.ectopic_p_onsets_s]))
    p_onsets = p_onsets[(p_onsets >= 0) & (p_onsets < end_s)]
    rr = rr_intervals(beats)
    mean_rr_s = heart.mean_rr_s if rr is None else rr.mean_ms / 1000
    pr = [beat.pr_ms for beat in beats if beat.pr_ms is not None and beat.type != "PAC"]
    return Truth(
        record_name=record.record_name,
        kind=kind,
        codes=tuple(sorted(made.codes)),
        phrase=made.phrase,
        heart_rate_bpm=None if rr is None else 60 / mean_rr_s,
        rr=rr,
        atrial_rate_bpm=_atrial_rate_bpm(timeline, p_onsets),
        pr_ms=float(np.mean(pr)) if pr and np.ptp(pr) <= 20 else None,
        qrs_ms=heart.usual.qrs_s * 1000,
        qt_ms=heart.usual.qt_s * 1000,
        qtc_ms=heart.usual.qt_s / mean_rr_s**0.5 * 1000,
        axis_deg=heart.usual.axis_deg,
        beats=beats,
        p_onsets_s=tuple(p_onsets.tolist()),
        noise=noise,
    )


def _beats(heart: _Heart, timeline: Timeline) -> list[Beat]:
    """Return all beats of the timeline with the times of their R."""
    beats: list[Beat] = []
    for beat in timeline.beats:
        shape = heart.premature if beat.type == "PVC" and heart.premature is not None else heart.usual
        pr_ms = None if beat.pr_s is None else beat.pr_s * 1000
        beats.append(Beat(beat.onset_s + shape.r_s, beat.type, pr_ms))
    return beats


def _atrial_rate_bpm(timeline: Timeline, p_onsets_s: Array) -> float | None:
    if timeline.atria == "flutter":
        return 60 / timeline.cycle_s
    return 60 / float(np.mean(np.diff(p_onsets_s))) if p_onsets_s.size > 1 else None
