"""The conclusion: what the rules of `judgements` make of the figures, and what they ask for.

Two to five sentences: the findings with their figures, the most urgent first, what is not assessed, and the
monitoring conclusion with its cause. ST deviation that asks for no review is left to a clinician: the rules
do not know the patient's own baseline.
"""

from __future__ import annotations

from collections.abc import Sequence

from bedside.vitals.figures import NotAssessed, VitalsFigures
from bedside.vitals.judgements import Urgency, judge
from bedside.vitals.narrative.findings import (
    Finding,
    heart_rate_finding,
    oxygen_finding,
    rhythm_finding,
    st_finding,
)
from bedside.vitals.narrative.missing import missing_sentence, not_assessed
from bedside.vitals.narrative.phrasing import Phrasing, enumerate_words, upper_first

__all__ = ["conclusion"]

_ACTIONS = ("continue", "review", "review_now")
_MOST_SENTENCES = 5


def conclusion(figures: VitalsFigures, draw: Phrasing) -> list[str]:
    """Conclude from the figures what was found and what it asks for."""
    judgement = judge(figures)
    findings = (
        heart_rate_finding(figures, judgement.heart_rate, draw),
        oxygen_finding(figures, judgement.oxygen, draw),
        rhythm_finding(figures, judgement.rhythm, draw),
        st_finding(figures, judgement.st, draw),
    )
    urgent_first = sorted(draw.order(findings), key=lambda finding: -finding.urgency)
    clauses = [finding.clause for finding in urgent_first if finding.clause]
    missing = _missing(findings, draw)
    while len(clauses) + len(missing) + 1 > _MOST_SENTENCES:
        clauses[-2:] = ["; ".join(clauses[-2:])]
    clauses[0] = draw.phrase("conclusion.opening") + clauses[0]
    found = [f"{upper_first(clause)}." for clause in clauses]
    return [*found, *missing, _action(urgent_first, judgement.urgency, draw)]


def _missing(findings: Sequence[Finding], draw: Phrasing) -> list[str]:
    """Say what is not assessed, with or without the first part of each reason."""
    missing = {
        name: NotAssessed(figure.reason.split(";")[0])
        for finding in findings
        for name, figure in finding.missing
    }
    if not missing or draw.draw((True, False, False)):
        return not_assessed(missing, draw)
    return [missing_sentence("conclusion.missing", tuple(missing), draw)]


def _action(findings: Sequence[Finding], urgency: Urgency, draw: Phrasing) -> str:
    causes = [finding.cause for finding in findings if finding.cause and finding.urgency == urgency]
    if not urgency and causes:
        return draw.sentence("conclusion.continue_noted", causes=enumerate_words(causes))
    return draw.sentence(f"conclusion.{_ACTIONS[urgency]}", causes=enumerate_words(causes))
