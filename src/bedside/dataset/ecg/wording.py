"""Words for what is known of an ECG: answers, and where each of their statements comes from.

Every statement of an answer is a piece of its text with its evidence; nothing else is said. The wording is
drawn, the content is not. Knows findings and figures; which question is asked stands in `pairs`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from bedside.dataset.ecg.askable import NORMAL, Present
from bedside.dataset.ecg.facts import Measured
from bedside.examples import Evidence

__all__ = [
    "FIGURE_NAMES",
    "Said",
    "figure",
    "listed",
    "pick",
    "say_diagnosis",
    "say_figure",
    "say_findings",
    "say_report",
    "say_rhythm",
    "say_rhythm_and_rate",
]

FIGURE_NAMES = MappingProxyType(
    {
        "heart_rate": "heart rate",
        "rr": "RR interval",
        "pr": "PR interval",
        "qrs": "QRS duration",
        "qt": "QT interval",
        "qtc": "corrected QT interval (QTc)",
        "axis": "QRS axis",
    }
)
_SHOWS = ("This ECG shows {}.", "The ECG shows {}.", "The findings are {}.")
_SHOWS_ONE = ("This ECG shows {}.", "The ECG shows {}.", "The finding is {}.")
_RHYTHM = ("The rhythm is {}.", "This ECG shows {}.")
_NORMAL = ("This is {}.", "The tracing is {}.")
_SHORT = MappingProxyType({"stated": "{}", "probable": "probable {}", "possible": "possible {}"})
_SHORT_NORMAL = MappingProxyType({"stated": "{}", "probable": "probably a {}", "possible": "possibly a {}"})


@dataclass(frozen=True)
class Said:
    """An answer.

    Attributes:
        text: its words.
        evidence: what its statements rest on; each statement is a piece of `text`.
        target: the findings that it names, sorted; `None` for an answer that is not made of findings.
    """

    text: str
    evidence: tuple[Evidence, ...]
    target: tuple[str, ...] | None = None


def pick(rng: np.random.Generator, some: Sequence[str]) -> str:
    """Draw one of `some`, each equally often."""
    return some[int(rng.integers(len(some)))]


def listed(words: Sequence[str]) -> str:
    """Join as English does: `a`, `a and b`, `a, b and c`."""
    return " and ".join(filter(None, (", ".join(words[:-1]), words[-1])))


def figure(measured: Measured) -> str:
    """Write a figure with its unit, rounded to a whole one, halves up."""
    value = math.floor(measured.value + 0.5)
    unit = "degree" if measured.unit == "degrees" and value == 1 else measured.unit
    return f"{value} {unit}"


def say_figure(measured: Measured, rng: np.random.Generator) -> Said:
    """State one figure."""
    words = figure(measured)
    text = pick(rng, ("The {name} is {words}.", "{words}."))
    return Said(text.format(name=FIGURE_NAMES[measured.name], words=words), (_of_figure(measured),))


def say_rhythm(rhythms: Sequence[Present], rng: np.random.Generator) -> Said:
    """Name the rhythm."""
    template = pick(rng, _RHYTHM) if len(rhythms) == 1 else pick(rng, _SHOWS)
    return _said(template.format(listed([_short(it) for it in rhythms])), rhythms)


def say_rhythm_and_rate(rhythms: Sequence[Present], rate: Measured, rng: np.random.Generator) -> Said:
    """State the heart rate and name the rhythm."""
    templates = (
        ("The heart rate is {rate} and the rhythm is {rhythm}.", "{Rhythm} at {rate}.")
        if len(rhythms) == 1
        else ("The heart rate is {rate}. The ECG shows {rhythm}.",)
    )
    words = listed([_short(it) for it in rhythms])
    text = pick(rng, templates).format(rate=figure(rate), rhythm=words, Rhythm=_sentence(words))
    said = _said(text, rhythms)
    return Said(said.text, (_of_figure(rate), *said.evidence), said.target)


def say_findings(findings: Sequence[Present], rng: np.random.Generator) -> Said:
    """Name findings in running text, a normal ECG last."""
    others = [it for it in findings if it.phrase != NORMAL]
    sentences: list[str] = []
    if others:
        template = pick(rng, _SHOWS if len(others) > 1 else _SHOWS_ONE)
        sentences.append(template.format(listed([_short(it) for it in others])))
    for normal in (it for it in findings if it.phrase == NORMAL):
        words = _short(normal) if normal.certainty != "stated" else f"a {NORMAL}"
        if not others:
            sentences.append(pick(rng, _NORMAL).format(words))
        else:
            sentences.append(f"{'Otherwise it' if _any_abnormal(others) else 'It'} is {words}.")
    return _said(" ".join(sentences), findings)


def say_report(findings: Sequence[Present], rng: np.random.Generator) -> Said:
    """Report findings, the rhythm first: in running text, or in the short form of many reports."""
    ordered = sorted(findings, key=lambda it: (it.phrase == NORMAL, it.kind != "rhythm"))
    if rng.integers(2):
        return say_findings(ordered, rng)
    lines = [_short(it) for it in ordered]
    if ordered[-1].phrase == NORMAL and _any_abnormal(ordered):
        lines[-1] = f"otherwise {lines[-1]}"
    return _said(" ".join(f"{_sentence(line)}." for line in lines), ordered)


def say_diagnosis(diagnoses: Sequence[Present], rng: np.random.Generator) -> Said:
    """Name the most likely diagnoses, which are equally sure."""
    if diagnoses[0].certainty != "stated" or diagnoses[0].phrase == NORMAL:
        return say_findings(diagnoses, rng)
    words = listed([_short(it) for it in diagnoses])
    named = "The most likely diagnosis is {}." if len(diagnoses) == 1 else "The most likely diagnoses are {}."
    return _said(pick(rng, (named.format(words), f"{_sentence(words)}.")), diagnoses)


def _said(text: str, findings: Sequence[Present]) -> Said:
    evidence = tuple(Evidence(statement=_words_in(text, it), source=it.evidence) for it in findings)
    return Said(text, evidence, tuple(sorted(it.phrase for it in findings)))


def _words_in(text: str, finding: Present) -> str:
    """Return the words that state `finding` as they stand in `text`: a sentence may begin with them."""
    words = _short(finding)
    return words if words in text else _sentence(words)


def _short(finding: Present) -> str:
    """Word a finding with how sure it is."""
    forms = _SHORT_NORMAL if finding.phrase == NORMAL else _SHORT
    return forms[finding.certainty].format(finding.phrase)


def _of_figure(measured: Measured) -> Evidence:
    words = figure(measured)
    rounded = "" if measured.value == round(measured.value) else f", rounded to a whole {words.split()[1]}"
    return Evidence(statement=words, source=f"{measured.evidence}{rounded}")


def _any_abnormal(findings: Sequence[Present]) -> bool:
    return any(it.is_abnormal for it in findings)


def _sentence(words: str) -> str:
    return words[0].upper() + words[1:]
