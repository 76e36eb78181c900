"""Take calibration text from a dataset's training split: question and answer of evenly chosen examples."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from bedside.calibration.choice import mixed
from bedside.calibration.texts import Text, text_of_example
from bedside.examples import Example, evenly, read_examples

__all__ = ["DatasetTexts", "dataset_texts"]


@dataclass(frozen=True)
class DatasetTexts:
    """Texts of a split.

    Attributes:
        texts: the texts.
        read: examples in the split.
        held_out: those of a subject that is held out.
        without_answer: of the others, those without an answer, running text not counted.
        with_picture: of those used, those with a picture.
    """

    texts: tuple[Text, ...]
    read: int
    held_out: int
    without_answer: int
    with_picture: int


def dataset_texts(path: Path, *, most: int, without: frozenset[str], prompts: int) -> DatasetTexts:
    """Read the examples at `path` and make text of `most` of them.

    Examples with and without a picture are taken in equal numbers as far as there are so many of both, each
    evenly over the file, and mixed, so that a program that reads only the beginning meets both.

    Args:
        path: JSON Lines of examples.
        most: how many at most.
        without: subjects whose examples are left out.
        prompts: how many forms of each conversation are wanted; examples have one, which stands for all.

    Raises:
        DataError: a line is no example.
    """
    read = list(read_examples(path))
    examples = [example for example in read if example.subject_id not in without]
    answered = [example for example in examples if example.answer or example.text]
    pictured = [example for example in answered if example.images]
    worded = [example for example in answered if not example.images]
    half = most // 2
    of_pictured = min(len(pictured), max(half, most - len(worded)))
    chosen = mixed(evenly(pictured, of_pictured), evenly(worded, most - of_pictured))
    return DatasetTexts(
        texts=tuple(_text(example, prompts) for example in chosen),
        read=len(read),
        held_out=len(read) - len(examples),
        without_answer=len(examples) - len(answered),
        with_picture=of_pictured,
    )


def _text(example: Example, prompts: int) -> Text:
    return text_of_example(
        example,
        subject_id=example.subject_id,
        group="data set",
        stratum="with a picture" if example.images else "without a picture",
        prompts=prompts,
    )
