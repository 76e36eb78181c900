"""Sum up an ECG that was read: what `bedside ecg show --json` prints.

Figures are over the samples that are there. Knows no file formats and draws nothing.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from bedside.ecg.reading import EcgReading, WarningCode
from bedside.records import LEADS

__all__ = ["EcgSummary", "LeadSummary", "WarningSummary", "summarize"]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class LeadSummary(_Frozen):
    """One lead; the figures are `None` where it holds no sample."""

    min_mv: float | None
    max_mv: float | None
    mean_mv: float | None
    missing_samples: int
    derived: bool
    flags: tuple[WarningCode, ...]


class WarningSummary(_Frozen):
    """One thing that is not as it should be."""

    code: WarningCode
    message: str


class EcgSummary(_Frozen):
    """A recording at a glance."""

    record: str
    format: str
    sampling_rate_hz: float
    duration_s: float
    leads: dict[str, LeadSummary]
    missing_leads: tuple[str, ...]
    warnings: tuple[WarningSummary, ...]


def summarize(reading: EcgReading) -> dict[str, Any]:
    """Return the summary of a reading as JSON values."""
    record = reading.record
    leads = {
        name: _lead(signal, derived=name in record.derived, flags=_flags(reading, name))
        for name, signal in zip(record.leads, record.signals_mv, strict=True)
    }
    summary = EcgSummary(
        record=record.record_name,
        format=reading.format,
        sampling_rate_hz=record.sampling_rate_hz,
        duration_s=record.duration_s,
        leads=leads,
        missing_leads=tuple(name for name in LEADS if name not in record.leads),
        warnings=tuple(WarningSummary(code=each.code, message=each.message) for each in reading.warnings),
    )
    return summary.model_dump(mode="json")


def _flags(reading: EcgReading, lead: str) -> tuple[WarningCode, ...]:
    return tuple(dict.fromkeys(warning.code for warning in reading.warnings if lead in warning.leads))


def _lead(signal: NDArray[np.float64], *, derived: bool, flags: tuple[WarningCode, ...]) -> LeadSummary:
    there = signal[~np.isnan(signal)]
    return LeadSummary(
        min_mv=float(there.min()) if there.size else None,
        max_mv=float(there.max()) if there.size else None,
        mean_mv=float(there.mean()) if there.size else None,
        missing_samples=signal.size - there.size,
        derived=derived,
        flags=flags,
    )
