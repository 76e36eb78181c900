"""The conclusion: what the rules of `judgements` make of the figures, and what they ask for.

Two to five sentences: the findings with their figures, the most urgent first, what is not assessed, and the
monitoring conclusion with its cause.
"""

from __future__ import annotations

from collections.abc import Sequence

from bedside.vitals.figures import VitalsFigures
from bedside.vitals.judgements import Urgency, judge
from bedside.vitals.narrative.findings import Finding, heart_rate_finding, oxygen_finding, rhythm_finding
from bedside.vitals.narrative.phrasing import Phrasing, enumerate_words, upper_first

__all__ = ["conclusion"]

_ACTIONS = ("continue", "review", "review_now")


def conclusion(figures: VitalsFigures, draw: Phrasing) -> list[str]:
    """Conclude from the figures what was found and what it asks for."""
    judgement = judge(figures)
    findings = (
        heart_rate_finding(figures, judgement.heart_rate, draw),
        oxygen_finding(figures, judgement.oxygen, draw),
        rhythm_finding(figures, judgement.rhythm, draw),
    )
    urgent_first = sorted(draw.order(findings), key=lambda finding: -finding.urgency)
    clauses = [finding.clause for finding in urgent_first if finding.clause]
    opening = draw.phrase("conclusion.opening")
    sentences = [
        f"{upper_first(opening + clauses[0])}.",
        *(f"{upper_first(clause)}." for clause in clauses[1:]),
    ]
    return [*sentences, *_missing(findings, draw), _action(urgent_first, judgement.urgency, draw)]


def _missing(findings: Sequence[Finding], draw: Phrasing) -> list[str]:
    missing = [item for finding in findings for item in finding.missing]
    if not missing:
        return []
    by_reason: dict[str, list[str]] = {}
    for name, figure in missing:
        by_reason.setdefault(figure.reason.split(";")[0], []).append(name)
    items = [f"{enumerate_words(names)} ({reason})" for reason, names in by_reason.items()]
    words = enumerate_words(items)
    one = len(missing) == 1
    return [
        draw.sentence(
            "conclusion.missing",
            items=words,
            Items=upper_first(words),
            stays="stays" if one else "stay",
            it="it" if one else "them",
            **{"is": "is" if one else "are"},
        )
    ]


def _action(findings: Sequence[Finding], urgency: Urgency, draw: Phrasing) -> str:
    causes = enumerate_words(
        [finding.cause for finding in findings if finding.cause and finding.urgency == urgency]
    )
    return draw.sentence(f"conclusion.{_ACTIONS[urgency]}", causes=causes)
