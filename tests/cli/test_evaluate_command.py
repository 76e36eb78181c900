"""`bedside evaluate`: which projector each model is asked with."""

from __future__ import annotations

import importlib
from pathlib import Path

import pytest

from bedside.artifact import Artifact, Plan, write
from bedside.cli import main


def make(folder: Path, kind: str, *names: str) -> Artifact:
    def work(draft) -> None:
        for name in names:
            (draft.path / name).write_bytes(f"{folder.name} {name}".encode())

    return write(folder, Plan(kind, kind, 1, {"of": folder.name}, {}), work)


def test_a_shared_projector_never_replaces_the_base_models_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("gguf", "gguf-base"):
        make(tmp_path / name, "gguf", "model-f16.gguf", "mmproj-f16.gguf")
    make(tmp_path / "gguf-Q8_0", "gguf", "model-Q8_0.gguf")
    make(tmp_path / "dataset", "dataset", "test.jsonl")
    asked = {}

    def evaluate(config, *, dataset, models, out_dir):
        asked.update(models)
        return make(out_dir, "evaluation", "metrics.json")

    monkeypatch.setattr(importlib.import_module("bedside.evaluate"), "evaluate", evaluate)
    models = [
        f"--model={name}={tmp_path / folder}"
        for name, folder in (("base", "gguf-base"), ("Q8_0", "gguf-Q8_0"))
    ]
    command = ["evaluate", str(tmp_path / "dataset"), *models, "--out", str(tmp_path / "e")]
    main([*command, "--projector", str(tmp_path / "gguf")])
    assert {name: files.mmproj for name, files in asked.items()} == {
        "base": tmp_path / "gguf-base" / "mmproj-f16.gguf",
        "Q8_0": tmp_path / "gguf" / "mmproj-f16.gguf",
    }
