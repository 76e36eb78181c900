"""Stage 7: ask the files that ship the held-out questions, and measure their answers.

Each model is served as it will be served to users and answers every held-out example; all answers are
kept. Figures come from the stored answers alone (`scores`). Knows nothing of training or quantization:
a model is a GGUF file with its projector.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from bedside import engine
from bedside.artifact import Artifact, Draft, Plan, write
from bedside.console import progress
from bedside.errors import DataError, RecipeError, ThresholdError
from bedside.estimates import bootstrap, exact, mean
from bedside.evaluate.answers import ask, in_order, is_complete, logs_of, read_clocks
from bedside.evaluate.scores import Resampling, compare, score
from bedside.examples import Example, read_examples
from bedside.llamacpp.model_files import ModelFiles
from bedside.llamacpp.server import server_id
from bedside.measurements import Measurement, at_least, read_measurements, write_measurements
from bedside.stored_answers import StoredAnswer

__all__ = ["EvaluateConfig", "evaluate"]

VERSION = 3


class EvaluateConfig(BaseModel):
    """How models are evaluated.

    Attributes:
        max_examples: at most so many ECGs and so many texts, drawn by `seed`; `None`: all.
        max_tokens: where an answer is cut; a cut answer counts as wrong.
        context: tokens that a question and its answer may take together; a longer question counts as wrong.
        n_parallel: questions under way at once.
        gpu_layers: layers computed on the GPU.
        seed: seed of the choice of examples and of the resampling.
        resamples: bootstrap resamples.
        base: the model before training, which `reference` is compared with.
        reference: the model that every other one is compared with; by default the first one but `base`.
        require: least lower bound of a figure, for every model but `base`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    max_examples: int | None = Field(default=None, ge=1)
    max_tokens: int = Field(default=128, ge=1)
    context: int = Field(default=4096, ge=256)
    n_parallel: int = Field(default=1, ge=1)
    gpu_layers: int = Field(default=0, ge=0)
    seed: int = Field(default=0, ge=0)
    resamples: int = Field(default=2000, ge=100)
    base: str = "base"
    reference: str | None = None
    require: dict[Literal["finding_accuracy", "form_accuracy", "answer_exact", "macro_f1"], float] = {}


def evaluate(
    config: EvaluateConfig, *, dataset: Artifact, models: Mapping[str, ModelFiles], out_dir: Path
) -> Artifact:
    """Ask every model the held-out examples of a dataset and measure the answers.

    Args:
        config: how to evaluate.
        dataset: the dataset whose `test.jsonl` is asked.
        models: the models by name, such as `base`, `tuned-f16`, `Q8_0`.
        out_dir: the evaluation's folder.

    Raises:
        DataError: the test split has nothing that can be scored.
        RecipeError: `config.reference` is none of the models.
        ThresholdError: a figure in `config.require` was not reached; the evaluation is kept.
    """
    for name in models:
        if not name.replace("-", "").replace("_", "").replace(".", "").isalnum():
            raise DataError(f"a model cannot be called {name!r}", fix="use letters, digits, '.', '_' and '-'")
    config = config.model_copy(update={"reference": _reference(config, models)})
    plan = Plan(
        kind="evaluation",
        stage="evaluate",
        version=VERSION,
        config=config.model_dump(mode="json", exclude={"require"}),
        inputs={
            "dataset": dataset.digest,
            "server": server_id(gpu_layers=config.gpu_layers),
            **{f"model {name}": files.digest for name, files in models.items()},
        },
    )
    artifact = write(out_dir, plan, lambda draft: _work(draft, config, dataset, models), resume=True)
    check_requirements(read_measurements(artifact.file("metrics.json")), config)
    return artifact


def check_requirements(rows: Sequence[Measurement], config: EvaluateConfig) -> None:
    """Compare the lower bounds with what the recipe requires.

    Raises:
        ThresholdError: one is lower, or undefined.
    """
    failures = [
        f"{limit.row.subject}: {limit.row.name} is {_shown(limit.row)}; its lower bound must reach "
        f"{limit.bound:g}"
        for limit in at_least(rows, {**config.require}, but=config.base)
        if not limit.is_met
    ]
    if failures:
        raise ThresholdError(
            "\n  ".join(["A declared threshold was not met.", *failures]),
            fix="look at the worst answers in the report; train longer, quantize less, or test on more cases",
        )


def chosen_examples(dataset: Artifact, config: EvaluateConfig) -> tuple[Example, ...]:
    """Return the held-out examples that can be scored, at most `max_examples` of each kind.

    Raises:
        DataError: there is none, or two share one id.
    """
    file = dataset.file("test.jsonl")
    examples = [e for e in read_examples(file) if e.target is not None or e.answer]
    if not examples:
        raise DataError(
            "no example has a reference answer", file=file, fix="give a dataset with a test split"
        )
    ids = [example.id for example in examples]
    if len(set(ids)) != len(ids):
        twice = next(name for name in ids if ids.count(name) > 1)
        raise DataError(f"two examples have the id {twice!r}", file=file, fix="make every id unique")
    closed = [number for number, example in enumerate(examples) if example.target is not None]
    texts = [number for number, example in enumerate(examples) if example.target is None]
    kept = sorted(_some(closed, config) + _some(texts, config))
    return tuple(examples[number] for number in kept)


def _reference(config: EvaluateConfig, models: Mapping[str, ModelFiles]) -> str | None:
    """Return the model that the others are compared with, `None` where there is only the base model."""
    if config.reference is None:
        return next((name for name in models if name != config.base), None)
    if config.reference not in models:
        raise RecipeError(
            f"evaluate.reference: there is no model {config.reference!r}.",
            fix=f"choose one of: {', '.join(models)}; or leave it out",
        )
    return config.reference


def _some(numbers: list[int], config: EvaluateConfig) -> list[int]:
    if config.max_examples is None or len(numbers) <= config.max_examples:
        return numbers
    rng = np.random.default_rng(config.seed)
    return [numbers[i] for i in rng.choice(len(numbers), size=config.max_examples, replace=False)]


def _work(
    draft: Draft, config: EvaluateConfig, dataset: Artifact, models: Mapping[str, ModelFiles]
) -> dict[str, Any]:
    examples = chosen_examples(dataset, config)
    with progress("asking the models", len(examples) * len(models)) as bar:
        for name, files in models.items():
            bar.update(f"asking {name}")
            if not is_complete(draft.path, name, examples):
                with engine.open_engine(
                    files.gguf,
                    files.mmproj,
                    n_ctx=config.context,
                    n_parallel=config.n_parallel,
                    gpu_layers=config.gpu_layers,
                ) as model:
                    ask(
                        model,
                        examples,
                        images=dataset.path,
                        folder=draft.path,
                        subject=name,
                        max_tokens=config.max_tokens,
                        n_parallel=config.n_parallel,
                        answered=bar.advance,
                    )
    answers = {name: in_order(draft.path, name, examples) for name in models}
    rows = _metrics(answers, models, config)
    write_measurements(draft.path / "metrics.json", rows)
    write_measurements(draft.path / "timings.json", _timings(draft.path, answers, config))
    draft.clock("timings.json", *(logs_of(draft.path, name).clocks.name for name in models))
    return {
        "ecgs": sum(example.target is not None for example in examples),
        "texts": sum(example.target is None for example in examples),
        "subjects": len({example.subject_id for example in examples}),
        "models": list(models),
        "undefined_figures": sum(row.estimate.value is None for row in rows),
    }


def _metrics(
    answers: Mapping[str, Sequence[StoredAnswer]], models: Mapping[str, ModelFiles], config: EvaluateConfig
) -> list[Measurement]:
    resampling = Resampling(config.seed, config.resamples)
    rows: list[Measurement] = []
    for name, files in models.items():
        rows.append(Measurement("file_bytes", name, exact(files.gguf.stat().st_size), "byte"))
        rows += score(answers[name], subject=name, resampling=resampling)
    reference = config.reference
    for name in models:
        if reference is not None and name != reference:
            pair = (reference, name) if name == config.base else (name, reference)
            rows += compare(answers[pair[0]], answers[pair[1]], names=pair, resampling=resampling)
    return rows


def _timings(
    folder: Path, answers: Mapping[str, Sequence[StoredAnswer]], config: EvaluateConfig
) -> list[Measurement]:
    rows: list[Measurement] = []
    for name, given in answers.items():
        clocks = read_clocks(folder, name)
        readings = [(answer.subject_id, clocks[answer.id]) for answer in given if not answer.refused]
        seconds = [(who, clock.seconds) for who, clock in readings]
        speeds = [(who, c.tokens_per_second) for who, c in readings if c.tokens_per_second is not None]
        for figure, unit, values in (
            ("seconds_per_answer", "s", seconds),
            ("tokens_per_second", "token/s", speeds),
        ):
            estimate = bootstrap(
                mean,
                ([value for _, value in values],),
                clusters=[who for who, _ in values],
                seed=config.seed,
                resamples=config.resamples,
            )
            rows.append(Measurement(figure, name, estimate, unit))
    return rows


def _shown(row: Measurement) -> str:
    e = row.estimate
    return e.method if e.value is None else f"{e.value:.3f} ({e.low:.3f} to {e.high:.3f}, n = {e.n})"
