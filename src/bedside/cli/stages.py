"""One command per stage; each works on folders and calls the stage's function."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from bedside.artifact import open_artifact
from bedside.cli.output import DEFAULTS, StageOptions, print_artifact
from bedside.errors import RecipeError

Pairs = Annotated[
    list[str],
    Parameter(negative="", consume_multiple=False),
]


def train(dataset: Path, *, base: str, out: Path, options: StageOptions = DEFAULTS) -> None:
    """Fine-tune a LoRA adapter; start it with torchrun to use several processes.

    Args:
        dataset: the folder of a dataset.
        base: `demo`, a model folder, or the name of a model that was pulled.
        out: the folder to write.
    """
    from bedside.base_model import resolve
    from bedside.train import TrainConfig
    from bedside.train import train as stage

    config = options.config(TrainConfig, "train")
    examples = open_artifact(dataset, "dataset")
    print_artifact(stage(config, base=resolve(base), dataset=examples, out_dir=out), as_json=options.as_json)


def merge(adapter: Path, *, base: str, out: Path, options: StageOptions = DEFAULTS) -> None:
    """Merge an adapter into its base model, and check the logits.

    Args:
        adapter: the folder of an adapter.
        base: the model it was trained on.
        out: the folder to write.
    """
    from bedside.base_model import resolve
    from bedside.merge import MergeConfig
    from bedside.merge import merge as stage

    config = options.config(MergeConfig, "merge")
    weights = open_artifact(adapter, "adapter")
    print_artifact(stage(config, base=resolve(base), adapter=weights, out_dir=out), as_json=options.as_json)


def convert(model: str, *, out: Path, options: StageOptions = DEFAULTS) -> None:
    """Convert a model folder to GGUF, vision projector included.

    Args:
        model: `demo`, a model folder, or the name of a model that was pulled.
        out: the folder to write.
    """
    from bedside.base_model import resolve
    from bedside.gguf import ConvertConfig
    from bedside.gguf import convert as stage

    config = options.config(ConvertConfig, "convert")
    print_artifact(stage(config, model=resolve(model), out_dir=out), as_json=options.as_json)


def imatrix(gguf: Path, *, calibration: Path, out: Path, options: StageOptions = DEFAULTS) -> None:
    """Measure which weights matter on calibration text.

    Args:
        gguf: the folder of a converted model.
        calibration: the folder of calibration text.
        out: the folder to write.
    """
    from bedside.gguf import ImatrixConfig
    from bedside.gguf import imatrix as stage

    config = options.config(ImatrixConfig, "imatrix")
    artifact = stage(
        config,
        gguf=open_artifact(gguf, "gguf"),
        calibration=open_artifact(calibration, "calibration"),
        out_dir=out,
    )
    print_artifact(artifact, as_json=options.as_json)


def quantize(
    gguf: Path,
    type_: Annotated[str, Parameter(name="TYPE")],
    *,
    out: Path,
    imatrix: Path | None = None,
    options: StageOptions = DEFAULTS,
) -> None:
    """Quantize a GGUF.

    Args:
        gguf: the folder of a converted model.
        type_: the type, as llama.cpp names it: Q8_0, Q4_K_M, …
        out: the folder to write.
        imatrix: the folder of an importance matrix.
    """
    from bedside.gguf import QuantizeConfig
    from bedside.gguf import quantize as stage

    config = options.config(QuantizeConfig, "quantize")
    importance = None if imatrix is None else open_artifact(imatrix, "imatrix")
    artifact = stage(config, gguf=open_artifact(gguf, "gguf"), imatrix=importance, type=type_, out_dir=out)
    print_artifact(artifact, as_json=options.as_json)


def verify(
    model: Path, *, gguf: Path, dataset: Path, out: Path, quant: Pairs, options: StageOptions = DEFAULTS
) -> None:
    """Compare every hop: parity, perplexity, KL divergence, size, speed.

    Args:
        model: the folder of the merged model.
        gguf: the folder of its conversion.
        dataset: the dataset whose held-out split is used.
        out: the folder to write.
        quant: a quantized file as TYPE=FOLDER; repeatable.
    """
    from bedside.verify import VerifyConfig
    from bedside.verify import verify as stage

    config = options.config(VerifyConfig, "verify")
    artifact = stage(
        config,
        model=open_artifact(model, "model"),
        gguf=open_artifact(gguf, "gguf"),
        quants={name: open_artifact(folder, "gguf") for name, folder in _pairs(quant, "--quant").items()},
        dataset=open_artifact(dataset, "dataset"),
        out_dir=out,
    )
    print_artifact(artifact, as_json=options.as_json)


def evaluate(
    dataset: Path, *, model: Pairs, projector: Path | None = None, out: Path, options: StageOptions = DEFAULTS
) -> None:
    """Ask the served files about held-out examples, and score them.

    Args:
        dataset: the folder of a dataset.
        model: a file to ask as NAME=FOLDER, for example Q4_K_M=RUN/gguf-Q4_K_M; repeatable.
        projector: the folder with the vision projector for models whose own folder has none; a model that
            has one of its own keeps it.
        out: the folder to write.
    """
    from bedside.evaluate import EvaluateConfig
    from bedside.evaluate import evaluate as stage
    from bedside.llamacpp.model_files import model_files

    config = options.config(EvaluateConfig, "evaluate")
    folders = {name: open_artifact(folder, "gguf") for name, folder in _pairs(model, "--model").items()}
    shared = None if projector is None else open_artifact(projector, "gguf")
    files = {name: model_files(artifact, shared=shared) for name, artifact in folders.items()}
    artifact = stage(config, dataset=open_artifact(dataset, "dataset"), models=files, out_dir=out)
    print_artifact(artifact, as_json=options.as_json)


def report(run: Path, *, out: Path | None = None, options: StageOptions = DEFAULTS) -> None:
    """Write the page, the results and the model card of a run.

    With `--recipe` the page also tells whether the figures that its evaluation requires were reached.

    Args:
        run: the folder of a run.
        out: the folder to write; RUN/report where it is not given.
    """
    from bedside.recipe import load_recipe
    from bedside.report import ReportConfig
    from bedside.report import report as stage

    config = options.config(ReportConfig, "report")
    require = {} if options.recipe is None else {**load_recipe(options.recipe).evaluate.require}
    artifact = stage(config, run_dir=run, out_dir=out or run / "report", require=require)
    print_artifact(artifact, as_json=options.as_json)


def _pairs(values: list[str], option: str) -> dict[str, Path]:
    pairs: dict[str, Path] = {}
    for value in values:
        name, equals, folder = value.partition("=")
        if not equals:
            raise RecipeError(f"{option} {value}: there is no '='.", fix=f"write {option} NAME=FOLDER")
        pairs[name] = Path(folder)
    return pairs
