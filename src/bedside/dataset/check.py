"""Look through a dataset for what must not be in it: leaks, duplicates, refusals, what is broken.

Reads the files as they lie there, so that also a folder that was edited, or that another program wrote, can
be checked. Knows nothing of how a dataset is made.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import polars as pl

from bedside.artifact import damages, is_artifact, open_artifact
from bedside.dataset.ecg.refusals import refusal
from bedside.dataset.index import images_of, index_of
from bedside.dataset.lines import LineRange, line_ranges, lines_in
from bedside.dataset.links import Link, links
from bedside.dataset.pictures import PictureFacts, look_at
from bedside.dataset.split import SPLITS
from bedside.ecg.findings import findings_in
from bedside.errors import ArtifactError, DataError
from bedside.examples import Example, parse_example
from bedside.executor import map_items, usable_cores

__all__ = ["CheckReport", "Problem", "check_dataset"]

NAMED = 5


@dataclass(frozen=True)
class Problem:
    """One kind of thing that must not be in a dataset.

    Attributes:
        code: `subject_leak`, `picture_leak`, `similar_picture_leak`, `question_leak`, `duplicate_picture`,
            `duplicate_example`, `duplicate_id`, `missing_part`, `wrong_target`, `refusal`, `no_answer`,
            `broken_line`, `broken_picture` or `altered`.
        count: how many.
        message: what it is and why it matters.
        where: the first few.
    """

    code: str
    count: int
    message: str
    where: tuple[str, ...]


@dataclass(frozen=True)
class CheckReport:
    """What a check has seen.

    Attributes:
        examples: examples in each part.
        problems: what was found; empty where all is well.
    """

    examples: dict[str, int]
    problems: tuple[Problem, ...]


@dataclass(frozen=True)
class _Seen:
    """What is found in some lines: their index, and what is wrong in one line alone."""

    index: pl.DataFrame
    wrong: tuple[tuple[str, str], ...]


_MESSAGES = {
    "subject_leak": "subjects stand in two parts: the model is tested on whom it was trained on",
    "picture_leak": "pairs of subjects in different parts have a picture in common, byte for byte",
    "similar_picture_leak": "pairs of subjects in different parts have pictures of the same ink",
    "question_leak": "pairs of subjects in different parts have a question without pictures in common",
    "duplicate_picture": "pictures are shown for two subjects: one of them is wrong, or they are one subject",
    "duplicate_example": "examples ask and answer the same as one before them in their part",
    "duplicate_id": "ids stand more than once",
    "missing_part": "parts have no file",
    "wrong_target": "targets are not the findings that their own answer names",
    "refusal": "answers are refusals or leftovers of a language model, not answers",
    "no_answer": "training examples have no answer",
    "broken_line": "lines are no examples",
    "broken_picture": "examples have pictures that are absent or cannot be read",
    "altered": "files are not what was sealed",
}


def check_dataset(folder: Path, *, workers: int | None = None) -> CheckReport:
    """Check the parts in `folder` (`train.jsonl`, `validation.jsonl`, `test.jsonl`).

    Args:
        folder: a dataset, or any folder with files of that form.
        workers: processes; by default as many as there are cores.

    Raises:
        DataError: the folder has no part.
    """
    files = [(part, folder / f"{part}.jsonl") for part in SPLITS if (folder / f"{part}.jsonl").is_file()]
    if not files:
        raise DataError("holds no dataset", file=folder, fix="give a folder with train.jsonl and test.jsonl")
    pieces = [(part, lines) for part, file in files for lines in line_ranges(file)]
    seen = map_items(
        partial(_look_through, folder=folder),
        pieces,
        workers=workers or usable_cores(),
        description="checking",
    )
    missing = [("missing_part", f"{part}.jsonl") for part in ("train", "test") if part not in dict(files)]
    wrong = [*_altered(folder), *missing, *(item for part in seen for item in part.wrong)]
    index = (
        pl.concat(
            [it.index.with_columns(part=pl.lit(part)) for (part, _), it in zip(pieces, seen, strict=True)]
        )
        if pieces
        else None
    )
    if index is not None:
        wrong += [*_repeated(index), *_leaks(index, folder)]
    of_part = {part: 0 for part, _ in files} | (
        {} if index is None else dict(index["part"].value_counts().iter_rows())
    )
    return CheckReport(of_part, _problems(wrong))


def _look_through(piece: tuple[str, LineRange], *, folder: Path) -> _Seen:
    part, lines = piece
    wrong: list[tuple[str, str]] = []
    good: list[Example] = []
    for number, line in lines_in(lines):
        place = f"{lines.path.name}:{number}"
        try:
            example = parse_example(line.decode("utf-8-sig"), file=lines.path, line=number)
        except UnicodeDecodeError as error:
            wrong.append(("broken_line", f"{place}: byte {error.start} is not UTF-8"))
            continue
        except DataError as error:
            wrong.append(("broken_line", f"{place}: {error.reason}"))
            continue
        wrong += [(code, f"{place}: {example.id}: {what}") for code, what in _of_example(example, part)]
        good.append(example)
    facts: dict[str, PictureFacts] = {}
    for image in images_of(good):
        try:
            facts[image] = look_at(image, folder=folder)
        except DataError as error:
            ids = ", ".join(example.id for example in good if image in example.images)
            wrong.append(("broken_picture", f"{ids}: {error.what}"))
    return _Seen(index_of(good, facts), tuple(wrong))


def _of_example(example: Example, part: str) -> Iterator[tuple[str, str]]:
    if part == "train" and example.text is None and not example.answer.strip():
        yield "no_answer", "the last turn is not the assistant's, or says nothing"
    named = findings_in(example.answer)
    if example.target is not None and example.answer and named != frozenset(example.target):
        yield "wrong_target", f"{sorted(example.target)} for an answer that names {sorted(named)}"
    for turn in (turn for turn in example.messages if turn.content.strip()):
        if turn.role == "assistant" and (reason := refusal(turn.content)) is not None:
            yield "refusal", f"{reason}: {turn.content[:60]!r}"


def _repeated(index: pl.DataFrame) -> Iterator[tuple[str, str]]:
    twice = index.group_by("id", maintain_order=True).len().filter(pl.col("len") > 1)
    yield from (("duplicate_id", f"{name} ({count} times)") for name, count in twice.iter_rows())
    again = index.filter(~pl.struct("part", "question", "answer").is_first_distinct())["id"]
    yield from (("duplicate_example", name) for name in again)


def _leaks(index: pl.DataFrame, folder: Path) -> Iterator[tuple[str, str]]:
    parts = dict(
        index.group_by("subject_id", maintain_order=True)
        .agg(pl.col("part").unique(maintain_order=True))
        .iter_rows()
    )
    yield from (("subject_leak", f"{who}: {' and '.join(of)}") for who, of in parts.items() if len(of) > 1)
    for link in links(index, folder=folder):
        code = _code_of(link, crosses=set(parts[link.first]) != set(parts[link.second]))
        if code is not None:
            yield code, " and ".join(f"{who} ({', '.join(parts[who])})" for who in (link.first, link.second))


def _code_of(link: Link, *, crosses: bool) -> str | None:
    if link.by == "picture":
        return "picture_leak" if crosses else "duplicate_picture"
    if not crosses:
        return None
    return "question_leak" if link.by == "question" else "similar_picture_leak"


def _altered(folder: Path) -> Iterator[tuple[str, str]]:
    if not is_artifact(folder):
        return
    try:
        yield from (("altered", damage) for damage in damages(open_artifact(folder)))
    except ArtifactError as error:
        yield "altered", error.what


def _problems(wrong: Sequence[tuple[str, str]]) -> tuple[Problem, ...]:
    count = Counter(code for code, _ in wrong)
    return tuple(
        Problem(code, count[code], message, tuple(where for it, where in wrong if it == code)[:NAMED])
        for code, message in _MESSAGES.items()
        if count[code]
    )
