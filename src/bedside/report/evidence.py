"""What a run has left behind, read from its artifacts into values.

The only part of the report that opens a run's files. What a run lacks is empty here, and the page says so.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from bedside.artifact import MANIFEST, Artifact, open_artifact
from bedside.errors import ArtifactError
from bedside.estimates import exact
from bedside.examples import Example, read_examples
from bedside.measurements import Limit, Measurement, at_least, at_most, read_measurements
from bedside.report.results import Result, result
from bedside.stored_answers import StoredAnswer

__all__ = ["Evidence", "Stage", "TrainingStep", "gather", "run_artifacts"]

ORDER = (
    "dataset",
    "calibration",
    "adapter",
    "model",
    "gguf",
    "gguf-base",
    "imatrix",
    "gguf-",
    "verification",
    "evaluation",
)


@dataclass(frozen=True)
class Stage:
    """One artifact of a run.

    Attributes:
        name: its folder's name.
        stage: the function that made it.
        digest: what it is.
        inputs: what it was made from: name of each input and its digest.
        seconds: how long making it took.
        figures: what the stage says about it, in words.
        environment: versions and machine.
        created: when it was made.
    """

    name: str
    stage: str
    digest: str
    inputs: tuple[tuple[str, str], ...]
    seconds: float
    figures: tuple[tuple[str, str], ...]
    environment: tuple[tuple[str, str], ...]
    created: str


@dataclass(frozen=True)
class TrainingStep:
    """One row of the training log."""

    step: int
    loss: float | None


@dataclass(frozen=True)
class Evidence:
    """Everything the page and the card are made of.

    Attributes:
        stages: the run's artifacts.
        results: every figure.
        limits: declared limits and whether they are met.
        training: the training log.
        base: which of the evaluated models is the one before training.
        base_model: what it was trained from, as the merge names it; empty where the run holds no merge.
        base_licence: the terms of that model, as the merge read them; empty where it states none.
        answers: every answer of every model.
        examples: the test examples by id.
        images: the folder that pictures are relative to.
    """

    stages: tuple[Stage, ...]
    results: tuple[Result, ...]
    limits: tuple[Limit, ...]
    training: tuple[TrainingStep, ...]
    base: str
    base_model: str
    base_licence: str
    answers: Mapping[str, tuple[StoredAnswer, ...]]
    examples: Mapping[str, Example]
    images: Path | None

    @property
    def asked(self) -> tuple[Example, ...]:
        """The test examples that were asked, as far as the run holds them."""
        ids = {answer.id for answers in self.answers.values() for answer in answers}
        return tuple(example for name, example in self.examples.items() if name in ids)

    def picture(self, example: Example) -> str:
        """Return the example's first picture as a data address, empty where it has none."""
        if self.images is None or not example.images:
            return ""
        file = self.images / example.images[0]
        kind = "jpeg" if file.suffix.lower() in {".jpg", ".jpeg"} else "png"
        return f"data:image/{kind};base64,{base64.b64encode(file.read_bytes()).decode()}"


def run_artifacts(run_dir: Path) -> dict[str, Artifact]:
    """Open the artifacts of a run by folder name, in the order of the stages.

    Raises:
        ArtifactError: the run has no verification or no evaluation, or an artifact was altered.
    """
    folders = [p.parent for p in run_dir.glob(f"*/{MANIFEST}") if "." not in p.parent.name]
    found = {path.name: open_artifact(path) for path in sorted(folders, key=_place)}
    found = {name: artifact for name, artifact in found.items() if artifact.kind != "report"}
    for kind in ("verification", "evaluation"):
        if kind not in found:
            raise ArtifactError(
                f"{run_dir} has no finished {kind}.",
                fix="finish the run first: `bedside run RECIPE --out RUN` goes on where it stopped",
            )
    return found


def gather(artifacts: Mapping[str, Artifact], *, require: Mapping[str, float]) -> Evidence:
    """Read the files of a run's artifacts.

    Args:
        artifacts: the run's artifacts by folder name.
        require: least lower bounds that the evaluation's figures had to reach.
    """
    training = _training(artifacts.get("adapter"))
    dataset = artifacts.get("dataset")
    examples = () if dataset is None else read_examples(dataset.file("test.jsonl"))
    evaluation = artifacts["evaluation"]
    merged = artifacts["model"].manifest.figures if "model" in artifacts else {}
    names = cast("list[str]", evaluation.manifest.figures["models"])
    return Evidence(
        stages=tuple(_stage(name, artifact) for name, artifact in artifacts.items()),
        results=tuple(_results(artifacts, training)),
        limits=tuple(_limits(artifacts, require)),
        training=training,
        base=_base(evaluation),
        base_model=str(merged.get("base_model", "")),
        base_licence=str(merged.get("base_licence", "")),
        answers={name: _answers(evaluation.file(f"answers-{name}.jsonl")) for name in names},
        examples={example.id: example for example in examples},
        images=None if dataset is None else dataset.path,
    )


def _place(path: Path) -> tuple[int, str]:
    exactly = ORDER.index(path.name) if path.name in ORDER else None
    return (exactly if exactly is not None else ORDER.index("gguf-"), path.name)


def _stage(name: str, artifact: Artifact) -> Stage:
    manifest = artifact.manifest
    return Stage(
        name=name,
        stage=manifest.stage,
        digest=manifest.digest,
        inputs=tuple(sorted(manifest.inputs.items())),
        seconds=manifest.seconds,
        figures=tuple(_flat(manifest.figures)),
        environment=tuple(sorted(manifest.environment.items())),
        created=manifest.created,
    )


def _flat(figures: Mapping[str, Any], prefix: str = "") -> list[tuple[str, str]]:
    """Return the figures that fit into a line, nested names joined with a space."""
    flat: list[tuple[str, str]] = []
    for name, value in figures.items():
        words = f"{prefix}{name}".replace("_", " ")
        if isinstance(value, dict):
            flat += _flat(cast("dict[str, Any]", value), f"{words} ")
        elif isinstance(value, float):
            flat.append((words, f"{value:.4g}"))
        elif isinstance(value, str | int) and len(str(value)) <= 60:
            flat.append((words, str(value)))
    return flat


def _results(artifacts: Mapping[str, Artifact], training: Sequence[TrainingStep]) -> list[Result]:
    rows: list[Result] = []
    for name in ("evaluation", "verification"):
        artifact = artifacts[name]
        for file in ("metrics.json", "timings.json"):
            rows += [_from(artifact, row) for row in read_measurements(artifact.file(file))]
    losses = [(step.step, step.loss) for step in training if step.loss is not None]
    if losses:
        step, loss = losses[-1]
        method = f"logged at step {step}"
        rows.append(
            _from(
                artifacts["adapter"], Measurement("train_loss", "adapter", exact(loss, method=method), "nat")
            )
        )
    for name, artifact in artifacts.items():
        seconds = exact(artifact.manifest.seconds, method="wall clock, once")
        rows.append(_from(artifact, Measurement("stage_seconds", name, seconds, "s")))
    return rows


def _from(artifact: Artifact, row: Measurement) -> Result:
    return result(row, stage=artifact.manifest.stage, artifact=artifact.digest)


def _training(adapter: Artifact | None) -> tuple[TrainingStep, ...]:
    if adapter is None:
        return ()
    rows = json.loads(adapter.file("training_log.json").read_text(encoding="utf-8"))
    return tuple(
        TrainingStep(int(row["step"]), None if row.get("loss") is None else float(row["loss"]))
        for row in rows
    )


def _answers(file: Path) -> tuple[StoredAnswer, ...]:
    lines = file.read_text(encoding="utf-8").split("\n")[:-1]
    return tuple(map(StoredAnswer.model_validate_json, lines))


def _limits(artifacts: Mapping[str, Artifact], require: Mapping[str, float]) -> Iterable[Limit]:
    """Return the declared limits: of the verification's manifest, and those the evaluation requires."""
    verification, evaluation = artifacts["verification"], artifacts["evaluation"]
    bounds = {
        f"hf_f16_{name}": float(bound)
        for name in ("max_abs_delta_logprob", "mean_abs_delta_logprob")
        if (bound := verification.manifest.config.get(name)) is not None
    }
    yield from at_most(read_measurements(verification.file("metrics.json")), bounds)
    figures = read_measurements(evaluation.file("metrics.json"))
    yield from at_least(figures, require, but=_base(evaluation))


def _base(evaluation: Artifact) -> str:
    return str(evaluation.manifest.config["base"])
