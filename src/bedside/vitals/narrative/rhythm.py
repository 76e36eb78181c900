"""The rhythm as the monitor analysed it: irregular minutes, premature and paced beats, ST, and trust in it.

"Regular" and "irregular" are said of analysed minutes only. No text says "sinus": numerics hold no P wave.
"""

from __future__ import annotations

from bedside.vitals.figures import (
    Ectopy,
    NotAssessed,
    PrematureBeats,
    Rhythm,
    StDeviation,
    VitalsFigures,
)
from bedside.vitals.narrative.digits import counted, decimals, duration, per_hour, percent
from bedside.vitals.narrative.missing import not_assessed
from bedside.vitals.narrative.phrasing import Phrasing, enumerate_words, upper_first
from bedside.vitals.narrative.subject import device_of

__all__ = ["rhythm_analysis"]

_ST_MOST = 3


def rhythm_analysis(figures: VitalsFigures, draw: Phrasing) -> list[str]:
    """Say what the monitor's ECG analysis found, how far it can be trusted, and what it does not cover."""
    ectopy, rhythm, st, disagreement = figures.ectopy, figures.rhythm, figures.st, figures.disagreement
    sentences: list[str] = []
    if not isinstance(rhythm, NotAssessed):
        sentences += _irregular(rhythm, draw)
    if not isinstance(ectopy, NotAssessed):
        sentences += _ectopy(ectopy, draw)
    if not isinstance(st, NotAssessed):
        sentences.append(_st(st, draw))
    if not isinstance(disagreement, NotAssessed):
        name = "disagree" if disagreement.percent else "agree"
        one = "one_" if disagreement.n == 1 else ""
        share = percent(disagreement.percent)
        sentences.append(draw.sentence(f"rhythm.{one}{name}", share=share, n=f"{disagreement.n:,}"))
    return [*draw.order(sentences), *_absent(figures, draw), *not_assessed(_missing(figures), draw)]


def _irregular(rhythm: Rhythm, draw: Phrasing) -> list[str]:
    minutes = counted(rhythm.analysed_minutes, "analysed minute", "analysed minutes")
    name = "irregular" if rhythm.irregular_minutes_percent else "regular"
    one = "one_" if rhythm.analysed_minutes == 1 else ""
    share = percent(rhythm.irregular_minutes_percent)
    sentences = [
        draw.sentence(
            f"rhythm.{one}{name}", minutes=minutes, share=share, mean=percent(rhythm.irregular_percent)
        )
    ]
    if rhythm.poor_signal_minutes:
        poor = counted(rhythm.poor_signal_minutes, "minute", "minutes")
        sentences.append(draw.sentence("rhythm.poor", minutes=poor))
    return sentences


def _ectopy(ectopy: Ectopy, draw: Phrasing) -> list[str]:
    """Word what was counted; what was looked for and is absent stands in `_absent`."""
    origins = ((ectopy.ventricular, "ventricular"), (ectopy.supraventricular, "supraventricular"))
    sentences = [
        _premature(beats, origin, draw)
        for beats, origin in origins
        if not isinstance(beats, NotAssessed) and beats.count
    ]
    minutes = counted(ectopy.analysed_minutes, "analysed minute", "analysed minutes")
    groups = (("bigeminy", ectopy.bigeminy_minutes), ("trigeminy", ectopy.trigeminy_minutes))
    grouped = [f"{name} in {count:,}" for name, count in groups if count]
    if grouped:
        what = enumerate_words(draw.order(grouped))
        sentences.append(draw.sentence("rhythm.grouped", what=what, minutes=minutes))
    if ectopy.paced_percent:
        beats = counted(ectopy.beats, "beat", "beats")
        sentences.append(draw.sentence("rhythm.paced", share=percent(ectopy.paced_percent), beats=beats))
    return sentences


def _absent(figures: VitalsFigures, draw: Phrasing) -> list[str]:
    """Word in one sentence what the monitor looked for and did not find."""
    absent: list[str] = []
    if not isinstance(figures.ectopy, NotAssessed):
        ectopy = figures.ectopy
        looked_for = (
            ("premature ventricular beats", _count(ectopy.ventricular)),
            ("premature supraventricular beats", _count(ectopy.supraventricular)),
            ("bigeminy", ectopy.bigeminy_minutes),
            ("trigeminy", ectopy.trigeminy_minutes),
            ("pacing", ectopy.paced_percent),
        )
        absent += [name for name, count in looked_for if count == 0]
    if not isinstance(figures.rhythm, NotAssessed) and figures.rhythm.poor_signal_minutes == 0:
        absent.append("minutes of mostly poor signal")
    if not absent:
        return []
    ordered = draw.order(absent)
    what, either = enumerate_words(ordered), enumerate_words(ordered, "or")
    return [
        draw.sentence(
            "rhythm.absent", what=what, What=upper_first(what), either=either, minutes=_analysed(figures)
        )
    ]


def _analysed(figures: VitalsFigures) -> str:
    """Return over how many minutes the monitor looked, the smaller number where there are two."""
    parts = [part for part in (figures.ectopy, figures.rhythm) if not isinstance(part, NotAssessed)]
    return counted(min(part.analysed_minutes for part in parts), "analysed minute", "analysed minutes")


def _count(beats: PrematureBeats | NotAssessed) -> int | None:
    return None if isinstance(beats, NotAssessed) else beats.count


def _premature(beats: PrematureBeats, origin: str, draw: Phrasing) -> str:
    return draw.sentence(
        "rhythm.premature",
        origin=origin,
        Origin=origin.title(),
        beats=counted(beats.count, f"premature {origin} beat", f"premature {origin} beats"),
        count=f"{beats.count:,}",
        were="was" if beats.count == 1 else "were",
        time=duration(60.0 * beats.minutes),
        rate=per_hour(beats.per_hour),
        share=percent(beats.percent),
        clusters=_clusters(beats, draw),
    )


def _clusters(beats: PrematureBeats, draw: Phrasing) -> str:
    if beats.pairs is None or beats.runs is None:
        known = beats.pairs if beats.runs is None else beats.runs
        if not known:
            return ""
    items = [
        counted(count, one, f"{one}s") for count, one in ((beats.pairs, "pair"), (beats.runs, "run")) if count
    ]
    if not items:
        return draw.phrase("rhythm.single")
    return draw.phrase("rhythm.clusters", what=enumerate_words(draw.order(items)))


def _st(leads: tuple[StDeviation, ...], draw: Phrasing) -> str:
    """Word the leads with the longest deviation, or the range of the means where there is none."""
    beyond = sorted(
        (lead for lead in leads if lead.minutes_beyond_1_mm), key=lambda lead: -lead.minutes_beyond_1_mm
    )
    if beyond:
        told = enumerate_words([_st_lead(lead) for lead in beyond[:_ST_MOST]])
        return draw.sentence("rhythm.st_beyond", leads=told)
    names = enumerate_words([lead.lead for lead in leads])
    low, high = (decimals(choose(lead.mean_mm for lead in leads)) for choose in (min, max))
    means = f"a mean of {low}" if low == high else f"means from {low} to {high}"
    return draw.sentence(
        "rhythm.st_within", leads=f"lead{'' if len(leads) == 1 else 's'} {names}", means=means
    )


def _st_lead(lead: StDeviation) -> str:
    time = duration(60.0 * lead.minutes_beyond_1_mm)
    return f"{time} in lead {lead.lead} (mean {decimals(lead.mean_mm)} mm)"


def _missing(figures: VitalsFigures) -> dict[str, NotAssessed]:
    """Name what is not assessed; heart rate alone is not asked for ST or for its agreement with the pulse."""
    ectopy = figures.ectopy
    wanted: dict[str, object] = {"rhythm": figures.rhythm, "ectopy": ectopy}
    if not isinstance(ectopy, NotAssessed):
        wanted |= {
            "ventricular ectopy": ectopy.ventricular,
            "supraventricular ectopy": ectopy.supraventricular,
        }
    if device_of(figures) == "monitor":
        wanted |= {"ST segment": figures.st, "agreement": figures.disagreement}
    return {name: figure for name, figure in wanted.items() if isinstance(figure, NotAssessed)}
