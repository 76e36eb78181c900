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


def build(folder: Path, *names: str, content: str = "#!/bin/sh\n") -> Path:
    for name in names or binaries.TOOLS:
        program(folder / name, content)
    return folder


def test_all_programs_come_from_one_folder(tmp_path: Path) -> None:
    build(binaries.toolchain_dir("cuda") / "bin", "llama-quantize", "llama-bench")
    complete = build(tmp_path / "path")
    assert {binaries.find_tool(name).parent for name in binaries.TOOLS} == {complete}


def test_a_chosen_folder_that_lacks_a_program_is_an_error_that_names_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    build(tmp_path / "path")
    chosen = build(tmp_path / "chosen", "llama-quantize", "llama-imatrix", "llama-bench")
    monkeypatch.setenv("BEDSIDE_LLAMACPP", str(chosen))
    assert binaries.find_tool("llama-quantize").parent == chosen
    for ask in (lambda: binaries.find_tool("llama-perplexity"), binaries.toolchain_id):
        with pytest.raises(ToolError, match=rf"llama-perplexity was not found in {chosen}") as caught:
            ask()
        assert "unset it" in caught.value.fix
    program(tmp_path / "path" / "llama-server")
    with pytest.raises(ToolError, match="BEDSIDE_LLAMACPP names"):
        binaries.find_tool("llama-server")


def test_the_server_alone_is_enough_to_serve(tmp_path: Path) -> None:
    server = program(tmp_path / "path" / "llama-server")
    assert binaries.find_tool("llama-server") == server


def test_a_file_that_may_not_be_run_is_no_program(tmp_path: Path) -> None:
    program(tmp_path / "path" / "llama-quantize").chmod(0o644)
    with pytest.raises(ToolError):
        binaries.find_tool("llama-quantize")


def test_an_own_build_is_known_by_its_record() -> None:
    folder = binaries.toolchain_dir("cpu")
    build(folder / "bin")
    (folder / "toolchain.json").write_text(json.dumps({"id": "llama.cpp 1, cpu, GNU 12"}))
    assert binaries.toolchain_id() == "llama.cpp 1, cpu, GNU 12"
    program(folder / "converter" / "convert_hf_to_gguf.py")
    assert binaries.converter_id() == binaries.toolchain_id()


def test_a_foreign_build_is_known_by_its_content(tmp_path: Path) -> None:
    build(tmp_path / "path", content="one")
    first = binaries.toolchain_id()
    program(tmp_path / "path" / "llama-perplexity", "two")
    assert binaries.toolchain_id() != first
    build(tmp_path / "path", content="one")
    assert binaries.toolchain_id() == first


@pytest.mark.parametrize(
    "library", ["path/libllama.so.0.0.1", "lib/libggml-cpu.so", "lib/x86_64-linux-gnu/libggml-base.so.0"]
)
def test_a_foreign_build_is_known_by_its_libraries_too(tmp_path: Path, library: str) -> None:
    build(tmp_path / "path")
    alone = binaries.toolchain_id()
    program(tmp_path / library, "one")
    first = binaries.toolchain_id()
    assert first != alone
    program(tmp_path / library, "two")
    assert binaries.toolchain_id() not in (first, alone)


def test_libraries_of_others_do_not_matter(tmp_path: Path) -> None:
    build(tmp_path / "path")
    alone = binaries.toolchain_id()
    program(tmp_path / "lib" / "libc.so.6")
    program(tmp_path / "lib" / "x86_64-linux-gnu" / "libstdc++.so.6")
    assert binaries.toolchain_id() == alone


@pytest.mark.parametrize(
    "place", ["convert_hf_to_gguf.py", "../convert_hf_to_gguf.py", "../converter/convert_hf_to_gguf.py"]
)
def test_the_converter_is_found_near_the_programs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    folder = build(tmp_path / "clone" / "build" / "bin")
    monkeypatch.setenv("BEDSIDE_LLAMACPP", str(folder))
    script = program((folder / place).resolve())
    assert binaries.converter_dir().resolve() == script.parent


def test_the_converter_is_of_the_tree_of_the_programs_where_that_has_one(tmp_path: Path) -> None:
    installed = program(binaries.toolchain_dir("cpu") / "converter" / "convert_hf_to_gguf.py")
    folder = build(tmp_path / "path")
    assert binaries.converter_dir() == installed.parent
    own = program(folder / "convert_hf_to_gguf.py")
    assert binaries.converter_dir() == own.parent


def test_a_foreign_converter_is_known_by_its_scripts(tmp_path: Path) -> None:
    folder = build(tmp_path / "path")
    program(folder / "convert_hf_to_gguf.py")
    gemma = program(folder / "conversion" / "gemma.py", "one")
    first = binaries.converter_id()
    program(gemma, "two")
    assert binaries.converter_id() != first
