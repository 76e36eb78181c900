"""Every narrative is true to its figures, in whole sentences, for every seed."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bedside.vitals.figures import NotAssessed
from bedside.vitals.judgements import judge
from bedside.vitals.narrative import narrate
from drawn_figures import any_figures
from narrative_checks import check_grammar, check_numbers, sentences
from vital_figures import ADULT, EXAMPLES, WINDOWS


@pytest.mark.parametrize("name", EXAMPLES)
@pytest.mark.parametrize("window", WINDOWS)
def test_every_seed_gives_whole_sentences(name, window):
    for seed in range(15):
        check_grammar(narrate(EXAMPLES[name], seed=seed, window=window).text)


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_number_is_a_figure(name):
    for seed in range(40):
        check_numbers(EXAMPLES[name], narrate(EXAMPLES[name], seed=seed, window=WINDOWS[seed % 5]).text)


def test_a_number_that_is_no_figure_would_be_found():
    with pytest.raises(AssertionError):
        check_numbers(ADULT, "The heart rate averaged 73.3 bpm.")


@settings(max_examples=80, deadline=None)
@given(any_figures(), st.integers(0, 2**32), st.sampled_from(WINDOWS))
def test_any_figures_give_true_and_whole_sentences(measured, seed, window):
    told = narrate(measured, seed=seed, window=window)
    check_grammar(told.text)
    check_numbers(measured, told.text)
    assert 2 <= len(sentences(told.conclusion)) <= 5
    if isinstance(measured.rhythm, NotAssessed):
        assert not re.search(r"regular", told.text), told.text
    if isinstance(measured.ectopy, NotAssessed) and isinstance(measured.rhythm, NotAssessed):
        assert "not assessed" in dict(told.sections)["rhythm"].lower()
    goes_on = "onitoring" in sentences(told.conclusion)[-1]
    assert goes_on == (judge(measured).urgency == 0), told.conclusion
