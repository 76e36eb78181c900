"""The settings of the dataset stage: its sources, what is taken of them, and how they are split."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from bedside.dataset.ecg.config import EcgSource
from bedside.dataset.ecg.pairs import TASKS
from bedside.dataset.imports.config import ImportSource, TextSource
from bedside.dataset.split import SPLITS, SplitFractions
from bedside.executor import ExecutorName
from bedside.input_path import InputPath
from bedside.vitals.windows import WindowKind

__all__ = [
    "DatasetConfig",
    "DatasetFolder",
    "ExamplesFile",
    "Source",
    "SyntheticEcg",
    "SyntheticVitals",
    "VitalsFolder",
    "WhereField",
]

WhereField = Literal["source", "task", "sex", "split", "licence"]
_WITHOUT_EFFECT = {"workers", "executor"}


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
    """A folder of recordings from monitors and wearables: an assessment of each, and of windows of it."""

    kind: Literal["vitals"]
    path: InputPath
    windows: tuple[WindowKind, ...] = ()
    windows_per_kind: int = Field(default=4, ge=1)

    @property
    def paths(self) -> tuple[Path, ...]:
        """What is read."""
        return (self.path,)


class ExamplesFile(_Strict):
    """A JSON Lines file of examples; picture paths are relative to its folder."""

    kind: Literal["examples"]
    path: InputPath


class DatasetFolder(_Strict):
    """A dataset that bedside made; its examples stay in the part that they are in."""

    kind: Literal["dataset"]
    path: InputPath


Source = Annotated[
    SyntheticEcg
    | SyntheticVitals
    | VitalsFolder
    | EcgSource
    | ExamplesFile
    | DatasetFolder
    | ImportSource
    | TextSource,
    Field(discriminator="kind"),
]


class DatasetConfig(_Strict):
    """What the data set is made from, and how it is split.

    Attributes:
        sources: where examples come from, in this order.
        weights: one for each source: in which ratio they stand in the training part. The source that has the
            fewest examples for its weight is used whole, of the others as many as fit, evenly; nothing is
            repeated. Empty: everything is used.
        where: only examples whose field has one of these values.
        balance: of every source and task, as many training examples of each target (or of yes and no) as of
            the rarest, but `balance_floor`; those with neither stay.
        balance_floor: fewer than this many of a target do not hold the others down.
        fractions: which share of the subjects is held out, of those whose source has no folds of its own.
        seed: of the split, of what is drawn and of wording.
        workers: processes that read and draw.
        executor: `local`, or `ray` (sources and output must lie where every node sees them).
    """

    sources: tuple[Source, ...] = Field(min_length=1)
    weights: tuple[Annotated[float, Field(gt=0)], ...] = ()
    where: Mapping[WhereField, tuple[str, ...]] = Field(default_factory=dict[WhereField, tuple[str, ...]])
    balance: bool = False
    balance_floor: int = Field(default=10, ge=1)
    fractions: SplitFractions = SplitFractions()
    seed: int = Field(default=3407, ge=0)
    workers: int = Field(default=2, ge=1)
    executor: ExecutorName = "local"

    @model_validator(mode="after")
    def _one_weight_for_each_source(self) -> Self:
        if self.weights and len(self.weights) != len(self.sources):
            raise ValueError(
                f"{len(self.weights)} weights for {len(self.sources)} sources: give one for each"
            )
        return self

    @model_validator(mode="after")
    def _where_can_be_met(self) -> Self:
        """Refuse a value that no source can have before anything is drawn; of others the build will tell."""
        known: dict[str, tuple[str, ...]] = {"sex": ("female", "male"), "split": SPLITS}
        if all(isinstance(source, EcgSource) for source in self.sources):
            known["task"] = TASKS
        for field, values in self.where.items():
            for value in values:
                if field in known and value not in known[field]:
                    raise ValueError(
                        f"where: no example has {field} = {value}; use {', '.join(known[field])}"
                    )
        return self

    @property
    def shaping(self) -> dict[str, Any]:
        """The settings that change what comes out."""
        return self.model_dump(mode="json", exclude=_WITHOUT_EFFECT)
