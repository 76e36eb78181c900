"""What prune frees, and what it keeps: live work, and what a kept file needs."""

import subprocess
import sys
from pathlib import Path

import pytest

from bedside.artifact import Artifact, Draft, Plan, claimed, write
from bedside.cli.keeping import prune as free_what_is_in
from bedside.errors import ArtifactError
from bedside.prune import prune

KEY = "0123456789abcdef"


def artifact(folder: Path, *files: str, source: str = "") -> Artifact:
    def work(draft: Draft) -> None:
        for name in files:
            (draft.path / name).write_bytes(name.encode())

    plan = Plan("gguf", "test", 1, {"name": folder.name}, {"gguf": source} if source else {})
    return write(folder, plan, work)


def half(folder: Path) -> Path:
    folder.mkdir(parents=True)
    (folder / "weights").write_bytes(b"x" * 10)
    return folder


def freed(folder: Path, **options: bool) -> set[Path]:
    found = {item.path for item in prune(folder, **options)}
    assert all(path.exists() == options.get("dry_run", False) for path in found)
    return found


@pytest.fixture
def run(tmp_path: Path) -> Path:
    converted = artifact(tmp_path / "gguf", "model-f16.gguf", "mmproj-f16.gguf")
    artifact(tmp_path / "gguf-base", "model-f16.gguf")
    artifact(tmp_path / "model", "model.safetensors")
    artifact(tmp_path / "gguf-Q8_0", "model-Q8_0.gguf", source=converted.digest)
    return tmp_path


def test_the_projector_of_a_quantized_model_is_kept(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    expected = {run / "model", run / "gguf-base"}
    assert freed(run, intermediate=True, dry_run=True) == expected
    assert freed(run, intermediate=True) == expected
    assert (run / "gguf" / "mmproj-f16.gguf").is_file()
    assert "gguf-Q8_0 cannot see without" in capsys.readouterr().err


def test_a_conversion_that_no_file_needs_is_freed(tmp_path: Path) -> None:
    converted = artifact(tmp_path / "text" / "gguf", "model-f16.gguf")
    artifact(tmp_path / "text" / "gguf-Q8_0", "model-Q8_0.gguf", source=converted.digest)
    assert freed(tmp_path / "text", intermediate=True) == {tmp_path / "text" / "gguf"}
    artifact(tmp_path / "vision" / "gguf", "model-f16.gguf", "mmproj-f16.gguf")
    artifact(tmp_path / "vision" / "gguf-Q8_0", "model-Q8_0.gguf", source="an earlier conversion")
    assert freed(tmp_path / "vision", intermediate=True) == {tmp_path / "vision" / "gguf"}


def test_half_work_in_every_folder_of_the_cache_is_freed(tmp_path: Path) -> None:
    left = {
        half(tmp_path / "hub" / "models" / "google--gemma" / f"abc.partial-{KEY}"),
        half(tmp_path / "llama.cpp-0.3.36-cpu.partial"),
        half(tmp_path / f"demo.superseded-{KEY}"),
    }
    nested = half(tmp_path / f"x.partial-{KEY}" / f"y.partial-{KEY}")
    half(tmp_path / "llama.cpp-0.3.36-cpu")
    half(tmp_path / "mine.partial-draft")
    assert freed(tmp_path, dry_run=True) == freed(tmp_path) == {*left, nested.parent}
    assert {path.name for path in tmp_path.iterdir()} == {"hub", "llama.cpp-0.3.36-cpu", "mine.partial-draft"}


@pytest.mark.parametrize("name", [f"adapter.partial-{KEY}", "llama.cpp-0.3.36-cpu.partial"])
def test_what_another_process_writes_is_kept(
    tmp_path: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    live = half(tmp_path / name)
    output = name.partition(".partial")[0]
    code = (
        "import fcntl, sys; lock = open(sys.argv[1], 'w'); fcntl.flock(lock, fcntl.LOCK_EX); "
        "print('locked', flush=True); input()"
    )
    argv = [sys.executable, "-c", code, str(tmp_path / f".{output}.lock")]
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as writer:
        assert writer.stdout is not None
        assert writer.stdout.readline() == b"locked\n"
        assert freed(tmp_path) == set()
        assert live.is_dir()
        assert f"kept: {live}, which another process is writing" in capsys.readouterr().err
        writer.kill()
    assert freed(tmp_path) == {live}


def test_a_running_stage_keeps_its_own_half_work(tmp_path: Path) -> None:
    def work(draft: Draft) -> None:
        (draft.path / "weights").write_bytes(b"x")
        assert freed(tmp_path) == set()

    made = write(tmp_path / "adapter", Plan("adapter", "test", 1, {}, {}), work)
    assert made.file("weights").is_file()


def test_a_claim_keeps_writers_out_and_leaves_nothing_behind(tmp_path: Path) -> None:
    with claimed(tmp_path / "model") as first, claimed(tmp_path / "model") as second:
        assert (first, second) == (True, False)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_does_not_exist_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(ArtifactError, match="nope is not a folder"):
        prune(tmp_path / "nope")
    monkeypatch.setenv("BEDSIDE_CACHE", str(tmp_path / "cache"))
    free_what_is_in()  # a cache that nothing was put into yet
    assert "Nothing to free" in capsys.readouterr().err
