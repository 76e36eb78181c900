"""Subjects that share a question or a picture stay together; those that do not are not linked."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from bedside.dataset.links import Link, groups, links
from bedside.dataset.pictures import MOST_DIFFERENT, alike
from indexed import example, facts_of, indexed


def test_a_question_in_other_spelling_links_its_subjects() -> None:
    index = indexed([example(1, asked="What is AF?"), example(2, asked=" what is\naf? "), example(3)])
    assert list(links(index)) == [Link("subject 1", "subject 2", "question")]


def test_the_same_question_about_different_pictures_links_nobody() -> None:
    examples = [example(n, asked="Interpret.", images=(f"{n}.png",)) for n in (1, 2)]
    assert list(links(indexed(examples, {"1.png": facts_of(1), "2.png": facts_of(2)}))) == []


def test_one_picture_of_two_subjects_links_them_whatever_is_asked() -> None:
    examples = [example(n, images=(f"{n}.png",)) for n in (1, 2)]
    pictures = {"1.png": facts_of(1, name="same"), "2.png": facts_of(1, name="same")}
    assert list(links(indexed(examples, pictures))) == [Link("subject 1", "subject 2", "picture")]


def test_pictures_of_the_same_ink_link_their_subjects_and_others_do_not() -> None:
    examples = [example(n, images=(f"{n}.png",)) for n in range(40)]
    pictures = {f"{n}.png": facts_of(n) for n in range(38)}
    pictures |= {"38.png": facts_of(7, flipped=9), "39.png": facts_of(7, flipped=60)}
    assert list(links(indexed(examples, pictures))) == [Link("subject 38", "subject 7", "likeness")] * 1


def test_links_add_up_to_groups() -> None:
    pairs = [("a", "q1"), ("b", "q1"), ("b", "q2"), ("c", "q2"), ("d", "q3")]
    index = indexed([example(n, subject=who, asked=what) for n, (who, what) in enumerate(pairs)])
    assert groups(index) == {"a": "a", "b": "a", "c": "a", "d": "d"}


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 2**31), flipped=st.integers(0, 12))
def test_a_picture_that_differs_in_few_bits_is_found_among_many(seed: int, flipped: int) -> None:
    rng = np.random.default_rng(seed)
    many = rng.integers(0, 2, (200, 256)).astype(np.uint8)
    many[150] = many[20]
    many[150, rng.permutation(256)[:flipped]] ^= 1
    found = {tuple(sorted(pair)) for pair in alike(np.packbits(many, axis=1).view(np.uint64))}
    assert found == {(20, 150)}
    assert flipped <= MOST_DIFFERENT
