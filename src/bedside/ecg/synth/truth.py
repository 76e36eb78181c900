"""What a synthetic record shows, exactly; said, not measured again.

How onsets, ends, R and the axis are defined stands in `complexes` and `atria`. Knows nothing of samples.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

import numpy as np

from bedside.ecg.synth.rhythm import BeatType

__all__ = ["Beat", "RrIntervals", "Truth", "rr_intervals", "truth_line"]


@dataclass(frozen=True)
class Beat:
    """One ventricular beat.

    Attributes:
        time_s: of its R, from the start of the record.
        type: where it comes from.
        pr_ms: from the onset of the P wave that made it to its QRS onset; `None` where none did.
    """

    time_s: float
    type: BeatType
    pr_ms: float | None


@dataclass(frozen=True)
class RrIntervals:
    """The intervals between the beats of the record, milliseconds; sd divides by their number."""

    count: int
    mean_ms: float
    sd_ms: float
    min_ms: float
    max_ms: float


@dataclass(frozen=True)
class Truth:
    """What is true of a record by construction.

    Attributes:
        record_name: of the record.
        kind: a name of `KINDS`.
        codes: SCP statements present, sorted.
        phrase: the finding in English.
        heart_rate_bpm: 60 s over the mean RR interval inside the record; `None` with fewer than two beats.
        rr: all its RR intervals; `None` with fewer than two beats.
        atrial_rate_bpm: of the P or flutter waves; `None` where they are not regular (fibrillation).
        pr_ms: PR interval of the conducted normal or paced beats, where they agree within 20 ms; else `None`.
        qrs_ms, qt_ms, axis_deg: of the beats that are not premature.
        qtc_ms: QT after Bazett, QT / √(RR / 1 s), at the mean RR interval inside the record; with fewer than
            two beats there at that of the rhythm.
        beats: every beat whose R is inside the record.
        p_onsets_s: onset of every P wave inside the record, conducted or not.
        noise: what disturbs the record, in words.
    """

    record_name: str
    kind: str
    codes: tuple[str, ...]
    phrase: str
    heart_rate_bpm: float | None
    rr: RrIntervals | None
    atrial_rate_bpm: float | None
    pr_ms: float | None
    qrs_ms: float
    qt_ms: float
    qtc_ms: float
    axis_deg: float
    beats: tuple[Beat, ...]
    p_onsets_s: tuple[float, ...]
    noise: str


def rr_intervals(beats: tuple[Beat, ...]) -> RrIntervals | None:
    """Return the statistics of the intervals between `beats`; `None` with fewer than two."""
    if len(beats) < 2:
        return None
    intervals = np.diff([beat.time_s for beat in beats]) * 1000
    return RrIntervals(
        intervals.size,
        float(intervals.mean()),
        float(intervals.std()),
        float(intervals.min()),
        float(intervals.max()),
    )


def truth_line(truth: Truth) -> str:
    """Return `truth` as one line of JSON, keys sorted, times rounded to a microsecond."""
    return json.dumps(_rounded(asdict(truth)), sort_keys=True, ensure_ascii=False)


def _rounded(value: object) -> object:
    if isinstance(value, float):
        return round(value, 6)
    if isinstance(value, dict):
        return {key: _rounded(part) for key, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [_rounded(part) for part in value]
    return value
