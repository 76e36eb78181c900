"""Compile llama.cpp's programs with cmake and ninja, and the system's C++ compiler or zig.

Knows compilers and build flags; where sources come from and programs go is in `toolchain`.
"""

from __future__ import annotations

import hashlib
import itertools
import os
import platform
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bedside.console import progress
from bedside.errors import MissingExtraError, ToolError
from bedside.extras import available
from bedside.llamacpp.binaries import PIN
from bedside.llamacpp.process import failure, guarded, run

__all__ = ["Built", "compile_tools", "detect_backend", "find_compiler", "require_pip", "sources_hash"]

MAINS = Path(__file__).parent / "mains"
ZIG = "ziglang==0.17.0"
_BYTES_PER_JOB = 1 << 30
_BACKEND_FLAGS = {
    "cpu": ("-DGGML_METAL=OFF",),
    "cuda": ("-DGGML_CUDA=ON",),
    "metal": ("-DGGML_METAL=ON", "-DGGML_METAL_EMBED_LIBRARY=ON"),
    "vulkan": ("-DGGML_VULKAN=ON",),
}
_STEP = re.compile(rb"^\[(\d+)/(\d+)\] ")


def detect_backend() -> str:
    """Return the backend this machine can build for and use: cuda, metal, vulkan or cpu."""
    if sys.platform == "darwin" and platform.machine() == "arm64":
        return "metal"
    if shutil.which("nvcc") and "GPU " in _answer("nvidia-smi", "-L"):
        return "cuda"
    if shutil.which("glslc") and re.search(r"(DISCRETE|INTEGRATED)_GPU", _answer("vulkaninfo", "--summary")):
        return "vulkan"
    return "cpu"


def _answer(*argv: str) -> str:
    program = shutil.which(argv[0])
    if program is None:
        return ""
    return subprocess.run([program, *argv[1:]], capture_output=True, text=True, check=False).stdout


def find_compiler(folder: Path) -> tuple[str, ...]:
    """Return the cmake flags that choose the compiler: none for the system's own.

    Where there is no C++ compiler (or $BEDSIDE_CXX is `zig`) zig is installed from PyPI and wrapped.

    Args:
        folder: where wrapper scripts may be put.

    Raises:
        ToolError: zig is needed and cannot be installed.
    """
    if os.environ.get("BEDSIDE_CXX") != "zig" and any(
        shutil.which(name) for name in (os.environ.get("CXX") or "c++", "c++", "g++", "clang++")
    ):
        return ()
    if not available("ziglang"):
        require_pip("to install a C++ compiler (ziglang)", otherwise=f"install a C++ compiler or {ZIG}")
        run([sys.executable, "-m", "pip", "install", "--quiet", ZIG])
    folder.mkdir(parents=True, exist_ok=True)
    flags = ["-DGGML_OPENMP=OFF", "-DCMAKE_EXE_LINKER_FLAGS=-s"]
    for variable, command in {
        "C_COMPILER": "cc",
        "CXX_COMPILER": "c++",
        "AR": "ar",
        "RANLIB": "ranlib",
    }.items():
        script = folder / f"zig-{command}"
        script.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m ziglang {command} "$@"\n', encoding="utf-8")
        script.chmod(0o755)
        flags.append(f"-DCMAKE_{variable}={script}")
    return tuple(flags)


def require_pip(purpose: str, *, otherwise: str) -> None:
    """Check that this environment has pip; one that uv made has none.

    Args:
        purpose: what pip is needed for.
        otherwise: what helps where pip is not wanted.

    Raises:
        ToolError: it has none.
    """
    if not available("pip"):
        raise ToolError(
            f"This Python environment ({sys.prefix}) has no pip, which is needed {purpose}.",
            fix=f"`{sys.executable} -m ensurepip` (or `uv pip install pip`) adds it; or {otherwise}",
        )


def sources_hash() -> str:
    """Return eight hex digits that name bedside's own part of the sources: how the programs are built."""
    digest = hashlib.sha256()
    for path in sorted(path for path in MAINS.iterdir() if path.is_file()):
        digest.update(f"{path.name} ".encode() + hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:8]


@dataclass(frozen=True)
class Built:
    """Where the programs lie, and what compiled them, for example `GNU 12.2.0`."""

    folder: Path
    compiler: str


def compile_tools(source: Path, folder: Path, *, backend: str, server: bool) -> Built:
    """Compile the programs; goes on where an interrupted build stopped.

    Args:
        source: the unpacked llama.cpp.
        folder: the folder for everything the build writes.
        backend: cpu, cuda, metal or vulkan.
        server: whether to build llama-server too, which takes about as long as all the others.

    Raises:
        ToolError: cmake or the compiler failed; holds its last lines.
    """
    compiler_flags = find_compiler(folder / "zig-scripts")
    place = folder / ("zig" if compiler_flags else "system")
    place.mkdir(parents=True, exist_ok=True)
    run(
        [
            *(_program("cmake"), "-S", str(MAINS), "-B", str(place), "-G", "Ninja"),
            *(f"-DLLAMA_SOURCE={source}", f"-DCMAKE_MAKE_PROGRAM={_program('ninja')}"),
            *(
                "-DCMAKE_BUILD_TYPE=Release",
                "-DBUILD_SHARED_LIBS=OFF",
                "-DGGML_NATIVE=ON",
                "-DGGML_CCACHE=OFF",
            ),
            *("-DLLAMA_BUILD_NUMBER=0", f"-DLLAMA_BUILD_COMMIT=llama-cpp-python-{PIN}"),
            *(f"-DBEDSIDE_SERVER={'ON' if server else 'OFF'}", *_BACKEND_FLAGS[backend], *compiler_flags),
        ],
        log=folder / "configure.log",
    )
    _ninja([_program("ninja"), "-C", str(place), "-j", str(_jobs()), "all"], log=folder / "build.log")
    return Built(place / "tools", ("zig, " if compiler_flags else "") + _compiler(place))


def _program(name: str) -> str:
    """Return the path of cmake or ninja, of this environment or from PATH."""
    folders = os.pathsep.join((str(Path(sys.executable).parent), os.environ.get("PATH", "")))
    found = shutil.which(name, path=folders)
    if found is None:
        raise MissingExtraError(
            f"Building llama.cpp needs the program {name!r}, which is not installed.",
            fix='pip install "bedside[gguf]"',
        )
    return found


def _compiler(place: Path) -> str:
    """Read from cmake's notes which compiler was used."""
    notes = next((place / "CMakeFiles").glob("*/CMakeCXXCompiler.cmake")).read_text(encoding="utf-8")
    parts = [re.search(rf'CMAKE_CXX_COMPILER_{key} "([^"]*)"', notes) for key in ("ID", "VERSION")]
    return " ".join(part[1] for part in parts if part)


def _jobs() -> int:
    """Return how many compilers may run at once: one for each core, as far as memory (1 GiB each) goes."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return max(1, min(os.cpu_count() or 1, memory // _BYTES_PER_JOB))


def _ninja(argv: Sequence[str], *, log: Path) -> None:
    """Run ninja and show its `[n/m]` lines as progress."""
    shown = 0
    with guarded(argv, merged=True, env={"NINJA_STATUS": "[%f/%t] "}) as process, log.open("wb") as sink:
        assert process.stdout is not None
        first = next((line for line in process.stdout if _STEP.match(line)), b"")
        total = _STEP.match(first)
        with progress("compiling llama.cpp", total=int(total[2]) if total else None) as bar:
            for line in itertools.chain([first], process.stdout):
                sink.write(line)
                if step := _STEP.match(line):
                    bar.advance(int(step[1]) - shown)
                    shown = int(step[1])
        status = process.wait()
    if status != 0:
        raise failure(argv, status, log.read_text(encoding="utf-8", errors="replace"), cwd=log.parent)
