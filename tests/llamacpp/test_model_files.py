"""A model is paired with its own projector; another one is only lent to a folder that has none."""

from __future__ import annotations

from pathlib import Path

import pytest

from bedside.artifact import Artifact, Plan, write
from bedside.errors import ArtifactError
from bedside.llamacpp.model_files import model_files


def make(folder: Path, *names: str) -> Artifact:
    def work(draft) -> None:
        for name in names:
            (draft.path / name).write_bytes(f"{folder.name} {name}".encode())

    return write(folder, Plan("gguf", "convert", 1, {"of": folder.name}, {}), work)


@pytest.fixture
def tuned(tmp_path: Path) -> Artifact:
    return make(tmp_path / "gguf", "model-f16.gguf", "mmproj-f16.gguf")


def test_a_model_keeps_its_own_projector_whatever_is_lent(tmp_path: Path, tuned: Artifact) -> None:
    base = make(tmp_path / "gguf-base", "model-f16.gguf", "mmproj-f16.gguf")
    files = model_files(base, shared=tuned)
    assert files.gguf == base.path / "model-f16.gguf"
    assert files.mmproj == base.path / "mmproj-f16.gguf"
    assert files.digest == base.digest


def test_a_folder_without_a_projector_borrows_one_and_its_digest_says_so(
    tmp_path: Path, tuned: Artifact
) -> None:
    quant = make(tmp_path / "gguf-Q8_0", "model-Q8_0.gguf")
    files = model_files(quant, shared=tuned)
    assert files.mmproj == tuned.path / "mmproj-f16.gguf"
    assert files.digest == f"{quant.digest}+{tuned.digest}"
    alone = model_files(quant)
    assert (alone.mmproj, alone.digest) == (None, quant.digest)


def test_a_text_model_lends_nothing(tmp_path: Path) -> None:
    text = make(tmp_path / "gguf", "model-f16.gguf")
    quant = make(tmp_path / "gguf-Q8_0", "model-Q8_0.gguf")
    assert model_files(quant, shared=text) == model_files(quant)


def test_a_folder_without_a_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ArtifactError, match="holds no model"):
        model_files(make(tmp_path / "odd", "mmproj-f16.gguf"))
