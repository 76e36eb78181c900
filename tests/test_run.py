"""A run looks for everything it will need before the first stage spends its hours."""

from __future__ import annotations

from pathlib import Path

import pytest

from bedside import run as running
from bedside.chat import render
from bedside.errors import BedsideError, DataError, MissingExtraError, ToolError
from bedside.recipe import Recipe, recipe_text, validate
from tiny_model import conversation, make_calibration, make_dataset


@pytest.fixture
def recipe() -> Recipe:
    return validate(Recipe, recipe_text("demo"), source="demo.yaml", folder=Path())


def test_missing_tools_are_named_with_the_command_that_builds_them(
    recipe: Recipe, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BEDSIDE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("BEDSIDE_LLAMACPP", raising=False)
    with pytest.raises(ToolError) as caught:
        running.run(recipe, out_dir=tmp_path / "run")
    assert caught.value.fix.startswith("bedside toolchain install")
    assert not (tmp_path / "run").exists()


def test_a_missing_package_is_told_before_anything_is_done(
    recipe: Recipe, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("toolchain_id", "converter_dir", "server_id"):
        monkeypatch.setattr(running, name, lambda *_, **__: None)
    monkeypatch.setattr("bedside.extras.available", lambda module: module != "jinja2")
    with pytest.raises(MissingExtraError, match="The report needs the package 'jinja2'"):
        running.run(recipe, out_dir=tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_the_disk_is_forecast_from_the_base_model(
    recipe: Recipe, tmp_path: Path, tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("toolchain_id", "converter_dir", "server_id"):
        monkeypatch.setattr(running, name, lambda *_, **__: None)
    monkeypatch.setattr("shutil.disk_usage", lambda _: type("Usage", (), {"free": 1000})())
    chosen = recipe.model_copy(update={"base_model": str(tiny_model)})
    with pytest.raises(BedsideError, match="model, gguf, gguf-base together will need"):
        running.run(chosen, out_dir=tmp_path / "run")


def test_calibration_text_that_is_too_short_is_told_before_training(
    recipe: Recipe, tmp_path: Path, tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def trained(*_: object, **__: object) -> None:
        raise AssertionError("trained")

    for name in ("_require_programs", "_require_disk"):
        monkeypatch.setattr(running, name, lambda *_: None)
    monkeypatch.setattr(running, "build_dataset", lambda _, *, out_dir: make_dataset(out_dir))
    monkeypatch.setattr(
        running, "calibrate", lambda *_, out_dir, **__: make_calibration(out_dir, conversations=60)
    )
    monkeypatch.setattr(running, "train", trained)
    chosen = recipe.model_copy(update={"base_model": str(tiny_model)})
    text = render(conversation(0))
    tokens = running._count_tokens(tiny_model, text)
    assert 1 < tokens < len(text.encode())
    long = chosen.model_copy(update={"imatrix": chosen.imatrix.model_copy(update={"context": 1400})})
    with pytest.raises(DataError, match="tokens; 2800 are needed for two chunks of 1400"):
        running.run(long, out_dir=tmp_path / "run")
    short = chosen.model_copy(update={"imatrix": chosen.imatrix.model_copy(update={"context": 32})})
    with pytest.raises(AssertionError, match="trained"):
        running.run(short, out_dir=tmp_path / "run")
