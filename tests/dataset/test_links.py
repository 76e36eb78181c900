"""Subjects that share a question or a picture stay together; those that do not are not linked."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from bedside.dataset import links as dataset_links
from bedside.dataset.links import Link, groups, links
from bedside.dataset.pictures import MOST_DIFFERENT, alike, look_at, same_ink
from bedside.ecg.render import Picture, draw
from bedside.ecg.synth import synthesize
from indexed import example, facts_of, indexed

NOWHERE = Path("nowhere")  # no picture is looked at


def test_a_question_in_other_spelling_links_its_subjects() -> None:
    index = indexed([example(1, asked="What is AF?"), example(2, asked=" what is\naf? "), example(3)])
    assert list(links(index, folder=NOWHERE)) == [Link("subject 1", "subject 2", "question")]


def test_the_same_question_about_different_pictures_links_nobody() -> None:
    examples = [example(n, asked="Interpret.", images=(f"{n}.png",)) for n in (1, 2)]
    index = indexed(examples, {"1.png": facts_of(1), "2.png": facts_of(2)})
    assert list(links(index, folder=NOWHERE)) == []


def test_one_picture_of_two_subjects_links_them_whatever_is_asked() -> None:
    examples = [example(n, images=(f"{n}.png",)) for n in (1, 2)]
    pictures = {"1.png": facts_of(1, name="same"), "2.png": facts_of(1, name="same")}
    index = indexed(examples, pictures)
    assert list(links(index, folder=NOWHERE)) == [Link("subject 1", "subject 2", "picture")]


def ecg(number: int) -> Picture:
    """A page of a normal record: of all kinds the one whose pictures are most alike."""
    rng = np.random.default_rng(number)
    made = synthesize("normal_sinus_rhythm", rng=rng, subject_id="s", record_name="r")
    return draw(made.record)


def test_a_copy_in_other_size_colour_and_compression_links_its_subject_and_other_ecgs_do_not(
    tmp_path: Path,
) -> None:
    for number in range(12):
        (tmp_path / f"{number}.png").write_bytes(ecg(number).png())
    page = ecg(7).image().convert("RGB")
    page.convert("L").save(tmp_path / "12.png")
    page.resize((700, 700)).save(tmp_path / "13.jpg", quality=60)
    page.transpose(Image.Transpose.FLIP_LEFT_RIGHT).save(tmp_path / "14.png")
    files = [f"{number}.png" for number in range(13)] + ["13.jpg", "14.png"]
    examples = [example(number, images=(name,)) for number, name in enumerate(files)]
    index = indexed(examples, {name: look_at(name, folder=tmp_path) for name in files})
    found = set(links(index, folder=tmp_path))
    assert {link.by for link in found} == {"likeness"}
    assert {*(link.first for link in found), *(link.second for link in found)} == {
        "subject 7",
        "subject 12",
        "subject 13",
    }


def test_ink_in_other_places_is_not_the_same(tmp_path: Path) -> None:
    for number in (1, 2):
        (tmp_path / f"{number}.png").write_bytes(ecg(number).png())
    assert same_ink(tmp_path / "1.png", tmp_path / "1.png")
    assert not same_ink(tmp_path / "1.png", tmp_path / "2.png")


def test_links_add_up_to_groups() -> None:
    pairs = [("a", "q1"), ("b", "q1"), ("b", "q2"), ("c", "q2"), ("d", "q3")]
    index = indexed([example(n, subject=who, asked=what) for n, (who, what) in enumerate(pairs)])
    assert groups(index, folder=NOWHERE) == {"a": "a", "b": "a", "c": "a", "d": "d"}


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


def test_pictures_that_are_all_alike_are_compared_once_each(monkeypatch: pytest.MonkeyPatch) -> None:
    compared: list[tuple[Path, Path]] = []

    def the_same(*files: Path) -> bool:
        compared.append((files[0], files[1]))
        return True

    monkeypatch.setattr(dataset_links, "same_ink", the_same)
    examples = [example(n, images=(f"{n}.png",)) for n in range(50)]
    pictures = {f"{n}.png": facts_of(1, name=f"sha {n}") for n in range(50)}
    found = groups(indexed(examples, pictures), folder=NOWHERE)
    assert len(set(found.values())) == 1
    assert len(compared) == 49
