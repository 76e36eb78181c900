"""What can be asked about an ECG so that the answer is surely true: what is present, and what can be denied.

A finding is denied only where the source looked for it, did not state it, and nothing that it does state, in
codes, report or figures, may mean it. Knows facts; knows no wording.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal, get_args

from bedside.dataset.ecg.facts import EcgFacts, KnownCode
from bedside.ecg.findings import findings_in
from bedside.ecg.reading import EcgWarning, WarningCode
from bedside.ecg.statements import hinted, implied, phrases, surely_absent
from bedside.errors import DataError

__all__ = [
    "NORMAL",
    "SINUS_RHYTHMS",
    "Certainty",
    "Present",
    "can_be_read",
    "deniable",
    "present_findings",
    "unmistakable",
]

Certainty = Literal["stated", "probable", "possible"]
NORMAL = "normal ECG"
SINUS_RHYTHMS = frozenset({"sinus rhythm", "normal sinus rhythm"})
_CERTAINTIES: tuple[Certainty, ...] = get_args(Certainty)
"""The surest first."""
_GROUPS = ("MI", "rhythm", "CD", "HYP", "STTC", "diagnostic", "form", "NORM")
"""What is listed first: danger before curiosity."""
_VOLTAGE = frozenset(
    {
        "high QRS voltage",
        "low QRS voltage",
        "voltage criteria for left ventricular hypertrophy",
        "high left ventricular voltage",
        "high right atrial voltage",
        "left ventricular hypertrophy",
        "right ventricular hypertrophy",
        "ventricular hypertrophy",
        "septal hypertrophy",
        "tall P waves",
        "tall T waves",
        "low amplitude T waves",
    }
)
_AXIS = frozenset({"axis", "left axis deviation", "right axis deviation", "indeterminate axis"})
_NOT_READABLE: Mapping[WarningCode, frozenset[str]] = MappingProxyType(
    {"uncalibrated": _VOLTAGE, "amplitude": _VOLTAGE, "lead_reversal": _AXIS, "einthoven": _AXIS}
)
_WITHIN: Mapping[str, tuple[str, float, float]] = MappingProxyType(
    {
        "sinus tachycardia": ("heart_rate", 0, 100),
        "supraventricular tachycardia": ("heart_rate", 0, 100),
        "sinus bradycardia": ("heart_rate", 60, 400),
        "bradycardia": ("heart_rate", 60, 400),
        "prolonged PR interval": ("pr", 0, 200),
        "first degree AV block": ("pr", 0, 200),
        "short PR interval": ("pr", 120, 1000),
        "prolonged QT interval": ("qtc", 0, 450),
        "short QT interval": ("qtc", 360, 1000),
        "bundle branch block": ("qrs", 0, 120),
        "left bundle branch block": ("qrs", 0, 120),
        "right bundle branch block": ("qrs", 0, 120),
        "complete left bundle branch block": ("qrs", 0, 120),
        "complete right bundle branch block": ("qrs", 0, 120),
        "left axis deviation": ("axis", -30, 180),
        "right axis deviation": ("axis", -180, 90),
    }
)
"""The figures, where they are stated, between which a finding can be denied: the usual adult limits."""


@dataclass(frozen=True)
class Present:
    """A finding that the source states, once, whatever number of codes state it.

    Attributes:
        phrase: in English, one of `ecg.statements`.
        kind: what it is about.
        certainty: how sure the source is.
        group: of those of `_GROUPS` the one that it is listed with.
        evidence: where it stands.
    """

    phrase: str
    kind: Literal["diagnostic", "form", "rhythm"]
    certainty: Certainty
    group: str
    evidence: str

    @property
    def is_abnormal(self) -> bool:
        """Whether it is neither a normal ECG nor plain sinus rhythm."""
        return self.phrase != NORMAL and self.phrase not in SINUS_RHYTHMS


def present_findings(facts: EcgFacts) -> tuple[Present, ...]:
    """Return what the codes state, the surest and gravest first; what one of them implies is not repeated.

    Likelihoods become words: 100, and 0 or none (not stated), is said as it is; above 50 is *probable*; up to
    50 is *possible*. PTB-XL gives 80 where the report says "probable" or "consistent with", 50 for "possible"
    and 15 for "cannot be excluded".

    Raises:
        DataError: a phrase is not one of `ecg.statements`.
    """
    by_phrase: dict[str, list[KnownCode]] = {}
    for code in facts.codes:
        by_phrase.setdefault(_known(code.phrase), []).append(code)
    found = [_merged(codes) for codes in by_phrase.values()]
    kept = [one for one in found if not any(_says_more(other, one) for other in found)]
    return tuple(sorted(kept, key=lambda it: (_CERTAINTIES.index(it.certainty), _GROUPS.index(it.group))))


def unmistakable(present: Sequence[Present]) -> tuple[Present, ...]:
    """Return what a question with one right answer may be about; a normal ECG only with nothing beside it."""
    alone = not any(it.is_abnormal for it in present)
    return tuple(it for it in present if it.certainty == "stated" and (alone or it.phrase != NORMAL))


def deniable(facts: EcgFacts) -> tuple[str, ...]:
    """Return the findings that are surely absent, in the order in which the source looked for them.

    Raises:
        DataError: a phrase is not one of `ecg.statements`.
    """
    coded = {_known(code.phrase) for code in facts.codes}
    said = " ".join((*facts.report, facts.stated))
    present = coded | findings_in(said) | hinted(said)
    return tuple(
        phrase
        for phrase in dict.fromkeys(map(_known, facts.assessed))
        if surely_absent(phrase, present=present)
        and _figures_allow(phrase, facts)
        and (phrase != NORMAL or _is_surely_abnormal(facts))
    )


def can_be_read(name: str, flags: Iterable[EcgWarning]) -> bool:
    """Tell whether a picture of a record with these flags shows `name`, a phrase or the name of a figure."""
    return not any(name in _NOT_READABLE.get(flag.code, ()) for flag in flags)


def _known(phrase: str) -> str:
    if phrase not in phrases():
        raise DataError(f"{phrase!r} is not a finding of ecg.statements", fix="use the phrase of a statement")
    return phrase


def _merged(codes: Sequence[KnownCode]) -> Present:
    said = {_certainty(code.likelihood) for code in codes}
    certainty: Certainty = next(it for it in _CERTAINTIES if it in said)
    surest = [code for code in codes if _certainty(code.likelihood) == certainty]
    first = surest[0]
    group = next((it for it in (*first.superclasses, first.kind) if it in _GROUPS), first.kind)
    return Present(first.phrase, first.kind, certainty, group, "; ".join(code.evidence for code in surest))


def _certainty(likelihood: float | None) -> Certainty:
    if likelihood is None or likelihood <= 0 or likelihood >= 100:
        return "stated"
    return "probable" if likelihood > 50 else "possible"


def _says_more(one: Present, other: Present) -> bool:
    """Tell whether `one` implies `other` and is at least as sure."""
    surer = _CERTAINTIES.index(one.certainty) <= _CERTAINTIES.index(other.certainty)
    return one.phrase != other.phrase and other.phrase in implied(one.phrase) and surer


def _figures_allow(phrase: str, facts: EcgFacts) -> bool:
    name, low, high = _WITHIN.get(phrase, ("", 0.0, 0.0))
    return all(low <= it.value <= high for it in facts.measured if it.name == name)


def _is_surely_abnormal(facts: EcgFacts) -> bool:
    return any(
        code.kind == "diagnostic" and code.phrase != NORMAL and _certainty(code.likelihood) == "stated"
        for code in facts.codes
    )
