"""Where examples come from: synthetic records, folders of recordings, and files of examples.

Each source becomes examples whose pictures already stand in the data set's folder. Knows nothing about
the split.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from bedside import prompts
from bedside.artifact import folder_digest
from bedside.dataset.own_examples import digest_own, read_own
from bedside.dataset.split import SplitFractions
from bedside.ecg import findings, render, synth
from bedside.errors import DataError
from bedside.examples import Example, Message
from bedside.executor import map_items
from bedside.input_path import InputPath
from bedside.records import VitalsRecord
from bedside.vitals import assessment, metrics, readers
from bedside.vitals import synth as vitals_synth

__all__ = ["DatasetConfig", "Gathered", "Source", "gather", "source_digests"]


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class SyntheticEcg(_Strict):
    """Synthetic 12-lead ECGs, one picture with question and report each, findings in equal numbers."""

    kind: Literal["synthetic_ecg"]
    subjects: int = Field(gt=0)


class SyntheticVitals(_Strict):
    """Synthetic vital signs, one assessment each."""

    kind: Literal["synthetic_vitals"]
    subjects: int = Field(gt=0)


class VitalsFolder(_Strict):
    """A folder of recordings from monitors and wearables, one assessment each."""

    kind: Literal["vitals"]
    path: InputPath


class ExamplesFile(_Strict):
    """A JSON Lines file of examples; picture paths are relative to its folder."""

    kind: Literal["examples"]
    path: InputPath


Source = Annotated[SyntheticEcg | SyntheticVitals | VitalsFolder | ExamplesFile, Field(discriminator="kind")]


class DatasetConfig(_Strict):
    """What the data set is made from, and how it is split."""

    sources: tuple[Source, ...] = Field(min_length=1)
    fractions: SplitFractions = SplitFractions()
    seed: int = Field(default=3407, ge=0)
    workers: int = Field(default=2, ge=1, description="processes that draw pictures")


@dataclass(frozen=True)
class Gathered:
    """Examples and what was excluded on the way."""

    examples: tuple[Example, ...] = ()
    excluded: tuple[readers.Excluded, ...] = ()

    def __add__(self, other: Gathered) -> Gathered:
        return Gathered(self.examples + other.examples, self.excluded + other.excluded)


def gather(source: Source, *, folder: Path, seed: Sequence[int], workers: int) -> Gathered:
    """Turn one source into examples; pictures are written to `folder/images`.

    Raises:
        DataError: the source cannot be read or holds nothing usable.
    """
    match source:
        case SyntheticEcg():
            return Gathered(_synthetic_ecgs(source.subjects, folder, seed, workers))
        case SyntheticVitals():
            return Gathered(_synthetic_vitals(source.subjects, seed))
        case VitalsFolder():
            return _vitals_folder(source.path)
        case ExamplesFile():
            return Gathered(read_own(source.path, into=folder))


def source_digests(config: DatasetConfig) -> dict[str, str]:
    """Return the digest of every file or folder that `config` reads."""
    digests: dict[str, str] = {}
    for index, source in enumerate(config.sources):
        if isinstance(source, VitalsFolder) and source.path.is_dir():
            digests[f"sources.{index}"] = folder_digest(source.path)
        elif isinstance(source, ExamplesFile) and source.path.is_file():
            digests[f"sources.{index}"] = digest_own(source.path)
    return digests


def _synthetic_ecgs(subjects: int, folder: Path, seed: Sequence[int], workers: int) -> tuple[Example, ...]:
    (folder / "images").mkdir(exist_ok=True)
    make = partial(_synthetic_ecg, folder=folder, seed=tuple(seed))
    return tuple(map_items(make, range(subjects), workers=workers, description="drawing ECGs"))


def _synthetic_ecg(number: int, *, folder: Path, seed: tuple[int, ...]) -> Example:
    """Draw one synthetic ECG; a pure function of `number` and `seed`."""
    finding = synth.SYNTHETIC_FINDINGS[number % len(synth.SYNTHETIC_FINDINGS)]
    name = f"ecg-{number:06d}"
    record = synth.synthesize(
        finding,
        rng=np.random.default_rng([*seed, number]),
        subject_id=f"ecg-subject-{number:06d}",
        record_name=name,
    )
    image = f"images/{name}.png"
    (folder / image).write_bytes(prompts.png_bytes(render.render(record, render.DEMO_LAYOUT)))
    findings = tuple(sorted(record.findings))
    answer = prompts.ecg_report(findings, findings.action_for(record.findings))
    return Example(
        id=name,
        subject_id=record.subject_id,
        messages=_turns(prompts.ECG_QUESTION, answer),
        images=(image,),
        target=findings,
        source=record.source,
    )


def _synthetic_vitals(subjects: int, seed: Sequence[int]) -> tuple[Example, ...]:
    kinds = vitals_synth.KINDS
    records = (
        vitals_synth.synthesize(
            kinds[number % len(kinds)],
            rng=np.random.default_rng([*seed, number]),
            subject_id=f"vitals-subject-{number:06d}",
        )
        for number in range(subjects)
    )
    return tuple(_assessment(record, source="synthetic vitals") for record in records)


def _vitals_folder(path: Path) -> Gathered:
    read = readers.read_folder(path)
    if not read.records:
        raise DataError("holds no usable recording", file=path, fix="see docs/calibration.md for the formats")
    examples = tuple(_assessment(record, source="vitals") for record in read.records)
    return Gathered(examples, read.excluded)


def _assessment(record: VitalsRecord, *, source: str) -> Example:
    measured = metrics.measure(record)
    question = prompts.vitals_question(assessment.describe(measured))
    return Example(
        id=f"vitals-{record.header.record_name}",
        subject_id=record.header.subject_id,
        messages=(*question, Message(role="assistant", content=assessment.assess(measured))),
        source=source,
    )


def _turns(question: str, answer: str) -> tuple[Message, ...]:
    return (Message(role="user", content=question), Message(role="assistant", content=answer))
