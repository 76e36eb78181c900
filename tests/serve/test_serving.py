"""A real model is served, asked over HTTP, and leaves no process behind."""

import base64
import json
import os
import signal
import struct
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from bedside import serve
from bedside.artifact import Artifact
from bedside.errors import DataError, ToolError
from bedside.gguf import ConvertConfig, convert
from bedside.llamacpp import server
from bedside.llamacpp.binaries import find_tool
from bedside.llamacpp.server import start_server
from tiny_model import make_model, picture

pytestmark = [pytest.mark.llamacpp]


@pytest.fixture(scope="module")
def gguf(tmp_path_factory: pytest.TempPathFactory) -> Artifact:
    model = make_model(tmp_path_factory.mktemp("served") / "model")
    return convert(ConvertConfig(), model=model, out_dir=tmp_path_factory.mktemp("run") / "gguf")


def is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def ends(pid: int) -> bool:
    for _ in range(200):
        if not is_running(pid):
            return True
        time.sleep(0.05)
    return False


def children(pid: int) -> list[int]:
    found = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [descendant for child in map(int, found) for descendant in (child, *children(child))]


def question(image: bytes) -> dict[str, Any]:
    url = "data:image/png;base64," + base64.b64encode(image).decode()
    parts = [
        {"type": "text", "text": "Interpret this ECG?"},
        {"type": "image_url", "image_url": {"url": url}},
    ]
    return {"messages": [{"role": "user", "content": parts}], "max_tokens": 6}


def start(run: Path) -> tuple[subprocess.Popen[str], str]:
    argv = [sys.executable, "-m", "bedside", "serve", str(run), "--port", "0", "--json"]
    process = subprocess.Popen(argv, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    service = json.loads(process.stdout.readline())
    assert service["pid"] == process.pid
    return process, service["url"]


def test_a_run_is_served_and_asked_over_http(gguf: Artifact, tmp_path: Path) -> None:
    image = tmp_path / "ecg.png"
    image.write_bytes(picture(1, size=200))
    process, url = start(gguf.path.parent)
    try:
        health = {}
        for _ in range(100):
            try:
                health = httpx.get(f"{url}/health", trust_env=False).json()
                break
            except httpx.TransportError:
                time.sleep(0.05)
        assert health == {"status": "ok", "model": "model-f16"}
        reply = httpx.post(f"{url}/v1/chat/completions", json=question(image.read_bytes()), trust_env=False)
        helpers = children(process.pid)
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(timeout=20)
    assert reply.status_code == 200, reply.text
    told = reply.json()
    answer = serve.ask(gguf.path.parent, "Interpret this ECG?", images=[image], max_tokens=6)
    assert told["choices"][0]["message"]["content"] == answer.text.strip()
    assert told["usage"]["completion_tokens"] == len(answer.tokens)
    assert told["usage"]["prompt_tokens"] > 16
    assert helpers
    assert all(ends(pid) for pid in helpers)


def test_a_killed_service_takes_its_server_with_it(gguf: Artifact) -> None:
    process, _ = start(gguf.path.parent)
    helpers = children(process.pid)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert helpers
    assert all(ends(pid) for pid in helpers)


def test_a_server_that_ended_is_explained(gguf: Artifact, tmp_path: Path) -> None:
    log = tmp_path / "server.log"
    with start_server(gguf.file("model-f16.gguf"), log=log) as handle:
        handle.check()
        for pid in children(handle.process.pid):
            os.kill(pid, signal.SIGKILL)
        handle.process.wait()
        with pytest.raises(ToolError, match="server ended"):
            handle.check()
    assert "model loaded" in log.read_text()


def test_a_file_that_cannot_be_loaded_shows_the_end_of_the_log(tmp_path: Path) -> None:
    key, value = b"general.architecture", b"nonsense"
    entry = struct.pack("<Q", len(key)) + key + struct.pack("<IQ", 8, len(value)) + value
    file = tmp_path / "model.gguf"
    file.write_bytes(b"GGUF" + struct.pack("<IQQ", 3, 0, 1) + entry)
    with pytest.raises(ToolError, match="could not be served") as caught, start_server(file):
        pass
    assert "unknown model architecture: 'nonsense'" in caught.value.tail


def test_a_llama_server_program_gives_the_answer_of_the_wheel(
    gguf: Artifact, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    try:
        find_tool("llama-server")
    except ToolError:
        pytest.skip("no llama-server here; `bedside toolchain install --server` builds one")
    image = tmp_path / "ecg.png"
    image.write_bytes(picture(1, size=200))
    asked = {"images": [image], "max_tokens": 6, "n_ctx": 512}
    by_wheel = serve.ask(gguf.path.parent, "Interpret this ECG?", **asked)
    monkeypatch.setattr(server, "available", lambda _: False)
    assert server.server_id().startswith("llama-server")
    assert serve.ask(gguf.path.parent, "Interpret this ECG?", **asked).tokens == by_wheel.tokens


def test_the_context_of_a_question_can_be_chosen(gguf: Artifact) -> None:
    long = "Interpret this ECG? " * 60
    with pytest.raises(DataError, match="too long") as caught:
        serve.ask(gguf.path.parent, long, max_tokens=2, n_ctx=256)
    assert "--context" in caught.value.fix
    assert serve.ask(gguf.path.parent, long, max_tokens=2, n_ctx=4096).tokens


def test_a_projector_is_no_model(gguf: Artifact) -> None:
    with pytest.raises(DataError, match="is a vision projector"), start_server(gguf.file("mmproj-f16.gguf")):
        pass


def test_an_absent_libgomp_names_the_package(tmp_path: Path) -> None:
    log = tmp_path / "server.log"
    log.write_text("ImportError: libgomp.so.1: cannot open shared object file: No such file or directory")
    with subprocess.Popen(["true"]) as process:
        process.wait()
        error = server._ended(process, log, "x could not be served")
    assert "libgomp1" in error.fix
