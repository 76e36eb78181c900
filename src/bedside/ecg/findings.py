"""Findings named in text: finding them, and what a report asks for where it names one of five.

A finding counts when its phrase, or another way to write it, stands in the text as whole words. Of phrases
that overlap the longest counts, so that "incomplete right bundle branch block" is not also "right bundle
branch block". Case, hyphens, plurals and British spelling do not matter. Negation and doubt ("no atrial
fibrillation", "possible …") are not understood: a finding that a text denies is found too.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache

from bedside.ecg.statements import phrases
from bedside.errors import DataError

__all__ = ["FINDINGS", "Finding", "action_for", "findings_in"]


@dataclass(frozen=True)
class Finding:
    """One finding.

    Attributes:
        name: the canonical phrase.
        action: what a report asks for.
        urgency: 0 routine … 3 emergency; of several findings the most urgent decides the action.
        spellings: regular expressions for other ways to write it, matched as whole words.
        synthetic_kind: the kind of synthetic ECG that shows it, see `ecg.synth`.
    """

    name: str
    action: str
    urgency: int
    spellings: tuple[str, ...]
    synthetic_kind: str


FINDINGS = (
    Finding(
        "normal sinus rhythm",
        "routine review",
        0,
        (r"NSR", r"sinus rhythm,? (?:with )?normal rate"),
        "normal_sinus_rhythm",
    ),
    Finding("sinus bradycardia", "check medication and symptoms", 1, (r"sinus brady",), "sinus_bradycardia"),
    Finding(
        "sinus tachycardia", "look for fever, pain or blood loss", 1, (r"sinus tachy",), "sinus_tachycardia"
    ),
    Finding(
        "atrial fibrillation",
        "assess stroke risk and rate control",
        2,
        (r"AF", r"AFib", r"A-?fib", r"auricular fibrillation"),
        "atrial_fibrillation",
    ),
    Finding(
        "inferior ST elevation",
        "call the heart attack team now",
        3,
        (
            r"inferior (?:STE|STEMI)",
            r"inferior ST[- ](?:segment )?elevations?",
            r"ST[- ](?:segment )?elevations? in (?:the )?inferior leads",
            r"ST[- ](?:segment )?elevations? in (?:leads )?II,? III,?(?: and)? aVF",
        ),
        "stemi_inferior",
    ),
)
"""The findings that have an action, the least urgent first. Reports list several findings in this order."""

_BY_NAME = {finding.name: finding for finding in FINDINGS}
_PATTERNS = {
    finding.name: re.compile(
        r"(?<!\w)(?:" + "|".join([re.escape(finding.name), *finding.spellings]) + r")(?!\w)", re.IGNORECASE
    )
    for finding in FINDINGS
}


_SAME = (
    (re.compile(r"\((?:e?s)\)"), ""),
    (re.compile(r"\ba-v\b|\batrio-?ventricular\b"), "av"),
    (re.compile(r"\bnon[- ]specific\b|\bunspecific\b"), "nonspecific"),
    (re.compile(r"\b1st\b"), "first"),
    (re.compile(r"\b2nd\b"), "second"),
    (re.compile(r"\b3rd\b"), "third"),
    (re.compile(r"\bekg\b"), "ecg"),
    (re.compile(r"aem"), "em"),
)
"""What is written in several ways, and the one that is compared."""
_WORD = re.compile(r"[^\W_]+|[^\s-]")
"""A word, or a mark that no phrase goes across; a hyphen only parts words."""


@dataclass(frozen=True)
class _Place:
    """Where a text names a finding: the characters from `start` up to `stop`."""

    start: int
    stop: int
    name: str


def findings_in(text: str) -> frozenset[str]:
    """Return the canonical phrases of all findings that `text` names."""
    plain = _plain(text)
    taken = bytearray(len(plain))
    names: set[str] = set()
    for place in sorted(_places(plain), key=lambda it: (it.start - it.stop, it.start)):
        if not any(taken[place.start : place.stop]):
            taken[place.start : place.stop] = b"\1" * (place.stop - place.start)
            names.add(place.name)
    return frozenset(names)


def _plain(text: str) -> str:
    plain = " ".join(text.split()).lower()
    for written, compared in _SAME:
        plain = written.sub(compared, plain)
    return plain


def _places(plain: str) -> Iterator[_Place]:
    """Yield every place where a finding is named, also inside a longer one."""
    for name, pattern in _PATTERNS.items():
        yield from (_Place(*match.span(), name) for match in pattern.finditer(plain))
    spans = [match.span() for match in _WORD.finditer(plain)]
    words = _words(plain)
    for first, word in enumerate(words):
        for spelling, name in _spellings().get(word, ()):
            after = first + len(spelling)
            if words[first:after] == spelling:
                yield _Place(spans[first][0], spans[after - 1][1], name)


def _words(plain: str) -> tuple[str, ...]:
    return tuple(_singular(word) for word in _WORD.findall(plain))


def _singular(word: str) -> str:
    """Take the plural ending off, the same way from every word; the result need not be a word."""
    if len(word) < 4 or word.endswith(("ss", "us", "is")):
        return word
    if word.endswith("ies"):
        return word[:-3] + "y"
    return word.removesuffix("es") if word.endswith("xes") else word.removesuffix("s")


@cache
def _spellings() -> Mapping[str, tuple[tuple[tuple[str, ...], str], ...]]:
    """Return every way to write a finding, as words, by its first word."""
    spellings: dict[str, tuple[tuple[tuple[str, ...], str], ...]] = {}
    for phrase in phrases().values():
        for written in (phrase.text, *phrase.synonyms):
            words = _words(_plain(written))
            spellings[words[0]] = (*spellings.get(words[0], ()), (words, phrase.text))
    return spellings


def action_for(findings: Iterable[str]) -> str:
    """Return what a report with these findings asks for: the action of the most urgent one.

    Raises:
        DataError: a finding is not a canonical phrase, or there is none.
    """
    names = sorted(findings)
    unknown = [name for name in names if name not in _BY_NAME]
    if unknown or not names:
        raise DataError(
            f"no action is known for {unknown[0]!r}"
            if unknown
            else "a report without a finding has no action",
            fix=f"use the canonical phrases: {', '.join(_BY_NAME)}",
        )
    return max((_BY_NAME[name] for name in names), key=lambda finding: finding.urgency).action
