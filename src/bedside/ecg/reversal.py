"""Suspect that the electrodes of the two arms were swapped.

Swapped arm electrodes turn lead I upside down and exchange II with III and aVR with aVL; the chest leads stay
as they are. So lead I, whose P wave and QRS otherwise point where those of V6 do, becomes the inverse of V6
(Batchvarov, Malik and Camm, Europace 2007;9:1081–1090). Both waves have to be inverted: a right axis turns
the QRS of lead I alone. V6 has to show an upright QRS: in dextrocardia it does not. Where aVR is upright too
and the QRS of lead I is the very inverse of that of V6, a small P wave is enough; where a vertical heart
keeps aVR negative, the P wave has to be plain. Says nothing of the other ways to swap electrodes, and nothing
where there is no P wave.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from bedside.records import EcgRecord

__all__ = ["arm_leads_reversed"]

_LOOKED_AT_S = 10.0
_LEAST_BEATS = 3
_BEFORE_S, _AFTER_S = 0.30, 0.10
_QRS_S = 0.06
_P_FROM_S, _P_TO_S = 0.24, 0.07
_LEAST_QRS_MV, _LEAST_P_MV = 0.2, 0.03
_DOMINANT = 1.5
_VERY_INVERSE_QRS, _HARDLY_INVERSE_P = -0.9, -0.3
_INVERSE_QRS, _INVERSE_P = -0.8, -0.7
"""Correlations of lead I with V6 over the QRS and over the P wave."""

_Signal = NDArray[np.float64]


def arm_leads_reversed(record: EcgRecord) -> bool:
    """Tell whether the arm electrodes were possibly swapped."""
    if any(lead not in record.leads for lead in ("I", "aVR", "V6")):
        return False
    rate = record.sampling_rate_hz
    samples = int(_LOOKED_AT_S * rate)
    first, right_arm, chest = (
        record.signals_mv[record.leads.index(lead), :samples] for lead in ("I", "aVR", "V6")
    )
    if rate < 50.0 or not _move_oppositely(first, chest):
        return False
    beats = _beats(np.abs(np.diff(first)) + np.abs(np.diff(chest)), rate)
    if beats.size < _LEAST_BEATS:
        return False
    typical = [_typical(signal, beats, rate) for signal in (first, right_arm, chest)]
    return _inverse(typical[0], typical[1], typical[2], rate)


def _move_oppositely(first: _Signal, chest: _Signal) -> bool:
    """Tell quickly whether the leads move rather against than with each other; not so where samples miss."""
    return float(np.dot(np.diff(first), np.diff(chest))) < 0.0


def _beats(slope: _Signal, rate: float) -> NDArray[np.intp]:
    """Return where QRS complexes are: the middles of the steepest stretches, a quarter of a second apart."""
    width = max(1, round(0.08 * rate))
    steep = np.convolve(slope, np.ones(width), mode="same")
    limit = 0.4 * float(np.quantile(steep, 0.98))
    apart = int(0.25 * rate)
    found: list[int] = []
    for start, end in _stretches(steep > limit):
        middle = start + int(steep[start:end].argmax())
        if found and middle - found[-1] < apart:
            if steep[middle] > steep[found[-1]]:
                found[-1] = middle
        else:
            found.append(middle)
    first, last = int(_BEFORE_S * rate) + 1, slope.size - int(_AFTER_S * rate) - 1
    return np.array([middle for middle in found if first <= middle < last], dtype=np.intp)


def _stretches(mask: NDArray[np.bool_]) -> list[tuple[int, int]]:
    edges = np.flatnonzero(np.diff(mask.astype(np.int8), prepend=0, append=0))
    return [(int(start), int(end)) for start, end in edges.reshape(-1, 2)]


def _typical(signal: _Signal, beats: NDArray[np.intp], rate: float) -> _Signal:
    """Return the median beat from 0.30 s before the QRS to 0.10 s after it, its PQ level at 0 mV."""
    window = np.arange(-int(_BEFORE_S * rate), int(_AFTER_S * rate) + 1)
    beat = np.median(signal[beats[:, None] + window], axis=0)
    level = np.median(_part(beat, rate, _P_TO_S, _QRS_S))
    return beat - level


def _part(beat: _Signal, rate: float, begin_s: float, end_s: float) -> _Signal:
    """Return a beat from `begin_s` before its middle to `end_s` before it (negative: after it)."""
    middle = int(_BEFORE_S * rate)
    return beat[middle - round(begin_s * rate) : middle - round(end_s * rate) + 1]


def _inverse(first: _Signal, right_arm: _Signal, chest: _Signal, rate: float) -> bool:
    qrs = [_part(beat, rate, _QRS_S, -_QRS_S) for beat in (first, right_arm, chest)]
    atrial = [_part(beat, rate, _P_FROM_S, _P_TO_S) for beat in (first, chest)]
    if not (_points_up(-qrs[0], _LEAST_QRS_MV, 1.0) and _points_up(qrs[2], _LEAST_QRS_MV, _DOMINANT)):
        return False
    ventricular, of_p = _correlation(qrs[0], qrs[2]), _correlation(*atrial)
    if ventricular <= _VERY_INVERSE_QRS and _points_up(qrs[1], 0.0, 1.0):
        return of_p <= _HARDLY_INVERSE_P
    is_plain = _points_up(-atrial[0], _LEAST_P_MV, _DOMINANT)
    return is_plain and ventricular <= _INVERSE_QRS and of_p <= _INVERSE_P


def _points_up(wave: _Signal, least_mv: float, times: float) -> bool:
    """Tell whether a wave rises at least so far, and so many times farther than it falls."""
    return bool(wave.max() >= least_mv and wave.max() >= -times * wave.min())


def _correlation(one: _Signal, other: _Signal) -> float:
    one, other = one - one.mean(), other - other.mean()
    size = float(np.sqrt(np.dot(one, one) * np.dot(other, other)))
    return float(np.dot(one, other)) / size if size > 0.0 else 0.0
