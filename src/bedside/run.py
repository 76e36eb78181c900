"""A whole run: the stages of a recipe, one after the other.

Each stage reuses what it finds finished, so a run that was stopped goes on where it stopped. Nothing here
opens a socket beyond this machine; what is absent is named with the command that fetches it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from pathlib import Path

from bedside import base_model, hf
from bedside.artifact import MANIFEST, Artifact, open_artifact
from bedside.calibration import calibrate
from bedside.console import say
from bedside.dataset import build_dataset
from bedside.disk import require_space
from bedside.errors import ThresholdError
from bedside.evaluate import evaluate
from bedside.extras import check
from bedside.gguf import convert, imatrix, quantize, require_chunks
from bedside.llamacpp.binaries import converter_dir, toolchain_id
from bedside.llamacpp.model_files import ModelFiles, language_model, model_files
from bedside.llamacpp.server import server_id
from bedside.merge import merge
from bedside.recipe import Recipe
from bedside.report import report
from bedside.train import train
from bedside.verify import verify

__all__ = ["run"]

PACKAGES = (
    ("trl", "train", "Fine-tuning"),
    ("peft", "train", "Fine-tuning"),
    ("jinja2", "report", "The report"),
    ("matplotlib", "report", "The report"),
)


def run(recipe: Recipe, *, out_dir: Path) -> Artifact:
    """Run every stage of `recipe` under `out_dir` and return the report.

    A limit that verification or evaluation does not meet stops nothing: the report is written, names it,
    and the error is raised last.

    Raises:
        ThresholdError: a declared limit was not met; the report is finished.
        BedsideError: a stage could not be done; what came before it stays and is reused.
    """
    _require_programs()
    base = base_model.resolve(recipe.base_model)
    _require_disk(base.path, out_dir)
    step, measure = partial(_step, out_dir), partial(_measure, out_dir)
    dataset = step("dataset", partial(build_dataset, recipe.dataset))
    calibration = step("calibration", partial(calibrate, recipe.calibration, dataset=dataset))
    if not (out_dir / "adapter" / MANIFEST).is_file():
        require_chunks(recipe.imatrix, calibration, partial(_count_tokens, base.path))
    adapter = step("adapter", partial(train, recipe.train, base=base, dataset=dataset))
    model = step("model", partial(merge, recipe.merge, base=base, adapter=adapter))
    gguf = step("gguf", partial(convert, recipe.convert, model=model))
    base_gguf = step("gguf-base", partial(convert, recipe.convert, model=base))
    importance = step("imatrix", partial(imatrix, recipe.imatrix, gguf=gguf, calibration=calibration))
    shrink = partial(quantize, recipe.quantize, gguf=gguf, imatrix=importance)
    quants = {type_: step(f"gguf-{type_}", partial(shrink, type=type_)) for type_ in recipe.quantize.types}
    models = _served_files(recipe.evaluate.base, base_gguf, gguf, quants)
    broken = [
        measure(
            "verification",
            partial(verify, recipe.verify, model=model, gguf=gguf, quants=quants, dataset=dataset),
        ),
        measure("evaluation", partial(evaluate, recipe.evaluate, dataset=dataset, models=models)),
    ]
    require = {**recipe.evaluate.require}
    made = step("report", partial(report, recipe.report, run_dir=out_dir, require=require))
    for error in filter(None, broken):
        say(f"report: {made.file('report.html')}")
        raise error
    return made


def _require_programs() -> None:
    """Find everything the last stages need before the first one spends its hours."""
    toolchain_id()
    converter_dir()
    server_id()
    for module, extra, purpose in PACKAGES:
        check(module, extra=extra, purpose=purpose)


def _require_disk(base: Path, out_dir: Path) -> None:
    """Forecast what the folders that are not there yet will take: about the base's weights each."""
    weights = sum(file.stat().st_size for file in base.glob("*.safetensors"))
    missing = [name for name in ("model", "gguf", "gguf-base") if not (out_dir / name).exists()]
    place = next(folder for folder in (out_dir, *out_dir.absolute().parents) if folder.is_dir())
    require_space(place, weights * len(missing), what=f"{', '.join(missing)} together")


def _count_tokens(model: Path, text: str) -> int:
    return len(hf.load_processor(model).tokenizer(text, verbose=False)["input_ids"])


def _served_files(
    base_name: str, base: Artifact, tuned: Artifact, quants: Mapping[str, Artifact]
) -> dict[str, ModelFiles]:
    """Name the files that are evaluated side by side; the quantized ones share the tuned projector."""
    outtype = language_model(tuned).stem.removeprefix("model-")
    files = {base_name: model_files(base), f"tuned-{outtype}": model_files(tuned)}
    return files | {type_: model_files(quant, shared=tuned) for type_, quant in quants.items()}


def _measure(out_dir: Path, name: str, stage: Callable[..., Artifact]) -> ThresholdError | None:
    """Run a stage that keeps what it measured even where a limit is not met; return that error."""
    errors: list[ThresholdError] = []

    def measured(*, out_dir: Path) -> Artifact:
        try:
            return stage(out_dir=out_dir)
        except ThresholdError as error:
            errors.append(error)
            return open_artifact(out_dir)

    _step(out_dir, name, measured)
    return errors[0] if errors else None


def _step(out_dir: Path, name: str, stage: Callable[..., Artifact]) -> Artifact:
    """Run one stage and say how long it took, or that its artifact was reused."""
    started = time.time()
    artifact = stage(out_dir=out_dir / name)
    made = datetime.fromisoformat(artifact.manifest.created).timestamp() >= started - 1
    say(f"{name:<14}{f'{artifact.manifest.seconds:8.1f} s' if made else '  reused'}")
    return artifact
