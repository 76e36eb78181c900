"""The findings an ECG report can name here, what to do about them, and finding them in text.

A phrase counts when it stands in the text as whole words, in any case of letters. Negation and doubt
("no atrial fibrillation", "possible …") are not understood.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

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
    """

    name: str
    action: str
    urgency: int
    spellings: tuple[str, ...]


FINDINGS = (
    Finding(
        "normal sinus rhythm",
        "routine review",
        0,
        (r"NSR", r"sinus rhythm,? (?:with )?normal rate"),
    ),
    Finding("sinus bradycardia", "check medication and symptoms", 1, (r"sinus brady",)),
    Finding("sinus tachycardia", "look for fever, pain or blood loss", 1, (r"sinus tachy",)),
    Finding(
        "atrial fibrillation",
        "assess stroke risk and rate control",
        2,
        (r"AF", r"AFib", r"A-?fib", r"auricular fibrillation"),
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
    ),
)
"""Every finding, the least urgent first. Reports list several findings in this order."""

_BY_NAME = {finding.name: finding for finding in FINDINGS}
_PATTERNS = {
    finding.name: re.compile(
        r"(?<!\w)(?:" + "|".join([re.escape(finding.name), *finding.spellings]) + r")(?!\w)", re.IGNORECASE
    )
    for finding in FINDINGS
}


def findings_in(text: str) -> frozenset[str]:
    """Return the canonical phrases of all findings that `text` names."""
    plain = " ".join(text.split())
    return frozenset(name for name, pattern in _PATTERNS.items() if pattern.search(plain))


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
