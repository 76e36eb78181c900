"""Start a llama.cpp server on this machine and stop it again.

Runs the server of the `xllamacpp` wheel in a child process, or a `llama-server` program where one is found
and a GPU is asked for or the wheel is absent. Knows the process and its address; the questions it is asked
come from `engine`.
"""

from __future__ import annotations

import json
import re
import sys
import tempfile
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from subprocess import Popen

import httpx

from bedside.errors import DataError, MissingExtraError, ToolError
from bedside.extras import available
from bedside.llamacpp import server_worker
from bedside.llamacpp.binaries import find_tool, program_hash
from bedside.llamacpp.gguf_file import image_size, is_projector, read_header
from bedside.llamacpp.outputs import tail
from bedside.llamacpp.process import guarded

__all__ = ["ServerHandle", "server_id", "start_server"]

_ADDRESS = re.compile(re.escape(server_worker.LISTENING) + r"(http://\S+)")
_POLL_S = 0.05


@dataclass(frozen=True)
class ServerHandle:
    """A running server.

    Attributes:
        url: its address, for example `http://127.0.0.1:46311`.
        process: the process; ended when the block of `start_server` ends.
        log: the file with everything it printed.
    """

    url: str
    process: Popen[bytes]
    log: Path

    def check(self) -> None:
        """Raise a `ToolError` with the end of the log if the server has ended."""
        if self.process.poll() is not None:
            raise _ended(self.process, self.log, "the llama.cpp server ended")


@contextmanager
def start_server(
    gguf: Path,
    mmproj: Path | None = None,
    *,
    n_ctx: int = 4096,
    n_parallel: int = 1,
    gpu_layers: int = 0,
    threads: int | None = None,
    log: Path | None = None,
) -> Generator[ServerHandle]:
    """Start a server on a free port of 127.0.0.1 and wait until the model is loaded.

    The whole sliding-window cache is kept (`swa_full`): otherwise each further question about a picture
    would encode the picture again.

    Args:
        gguf: the language model.
        mmproj: the vision projector, for prompts with pictures.
        n_ctx: tokens of context of each slot.
        n_parallel: number of slots, that is of requests answered at the same time.
        gpu_layers: layers computed on the GPU; 0 is none, 999 is all.
        threads: CPU threads; by default llama.cpp's own choice.
        log: file that receives what the server prints; by default one that is deleted with the server.

    Raises:
        DataError: a file is not a GGUF file of the right kind.
        ToolError: the server does not start; holds the last lines of its log.
        MissingExtraError: neither the wheel nor a `llama-server` is there.
    """
    _require_kinds(gguf, mmproj)
    settings: dict[str, str | int | None] = {
        "model": str(gguf),
        "mmproj": None if mmproj is None else str(mmproj),
        "alias": gguf.stem,
        "n_ctx": n_ctx * n_parallel,
        "n_parallel": n_parallel,
        "gpu_layers": gpu_layers,
        "threads": threads,
    }
    with tempfile.TemporaryDirectory(prefix="bedside-server-") as folder:
        log = log or Path(folder) / "server.log"
        with guarded(_command(settings), log=log) as process:
            yield ServerHandle(url=_wait(process, log, gguf), process=process, log=log)


def _require_kinds(gguf: Path, mmproj: Path | None) -> None:
    """Refuse files that are not a language model and its projector before a server is started on them."""
    if is_projector(read_header(gguf)):
        raise DataError(
            "is a vision projector, not a language model",
            file=gguf,
            fix="give the language model, and this as its projector (--mmproj; for `bedside evaluate` "
            "--projector)",
        )
    if mmproj is not None:
        image_size(read_header(mmproj))


def server_id(*, gpu_layers: int = 0) -> str:
    """Say which server answers: the wheel with its version, or a program with its hash, libraries included.

    Builds differ in some digits of their answers, so this belongs in the key of what is measured with one.

    Raises:
        MissingExtraError: there is no server.
    """
    program = _program()
    if _prefers_wheel(program, gpu_layers):
        return f"xllamacpp {version('xllamacpp')}"
    if program is None:
        raise _no_server()
    return f"llama-server sha256:{program_hash(program)}"


def _prefers_wheel(program: Path | None, gpu_layers: int) -> bool:
    """The wheel computes on the CPU only; for a GPU a program that was built for it is better."""
    return available("xllamacpp") and not (program and gpu_layers)


def _no_server() -> MissingExtraError:
    return MissingExtraError(
        "Serving a GGUF model needs the package 'xllamacpp' or a llama-server program; neither is here.",
        fix='pip install "bedside[serve]"',
    )


def _command(settings: dict[str, str | int | None]) -> list[str]:
    program = _program()
    if _prefers_wheel(program, int(settings["gpu_layers"] or 0)):
        return [sys.executable, "-m", server_worker.__name__, json.dumps(settings)]
    if program is None:
        raise _no_server()
    options = {"--model": "model", "--mmproj": "mmproj", "--alias": "alias", "--ctx-size": "n_ctx"}
    options |= {"--parallel": "n_parallel", "--n-gpu-layers": "gpu_layers", "--threads": "threads"}
    command = [str(program), "--host", "127.0.0.1", "--port", "0", "--swa-full", "--no-ui", "--fit", "off"]
    for option, key in options.items():
        if settings[key] is not None:
            command += [option, str(settings[key])]
    return command if settings["gpu_layers"] else [*command, "--no-mmproj-offload"]


def _program() -> Path | None:
    try:
        return find_tool("llama-server")
    except ToolError:
        return None


def _wait(process: Popen[bytes], log: Path, gguf: Path) -> str:
    while True:
        found = _ADDRESS.search(log.read_text(encoding="utf-8", errors="replace"))
        if found and _is_ready(found[1]):
            return found[1]
        if process.poll() is not None:
            raise _ended(process, log, f"{gguf} could not be served")
        time.sleep(_POLL_S)


def _is_ready(url: str) -> bool:
    try:
        return httpx.get(f"{url}/health", trust_env=False).is_success
    except httpx.TransportError:
        return False


def _ended(process: Popen[bytes], log: Path, what: str) -> ToolError:
    text = log.read_text(encoding="utf-8", errors="replace")
    if "libgomp" in text:
        what = "xllamacpp needs the system library libgomp.so.1, which is not installed"
        fix = "install it: apt-get install libgomp1 (Debian, Ubuntu), dnf install libgomp (Fedora)"
        return ToolError(what, fix=fix)
    if "failed to allocate" in text or "out of memory" in text or process.returncode in (-9, 137):
        fix = "the model does not fit into memory: take a smaller quantization or a shorter context (n_ctx)"
    else:
        fix = "check that the model and the mmproj file belong together"
    return ToolError(what, status=process.returncode, tail=tail(text), fix=fix)
