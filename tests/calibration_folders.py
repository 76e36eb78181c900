"""Recordings, data sets and rows that the tests of calibration share."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from bedside.artifact import Artifact, Plan, write
from bedside.calibration import CalibrationConfig
from bedside.examples import Example, Message, write_examples

CONFIG = CalibrationConfig(workers=1, windows=("all", "1h"), windows_per_kind=3)


def example(subject: str, *, images: tuple[str, ...] = ()) -> Example:
    """An example of one subject with a question and an answer."""
    turns = (Message(role="user", content=f"How is {subject}?"), Message(role="assistant", content="Well."))
    return Example(id=subject, subject_id=subject, messages=turns, images=images)


def make_dataset(folder: Path, *, train: Sequence[str], test: Sequence[str]) -> Artifact:
    """A data set whose splits hold one example of each named subject."""

    def work(draft):
        for name, subjects in (("train", train), ("validation", []), ("test", test)):
            write_examples(draft.path / f"{name}.jsonl", [example(subject) for subject in subjects])

    return write(folder, Plan("dataset", "test", 1, {"train": list(train), "test": list(test)}, {}), work)


def put_recordings(folder: Path) -> Path:
    """Two usable recordings (five hours of minute averages; an hour that begins with zeros) and two bad."""
    folder.mkdir()
    rates = 70 + 5 * np.sin(np.arange(300) / 20)
    rows = "".join(f"{index},{rate:.3f}\n" for index, rate in enumerate(rates))
    (folder / "adult_1n.csv").write_text("Elapsed_Time_Sec,HR\n" + rows)
    zeros = "".join(f"{60 * index},{0 if index < 5 else 70}\n" for index in range(60))
    (folder / "adult_2n.csv").write_text("Elapsed_Time_Sec,HR\n" + zeros)
    (folder / "neonate_3n.csv").write_text("Elapsed_Time_Sec,NBP Sys\n0,60\n")
    (folder / "adult_4n.csv").write_text("Elapsed_Time_Sec,HR\n0,70\n1,seventy\n")
    (folder / "subjects_info.json").write_text('[{"subject_code": "1n", "age_years": 44, "gender": "M"}]')
    return folder
