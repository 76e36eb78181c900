"""A whole run of stages that write one small file each: which files are asked; what a broken limit does."""

from __future__ import annotations

from pathlib import Path

import pytest

from bedside import run as running
from bedside.artifact import Artifact, Plan, write
from bedside.base_model import BaseModel
from bedside.errors import ThresholdError
from bedside.recipe import Recipe, validate
from bedside.run import run

RECIPE = """\
name: small
base_model: demo
dataset: {sources: [{kind: synthetic_ecg, subjects: 10}]}
quantize: {types: [Q8_0]}
evaluate: {require: {finding_accuracy: 0.9}}
"""


def made(out_dir: Path, kind: str, *names: str) -> Artifact:
    def work(draft) -> None:
        for name in names:
            (draft.path / name).write_bytes(f"{out_dir.name} {name}".encode())

    return write(out_dir, Plan(kind, kind, 1, {"of": out_dir.name}, {}), work)


class Stages:
    """Stands in for every stage and remembers what evaluation and report were given."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *, broken: tuple[str, ...] = ()) -> None:
        self.models = {}
        self.reported = None
        base = BaseModel("tiny", Path("base"), "0" * 64)
        monkeypatch.setattr(running, "find_tool", Path)
        monkeypatch.setattr(running.base_model, "resolve", lambda name: base)
        for name in ("build_dataset", "calibrate", "train", "merge", "imatrix"):
            monkeypatch.setattr(running, name, self.plain(name))
        monkeypatch.setattr(running, "convert", self.convert)
        monkeypatch.setattr(running, "quantize", self.quantize)
        monkeypatch.setattr(running, "verify", self.verify)
        monkeypatch.setattr(running, "evaluate", self.evaluate)
        monkeypatch.setattr(running, "report", self.report)
        self.broken = broken

    def plain(self, kind: str):
        return lambda config, *, out_dir, **inputs: made(out_dir, kind, f"{kind}.txt")

    def convert(self, config, *, model, out_dir):
        return made(out_dir, "gguf", "model-bf16.gguf", "mmproj-bf16.gguf")

    def quantize(self, config, *, gguf, imatrix, type, out_dir):  # noqa: A002
        return made(out_dir, "gguf", f"model-{type}.gguf")

    def verify(self, config, *, model, gguf, quants, dataset, out_dir):
        return self.judged(made(out_dir, "verification", "metrics.json"))

    def evaluate(self, config, *, dataset, models, out_dir):
        self.models = models
        return self.judged(made(out_dir, "evaluation", "metrics.json"))

    def report(self, config, *, run_dir, out_dir, require):
        self.reported = require
        return made(out_dir, "report", "report.html", "results.json")

    def judged(self, artifact: Artifact) -> Artifact:
        if artifact.kind in self.broken:
            raise ThresholdError(f"the limit of {artifact.kind} is not met")
        return artifact


@pytest.fixture
def recipe() -> Recipe:
    return validate(Recipe, RECIPE, source="small.yaml", folder=Path())


def test_each_model_is_asked_with_its_own_projector(
    tmp_path: Path, recipe: Recipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    stages = Stages(monkeypatch)
    assert run(recipe, out_dir=tmp_path).kind == "report"
    files = {name: (f.gguf.relative_to(tmp_path), f.mmproj) for name, f in stages.models.items()}
    tuned, base = tmp_path / "gguf" / "mmproj-bf16.gguf", tmp_path / "gguf-base" / "mmproj-bf16.gguf"
    assert files == {
        "base": (Path("gguf-base/model-bf16.gguf"), base),
        "tuned-bf16": (Path("gguf/model-bf16.gguf"), tuned),
        "Q8_0": (Path("gguf-Q8_0/model-Q8_0.gguf"), tuned),
    }
    assert stages.reported == {"finding_accuracy": 0.9}


@pytest.mark.parametrize("broken", [("verification",), ("evaluation",), ("verification", "evaluation")])
def test_a_limit_that_is_not_met_is_told_after_the_report_is_written(
    tmp_path: Path,
    recipe: Recipe,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    broken: tuple[str, ...],
) -> None:
    stages = Stages(monkeypatch, broken=broken)
    for _ in range(2):
        with pytest.raises(ThresholdError, match=f"the limit of {broken[0]}"):
            run(recipe, out_dir=tmp_path)
    assert stages.models
    assert (tmp_path / "report" / "manifest.json").is_file()
    assert str(tmp_path / "report" / "report.html") in capsys.readouterr().err
