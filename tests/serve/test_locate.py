"""Which files of a run are served."""

from pathlib import Path

import pytest

from bedside.artifact import Draft, Plan, write
from bedside.errors import ArtifactError
from bedside.serve.locate import ServedFiles, locate


def model(run: Path, folder: str, *files: str) -> None:
    """Write an artifact whose files are as many bytes long as their order in `files` is late."""

    def work(draft: Draft) -> None:
        for name in files:
            (draft.path / name).write_bytes(b"x" * (300 - 100 * ("Q8" in name) - 200 * ("Q4" in name)))

    write(run / folder, Plan("gguf", "test", 1, {"name": folder}, {}), work)


@pytest.fixture
def run(tmp_path: Path) -> Path:
    model(tmp_path, "gguf", "model-f16.gguf", "mmproj-f16.gguf")
    model(tmp_path, "gguf-Q8_0", "model-Q8_0.gguf")
    model(tmp_path, "gguf-Q4_K_M", "model-Q4_K_M.gguf")
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
