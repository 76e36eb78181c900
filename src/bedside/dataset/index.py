"""One row for each example with all that the split, the search for duplicates and the checks need of it.

So a million examples are sorted out without holding their texts.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence

import polars as pl

from bedside.dataset.pictures import PictureFacts
from bedside.examples import Example

__all__ = ["SCHEMA", "images_of", "index_of", "question_key"]

SCHEMA = pl.Schema(
    {
        "line": pl.UInt32,  # in its shard, from 0
        "id": pl.String,
        "subject_id": pl.String,
        "source": pl.String,
        "task": pl.String,
        "licence": pl.String,
        "asks": pl.Boolean,  # a conversation, no running text
        "split": pl.String,  # what the source's own folds say
        "sex": pl.String,
        "age_years": pl.Float64,
        "target": pl.List(pl.String),
        "classes": pl.List(pl.String),  # what is balanced: the target, or of a closed question yes or no
        "question": pl.String,  # digest of what is asked, pictures included
        "answer": pl.String,  # digest of what is answered
        "characters": pl.UInt32,  # of the whole conversation or text
        "images": pl.List(pl.String),  # paths
        "pictures": pl.List(pl.String),  # digests of their bytes
        "signatures": pl.List(pl.Binary),  # what they look like, see `pictures`
    }
)


def index_of(examples: Sequence[Example], facts: Mapping[str, PictureFacts]) -> pl.DataFrame:
    """Describe `examples`, each in a row.

    Args:
        examples: what to describe.
        facts: of their pictures, by path; a picture without facts, which cannot be read, counts for the
            question by its path and is not listed.
    """
    rows = [_row(line, example, facts) for line, example in enumerate(examples)]
    return pl.DataFrame(rows, schema=SCHEMA, orient="row")


def images_of(examples: Sequence[Example]) -> tuple[str, ...]:
    """Return the paths of all pictures that `examples` show, each once."""
    return tuple(dict.fromkeys(image for example in examples for image in example.images))


def question_key(example: Example, pictures: Sequence[str]) -> str:
    """Return a digest of what an example asks, in any case of letters and any spacing.

    Args:
        example: the example; of running text the text itself.
        pictures: digests of its pictures.
    """
    asked = " ".join(f"{turn.role}: {turn.content}" for turn in example.prompt)
    return _digest(example.text or asked, *pictures)


def _row(line: int, example: Example, facts: Mapping[str, PictureFacts]) -> tuple[object, ...]:
    seen = {image: facts[image] for image in example.images if image in facts}
    shown = [seen[image].sha256 if image in seen else image for image in example.images]
    said = (example.text, *(turn.content for turn in example.messages))
    return (
        line,
        example.id,
        example.subject_id,
        example.source,
        example.task,
        example.licence,
        example.text is None,
        example.split,
        example.sex,
        example.age_years,
        None if example.target is None else list(example.target),
        _classes(example),
        question_key(example, shown),
        _digest(example.answer),
        sum(len(text) for text in said if text),
        list(seen),
        [it.sha256 for it in seen.values()],
        [it.signature for it in seen.values()],
    )


def _classes(example: Example) -> list[str]:
    """Return what an example is balanced by: its target, or which of yes and no is right."""
    if example.target is not None:
        return list(example.target)
    first = (example.answer.split() or [""])[0].casefold().strip(".,;:!")
    return [first] if first in map(str.casefold, example.choices or ()) else []


def _digest(text: str, *others: str) -> str:
    plain = " ".join(text.casefold().split())
    return hashlib.sha256("\0".join((plain, *others)).encode("utf-8", "surrogatepass")).hexdigest()[:24]
