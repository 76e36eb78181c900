"""A whole run: the stages of a recipe, one after the other.

Each stage reuses what it finds finished, so a run that was stopped goes on where it stopped. Nothing here
opens a socket beyond this machine; what is absent is named with the command that fetches it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path

from bedside import base_model
from bedside.artifact import Artifact
from bedside.calibration import calibrate
from bedside.console import say
from bedside.dataset import build_dataset
from bedside.evaluate import ModelFiles, evaluate
from bedside.gguf import convert, imatrix, quantize
from bedside.llamacpp.binaries import find_tool
from bedside.merge import merge
from bedside.recipe import Recipe
from bedside.report import report
from bedside.train import train
from bedside.verify import verify

__all__ = ["model_files", "run"]

TOOLS = ("llama-imatrix", "llama-quantize", "llama-perplexity", "llama-bench")


def run(recipe: Recipe, *, out_dir: Path) -> Artifact:
    """Run every stage of `recipe` under `out_dir` and return the report.

    Raises:
        BedsideError: a stage could not be done; what came before it stays and is reused.
    """
    for tool in TOOLS:
        find_tool(tool)
    base = base_model.resolve(recipe.base_model)
    dataset = _step("dataset", out_dir, lambda out: build_dataset(recipe.dataset, out_dir=out))
    calibration = _step(
        "calibration", out_dir, lambda out: calibrate(recipe.calibration, dataset=dataset, out_dir=out)
    )
    adapter = _step(
        "adapter", out_dir, lambda out: train(recipe.train, base=base, dataset=dataset, out_dir=out)
    )
    model = _step("model", out_dir, lambda out: merge(recipe.merge, base=base, adapter=adapter, out_dir=out))
    gguf = _step("gguf", out_dir, lambda out: convert(recipe.convert, model=model, out_dir=out))
    base_gguf = _step("gguf-base", out_dir, lambda out: convert(recipe.convert, model=base, out_dir=out))
    importance = _step(
        "imatrix",
        out_dir,
        lambda out: imatrix(recipe.imatrix, gguf=gguf, calibration=calibration, out_dir=out),
    )
    quants = {
        type_: _step(f"gguf-{type_}", out_dir, _quantizing(recipe, type_, gguf, importance))
        for type_ in recipe.quantize.types
    }
    _step(
        "verification",
        out_dir,
        lambda out: verify(
            recipe.verify, model=model, gguf=gguf, quants=quants, dataset=dataset, out_dir=out
        ),
    )
    _step(
        "evaluation",
        out_dir,
        lambda out: evaluate(
            recipe.evaluate,
            dataset=dataset,
            models=_served_files(base_gguf, gguf, quants),
            out_dir=out,
        ),
    )
    return _step("report", out_dir, lambda out: report(recipe.report, run_dir=out_dir, out_dir=out))


def _quantizing(
    recipe: Recipe, type_: str, gguf: Artifact, importance: Artifact
) -> Callable[[Path], Artifact]:
    return lambda out: quantize(recipe.quantize, gguf=gguf, imatrix=importance, type=type_, out_dir=out)


def _served_files(base: Artifact, tuned: Artifact, quants: Mapping[str, Artifact]) -> dict[str, ModelFiles]:
    """Name the files that are evaluated side by side; the quantized ones share the tuned projector."""
    files = {"base": model_files(base, base), "tuned-f16": model_files(tuned, tuned)}
    return files | {type_: model_files(quant, tuned) for type_, quant in quants.items()}


def model_files(model: Artifact, converted: Artifact) -> ModelFiles:
    """Pair a model's GGUF with the projector of the conversion it came from."""
    projectors = [e.path for e in converted.manifest.files if e.path.startswith("mmproj-")]
    text = next(e.path for e in model.manifest.files if e.path.startswith("model-"))
    mmproj = converted.path / projectors[0] if projectors else None
    return ModelFiles(model.file(text), mmproj, digest=f"{model.digest}+{converted.digest}")


def _step(name: str, out_dir: Path, stage: Callable[[Path], Artifact]) -> Artifact:
    """Run one stage and say how long it took, or that its artifact was reused."""
    started = time.time()
    artifact = stage(out_dir / name)
    made = datetime.fromisoformat(artifact.manifest.created).timestamp() >= started - 1
    say(f"{name:<14}{f'{artifact.manifest.seconds:8.1f} s' if made else '  reused'}")
    return artifact
