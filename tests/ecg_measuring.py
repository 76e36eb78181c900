"""Measure an ECG without knowing how it was made: what tests of synthetic ECGs hold against their truth.

Everything comes from the twelve leads of a record without noise, by thresholds on amplitude and steepness.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bedside.records import LEADS, EcgRecord

QRS_STEEPNESS = 6.0
"""mV/s that only QRS reaches for long: P stays below 5 in the steepest lead, T of usual height below 10."""

REACH_S = 0.14
"""How far from R a QRS complex may reach."""


@dataclass(frozen=True)
class Measured:
    """One beat: sample indices, and the leads against the level before QRS."""

    onset: int
    offset: int
    leads: dict[str, np.ndarray]
    rate: float

    @property
    def qrs_ms(self) -> float:
        return (self.offset - self.onset) / self.rate * 1000

    def qrs(self, name: str) -> np.ndarray:
        return self.leads[name][self.onset : self.offset + 1]

    def at(self, name: str, after_j_s: float) -> float:
        """Level of a lead so long after the J point, mV."""
        return float(self.leads[name][self.offset + round(after_j_s * self.rate)])

    def r_mv(self, name: str) -> float:
        return float(max(self.qrs(name).max(), 0.0))

    def s_mv(self, name: str) -> float:
        return float(max(-self.qrs(name).min(), 0.0))

    def t_mv(self, name: str, qt_s: float = 0.42) -> float:
        """Largest swing between 0.06 s behind QRS and `qt_s`, with its sign."""
        stop = self.onset + round(qt_s * self.rate)
        part = self.leads[name][self.offset + round(0.06 * self.rate) : stop]
        return float(part[np.argmax(np.abs(part))])

    @property
    def axis_deg(self) -> float:
        """Angle of the net areas of QRS in I and aVF; aVF is a Goldberger lead and counts 2/√3."""
        area = {name: self.qrs(name).sum() for name in ("I", "aVF")}
        return float(np.degrees(np.arctan2(2 / np.sqrt(3) * area["aVF"], area["I"])))


def lead(record: EcgRecord, name: str) -> np.ndarray:
    return record.signals_mv[record.leads.index(name)]


def steepness(record: EcgRecord) -> np.ndarray:
    """Largest |slope| over the twelve leads, mV/s, smoothed over 6 ms."""
    slope = np.abs(np.gradient(record.signals_mv, 1 / record.sampling_rate_hz, axis=1)).max(axis=0)
    width = max(1, round(0.006 * record.sampling_rate_hz))
    return np.convolve(slope, np.ones(width) / width, "same")


def beat_times_s(record: EcgRecord) -> np.ndarray:
    """Find the QRS complexes: where the leads together swing most within 100 ms."""
    rate = record.sampling_rate_hz
    energy = np.convolve(
        (np.diff(record.signals_mv, axis=1) ** 2).sum(axis=0), np.ones(round(0.1 * rate)), "same"
    )
    above = energy > 0.2 * np.quantile(energy, 0.93)
    edges = np.flatnonzero(np.diff(np.concatenate([[0], above.astype(int), [0]])))
    length = np.linalg.norm(record.signals_mv[[0, 1, 6, 7, 10]], axis=0)
    return np.array([first + np.argmax(length[first:last]) for first, last in edges.reshape(-1, 2)]) / rate


def measure_beat(
    record: EcgRecord, time_s: float, *, limit: float = QRS_STEEPNESS, pause_s: float = 0.016
) -> Measured:
    """Delineate the beat around `time_s`: QRS is steeper than `limit` mV/s, with pauses below `pause_s`."""
    rate = record.sampling_rate_hz
    center = round(time_s * rate)
    steep = steepness(record)
    first = max(center - round(REACH_S * rate), 0)
    window = steep[first : center + round(REACH_S * rate)] > limit
    onset = offset = center - first
    gap = round(pause_s * rate)
    while onset > 0 and window[max(onset - gap, 0) : onset].any():
        onset -= 1
    while offset < window.size - 1 and window[offset + 1 : offset + 1 + gap].any():
        offset += 1
    onset, offset = first + onset, first + offset
    base = record.signals_mv[:, onset - round(0.012 * rate)]
    leads = dict(zip(LEADS, record.signals_mv - base[:, None], strict=True))
    return Measured(onset, offset, leads, rate)


def t_end_s(record: EcgRecord, beat: Measured) -> float:
    """Time of the end of T: tangent at its steepest fall in the lead with the largest T, against 0 mV.

    Looked for from 0.1 s behind QRS on, where an ST shift has begun to go.
    """
    part = np.abs(
        record.signals_mv[:, beat.offset + round(0.1 * beat.rate) : beat.onset + round(0.55 * beat.rate)]
    )
    row, place = np.unravel_index(np.argmax(part), part.shape)
    signal = record.signals_mv[row]
    peak = beat.offset + round(0.1 * beat.rate) + int(place)
    slope = np.gradient(signal, 1 / beat.rate)
    fall = peak + int(np.argmax(-np.sign(signal[peak]) * slope[peak : peak + round(0.16 * beat.rate)]))
    return fall / beat.rate - signal[fall] / slope[fall]


def p_onset_s(record: EcgRecord, beat: Measured, *, before_s: float) -> float:
    """Time at which the wave before QRS first reaches 0.01 mV in any lead, looking back `before_s`."""
    first = beat.onset - round(before_s * beat.rate)
    size = np.abs(record.signals_mv[:, first : beat.onset]).max(axis=0)
    return (first + int(np.argmax(size >= 0.01))) / beat.rate


def inner(times_s: np.ndarray, record: EcgRecord, margin_s: float = 0.7) -> list[float]:
    """Return the beats that lie well inside the record."""
    return [float(time) for time in times_s if margin_s < time < record.duration_s - margin_s]
