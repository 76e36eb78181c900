"""Take calibration text from a dataset's training split: question and answer of evenly chosen examples."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bedside.calibration.texts import Text, text_of
from bedside.examples import Example, evenly, read_examples

__all__ = ["DatasetTexts", "dataset_texts"]


@dataclass(frozen=True)
class DatasetTexts:
    """Texts of a split, with how many examples were read, had no answer, and of those used had a picture."""

    texts: tuple[Text, ...]
    read: int
    without_answer: int
    with_picture: int


def dataset_texts(path: Path, *, most: int) -> DatasetTexts:
    """Read the examples at `path` and make text of `most` of them.

    Examples with and without a picture are taken in equal numbers as far as there are so many of both, each
    evenly over the file, and mixed, so that a program that reads only the beginning meets both.

    Raises:
        DataError: a line is no example.
    """
    examples = list(read_examples(path))
    answered = [example for example in examples if example.answer]
    pictured = [example for example in answered if example.images]
    worded = [example for example in answered if not example.images]
    half = most // 2
    of_pictured = min(len(pictured), max(half, most - len(worded)))
    chosen = _mixed(evenly(pictured, of_pictured), evenly(worded, most - of_pictured))
    return DatasetTexts(
        texts=tuple(text_of(example.messages, subject_id=example.subject_id) for example in chosen),
        read=len(examples),
        without_answer=len(examples) - len(answered),
        with_picture=of_pictured,
    )


def _mixed(first: Sequence[Example], second: Sequence[Example]) -> list[Example]:
    """Merge two lists so that each is spread evenly over the result."""
    placed = [
        ((index + 0.5) / len(examples), example)
        for examples in (first, second)
        for index, example in enumerate(examples)
    ]
    return [example for _, example in sorted(placed, key=lambda item: item[0])]
