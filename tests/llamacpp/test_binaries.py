"""Where the programs are looked for, and what identifies a build."""

import json
from pathlib import Path

import pytest

from bedside.errors import ToolError
from bedside.llamacpp import binaries


def program(path: Path, content: str = "#!/bin/sh\n") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content)
    path.chmod(0o755)
    return path


@pytest.fixture(autouse=True)
def empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("BEDSIDE_LLAMACPP", raising=False)
    monkeypatch.setenv("BEDSIDE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("PATH", str(tmp_path / "path"))


def test_an_absent_program_names_the_command_that_builds_it() -> None:
    with pytest.raises(ToolError, match="llama-quantize was not found") as caught:
        binaries.find_tool("llama-quantize")
    assert caught.value.fix == "bedside toolchain install"
    with pytest.raises(ToolError) as caught:
        binaries.find_tool("llama-server")
    assert caught.value.fix == "bedside toolchain install --server"
    with pytest.raises(ToolError):
        binaries.toolchain_id()
    with pytest.raises(ToolError, match="convert_hf_to_gguf"):
        binaries.converter_dir()


def test_the_chosen_folder_comes_before_the_cache_and_the_cache_before_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    on_path = program(tmp_path / "path" / "llama-quantize")
    assert binaries.find_tool("llama-quantize") == on_path
    built = program(binaries.toolchain_dir("cpu") / "bin" / "llama-quantize")
    assert binaries.find_tool("llama-quantize") == built
    on_gpu = program(binaries.toolchain_dir("cuda") / "bin" / "llama-quantize")
    assert binaries.find_tool("llama-quantize") == on_gpu
    chosen = program(tmp_path / "chosen" / "llama-quantize")
    monkeypatch.setenv("BEDSIDE_LLAMACPP", str(tmp_path / "chosen"))
    assert binaries.find_tool("llama-quantize") == chosen


def test_a_file_that_may_not_be_run_is_no_program(tmp_path: Path) -> None:
    program(tmp_path / "path" / "llama-quantize").chmod(0o644)
    with pytest.raises(ToolError):
        binaries.find_tool("llama-quantize")


def test_an_own_build_is_known_by_its_record() -> None:
    folder = binaries.toolchain_dir("cpu")
    program(folder / "bin" / "llama-quantize")
    (folder / "toolchain.json").write_text(json.dumps({"id": "llama.cpp 1, cpu, GNU 12"}))
    assert binaries.toolchain_id() == "llama.cpp 1, cpu, GNU 12"


def test_a_foreign_build_is_known_by_its_content(tmp_path: Path) -> None:
    quantize = program(tmp_path / "path" / "llama-quantize", "one")
    first = binaries.toolchain_id()
    program(quantize, "two")
    assert binaries.toolchain_id() != first
    program(quantize, "one")
    assert binaries.toolchain_id() == first


@pytest.mark.parametrize(
    "place", ["convert_hf_to_gguf.py", "../convert_hf_to_gguf.py", "../converter/convert_hf_to_gguf.py"]
)
def test_the_converter_is_found_near_the_programs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    folder = tmp_path / "clone" / "build" / "bin"
    folder.mkdir(parents=True)
    monkeypatch.setenv("BEDSIDE_LLAMACPP", str(folder))
    script = program((folder / place).resolve())
    assert binaries.converter_dir().resolve() == script.parent
