"""Build llama.cpp's programs once, into the user cache, from a pinned source distribution on PyPI.

The source distribution of llama-cpp-python carries llama.cpp complete: the programs, the converter scripts
and gguf-py, all of one version. It is fetched with pip (or given as a file), checked against its sha256,
compiled in a partial folder and put in place with one rename. A build that is killed goes on where it
stopped; a second process waits for the first.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import platform
import shutil
import subprocess
import sys
import tarfile
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from bedside.console import say
from bedside.errors import ToolError
from bedside.llamacpp import build
from bedside.llamacpp.binaries import BACKENDS, CONVERTER, PIN, TOOLS, toolchain_dir
from bedside.llamacpp.process import run

__all__ = ["Toolchain", "install", "installed"]

SHA256 = "832db0699007f1be95a7e41ef12e88926b02ba836461e36a36372db2760c1a2e"
"""Of the source distribution."""
LLAMA_CPP = "0.5.0-dev"
"""The version of llama.cpp in it."""
RECORD = "toolchain.json"
_TREE = f"llama_cpp_python-{PIN}/vendor/llama.cpp"
_CONVERTER_PARTS = (CONVERTER, "conversion", "gguf-py", "LICENSE")
_VOCABULARY = "ggml-vocab-gemma-4.gguf"
"""A vocabulary of the Gemma family, without weights: counts tokens before a model is at hand."""


@dataclass(frozen=True)
class Toolchain:
    """An installed toolchain.

    Attributes:
        folder: where it lies, with `bin/`, `converter/` and `vocabularies/`.
        id: what identifies the build in keys and manifests.
        backend: cpu, cuda, metal or vulkan.
        compiler: what compiled it.
        server: whether llama-server was built too.
        seconds: wall-clock time the build took, the last attempt only.
    """

    folder: Path
    id: str
    backend: str
    compiler: str
    server: bool
    seconds: float


def installed(backend: str) -> Toolchain | None:
    """Return the toolchain for `backend`, `None` where it is not installed."""
    folder = toolchain_dir(backend)
    try:
        record = json.loads((folder / RECORD).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    return Toolchain(folder=folder, **record)


def install(*, backend: str | None = None, server: bool = False, sdist: Path | None = None) -> Toolchain:
    """Build the toolchain unless it is there.

    Args:
        backend: cpu, cuda, metal or vulkan; by default what this machine can use.
        server: also build llama-server (serving needs it only on a GPU).
        sdist: the source distribution, if it is here already; `$BEDSIDE_LLAMACPP_SDIST` says the same.

    Raises:
        ToolError: the source distribution cannot be had or is not the pinned one, or a compiler failed.
        MissingExtraError: cmake or ninja is not installed.
    """
    backend = backend or build.detect_backend()
    if backend not in BACKENDS:
        raise ToolError(f"There is no backend {backend!r}.", fix=f"choose one of {', '.join(BACKENDS)}")
    final = toolchain_dir(backend)
    partial = final.with_name(final.name + ".partial")
    with _only_one(final):
        present = installed(backend)
        if present is not None and present.server >= server and present.id.startswith(_version(backend)):
            return present
        partial.mkdir(exist_ok=True)
        result = _make(partial, final, backend=backend, server=server, sdist=sdist)
        shutil.rmtree(partial)
    return result


def _make(partial: Path, final: Path, *, backend: str, server: bool, sdist: Path | None) -> Toolchain:
    started = time.monotonic()
    source = _unpacked(partial, sdist)
    built = build.compile_tools(source, partial / "build", backend=backend, server=server)
    out = partial / "out"
    shutil.rmtree(out, ignore_errors=True)
    (out / "converter").mkdir(parents=True)
    shutil.copytree(
        built.folder, out / "bin", ignore=lambda _, names: [n for n in names if "llama-" not in n]
    )
    for part in _CONVERTER_PARTS:
        place = source / part
        (shutil.copytree if place.is_dir() else shutil.copy2)(place, out / "converter" / part)
    (out / "vocabularies").mkdir()
    shutil.copy2(source / "models" / _VOCABULARY, out / "vocabularies")
    for name in (*TOOLS, *(["llama-server"] if server else [])):
        _try(out / "bin" / name)
    result = Toolchain(
        folder=final,
        id=f"{_version(backend)}, {built.compiler}",
        backend=backend,
        compiler=built.compiler,
        server=server,
        seconds=round(time.monotonic() - started, 1),
    )
    record = {key: value for key, value in asdict(result).items() if key != "folder"}
    (out / RECORD).write_text(json.dumps(record, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    if final.exists():
        final.rename(partial / f"old-{os.getpid()}")
    out.rename(final)
    return result


def _version(backend: str) -> str:
    """Name what a build is made from: llama.cpp, bedside's main functions, processor and backend."""
    return (
        f"llama.cpp {LLAMA_CPP} of llama-cpp-python {PIN}, mains {build.sources_hash()}, "
        f"{platform.machine()}, {backend}"
    )


def _unpacked(partial: Path, sdist: Path | None) -> Path:
    """Return the folder of llama.cpp's sources, unpacking them unless that was finished before."""
    source = partial / "source"
    if source.is_dir():
        return source
    chosen = sdist or os.environ.get("BEDSIDE_LLAMACPP_SDIST")
    archive = Path(chosen) if chosen else _downloaded(partial)
    _verify(archive)
    unfinished = partial / "unpacking"
    shutil.rmtree(unfinished, ignore_errors=True)
    say(f"unpacking {archive.name}")
    with tarfile.open(archive) as tar:
        wanted = [member for member in tar if member.name.startswith(_TREE + "/")]
        tar.extractall(unfinished, members=wanted, filter="data")
    (unfinished / _TREE).rename(source)
    shutil.rmtree(unfinished)
    return source


def _downloaded(partial: Path) -> Path:
    archive = partial / "download" / f"llama_cpp_python-{PIN}.tar.gz"
    if not archive.is_file():
        file = f"{archive.name} (from a machine with pip)"
        build.require_pip("to fetch llama.cpp", otherwise=f"set BEDSIDE_LLAMACPP_SDIST to {file}")
        say(f"fetching the sources of llama.cpp (llama-cpp-python {PIN}, 77 MB) from the package index")
        options = ["download", "--quiet", "--no-deps", "--no-binary", "llama-cpp-python"]
        try:
            run(
                [
                    sys.executable,
                    "-m",
                    "pip",
                    *options,
                    "--dest",
                    str(archive.parent),
                    f"llama-cpp-python=={PIN}",
                ]
            )
        except ToolError as error:
            raise ToolError(
                f"The sources of llama.cpp could not be fetched: {error.what}",
                fix=f"fetch {archive.name} on a connected machine (`pip download --no-deps --no-binary "
                f"llama-cpp-python llama-cpp-python=={PIN}`) and set BEDSIDE_LLAMACPP_SDIST to the file",
            ) from error
    return archive


def _verify(archive: Path) -> None:
    if not archive.is_file():
        raise ToolError(
            f"{archive} does not exist.", fix="set BEDSIDE_LLAMACPP_SDIST to the source distribution"
        )
    with archive.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != SHA256:
        raise ToolError(
            f"{archive} is not the pinned source distribution: its sha256 is {found}, not {SHA256}.",
            fix=f"delete it and run `bedside toolchain install` again, or give llama_cpp_python-{PIN}.tar.gz",
        )


def _try(program: Path) -> None:
    """Start a program once, so that one that cannot run here is noticed now."""
    done = subprocess.run([program, "--version"], capture_output=True, text=True, check=False)
    if "version:" not in done.stdout + done.stderr and "usage:" not in done.stdout + done.stderr:
        raise ToolError(
            f"{program.name} was built but does not run",
            status=done.returncode,
            tail=done.stderr[-1000:],
            fix="its last words say why; with another compiler (BEDSIDE_CXX=zig) it may run",
        )


@contextmanager
def _only_one(final: Path) -> Generator[None]:
    """Hold the right to build; a second process says that it waits."""
    final.parent.mkdir(parents=True, exist_ok=True)
    with (final.parent / f".{final.name}.lock").open("w", encoding="utf-8") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("Another process builds llama.cpp; waiting for it.")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield
