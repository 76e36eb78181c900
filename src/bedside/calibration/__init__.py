"""Stage 2: recordings and training examples become the text that an importance matrix is computed on.

Writes `plain.txt` (running text), `chat.txt` (whole conversations as the deployed model sees them) and
`log.json` (what was read, used and left out, and why). Text never comes from a test subject: that is
checked, and the check stands in the log and the manifest. Demographics stay out of the log.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from bedside.artifact import Artifact, Draft, Plan, folder_digest, write, write_json
from bedside.calibration.conversations import DatasetTexts, dataset_texts
from bedside.calibration.recordings import RecordingTexts, read_texts
from bedside.calibration.texts import Text, chat_file, plain_file
from bedside.console import say
from bedside.errors import DataError
from bedside.examples import read_examples
from bedside.vitals.readers import Excluded, survey

__all__ = ["CalibrationConfig", "calibrate"]

VERSION = 3
NAMED = 20
PICTURES = (
    "llama-imatrix reads text only; of examples with a picture the question and the answer are here, "
    "the picture is not"
)


class CalibrationConfig(BaseModel):
    """How much text to make.

    Attributes:
        max_examples: training examples used at most, those with and without a picture in equal numbers.
        window_hours: length of the windows that a recording is cut into.
        windows_per_recording: windows used at most of each recording, besides the recording as a whole.
        workers: processes that read recordings.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    max_examples: int = Field(default=256, ge=1)
    window_hours: float = Field(default=1.0, gt=0.0, le=24.0)
    windows_per_recording: int = Field(default=24, ge=0)
    workers: int = Field(default=2, ge=1)


def calibrate(
    config: CalibrationConfig,
    *,
    dataset: Artifact | None = None,
    records_dir: Path | None = None,
    out_dir: Path,
) -> Artifact:
    """Write calibration text from a dataset's training split, a folder of recordings, or both.

    Figures: texts, subjects, files read and excluded, and how many test subjects are among the subjects
    (always 0).

    Raises:
        DataError: neither source is given, a source holds nothing usable, or a test subject came in.
        ArtifactError: `dataset` is no dataset.
    """
    inputs: dict[str, str] = {}
    if dataset is not None:
        inputs["dataset"] = dataset.digest
    if records_dir is not None:
        if not records_dir.is_dir():
            raise DataError("no such folder", file=records_dir, fix="give a folder of recordings")
        inputs["recordings"] = folder_digest(records_dir)
    if not inputs:
        raise DataError("there is nothing to calibrate on", fix="give a dataset or a folder of recordings")
    shaping = config.model_dump(mode="json", exclude={"workers"})
    plan = Plan("calibration", "calibrate", VERSION, shaping, inputs)
    artifact = write(out_dir, plan, lambda draft: _calibrate(config, dataset, records_dir, draft))
    _name_excluded(artifact)
    return artifact


def _calibrate(
    config: CalibrationConfig, dataset: Artifact | None, records_dir: Path | None, draft: Draft
) -> Mapping[str, Any]:
    test = frozenset[str]() if dataset is None else _subjects(dataset.file("test.jsonl"))
    texts: list[Text] = []
    log: dict[str, Any] = {}
    if dataset is not None:
        of_dataset = dataset_texts(dataset.file("train.jsonl"), most=config.max_examples)
        texts += of_dataset.texts
        log["dataset"] = _dataset_log(of_dataset)
    if records_dir is not None:
        recordings, excluded, notes = _recordings(config, records_dir, test)
        texts += [text for recording in recordings for text in recording.texts]
        log |= {
            "recordings": [_recording_log(item) for item in recordings],
            "excluded": [asdict(item) for item in excluded],
            "notes": list(notes),
        }
    if not texts:
        raise DataError("no training example has an answer", fix="give a dataset with answered examples")
    figures = _figures(texts, test) | {
        "recordings_used": len(log.get("recordings", [])),
        "files_superseded": sum(item["superseded"] for item in log.get("excluded", [])),
        "files_excluded": sum(not item["superseded"] for item in log.get("excluded", [])),
    }
    (draft.path / "plain.txt").write_text(plain_file(texts), encoding="utf-8", newline="\n")
    (draft.path / "chat.txt").write_text(chat_file(texts), encoding="utf-8", newline="\n")
    write_json(draft.path / "log.json", {**log, "totals": figures})
    return figures


def _figures(texts: Sequence[Text], test: frozenset[str]) -> dict[str, int]:
    """Count what came in, and make sure that no test subject is among it."""
    subjects = {text.subject_id for text in texts}
    if shared := sorted(subjects & test):
        raise DataError(
            f"test subjects came into the calibration text: {', '.join(shared[:5])}",
            fix="split the dataset again, so that a subject is in one split only",
        )
    return {
        "texts": len(texts),
        "distinct_chats": len({text.chat for text in texts}),
        "subjects": len(subjects),
        "test_subjects": len(test),
        "test_subjects_in_calibration": len(shared),
    }


def _recordings(
    config: CalibrationConfig, folder: Path, test: frozenset[str]
) -> tuple[Sequence[RecordingTexts], Sequence[Excluded], Sequence[str]]:
    found = survey(folder)
    allowed = [item for item in found.recordings if item.subject_id not in test]
    held_out = [
        Excluded(item.name, "its subject is in the test split")
        for item in found.recordings
        if item.subject_id in test
    ]
    outcomes = read_texts(
        allowed,
        window_hours=config.window_hours,
        most_windows=config.windows_per_recording,
        workers=config.workers,
    )
    used = [outcome for outcome in outcomes if isinstance(outcome, RecordingTexts)]
    failed = [outcome for outcome in outcomes if isinstance(outcome, Excluded)]
    excluded = sorted([*found.excluded, *held_out, *failed], key=lambda item: item.name)
    if not used:
        reasons = "; ".join(f"{item.name}: {item.reason}" for item in excluded[:3])
        raise DataError(
            f"no usable recording{f' ({reasons})' if reasons else ''}",
            file=folder,
            fix="see docs/calibration.md for the formats",
        )
    return used, excluded, found.notes


def _name_excluded(artifact: Artifact) -> None:
    """Say which files were not used and why; those superseded by a better form stand in the log only."""
    log = json.loads(artifact.file("log.json").read_text(encoding="utf-8"))
    excluded = [item for item in log.get("excluded", []) if not item["superseded"]]
    for item in excluded[:NAMED]:
        say(f"excluded: {item['name']}: {item['reason']}")
    if len(excluded) > NAMED:
        say(f"excluded: {len(excluded) - NAMED} more, see {artifact.path / 'log.json'}")


def _subjects(path: Path) -> frozenset[str]:
    return frozenset(example.subject_id for example in read_examples(path))


def _dataset_log(texts: DatasetTexts) -> dict[str, Any]:
    return {
        "split": "train",
        "examples_read": texts.read,
        "examples_without_answer": texts.without_answer,
        "examples_used": len(texts.texts),
        "examples_used_with_picture": texts.with_picture,
        "pictures": PICTURES,
    }


def _recording_log(recording: RecordingTexts) -> dict[str, Any]:
    fields = asdict(recording)
    fields["texts"] = len(recording.texts)
    return fields
