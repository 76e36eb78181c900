"""One subject's raw observation, as read from a device.

Knows shapes and units only: nothing about files, pictures or words.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

__all__ = ["LEADS", "EcgRecord", "Signal", "VitalsRecord"]

LEADS = ("I", "II", "III", "aVR", "aVL", "aVF", "V1", "V2", "V3", "V4", "V5", "V6")
"""The twelve standard leads in the order in which every `EcgRecord` made by bedside holds them."""


@dataclass(frozen=True)
class EcgRecord:
    """A 12-lead ECG (fewer leads where a device recorded fewer).

    Attributes:
        subject_id: the patient; records of one patient share it and never straddle a split.
        record_name: unique name of this recording.
        signals_mv: float array, shape (leads, samples), millivolts; NaN where nothing was recorded.
        sampling_rate_hz: samples per second.
        leads: lead names in the row order of `signals_mv`.
        findings: the findings known to be present (exact for synthetic records, codes for real ones).
        source: where the record came from, for example `synthetic`.
    """

    subject_id: str
    record_name: str
    signals_mv: NDArray[np.float64]
    sampling_rate_hz: float
    leads: tuple[str, ...] = LEADS
    findings: frozenset[str] = frozenset()
    source: str = "unknown"


@dataclass(frozen=True)
class Signal:
    """One vital sign over time.

    Attributes:
        name: canonical name: `heart_rate`, `pulse`, `resp_rate`, `spo2`, `nbp_sys`, `pvc_count`, …
        unit: `bpm`, `1/min`, `%`, `mmHg`, `count`, …
        values: float array, shape (rows,); NaN where nothing was recorded or the value was excluded.
    """

    name: str
    unit: str
    values: NDArray[np.float64]


@dataclass(frozen=True)
class VitalsRecord:
    """Vital signs of one subject on a regular clock with gaps.

    Attributes:
        subject_id: the patient or participant.
        record_name: unique name of this recording, usually the file's stem.
        cohort: `adult`, `adolescent`, `child` or `neonate`.
        interval_s: seconds between consecutive clock ticks.
        interval_evidence: how `interval_s` was found, in words.
        ticks: int array, shape (rows,), clock tick of each row; strictly increasing; time in seconds is
            `ticks * interval_s`. A jump larger than one is a gap.
        signals: the signals by canonical name, each with as many values as `ticks`.
        demographics: what is known of the subject (`age_years`, `sex`, …), empty where nothing is.
        source: the file it was read from, without folder, or `synthetic`.
    """

    subject_id: str
    record_name: str
    cohort: str
    interval_s: float
    interval_evidence: str
    ticks: NDArray[np.int64]
    signals: dict[str, Signal]
    demographics: dict[str, str | float] = field(default_factory=dict[str, str | float])
    source: str = "unknown"

    @property
    def span_s(self) -> float:
        """Seconds from the first row to the end of the last one, gaps included."""
        if self.ticks.size == 0:
            return 0.0
        return float(self.ticks[-1] - self.ticks[0] + 1) * self.interval_s
