"""Examples from recordings of monitors and wearables: figures, and the assessment that follows from them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from bedside import prompts
from bedside.dataset.config import VitalsFolder
from bedside.dataset.gathered import Dropped, Gathered
from bedside.errors import DataError
from bedside.examples import Example, Message
from bedside.vitals import readers
from bedside.vitals.assessment import assess, describe
from bedside.vitals.figures import NotAssessed, VitalsFigures
from bedside.vitals.metrics import Measurement
from bedside.vitals.windows import WindowSampler

__all__ = ["RecordingsChunk", "chunks", "gather"]

PER_CHUNK = 16


@dataclass(frozen=True)
class RecordingsChunk:
    """Some subjects of a folder; the first chunk of a folder also knows which files are not read at all."""

    source: VitalsFolder
    subjects: tuple[readers.Subject, ...]
    excluded: tuple[readers.Excluded, ...] = ()


def chunks(source: VitalsFolder) -> tuple[RecordingsChunk, ...]:
    """Find the recordings in a folder.

    Raises:
        DataError: the folder does not exist or holds no recording.
    """
    found = readers.survey([source.path])
    if not found.subjects:
        why = "; ".join(f"{item.name}: {item.reason}" for item in found.excluded[:3])
        raise DataError(
            f"holds no usable recording{f' ({why})' if why else ''}",
            file=source.path,
            fix="see docs/calibration.md for the formats",
        )
    pieces = [tuple(found.subjects[n : n + PER_CHUNK]) for n in range(0, len(found.subjects), PER_CHUNK)]
    return tuple(
        RecordingsChunk(source, subjects, () if number else found.excluded)
        for number, subjects in enumerate(pieces)
    )


def gather(chunk: RecordingsChunk) -> Gathered:
    """Read each subject from the first of its files that can be read, and word it."""
    examples: list[Example] = []
    dropped = [Dropped(item.name, item.reason, superseded=item.superseded) for item in chunk.excluded]
    for subject in chunk.subjects:
        made, left_out = _subject(subject, chunk.source)
        examples += made
        dropped += left_out
    return Gathered(tuple(examples), tuple(dropped))


def _subject(subject: readers.Subject, source: VitalsFolder) -> tuple[Iterable[Example], Iterable[Dropped]]:
    left_out: list[Dropped] = []
    for position, recording in enumerate(subject.recordings):
        try:
            examples = _examples(recording, source)
        except DataError as error:
            where = "" if error.line is None else f"line {error.line}: "
            left_out.append(Dropped(recording.name, f"{where}{error.reason}", error.fix))
            continue
        reason = f"the same subject is read from {recording.name}"
        others = subject.recordings[position + 1 :]
        return examples, [*left_out, *(Dropped(it.name, reason, superseded=True) for it in others)]
    return (), left_out


def _examples(recording: readers.Recording, source: VitalsFolder) -> tuple[Example, ...]:
    """Read one recording in batches; an example of the whole, and of each window with a heart rate.

    Raises:
        DataError: it cannot be read, or has no valid heart rate.
    """
    stream = readers.open_recording(recording)
    whole = Measurement(stream.header)
    sampler = WindowSampler(stream.header, kinds=source.windows, most=source.windows_per_kind)
    for rows in stream.batches:
        whole.add(rows)
        sampler.add(rows)
    figures = whole.figures()
    if isinstance(heart_rate := figures.signal("hr"), NotAssessed):
        raise DataError(
            f"no valid heart rate: {heart_rate.reason}",
            file=recording.path,
            fix="give a recording during which the ECG leads were on",
        )
    assessed = [
        it.figures for it in sampler.windows() if not isinstance(it.figures.signal("hr"), NotAssessed)
    ]
    return tuple(_example(it) for it in (figures, *assessed))


def _example(figures: VitalsFigures) -> Example:
    header = figures.header
    age, sex = header.demographics.get("age_years"), header.demographics.get("sex")
    return Example(
        id=f"vitals-{header.record_name}",
        subject_id=header.subject_id,
        messages=(
            *prompts.vitals_question(describe(figures)),
            Message(role="assistant", content=assess(figures)),
        ),
        task="assessment",
        age_years=float(age) if isinstance(age, int | float) else None,
        sex=sex if sex in ("female", "male") else None,
        source="vitals",
    )
