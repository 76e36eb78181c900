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
    """One question with its picture, its reference answer and what the models said.

    `judged` is what is right or wrong about an answer: its finding or, where there is no target,
    the whole answer, word for word.
    """

    id: str
    question: str
    picture: str
    reference: str
    judged: str
    answers: tuple[CaseAnswer, ...]


def worst_cases(evidence: Evidence, *, base: str, limit: int) -> tuple[Case, ...]:
    """Return what most models get wrong, the trained ones first; ties alternate between targets.

    Texts with a wrong answer take at most half of the places, so that neither kind hides the other.

    Args:
        evidence: what the run left behind.
        base: the model before training, whose mistakes count least.
        limit: how many cases at most.
    """
    by_id: dict[str, dict[str, StoredAnswer]] = defaultdict(dict)
    for subject, answers in evidence.answers.items():
        for answer in answers:
            if answer.id in evidence.examples:
                by_id[answer.id][subject] = answer
    order = sorted(by_id, key=lambda name: (*_badness(by_id[name], base), name))
    worst = sorted(_alternate(order, by_id), key=lambda name: _badness(by_id[name], base))
    ecgs = [name for name in worst if not _is_text(by_id[name])]
    texts = [name for name in worst if _is_text(by_id[name]) and any(_badness(by_id[name], base))]
    texts = texts[: max(limit // 2, limit - len(ecgs))]
    chosen = {*texts, *ecgs[: limit - len(texts)]}
    return tuple(_case(evidence, name, by_id[name]) for name in worst if name in chosen)


def _badness(answers: Mapping[str, StoredAnswer], base: str) -> tuple[int, int]:
    trained = sum(not _is_right(a) for subject, a in answers.items() if subject != base)
    return -trained, -int(base in answers and not _is_right(answers[base]))


def _is_right(answer: StoredAnswer) -> bool:
    return answer.is_exact if answer.target is None else answer.is_right


def _is_text(answers: Mapping[str, StoredAnswer]) -> bool:
    return next(iter(answers.values())).target is None


def _alternate(order: Sequence[str], by_id: Mapping[str, Mapping[str, StoredAnswer]]) -> list[str]:
    """Return the ids so that each target comes once before any comes twice."""
    seen: dict[frozenset[str] | str, int] = defaultdict(int)
    ranks: dict[str, int] = {}
    for name in order:
        answer = next(iter(by_id[name].values()))
        target = answer.reference if answer.target is None else frozenset(answer.target)
        ranks[name] = seen[target]
        seen[target] += 1
    return sorted(order, key=lambda name: ranks[name])


def _case(evidence: Evidence, name: str, answers: Mapping[str, StoredAnswer]) -> Case:
    example = evidence.examples[name]
    grouped: dict[tuple[str, bool, str, bool], list[str]] = defaultdict(list)
    for subject, answer in answers.items():
        grouped[answer.text.strip(), answer.finished, answer.refused, _is_right(answer)].append(subject)
    return Case(
        id=name,
        question=example.prompt[-1].content,
        picture=evidence.picture(example),
        reference=example.answer,
        judged="answer" if _is_text(answers) else "finding",
        answers=tuple(CaseAnswer(tuple(who), *what) for what, who in grouped.items()),
    )
