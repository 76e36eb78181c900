"""Word each judgement as a clause with its figures, and as the cause for what it asks for."""

from __future__ import annotations

from dataclasses import dataclass

from bedside.vitals.figures import Burden, NotAssessed, PrematureBeats, Rhythm, VitalsFigures
from bedside.vitals.judgements import (
    HeartRateJudgement,
    OxygenJudgement,
    RhythmJudgement,
    StJudgement,
    assessed_desaturation,
)
from bedside.vitals.narrative.digits import (
    counted,
    decimals,
    duration,
    per_hour,
    percent,
    reading,
    share_of,
    whole,
)
from bedside.vitals.narrative.phrasing import Phrasing

__all__ = ["Finding", "heart_rate_finding", "oxygen_finding", "rhythm_finding", "st_finding"]


@dataclass(frozen=True)
class Finding:
    """A judgement in words.

    Attributes:
        clause: what was found with its figures; begins in lower case, without a full stop. Empty where there
            is nothing to say beside its being not assessed.
        cause: the figure that asks for a review or, at urgency 0, for a clinician's judgement; else empty.
        urgency: 0 to 2, as the judgement has it.
        missing: what is not assessed, by name.
    """

    clause: str
    cause: str
    urgency: int
    missing: tuple[tuple[str, NotAssessed], ...] = ()


def heart_rate_finding(figures: VitalsFigures, judged: HeartRateJudgement, draw: Phrasing) -> Finding:
    """Word how the heart rate stands to the range for the age."""
    heart, burden = figures.signal("hr"), figures.burden
    if isinstance(heart, NotAssessed):
        clause = draw.phrase("findings.no_heart_rate", reason=heart.reason)
        return Finding(clause, draw.phrase("findings.cause_no_heart_rate"), judged.urgency)
    mean = decimals(heart.mean)
    if isinstance(burden, NotAssessed):
        low, high = reading(heart.minimum), reading(heart.maximum)
        name = "findings.one_no_range" if heart.n == 1 else "findings.no_range"
        clause = draw.phrase(name, reason=burden.reason, mean=mean, low=low, high=high)
        return Finding(clause, draw.phrase("findings.cause_no_range", mean=mean), judged.urgency)
    if judged.finding in {"fast", "slow"}:
        return _out_of_range(burden, judged, mean, draw)
    within = "one_within" if burden.n == 1 else "within"
    name = {"fast and slow": "both_ways", "mostly within": "mostly_within"}.get(judged.finding, within)
    band = _band(burden, draw)
    clause = draw.phrase(f"findings.{name}", outside=_outside(burden), mean=mean, **band)
    if judged.finding != "fast and slow":
        return Finding(clause, "", judged.urgency)
    return _with_activity(
        clause, draw.phrase("findings.cause_both_ways", **band), "activity_or_rest", judged, draw
    )


def _out_of_range(burden: Burden, judged: HeartRateJudgement, mean: str, draw: Phrasing) -> Finding:
    fast = judged.finding == "fast"
    name, pace, side = ("tachycardia", "fast", "above") if fast else ("bradycardia", "slow", "below")
    limit = whole(burden.range.high_bpm if fast else burden.range.low_bpm)
    share = share_of(burden.high_percent if fast else burden.low_percent, burden.n)
    one = "one_" if burden.n == 1 else ""
    clause = draw.phrase(
        f"findings.{one}out_of_range",
        name=name,
        pace=pace,
        side=side,
        when="most of the time" if judged.mostly else "at times",
        share=share,
        limit=limit,
        mean=mean,
        people=draw.phrase(f"people.{burden.range.band}"),
    )
    cause = draw.phrase(f"findings.cause_{one}out_of_range", side=side, limit=limit, share=share, name=name)
    return _with_activity(clause, cause, "activity" if fast else "rest", judged, draw)


def _with_activity(
    clause: str, cause: str, explanation: str, judged: HeartRateJudgement, draw: Phrasing
) -> Finding:
    """Add what may explain a heart rate outside the range where activity is not known."""
    if not judged.activity_known:
        clause += draw.phrase(f"findings.{explanation}")
    return Finding(clause, cause if judged.urgency else "", judged.urgency)


def _outside(burden: Burden) -> str:
    shares = (
        (burden.high_percent, f"above {whole(burden.range.high_bpm)}"),
        (burden.low_percent, f"below {whole(burden.range.low_bpm)}"),
    )
    return " and ".join(f"{share_of(share, burden.n)} {side}" for share, side in shares if share)


def _band(burden: Burden, draw: Phrasing) -> dict[str, str]:
    return {
        "people": draw.phrase(f"people.{burden.range.band}"),
        "low_limit": whole(burden.range.low_bpm),
        "high_limit": whole(burden.range.high_bpm),
        "high": percent(burden.high_percent),
        "low": percent(burden.low_percent),
        "n": f"{burden.n:,}",
    }


def oxygen_finding(figures: VitalsFigures, judged: OxygenJudgement, draw: Phrasing) -> Finding:
    """Word how often SpO2 is low."""
    summary, low = figures.signal("spo2"), assessed_desaturation(figures)
    if isinstance(summary, NotAssessed):
        return Finding("", "", judged.urgency, (("SpO2", summary),))
    lowest = reading(summary.minimum)
    critical = draw.phrase("findings.cause_critical", low=lowest) if judged.critical else ""
    if isinstance(low, NotAssessed):
        clause = draw.phrase("findings.critical_alone", low=lowest) if judged.critical else ""
        return Finding(clause, critical, judged.urgency, (("SpO2", low),))
    share = share_of(low.below_90_percent, low.n)
    name = {"none": "no_desaturation", "brief": "brief"}.get(judged.finding, "desaturation")
    one = "one_" if low.n == 1 else ""
    clause = draw.phrase(
        f"findings.{one}{name}", how=judged.finding, share=share, low=lowest, mean=decimals(summary.mean)
    )
    if judged.critical:
        clause += draw.phrase("findings.critical", low=lowest)
    often = judged.finding in {"at times", "often"}
    cause = draw.phrase(f"findings.cause_{one}desaturation", share=share, low=lowest) if often else critical
    return Finding(clause, cause, judged.urgency)


def rhythm_finding(figures: VitalsFigures, judged: RhythmJudgement, draw: Phrasing) -> Finding:
    """Word how regular the analysed minutes are, and how frequent ventricular premature beats."""
    rhythm, ectopy = figures.rhythm, figures.ectopy
    ventricular = ectopy if isinstance(ectopy, NotAssessed) else ectopy.ventricular
    clauses: list[str] = []
    causes: list[str] = []
    missing: list[tuple[str, NotAssessed]] = []
    if isinstance(rhythm, NotAssessed):
        missing.append(("rhythm", rhythm))
    else:
        clauses.append(_regularity(rhythm, judged, draw))
        if judged.finding in {"often", "mostly"}:
            share = percent(rhythm.irregular_minutes_percent)
            one = "one_" if rhythm.analysed_minutes == 1 else ""
            causes.append(draw.phrase(f"findings.cause_{one}irregular", share=share))
    if isinstance(ventricular, NotAssessed):
        missing.append(("ventricular ectopy", ventricular))
    else:
        clauses.append(_premature(ventricular, judged, draw))
        if judged.frequent_ventricular:
            causes.append(draw.phrase("findings.cause_ectopy", rate=per_hour(ventricular.per_hour)))
    clause = draw.phrase("findings.joined").join(clauses)
    return Finding(clause, " and ".join(causes), judged.urgency, tuple(missing))


def _regularity(rhythm: Rhythm, judged: RhythmJudgement, draw: Phrasing) -> str:
    one = "one_" if rhythm.analysed_minutes == 1 else ""
    return draw.phrase(
        f"findings.{one}{'regular' if judged.finding == 'regular' else 'irregular'}",
        when=judged.finding,
        share=percent(rhythm.irregular_minutes_percent),
        minutes=counted(rhythm.analysed_minutes, "analysed minute", "analysed minutes"),
    )


def _premature(beats: PrematureBeats, judged: RhythmJudgement, draw: Phrasing) -> str:
    name = "frequent_ectopy" if judged.frequent_ventricular else "ectopy"
    return draw.phrase(
        f"findings.{name if beats.count else 'no_ectopy'}",
        were="was" if beats.count == 1 else "were",
        count=f"{beats.count:,}",
        beats=counted(beats.count, "premature ventricular beat", "premature ventricular beats"),
        rate=per_hour(beats.per_hour),
        share=percent(beats.percent),
        time=duration(60.0 * beats.minutes),
    )


def st_finding(figures: VitalsFigures, judged: StJudgement, draw: Phrasing) -> Finding:
    """Word the longest ST deviation of 1 mm or more, of the leads that ask for a review where any do."""
    leads = () if isinstance(figures.st, NotAssessed) else figures.st
    found = [lead for lead in leads if lead.lead in judged.leads]
    if not found:
        return Finding("", "", judged.urgency)
    most = max(found, key=lambda lead: lead.minutes_beyond_1_mm)
    words = {
        "time": duration(60.0 * most.minutes_beyond_1_mm),
        "share": percent(most.beyond_1_mm_percent),
        "lead": most.lead,
        "mean": decimals(most.mean_mm),
    }
    mostly = "_mostly" if judged.finding == "mostly" else ""
    once = "_once" if most.n == 1 else mostly
    clause = draw.phrase(f"findings.st{once}", **words)
    return Finding(clause, draw.phrase(f"findings.cause_st{once}", **words), judged.urgency)
