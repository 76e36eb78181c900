"""Words for what is known of an ECG: answers, and where each of their statements comes from.

Every statement of an answer is a piece of its text with its evidence; nothing else is said. The wording is
drawn, the content is not. Knows findings and figures; which question is asked stands in `pairs`.
"""

from __future__ import annotations

import math
import re
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
    "with_article",
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
_SHOWS_ONE = ("This ECG shows {}.", "The ECG shows {}.")
_RHYTHM = ("The rhythm is {}.", "This ECG shows {}.")
_NORMAL = ("This is {}.", "The tracing is {}.")
_ARTICLE = re.compile(
    r"(?!.*\bsinus rhythm$).*\b(?:interval|rhythm|pattern|disturbance|abnormality|effect|pacemaker|loop|axis"
    r"|syndrome|ECG)"
)
"""Findings that English counts; the others are plural or stand without an article, as most diseases do."""
_VOWEL = re.compile(r"[aeiou]|[AEFHILMNORSX](?:[A-Z]|-wave)")
"""Beginnings that are spoken with a vowel, letters by their names: an ST segment abnormality."""
_PLURAL = re.compile(r".*\b(?:changes|complexes|waves|beats|couplets|abnormalities|criteria)\b")
_MINOR = frozenset({"sinus bradycardia", "sinus tachycardia", "sinus arrhythmia"})
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


def with_article(words: str) -> str:
    """Put `a` or `an` before the words for one finding where English has it."""
    if not _ARTICLE.fullmatch(words):
        return words
    return f"{'an' if _VOWEL.match(words) else 'a'} {words}"


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
    words = listed([_running(it) for it in rhythms])
    if len(rhythms) > 1:
        return _said(pick(rng, _SHOWS).format(words), rhythms)
    if words.endswith("rhythm") or rhythms[0].certainty != "stated":
        return _said(pick(rng, (f"{_sentence(_short(rhythms[0]))}.", f"This ECG shows {words}.")), rhythms)
    return _said(pick(rng, _RHYTHM).format(words), rhythms)


def say_rhythm_and_rate(rhythms: Sequence[Present], rate: Measured, rng: np.random.Generator) -> Said:
    """State the heart rate and name the rhythm."""
    words = listed([_running(it) for it in rhythms])
    alone = _sentence(_short(rhythms[0]))
    if len(rhythms) > 1:
        templates = ("The heart rate is {rate}. The ECG shows {rhythm}.",)
    elif words.endswith("rhythm") or rhythms[0].certainty != "stated":
        templates = ("The heart rate is {rate}. The ECG shows {rhythm}.", "{alone} at {rate}.")
    else:
        templates = ("The heart rate is {rate} and the rhythm is {rhythm}.", "{alone} at {rate}.")
    text = pick(rng, templates).format(rate=figure(rate), rhythm=words, alone=alone)
    said = _said(text, rhythms)
    return Said(said.text, (_of_figure(rate), *said.evidence), said.target)


def say_findings(findings: Sequence[Present], rng: np.random.Generator) -> Said:
    """Name findings in running text, a normal ECG last where what stands beside it is minor, else first."""
    others = [it for it in findings if it.phrase != NORMAL]
    sentences: list[str] = []
    if others:
        template = pick(rng, _SHOWS if len(others) > 1 else _SHOWS_ONE)
        sentences.append(template.format(listed([_running(it) for it in others])))
    for normal in (it for it in findings if it.phrase == NORMAL):
        if not others:
            sentences.append(pick(rng, _NORMAL).format(_running(normal)))
        elif not _all_minor(others):
            sentences.insert(0, pick(rng, _NORMAL).format(_running(normal)))
        else:
            sentences.append(f"{'Otherwise it' if _any_abnormal(others) else 'It'} is {_running(normal)}.")
    return _said(" ".join(sentences), findings)


def say_report(findings: Sequence[Present], rng: np.random.Generator) -> Said:
    """Report findings, the rhythm first: in running text, or in the short form of many reports."""
    ordered = sorted(findings, key=lambda it: it.kind != "rhythm")
    if rng.integers(2):
        return say_findings(ordered, rng)
    others = [it for it in ordered if it.phrase != NORMAL]
    lines = [_short(it) for it in others]
    for normal in (it for it in ordered if it.phrase == NORMAL):
        if _all_minor(others):
            lines.append(f"otherwise {_short(normal)}" if _any_abnormal(others) else _short(normal))
        else:
            lines.insert(0, _short(normal))
    return _said(" ".join(f"{_sentence(line)}." for line in lines), ordered)


def say_diagnosis(diagnoses: Sequence[Present], rng: np.random.Generator) -> Said:
    """Name the most likely diagnoses, all of which are plainly stated."""
    if diagnoses[0].phrase == NORMAL:
        return say_findings(diagnoses, rng)
    forms = [f"{_sentence(listed([_short(it) for it in diagnoses]))}."]
    words = listed([_running(it) for it in diagnoses])
    if len(diagnoses) > 1:
        forms.append(f"The most likely diagnoses are {words}.")
    elif not _PLURAL.match(words):
        forms.append(f"The most likely diagnosis is {words}.")
    return _said(pick(rng, forms), diagnoses)


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


def _running(finding: Present) -> str:
    """Word a finding as it stands in a sentence, with its article."""
    if finding.phrase == NORMAL and finding.certainty != "stated":
        return _short(finding)
    return with_article(_short(finding))


def _of_figure(measured: Measured) -> Evidence:
    words = figure(measured)
    unit = measured.unit.removesuffix("s") if measured.unit == "degrees" else measured.unit
    rounded = "" if measured.value == round(measured.value) else f", rounded to a whole {unit}"
    return Evidence(statement=words, source=f"{measured.evidence}{rounded}")


def _any_abnormal(findings: Sequence[Present]) -> bool:
    return any(it.is_abnormal for it in findings)


def _all_minor(findings: Sequence[Present]) -> bool:
    """Tell whether an ECG is normal but for these: forms and varieties of sinus rhythm."""
    return all(it.kind == "form" or it.phrase in _MINOR or not it.is_abnormal for it in findings)


def _sentence(words: str) -> str:
    return words[0].upper() + words[1:]
