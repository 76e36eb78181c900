"""What convert and imatrix refuse before they start a program."""

import json
import shutil
from collections import namedtuple
from pathlib import Path

import pytest

from bedside import disk
from bedside.artifact import Artifact, Draft, Plan, write
from bedside.errors import ArtifactError, BedsideError, DataError
from bedside.gguf import ConvertConfig, ImatrixConfig, QuantizeConfig, convert, imatrix, quantize
from bedside.hub_layout import restore_hub_layout
from bedside.llamacpp import binaries, process
from hub_folder import model_folder
from tiny_model import ModelFolder, make_artifact

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


def test_only_a_merged_model_is_told_to_be_merged_again(folder: Path, tmp_path: Path) -> None:
    def merged(draft: Draft) -> None:
        for file in folder.iterdir():
            shutil.copy(file, draft.path)

    (folder / "tokenizer.model").unlink()
    assert "copy tokenizer.model and tokenizer_config.json" in refused(folder)
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


def test_text_that_cannot_hold_two_chunks(tmp_path: Path, gguf: Artifact) -> None:
    def work(draft: Draft) -> None:
        (draft.path / "chat.txt").write_text("<bos>" + "x" * 1023)

    calibration = make_artifact(tmp_path / "calibration", "calibration", work)
    with pytest.raises(DataError, match=r"chat\.txt: 1023 bytes cannot hold the 1024 tokens"):
        imatrix(ImatrixConfig(), gguf=gguf, calibration=calibration, out_dir=tmp_path / "imatrix")


def test_a_type_that_needs_a_matrix(tmp_path: Path, gguf: Artifact) -> None:
    with pytest.raises(BedsideError, match="IQ2_XXS cannot be made without an importance matrix"):
        quantize(QuantizeConfig(), gguf=gguf, imatrix=None, type="iq2_xxs", out_dir=tmp_path / "q")
