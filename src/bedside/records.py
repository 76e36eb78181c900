"""One subject's raw observation, as read from a device.

Knows shapes and units only: nothing about files, pictures or words.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

__all__ = ["LEADS", "EcgRecord", "VitalsHeader", "VitalsRecord", "VitalsRows"]

LEADS = ("I", "II", "III", "aVR", "aVL", "aVF", "V1", "V2", "V3", "V4", "V5", "V6")
"""The twelve standard leads in the order in which every `EcgRecord` made by bedside holds them."""


@dataclass(frozen=True)
class EcgRecord:
    """A 12-lead ECG (fewer leads where a device recorded fewer, more where it recorded others too).

    Attributes:
        subject_id: the patient; records of one patient share it and never straddle a split.
        record_name: unique name of this recording.
        signals_mv: float array, shape (leads, samples), millivolts; NaN where nothing was recorded.
        sampling_rate_hz: samples per second.
        leads: lead names in the row order of `signals_mv`: those of `LEADS` that are known, in that order,
            then others under the name that the file gives them.
        derived: leads that were not recorded but computed from others.
        source: where the record came from, for example `ptb-xl` or `synthetic`.
    """

    subject_id: str
    record_name: str
    signals_mv: NDArray[np.float64]
    sampling_rate_hz: float
    leads: tuple[str, ...] = LEADS
    derived: frozenset[str] = frozenset()
    source: str = "unknown"

    @property
    def duration_s(self) -> float:
        """Seconds from the first sample to the end of the last one."""
        return self.signals_mv.shape[1] / self.sampling_rate_hz


@dataclass(frozen=True)
class VitalsHeader:
    """What is known of a vital-signs recording before its rows are read.

    Attributes:
        subject_id: the patient or participant.
        record_name: unique name of this recording, usually the file's stem.
        cohort: `adult`, `adolescent`, `child`, `infant`, `neonate` or `unknown`.
        interval_s: seconds between consecutive clock ticks.
        interval_evidence: how `interval_s` was found, in words.
        demographics: what is known of the subject (`age_years`, `sex`, …), empty where nothing is.
        clock_known: tick 0 is midnight of the first day, so that the time of day of every row is known.
        worn: a wearable recorded it, so that the subject's activity is not known.
        source: the file it was read from, without folder, or `synthetic`.
    """

    subject_id: str
    record_name: str
    cohort: str
    interval_s: float
    interval_evidence: str
    demographics: Mapping[str, str | float] = field(default_factory=dict[str, str | float])
    clock_known: bool = False
    worn: bool = False
    source: str = "unknown"


@dataclass(frozen=True)
class VitalsRows:
    """Consecutive rows of a vital-signs recording: a large one is read in several such batches.

    Attributes:
        ticks: int array, shape (rows,), clock tick of each row; strictly increasing, over all batches too;
            time in seconds is `ticks * interval_s`. A jump larger than one is a gap.
        signals: float arrays, shape (rows,), by canonical name; NaN where nothing was recorded. Every batch
            of a recording has the same names.
    """

    ticks: NDArray[np.int64]
    signals: Mapping[str, NDArray[np.float64]]


@dataclass(frozen=True)
class VitalsRecord:
    """Vital signs of one subject on a regular clock with gaps: a header, and all rows at once."""

    header: VitalsHeader
    rows: VitalsRows

    @property
    def span_s(self) -> float:
        """Seconds from the first row to the end of the last one, gaps included."""
        ticks = self.rows.ticks
        return float(ticks[-1] - ticks[0] + 1) * self.header.interval_s if ticks.size else 0.0
