"""Questions about an ECG and their answers, made from what its source states and from nothing else.

What the source does not state is not asked: no rate, no question about the rate. An answer is true, not
complete: it says what the source states, and a source that looked for six findings states no seventh. The
questions are the prompts of `prompts.ECG_PROMPTS` and a few others. Texts are a pure function of facts, flags
and generator. Knows nothing of signals and pictures; whether a report is worth using, `refusals` tells.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal, get_args

import numpy as np

from bedside.dataset.ecg import wording
from bedside.dataset.ecg.askable import (
    NORMAL,
    SINUS_RHYTHMS,
    Present,
    can_be_read,
    deniable,
    present_findings,
    unmistakable,
)
from bedside.dataset.ecg.facts import EcgFacts, Measured
from bedside.dataset.ecg.fairness import WRONG_CHOICES, Fairness, draw
from bedside.dataset.ecg.wording import Said, pick
from bedside.ecg.reading import EcgWarning
from bedside.ecg.statements import kinds_of
from bedside.examples import Evidence
from bedside.prompts import ECG_PROMPTS

__all__ = ["TASKS", "Pair", "Task", "pairs"]

Task = Literal["report", "rhythm", "morphology", "measurement", "yes_no", "multiple_choice"]
TASKS: tuple[Task, ...] = get_args(Task)
YES_NO = ("yes", "no")
LETTERS = "ABCD"

_REPORT = (ECG_PROMPTS["interpretation"], "Write a report of this ECG.")
_RHYTHM = ("What is the rhythm in this ECG?", "Which rhythm does this ECG show?")
_FIGURE = ("What is the {} in this ECG?", "Measure the {} in this ECG.")
_FINDING = ("Does this ECG show {}?", "Can {} be seen in this ECG?")
_NORMAL = "Is this a normal ECG?"
_CHOICE = ("Which of these findings does this ECG show?", "Which one of these can be seen in this ECG?")
_YES = ("Yes, this ECG shows {}.", "Yes, {} can be seen.")
_NO = ("No, this ECG does not show {}.", "No, {} cannot be seen.")


@dataclass(frozen=True)
class Pair:
    """One question with its answer.

    Attributes:
        task: what is asked for.
        question: as it is put.
        answer: the right one.
        target: the findings that the answer names, sorted; `None` where the answer is free text of a report,
            a figure, or chosen from `choices`.
        choices: what can be answered: `yes` and `no`, or the findings behind the letters A to D.
        evidence: of each statement, where it stands in the source.
    """

    task: Task
    question: str
    answer: str
    target: tuple[str, ...] | None
    choices: tuple[str, ...] | None
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True)
class _Known:
    """What may be asked about."""

    facts: EcgFacts
    present: tuple[Present, ...]
    absent: tuple[str, ...]
    measured: tuple[Measured, ...]
    flags: tuple[EcgWarning, ...]
    fairness: Fairness

    @property
    def certain(self) -> tuple[Present, ...]:
        """What a question with one right answer may be about."""
        return tuple(it for it in unmistakable(self.present) if can_be_read(it.phrase, self.flags))

    @property
    def all_can_be_read(self) -> bool:
        """Whether a picture shows everything that is present, so that it can be told in full."""
        return all(can_be_read(it.phrase, self.flags) for it in self.present)


def pairs(
    facts: EcgFacts,
    *,
    tasks: Sequence[Task],
    fairness: Fairness,
    rng: np.random.Generator,
    flags: Sequence[EcgWarning] = (),
) -> tuple[Pair, ...]:
    """Make the questions and answers of `tasks` that the facts of one ECG allow, in the order of `tasks`.

    At most one pair a task; of `yes_no` at most one that is answered with yes and one with no.

    Args:
        facts: what the source states.
        tasks: what to ask for.
        fairness: how often each finding may be asked about with one right answer.
        rng: source of every draw.
        flags: what is not as it should be with the signal. What cannot be read off a picture because of them,
            such as voltages without calibration, is not asked.

    Raises:
        DataError: the facts name a finding that is not one of `ecg.statements`.
    """
    known = _Known(
        facts,
        present_findings(facts),
        tuple(it for it in deniable(facts) if can_be_read(it, flags)),
        tuple(it for it in facts.measured if can_be_read(it.name, flags)),
        tuple(flags),
        fairness,
    )
    return tuple(pair for task in tasks for pair in _MAKERS[task](known, rng))


def _report(known: _Known, rng: np.random.Generator) -> tuple[Pair, ...]:
    sentences = [tidy for sentence in known.facts.report if (tidy := " ".join(sentence.split()))]
    if sentences:
        source = known.facts.report_evidence
        ends = all(sentence.endswith((".", "!", "?")) for sentence in sentences)
        text = (" " if ends else "\n").join(sentences)
        said = Said(text, tuple(Evidence(statement=it, source=source) for it in sentences))
    elif known.present and known.all_can_be_read:
        said = wording.say_report(known.present, rng)
    else:
        return ()
    return (_pair("report", pick(rng, _REPORT), said),)


def _rhythm(known: _Known, rng: np.random.Generator) -> tuple[Pair, ...]:
    rhythms = tuple(it for it in known.present if it.kind == "rhythm")
    rate = next((it for it in known.measured if it.name == "heart_rate"), None)
    if not rhythms:
        return ()
    if rate is not None and rng.integers(2):
        said = wording.say_rhythm_and_rate(rhythms, rate, rng)
        return (_pair("rhythm", ECG_PROMPTS["rate_and_rhythm"], said),)
    return (_pair("rhythm", pick(rng, _RHYTHM), wording.say_rhythm(rhythms, rng)),)


def _morphology(known: _Known, rng: np.random.Generator) -> tuple[Pair, ...]:
    """Ask for the abnormalities or the diagnosis; a normal ECG is an answer where the source states one.

    A diagnosis is what is plainly stated and is in no label set a matter of form or rhythm.
    """
    if not known.all_can_be_read:
        return ()
    told = tuple(it for it in known.present if it.is_abnormal or it.phrase == NORMAL)
    sure = tuple(it for it in told if it.certainty == "stated" and kinds_of(it.phrase) == ("diagnostic",))
    diagnoses = tuple(it for it in sure if it.phrase != NORMAL) or sure
    asked: list[tuple[str, Said]] = []
    if told:
        asked.append((ECG_PROMPTS["abnormalities"], wording.say_findings(told, rng)))
    if diagnoses:
        asked.append((ECG_PROMPTS["diagnosis"], wording.say_diagnosis(diagnoses, rng)))
    if not asked:
        return ()
    question, said = asked[int(rng.integers(len(asked)))]
    return (_pair("morphology", question, said),)


def _measurement(known: _Known, rng: np.random.Generator) -> tuple[Pair, ...]:
    if not known.measured:
        return ()
    measured = known.measured[int(rng.integers(len(known.measured)))]
    question = pick(rng, _FIGURE).format(wording.FIGURE_NAMES[measured.name])
    return (_pair("measurement", question, wording.say_figure(measured, rng)),)


def _yes_no(known: _Known, rng: np.random.Generator) -> tuple[Pair, ...]:
    made: list[Pair] = []
    for chosen in draw(rng, [known.fairness.yes.get(it.phrase, 0) for it in known.certain], 1):
        finding = known.certain[chosen]
        made.append(_closed(finding.phrase, finding.evidence, rng, answers=_YES))
    for chosen in draw(rng, [known.fairness.no.get(it, 0) for it in known.absent], 1):
        phrase = known.absent[chosen]
        made.append(_closed(phrase, _not_stated(phrase, known.facts), rng, answers=_NO))
    return tuple(made)


def _closed(phrase: str, source: str, rng: np.random.Generator, *, answers: tuple[str, ...]) -> Pair:
    """Ask whether there is one finding; question and answer name it in the same words."""
    if phrase == NORMAL:
        question = _NORMAL
        answer = f"Yes, this is a {NORMAL}." if answers is _YES else f"No, this is not a {NORMAL}."
    else:
        forms = _FINDING if phrase in SINUS_RHYTHMS else (ECG_PROMPTS["finding"], *_FINDING)
        words = wording.with_article(phrase)
        question = pick(rng, forms).replace("{finding}", "{}").format(words)
        answer = pick(rng, answers).format(words)
    return Pair("yes_no", question, answer, None, YES_NO, (Evidence(statement=phrase, source=source),))


def _multiple_choice(known: _Known, rng: np.random.Generator) -> tuple[Pair, ...]:
    """Offer one finding that is present among others that are surely absent."""
    fairness = known.fairness
    certain = [it for it in known.certain if len(_alike(it, known)) >= WRONG_CHOICES]
    chosen = draw(rng, [fairness.right.get(it.phrase, 0) for it in certain], 1)
    if not chosen:
        return ()
    right = certain[chosen[0]]
    alike = _alike(right, known)
    wrong = [alike[it] for it in draw(rng, [fairness.wrong[it] for it in alike], WRONG_CHOICES)]
    if not wrong:
        return ()
    wrong = [wrong[it] for it in rng.permutation(len(wrong))]
    place = int(rng.integers(len(LETTERS)))
    choices = (*wrong[:place], right.phrase, *wrong[place:])
    options = [f"{letter}. {choice}" for letter, choice in zip(LETTERS, choices, strict=True)]
    evidence = [Evidence(statement=right.phrase, source=right.evidence)]
    evidence += [Evidence(statement=it, source=_not_stated(it, known.facts)) for it in wrong]
    question = "\n".join((pick(rng, _CHOICE), *options))
    return (Pair("multiple_choice", question, options[place], None, choices, tuple(evidence)),)


def _alike(finding: Present, known: _Known) -> list[str]:
    """Return what is absent and may stand beside `finding` in a choice."""
    fairness = known.fairness
    group = fairness.group.get(finding.phrase)
    return [it for it in known.absent if it in fairness.wrong and fairness.group[it] == group]


def _not_stated(phrase: str, facts: EcgFacts) -> str:
    for it in facts.absent:
        if it.phrase == phrase:
            return it.evidence
    return (
        f"{facts.source}, record {facts.record_name}: {phrase} is among what was looked for, and not stated"
    )


def _pair(task: Task, question: str, said: Said) -> Pair:
    return Pair(task, question, said.text, said.target, None, said.evidence)


_MAKERS: Mapping[Task, Callable[[_Known, np.random.Generator], tuple[Pair, ...]]] = MappingProxyType(
    {
        "report": _report,
        "rhythm": _rhythm,
        "morphology": _morphology,
        "measurement": _measurement,
        "yes_no": _yes_no,
        "multiple_choice": _multiple_choice,
    }
)
