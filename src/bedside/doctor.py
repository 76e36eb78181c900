"""Look at this machine and say what bedside finds, what is missing and what to type.

Reads metadata, files and PATH; imports no heavy package, opens no socket, changes nothing. The only
program it starts is `nvidia-smi`, where there is one. Judges presence, not speed.
"""

from __future__ import annotations

import ctypes
import importlib.metadata
import os
import platform
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from bedside.artifact import cache_dir
from bedside.errors import ToolError
from bedside.executor import usable_cores
from bedside.llamacpp.binaries import TOOLS, converter_dir, find_tool

__all__ = ["Finding", "Status", "examine", "missing_packages"]

Status = Literal["ok", "warn", "missing"]

COMPILERS = ("c++", "g++", "clang++")
INSTALL_TOOLS = "bedside toolchain install"
LITTLE_MEMORY_BYTES = 2 << 30
LITTLE_DISK_BYTES = 5 << 30
"""Below these a warning is due. They are round numbers, not needs: `bedside pull` compares real sizes."""
NVIDIA_SMI_TIMEOUT_S = 5
CGROUP = Path("/sys/fs/cgroup")

_REQUIREMENT = re.compile(r"(?P<name>[A-Za-z0-9._-]+)(\[(?P<extras>[^\]]*)\])?[^;]*(;(?P<marker>.*))?")
_EXTRA = re.compile(r"""extra\s*==\s*['"](?P<extra>[^'"]+)['"]""")
_NOT_FOR_USERS = frozenset({"all", "dev"})


@dataclass(frozen=True)
class Finding:
    """One thing looked at.

    Attributes:
        name: what.
        status: `ok`; `warn`: works, with a limit; `missing`: what needs it will not run.
        value: what was found.
        advice: what to type or do, empty where nothing is needed.
    """

    name: str
    status: Status
    value: str
    advice: str = ""


def examine() -> tuple[Finding, ...]:
    """Look at everything bedside uses, in under a second on an ordinary machine."""
    return (
        Finding("Python", "ok", f"{platform.python_version()} on {platform.system()} {platform.machine()}"),
        Finding("cores", "ok", str(usable_cores())),
        _memory(_memory_bytes()),
        Finding("cache", *_writable(cache_dir())),
        _disk("disk of the cache", cache_dir()),
        _disk("disk of this folder", Path.cwd()),
        _gpu(),
        *(_tool(name) for name in TOOLS),
        _server(),
        _converter(),
        _compiler(),
        *_openmp(),
        *_extras(),
        _token(),
    )


def missing_packages(requirements: list[str], extra: str, installed: frozenset[str]) -> tuple[str, ...]:
    """Return the packages of an optional extra that are not installed.

    Args:
        requirements: a distribution's requirements as its metadata lists them.
        extra: the extra's name.
        installed: normalized names of the installed distributions.
    """
    missing: list[str] = []
    for requirement in requirements:
        match = _REQUIREMENT.match(requirement)
        marker = _EXTRA.search(requirement)
        if match is None or marker is None or marker["extra"] != extra:
            continue
        if _normalized(match["name"]) == "bedside":
            for inner in (match["extras"] or "").split(","):
                missing += missing_packages(requirements, inner.strip(), installed)
        elif _normalized(match["name"]) not in installed:
            missing.append(match["name"])
    return tuple(dict.fromkeys(missing))


def _memory_bytes() -> int | None:
    """Return the memory this process may use, in bytes; a container's limit counts."""
    try:
        installed = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return None
    limit = CGROUP / "memory.max"
    text = limit.read_text(encoding="utf-8").strip() if limit.is_file() else "max"
    return min(installed, int(text)) if text.isdigit() else installed


def _memory(count: int | None) -> Finding:
    if count is None:
        return Finding("memory", "ok", "unknown on this system")
    if count < LITTLE_MEMORY_BYTES:
        return Finding("memory", "warn", _gib(count), "training needs more; serving a small model may do")
    return Finding("memory", "ok", _gib(count))


def _writable(folder: Path) -> tuple[Status, str, str]:
    there = _nearest(folder)
    if os.access(there, os.W_OK):
        return "ok", str(folder), ""
    return "missing", f"{folder} cannot be written", "export BEDSIDE_CACHE=FOLDER, one you may write to"


def _disk(name: str, folder: Path) -> Finding:
    free = shutil.disk_usage(_nearest(folder)).free
    if free < LITTLE_DISK_BYTES:
        return Finding(name, "warn", f"{_gib(free)} free", "free space; `bedside prune` helps")
    return Finding(name, "ok", f"{_gib(free)} free")


def _nearest(folder: Path) -> Path:
    """Return `folder`, or the nearest folder above it that exists."""
    return next(path for path in (folder.absolute(), *folder.absolute().parents) if path.is_dir())


def _gpu() -> Finding:
    if sys.platform == "darwin" and platform.machine() == "arm64":
        return Finding("GPU", "ok", "Apple GPU (Metal)")
    program = shutil.which("nvidia-smi")
    if program is None:
        return Finding("GPU", "ok", "none found; everything runs on the CPU")
    argv = [program, "--query-gpu=name,memory.total,driver_version", "--format=csv,noheader"]
    try:
        answer = subprocess.run(
            argv, capture_output=True, text=True, timeout=NVIDIA_SMI_TIMEOUT_S, check=True
        )
    except (OSError, subprocess.SubprocessError) as error:
        return Finding("GPU", "warn", f"nvidia-smi failed: {error}", "repair the NVIDIA driver")
    cards = [line.strip() for line in answer.stdout.splitlines() if line.strip()]
    return Finding("GPU", "ok", "; ".join(cards) or "none; everything runs on the CPU")


def _tool(name: str) -> Finding:
    try:
        return Finding(name, "ok", str(find_tool(name)))
    except ToolError:
        return Finding(name, "missing", "not found", INSTALL_TOOLS)


def _server() -> Finding:
    """A llama-server is optional: the package xllamacpp brings the same server."""
    try:
        return Finding("llama-server", "ok", str(find_tool("llama-server")))
    except ToolError:
        pass
    if "xllamacpp" in _installed():
        return Finding("llama-server", "ok", f"xllamacpp {importlib.metadata.version('xllamacpp')}")
    return Finding("llama-server", "missing", "not found", 'pip install "bedside[serve]"')


def _converter() -> Finding:
    try:
        return Finding("GGUF converter", "ok", str(converter_dir()))
    except ToolError:
        return Finding("GGUF converter", "missing", "not found", INSTALL_TOOLS)


def _compiler() -> Finding:
    """A compiler is needed once, to build llama.cpp's programs."""
    found = next((path for name in COMPILERS if (path := shutil.which(name))), None)
    if found:
        return Finding("C++ compiler", "ok", found)
    if "ziglang" in _installed():
        return Finding("C++ compiler", "ok", f"ziglang {importlib.metadata.version('ziglang')}")
    status: Status = "ok" if _tool(TOOLS[0]).status == "ok" else "missing"
    return Finding(
        "C++ compiler", status, "not found", "" if status == "ok" else "pip install ziglang, or install g++"
    )


def _openmp() -> tuple[Finding, ...]:
    """The wheel of xllamacpp for Linux does not bring the OpenMP library that it needs."""
    if sys.platform != "linux":
        return ()
    try:
        ctypes.CDLL("libgomp.so.1")
    except OSError:
        return (Finding("libgomp", "missing", "not found", "apt-get install libgomp1"),)
    return (Finding("libgomp", "ok", "found"),)


def _extras() -> tuple[Finding, ...]:
    own = importlib.metadata.metadata("bedside")
    requirements = importlib.metadata.requires("bedside") or []
    names = [str(name) for name in own.get_all("Provides-Extra") or [] if name not in _NOT_FOR_USERS]
    installed = _installed()
    return tuple(_extra(name, missing_packages(requirements, name, installed)) for name in names)


def _extra(name: str, missing: tuple[str, ...]) -> Finding:
    if missing:
        value = f"lacks {', '.join(missing)}"
        return Finding(f"bedside[{name}]", "missing", value, f'pip install "bedside[{name}]"')
    return Finding(f"bedside[{name}]", "ok", "installed")


def _installed() -> frozenset[str]:
    return frozenset(_normalized(found.name) for found in importlib.metadata.distributions() if found.name)


def _token() -> Finding:
    if os.environ.get("HF_TOKEN", "").strip():
        return Finding("HF_TOKEN", "ok", "set")
    return Finding("HF_TOKEN", "ok", "not set; only gated or private downloads need it")


def _normalized(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _gib(count: int) -> str:
    return f"{count / (1 << 30):.1f} GiB"
