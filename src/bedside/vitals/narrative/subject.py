"""Who was recorded, on what kind of device, and for how long.

What was not worn is a bedside monitor, or a recorder of heart rate where it gave nothing else. On which ward
it stood is not known, so it is not told.
"""

from __future__ import annotations

from typing import Literal

from bedside.vitals.figures import Coverage, NotAssessed, VitalsFigures
from bedside.vitals.narrative.digits import decimals, duration, part_of, percent
from bedside.vitals.narrative.phrasing import Phrasing, enumerate_words, upper_first

__all__ = ["Device", "demographics", "device_of", "recording"]

Device = Literal["monitor", "wearable", "heart-rate recorder"]

_NOUNS = {
    "adult": ("woman", "man", "adult"),
    "adolescent": ("girl", "boy", "adolescent"),
    "child": ("girl", "boy", "child"),
    "infant": ("girl", "boy", "infant"),
    "neonate": ("girl", "boy", "newborn"),
    "unknown": ("female patient", "male patient", "patient"),
}
_YOUNG = {"adolescent": "adolescent", "infant": "infant", "neonate": "newborn", "child": "young"}


def device_of(figures: VitalsFigures) -> Device:
    """Tell what kind of device gave the figures."""
    if figures.header.worn:
        return "wearable"
    return "heart-rate recorder" if figures.heart_rate_alone else "monitor"


def demographics(figures: VitalsFigures, draw: Phrasing) -> list[str]:
    """Say who was recorded, as far as that is known."""
    missing, who = _unknown(figures), _who(figures, draw)
    told = not missing
    if missing and draw.draw((True, False)):
        told, who = True, draw.phrase("subject.of_unknown", who=who, **missing)
    sentences = [draw.sentence(f"subject.{device_of(figures)}", who=who, Who=upper_first(who))]
    known = figures.header.demographics
    body = {name: decimals(float(known[name])) for name in ("height_cm", "weight_kg") if name in known}
    if len(body) == 2:
        sentences.append(draw.sentence("subject.body", height=body["height_cm"], weight=body["weight_kg"]))
    else:
        sentences += [draw.sentence(f"subject.{name}", value=value) for name, value in body.items()]
    return sentences if told else [*sentences, draw.sentence("subject.unknown", **missing)]


def recording(figures: VitalsFigures, draw: Phrasing, *, window: str) -> list[str]:
    """Say over which time the figures are taken, and how much of it has a heart rate."""
    coverage, heart, over = figures.coverage, figures.signal("hr"), draw.phrase(f"over.{window}")
    covered = "partly" if coverage.fraction < 1.0 else "whole"
    if isinstance(heart, NotAssessed) or heart.n == 1:
        covered = "never" if isinstance(heart, NotAssessed) else "one"
    return [
        draw.sentence(
            f"recording.{covered}",
            over=over,
            Over=upper_first(over),
            n="" if isinstance(heart, NotAssessed) else f"{heart.n:,}",
            analysed=part_of(coverage.analysed_s, coverage.span_s),
            span=duration(coverage.span_s),
            share=percent(100.0 * coverage.fraction),
            gaps=_gaps(coverage, draw),
        )
    ]


def _gaps(coverage: Coverage, draw: Phrasing) -> str:
    if not coverage.gaps:
        return draw.phrase("recording.no_gap")
    name = "recording.one_gap" if coverage.gaps == 1 else "recording.gaps"
    return draw.phrase(name, gaps=f"{coverage.gaps:,}", longest=duration(coverage.longest_gap_s))


def _who(figures: VitalsFigures, draw: Phrasing) -> str:
    """Word the subject with an article: "a 61-year-old man", "a newborn", "a patient aged over 89 years"."""
    cohort, age = figures.header.cohort, figures.age_years
    female, male, neutral = _NOUNS[cohort]
    noun = {"female": female, "male": male}.get(figures.sex or "", neutral)
    if age is None:
        return _article(f"{_YOUNG[cohort]} {noun}" if noun != neutral and cohort in _YOUNG else noun)
    if age >= 90:
        return _article(draw.phrase("subject.over_89", noun=noun))
    number, unit = _age(age)
    if number == 0:
        return _article(f"{_YOUNG['neonate']} {noun}" if noun != neutral else noun)
    time = f"{number} {unit}" if number == 1 else f"{number} {unit}s"
    return _article(draw.phrase("subject.age", number=str(number), unit=unit, noun=noun, time=time))


def _age(years: float) -> tuple[int, str]:
    """Give an age in completed years, below one year in months, below 28 days in days."""
    if years >= 1.0:
        return int(years), "year"
    days = int(365.25 * years)
    return (days, "day") if days < 28 else (max(1, int(12.0 * years)), "month")


def _article(words: str) -> str:
    """Put "a" or "an" before words that may begin with a number up to 89."""
    number = words.split("-", 1)[0]
    vowel = words[0] in "aeio" or number == "18" or words.startswith("8") or number == "11"
    return f"{'an' if vowel else 'a'} {words}"


def _unknown(figures: VitalsFigures) -> dict[str, str]:
    """Return the words for what is not known of the subject; none where age and sex are."""
    missing = [word for word, value in (("age", figures.age_years), ("sex", figures.sex)) if value is None]
    if not missing:
        return {}
    what, verb = enumerate_words(missing), "is" if len(missing) == 1 else "are"
    return {"what": what, "What": upper_first(what), "either": enumerate_words(missing, "or"), "is": verb}
