"""The rows of `records.jsonl`: every figure behind one text, as data.

What could not be measured is an object with `status` and `reason`, never a zero and never a missing key. The
JSON Schema of a row is shipped as `schemas/records.schema.json`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from bedside.vitals import figures as f

__all__ = ["NotAssessedEntry", "Row", "SignalEntry", "row_of"]


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class NotAssessedEntry(_Strict):
    """A figure that could not be measured, and why."""

    status: Literal["not assessed"] = "not assessed"
    reason: str


Share = float | NotAssessedEntry
Count = int | NotAssessedEntry


class SignalEntry(_Strict):
    """The valid readings of one signal; `sd` is that of the population (ddof 0)."""

    unit: str
    n: Count
    mean: float
    sd: Share
    median: Share
    p05: Share
    p95: Share
    min: Share
    max: Share
    excluded: dict[str, int] = Field(description="readings that cannot be true, by reason")
    converted: int = Field(default=0, description="readings that were given in degrees Fahrenheit")


class BurdenEntry(_Strict):
    """Shares of valid readings in per cent; `hr_range` names the age band that low and high refer to."""

    hr_range: str | NotAssessedEntry
    hr_low_percent: Share
    hr_high_percent: Share
    spo2_below_90_percent: Share
    spo2_below_85_percent: Share
    hr_pulse_disagreement_percent: Share


class EctopyEntry(_Strict):
    """Premature and paced beats of the minutes that the monitor's ECG analysis covered."""

    analysed_minutes: Count
    beats: int
    pvc_count: Count
    pvc_per_hour: Share
    pvc_percent: Share
    svpb_count: Count
    svpb_per_hour: Share
    svpb_percent: Share
    pvc_runs: Count
    svpb_runs: Count
    pvc_pairs: Count
    bigeminy_minutes: Count
    trigeminy_minutes: Count
    paced_percent: Share


class RhythmEntry(_Strict):
    """The monitor's figures on the rhythm, over the minutes in which it gave them."""

    analysed_minutes: int
    irregular_percent: float
    irregular_minutes_percent: float
    pnn50_percent: Share
    poor_signal_minutes: Count


class StEntry(_Strict):
    """ST deviation of one lead."""

    n: int
    mean_mm: float
    minutes_beyond_1_mm: float
    beyond_1_mm_percent: float = Field(description="share of the lead's readings, in per cent")


class RestingEntry(_Strict):
    """Heart rate at rest of a wearable."""

    lowest_30_min_bpm: float
    early_morning_median_bpm: Share


class DipEntry(_Strict):
    """Fall of the mean heart rate from day to night, in per cent of the day's mean."""

    day_mean_bpm: float
    night_mean_bpm: float
    percent: float


class Row(_Strict):
    """One text and the figures it rests on; `window` is `all` for a recording as a whole."""

    subject_id: str
    cohort: str
    source: str
    window: str
    start_s: float = Field(description="seconds from clock tick 0 to where the window starts")
    interval_s: float
    interval_evidence: str
    span_s: float
    analysed_s: float
    coverage: Share = Field(description="share of the span with a valid heart rate, 0 to 1")
    gaps: Count
    longest_gap_s: Share
    signals: dict[str, SignalEntry | NotAssessedEntry]
    burden: BurdenEntry
    ectopy: EctopyEntry | NotAssessedEntry
    rhythm: RhythmEntry | NotAssessedEntry
    st: dict[str, StEntry] | NotAssessedEntry
    resting_hr: RestingEntry | NotAssessedEntry
    nocturnal_dip: DipEntry | NotAssessedEntry
    conclusion: str = Field(description="what follows from the figures, also where `text` leaves it out")
    text: str


def row_of(figures: f.VitalsFigures, *, window: str, start_s: float, text: str, conclusion: str) -> Row:
    """Put the figures of one recording or window beside the text that words them."""
    header, coverage = figures.header, figures.coverage
    return Row(
        subject_id=header.subject_id,
        cohort=header.cohort,
        source=header.source,
        window=window,
        start_s=start_s,
        interval_s=header.interval_s,
        interval_evidence=header.interval_evidence,
        span_s=coverage.span_s,
        analysed_s=coverage.analysed_s,
        coverage=coverage.fraction,
        gaps=coverage.gaps,
        longest_gap_s=coverage.longest_gap_s,
        signals={name: _signal(summary) for name, summary in figures.signals.items()},
        burden=_burden(figures),
        ectopy=_ectopy(figures.ectopy),
        rhythm=_rhythm(figures.rhythm),
        st=_st(figures.st),
        resting_hr=_resting(figures.resting),
        nocturnal_dip=_dip(figures.nocturnal_dip),
        conclusion=conclusion,
        text=text,
    )


def _absent(part: f.NotAssessed) -> NotAssessedEntry:
    return NotAssessedEntry(reason=part.reason)


def _given(value: float | None, what: str) -> Share:
    return NotAssessedEntry(reason=f"the monitor gives no {what}") if value is None else value


def _counted(value: int | None, what: str) -> Count:
    return NotAssessedEntry(reason=f"the monitor does not count {what}") if value is None else value


def _signal(summary: f.Summary | f.NotAssessed) -> SignalEntry | NotAssessedEntry:
    if isinstance(summary, f.NotAssessed):
        return _absent(summary)
    return SignalEntry(
        unit=summary.unit,
        n=summary.n,
        mean=summary.mean,
        sd=summary.sd,
        median=summary.median,
        p05=summary.p05,
        p95=summary.p95,
        min=summary.minimum,
        max=summary.maximum,
        excluded=dict(summary.excluded),
        converted=summary.converted,
    )


def _burden(figures: f.VitalsFigures) -> BurdenEntry:
    rate, oxygen, apart = figures.burden, figures.desaturation, figures.disagreement
    has_rate = not isinstance(rate, f.NotAssessed)
    has_oxygen = not isinstance(oxygen, f.NotAssessed)
    return BurdenEntry(
        hr_range=rate.range.band if has_rate else _absent(rate),
        hr_low_percent=rate.low_percent if has_rate else _absent(rate),
        hr_high_percent=rate.high_percent if has_rate else _absent(rate),
        spo2_below_90_percent=oxygen.below_90_percent if has_oxygen else _absent(oxygen),
        spo2_below_85_percent=oxygen.below_85_percent if has_oxygen else _absent(oxygen),
        hr_pulse_disagreement_percent=_absent(apart) if isinstance(apart, f.NotAssessed) else apart.percent,
    )


def _ectopy(ectopy: f.Ectopy | f.NotAssessed) -> EctopyEntry | NotAssessedEntry:
    if isinstance(ectopy, f.NotAssessed):
        return _absent(ectopy)
    pvc, svpb = _premature(ectopy.ventricular), _premature(ectopy.supraventricular)
    return EctopyEntry(
        analysed_minutes=ectopy.analysed_minutes,
        beats=ectopy.beats,
        pvc_count=pvc.count,
        pvc_per_hour=pvc.per_hour,
        pvc_percent=pvc.percent,
        svpb_count=svpb.count,
        svpb_per_hour=svpb.per_hour,
        svpb_percent=svpb.percent,
        pvc_runs=pvc.runs,
        svpb_runs=svpb.runs,
        pvc_pairs=pvc.pairs,
        bigeminy_minutes=_counted(ectopy.bigeminy_minutes, "bigeminy"),
        trigeminy_minutes=_counted(ectopy.trigeminy_minutes, "trigeminy"),
        paced_percent=_given(ectopy.paced_percent, "count of paced beats"),
    )


@dataclass(frozen=True)
class _Premature:
    count: Count
    per_hour: Share
    percent: Share
    runs: Count
    pairs: Count


def _premature(beats: f.PrematureBeats | f.NotAssessed) -> _Premature:
    if isinstance(beats, f.NotAssessed):
        absent = _absent(beats)
        return _Premature(absent, absent, absent, absent, absent)
    runs, pairs = _counted(beats.runs, "runs"), _counted(beats.pairs, "pairs")
    return _Premature(beats.count, beats.per_hour, beats.percent, runs, pairs)


def _rhythm(rhythm: f.Rhythm | f.NotAssessed) -> RhythmEntry | NotAssessedEntry:
    if isinstance(rhythm, f.NotAssessed):
        return _absent(rhythm)
    return RhythmEntry(
        analysed_minutes=rhythm.analysed_minutes,
        irregular_percent=rhythm.irregular_percent,
        irregular_minutes_percent=rhythm.irregular_minutes_percent,
        pnn50_percent=_given(rhythm.pnn50_percent, "pNN50"),
        poor_signal_minutes=_counted(rhythm.poor_signal_minutes, "poor signal"),
    )


def _st(leads: tuple[f.StDeviation, ...] | f.NotAssessed) -> dict[str, StEntry] | NotAssessedEntry:
    if isinstance(leads, f.NotAssessed):
        return _absent(leads)
    return {
        item.lead: StEntry(
            n=item.n,
            mean_mm=item.mean_mm,
            minutes_beyond_1_mm=item.minutes_beyond_1_mm,
            beyond_1_mm_percent=item.beyond_1_mm_percent,
        )
        for item in leads
    }


def _resting(resting: f.RestingHeartRate | f.NotAssessed) -> RestingEntry | NotAssessedEntry:
    if isinstance(resting, f.NotAssessed):
        return _absent(resting)
    morning = resting.early_morning_median_bpm
    return RestingEntry(
        lowest_30_min_bpm=resting.lowest_30_min_bpm,
        early_morning_median_bpm=(
            NotAssessedEntry(reason="no reading whose time of day is known to be 02:00 to 05:00")
            if morning is None
            else morning
        ),
    )


def _dip(dip: f.NocturnalDip | f.NotAssessed) -> DipEntry | NotAssessedEntry:
    if isinstance(dip, f.NotAssessed):
        return _absent(dip)
    return DipEntry(day_mean_bpm=dip.day_mean_bpm, night_mean_bpm=dip.night_mean_bpm, percent=dip.percent)
