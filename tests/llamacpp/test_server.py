"""How a llama.cpp server is started: the exact command line, and which one answers."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from bedside.errors import MissingExtraError, ToolError
from bedside.llamacpp import server, server_worker
from bedside.llamacpp.gguf_file import GgufHeader
from bedside.llamacpp.server import server_id, start_server

FAKE = """#!/bin/sh
printf '%s\\n' "$@" > "{seen}"
echo 'no address here' >&2
exit 3
"""


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A llama-server that notes its arguments, one a line, and ends."""
    path = tmp_path / "bin" / "llama-server"
    path.parent.mkdir()
    path.write_text(FAKE.format(seen=tmp_path / "seen"))
    path.chmod(0o755)
    monkeypatch.setenv("BEDSIDE_LLAMACPP", str(path.parent))
    return path


@pytest.fixture
def no_wheel(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "available", lambda _: False)


@pytest.fixture(autouse=True)
def readable(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The files need no content: the program does not read them."""
    monkeypatch.setattr(server, "read_header", lambda path: GgufHeader(path, {}, ()))
    monkeypatch.setattr(server, "is_projector", lambda _: False)
    monkeypatch.setattr(server, "image_size", lambda _: 64)
    return iter(())


def started(tmp_path: Path, mmproj: Path | None = None, **options: int) -> list[str]:
    with (
        pytest.raises(ToolError, match="could not be served"),
        start_server(Path("m-Q8_0.gguf"), mmproj, **options),
    ):
        pass
    return (tmp_path / "seen").read_text().splitlines()


ALWAYS = ["--host", "127.0.0.1", "--port", "0", "--swa-full", "--no-ui", "--fit", "off"]


def test_the_command_line_on_a_cpu(tmp_path: Path, program: Path, no_wheel: None) -> None:
    assert started(tmp_path) == [
        *ALWAYS,
        *("--model", "m-Q8_0.gguf", "--alias", "m-Q8_0", "--ctx-size", "4096", "--parallel", "1"),
        *("--n-gpu-layers", "0", "--no-mmproj-offload"),
    ]


def test_the_command_line_with_everything(tmp_path: Path, program: Path, no_wheel: None) -> None:
    options = {"n_ctx": 1000, "n_parallel": 3, "gpu_layers": 99, "threads": 2}
    assert started(tmp_path, Path("p.gguf"), **options) == [
        *ALWAYS,
        *("--model", "m-Q8_0.gguf", "--mmproj", "p.gguf", "--alias", "m-Q8_0", "--ctx-size", "3000"),
        *("--parallel", "3", "--n-gpu-layers", "99", "--threads", "2"),
    ]


def test_the_wheel_answers_on_a_cpu_and_the_program_on_a_gpu(
    tmp_path: Path, program: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "available", lambda _: True)
    monkeypatch.setattr(server, "version", lambda _: "1.2")
    assert server_id() == "xllamacpp 1.2"
    assert server_id(gpu_layers=9).startswith("llama-server sha256:")
    settings: dict[str, str | int | None] = {"model": "m", "gpu_layers": 0}
    assert server._command(settings) == [sys.executable, "-m", server_worker.__name__, json.dumps(settings)]


def test_a_program_is_known_with_its_libraries(program: Path, no_wheel: None) -> None:
    first = server_id()
    (program.parent / "libllama.so").write_bytes(b"one")
    assert server_id() != first


def test_without_any_server_the_extra_is_named(
    tmp_path: Path, no_wheel: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BEDSIDE_LLAMACPP", str(tmp_path))
    with pytest.raises(MissingExtraError, match="neither is here"):
        server_id()
    with pytest.raises(MissingExtraError), start_server(Path("m.gguf")):
        pass


def test_the_wheel_keeps_the_whole_cache(monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[SimpleNamespace] = []
    blank = SimpleNamespace(model=SimpleNamespace(), swa_full=False)

    def refuse(params: SimpleNamespace) -> None:
        started.append(params)
        raise RuntimeError("seen")

    wheel = SimpleNamespace(CommonParams=lambda: blank, Server=refuse)
    monkeypatch.setattr(server_worker, "require", lambda *_, **__: wheel)
    settings = {"model": "m", "mmproj": None, "alias": "m", "n_ctx": 512, "n_parallel": 1, "gpu_layers": 0}
    with pytest.raises(SystemExit, match="seen"):
        server_worker.serve({**settings, "threads": None})
    assert started == [blank]
    assert blank.swa_full is True
