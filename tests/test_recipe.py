"""Recipes: every mistake is named with file, line and field, and every shipped recipe can be read."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from bedside.errors import RecipeError
from bedside.recipe import Recipe, load_recipe, recipe_names, recipe_text, validate

GOOD = """\
name: mine
base_model: demo
dataset:
  sources:
    - {kind: synthetic_ecg, subjects: 10}
train:
  lora_r: 8
  learning_rate: 2e-4
"""


def read(text: str) -> Recipe:
    return validate(Recipe, text, source="mine.yaml", folder=Path("/recipes"))


@pytest.mark.parametrize("name", recipe_names())
def test_every_shipped_recipe_is_valid(name: str) -> None:
    recipe = validate(Recipe, recipe_text(name), source=name, folder=Path())
    assert recipe.name == name


def test_values_are_read_and_nothing_can_be_changed() -> None:
    recipe = read(GOOD)
    assert (recipe.train.lora_r, recipe.train.lora_alpha) == (8, 32)
    with pytest.raises(ValidationError):
        recipe.name = "other"  # type: ignore[misc]


def test_relative_paths_are_beside_the_recipe_and_stay_out_of_the_manifest(tmp_path: Path) -> None:
    file = tmp_path / "r.yaml"
    file.write_text(
        GOOD.replace("{kind: synthetic_ecg, subjects: 10}", "{kind: examples, path: data/a.jsonl}")
    )
    source = load_recipe(file).dataset.sources[0]
    assert source.path == tmp_path / "data" / "a.jsonl"
    assert source.model_dump(mode="json")["path"] == "a.jsonl"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            ("lora_r: 8", "lora_rank: 8"),
            "mine.yaml:7: train.lora_rank: unknown field; did you mean 'lora_r'?",
        ),
        (
            ("lora_r: 8", "lora_r: -4"),
            "mine.yaml:7: train.lora_r: input should be greater than 0 (found -4).",
        ),
        (("lora_r: 8", "lora_r: eight"), "mine.yaml:7: train.lora_r: input should be a valid integer"),
        (("train:", "trian:"), "mine.yaml:6: trian: unknown field; did you mean 'train'?"),
        (("base_model: demo\n", ""), "mine.yaml:1: base_model: this field is missing."),
        (("subjects: 10", "subject: 10"), "did you mean 'subjects'?"),
        (("subjects: 10", "subjects: 0"), "mine.yaml:5: dataset.sources.0.subjects: input should be greater"),
        (
            ("synthetic_ecg", "synthetic_eeg"),
            "mine.yaml:5: dataset.sources.0.kind: unknown kind 'synthetic_eeg'; did",
        ),
        (("  lora_r: 8\n", "  lora_r: 8\n  lora_r: 9\n"), "mine.yaml:8: 'lora_r' stands twice."),
        (("name: mine", "name: [mine"), "mine.yaml is not YAML"),
        (
            ("lora_r: 8", "save_steps: 7"),
            "mine.yaml:6: train: save_steps must be a multiple of logging_steps",
        ),
    ],
)
def test_a_mistake_names_line_field_and_what_was_meant(change: tuple[str, str], message: str) -> None:
    with pytest.raises(RecipeError) as caught:
        read(GOOD.replace(*change))
    assert message in str(caught.value)


def test_all_mistakes_are_told_at_once() -> None:
    with pytest.raises(RecipeError) as caught:
        read(GOOD.replace("lora_r: 8", "lora_r: 0").replace("name: mine", "nam: mine"))
    assert len(caught.value.what.splitlines()) == 3


def test_a_recipe_that_is_not_there_names_what_is(tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match="bedside recipes"):
        load_recipe(tmp_path / "gone.yaml")
    with pytest.raises(RecipeError, match="did you mean 'demo'"):
        recipe_text("deno")
