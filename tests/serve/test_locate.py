"""Which files of a run are served."""

import shutil
from pathlib import Path

import pytest

from bedside.artifact import Artifact, Draft, Plan, write
from bedside.errors import ArtifactError
from bedside.serve.locate import ServedFiles, locate


def model(run: Path, folder: str, *files: str, source: str = "", vision: bool = False) -> Artifact:
    """Write an artifact with `files`, smaller the more they are quantized, made from `source`."""

    def work(draft: Draft) -> dict[str, bool]:
        for name in files:
            (draft.path / name).write_bytes(b"x" * (300 - 100 * ("Q8" in name) - 200 * ("Q4" in name)))

        return {"vision": vision}

    inputs = {"gguf": source} if source else {}
    return write(run / folder, Plan("gguf", "test", 1, {"name": folder}, inputs), work)


@pytest.fixture
def run(tmp_path: Path) -> Path:
    source = model(tmp_path, "gguf", "model-f16.gguf", "mmproj-f16.gguf", vision=True).digest
    model(tmp_path, "gguf-Q8_0", "model-Q8_0.gguf", source=source, vision=True)
    model(tmp_path, "gguf-Q4_K_M", "model-Q4_K_M.gguf", source=source, vision=True)
    return tmp_path


def test_the_smallest_model_of_a_run_with_the_projector_of_its_conversion(run: Path) -> None:
    assert locate(run) == ServedFiles(run / "gguf-Q4_K_M/model-Q4_K_M.gguf", run / "gguf/mmproj-f16.gguf")


@pytest.mark.parametrize(
    ("name", "file"), [("Q8_0", "gguf-Q8_0/model-Q8_0.gguf"), ("f16", "gguf/model-f16.gguf")]
)
def test_a_model_of_a_run_by_name(run: Path, name: str, file: str) -> None:
    assert locate(run, model=name) == ServedFiles(run / file, run / "gguf/mmproj-f16.gguf")


def test_the_untuned_model_is_served_only_when_asked_for(run: Path) -> None:
    model(run, "gguf-base", "model-Q4-base.gguf", "mmproj-base.gguf")
    assert locate(run).gguf.name == "model-Q4_K_M.gguf"
    assert locate(run, model="base") == ServedFiles(
        run / "gguf-base/model-Q4-base.gguf", run / "gguf-base/mmproj-base.gguf"
    )


def test_an_unknown_name_lists_the_known_ones(run: Path) -> None:
    with pytest.raises(ArtifactError, match="no model 'Q5_0'") as caught:
        locate(run, model="Q5_0")
    assert "f16 or Q4_K_M or Q8_0" in caught.value.fix


def test_an_artifact_of_a_run(run: Path) -> None:
    assert locate(run / "gguf-Q8_0") == ServedFiles(
        run / "gguf-Q8_0/model-Q8_0.gguf", run / "gguf/mmproj-f16.gguf"
    )


def test_a_file_with_and_without_its_projector(run: Path) -> None:
    file, mmproj = run / "gguf/model-f16.gguf", run / "gguf/mmproj-f16.gguf"
    assert locate(file) == ServedFiles(file, None)
    assert locate(file, mmproj=mmproj) == ServedFiles(file, mmproj)


def test_a_text_model_has_no_projector(tmp_path: Path) -> None:
    model(tmp_path, "gguf", "model-f16.gguf")
    assert locate(tmp_path) == ServedFiles(tmp_path / "gguf/model-f16.gguf", None)


@pytest.mark.parametrize("name", ["", "absent"])
def test_a_folder_without_a_model_says_what_to_give(tmp_path: Path, name: str) -> None:
    with pytest.raises(ArtifactError, match="no finished GGUF model") as caught:
        locate(tmp_path / name)
    assert "bedside run" in caught.value.fix


def test_an_unfinished_model_is_not_served(tmp_path: Path) -> None:
    (tmp_path / "gguf-Q4_K_M").mkdir()
    (tmp_path / "gguf-Q4_K_M/model-Q4_K_M.gguf").write_bytes(b"x")
    with pytest.raises(ArtifactError, match="no finished GGUF model"):
        locate(tmp_path)


def test_a_file_of_an_earlier_conversion_is_not_served(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shutil.rmtree(run / "gguf-Q4_K_M")
    model(run, "gguf-Q4_K_M", "model-Q4_K_M.gguf", source="another conversion", vision=True)
    assert locate(run).gguf.name == "model-Q8_0.gguf"
    assert "passed over, made from an earlier conversion: Q4_K_M" in capsys.readouterr().err
    with pytest.raises(ArtifactError, match="its Q4_K_M was made from an earlier conversion") as caught:
        locate(run, model="Q4_K_M")
    assert "Q8_0" in caught.value.fix
    with pytest.raises(ArtifactError, match="may not fit that one's projector"):
        locate(run / "gguf-Q4_K_M")


def test_what_was_set_aside_is_not_served(run: Path) -> None:
    (run / "gguf-Q4_K_M").rename(run / "gguf-Q4_K_M.superseded-0123456789abcdef")
    assert locate(run).gguf.name == "model-Q8_0.gguf"


def test_a_model_that_sees_is_not_served_blind(run: Path, tmp_path: Path) -> None:
    shutil.rmtree(run / "gguf")
    with pytest.raises(ArtifactError, match=r"its projector, which stood in .*gguf, is gone") as caught:
        locate(run)
    assert "--mmproj" in caught.value.fix
    mmproj = tmp_path / "mmproj.gguf"
    assert locate(run, mmproj=mmproj) == ServedFiles(run / "gguf-Q4_K_M/model-Q4_K_M.gguf", mmproj)


@pytest.mark.parametrize("format_", ["bf16", "f32"])
def test_the_unquantized_model_is_called_after_its_number_format(tmp_path: Path, format_: str) -> None:
    model(tmp_path, "gguf", f"model-{format_}.gguf")
    assert locate(tmp_path, model=format_).gguf.name == f"model-{format_}.gguf"
    with pytest.raises(ArtifactError, match="no model 'f16'"):
        locate(tmp_path, model="f16")
