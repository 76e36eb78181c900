"""What convert and imatrix refuse before they start a program."""

import json
import shutil
from collections import namedtuple
from pathlib import Path

import pytest

from bedside import disk
from bedside.artifact import Artifact, Draft, Plan, write
from bedside.errors import ArtifactError, BedsideError, DataError, ToolError
from bedside.gguf import (
    ConvertConfig,
    ImatrixConfig,
    QuantizeConfig,
    convert,
    imatrix,
    quantize,
    require_chunks,
)
from bedside.hub_layout import restore_hub_layout
from bedside.llamacpp import binaries, process
from hub_folder import model_folder
from tiny_model import CALIBRATION_FIGURES, ModelFolder, make_artifact

Usage = namedtuple("Usage", "total used free")


@pytest.fixture(autouse=True)
def no_program(monkeypatch: pytest.MonkeyPatch) -> None:
    """Programs are known, but starting one fails the test."""

    def started(*arguments: object, **options: object) -> None:
        raise AssertionError(f"started {arguments}")

    monkeypatch.setattr(binaries, "toolchain_id", lambda: "build")
    monkeypatch.setattr(binaries, "converter_id", lambda: "converter")
    monkeypatch.setattr(process, "run", started)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A model folder in the Hub's layout."""
    base = tmp_path / "base"
    base.mkdir()
    (base / "tokenizer.model").write_bytes(b"sentencepiece")
    folder = model_folder(tmp_path / "model")
    restore_hub_layout(folder, tokenizer_from=base)
    return folder


def refused(folder: Path) -> str:
    with pytest.raises(ArtifactError) as caught:
        convert(ConvertConfig(), model=ModelFolder(folder), out_dir=folder.parent / "gguf")
    assert not (folder.parent / "gguf").exists()
    return str(caught.value)


def test_without_tokenizer_model(folder: Path) -> None:
    (folder / "tokenizer.model").unlink()
    assert "tokenizer.model is missing" in refused(folder)


def test_without_typed_control_tokens(folder: Path) -> None:
    path = folder / "tokenizer_config.json"
    config = json.loads(path.read_text())
    del config["added_tokens_decoder"]
    path.write_text(json.dumps(config))
    assert "no added_tokens_decoder, so control tokens would become text" in refused(folder)


def test_with_vision_keys_the_converter_does_not_know(folder: Path, tmp_path: Path) -> None:
    shutil.copy(model_folder(tmp_path / "other") / "model.safetensors", folder)
    message = refused(folder)
    assert "should be called vision_tower.vision_model.embeddings.patch_embedding.weight" in message


@pytest.mark.parametrize("content", [None, {"processor_class": "Gemma3Processor"}])
def test_without_the_settings_that_pictures_are_scaled_by(
    folder: Path, content: dict[str, str] | None
) -> None:
    file = folder / "processor_config.json"
    file.unlink()
    if content is not None:
        file.write_text(json.dumps(content))
    message = refused(folder)
    assert "preprocessor_config.json or processor_config.json with image_mean is missing" in message


def test_only_a_merged_model_is_told_to_be_merged_again(folder: Path, tmp_path: Path) -> None:
    def merged(draft: Draft) -> None:
        for file in folder.iterdir():
            shutil.copy(file, draft.path)

    (folder / "tokenizer.model").unlink()
    assert "copy tokenizer.model, tokenizer_config.json and" in refused(folder)
    assert "bedside merge" not in refused(folder)
    again = write(tmp_path / "merged", Plan("model", "merge", 1, {}, {}), merged)
    assert "bedside merge" in refused(again.path)


def test_the_advice_for_a_model_that_was_not_merged_helps(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = tmp_path / "original"
    shutil.copytree(folder, original)
    for name in ("tokenizer.model", "tokenizer_config.json"):
        (folder / name).unlink()
    assert "transformers 5" in refused(folder)
    for name in ("tokenizer.model", "tokenizer_config.json"):
        shutil.copy(original / name, folder)
    monkeypatch.setattr(binaries, "converter_dir", lambda: tmp_path)
    with pytest.raises(AssertionError, match="started"):  # the converter: nothing more is missing
        convert(ConvertConfig(), model=ModelFolder(folder), out_dir=tmp_path / "gguf")


def test_a_full_disk_is_told_before_converting(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(disk.shutil, "disk_usage", lambda _: Usage(10, 9, 1))
    with pytest.raises(BedsideError, match="the f16 GGUF files will need"):
        convert(ConvertConfig(), model=ModelFolder(folder), out_dir=folder.parent / "gguf")


def test_a_name_with_a_path_is_no_model_name() -> None:
    with pytest.raises(ValueError, match="name"):
        ConvertConfig(name="/home/ann/model")


@pytest.fixture
def gguf(tmp_path: Path) -> Artifact:
    return make_artifact(
        tmp_path / "gguf", "gguf", lambda d: (d.path / "model-f16.gguf").write_bytes(b"GGUF") and None
    )


def chat_text(tmp_path: Path, size: int, **figures: object) -> Artifact:
    """Calibration text of `size` bytes after the beginning of sequence."""

    def work(draft: Draft) -> dict[str, object]:
        (draft.path / "chat.txt").write_text("<bos>" + "x" * size)
        return {**CALIBRATION_FIGURES, **figures}

    return make_artifact(tmp_path / "calibration", "calibration", work)


def test_text_that_cannot_hold_two_chunks(tmp_path: Path, gguf: Artifact) -> None:
    calibration = chat_text(tmp_path, 1023)
    with pytest.raises(DataError, match=r"chat\.txt: 1023 bytes cannot hold the 1024 tokens"):
        imatrix(ImatrixConfig(), gguf=gguf, calibration=calibration, out_dir=tmp_path / "imatrix")


def test_the_control_tokens_of_the_text_are_read_as_such(
    tmp_path: Path, gguf: Artifact, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[tuple[object, ...]] = []

    def run_parsed(name: str, arguments: list[object], *_: object, **__: object) -> None:
        told.append((name, *arguments))
        raise ToolError("stop here")

    monkeypatch.setattr(process, "run_parsed", run_parsed)
    with pytest.raises(ToolError, match="stop here"):
        imatrix(ImatrixConfig(), gguf=gguf, calibration=chat_text(tmp_path, 1024), out_dir=tmp_path / "im")
    ((name, *arguments),) = told
    assert name == "llama-imatrix"
    assert "--parse-special" in arguments


def test_the_published_text_is_used_only_where_it_is_named(tmp_path: Path) -> None:
    calibration = chat_text(tmp_path, 4096, profile="published")
    with pytest.raises(ArtifactError, match="has the profile published where clinical is expected"):
        require_chunks(ImatrixConfig(), calibration, len)
    require_chunks(ImatrixConfig(profile="published"), calibration, len)


def test_a_text_that_the_build_does_not_have_is_refused_with_those_it_has(tmp_path: Path) -> None:
    with pytest.raises(ArtifactError, match="no text 'chat-night_sentinel'") as caught:
        require_chunks(ImatrixConfig(text="chat-night_sentinel"), chat_text(tmp_path, 4096), len)
    assert "chat, plain" in str(caught.value)


def test_tokens_are_counted_before_there_is_a_model(tmp_path: Path) -> None:
    calibration = chat_text(tmp_path, 4096)
    require_chunks(ImatrixConfig(), calibration, lambda text: len(text) // 4)
    with pytest.raises(
        DataError, match=r"chat\.txt: holds 1023 tokens; 1024 are needed for two chunks of 512"
    ):
        require_chunks(ImatrixConfig(), calibration, lambda _: 1023)
    with pytest.raises(DataError, match="cannot hold the 8192 tokens"):
        require_chunks(ImatrixConfig(context=4096), calibration, lambda _: 9000)


def test_a_type_that_needs_a_matrix(tmp_path: Path, gguf: Artifact) -> None:
    with pytest.raises(BedsideError, match="IQ2_XXS cannot be made without an importance matrix"):
        quantize(QuantizeConfig(), gguf=gguf, imatrix=None, type="iq2_xxs", out_dir=tmp_path / "q")
