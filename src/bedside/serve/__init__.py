"""Answer questions with a model that bedside made: over HTTP, or once in the terminal.

The application here renders each prompt itself and asks llama.cpp's server, which runs as a child process,
only to continue it. So a chat client gets exactly the prompt the model was trained on.
"""

from __future__ import annotations

import errno
import os
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from bedside.console import say
from bedside.engine import Answer, Prompt, open_engine
from bedside.errors import BedsideError, DataError
from bedside.examples import Message
from bedside.extras import require
from bedside.serve.locate import locate

__all__ = ["Service", "ask", "serve"]


@dataclass(frozen=True)
class Service:
    """A model that answers: at which address, what it is called, and in which process."""

    url: str
    model: str
    pid: int


def serve(
    path: Path,
    *,
    model: str | None = None,
    mmproj: Path | None = None,
    host: str = "127.0.0.1",
    port: int = 8080,
    n_ctx: int = 4096,
    n_parallel: int = 1,
    gpu_layers: int = 0,
    threads: int | None = None,
    when_ready: Callable[[Service], None] | None = None,
) -> None:
    """Serve a model with the OpenAI chat protocol until Ctrl-C.

    Args:
        path: a run's folder, an artifact of kind `gguf`, or a GGUF file.
        model: which file of a run, for example `Q8_0`; by default the smallest.
        mmproj: the vision projector of a GGUF file; a run has its own.
        host: the address to listen on.
        port: the port to listen on; 0 chooses a free one.
        n_ctx: tokens of context of each request.
        n_parallel: how many requests are answered at the same time.
        gpu_layers: layers computed on the GPU.
        threads: CPU threads; by default llama.cpp's own choice.
        when_ready: called once, when the model is loaded and requests are taken.

    Raises:
        BedsideError: the port is in use, or the model cannot be found or loaded.
    """
    uvicorn = require("uvicorn", extra="serve", purpose="Serving")
    from bedside.serve.app import create_app

    files = locate(path, model=model, mmproj=mmproj)
    with (
        _listen(host, port) as listener,
        open_engine(
            files.gguf,
            files.mmproj,
            n_ctx=n_ctx,
            n_parallel=n_parallel,
            gpu_layers=gpu_layers,
            threads=threads,
        ) as engine,
    ):
        address = _url(host, listener)
        say(f"{engine.name} answers at {address}/v1/chat/completions (Ctrl-C ends it)")
        if when_ready is not None:
            when_ready(Service(url=address, model=engine.name, pid=os.getpid()))
        app = create_app(engine, host=host)
        uvicorn.Server(uvicorn.Config(app, log_level="warning", access_log=False)).run(sockets=[listener])


def ask(
    path: Path,
    question: str,
    *,
    images: Sequence[Path] = (),
    model: str | None = None,
    mmproj: Path | None = None,
    max_tokens: int = 512,
    n_ctx: int = 4096,
) -> Answer:
    """Ask a model one question, with pictures where `images` names some; the answer is greedy.

    The other arguments are those of `serve`.

    Raises:
        BedsideError: the question is empty, the model cannot be found or loaded, or a picture cannot be read.
    """
    if not question.strip():
        raise DataError("the question is empty", fix="say what is asked, in quotation marks")
    prompt = Prompt((Message(role="user", content=question),), tuple(_read(image) for image in images))
    files = locate(path, model=model, mmproj=mmproj)
    with open_engine(files.gguf, files.mmproj, n_ctx=n_ctx) as engine:
        return engine.generate(prompt, max_tokens=max_tokens)


def _read(image: Path) -> bytes:
    try:
        return image.read_bytes()
    except OSError as error:
        raise DataError(
            f"cannot be read: {error.strerror}", file=image, fix="give a PNG or JPEG file"
        ) from error


def _url(host: str, listener: socket.socket) -> str:
    port = listener.getsockname()[1]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _listen(host: str, port: int) -> socket.socket:
    """Take the port before the model is loaded, so that a port in use is told at once."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen()
    except (OSError, OverflowError) as error:
        listener.close()
        if getattr(error, "errno", None) == errno.EADDRINUSE:
            raise BedsideError(
                f"Port {port} on {host} is in use by another program.",
                fix=f"choose another one with --port {port + 1}",
            ) from error
        raise BedsideError(
            f"Cannot listen on {host}, port {port}: {error}", fix="choose others with --host and --port"
        ) from error
    return listener
