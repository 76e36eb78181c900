"""How much of an evaluation set stands in a calibration text: shared sentences and shared runs of words.

A model that was calibrated on its test data measures too well. Runs of 13 words, without case and
punctuation, are what contamination is usually looked for with (Brown et al. 2020, arXiv 2005.14165, app. C).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from bedside.calibration.audit.reading import read_checked
from bedside.calibration.audit.records import Corpus, divide
from bedside.calibration.audit.repetition import sentence_spans
from bedside.errors import DataError

__all__ = ["RUN", "Overlap", "overlap"]

RUN = 13
"""Words in a run."""
SENTENCE_WORDS = 8
"""A shorter sentence is shared by chance or by form."""
CONTAINED = 0.8
"""Share of an item's runs from which on the item counts as contained."""
_SPLITS = ("test.jsonl", "validation.jsonl")
_WORD = re.compile(r"\w+")
_LABELS = {"id", "subject_id", "role", "from", "type", "source", "image", "images"}
"""Fields of a row that say nothing a model could have read."""
_FIX = "give a dataset folder (with test.jsonl), or a text or .jsonl file"


@dataclass(frozen=True)
class Overlap:
    """What a calibration text shares with an evaluation set.

    Attributes:
        source: the evaluation set's name.
        items: its items.
        too_short: items of fewer than 13 words, of which nothing can be said.
        touched: items that share a run of 13 words or more.
        contained: items of which four fifths of the runs are shared.
        shared_sentences: different sentences of eight words or more that stand in both.
        examples: up to three of them.
        worst_item: the item that shares most, empty where none does.
        worst_share: the share of its runs, 0 to 1.
    """

    source: str
    items: int
    too_short: int
    touched: int
    contained: int
    shared_sentences: int
    examples: tuple[str, ...]
    worst_item: str
    worst_share: float


def overlap(corpus: Corpus, against: Path) -> Overlap:
    """Compare a corpus with an evaluation set.

    Args:
        corpus: the calibration text.
        against: a dataset folder, of which test and validation are read, or a text or JSON Lines file.

    Raises:
        DataError: there is no evaluation set at `against`, or a line of it cannot be read.
    """
    items = list(_items(against))
    known = {run for record in corpus.records for run in _runs(_said(corpus, record.number))}
    shares: list[tuple[float, str]] = []
    too_short = 0
    for name, text in items:
        own = set(_runs(text))
        too_short += not own
        if own:
            shares.append((len(own & known) / len(own), name))
    worst_share, worst = max(shares, key=lambda pair: pair[0], default=(0.0, ""))
    common = sorted(_sentences(corpus) & {s for _, text in items for s in _sentences(divide(text))})
    return Overlap(
        source=against.name,
        items=len(items),
        too_short=too_short,
        touched=sum(share > 0 for share, _ in shares),
        contained=sum(share >= CONTAINED for share, _ in shares),
        shared_sentences=len(common),
        examples=tuple(common[:3]),
        worst_item=worst if worst_share else "",
        worst_share=worst_share,
    )


def _said(corpus: Corpus, number: int) -> str:
    return "\n".join(corpus.text(*span) for span in corpus.passages(corpus.records[number - 1]))


def _runs(text: str) -> Iterator[tuple[str, ...]]:
    words = _WORD.findall(text.lower())
    return zip(*(words[shift:] for shift in range(RUN)), strict=False)


def _sentences(corpus: Corpus) -> set[str]:
    every = (corpus.text(*span) for record in corpus.records for span in sentence_spans(corpus, record))
    return {sentence for sentence in every if len(_WORD.findall(sentence)) >= SENTENCE_WORDS}


def _items(against: Path) -> Iterator[tuple[str, str]]:
    """Yield each evaluation item: what it is called, and all its text."""
    files = (
        [against / name for name in _SPLITS if (against / name).is_file()] if against.is_dir() else [against]
    )
    if not files or not all(file.is_file() for file in files):
        raise DataError("is no evaluation set", file=against, fix=_FIX)
    for file in files:
        text = read_checked(file).text if file.stat().st_size else ""
        yield from _rows(file, text) if file.suffix == ".jsonl" else _paragraphs(text)


def _rows(file: Path, text: str) -> Iterator[tuple[str, str]]:
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except json.JSONDecodeError as error:
            raise DataError(f"is not JSON: {error.msg}", file=file, line=number, fix=_FIX) from error
        fields = cast("dict[str, Any]", row) if isinstance(row, dict) else {"text": row}
        yield str(fields.get("id", f"{file.name}:{number}")), "\n".join(_strings(fields))


def _paragraphs(text: str) -> Iterator[tuple[str, str]]:
    corpus = divide(text)
    for record in corpus.records:
        yield f"line {record.line}", _said(corpus, record.number)


def _strings(value: Any) -> Iterable[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, inner in value.items():
            if key not in _LABELS:
                yield from _strings(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _strings(inner)
