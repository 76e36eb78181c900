"""Say in a few plain words what was measured, and nothing else.

`describe` gives the figures as the deployed model is shown them, `assess` what the rules of `judgements`
make of them, and `note` both as one paragraph. Every sentence rests on a figure; rhythm words appear only
where the monitor analysed the rhythm, and what was not measured is called "not assessed". ST is spoken of
where the recording holds it. The wording is kept to a small set of words, so that a small model can learn it;
varied running text is the work of `narrative`.
"""

from __future__ import annotations

from bedside.vitals.figures import NotAssessed, PrematureBeats, VitalsFigures
from bedside.vitals.judgements import (
    HeartRateJudgement,
    OxygenJudgement,
    RhythmJudgement,
    StJudgement,
    assessed_desaturation,
    judge,
)

__all__ = ["assess", "describe", "note"]

_ACTIONS = ("continue monitoring", "clinical review", "clinical review now")
_OXYGEN = {
    "not assessed": "not assessed",
    "none": "no desaturation",
    "brief": "brief desaturation",
    "at times": "desaturation at times",
    "often": "desaturation often",
}
_RHYTHM = {
    "not assessed": "not assessed",
    "regular": "regular where analysed",
    "at times": "irregular at times",
    "often": "irregular often",
    "mostly": "irregular most of the time",
}
_ST = {
    "not assessed": "not assessed",
    "none": "no deviation",
    "at times": "deviation at times",
    "mostly": "deviation most of the time",
}
_HEART_RATE = {
    "not assessed": "not assessed",
    "within": "within the range for age",
    "mostly within": "mostly within the range for age",
    "fast": "tachycardia",
    "slow": "bradycardia",
    "fast and slow": "tachycardia and bradycardia",
}


def describe(figures: VitalsFigures) -> str:
    """Give the figures of a recording in short sentences."""
    sentences = (
        _subject(figures),
        _device(figures),
        _recording(figures),
        _heart_rate_figures(figures),
        _oxygen_figures(figures),
        _respiration_figures(figures),
        _beat_figures(figures),
        _rhythm_figures(figures),
        _st_figures(figures),
    )
    return " ".join(sentence for sentence in sentences if sentence)


def assess(figures: VitalsFigures) -> str:
    """Judge the figures of a recording by the rules of `judgements`, one line each."""
    judgement = judge(figures)
    return (
        f"Heart rate: {_heart_rate(judgement.heart_rate)}.\n"
        f"Oxygen: {_oxygen(judgement.oxygen)}.\n"
        f"Rhythm: {_rhythm(judgement.rhythm)}.\n"
        f"{_st(judgement.st) if _holds_st(figures) else ''}"
        f"Action: {_ACTIONS[judgement.urgency]}."
    )


def note(figures: VitalsFigures) -> str:
    """Give figures and assessment as one paragraph."""
    judged = assess(figures).replace("\n", " ")
    return f"{describe(figures)} {judged}"


def _subject(figures: VitalsFigures) -> str:
    cohort, age = figures.header.cohort, figures.age_years
    words = [] if cohort == "unknown" else [cohort.capitalize()]
    if age is not None and cohort != "neonate":
        words.append(_age(age))
    elif cohort == "unknown":
        words.append("Age unknown")
    if figures.sex is not None:
        words.append(figures.sex)
    return ", ".join(words) + "."


def _age(years: float) -> str:
    """Word an age in completed years, in months below one year; above 89 years it is not told."""
    if years >= 90:
        return "over 89 years"
    number, unit = (int(years), "year") if years >= 1 else (int(12 * years), "month")
    if number == 0:
        return "under 1 month"
    return f"{number} {unit}{'' if number == 1 else 's'}"


def _device(figures: VitalsFigures) -> str:
    """Say where heart rate alone is no wearable's: the figures would look the same."""
    alone = figures.heart_rate_alone and not figures.header.worn
    return "Monitor, heart rate only." if alone else ""


def _recording(figures: VitalsFigures) -> str:
    coverage = figures.coverage
    return f"{_duration(coverage.span_s)} recorded, heart rate in {_share(100 * coverage.fraction)} of it."


def _heart_rate_figures(figures: VitalsFigures) -> str:
    heart, burden = figures.signal("hr"), figures.burden
    if isinstance(heart, NotAssessed):
        return "Heart rate not assessed."
    told = f"Heart rate mean {heart.mean:.0f}, {heart.minimum:.0f} to {heart.maximum:.0f} bpm; "
    if isinstance(burden, NotAssessed):
        return f"{told}range for age not known."
    band = burden.range
    return (
        f"{told}above {band.high_bpm:.0f} in {_share(burden.high_percent)}, "
        f"below {band.low_bpm:.0f} in {_share(burden.low_percent)}."
    )


def _oxygen_figures(figures: VitalsFigures) -> str:
    oxygen, read = figures.signal("spo2"), figures.desaturation
    if isinstance(oxygen, NotAssessed) or isinstance(read, NotAssessed):
        return "SpO2 not assessed."
    covered, lowest = _share(100 * read.coverage), f"lowest {oxygen.minimum:.0f} %"
    low = assessed_desaturation(figures)
    if isinstance(low, NotAssessed):
        return f"SpO2 in {covered} of the time, {lowest}, not assessed."
    below = _share(low.below_90_percent)
    return f"SpO2 in {covered} of the time, mean {oxygen.mean:.0f} %, {lowest}; below 90 % in {below}."


def _respiration_figures(figures: VitalsFigures) -> str:
    breaths = figures.signal("resp")
    return "" if isinstance(breaths, NotAssessed) else f"Respiration mean {breaths.mean:.0f} per minute."


def _beat_figures(figures: VitalsFigures) -> str:
    beats = figures.ectopy
    if isinstance(beats, NotAssessed):
        return "Premature beats not assessed."
    return (
        f"Premature beats: ventricular {_rate(beats.ventricular)}, "
        f"supraventricular {_rate(beats.supraventricular)}."
    )


def _rhythm_figures(figures: VitalsFigures) -> str:
    rhythm = figures.rhythm
    if isinstance(rhythm, NotAssessed):
        return "Rhythm not assessed."
    share, minutes = _share(rhythm.irregular_minutes_percent), rhythm.analysed_minutes
    return f"Rhythm: above 10 % irregular beats in {share} of {minutes} minutes."


def _st_figures(figures: VitalsFigures) -> str:
    if not _holds_st(figures):
        return ""
    if isinstance(figures.st, NotAssessed):
        return "ST not assessed."
    leads = [
        f"lead {lead.lead} in {_share(lead.beyond_1_mm_percent)} "
        f"of {_duration(lead.n * figures.header.interval_s)}, mean {round(lead.mean_mm, 1) + 0.0:.1f} mm"
        for lead in figures.st
    ]
    return f"ST 1 mm or more: {'; '.join(leads)}."


def _holds_st(figures: VitalsFigures) -> bool:
    return any(name.startswith("st_") for name in figures.signals)


def _heart_rate(judged: HeartRateJudgement) -> str:
    text = _HEART_RATE[judged.finding]
    if judged.finding in {"not assessed", "within", "mostly within"}:
        return text
    text += " most of the time" if judged.mostly else " at times"
    return text if judged.activity_known else f"{text}, activity not known"


def _oxygen(judged: OxygenJudgement) -> str:
    return _OXYGEN[judged.finding]


def _rhythm(judged: RhythmJudgement) -> str:
    extra = ", frequent premature ventricular beats" if judged.frequent_ventricular else ""
    return _RHYTHM[judged.finding] + extra


def _st(judged: StJudgement) -> str:
    *others, last = judged.leads or ("",)
    where = f" in leads {', '.join(others)} and {last}" if others else f" in lead {last}"
    return f"ST: {_ST[judged.finding]}{where if last else ''}.\n"


def _share(percent: float) -> str:
    """Word a percentage so that neither a rare nor an almost constant thing is rounded away."""
    if 0.0 < percent < 1.0:
        return "under 1 %"
    if 99.0 < percent < 100.0:
        return "over 99 %"
    return f"{percent:.0f} %"


def _rate(beats: PrematureBeats | NotAssessed) -> str:
    if isinstance(beats, NotAssessed):
        return "not assessed"
    return "under 1 per hour" if 0.0 < beats.per_hour < 1.0 else f"{beats.per_hour:.0f} per hour"


def _duration(seconds: float) -> str:
    for least, size, name in ((4, 86400.0, "days"), (2, 3600.0, "hours"), (2, 60.0, "minutes")):
        if seconds >= least * size:
            return f"{seconds / size:.0f} {name}"
    return f"{seconds:.0f} seconds"
