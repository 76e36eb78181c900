"""The chat protocol in front of an engine; a stub plays the engine, and at the end a real model answers."""

import base64
import io
import json
import os
import re
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from starlette.testclient import TestClient

from bedside import serve
from bedside.cli import main
from bedside.engine import Piece, Prompt, Usage
from bedside.errors import BedsideError, DataError, ToolError
from bedside.examples import Message
from bedside.serve.app import create_app

PAGE = Path(__file__).resolve().parents[2] / "docs" / "serve.md"


class Parrot:
    """An engine that says three pieces and remembers what it was asked."""

    name = "parrot-Q4_K_M"

    def __init__(self) -> None:
        self.asked: list[tuple[Prompt, int, float, int]] = []
        self.pieces = [Piece(" Findings:"), Piece(" none."), Piece("", Usage(12, 5, finished=True))]
        self.error: BedsideError | None = None
        self.error_after = 0
        self.ill: ToolError | None = None

    def stream(self, prompt: Prompt, *, max_tokens: int, temperature: float, seed: int) -> Iterator[Piece]:
        self.asked.append((prompt, max_tokens, temperature, seed))
        for number, piece in enumerate(self.pieces):
            if self.error is not None and number == self.error_after:
                raise self.error
            yield piece

    def check(self) -> None:
        if self.ill is not None:
            raise self.ill


@pytest.fixture
def parrot() -> Parrot:
    return Parrot()


@pytest.fixture
def client(parrot: Parrot) -> TestClient:
    return TestClient(create_app(parrot), base_url="http://127.0.0.1:8080")  # pyright: ignore[reportArgumentType]


def png() -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (30, 20), "white").save(buffer, "PNG")
    return buffer.getvalue()


def data_uri(data: bytes) -> str:
    return "data:image/png;base64," + base64.b64encode(data).decode()


def picture(url: str) -> dict[str, Any]:
    return {"type": "image_url", "image_url": {"url": url}}


def chat(client: TestClient, content: object = "Ill?", **more: object) -> Any:
    body = {"model": "any", "messages": [{"role": "user", "content": content}], **more}
    return client.post("/v1/chat/completions", json=body)


def test_an_answer_in_the_protocols_form(client: TestClient, parrot: Parrot) -> None:
    reply = chat(client).json()
    assert reply["object"] == "chat.completion"
    assert reply["model"] == "parrot-Q4_K_M"
    (choice,) = reply["choices"]
    assert choice["message"] == {"role": "assistant", "content": "Findings: none."}
    assert choice["finish_reason"] == "stop"
    assert reply["usage"] == {"prompt_tokens": 12, "completion_tokens": 5, "total_tokens": 17}
    assert parrot.asked == [(Prompt((Message(role="user", content="Ill?"),)), -1, 0.0, 0)]


def test_a_cut_answer_says_so(client: TestClient, parrot: Parrot) -> None:
    parrot.pieces = [Piece("Fin", Usage(12, 1, finished=False))]
    reply = chat(client, max_tokens=1, temperature=0.7, seed=4).json()
    assert reply["choices"][0]["finish_reason"] == "length"
    assert parrot.asked[0][1:] == (1, 0.7, 4)


def test_a_streamed_answer(client: TestClient) -> None:
    reply = chat(client, stream=True)
    assert reply.headers["content-type"].startswith("text/event-stream")
    events = [line.removeprefix("data: ") for line in reply.text.split("\n\n") if line]
    assert events[-1] == "[DONE]"
    chunks = [json.loads(event) for event in events[:-1]]
    assert "".join(c["choices"][0]["delta"]["content"] for c in chunks) == " Findings: none."
    assert [c["choices"][0]["finish_reason"] for c in chunks] == [None, None, "stop"]
    assert len({c["id"] for c in chunks}) == 1


def test_pictures_and_text_become_one_prompt(client: TestClient, parrot: Parrot) -> None:
    parts = [
        {"type": "text", "text": "One."},
        picture(data_uri(png())),
        {"type": "text", "text": "Two?"},
        picture(data_uri(b"second")),
    ]
    assert chat(client, parts).status_code == 200
    assert parrot.asked[0][0] == Prompt((Message(role="user", content="One.\nTwo?"),), (png(), b"second"))


def test_a_conversation_with_a_system_turn(client: TestClient, parrot: Parrot) -> None:
    messages = [
        {"role": "developer", "content": "Be brief."},
        {"role": "user", "content": [{"type": "text", "text": "Ill?"}, picture(data_uri(png()))]},
        {"role": "assistant", "content": "No."},
        {"role": "user", "content": "Sure?"},
    ]
    assert client.post("/v1/chat/completions", json={"messages": messages}).status_code == 200
    prompt = parrot.asked[0][0]
    assert [m.role for m in prompt.messages] == ["system", "user", "assistant", "user"]
    assert prompt.images == (png(),)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"{", "Invalid JSON"),
        (b"{}", "messages: Field required"),
        ({"messages": []}, "messages"),
        ({"messages": [{"role": "nurse", "content": "?"}]}, "messages.0.role"),
        ({"messages": [{"role": "user", "content": "?"}], "max_tokens": 0}, "max_tokens"),
        ({"messages": [{"role": "user", "content": "?"}], "n": 3}, "n: Input should be 1"),
        ({"messages": [{"role": "user", "content": "?"}], "tools": [{}]}, "tools is not supported"),
        ({"messages": [{"role": "user", "content": " "}]}, "has no text"),
        (
            {"messages": [{"role": "user", "content": [picture("https://example.org/a.png")]}]},
            "fetches nothing from the network",
        ),
        ({"messages": [{"role": "user", "content": [picture("file:///etc/passwd")]}]}, "not a data: address"),
        ({"messages": [{"role": "user", "content": [picture("data:image/png;base64,%%")]}]}, "broken base64"),
        (
            {"messages": [{"role": "user", "content": [picture("data:image/png;base64,…")]}]},
            "image_url.url holds broken base64",
        ),
        (
            {
                "messages": [
                    {"role": "user", "content": "?"},
                    {"role": "assistant", "content": "!"},
                    {"role": "user", "content": [picture(data_uri(b"x")), {"type": "text", "text": "?"}]},
                ]
            },
            "outside the first user message",
        ),
    ],
)
def test_a_bad_request_is_explained(client: TestClient, parrot: Parrot, body: object, message: str) -> None:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    reply = client.post("/v1/chat/completions", content=content, headers={"content-type": "application/json"})
    assert reply.status_code == 400
    assert message in reply.json()["error"]["message"]
    assert reply.json()["error"]["type"] == "invalid_request_error"
    assert parrot.asked == []


def test_a_form_of_another_site_is_not_read(client: TestClient) -> None:
    reply = client.post("/v1/chat/completions", content=b"{}", headers={"content-type": "text/plain"})
    assert reply.status_code == 400
    assert "application/json" in reply.json()["error"]["message"]


def test_a_foreign_host_name_is_refused(client: TestClient) -> None:
    assert client.get("/health", headers={"host": "evil.example"}).status_code == 400


def test_a_request_that_is_too_large_is_refused(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bedside.serve.app.MAX_BODY_BYTES", 10)
    assert "larger than" in chat(client).json()["error"]["message"]


@pytest.mark.parametrize("stream", [False, True])
def test_an_unreadable_picture_is_the_askers_fault_and_a_dead_server_is_not(
    client: TestClient, parrot: Parrot, stream: bool
) -> None:
    parrot.error = DataError("not a readable picture")
    assert chat(client, stream=stream).status_code == 400
    parrot.error = ToolError("no answer from the server")
    reply = chat(client, stream=stream)
    assert (reply.status_code, reply.json()["error"]["type"]) == (503, "server_error")


def test_an_error_in_the_middle_of_a_stream_is_its_last_event(client: TestClient, parrot: Parrot) -> None:
    parrot.error, parrot.error_after = ToolError("the server stopped"), 1
    events = [line for line in chat(client, stream=True).text.split("\n\n") if line]
    assert "the server stopped" in events[-2]
    assert events[-1] == "data: [DONE]"


def test_models_and_health(client: TestClient, parrot: Parrot) -> None:
    assert client.get("/v1/models").json()["data"][0]["id"] == "parrot-Q4_K_M"
    assert client.get("/health").json() == {"status": "ok", "model": "parrot-Q4_K_M"}
    parrot.ill = ToolError("the llama.cpp server ended")
    assert client.get("/health").status_code == 503


def test_an_unknown_address_is_answered_in_json(client: TestClient) -> None:
    assert client.get("/v2").status_code == 404
    reply = client.get("/v1/chat/completions")
    assert reply.status_code == 405
    assert "GET /v1/chat/completions" in reply.json()["error"]["message"]


def test_a_port_in_use_is_named_before_the_model_is_loaded(tmp_path: Path) -> None:
    file = tmp_path / "model.gguf"
    file.write_bytes(b"never read")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(BedsideError, match=f"Port {port} on 127.0.0.1 is in use") as caught:
            serve.serve(file, port=port)
    assert "--port" in caught.value.fix


@contextmanager
def parroting(*_: object, **__: object) -> Iterator[Parrot]:
    yield Parrot()


@pytest.mark.parametrize(("host", "name"), [("127.0.0.1", "127.0.0.1"), ("::1", "[::1]")])
def test_a_service_that_is_ready_tells_where_on_one_line(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    host: str,
    name: str,
) -> None:
    told: list[str] = []
    file = tmp_path / "model.gguf"
    file.write_bytes(b"never read")
    monkeypatch.setattr(serve, "open_engine", parroting)
    monkeypatch.setattr("uvicorn.Server.run", lambda *_, **__: told.append(capsys.readouterr().out))
    main(["serve", str(file), "--host", host, "--port", "0", "--json"])
    main(["serve", str(file), "--host", host, "--port", "0"])
    ready, quiet = told
    assert ready.count("\n") == 1
    service = json.loads(ready)
    assert re.fullmatch(rf"http://{re.escape(name)}:\d+", service.pop("url"))
    assert service == {"model": "parrot-Q4_K_M", "pid": os.getpid()}
    assert quiet == ""


def test_a_file_that_is_no_gguf_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "model.gguf"
    file.write_bytes(b"PK\x03\x04 something else")
    with pytest.raises(DataError, match="not a GGUF file"):
        serve.serve(file, port=0)
    with pytest.raises(DataError, match="not a GGUF file"):
        serve.ask(file, "Ill?")


@pytest.mark.parametrize("question", ["", " \n"])
def test_an_empty_question_is_told_before_the_model_is_looked_for(tmp_path: Path, question: str) -> None:
    with pytest.raises(DataError, match="the question is empty"):
        serve.ask(tmp_path / "absent", question)


def test_the_request_that_the_page_shows_is_answered(
    client: TestClient, parrot: Parrot, tmp_path: Path
) -> None:
    block = PAGE.read_text(encoding="utf-8").partition("```\nprintf")[2].partition("\ncurl")[0]
    (tmp_path / "ecg.png").write_bytes(png())
    portable = block.replace("base64 -w0 ecg.png", "base64 < ecg.png | tr -d '\\n'")
    assert portable != block
    subprocess.run(["sh", "-c", f"printf{portable}"], cwd=tmp_path, check=True)
    body = (tmp_path / "question.json").read_bytes()
    reply = client.post("/v1/chat/completions", content=body, headers={"content-type": "application/json"})
    assert reply.status_code == 200
    assert parrot.asked[0][0].images == (png(),)


def test_an_absent_picture_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="No such file"):
        serve.ask(tmp_path / "absent", "Ill?", images=[tmp_path / "none.png"])
