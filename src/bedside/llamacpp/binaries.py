"""Find llama.cpp's programs and its converter scripts, and say which build they are.

All programs come from one folder, so that two builds are never mixed: the one $BEDSIDE_LLAMACPP names, else
the toolchain that `bedside toolchain install` built, else the first folder on PATH that has them all. Builds
and starts nothing.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from bedside.artifact import cache_dir
from bedside.errors import ToolError

__all__ = [
    "BACKENDS",
    "CONVERTER",
    "INSTALL",
    "PIN",
    "TOOLS",
    "converter_dir",
    "converter_id",
    "find_tool",
    "program_hash",
    "toolchain_dir",
    "toolchain_id",
]

PIN = "0.3.36"
"""Version of the llama-cpp-python source distribution whose llama.cpp is built."""
TOOLS = ("llama-imatrix", "llama-quantize", "llama-perplexity", "llama-bench", "llama-tokenize")
"""The programs every run needs; `llama-server` is optional."""
BACKENDS = ("cuda", "metal", "vulkan", "cpu")
"""Backends in the order in which an installed toolchain is preferred."""
CONVERTER = "convert_hf_to_gguf.py"
INSTALL = "bedside toolchain install"
"""The command that builds what is missing."""

_SUFFIX = ".exe" if sys.platform == "win32" else ""
_LIBRARY = re.compile(r"(lib)?(llama|ggml|mtmd)[-\w.]*\.(so[.\d]*|dylib|dll)")
_LIBRARY_PLACES = ("*", "../lib/*", "../lib/*/*", "../lib64/*")
"""Where libraries lie relative to the programs: beside them, or where an installation puts them."""
_CONVERTER_PARTS = (CONVERTER, "conversion/**/*.py", "gguf-py/gguf/**/*.py")


def toolchain_dir(backend: str) -> Path:
    """Return the folder in which the toolchain for `backend` is, or would be, installed."""
    return cache_dir() / f"llama.cpp-{PIN}-{backend}"


def find_tool(name: str) -> Path:
    """Return the path of one of llama.cpp's programs, for example `llama-quantize`.

    Raises:
        ToolError: it is not in the folder that the programs are taken from.
    """
    if name in TOOLS:
        folder = _tools_dir()
        if name in _lacking(folder):
            raise _not_found(name, folder)
        return _program(folder, name)
    for folder in _folders():
        if _is_program(_program(folder, name)):
            return _program(folder, name)
    raise ToolError(f"{name} was not found {_where()}", fix=_way_out(f"{INSTALL} --server"))


def toolchain_id() -> str:
    """Say which build of llama.cpp is used: version, backend and compiler, or a hash of foreign programs.

    Files written by builds from different compilers differ in some bytes, so this belongs in the key of
    every artifact that the programs make.

    Raises:
        ToolError: a program is not there; names it.
    """
    programs = [find_tool(name) for name in TOOLS]
    recorded = _recorded_id(programs[0].parent.parent)
    return recorded or f"llama.cpp programs sha256:{program_hash(*programs)}"


def program_hash(*programs: Path) -> str:
    """Return sixteen hex digits that name these programs, all of one folder, and their libraries."""
    folder = programs[0].parent
    near = (file for place in _LIBRARY_PLACES for file in folder.glob(place))
    libraries = {file.resolve() for file in near if _LIBRARY.fullmatch(file.name) and file.is_file()}
    return _hash([*programs, *sorted(libraries, key=lambda file: file.name)])


def converter_dir() -> Path:
    """Return the folder of convert_hf_to_gguf.py, its `conversion` package and its `gguf-py`.

    It is the one in the tree of the programs; only where that has none, the installed toolchain's.

    Raises:
        ToolError: it is nowhere.
    """
    folder = _tools_dir()
    near = (folder, folder.parent, folder.parent.parent)
    for tree in (*near, *(toolchain_dir(backend) for backend in BACKENDS)):
        for place in (tree, tree / "converter"):
            if (place / CONVERTER).is_file():
                return place
    place = _where() if len(_lacking(folder)) == len(TOOLS) else f"beside the llama.cpp programs in {folder}"
    raise ToolError(f"{CONVERTER} was not found {place}", fix=INSTALL)


def converter_id() -> str:
    """Say which converter is used: the build it was installed with, or a hash of a foreign one's scripts.

    Raises:
        ToolError: it is not there.
    """
    folder = converter_dir()
    scripts = sorted(file for part in _CONVERTER_PARTS for file in folder.glob(part))
    return _recorded_id(folder.parent) or f"llama.cpp converter sha256:{_hash(scripts)}"


def _tools_dir() -> Path:
    """Return the one folder that all programs are taken from: the first that lacks the fewest."""
    return min(_folders(), key=lambda folder: len(_lacking(folder)))


def _not_found(name: str, folder: Path) -> ToolError:
    others = [tool for tool in TOOLS if tool not in _lacking(folder)]
    if not others:
        return ToolError(f"{name} was not found {_where()}", fix=_way_out(INSTALL))
    return ToolError(
        f"{name} was not found in {folder}, where {others[0]} is; all programs must be of one build",
        fix=_way_out(INSTALL),
    )


def _lacking(folder: Path) -> tuple[str, ...]:
    return tuple(name for name in TOOLS if not _is_program(_program(folder, name)))


def _program(folder: Path, name: str) -> Path:
    return folder / f"{name}{_SUFFIX}"


def _is_program(path: Path) -> bool:
    return os.access(path, os.X_OK) and path.is_file()


def _folders() -> Iterator[Path]:
    """Yield the folders that may hold the programs, the preferred one first; a chosen one is the only one."""
    chosen = os.environ.get("BEDSIDE_LLAMACPP")
    if chosen:
        folder = Path(chosen).absolute()  # the programs run in other folders than this one
        yield from (folder, folder / "bin", folder / "build" / "bin")
        return
    yield from (toolchain_dir(backend) / "bin" for backend in BACKENDS)
    on_path = shutil.which("llama-quantize")
    if on_path:
        yield Path(on_path).resolve().parent
    entries = os.environ.get("PATH", "").split(os.pathsep)
    yield from (Path(entry).absolute() for entry in entries if entry)


def _where() -> str:
    chosen = os.environ.get("BEDSIDE_LLAMACPP")
    return f"in {chosen}, which $BEDSIDE_LLAMACPP names" if chosen else "in the cache or on PATH"


def _way_out(command: str) -> str:
    if os.environ.get("BEDSIDE_LLAMACPP"):
        return f"let BEDSIDE_LLAMACPP name a folder that has it, or unset it and run `{command}`"
    return command


def _recorded_id(tree: Path) -> str | None:
    """Return the id of a toolchain that bedside installed at `tree`; its build is known without hashing."""
    record = tree / "toolchain.json"
    return str(json.loads(record.read_text(encoding="utf-8"))["id"]) if record.is_file() else None


def _hash(files: Iterable[Path]) -> str:
    digest = hashlib.sha256()
    for path in files:
        with path.open("rb") as file:
            digest.update(f"{path.name} ".encode() + hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()[:16]
