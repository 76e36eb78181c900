"""Make the examples of one record: the questions that its facts allow, and the picture they are about."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bedside.dataset.ecg.config import EcgSource
from bedside.dataset.ecg.drawing import Drawn, draw_record, render_options
from bedside.dataset.ecg.facts import EcgFacts
from bedside.dataset.ecg.fairness import Fairness
from bedside.dataset.ecg.pairs import Pair, pairs
from bedside.dataset.ecg.signals import why_unusable
from bedside.dataset.pictures import place
from bedside.ecg.reading import EcgReading
from bedside.errors import DataError
from bedside.examples import Example, Message

__all__ = ["NOTHING_KNOWN", "Made", "make"]

NOTHING_KNOWN = "no label, report or measurement is known of it"
NOTHING_TO_ASK = "no question of the tasks has an answer that is known and cannot be told without the picture"
LONGEST_NAME = 80
_WORDING, _CHOOSING, _DRAWING = range(3)
_UNSAFE = re.compile(r"[^A-Za-z0-9._-]")


@dataclass(frozen=True)
class Made:
    """What came of one record.

    Attributes:
        examples: at least one.
        entry: how the picture was made, a line of JSON.
    """

    examples: tuple[Example, ...]
    entry: str


def make(
    facts: EcgFacts,
    reading: EcgReading,
    source: EcgSource,
    *,
    fairness: Fairness,
    seed: tuple[int, ...],
    folder: Path,
) -> Made:
    """Ask about one record and write its picture below `folder/images`.

    Chance comes from `seed` and the record's name alone.

    Raises:
        DataError: the record cannot be used; says why.
        MissingExtraError: a package that distorts is not installed.
    """
    if reason := why_unusable(reading, facts.source):
        raise DataError(reason)
    asked = _asked(facts, reading, source, fairness, seed)
    drawn = draw_record(
        reading.record,
        render_options(source),
        distorted=source.distorted,
        rng=_rng(facts, seed, _DRAWING),
    )
    image = _image_name(facts, drawn)
    place(drawn.data, folder / image)
    examples = tuple(_example(facts, pair, number, image) for number, pair in enumerate(asked, start=1))
    return Made(examples, _entry(image, drawn, facts, reading))


def _asked(
    facts: EcgFacts, reading: EcgReading, source: EcgSource, fairness: Fairness, seed: tuple[int, ...]
) -> tuple[Pair, ...]:
    """Return the questions about a record.

    Raises:
        DataError: there is none.
    """
    rng = _rng(facts, seed, _WORDING)
    made = pairs(facts, tasks=source.tasks, fairness=fairness, rng=rng, flags=reading.warnings)
    if not made:
        raise DataError(NOTHING_TO_ASK)
    if source.pairs_per_record is None or len(made) <= source.pairs_per_record:
        return made
    chosen = _rng(facts, seed, _CHOOSING).choice(len(made), source.pairs_per_record, replace=False)
    return tuple(made[number] for number in sorted(chosen.tolist()))


def _rng(facts: EcgFacts, seed: tuple[int, ...], purpose: int) -> np.random.Generator:
    """Return a generator of a record's own, the same however the records are cut into pieces."""
    digest = hashlib.sha256(f"{facts.source}/{facts.record_name}".encode()).digest()
    return np.random.default_rng([*seed, int.from_bytes(digest[:8]), purpose])


def _image_name(facts: EcgFacts, drawn: Drawn) -> str:
    """Return where the picture of a record goes: in one of 256 folders of its source.

    Its name says what it holds, because two folders may have different records of one name.
    """
    digest = hashlib.sha256(drawn.data).hexdigest()
    name = _UNSAFE.sub("_", facts.record_name)[:LONGEST_NAME]
    return f"images/{facts.source}/{digest[:2]}/{name}-{digest[:12]}{drawn.suffix}"


def _example(facts: EcgFacts, pair: Pair, number: int, image: str) -> Example:
    return Example(
        id=f"{facts.source}/{facts.record_name}/{number}-{pair.task}",
        subject_id=facts.subject_id,
        messages=(
            Message(role="user", content=pair.question),
            Message(role="assistant", content=pair.answer),
        ),
        images=(image,),
        target=pair.target,
        choices=pair.choices,
        task=pair.task,
        evidence=pair.evidence,
        age_years=facts.age_years,
        sex=facts.sex,
        split=facts.split,
        licence=facts.licence,
        source=facts.source,
    )


def _entry(image: str, drawn: Drawn, facts: EcgFacts, reading: EcgReading) -> str:
    entry = {
        "image": image,
        "record": facts.record_name,
        "source": facts.source,
        "distortion": None if drawn.distortion is None else drawn.distortion.model_dump(mode="json"),
        "warnings": {warning.code: warning.message for warning in reading.warnings},
    }
    return json.dumps(entry, sort_keys=True, ensure_ascii=False)
