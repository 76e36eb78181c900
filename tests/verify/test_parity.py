"""Two engines are compared on the answer's tokens and the first position's most probable ones, no others."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest

from bedside.engine import Answer, Prompt, Score, TokenScore
from bedside.examples import Message
from bedside.measurements import at_most
from bedside.verify.held_out import Kind, ParityPrompt
from bedside.verify.parity import compare, parity_rows

END = 7


@dataclass
class Scripted:
    """An engine whose log-probability of each token id is given; unknown ids have -9."""

    logprobs: dict[int, float]
    answered: tuple[int, ...] = ()
    finished: bool = True
    name: str = "scripted"
    asked: list[tuple[int, ...]] = field(default_factory=list)

    def generate(self, prompt: Prompt, *, max_tokens: int) -> Answer:
        return Answer("text", self.answered, self.finished, 1.0)

    def score(self, prompt: Prompt, answer: str | Sequence[int], *, top: int = 1) -> Score:
        assert not isinstance(answer, str)
        self.asked.append(tuple(answer))
        best = sorted(self.logprobs, key=lambda token: -self.logprobs[token])[:top]
        reported = {token: self.logprobs[token] for token in best}
        return Score(
            tuple(TokenScore(token, self.logprobs.get(token, -9.0), reported) for token in (*answer, END))
        )


def prompt(kind: Kind = "text") -> ParityPrompt:
    return ParityPrompt("e1", kind, Prompt((Message(role="user", content="?"),)))


def test_each_token_of_the_answer_and_of_the_top_is_compared() -> None:
    reference = Scripted({1: -1.0, 2: -2.0, END: -0.5}, answered=(1, 2, END))
    other = Scripted({1: -1.001, 2: -2.002, END: -0.504})
    found = compare(reference, other, prompt(), max_tokens=8)
    assert reference.asked == other.asked == [(1, 2)]
    assert found.delta_logprobs == pytest.approx((-0.001, -0.002, -0.004, -0.004, -0.001, -0.002))
    assert found.max_abs == pytest.approx(0.004)
    assert found.same_first_token


def test_the_end_of_an_answer_that_was_cut_is_not_compared() -> None:
    reference = Scripted({1: -1.0, 2: -2.0}, answered=(1, 2), finished=False)
    other = Scripted({1: -1.0, 2: -2.0, END: -30.0})
    found = compare(reference, other, prompt(), max_tokens=2)
    assert not found.finished
    assert len(found.delta_logprobs) == 2 + 2
    assert found.max_abs == 0


def test_an_answer_ended_by_another_token_than_the_end_of_turn_is_not_compared_there() -> None:
    reference = Scripted({1: -1.0, 3: -0.1}, answered=(1, 3))
    found = compare(reference, Scripted({1: -1.0, 3: -0.1}), prompt(), max_tokens=8)
    assert not found.finished
    assert len(found.delta_logprobs) == 1 + 2


def test_a_token_the_other_engine_does_not_list_still_counts() -> None:
    reference = Scripted({1: -0.5, 2: -1.0}, answered=(1, END))
    other = Scripted({1: -0.5, **{token: -3.0 - token / 100 for token in range(100, 160)}, 2: -8.0})
    found = compare(reference, other, prompt(), max_tokens=8)
    assert found.max_abs > 2


def test_another_most_probable_first_token_is_told() -> None:
    reference = Scripted({1: -0.5, 2: -1.0}, answered=(1, END))
    assert not compare(reference, Scripted({1: -1.0, 2: -0.5}), prompt(), max_tokens=8).same_first_token


def test_rows_hold_the_largest_and_the_mean_of_one_kind() -> None:
    one = compare(Scripted({1: -1.0}, (1, END)), Scripted({1: -1.2}), prompt("image"), max_tokens=8)
    largest, average = parity_rows([one, one], "image", seed=0)
    assert (largest.name, largest.subject, largest.unit) == ("hf_f16_max_abs_delta_logprob", "image", "nat")
    assert largest.estimate.value == pytest.approx(0.2)
    assert average.estimate.value == pytest.approx((0.2 + 0 + 0.2) / 3)
    assert largest.estimate.n == average.estimate.n == 6


def test_no_prompt_of_a_kind_is_undefined_not_zero() -> None:
    for row in parity_rows([], "image", seed=0):
        assert row.estimate.value is None
        assert "no image prompts" in row.estimate.method


def test_a_difference_that_is_no_number_is_undefined_and_breaks_the_limit() -> None:
    found = compare(Scripted({1: -1.0}, (1, END)), Scripted({1: math.nan}), prompt(), max_tokens=8)
    rows = parity_rows([found], "text", seed=0)
    assert [row.estimate.value for row in rows] == [None, None]
    assert "no number" in rows[0].estimate.method
    limits = at_most(rows, {rows[0].name: 0.01})
    assert [limit.is_met for limit in limits] == [False]


def test_what_was_not_compared_has_no_limit() -> None:
    rows = parity_rows([], "image", seed=0)
    assert at_most(rows, {rows[0].name: 0.01}) == ()
