"""The Hub layout: what is missing is told, what is restored is exactly what was missing."""

import json
from pathlib import Path

import pytest

from bedside.errors import ArtifactError
from bedside.hub_layout import has_vision, layout_problems, restore_hub_layout, weight_shapes
from hub_folder import LONG, SHORT, TOKENS, model_folder


@pytest.fixture
def base(tmp_path: Path) -> Path:
    folder = tmp_path / "base"
    folder.mkdir()
    (folder / "tokenizer.model").write_bytes(b"sentencepiece")
    return folder


def test_a_folder_of_transformers_5_has_all_three_faults(tmp_path: Path) -> None:
    problems = layout_problems(model_folder(tmp_path / "m"))
    assert len(problems) == 3
    assert "tokenizer.model is missing" in problems[0]
    assert "added_tokens_decoder" in problems[1]
    assert SHORT in problems[2]
    assert LONG in problems[2]


def test_restored_folder_has_no_fault_and_the_same_weights(tmp_path: Path, base: Path) -> None:
    folder = model_folder(tmp_path / "m")
    data = (folder / "model.safetensors").read_bytes()[-48:]
    restore_hub_layout(folder, tokenizer_from=base)
    assert layout_problems(folder) == ()
    assert (folder / "tokenizer.model").read_bytes() == b"sentencepiece"
    assert list(weight_shapes(folder)) == ["language_model.model.norm.weight", LONG]
    assert (folder / "model.safetensors").read_bytes()[-48:] == data
    assert list(folder.glob("*.partial")) == []


def test_restored_tokenizer_config_types_each_token_and_keeps_no_path(tmp_path: Path, base: Path) -> None:
    folder = model_folder(tmp_path / "m")
    restore_hub_layout(folder, tokenizer_from=base)
    config = json.loads((folder / "tokenizer_config.json").read_text())
    assert {int(i): (t["content"], t["special"]) for i, t in config["added_tokens_decoder"].items()} == TOKENS
    assert sorted(config) == ["added_tokens_decoder", "bos_token"]


def test_restoring_twice_changes_nothing(tmp_path: Path, base: Path) -> None:
    folder = model_folder(tmp_path / "m")
    restore_hub_layout(folder, tokenizer_from=base)
    first = {file.name: file.read_bytes() for file in folder.iterdir()}
    restore_hub_layout(folder, tokenizer_from=base)
    assert {file.name: file.read_bytes() for file in folder.iterdir()} == first


def test_the_index_of_several_files_is_renamed_too(tmp_path: Path, base: Path) -> None:
    folder = model_folder(tmp_path / "m")
    index = folder / "model.safetensors.index.json"
    index.write_text(json.dumps({"metadata": {}, "weight_map": {SHORT: "model.safetensors"}}))
    restore_hub_layout(folder, tokenizer_from=base)
    assert json.loads(index.read_text())["weight_map"] == {LONG: "model.safetensors"}


def test_the_towers_of_other_families_keep_their_names(tmp_path: Path, base: Path) -> None:
    names = ("vision_tower.encoder.layers.0.weight", "vision_tower.timm_model.blocks.0.weight")
    folder = model_folder(tmp_path / "m", model_type="gemma3n", names=names)
    restore_hub_layout(folder, tokenizer_from=base)
    assert set(names) <= set(weight_shapes(folder))


def test_a_control_token_that_is_not_special_is_a_problem(tmp_path: Path, base: Path) -> None:
    folder = model_folder(tmp_path / "m")
    restore_hub_layout(folder, tokenizer_from=base)
    path = folder / "tokenizer_config.json"
    config = json.loads(path.read_text())
    config["added_tokens_decoder"]["6"]["special"] = False
    path.write_text(json.dumps(config))
    assert layout_problems(folder) == (
        "tokenizer_config.json: <start_of_turn> is not marked as a special token in added_tokens_decoder",
    )


def test_no_tokenizer_model_anywhere_names_both_folders(tmp_path: Path) -> None:
    folder = model_folder(tmp_path / "m")
    with pytest.raises(ArtifactError, match=r"tokenizer\.model is missing in .*m and in .*other"):
        restore_hub_layout(folder, tokenizer_from=tmp_path / "other")


@pytest.mark.parametrize("content", [b"", b"\x10\0\0\0\0\0\0\0{", b"\xff" * 8])
def test_a_cut_weights_file_is_named(tmp_path: Path, base: Path, content: bytes) -> None:
    folder = model_folder(tmp_path / "m")
    (folder / "model.safetensors").write_bytes(content)
    with pytest.raises(ArtifactError, match=r"model\.safetensors is not a safetensors file or is cut short"):
        restore_hub_layout(folder, tokenizer_from=base)


def test_a_folder_without_config_is_no_model(tmp_path: Path) -> None:
    with pytest.raises(ArtifactError, match=r"it has no config\.json"):
        has_vision(tmp_path)
