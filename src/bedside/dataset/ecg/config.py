"""The settings of a folder of ECGs as a source of examples."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from bedside.dataset.ecg.pairs import TASKS, Task
from bedside.input_path import InputPath

__all__ = ["EcgSource"]


class EcgSource(BaseModel):
    """A folder of ECGs with its label and report tables: a picture and questions about it for each record.

    Attributes:
        kind: which kind of source this is.
        path: the folder as it was published (PTB-XL, CODE-15 %, Chapman-Shaoxing, MIMIC-IV-ECG, Challenge
            2021, `bedside ecg synth`), or one that holds it.
        tasks: what is asked for.
        pairs_per_record: at most this many questions about one record; otherwise at most one of each
            task, and of yes-or-no questions one of each answer.
        layout: of the leads on the page.
        size: width and height of the picture in pixels.
        speed: paper speed, in mm/s.
        gain: of the drawing, in mm/mV.
        distorted: the share of records whose picture is distorted as a photograph or scan would be.
        amplitude_gain: what the tracings of CODE-15 % are multiplied with; they are about twice millivolts.
        ptbxl_rate: which of PTB-XL's two versions is read, of 500 (`hr`) or of 100 samples per second (`lr`);
            the other one where a record has not the one.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["ecg"]
    path: InputPath
    tasks: tuple[Task, ...] = Field(default=TASKS, min_length=1)
    pairs_per_record: int | None = Field(default=None, ge=1)
    layout: str = "3x4+1R"
    size: int = Field(default=896, ge=224, le=8192)
    speed: Literal[25, 50] = 25
    gain: Literal[5, 10, 20] = 10
    distorted: float = Field(default=0.0, ge=0, le=1)
    amplitude_gain: float | None = Field(default=None, gt=0)
    ptbxl_rate: Literal["hr", "lr"] = "hr"

    @property
    def paths(self) -> tuple[Path, ...]:
        """What is read."""
        return (self.path,)
