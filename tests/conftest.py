"""Fixtures that every test may use."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tiny_model import make_model

REPO = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def data_dir() -> Path:
    """The folder of real recordings; tests that need it are skipped, and say so, where it is absent."""
    folder = Path(os.environ.get("BEDSIDE_DATA", REPO.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"real recordings are not at {folder}; set BEDSIDE_DATA to their folder")
    return folder


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Gemma 3 vision model with random weights, in the Hub's layout; made in about two seconds."""
    return make_model(tmp_path_factory.mktemp("tiny") / "model").path


@pytest.fixture(scope="session")
def demo_run() -> Path:
    """The finished run of the embedded default; made once and shared by every slow test."""
    from bedside.recipe import Recipe, recipe_text, validate
    from bedside.run import run

    out = REPO / "runs" / "demo"
    recipe = validate(Recipe, recipe_text("demo"), source="demo.yaml", folder=REPO)
    run(recipe, out_dir=out)
    return out
