"""Installing the toolchain: verified, built once, continued after a kill. A stub plays the compiler."""

import hashlib
import io
import json
import platform
import shutil
import sys
import tarfile
from pathlib import Path

import pytest

from bedside.errors import MissingExtraError, ToolError
from bedside.llamacpp import binaries, build, toolchain

TREE = f"llama_cpp_python-{binaries.PIN}/vendor/llama.cpp"
FILES = {
    f"{TREE}/convert_hf_to_gguf.py": "script",
    f"{TREE}/conversion/gemma.py": "gemma",
    f"{TREE}/gguf-py/gguf/__init__.py": "gguf",
    f"{TREE}/LICENSE": "MIT",
    f"{TREE}/models/ggml-vocab-gemma-4.gguf": "vocabulary",
    f"{TREE}/models/ggml-vocab-gpt-2.gguf": "another family's",
    f"llama_cpp_python-{binaries.PIN}/setup.py": "not ours",
}


@pytest.fixture
def sdist(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "sdist.tar.gz"
    with tarfile.open(path, "w:gz") as tar:
        for name, content in FILES.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content.encode()))
    monkeypatch.setattr(toolchain, "SHA256", hashlib.sha256(path.read_bytes()).hexdigest())
    monkeypatch.setenv("BEDSIDE_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("BEDSIDE_LLAMACPP_SDIST", raising=False)
    return path


class Compiler:
    """Stands in for cmake and ninja; may be interrupted, or build programs that do not run."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.calls: list[tuple[str, bool]] = []
        self.interrupted = False
        self.prints = "version: 1"
        monkeypatch.setattr(build, "compile_tools", self)

    def __call__(self, source: Path, folder: Path, *, backend: str, server: bool) -> build.Built:
        assert (source / "convert_hf_to_gguf.py").read_text() == "script"
        self.calls.append((backend, server))
        tools = folder / "tools"
        tools.mkdir(parents=True, exist_ok=True)
        (tools / "half-built").touch()
        if self.interrupted:
            raise KeyboardInterrupt
        for name in (*binaries.TOOLS, "llama-server") if server else binaries.TOOLS:
            (tools / name).write_text(f"#!/bin/sh\necho '{self.prints}'\n")
            (tools / name).chmod(0o755)
        return build.Built(tools, "GNU 1.2")


@pytest.fixture
def compiler(monkeypatch: pytest.MonkeyPatch) -> Compiler:
    return Compiler(monkeypatch)


def test_programs_and_converter_are_installed_and_found(
    sdist: Path, compiler: Compiler, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("BEDSIDE_LLAMACPP", raising=False)
    made = toolchain.install(backend="cpu", sdist=sdist)
    assert made.compiler == "GNU 1.2"
    assert binaries.find_tool("llama-quantize") == made.folder / "bin" / "llama-quantize"
    assert binaries.toolchain_id() == made.id
    assert binaries.PIN in made.id
    assert "cpu" in made.id
    assert (binaries.converter_dir() / "conversion" / "gemma.py").read_text() == "gemma"
    assert sorted(p.name for p in (made.folder / "bin").iterdir()) == sorted(binaries.TOOLS)
    assert [p.name for p in (made.folder / "vocabularies").iterdir()] == ["ggml-vocab-gemma-4.gguf"]
    assert json.loads((made.folder / "toolchain.json").read_text())["backend"] == "cpu"
    assert [p.name for p in made.folder.parent.iterdir() if not p.name.startswith(".")] == [made.folder.name]


def test_a_second_install_builds_nothing(sdist: Path, compiler: Compiler) -> None:
    first = toolchain.install(backend="cpu", sdist=sdist)
    assert toolchain.install(backend="cpu") == first
    assert compiler.calls == [("cpu", False)]


def test_the_server_is_added_when_asked_for(sdist: Path, compiler: Compiler) -> None:
    toolchain.install(backend="cpu", sdist=sdist)
    assert toolchain.install(backend="cpu", server=True, sdist=sdist).server
    assert toolchain.install(backend="cpu").server
    assert compiler.calls == [("cpu", False), ("cpu", True)]


def test_an_interrupted_build_goes_on_and_is_never_taken_for_finished(
    sdist: Path, compiler: Compiler
) -> None:
    compiler.interrupted = True
    with pytest.raises(KeyboardInterrupt):
        toolchain.install(backend="cpu", sdist=sdist)
    assert toolchain.installed("cpu") is None
    assert not binaries.toolchain_dir("cpu").exists()
    compiler.interrupted = False
    sdist.unlink()  # unpacked already: it is not needed again
    assert toolchain.install(backend="cpu").backend == "cpu"


def test_another_file_is_refused(sdist: Path, compiler: Compiler) -> None:
    sdist.write_bytes(sdist.read_bytes() + b"x")
    with pytest.raises(ToolError, match="sha256"):
        toolchain.install(backend="cpu", sdist=sdist)
    assert compiler.calls == []


def test_a_named_file_must_exist(tmp_path: Path, sdist: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BEDSIDE_LLAMACPP_SDIST", str(tmp_path / "none.tar.gz"))
    with pytest.raises(ToolError, match=r"none\.tar\.gz does not exist"):
        toolchain.install(backend="cpu")


def test_without_network_the_message_says_how_to_bring_the_file(
    sdist: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def offline(argv: list[str]) -> None:
        raise ToolError("no route to host", argv=argv)

    monkeypatch.setattr(toolchain, "run", offline)
    with pytest.raises(ToolError, match="no route to host") as caught:
        toolchain.install(backend="cpu")
    assert "BEDSIDE_LLAMACPP_SDIST" in caught.value.fix


def test_a_build_is_known_by_bedsides_own_sources_too_and_is_made_again_when_they_change(
    sdist: Path, compiler: Compiler, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = toolchain.install(backend="cpu", sdist=sdist)
    mains = tmp_path / "mains"
    shutil.copytree(build.MAINS, mains)
    monkeypatch.setattr(build, "MAINS", mains)
    assert toolchain.install(backend="cpu", sdist=sdist) == first
    with (mains / "main.cpp").open("a") as file:
        file.write("// another build\n")
    second = toolchain.install(backend="cpu", sdist=sdist)
    assert second.id != first.id
    assert len(compiler.calls) == 2
    assert platform.machine() in second.id


@pytest.fixture
def no_pip(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(build, "available", lambda _: False)

    def started(argv: list[str]) -> None:
        raise AssertionError(f"started {argv}")

    monkeypatch.setattr(toolchain, "run", started)
    monkeypatch.setattr(build, "run", started)


def test_an_environment_without_pip_is_told_so(sdist: Path, compiler: Compiler, no_pip: None) -> None:
    with pytest.raises(ToolError, match="has no pip") as caught:
        toolchain.install(backend="cpu")
    assert f"{sys.executable} -m ensurepip" in caught.value.fix
    assert "BEDSIDE_LLAMACPP_SDIST" in caught.value.fix
    assert toolchain.install(backend="cpu", sdist=sdist).backend == "cpu"


def test_without_pip_and_compiler_zig_cannot_be_installed(
    tmp_path: Path, no_pip: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(build.shutil, "which", lambda name: None)
    with pytest.raises(ToolError, match="has no pip, which is needed to install a C"):
        build.find_compiler(tmp_path)


def test_programs_that_do_not_run_are_not_installed(sdist: Path, compiler: Compiler) -> None:
    compiler.prints = "cannot execute"
    with pytest.raises(ToolError, match="does not run"):
        toolchain.install(backend="cpu", sdist=sdist)
    assert toolchain.installed("cpu") is None


def test_an_unknown_backend_is_refused() -> None:
    with pytest.raises(ToolError, match="no backend 'npu'"):
        toolchain.install(backend="npu")


def test_without_a_compiler_zig_is_wrapped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    installed: list[list[str]] = []
    monkeypatch.setattr(build.shutil, "which", lambda name: None)
    monkeypatch.setattr(build, "run", installed.append)
    flags = build.find_compiler(tmp_path / "zig")
    assert installed == [[sys.executable, "-m", "pip", "install", "--quiet", build.ZIG]]
    assert f"-DCMAKE_CXX_COMPILER={tmp_path}/zig/zig-c++" in flags
    assert "-DGGML_OPENMP=OFF" in flags
    script = tmp_path / "zig" / "zig-c++"
    assert f'exec "{sys.executable}" -m ziglang c++ "$@"' in script.read_text()


def test_a_system_compiler_needs_no_flags(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(build.shutil, "which", lambda name: "/usr/bin/c++")
    monkeypatch.delenv("BEDSIDE_CXX", raising=False)
    assert build.find_compiler(tmp_path) == ()


def test_without_cmake_the_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(build.sys, "executable", str(tmp_path / "python"))
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(build, "find_compiler", lambda folder: ())
    with pytest.raises(MissingExtraError, match="cmake") as caught:
        build.compile_tools(tmp_path, tmp_path / "build", backend="cpu", server=False)
    assert "bedside[gguf]" in caught.value.fix


@pytest.mark.parametrize(
    ("answers", "backend"),
    [
        ({}, "cpu"),
        ({"nvcc": ""}, "cpu"),
        ({"nvcc": "", "nvidia-smi": "GPU 0: NVIDIA"}, "cuda"),
        ({"glslc": "", "vulkaninfo": "deviceType = PHYSICAL_DEVICE_TYPE_CPU"}, "cpu"),
        ({"glslc": "", "vulkaninfo": "deviceType = PHYSICAL_DEVICE_TYPE_DISCRETE_GPU"}, "vulkan"),
    ],
)
def test_a_gpu_is_used_only_where_there_is_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answers: dict[str, str], backend: str
) -> None:
    for name, answer in answers.items():
        (tmp_path / name).write_text(f"#!/bin/sh\necho '{answer}'\n")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(build.sys, "platform", "linux")
    assert build.detect_backend() == backend
