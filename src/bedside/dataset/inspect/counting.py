"""Count what a dataset holds: parts, sources, tasks, findings, people, lengths, and what was dropped.

Reads each part once, line by line, and keeps counts and the examples that are shown. Knows nothing of pages.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bedside.console import progress
from bedside.dataset.inspect.blind import BlindReader
from bedside.dataset.split import SPLITS
from bedside.errors import DataError
from bedside.estimates import Estimate
from bedside.examples import Example, read_examples

__all__ = ["Lengths", "Part", "Reason", "Seen", "count_dataset"]

SHOWN_PER_TASK = 2
BATCH = 2000
Measure = Callable[[Sequence[str]], Sequence[int]]


@dataclass
class Part:
    """What one part of a dataset holds, counted as it is read.

    Attributes:
        name: `train`, `validation` or `test`.
        examples: how many.
        subjects: whose.
        pictures: distinct picture files.
        sources, tasks, findings, sexes: examples of each; of a sex, subjects.
        ages: age in whole years of each subject that states one.
        asked, answered: how often each length of question and answer stands (running text counts as answer).
    """

    name: str
    examples: int = 0
    subjects: set[str] = field(default_factory=set[str])
    pictures: set[str] = field(default_factory=set[str])
    sources: Counter[str] = field(default_factory=Counter[str])
    tasks: Counter[str] = field(default_factory=Counter[str])
    findings: Counter[str] = field(default_factory=Counter[str])
    sexes: Counter[str] = field(default_factory=Counter[str])
    ages: Counter[int] = field(default_factory=Counter[int])
    asked: Counter[int] = field(default_factory=Counter[int])
    answered: Counter[int] = field(default_factory=Counter[int])

    def add(self, example: Example) -> None:
        """Count one example; a subject's age and sex count once, with its first example."""
        self.examples += 1
        if example.subject_id not in self.subjects:
            self.subjects.add(example.subject_id)
            self.sexes[example.sex or "not stated"] += 1
            if example.age_years is not None:
                self.ages[int(example.age_years)] += 1
        self.pictures.update(example.images)
        self.sources[example.source] += 1
        self.tasks[example.task or "not stated"] += 1
        self.findings.update(example.target or ())


@dataclass(frozen=True)
class Lengths:
    """In what lengths are told: `tokens` of a vocabulary, or `characters`."""

    unit: str
    measure: Measure


@dataclass(frozen=True)
class Reason:
    """Why something was dropped, how often, and the first of them."""

    reason: str
    count: int
    first: str


@dataclass(frozen=True)
class Seen:
    """What a dataset holds.

    Attributes:
        parts: in the order train, validation, test.
        licences: those of each source.
        dropped: the reasons, the most frequent first.
        blind: of closed questions of each task the share answered without the picture, and by guessing.
        shown: some examples of every source and task, with their part.
        unit: of the lengths.
    """

    parts: tuple[Part, ...]
    licences: dict[str, tuple[str, ...]]
    dropped: tuple[Reason, ...]
    blind: dict[str, tuple[Estimate, float]]
    shown: tuple[tuple[str, Example], ...]
    unit: str


@dataclass
class _Shown:
    """The examples to show: a few of each source and task, of as many subjects as there are."""

    fresh: dict[tuple[str, str | None], list[tuple[str, Example]]] = field(default_factory=dict)
    spare: dict[tuple[str, str | None], list[tuple[str, Example]]] = field(default_factory=dict)
    subjects: set[str] = field(default_factory=set[str])

    def offer(self, part: str, example: Example) -> None:
        """Keep an example of a subject that is not shown yet; of another one only to fill up with."""
        kind = example.source, example.task
        is_new = example.subject_id not in self.subjects
        kept = (self.fresh if is_new else self.spare).setdefault(kind, [])
        if len(kept) < SHOWN_PER_TASK:
            kept.append((part, example))
            if is_new:
                self.subjects.add(example.subject_id)

    def chosen(self) -> tuple[tuple[str, Example], ...]:
        """Return them, those of one source and task together."""
        kinds = dict.fromkeys((*self.spare, *self.fresh))
        of_kind = ((*self.fresh.get(kind, ()), *self.spare.get(kind, ())) for kind in sorted(kinds, key=str))
        return tuple(item for kept in of_kind for item in kept[:SHOWN_PER_TASK])


def count_dataset(folder: Path, lengths: Lengths) -> Seen:
    """Read the parts in `folder` and count.

    Raises:
        DataError: there is no part, or a line is no example or has another form.
    """
    files = [(name, folder / f"{name}.jsonl") for name in SPLITS if (folder / f"{name}.jsonl").is_file()]
    if not files:
        raise DataError("holds no dataset", file=folder, fix="give a folder with train.jsonl and test.jsonl")
    licences: dict[str, set[str]] = {}
    shown, reader = _Shown(), BlindReader()
    parts: list[Part] = []
    with progress("reading the dataset", total=sum(file.stat().st_size for _, file in files)) as bar:
        for name, file in files:
            part = Part(name)
            for batch in _batches(read_examples(file)):
                for example in batch:
                    part.add(example)
                    licences.setdefault(example.source, set()).update(filter(None, (example.licence,)))
                    shown.offer(name, example)
                    (reader.learn if name == "train" else reader.examine)(example)
                part.asked.update(lengths.measure([_question(example) for example in batch]))
                part.answered.update(lengths.measure([example.text or example.answer for example in batch]))
            bar.advance(file.stat().st_size)
            parts.append(part)
    return Seen(
        parts=tuple(parts),
        licences={source: tuple(sorted(names)) for source, names in sorted(licences.items())},
        dropped=_reasons(folder / "dropped.jsonl"),
        blind=reader.results(),
        shown=shown.chosen(),
        unit=lengths.unit,
    )


def _question(example: Example) -> str:
    return "\n".join(message.content for message in example.prompt)


def _batches(examples: Iterable[Example]) -> Iterable[list[Example]]:
    batch: list[Example] = []
    for example in examples:
        batch.append(example)
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def _reasons(file: Path) -> tuple[Reason, ...]:
    """Count the reasons in `dropped.jsonl`.

    Raises:
        DataError: a line has another form.
    """
    if not file.is_file():
        return ()
    count: Counter[str] = Counter()
    first: dict[str, str] = {}
    with file.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, start=1):
            try:
                item = json.loads(line)
                reason = item["reason"] + (" (nothing is lost)" if item["superseded"] else "")
                first.setdefault(reason, item["name"])
            except (ValueError, KeyError, TypeError) as error:
                raise DataError(
                    "is not what was dropped from a dataset", file=file, line=number, fix="remove the file"
                ) from error
            count[reason] += 1
    return tuple(Reason(reason, number, first[reason]) for reason, number in count.most_common())
