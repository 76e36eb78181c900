"""The split: by subject, balanced by kind, independent of order, official folds kept."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bedside.dataset.split import SPLITS, SplitFractions, deal, require_sizes
from bedside.errors import DataError


def kinds(count: int, *, rare_every: int = 0) -> dict[str, tuple[str, str]]:
    rare = [bool(rare_every) and n % rare_every == 0 for n in range(count)]
    return {str(n): ("source", "rare" if is_rare else "normal") for n, is_rare in enumerate(rare)}


@settings(max_examples=40, deadline=None)
@given(subjects=st.sets(st.integers(0, 99), min_size=1), seed=st.integers(0, 2**31))
def test_every_subject_is_dealt_once_whatever_the_order(subjects: set[int], seed: int) -> None:
    kind_of = {str(subject): ("source", str(subject % 3)) for subject in subjects}
    dealt = deal(kind_of, {}, SplitFractions(), seed=seed)
    assert dealt.keys() == kind_of.keys()
    backwards = dict(reversed(kind_of.items()))
    assert deal(backwards, {}, SplitFractions(), seed=seed) == dealt


def test_rare_findings_are_in_every_part() -> None:
    kind_of = kinds(100, rare_every=10)
    dealt = deal(kind_of, {}, SplitFractions(validation=0.1, test=0.2), seed=0)
    rare = [dealt[subject] for subject, (_, target) in kind_of.items() if target == "rare"]
    assert [rare.count(part) for part in SPLITS] == [7, 1, 2]
    assert list(dealt.values()).count("test") == 20


def test_a_part_that_is_decided_already_stays_and_the_others_are_dealt_as_if_it_were_not_there() -> None:
    fixed = {str(n): SPLITS[n % 3] for n in range(50)}
    dealt = deal(kinds(100), fixed, SplitFractions(), seed=1)
    assert {subject: dealt[subject] for subject in fixed} == fixed
    alone = deal({str(n): ("source", "normal") for n in range(50, 100)}, {}, SplitFractions(), seed=1)
    assert {subject: dealt[subject] for subject in alone} == alone


@settings(max_examples=100, deadline=None)
@given(
    test=st.floats(0.002, 0.998),
    share=st.floats(0, 0.999),
    seed=st.integers(0, 9),
    subjects=st.integers(1, 40),
)
def test_the_number_of_subjects_that_is_asked_for_is_enough_and_not_one_more(
    test: float, share: float, seed: int, subjects: int
) -> None:
    fractions = SplitFractions(test=test, validation=share * (1 - test))
    dealt = deal(kinds(subjects), {}, fractions, seed=seed)
    try:
        require_sizes(dealt, fractions, groups=len(dealt))
    except DataError as error:
        needed = int(error.fix.removeprefix("give at least ").partition(" ")[0])
        assert needed > subjects
        require_sizes(deal(kinds(needed), {}, fractions, seed=seed), fractions, groups=needed)
        with pytest.raises(DataError):
            require_sizes(deal(kinds(needed - 1), {}, fractions, seed=seed), fractions, groups=needed - 1)
    else:
        assert {"train", "test"} <= set(dealt.values())


def test_a_part_that_folds_leave_empty_is_told_as_such_and_linked_subjects_count_once() -> None:
    folds = {str(n): SPLITS[2] for n in range(9)}
    with pytest.raises(DataError, match="with 9 subjects the train part") as caught:
        require_sizes(folds, SplitFractions(), groups=9)
    assert "own folds leave none" in caught.value.fix
    with pytest.raises(
        DataError, match=r"with 9 subjects, of which linked ones count as one \(2\), the train"
    ):
        require_sizes(folds, SplitFractions(), groups=2)
