"""Examples from synthetic records: exact truth, and no patient's data."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bedside import prompts
from bedside.dataset.config import SyntheticEcg, SyntheticVitals
from bedside.dataset.gathered import Gathered
from bedside.dataset.pictures import place
from bedside.ecg import synth
from bedside.ecg.findings import FINDINGS
from bedside.ecg.render import DEMO_OPTIONS, draw
from bedside.examples import Example, Message
from bedside.vitals import assessment, metrics
from bedside.vitals import synth as vitals_synth

__all__ = ["SyntheticChunk", "chunks", "gather"]

PER_CHUNK = 128


@dataclass(frozen=True)
class SyntheticChunk:
    """Records with consecutive numbers."""

    source: SyntheticEcg | SyntheticVitals
    first: int
    stop: int
    seed: tuple[int, ...]


def chunks(source: SyntheticEcg | SyntheticVitals, *, seed: tuple[int, ...]) -> tuple[SyntheticChunk, ...]:
    """Cut the numbers of the records into pieces."""
    return tuple(
        SyntheticChunk(source, first, min(first + PER_CHUNK, source.subjects), seed)
        for first in range(0, source.subjects, PER_CHUNK)
    )


def gather(chunk: SyntheticChunk, *, folder: Path) -> Gathered:
    """Make the chunk's examples; a record depends on its number and the seed alone."""
    numbers = range(chunk.first, chunk.stop)
    if isinstance(chunk.source, SyntheticVitals):
        return Gathered(tuple(_vitals(number, chunk.seed) for number in numbers))
    return Gathered(tuple(_ecg(number, chunk.seed, folder) for number in numbers))


def _ecg(number: int, seed: tuple[int, ...], folder: Path) -> Example:
    """Draw a synthetic ECG with one of the findings that a report in the required form can name."""
    finding = FINDINGS[number % len(FINDINGS)]
    name = f"ecg-{number:06d}"
    made = synth.synthesize(
        finding.synthetic_kind,
        rng=np.random.default_rng([*seed, number]),
        subject_id=f"ecg-subject-{number:06d}",
        record_name=name,
    )
    source = seed[-1]  # of several sources each has a record of this number
    image = f"images/{name}@{source + 1}.png" if source else f"images/{name}.png"
    place(draw(made.record, DEMO_OPTIONS).png(), folder / image)
    answer = prompts.ecg_report((finding.name,), finding.action)
    return Example(
        id=name,
        subject_id=made.record.subject_id,
        messages=(
            Message(role="user", content=prompts.ECG_QUESTION),
            Message(role="assistant", content=answer),
        ),
        images=(image,),
        target=(finding.name,),
        task="report",
        source=made.record.source,
    )


def _vitals(number: int, seed: tuple[int, ...]) -> Example:
    record = vitals_synth.synthesize(
        vitals_synth.KINDS[number % len(vitals_synth.KINDS)],
        rng=np.random.default_rng([*seed, number]),
        subject_id=f"vitals-subject-{number:06d}",
    )
    measured = metrics.measure(record)
    question = prompts.vitals_question(assessment.describe(measured))
    return Example(
        id=f"vitals-{record.header.record_name}",
        subject_id=record.header.subject_id,
        messages=(*question, Message(role="assistant", content=assessment.assess(measured))),
        task="assessment",
        source="synthetic vitals",
    )
