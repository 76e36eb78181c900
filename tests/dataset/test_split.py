"""The split: by subject, balanced by kind, independent of order, and checked for leaks."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bedside.dataset.split import SplitFractions, check_leaks, check_sizes, counts, split_by_subject
from bedside.errors import DataError
from bedside.examples import Example, Message


def example(number: int, subject: int, target: str = "normal", images: tuple[str, ...] = ()) -> Example:
    messages = (Message(role="user", content="?"), Message(role="assistant", content="!"))
    return Example(
        id=str(number), subject_id=str(subject), messages=messages, target=(target,), images=images
    )


@settings(max_examples=40, deadline=None)
@given(subjects=st.lists(st.integers(0, 30), min_size=1, max_size=80), seed=st.integers(0, 2**31))
def test_no_subject_is_in_two_parts_and_none_is_lost(subjects: list[int], seed: int) -> None:
    examples = [example(number, subject) for number, subject in enumerate(subjects)]
    split = split_by_subject(examples, SplitFractions(), seed=seed)
    parts = [{e.subject_id for e in part} for part in split.values()]
    assert sum(map(len, parts)) == len(set().union(*parts)) == len(set(subjects))
    assert sorted(e.id for part in split.values() for e in part) == sorted(e.id for e in examples)
    backwards = split_by_subject(examples[::-1], SplitFractions(), seed=seed)
    assert {n: {e.id for e in p} for n, p in split.items()} == {
        n: {e.id for e in p} for n, p in backwards.items()
    }


def test_rare_findings_are_in_every_part() -> None:
    examples = [example(n, n, "rare" if n % 10 == 0 else "normal") for n in range(100)]
    counted = counts(split_by_subject(examples, SplitFractions(validation=0.1, test=0.2), seed=0))
    assert [counted[part]["target: rare"] for part in ("train", "validation", "test")] == [7, 1, 2]
    assert counted["test"]["examples"] == 20


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
    split = split_by_subject([example(n, n) for n in range(subjects)], fractions, seed=seed)
    try:
        check_sizes(split, fractions)
    except DataError as error:
        needed = int(error.fix.removeprefix("give at least ").partition(" ")[0])
        assert needed > subjects
        enough = [example(n, n) for n in range(needed)]
        check_sizes(split_by_subject(enough, fractions, seed=seed), fractions)
        fewer = split_by_subject(enough[1:], fractions, seed=seed)
        with pytest.raises(DataError):
            check_sizes(fewer, fractions)
    else:
        assert split["train"]
        assert split["test"]


def test_one_picture_in_two_parts_is_a_leak(tmp_path: Path) -> None:
    for name in ("a.png", "b.png"):
        (tmp_path / name).write_bytes(b"the same picture")
    split = {"train": [example(1, 1, images=("a.png",))], "test": [example(2, 2, images=("b.png",))]}
    with pytest.raises(DataError, match="0 subjects and 1 pictures stand in two parts"):
        check_leaks(split, folder=tmp_path)


def test_ids_must_be_unique_and_something_must_be_there() -> None:
    with pytest.raises(DataError, match="1 ids stand more than once, first '1'"):
        split_by_subject([example(1, 1), example(1, 2)], SplitFractions(), seed=0)
    with pytest.raises(DataError, match="no usable example"):
        split_by_subject([], SplitFractions(), seed=0)
