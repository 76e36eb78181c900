"""Say in plain words what was measured, and nothing else.

`describe` gives the figures as the model is shown them, `assess` what the rules below make of them, and
`note` both as one paragraph of running text. Every sentence rests on a figure; rhythm words appear only
where the monitor analysed the rhythm, and what was not measured is called "not assessed". The wording is
kept to a small set of words.

Rules: tachycardia (bradycardia) is stated when at least 10 % of the heart-rate readings are above (below)
the range for the age, and "most of the time" from 50 % on. Desaturation is brief under 1 % of readings
below 90 %, and often from 10 % on; it is not assessed where SpO2 was read in less than half of the recording.
A reading below 80 % asks for a review however rare it is, assessed or not (severe hypoxaemia in Casey et
al., N Engl J Med 2019;380:811). Premature ventricular beats are frequent above 30 an hour (grade 2 of Lown
and Wolf, Circulation 1971;44:130). The rhythm goes by the share of analysed minutes in which the monitor
found more than 10 % irregular beats:

| minutes        | rhythm                     | asks for a review |
|----------------|----------------------------|-------------------|
| none           | regular where analysed     | no                |
| under 10 %     | irregular at times         | no                |
| 10 to 49 %     | irregular often            | yes               |
| 50 % and above | irregular most of the time | yes               |

The rules read the figures as they are shown, rounded to whole numbers. Where heart rate is the only signal
(a wearable), activity is not known: what is fast may be running, so only "most of the time" asks for a
review.
"""

from __future__ import annotations

from dataclasses import dataclass

from bedside.vitals.metrics import IRREGULAR_PERCENT, NotAssessed, PrematureBeats, VitalsMetrics

__all__ = ["assess", "describe", "note"]

OFTEN_PERCENT = 10.0
MOSTLY_PERCENT = 50.0
BRIEF_PERCENT = 1.0
CRITICAL_SPO2 = 80.0
FREQUENT_PVC_PER_HOUR = 30.0


@dataclass(frozen=True)
class _Finding:
    """One line of an assessment; `urgency` is 0 for normal, 1 for a review, 2 for a review now."""

    text: str
    urgency: int


def describe(metrics: VitalsMetrics) -> str:
    """Give the figures of a record in short sentences."""
    sentences = (
        _subject(metrics),
        _recording(metrics),
        _heart_rate_figures(metrics),
        _oxygen_figures(metrics),
        _respiration_figures(metrics),
        _beat_figures(metrics),
        _rhythm_figures(metrics),
    )
    return " ".join(sentence for sentence in sentences if sentence)


def assess(metrics: VitalsMetrics) -> str:
    """Judge the figures of a record by the rules of this module, one line each."""
    heart, oxygen, rhythm = _heart_rate(metrics), _oxygen(metrics), _rhythm(metrics)
    urgency = max(heart.urgency, oxygen.urgency, rhythm.urgency)
    action = ("continue monitoring", "clinical review", "clinical review now")[urgency]
    return f"Heart rate: {heart.text}.\nOxygen: {oxygen.text}.\nRhythm: {rhythm.text}.\nAction: {action}."


def note(metrics: VitalsMetrics) -> str:
    """Give figures and assessment as one paragraph."""
    judged = assess(metrics).replace("\n", " ")
    return f"{describe(metrics)} {judged}"


def _subject(metrics: VitalsMetrics) -> str:
    words = [metrics.cohort.capitalize()]
    if metrics.age_years is not None and metrics.cohort != "neonate":
        age = metrics.age_years
        words.append("over 89 years" if age >= 90 else f"{age:.0f} years")
    if metrics.sex is not None:
        words.append(metrics.sex)
    return ", ".join(words) + "."


def _recording(metrics: VitalsMetrics) -> str:
    coverage = metrics.coverage
    return f"{_duration(coverage.span_s)} recorded, heart rate in {_share(100 * coverage.fraction)} of it."


def _heart_rate_figures(metrics: VitalsMetrics) -> str:
    heart, burden = metrics.signal("hr"), metrics.burden
    if isinstance(heart, NotAssessed) or isinstance(burden, NotAssessed):
        return "Heart rate not assessed."
    band = burden.range
    return (
        f"Heart rate mean {heart.mean:.0f}, {heart.minimum:.0f} to {heart.maximum:.0f} bpm; "
        f"above {band.high_bpm:.0f} in {_share(burden.high_percent)}, "
        f"below {band.low_bpm:.0f} in {_share(burden.low_percent)}."
    )


def _oxygen_figures(metrics: VitalsMetrics) -> str:
    oxygen, low = metrics.signal("spo2"), metrics.desaturation
    if isinstance(oxygen, NotAssessed):
        return "SpO2 not assessed."
    covered, lowest = _share(100 * metrics.spo2_coverage), f"lowest {oxygen.minimum:.0f} %"
    if isinstance(low, NotAssessed):
        return f"SpO2 in {covered} of the time, {lowest}, not assessed."
    below = _share(low.below_90_percent)
    return f"SpO2 in {covered} of the time, mean {oxygen.mean:.0f} %, {lowest}; below 90 % in {below}."


def _respiration_figures(metrics: VitalsMetrics) -> str:
    breaths = metrics.signal("resp")
    return "" if isinstance(breaths, NotAssessed) else f"Respiration mean {breaths.mean:.0f} per minute."


def _beat_figures(metrics: VitalsMetrics) -> str:
    beats = metrics.ectopy
    if isinstance(beats, NotAssessed):
        return "Premature beats not assessed."
    return (
        f"Premature beats: ventricular {_rate(beats.ventricular)}, "
        f"supraventricular {_rate(beats.supraventricular)}."
    )


def _rhythm_figures(metrics: VitalsMetrics) -> str:
    rhythm = metrics.rhythm
    if isinstance(rhythm, NotAssessed):
        return "Rhythm not assessed."
    share, minutes = _share(rhythm.irregular_minutes_percent), rhythm.analysed_minutes
    return f"Rhythm: above {IRREGULAR_PERCENT:.0f} % irregular beats in {share} of {minutes} minutes."


def _heart_rate(metrics: VitalsMetrics) -> _Finding:
    burden = metrics.burden
    if isinstance(burden, NotAssessed):
        return _Finding("not assessed", 1)
    high, low = round(burden.high_percent), round(burden.low_percent)
    if max(high, low) < OFTEN_PERCENT:
        return _Finding(
            f"{'mostly ' if burden.high_percent + burden.low_percent else ''}within the range for age", 0
        )
    mostly = max(high, low) >= MOSTLY_PERCENT
    word = "tachycardia" if high >= low else "bradycardia"
    text = f"{word} {'most of the time' if mostly else 'at times'}"
    if not mostly and min(high, low) >= OFTEN_PERCENT:
        text = "tachycardia and bradycardia at times"
    if set(metrics.signals) == {"hr"}:
        return _Finding(f"{text}, activity not known", int(mostly))
    return _Finding(text, 2 if mostly else 1)


def _oxygen(metrics: VitalsMetrics) -> _Finding:
    oxygen, low = metrics.signal("spo2"), metrics.desaturation
    critical = not isinstance(oxygen, NotAssessed) and round(oxygen.minimum) < CRITICAL_SPO2
    if isinstance(low, NotAssessed):
        return _Finding("not assessed", int(critical))
    shown = round(low.below_90_percent)
    if low.below_90_percent < BRIEF_PERCENT:
        return _Finding("brief desaturation" if low.below_90_percent else "no desaturation", int(critical))
    often = shown >= OFTEN_PERCENT
    return _Finding("desaturation often" if often else "desaturation at times", 2 if often else 1)


def _rhythm(metrics: VitalsMetrics) -> _Finding:
    rhythm, ectopic = metrics.rhythm, _often_ectopic(metrics)
    extra = ", frequent premature ventricular beats" if ectopic else ""
    if isinstance(rhythm, NotAssessed):
        return _Finding(f"not assessed{extra}", int(ectopic))
    word = _regularity(rhythm.irregular_minutes_percent)
    irregular = round(rhythm.irregular_minutes_percent) >= OFTEN_PERCENT
    return _Finding(word + extra, int(irregular or ectopic))


def _regularity(percent: float) -> str:
    if not percent:
        return "regular where analysed"
    shown = round(percent)
    if shown < OFTEN_PERCENT:
        return "irregular at times"
    return "irregular often" if shown < MOSTLY_PERCENT else "irregular most of the time"


def _often_ectopic(metrics: VitalsMetrics) -> bool:
    if isinstance(metrics.ectopy, NotAssessed) or isinstance(metrics.ectopy.ventricular, NotAssessed):
        return False
    return round(metrics.ectopy.ventricular.per_hour) > FREQUENT_PVC_PER_HOUR


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
