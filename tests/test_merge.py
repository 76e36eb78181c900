"""Which licence a merged model is said to stand under: what its base states, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from bedside.artifact import Plan, write
from bedside.merge import licence_of
from bedside.recipe import recipe_text

TERMS = "https://example.org/terms"


@pytest.mark.parametrize(
    ("readme", "licence"),
    [
        (
            f"---\nlicense: other\nlicense_name: health-ai\nlicense_link: {TERMS}\n---\n# M\n",
            f"health-ai, {TERMS}",
        ),
        ("---\r\nlicense: gemma\r\n---\r\ntext\r\n", "gemma"),
        ("---\nlicense: [mit, apache-2.0]\n---\n", "mit, apache-2.0"),
        ("---\ntags: [x]\n---\nlicense: mit\n", ""),
        ("---\nlicense: [mit\n---\n", ""),
        ("# A model\nlicense: mit\n", ""),
    ],
)
def test_a_readmes_front_matter_states_the_licence(tmp_path: Path, readme: str, licence: str) -> None:
    (tmp_path / "README.md").write_bytes(readme.encode())
    assert licence_of(tmp_path) == licence


@pytest.mark.parametrize("figure", ["licence", "base_licence"])
def test_a_model_made_here_states_it_in_its_manifest(tmp_path: Path, figure: str) -> None:
    made = write(tmp_path / "model", Plan("model", "demo", 1, {}, {}), lambda draft: {figure: "Apache-2.0"})
    assert licence_of(made.path) == "Apache-2.0"


def test_what_states_nothing_has_none(tmp_path: Path) -> None:
    assert licence_of(tmp_path) == ""


def test_no_shipped_recipe_claims_a_licence_that_another_base_model_would_inherit() -> None:
    assert "licence" not in recipe_text("demo")
