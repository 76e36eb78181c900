"""Words: lists, figures, capitals."""

from __future__ import annotations

import pytest

from bedside.dataset.ecg.facts import Measured
from bedside.dataset.ecg.wording import figure, listed


@pytest.mark.parametrize(
    ("words", "text"), [(["a"], "a"), (["a", "b"], "a and b"), (["a", "b", "c"], "a, b and c")]
)
def test_lists_are_joined_as_english_does(words, text) -> None:
    assert listed(words) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(59.4, "59 bpm"), (59.5, "60 bpm"), (60.5, "61 bpm"), (1.0, "1 bpm")],
)
def test_halves_are_rounded_up(value, text) -> None:
    assert figure(Measured("heart_rate", value, "bpm", "table")) == text
