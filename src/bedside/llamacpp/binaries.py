"""Find llama.cpp's programs and its converter scripts, and say which build they are.

Looks in $BEDSIDE_LLAMACPP, then in the toolchain that `bedside toolchain install` built, then on PATH.
Builds and starts nothing.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sys
from collections.abc import Iterator
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
    "find_tool",
    "toolchain_dir",
    "toolchain_id",
]

PIN = "0.3.36"
"""Version of the llama-cpp-python source distribution whose llama.cpp is built."""
TOOLS = ("llama-imatrix", "llama-quantize", "llama-perplexity", "llama-bench")
"""The programs every run needs; `llama-server` is optional."""
BACKENDS = ("cuda", "metal", "vulkan", "cpu")
"""Backends in the order in which an installed toolchain is preferred."""
CONVERTER = "convert_hf_to_gguf.py"
INSTALL = "bedside toolchain install"
"""The command that builds what is missing."""

_SUFFIX = ".exe" if sys.platform == "win32" else ""


def toolchain_dir(backend: str) -> Path:
    """Return the folder in which the toolchain for `backend` is, or would be, installed."""
    return cache_dir() / f"llama.cpp-{PIN}-{backend}"


def find_tool(name: str) -> Path:
    """Return the path of one of llama.cpp's programs, for example `llama-quantize`.

    Raises:
        ToolError: it is nowhere.
    """
    for folder in _folders():
        path = folder / f"{name}{_SUFFIX}"
        if os.access(path, os.X_OK) and path.is_file():
            return path
    raise ToolError(f"{name} was not found in $BEDSIDE_LLAMACPP, in the cache or on PATH", fix=_install(name))


def _install(name: str) -> str:
    return f"{INSTALL} --server" if name == "llama-server" else INSTALL


def toolchain_id() -> str:
    """Say which build of llama.cpp is used: version, backend and compiler, or a hash of foreign programs.

    Files written by builds from different compilers differ in some bytes, so this belongs in the key of
    every artifact that the programs make.

    Raises:
        ToolError: the programs are not there.
    """
    folder = find_tool("llama-quantize").parent
    record = folder.parent / "toolchain.json"
    if record.is_file():
        return str(json.loads(record.read_text(encoding="utf-8"))["id"])
    digest = hashlib.sha256()
    for name in TOOLS:
        path = folder / f"{name}{_SUFFIX}"
        digest.update(path.read_bytes() if path.is_file() else b"absent")
    return f"llama.cpp programs sha256:{digest.hexdigest()[:16]}"


def converter_dir() -> Path:
    """Return the folder of convert_hf_to_gguf.py, its `conversion` package and its `gguf-py`.

    Raises:
        ToolError: it is nowhere.
    """
    for folder in _folders():
        for near in (folder, folder.parent, folder.parent.parent):
            for place in (near, near / "converter"):
                if (place / CONVERTER).is_file():
                    return place
    raise ToolError(f"{CONVERTER} was not found beside the llama.cpp programs", fix=INSTALL)


def _folders() -> Iterator[Path]:
    """Yield the folders that may hold the programs, the first one that does wins."""
    chosen = os.environ.get("BEDSIDE_LLAMACPP")
    if chosen:
        folder = Path(chosen).absolute()  # the programs run in other folders than this one
        yield from (folder, folder / "bin", folder / "build" / "bin")
    yield from (toolchain_dir(backend) / "bin" for backend in BACKENDS)
    on_path = shutil.which("llama-quantize")
    if on_path:
        yield Path(on_path).resolve().parent
    yield from (Path(entry) for entry in os.environ.get("PATH", "").split(os.pathsep) if entry)
