"""One subject's ventricular complex: a form of `forms`, turned, scaled and stretched, and measured.

Definitions, on the noise-free complex over all twelve leads:

* QRS begins where its waves first reach 0.02 mV in any lead, and ends where they last do (the smallest wave
  that counts is 20 µV: CSE Working Party, Eur Heart J 6:815, 1985). Time 0 of a complex is its QRS onset.
* R is where the dipole of QRS is longest.
* T ends where the steepest tangent behind its peak meets the zero line, in the lead that is highest there
  (Lepeschkin and Surawicz 1952; AHA/ACCF/HRS part IV, J Am Coll Cardiol 53:982, 2009).
* The frontal axis comes from the net areas of I and III between QRS onset and end, an injury current that is
  there already included: atan2((I + 2 III)/√3, I).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bedside.ecg.synth.forms import Form
from bedside.ecg.synth.torso import twelve_leads
from bedside.ecg.synth.waves import Waves, waves
from bedside.records import LEADS

__all__ = ["QRS_THRESHOLD_MV", "Complex", "build", "extent_s"]

Array = NDArray[np.float64]

QRS_THRESHOLD_MV = 0.02
STEP_S = 0.001
LARGEST_SOKOLOW_MV = 3.3
"""S in V1 + the larger R of V5 and V6, of forms that are no hypertrophy: breath and noise leave it below the
3.5 mV of Sokolow and Lyon (1949)."""
BROAD_QRS_MS = 120.0
"""From here on that criterion is not asked."""
SPIKE_WIDTH_MS = 2.0
"""A stimulus of half a millisecond, as a recorder with 150 Hz bandwidth shows it."""
SPIKE_LEAD_MS = 12.0
"""From the stimulus to the first QRS wave that can be seen."""


@dataclass(frozen=True)
class Complex:
    """The ventricles' part of one kind of beat; time 0 is the QRS onset.

    Attributes:
        qrs: waves of QRS, with the pacemaker's stimulus where there is one.
        recovery: ST segment and T wave.
        r_s: time of R.
        qrs_s: QRS duration.
        qt_s: from QRS onset to the end of T.
        axis_deg: frontal axis, above −180 up to 180.
    """

    qrs: Waves
    recovery: Waves
    r_s: float
    qrs_s: float
    qt_s: float
    axis_deg: float


def build(form: Form, matrix: Array, rr_s: float, rng: np.random.Generator) -> Complex:
    """Draw one subject's complex of a form.

    Args:
        form: what it looks like.
        matrix: the subject's torso, from the dipole to the independent leads, shape (8, 3).
        rr_s: mean RR interval, which QT follows (Bazett: QT = QTc √RR).
        rng: source of every draw.
    """
    loop = _jittered(waves(form.loop), rng)
    if form.axis_deg is not None:
        low, likely, high = form.axis_deg
        loop = _turned(loop, matrix, rng.triangular(low, likely, high))
    loop = _scaled(
        loop, form, matrix, rng.triangular(form.voltage_mv[0], sum(form.voltage_mv) / 2, form.voltage_mv[1])
    )
    first, last = extent_s(loop, matrix, QRS_THRESHOLD_MV)
    qrs_s = rng.uniform(*form.qrs_ms) / 1000
    stretch = qrs_s / (last - first)
    qrs = loop.moved(-first).stretched(stretch)
    recovery, t = _recovery(form, qrs_s, rng.uniform(*form.qtc_ms) / 1000 * rr_s**0.5, rng)
    r_s, axis_deg = _r_time_s(qrs), _axis_deg(qrs.joined(recovery), qrs_s, matrix)
    if form.spike_mv is not None:
        qrs = qrs.joined(waves([(-SPIKE_LEAD_MS, SPIKE_WIDTH_MS, *form.spike_mv)]))
    return Complex(qrs, recovery, r_s, qrs_s, _t_end_s(recovery, t, matrix), axis_deg)


def extent_s(shape: Waves, matrix: Array, threshold_mv: float) -> tuple[float, float]:
    """Return when `shape` first and last reaches `threshold_mv` in any of the twelve leads, seconds."""
    times = _grid(shape)
    size = np.abs(_leads(shape, matrix, times)).max(axis=0)
    above = np.flatnonzero(size >= threshold_mv)
    return _crossing(times, size, above[0] - 1, threshold_mv), _crossing(times, size, above[-1], threshold_mv)


def _crossing(times_s: Array, values: Array, index: int, threshold: float) -> float:
    """Interpolate where `values` crosses `threshold` between `index` and the next sample."""
    share = (threshold - values[index]) / (values[index + 1] - values[index])
    return float(times_s[index] + share * (times_s[index + 1] - times_s[index]))


def _grid(shape: Waves) -> Array:
    first_s, last_s = shape.span_s
    return np.arange(first_s, last_s, STEP_S)


def _leads(shape: Waves, matrix: Array, times_s: Array) -> Array:
    return twelve_leads(matrix @ shape.at(times_s).T)


def _jittered(loop: Waves, rng: np.random.Generator) -> Waves:
    """Make the loop this subject's own: sizes of its waves, depth of the chest, turn about the long axis."""
    sizes = rng.triangular(0.75, 1, 1.25, loop.vectors_mv.shape)
    sizes[:, 2] *= np.exp(rng.triangular(-0.4, 0, 0.4))
    angle = np.deg2rad(rng.triangular(-16, 0, 16))
    cos, sin = np.cos(angle), np.sin(angle)
    turn = np.array([[cos, 0, sin], [0, 1, 0], [-sin, 0, cos]])
    return loop.pointing(loop.vectors_mv * sizes @ turn)


def _turned(loop: Waves, matrix: Array, axis_deg: float) -> Waves:
    """Turn the loop in the frontal plane until its axis is `axis_deg`."""
    frontal = matrix[:2, :2]
    wanted = np.deg2rad(axis_deg)
    # The areas of I and II that have this axis, then the dipole in the frontal plane that makes them.
    areas = np.array([np.cos(wanted), (np.cos(wanted) + np.sqrt(3) * np.sin(wanted)) / 2])
    for _ in range(2):
        widths = (loop.rises_s + loop.falls_s) / 2
        now = widths @ loop.vectors_mv
        aim = np.linalg.solve(frontal, areas * np.hypot(now[0], now[1]) - matrix[:2, 2] * now[2])
        angle = np.arctan2(aim[1], aim[0]) - np.arctan2(now[1], now[0])
        cos, sin = np.cos(angle), np.sin(angle)
        turn = np.array([[cos, sin, 0], [-sin, cos, 0], [0, 0, 1]])
        loop = loop.pointing(loop.vectors_mv @ turn)
    return loop


def _scaled(loop: Waves, form: Form, matrix: Array, target_mv: float) -> Waves:
    """Scale the loop until the voltage the form speaks of is `target_mv`, or less where that would be LVH."""
    dipole = loop.at(_grid(loop))
    leads = dict(zip(LEADS, twelve_leads(matrix @ dipole.T), strict=True))
    sokolow = -leads["V1"].min() + max(leads["V5"].max(), leads["V6"].max())
    if form.voltage == "vector":
        size = np.linalg.norm(dipole, axis=1).max()
        if form.qrs_ms[0] < BROAD_QRS_MS:
            size = max(size, sokolow * target_mv / LARGEST_SOKOLOW_MV)
    elif form.voltage == "sokolow":
        size = sokolow
    else:
        swing = {name: np.ptp(lead) for name, lead in leads.items()}
        size = max(value * (1 if name[0] == "V" else 2) for name, value in swing.items())
    return loop.pointing(loop.vectors_mv * (target_mv / size))


def _recovery(form: Form, qrs_s: float, qt_s: float, rng: np.random.Generator) -> tuple[Waves, Waves]:
    """Draw ST segment and T wave together, and the T wave alone."""
    apex = rng.uniform(*form.t_apex)
    size = rng.uniform(*form.t_size) * rng.triangular(0.65, 1, 1.35, 3)
    t = Waves(
        np.array([apex * qt_s]),
        np.array([apex * qt_s]),
        np.array([rng.uniform(*form.t_rise) * qt_s]),
        np.array(
            [(1 - apex) / 2 * qt_s]
        ),  # a Gaussian's steepest tangent ends two deviations behind its peak
        np.array([form.t_mv]) * size,
    )
    room_s = max(apex * qt_s - qrs_s, 0.06)
    st = Waves(
        np.array([qrs_s - 0.004]),
        np.array([qrs_s + 0.45 * room_s]),
        np.array([0.011]),
        np.array([0.30 * room_s]),
        np.array([form.st_mv]) * rng.uniform(*form.st_size),
    )
    return st.joined(t), t


def _t_end_s(recovery: Waves, t: Waves, matrix: Array) -> float:
    """Return where the tangent of the T wave that is largest at its apex meets zero."""
    times = _grid(recovery)
    lead = int(np.argmax(np.abs(_leads(recovery, matrix, t.stops_s)[:, 0])))
    values = _leads(recovery, matrix, times)[lead]
    slopes = np.gradient(values, STEP_S)
    behind = np.flatnonzero(times > t.stops_s[0])
    steepest = behind[int(np.argmax(-slopes[behind] * np.sign(values[behind[0]])))]
    return float(times[steepest] - values[steepest] / slopes[steepest])


def _r_time_s(qrs: Waves) -> float:
    times = _grid(qrs)
    size = np.linalg.norm(qrs.at(times), axis=1)
    return float(times[np.argmax(size)])


def _axis_deg(beat: Waves, qrs_s: float, matrix: Array) -> float:
    times = np.arange(0.0, qrs_s, STEP_S)
    lead_i, _, lead_iii = _leads(beat, matrix, times).sum(axis=1)[:3]
    return float(np.degrees(np.arctan2((lead_i + 2 * lead_iii) / np.sqrt(3), lead_i)))
