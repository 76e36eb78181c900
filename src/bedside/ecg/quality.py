"""See what a reader of the picture should know of a record's signals: gaps, flat and clipped leads, doubts.

Looks at the whole record. Changes nothing, and knows nothing of files.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bedside.ecg.reading import EcgWarning
from bedside.ecg.reversal import arm_leads_reversed
from bedside.records import LEADS, EcgRecord

__all__ = ["PAGE_S", "assess"]

PAGE_S = 10.0
"""Seconds that a page shows."""

_FLAT_S = 1.0
_HELD_SAMPLES, _HELD_ONE_IN = 10, 200
_EINTHOVEN_MV = 0.05
_IMPLAUSIBLE_MV = 10.0

_Signals = NDArray[np.float64]


@dataclass(frozen=True)
class _Ranges:
    """Of each lead: its lowest and highest sample (NaN where it has none), and how many are missing."""

    low: _Signals
    high: _Signals
    missing: NDArray[np.intp]


@dataclass(frozen=True)
class _Run:
    """Consecutive samples that are alike."""

    start: int
    length: int


def assess(record: EcgRecord) -> tuple[EcgWarning, ...]:
    """Return what is not as it should be in a record's signals.

    Args:
        record: with at least one sample; leads in the order of `EcgRecord`.
    """
    ranges = _ranges(record.signals_mv)
    found = (
        _gaps(record, ranges),
        _derived(record),
        _missing_leads(record),
        _flat(record, ranges),
        _clipped(record, ranges),
        _einthoven(record),
        _reversal(record),
        _length(record),
        _implausible(record, ranges),
    )
    return tuple(warning for warning in found if warning is not None)


def _ranges(signals: _Signals) -> _Ranges:
    low, high = signals.min(axis=1), signals.max(axis=1)
    missing = np.zeros(len(signals), dtype=np.intp)
    for row in np.flatnonzero(np.isnan(low)):  # NaN wins in min and max
        there = signals[row][~np.isnan(signals[row])]
        missing[row] = signals.shape[1] - there.size
        if there.size:
            low[row], high[row] = there.min(), there.max()
    return _Ranges(low, high, missing)


def _gaps(record: EcgRecord, ranges: _Ranges) -> EcgWarning | None:
    rows = np.flatnonzero(ranges.missing)
    if not rows.size:
        return None
    samples = record.signals_mv.shape[1]
    words: list[str] = []
    for row in rows:
        gap = max(_runs(np.isnan(record.signals_mv[row])), key=lambda run: run.length)
        longest = f"longest {gap.length / record.sampling_rate_hz:.3g} s"
        at = f"from {gap.start / record.sampling_rate_hz:.3g} s"
        words.append(f"{record.leads[row]} {ranges.missing[row]} ({longest} {at})")
    return EcgWarning(
        "nan_gap",
        f"samples missing, of {samples}: {', '.join(words)}",
        tuple(record.leads[row] for row in rows),
    )


def _derived(record: EcgRecord) -> EcgWarning | None:
    leads = tuple(lead for lead in record.leads if lead in record.derived)
    if not leads:
        return None
    return EcgWarning(
        "lead_derived", f"not recorded but computed from other leads: {', '.join(leads)}", leads
    )


def _missing_leads(record: EcgRecord) -> EcgWarning | None:
    leads = tuple(lead for lead in LEADS if lead not in record.leads)
    return EcgWarning("lead_missing", f"not recorded: {', '.join(leads)}", leads) if leads else None


def _flat(record: EcgRecord, ranges: _Ranges) -> EcgWarning | None:
    rate = record.sampling_rate_hz
    needed = max(2, int(np.ceil(_FLAT_S * rate - 1e-9)))
    words: list[str] = []
    leads: list[str] = []
    for row in _may_be_flat(record.signals_mv, needed):
        signal = record.signals_mv[row]
        run = _longest_constant(signal)
        if run.length < needed:
            continue
        value = float(signal[run.start])
        leads.append(record.leads[row])
        where = f"from {run.start / rate:.3g} s for {run.length / rate:.3g} s"
        words.append(f"{record.leads[row]} {where} at {value:.4g} mV{_lead_off(value, row, ranges)}")
    return EcgWarning("flat", f"constant: {', '.join(words)}", tuple(leads)) if leads else None


def _lead_off(value: float, row: int, ranges: _Ranges) -> str:
    if value == 0.0:
        return " (electrode off or not connected?)"
    at_end = ranges.low[row] < ranges.high[row] and value in (ranges.low[row], ranges.high[row])
    return " (at the end of its range: electrode off?)" if at_end else ""


def _may_be_flat(signals: _Signals, needed: int) -> NDArray[np.intp]:
    """Return the leads that can have `needed` equal samples in a row, looking at every few samples only."""
    step = max(1, needed // 8)
    points = signals[:, ::step]
    pairs = needed // step - 1
    if points.shape[1] <= pairs:
        return np.array([], dtype=np.intp)
    equal = points[:, 1:] == points[:, :-1]
    rising = np.cumsum(equal, axis=1, dtype=np.int32)
    counts = rising[:, pairs - 1 :].copy()
    counts[:, 1:] -= rising[:, :-pairs]
    return np.flatnonzero((counts == pairs).any(axis=1))


def _longest_constant(signal: _Signals) -> _Run:
    ends = np.append(np.flatnonzero(signal[1:] != signal[:-1]), signal.size - 1)
    lengths = np.diff(ends, prepend=-1)
    longest = int(lengths.argmax())
    return _Run(int(ends[longest] - lengths[longest] + 1), int(lengths[longest]))


def _runs(mask: NDArray[np.bool_]) -> list[_Run]:
    edges = np.flatnonzero(np.diff(mask.astype(np.int8), prepend=0, append=0))
    return [_Run(int(start), int(end - start)) for start, end in edges.reshape(-1, 2)]


def _clipped(record: EcgRecord, ranges: _Ranges) -> EcgWarning | None:
    signals = record.signals_mv
    there = signals.shape[1] - ranges.missing
    words: dict[str, str] = {}
    for extremes, word in ((ranges.low, "lowest"), (ranges.high, "highest")):
        at_extreme = signals == extremes[:, None]
        counts = np.count_nonzero(at_extreme, axis=1)
        often = (counts >= 2) & ((counts * _HELD_ONE_IN >= there) | (counts >= _HELD_SAMPLES))
        for row in np.flatnonzero(often & (ranges.low < ranges.high)):
            longest = max(run.length for run in _runs(at_extreme[row]))
            if longest >= _HELD_SAMPLES or counts[row] * _HELD_ONE_IN >= there[row]:
                lead = record.leads[row]
                text = f"{counts[row]} samples at the {word}, {extremes[row]:.4g} mV ({longest} in a row)"
                words[lead] = f"{words[lead]} and {text}" if lead in words else f"{lead} {text}"
    if not words:
        return None
    leads = tuple(lead for lead in record.leads if lead in words)
    return EcgWarning("clipped", f"held at an extreme: {', '.join(words[lead] for lead in leads)}", leads)


def _einthoven(record: EcgRecord) -> EcgWarning | None:
    """Check Einthoven's law, I + III = II, where all three were recorded."""
    leads = ("I", "II", "III")
    if any(lead not in record.leads or lead in record.derived for lead in leads):
        return None
    first, second, third = (record.signals_mv[record.leads.index(lead)] for lead in leads)
    off = np.abs(first + third - second)
    off = off[~np.isnan(off)]
    if not off.size or (median := float(np.median(off))) <= _EINTHOVEN_MV:
        return None
    return EcgWarning("einthoven", f"I + III differs from II by {median:.3g} mV (median)", leads)


def _reversal(record: EcgRecord) -> EcgWarning | None:
    if not arm_leads_reversed(record):
        return None
    return EcgWarning(
        "lead_reversal",
        "lead I is upside down against V6 in P wave and QRS: the arm electrodes are possibly swapped",
        tuple(lead for lead in ("I", "II", "III", "aVR", "aVL") if lead in record.leads),
    )


def _length(record: EcgRecord) -> EcgWarning | None:
    over = record.signals_mv.shape[1] - PAGE_S * record.sampling_rate_hz
    long = f"the record lasts {record.duration_s:.6g} s"
    if over >= 1.0 - 1e-6:
        return EcgWarning("window_chosen", f"{long}; its first {PAGE_S:g} s are drawn, or those asked for")
    if over <= -1.0 + 1e-6:
        return EcgWarning("short_record", f"{long}, less than the {PAGE_S:g} s of a page")
    return None


def _implausible(record: EcgRecord, ranges: _Ranges) -> EcgWarning | None:
    rows = np.flatnonzero((ranges.low < -_IMPLAUSIBLE_MV) | (ranges.high > _IMPLAUSIBLE_MV))
    if not rows.size:
        return None
    words = [f"{record.leads[row]} {ranges.low[row]:.4g} to {ranges.high[row]:.4g} mV" for row in rows]
    return EcgWarning(
        "amplitude",
        f"beyond ±{_IMPLAUSIBLE_MV:g} mV: {', '.join(words)}",
        tuple(record.leads[row] for row in rows),
    )
