"""The settings of the calibration stage: what is read, how it is worded, how much is written."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from bedside.input_path import InputPath
from bedside.vitals.narrative import SECTIONS, Section
from bedside.vitals.windows import WindowKind

__all__ = ["CalibrationConfig", "NarrativeConfig", "Profile", "Prompt"]

Profile = Literal["clinical", "published"]
Prompt = Literal["deployment", "quantization_calibration", "night_sentinel", "clinical_analysis", "all"]
_CLINICAL_ONLY = (
    "prompt",
    "windows",
    "windows_per_kind",
    "narrative",
    "tokens",
    "general",
    "column_map",
)


class NarrativeConfig(BaseModel):
    """How a recording is told.

    Attributes:
        sections: which parts a text has, in this order.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    sections: tuple[Section, ...] = Field(default=SECTIONS, min_length=1)


class CalibrationConfig(BaseModel):
    """What calibration text is made from, and how much.

    Attributes:
        recordings: folders and files of recordings, besides those given on the command line.
        profile: `clinical` writes what is true; `published` reproduces the published files, errors included.
        prompt: how a question is put in the conversations; `all` writes one file for each.
        narrative: how a recording is told.
        windows: stretches of a recording that become texts of their own; `all` is the recording as a whole.
        windows_per_kind: how many windows of each kind are used of a recording at most; more where `tokens`
            asks for them.
        max_examples: training examples used at most, those with and without a picture in equal numbers.
        tokens: how many tokens the conversations together should have; needs `tokenizer`.
        tokenizer: a model folder or GGUF, to count tokens with its vocabulary.
        general: a text file, or JSON Lines of examples, that is mixed in.
        general_share: its share, of the tokens where a tokenizer is given, else of the characters.
        exclude: data sets whose test subjects must not come in.
        interval_s: seconds between the rows of monitor files; detected where not given.
        column_map: YAML that says what the columns of another monitor's CSV mean.
        seed: of the wording and the choice of windows.
        workers: processes that read recordings; by default one for each core where there is much to read. The
            result is the same for any number.
        executor: `local` for processes here, `ray` for a Ray cluster.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    recordings: tuple[InputPath, ...] = ()
    profile: Profile = "clinical"
    prompt: Prompt = "deployment"
    narrative: NarrativeConfig = NarrativeConfig()
    windows: tuple[WindowKind | Literal["all"], ...] = Field(
        default=("all", "night", "8h", "1h", "15min"), min_length=1
    )
    windows_per_kind: int = Field(default=1, ge=0)
    max_examples: int = Field(default=256, ge=1)
    tokens: int | None = Field(default=None, ge=1)
    tokenizer: InputPath | None = None
    general: InputPath | None = None
    general_share: float = Field(default=0.25, gt=0.0, lt=1.0)
    exclude: tuple[InputPath, ...] = ()
    interval_s: float | None = Field(default=None, gt=0.0)
    column_map: InputPath | None = None
    seed: int = Field(default=3407, ge=0)
    workers: int | None = Field(default=None, ge=1)
    executor: Literal["local", "ray"] = "local"

    @model_validator(mode="after")
    def _go_together(self) -> Self:
        if self.tokens is not None and self.tokenizer is None:
            raise ValueError("tokens needs tokenizer: a model folder or GGUF whose vocabulary counts them")
        if self.profile == "published":
            given = [name for name in _CLINICAL_ONLY if getattr(self, name) != self._default(name)]
            if given:
                raise ValueError(f"the published profile has no {', '.join(given)}; leave that out")
        return self

    @classmethod
    def _default(cls, name: str) -> object:
        return cls.model_fields[name].default

    @property
    def shaping(self) -> dict[str, object]:
        """The settings that the result depends on; what is read stands in the inputs' digests."""
        return self.model_dump(mode="json", exclude={"recordings", "workers", "executor", "exclude"})
