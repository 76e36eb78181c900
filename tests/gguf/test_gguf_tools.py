"""Convert, imatrix and quantize with llama.cpp's own programs, on a tiny model of random weights."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from bedside.artifact import Artifact, Draft
from bedside.errors import ArtifactError, BedsideError, DataError, ToolError
from bedside.gguf import ConvertConfig, ImatrixConfig, QuantizeConfig, convert, imatrix, quantize
from bedside.gguf import convert as convert_stage
from bedside.gguf.imatrix import covered
from bedside.llamacpp.gguf_file import read_header, token_types
from hub_folder import LONG, SHORT
from tiny_model import ModelFolder, copy_of, make_artifact, make_calibration, make_model

pytestmark = pytest.mark.llamacpp


def stage_module(function: object) -> object:
    import importlib

    return importlib.import_module(function.__module__)  # type: ignore[attr-defined]


def test_control_tokens_are_control_tokens_in_the_file(f16: Artifact) -> None:
    types = token_types(read_header(f16.file("model-f16.gguf")))
    assert {types[token] for token in ("<start_of_turn>", "<end_of_turn>", "<bos>")} == {3}
    assert types["\n\n"] == 4
    assert f16.manifest.figures["vision"] is True


def test_the_same_model_gives_the_same_bytes_whatever_its_folder_is_called(
    model: ModelFolder, f16: Artifact, tmp_path: Path
) -> None:
    again = convert(ConvertConfig(), model=copy_of(model, tmp_path / "renamed"), out_dir=tmp_path / "gguf")
    assert again.digest == f16.digest
    for entry in f16.manifest.files:
        content = f16.file(entry.path).read_bytes()
        assert b"secret-hospital" not in content
        assert str(model.path.parent).encode() not in content


def test_without_the_typed_tokens_the_file_is_refused_even_if_nobody_looks_before(
    model: ModelFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = copy_of(model, tmp_path / "model")
    path = broken.path / "tokenizer_config.json"
    config = json.loads(path.read_text())
    del config["added_tokens_decoder"]
    path.write_text(json.dumps(config))
    monkeypatch.setattr(stage_module(convert_stage), "layout_problems", lambda _: ())
    with pytest.raises(ArtifactError, match=r"the token <end_of_turn> has type 1 instead of 3"):
        convert(ConvertConfig(), model=broken, out_dir=tmp_path / "gguf")
    assert not (tmp_path / "gguf").exists()


@pytest.mark.parametrize("fault", ["tokenizer", "vision"])
def test_the_converter_itself_fails_on_a_folder_that_was_not_restored(
    model: ModelFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    broken = copy_of(model, tmp_path / "model")
    if fault == "tokenizer":
        (broken.path / "tokenizer.model").unlink()
    else:
        weights = broken.path / "model.safetensors"
        content = weights.read_bytes()
        assert LONG.encode() in content
        weights.write_bytes(content.replace(LONG.encode(), SHORT.encode() + b"_" * (len(LONG) - len(SHORT))))
    monkeypatch.setattr(stage_module(convert_stage), "layout_problems", lambda _: ())
    with pytest.raises(ToolError):
        convert(ConvertConfig(), model=broken, out_dir=tmp_path / "gguf")


def test_the_matrix_covers_every_matrix_and_names_no_path(matrix: Artifact, f16: Artifact) -> None:
    figures = matrix.manifest.figures
    assert figures["chunks"] == 6
    assert figures["tokens"] == 6 * 128
    assert figures["matrices"] == figures["matrices_covered"] == 14
    assert figures["matrices_never_excited"] == []
    assert figures["perplexity"] > 1
    header = read_header(matrix.file("imatrix.gguf"))
    assert header.metadata["imatrix.datasets"] == ("chat.txt",)
    assert len(covered(header)) == 14
    assert [entry.path for entry in matrix.manifest.files] == ["imatrix.gguf"]


def test_the_matrix_is_the_same_in_every_run(
    matrix: Artifact, f16: Artifact, calibration: Artifact, tmp_path: Path
) -> None:
    config = ImatrixConfig(context=128, chunks=6)
    again = imatrix(config, gguf=f16, calibration=calibration, out_dir=tmp_path / "im")
    assert again.digest == matrix.digest


def test_too_few_tokens_are_counted(f16: Artifact, tmp_path: Path) -> None:
    calibration = make_calibration(tmp_path / "calibration", conversations=6)
    with pytest.raises(DataError, match=r"chat\.txt: holds \d+ tokens; 512 are needed for two chunks of 256"):
        imatrix(ImatrixConfig(context=256), gguf=f16, calibration=calibration, out_dir=tmp_path / "im")
    assert not (tmp_path / "im").exists()


def test_q8_0_is_the_same_with_and_without_a_matrix_and_says_so(
    f16: Artifact, matrix: Artifact, tmp_path: Path
) -> None:
    config = QuantizeConfig()
    one = quantize(config, gguf=f16, imatrix=matrix, type="Q8_0", out_dir=tmp_path / "one")
    two = quantize(config, gguf=f16, imatrix=None, type="Q8_0", out_dir=tmp_path / "two")
    assert one.digest == two.digest
    assert one.manifest.figures["imatrix"] == "not used: Q8_0 ignores it"
    assert two.manifest.figures["imatrix"] == "none"
    assert one.manifest.figures["vision"] is True


def test_q4_k_m_uses_the_matrix_and_is_smaller(f16: Artifact, matrix: Artifact, tmp_path: Path) -> None:
    config = QuantizeConfig()
    one = quantize(config, gguf=f16, imatrix=matrix, type="Q4_K_M", out_dir=tmp_path / "one")
    two = quantize(config, gguf=f16, imatrix=None, type="Q4_K_M", out_dir=tmp_path / "two")
    assert one.digest != two.digest
    header = read_header(one.file("model-Q4_K_M.gguf"))
    assert {tensor.type for tensor in header.tensors} == {"F32", "Q4_K", "Q6_K"}
    assert header.metadata["quantize.imatrix.file"] == "imatrix.gguf"
    assert header.metadata["quantize.imatrix.dataset"] == "chat.txt"
    assert [entry.path for entry in one.manifest.files] == ["model-Q4_K_M.gguf"]
    assert one.manifest.files[0].bytes < f16.file("model-f16.gguf").stat().st_size / 2


def test_a_quantized_file_is_not_quantized_again(f16: Artifact, tmp_path: Path) -> None:
    once = quantize(QuantizeConfig(), gguf=f16, imatrix=None, type="Q8_0", out_dir=tmp_path / "once")
    with pytest.raises(ArtifactError, match=r"already quantized \(Q8_0\)"):
        quantize(QuantizeConfig(), gguf=once, imatrix=None, type="Q4_0", out_dir=tmp_path / "twice")


@pytest.fixture(scope="module")
def narrow(tmp_path_factory: pytest.TempPathFactory) -> Artifact:
    """A model whose rows are 128 long, which K-quants cannot hold."""
    folder = tmp_path_factory.mktemp("narrow")
    small = make_model(folder / "model", hidden_size=128, intermediate_size=512, head_dim=32)
    return convert(ConvertConfig(), model=small, out_dir=folder / "gguf")


def test_rows_that_do_not_fit_are_an_error_unless_allowed(narrow: Artifact, tmp_path: Path) -> None:
    assert "token_embd.weight (128 columns)" in narrow.manifest.figures["rows_not_multiple_of_256"]
    with pytest.raises(ArtifactError, match="Q4_K_M needs rows that are a multiple of 256 long"):
        quantize(QuantizeConfig(), gguf=narrow, imatrix=None, type="Q4_K_M", out_dir=tmp_path / "q")
    allowed = QuantizeConfig(allow_fallback=True)
    made = quantize(allowed, gguf=narrow, imatrix=None, type="Q4_K_M", out_dir=tmp_path / "q")
    assert len(made.manifest.figures["fallbacks"]) > 0
    eight = quantize(QuantizeConfig(), gguf=narrow, imatrix=None, type="Q8_0", out_dir=tmp_path / "q8")
    assert eight.manifest.figures["fallbacks"] == []


def test_a_fallback_that_only_the_program_sees_is_an_error(
    narrow: Artifact, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stage_module(quantize), "narrow_tensors", lambda _: ())
    with pytest.raises(ToolError, match=r"(?s)tensors could not take Q4_K_M.*falling back to") as caught:
        quantize(QuantizeConfig(), gguf=narrow, imatrix=None, type="Q4_K_M", out_dir=tmp_path / "q")
    assert "allow_fallback" in caught.value.fix
    assert not (tmp_path / "q").exists()


def test_a_matrix_of_another_model_is_refused(narrow: Artifact, matrix: Artifact, tmp_path: Path) -> None:
    config = QuantizeConfig(allow_fallback=True)
    with pytest.raises(ArtifactError, match=r"is of another model: blk\.0\.\S+ has 256 inputs"):
        quantize(config, gguf=narrow, imatrix=matrix, type="Q4_0", out_dir=tmp_path / "q")


def test_a_file_that_is_no_gguf_is_named(tmp_path: Path) -> None:
    def work(draft: Draft) -> None:
        (draft.path / "model-f16.gguf").write_bytes(b"PK\x03\x04 a zip file")

    fake = make_artifact(tmp_path / "gguf", "gguf", work)
    with pytest.raises(DataError, match=r"model-f16\.gguf: is not a GGUF file"):
        quantize(QuantizeConfig(), gguf=fake, imatrix=None, type="Q8_0", out_dir=tmp_path / "q")


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", folder], check=False, capture_output=True
    )
    if mounted.returncode:
        pytest.skip("mounting a small tmpfs needs root")
    yield folder
    subprocess.run(["umount", folder], check=True)


def test_too_small_a_disk_is_told_before_quantizing(f16: Artifact, small_disk: Path) -> None:
    with pytest.raises(BedsideError, match=r"has 1\.\d MB left; model-Q8_0\.gguf will need 1\.\d MB"):
        quantize(QuantizeConfig(), gguf=f16, imatrix=None, type="Q8_0", out_dir=small_disk / "q")


def test_a_disk_that_fills_up_leaves_nothing_that_looks_finished(
    f16: Artifact, small_disk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stage_module(quantize), "require_space", lambda *_, **__: None)
    with pytest.raises(BedsideError, match=r"disk.*left|disk is full"):
        quantize(QuantizeConfig(), gguf=f16, imatrix=None, type="Q8_0", out_dir=small_disk / "q")
    assert not (small_disk / "q").exists()
    assert list(small_disk.rglob("*.gguf")) == []


def test_idle_inputs_are_counted(f16: Artifact, matrix: Artifact) -> None:
    assert matrix.manifest.figures["inputs_never_excited"] == {}
    assert np.isfinite(matrix.manifest.figures["perplexity_se"])
