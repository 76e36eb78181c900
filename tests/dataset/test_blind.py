"""What can be answered without the picture is found, and what cannot is not."""

from __future__ import annotations

import numpy as np
import pytest

from bedside.dataset.inspect.blind import BlindReader, right_option
from bedside.examples import Example, Message

FINDINGS = (
    "atrial fibrillation",
    "sinus bradycardia",
    "left ventricular hypertrophy",
    "first degree AV block",
)


def closed(asked: str, said: str, choices: tuple[str, ...], task: str) -> Example:
    turns = (Message(role="user", content=asked), Message(role="assistant", content=said))
    return Example(id="1", subject_id="s", messages=turns, choices=choices, task=task)


def yes_no(finding: str, *, present: bool) -> Example:
    said = f"{'Yes' if present else 'No'}, that is so."
    return closed(f"Does this ECG show {finding}?", said, ("yes", "no"), "yes_no")


def choice(right: str, options: tuple[str, ...]) -> Example:
    return closed("Which?", f"{'ABCD'[options.index(right)]}. {right}", options, "multiple_choice")


def test_the_right_option_is_read_from_the_answer() -> None:
    assert right_option(yes_no("x", present=True)) == "yes"
    assert right_option(yes_no("x", present=False)) == "no"
    options = ("bundle branch block", "right bundle branch block", "flutter")
    assert right_option(choice("right bundle branch block", options)) == "right bundle branch block"
    assert right_option(choice("flutter", options)) == "flutter"
    assert right_option(closed("Which?", "Maybe.", options, "multiple_choice")) is None


def test_questions_whose_answer_follows_from_what_is_asked_need_no_picture() -> None:
    reader = BlindReader()
    examples = [yes_no(finding, present=number % 2 == 0) for number, finding in enumerate(FINDINGS)] * 50
    for example in examples:
        reader.learn(example)
        reader.examine(example)
    share, chance = reader.results()["yes_no"]
    assert share.value == pytest.approx(1.0, abs=0.02)
    assert (share.n, chance) == (200, 0.5)


def test_fair_questions_are_answered_by_chance() -> None:
    rng = np.random.default_rng(0)
    reader = BlindReader()
    for number in range(4000):
        finding = FINDINGS[rng.integers(4)]
        options = tuple(rng.permutation(FINDINGS).tolist())
        for example in (yes_no(finding, present=bool(rng.integers(2))), choice(finding, options)):
            (reader.learn if number < 3000 else reader.examine)(example)
    results = reader.results()
    assert results["yes_no"][0].value == pytest.approx(0.5, abs=0.06)
    assert results["multiple_choice"][0].value == pytest.approx(0.25, abs=0.06)
    assert results["multiple_choice"][1] == 0.25
