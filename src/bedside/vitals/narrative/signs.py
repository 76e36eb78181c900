"""The vital signs: mean, spread and range of each, low oxygen, and what was left out as no measurement."""

from __future__ import annotations

from bedside.vitals.figures import Desaturation, NotAssessed, Summary, VitalsFigures
from bedside.vitals.judgements import assessed_desaturation
from bedside.vitals.narrative.digits import decimals, percent, reading, share_of, whole
from bedside.vitals.narrative.missing import NOT_RECORDED, not_assessed
from bedside.vitals.narrative.phrasing import Phrasing, enumerate_words, upper_first

__all__ = ["vital_signs"]

_NUMBERS = ("pulse", "resp", "cvp", "temperature")
_NAMES = {
    "hr": "heart rate",
    "pulse": "pulse",
    "resp": "respiration",
    "spo2": "SpO2",
    "nbp_sys": "systolic cuff pressure",
    "nbp_dias": "diastolic cuff pressure",
    "nbp_mean": "mean cuff pressure",
    "abp_sys": "systolic arterial pressure",
    "abp_dias": "diastolic arterial pressure",
    "abp_mean": "mean arterial pressure",
    "cvp": "central venous pressure",
    "temperature": "temperature",
}
_EXPECTED = {
    "heart rate": {"hr"},
    "pulse": {"pulse"},
    "SpO2": {"spo2"},
    "respiration": {"resp"},
    "cuff pressure": {"nbp_sys", "nbp_dias", "nbp_mean"},
    "arterial pressure": {"abp_sys", "abp_dias", "abp_mean"},
    "central venous pressure": {"cvp"},
    "temperature": {"temperature"},
}
_ALWAYS_EXPECTED = ("heart rate", "SpO2", "respiration")
_PRESSURES = _EXPECTED["cuff pressure"] | _EXPECTED["arterial pressure"]


def vital_signs(figures: VitalsFigures, draw: Phrasing) -> list[str]:
    """Give the figures of every vital sign that was recorded, heart rate first, and say what is missing."""
    heart = figures.signal("hr")
    sentences = [] if isinstance(heart, NotAssessed) else [_heart_rate(heart, draw)]
    groups = draw.order([_simple(figures, draw), _oxygen(figures, draw), _pressures(figures, draw)])
    sentences += [sentence for group in groups for sentence in group]
    return [*sentences, *_left_out(figures, draw), *not_assessed(_missing(figures), draw)]


def _heart_rate(heart: Summary, draw: Phrasing) -> str:
    if heart.n == 1:
        return draw.sentence("signs.one_heart_rate", **_words(heart))
    name = "signs.steady_heart_rate" if heart.minimum == heart.maximum else "signs.heart_rate"
    return draw.sentence(name, **_words(heart))


def _wording(summary: Summary, *, of: str, name: str) -> str:
    """Return the list of wordings: `name`, or that `of` the sign for one read once or constant."""
    if summary.n == 1:
        return f"signs.one{of}"
    return f"signs.constant{of}" if summary.minimum == summary.maximum else f"signs.{name}"


def _words(summary: Summary) -> dict[str, str]:
    return {
        "mean": decimals(summary.mean),
        "sd": decimals(summary.sd),
        "median": reading(summary.median),
        "p05": reading(summary.p05),
        "p95": reading(summary.p95),
        "low": reading(summary.minimum),
        "high": reading(summary.maximum),
    }


def _simple(figures: VitalsFigures, draw: Phrasing) -> list[str]:
    """Word the signals that are one number each, one or two to a sentence."""
    clauses: list[str] = []
    for name in draw.order(_NUMBERS):
        summary = figures.signal(name)
        if isinstance(summary, Summary):
            what, unit = draw.phrase(f"signs.{name}"), draw.phrase(f"signs.{summary.unit}")
            wording = _wording(summary, of="", name="number")
            clauses.append(draw.phrase(wording, what=what, unit=unit, **_words(summary)))
    sentences: list[str] = []
    while clauses:
        joined = clauses.pop(0)
        if clauses and draw.draw((True, False)):
            joined += draw.phrase("signs.joined") + clauses.pop(0)
        sentences.append(f"{upper_first(joined)}.")
    return sentences


def _oxygen(figures: VitalsFigures, draw: Phrasing) -> list[str]:
    summary, read, low = figures.signal("spo2"), figures.desaturation, assessed_desaturation(figures)
    if isinstance(summary, NotAssessed) or isinstance(read, NotAssessed):
        return []
    coverage = 100.0 * read.coverage
    covered = "" if coverage == 100.0 else draw.phrase("signs.covered", share=percent(coverage))
    name = _wording(summary, of="_oxygen", name="oxygen")
    sentence = draw.sentence(name, covered=covered, **_words(summary))
    if isinstance(low, NotAssessed):
        return [sentence, *not_assessed({"desaturation": low}, draw)]
    return [sentence, _low_oxygen(low, draw)]


def _low_oxygen(low: Desaturation, draw: Phrasing) -> str:
    if low.n == 1:
        limit = "85" if low.below_85_percent else "90"
        name = "one_low_oxygen" if low.below_90_percent else "one_no_low_oxygen"
        return draw.sentence(f"signs.{name}", limit=limit)
    if not low.below_90_percent:
        return draw.sentence("signs.no_low_oxygen", n=f"{low.n:,}")
    name = "signs.below_85" if low.below_85_percent else "signs.never_below_85"
    below_85 = draw.phrase(name, share=share_of(low.below_85_percent, low.n))
    return draw.sentence(
        "signs.low_oxygen", below_90=share_of(low.below_90_percent, low.n), below_85=below_85
    )


def _pressures(figures: VitalsFigures, draw: Phrasing) -> list[str]:
    sentences: list[str] = []
    for site in draw.order(("nbp", "abp")):
        systolic, diastolic = figures.signal(f"{site}_sys"), figures.signal(f"{site}_dias")
        if isinstance(systolic, Summary) and isinstance(diastolic, Summary):
            sentences.append(_pressure(site, systolic, diastolic, draw))
        mean = figures.signal(f"{site}_mean")
        if isinstance(mean, Summary):
            where = draw.phrase(f"signs.{site}_site")
            name = _wording(mean, of="_mean_pressure", name="mean_pressure")
            sentences.append(draw.sentence(name, site=where, **_words(mean)))
    return sentences


def _pressure(site: str, systolic: Summary, diastolic: Summary, draw: Phrasing) -> str:
    what = draw.phrase(f"signs.{site}")
    name = _wording(systolic, of="_pressure", name="pressure")
    if name != _wording(diastolic, of="_pressure", name="pressure"):
        name = "signs.pressure"
    return draw.sentence(
        name,
        what=what,
        What=upper_first(what),
        mean_sys=whole(systolic.mean),
        mean_dias=whole(diastolic.mean),
        low=reading(systolic.minimum),
        high=reading(systolic.maximum),
    )


def _left_out(figures: VitalsFigures, draw: Phrasing) -> list[str]:
    items = [
        f"{_NAMES[name]}, {_excluded(summary)}"
        for name, summary in figures.signals.items()
        if name in _NAMES and isinstance(summary, Summary) and summary.excluded
    ]
    return [draw.sentence("signs.left_out", what="; ".join(items))] if items else []


def _excluded(summary: Summary) -> str:
    items = [f"{count:,} × {reason.replace(' 1/min', '/min')}" for reason, count in summary.excluded.items()]
    return enumerate_words(items)


def _missing(figures: VitalsFigures) -> dict[str, NotAssessed]:
    """Name the vital signs that a reader expects and does not get, and those without a valid reading."""
    missing: dict[str, NotAssessed] = {}
    for name, signals in _EXPECTED.items():
        recorded = [figure for signal, figure in figures.signals.items() if signal in signals]
        invalid = [figure for figure in recorded if isinstance(figure, NotAssessed)]
        if recorded and len(invalid) == len(recorded):
            missing[name] = invalid[0]
        elif not recorded and name in _ALWAYS_EXPECTED:
            missing[name] = NOT_RECORDED
    if not figures.signals.keys() & _PRESSURES:
        missing["blood pressure"] = NOT_RECORDED
    return missing
