"""Which answers the page shows: the worst first, and identical answers of several models together."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bedside.report.evidence import Evidence
from bedside.stored_answers import StoredAnswer

__all__ = ["Case", "CaseAnswer", "worst_cases"]


@dataclass(frozen=True)
class CaseAnswer:
    """One answer and the models that gave it."""

    subjects: tuple[str, ...]
    text: str
    finished: bool
    refused: str
    is_right: bool


@dataclass(frozen=True)
class Case:
    """One question with its picture, its reference answer and what the models said."""

    id: str
    question: str
    picture: str
    reference: str
    answers: tuple[CaseAnswer, ...]


def worst_cases(evidence: Evidence, *, base: str, limit: int) -> tuple[Case, ...]:
    """Return the ECGs that most models get wrong, the trained ones first; ties alternate between targets.

    Args:
        evidence: what the run left behind.
        base: the model before training, whose mistakes count least.
        limit: how many cases at most.
    """
    by_id: dict[str, dict[str, StoredAnswer]] = defaultdict(dict)
    for subject, answers in evidence.answers.items():
        for answer in answers:
            if answer.target is not None and answer.id in evidence.examples:
                by_id[answer.id][subject] = answer
    order = sorted(by_id, key=lambda name: (*_badness(by_id[name], base), name))
    chosen = sorted(_alternate(order, by_id), key=lambda name: _badness(by_id[name], base))[:limit]
    return tuple(_case(evidence, name, by_id[name]) for name in chosen)


def _badness(answers: Mapping[str, StoredAnswer], base: str) -> tuple[int, int]:
    trained = sum(not a.is_right for subject, a in answers.items() if subject != base)
    return -trained, -int(base in answers and not answers[base].is_right)


def _alternate(order: Sequence[str], by_id: Mapping[str, Mapping[str, StoredAnswer]]) -> list[str]:
    """Return the ids so that each target comes once before any comes twice."""
    seen: dict[frozenset[str], int] = defaultdict(int)
    ranks: dict[str, int] = {}
    for name in order:
        target = frozenset(next(iter(by_id[name].values())).target or ())
        ranks[name] = seen[target]
        seen[target] += 1
    return sorted(order, key=lambda name: ranks[name])


def _case(evidence: Evidence, name: str, answers: Mapping[str, StoredAnswer]) -> Case:
    example = evidence.examples[name]
    grouped: dict[tuple[str, bool, str, bool], list[str]] = defaultdict(list)
    for subject, answer in answers.items():
        grouped[answer.text.strip(), answer.finished, answer.refused, answer.is_right].append(subject)
    return Case(
        id=name,
        question=example.prompt[-1].content,
        picture=evidence.picture(example),
        reference=example.answer,
        answers=tuple(CaseAnswer(tuple(who), *what) for what, who in grouped.items()),
    )
