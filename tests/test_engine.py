"""What the server engine sends and what it makes of the replies; a small HTTP server plays llama.cpp."""

import base64
import io
import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from PIL import Image

from bedside.engine import Prompt, ServerEngine
from bedside.errors import DataError, ToolError
from bedside.examples import Message

VOCABULARY = {"<eos>": 1, "<pad>": 2, "<end_of_turn>": 7, "Y": 20, "e": 21, "s": 22}
MARKER = "<__media_0815__>"
Reply = dict[str, Any] | tuple[int, dict[str, Any]] | list[dict[str, Any]]


def tokenize(body: dict[str, Any]) -> dict[str, Any]:
    text, special = body["content"], body["parse_special"]
    whole = text in VOCABULARY and special
    return {"tokens": [VOCABULARY[text]] if whole else [VOCABULARY.get(letter, 50) for letter in text]}


def forced(body: dict[str, Any]) -> list[int]:
    """The ids of the grammar `root ::= <[20]> <[21]>`."""
    words = body.get("grammar", "").removeprefix("root ::= ").split()
    return [int(word.strip("<[]>")) for word in words]


def step(token: int, logprob: float = -0.5) -> dict[str, Any]:
    others = [{"id": token, "logprob": logprob}, {"id": 99, "logprob": -3.0}]
    return {"id": token, "logprob": logprob, "top_logprobs": others}


def completed(ids: list[int], **more: Any) -> dict[str, Any]:
    timings = {"predicted_per_second": 42.0}
    base = {"content": "Yes", "stop_type": "eos", "truncated": False, "timings": timings}
    return {**base, "tokens": ids, "completion_probabilities": [step(token) for token in ids], **more}


class Llama:
    """A server that speaks as much of llama.cpp's protocol as the engine uses."""

    def __init__(self) -> None:
        self.properties: dict[str, Any] = {
            "media_marker": MARKER,
            "eos_token": "<eos>",
            "model_alias": "tiny",
        }
        self.asked: list[dict[str, Any]] = []
        self.complete: Callable[[dict[str, Any]], Reply] = lambda body: completed([*forced(body), 7])
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()

    def answer(self, path: str, body: dict[str, Any]) -> Reply:
        if path == "/props":
            return self.properties
        if path == "/health":
            return {"status": "ok"}
        if path == "/tokenize":
            return tokenize(body)
        self.asked.append(body)
        return self.complete(body)

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        llama = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.do_POST()

            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))) or "{}")
                reply = llama.answer(self.path, body)
                status, content = reply if isinstance(reply, tuple) else (200, reply)
                self.send_response(status)
                self.end_headers()
                if isinstance(content, list):
                    for event in content:
                        self.wfile.write(f"data: {json.dumps(event)}\n\n".encode())
                else:
                    self.wfile.write(json.dumps(content).encode())

            def log_message(self, *args: Any) -> None:
                pass

        return Handler


@pytest.fixture
def llama() -> Iterator[Llama]:
    server = Llama()
    yield server
    server.server.shutdown()
    server.server.server_close()


def ask(question: str, *images: bytes) -> Prompt:
    return Prompt((Message(role="user", content=question),), images)


def picture(width: int, height: int) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (width, height), "red").save(buffer, "PNG")
    return buffer.getvalue()


def test_an_answer_with_its_tokens_and_speed(llama: Llama) -> None:
    llama.complete = lambda body: completed([20, 21, 22, 7])
    answer = ServerEngine(llama.url).generate(ask("Ill?"), max_tokens=9)
    assert (answer.text, answer.tokens, answer.finished) == ("Yes", (20, 21, 22, 7), True)
    assert answer.tokens_per_second == 42.0
    assert llama.asked[0]["prompt"] == "<start_of_turn>user\nIll?<end_of_turn>\n<start_of_turn>model\n"
    assert llama.asked[0]["n_predict"] == 9
    assert llama.asked[0]["temperature"] == 0


def test_an_answer_cut_at_the_limit_is_not_finished(llama: Llama) -> None:
    llama.complete = lambda body: completed([20], stop_type="limit")
    assert not ServerEngine(llama.url).generate(ask("Ill?"), max_tokens=1).finished


def test_a_picture_is_sent_square_between_two_pairs_of_newlines(llama: Llama) -> None:
    engine = ServerEngine(llama.url, image_size=64)
    engine.generate(ask("Ill?", picture(300, 100)), max_tokens=1)
    prompt = llama.asked[0]["prompt"]
    assert f"user\n\n\n{MARKER}\n\nIll?" in prompt["prompt_string"]
    (sent,) = prompt["multimodal_data"]
    image = Image.open(io.BytesIO(base64.b64decode(sent)))
    assert (image.size, image.mode) == ((64, 64), "RGB")
    assert image.getpixel((32, 2)) == (255, 255, 255)
    assert image.getpixel((32, 32)) == (255, 0, 0)


def test_a_typed_marker_or_control_token_stays_text(llama: Llama) -> None:
    engine = ServerEngine(llama.url, image_size=64)
    engine.generate(ask(f"{MARKER} <end_of_turn>?", picture(8, 8)), max_tokens=1)
    sent = llama.asked[0]["prompt"]["prompt_string"]
    assert sent.count(MARKER) == 1
    assert sent.count("<end_of_turn>") == 1


def test_a_picture_for_a_model_without_vision_is_refused(llama: Llama) -> None:
    with pytest.raises(ToolError, match="without a vision projector") as caught:
        ServerEngine(llama.url).generate(ask("Ill?", picture(8, 8)), max_tokens=1)
    assert "--mmproj" in caught.value.fix
    assert "--projector" in caught.value.fix


def test_a_score_forces_the_token_ids_and_includes_the_end_of_the_turn(llama: Llama) -> None:
    score = ServerEngine(llama.url).score(ask("Ill?"), "Yes", top=2)
    assert [token.id for token in score.tokens] == [20, 21, 22, 7]
    assert score.logprob == pytest.approx(-2.0)
    assert score.tokens[0].top == {20: -0.5, 99: -3.0}
    (asked,) = llama.asked
    assert asked["grammar"] == "root ::= <[20]> <[21]> <[22]>"
    assert asked["logit_bias"] == [[1, False]]
    assert (asked["n_predict"], asked["n_probs"]) == (4, 2)


def test_given_token_ids_are_scored_as_they_are(llama: Llama) -> None:
    score = ServerEngine(llama.url).score(ask("Ill?"), (22, 20))
    assert [token.id for token in score.tokens] == [22, 20, 7]


def test_the_empty_answer_is_the_end_of_the_turn_alone(llama: Llama) -> None:
    score = ServerEngine(llama.url).score(ask("Ill?"), "")
    assert [token.id for token in score.tokens] == [7]
    assert "grammar" not in llama.asked[0]
    assert llama.asked[0]["logit_bias"] == [[7, 1000.0]]


def test_another_end_of_generation_token_is_banned_and_the_request_repeated(llama: Llama) -> None:
    def complete(body: dict[str, Any]) -> Reply:
        end = 7 if [106, False] in body["logit_bias"] else 106
        return completed([*forced(body), end])

    llama.complete = complete
    engine = ServerEngine(llama.url)
    assert [token.id for token in engine.score(ask("Ill?"), "Yes").tokens][-1] == 7
    assert len(llama.asked) == 2
    engine.score(ask("Ill?"), "Yes")
    assert len(llama.asked) == 3


@pytest.mark.parametrize("drawn", [[20, 99, 22, 7], [20, 7], [20, 21, 22, 99, 7]])
def test_a_server_that_ignores_the_grammar_is_refused(llama: Llama, drawn: list[int]) -> None:
    llama.complete = lambda body: completed(drawn)
    with pytest.raises(ToolError, match="cannot score a given answer exactly") as caught:
        ServerEngine(llama.url).score(ask("Ill?"), "Yes")
    assert "llama-server" in caught.value.fix


def test_a_server_that_always_ends_otherwise_is_refused_in_the_end(llama: Llama) -> None:
    llama.complete = lambda body: completed([*forced(body), 106])
    with pytest.raises(ToolError, match="cannot score"):
        ServerEngine(llama.url).score(ask("Ill?"), "Yes")


def test_underflow_is_an_error_and_not_a_number(llama: Llama) -> None:
    steps = [step(20, -3.4e38), step(7)]
    llama.complete = lambda body: completed([], completion_probabilities=steps)
    with pytest.raises(ToolError, match="too small"):
        ServerEngine(llama.url).score(ask("Ill?"), "Y")


def test_a_prompt_longer_than_the_context_is_the_askers_fault(llama: Llama) -> None:
    refusal = {"message": "request (900 tokens) exceeds 512", "type": "exceed_context_size_error"}
    llama.complete = lambda body: (400, {"error": refusal})
    with pytest.raises(DataError, match="900 tokens"):
        ServerEngine(llama.url).generate(ask("Ill?"), max_tokens=1)
    with pytest.raises(DataError, match="900 tokens"):
        list(ServerEngine(llama.url).stream(ask("Ill?"), max_tokens=1, temperature=0))


@pytest.mark.parametrize(
    ("context", "trained", "fix"),
    [
        (512, 2048, "--context`, n_ctx), up to the 2048 tokens the model was trained with"),
        (2048, 2048, "shorten it: the model was trained with a context of 2048 tokens"),
        (512, None, "(`--context`, n_ctx)"),
    ],
)
def test_a_longer_context_is_only_advised_where_there_is_one(
    llama: Llama, context: int, trained: int | None, fix: str
) -> None:
    reason = f"request (9000 tokens) exceeds the available context size ({context} tokens), try increasing it"
    refusal = {"message": reason, "type": "exceed_context_size_error"}
    llama.complete = lambda body: (400, {"error": refusal})
    llama.properties["default_generation_settings"] = {"n_ctx": context}
    with pytest.raises(DataError, match="9000 tokens") as caught:
        ServerEngine(llama.url, trained_context=trained).generate(ask("Ill?"), max_tokens=1)
    assert fix in caught.value.fix
    assert ("--context" in str(caught.value)) == (context != trained)
    assert "increasing" not in str(caught.value)


def test_an_answer_that_outgrows_the_context_is_told_like_a_prompt_that_does(llama: Llama) -> None:
    llama.complete = lambda body: completed([20], truncated=True)
    with pytest.raises(DataError, match="longer than the context"):
        ServerEngine(llama.url).generate(ask("Ill?"), max_tokens=1)


def test_an_answer_spelled_byte_by_byte_cannot_be_scored(llama: Llama) -> None:
    message = "got exception: Unexpected empty grammar stack after accepting piece: p (383)"
    llama.complete = lambda body: (500, {"error": {"message": message, "type": "server_error"}})
    with pytest.raises(ToolError, match="not in the model's vocabulary"):
        ServerEngine(llama.url).score(ask("Ill?"), "é")


def test_a_failing_server_is_quoted(llama: Llama) -> None:
    llama.complete = lambda body: (500, {"error": {"message": "Compute error", "type": "server_error"}})
    with pytest.raises(ToolError, match="500: Compute error"):
        ServerEngine(llama.url).generate(ask("Ill?"), max_tokens=1)


def test_pieces_are_streamed_and_the_last_one_tells_the_lengths(llama: Llama) -> None:
    counts = {"tokens_evaluated": 12, "tokens_predicted": 2, "stop_type": "eos"}
    llama.complete = lambda body: [
        {"content": "Yes", "stop": False},
        {"content": ".", "stop": False},
        {"content": "", "stop": True, **counts},
    ]
    pieces = list(ServerEngine(llama.url).stream(ask("Ill?"), max_tokens=5, temperature=0.7, seed=3))
    assert "".join(piece.text for piece in pieces) == "Yes."
    usage = pieces[-1].usage
    assert usage is not None
    assert (usage.prompt_tokens, usage.answer_tokens, usage.finished) == (12, 2, True)
    assert (llama.asked[0]["temperature"], llama.asked[0]["seed"], llama.asked[0]["stream"]) == (0.7, 3, True)


def test_an_error_in_the_middle_of_a_stream_is_raised(llama: Llama) -> None:
    llama.complete = lambda body: [{"content": "Yes", "stop": False}, {"error": {"message": "gone"}}]
    pieces = ServerEngine(llama.url).stream(ask("Ill?"), max_tokens=5, temperature=0)
    assert next(pieces).text == "Yes"
    with pytest.raises(ToolError, match="gone"):
        next(pieces)


def test_an_endpoint_that_is_not_llama_cpp_is_refused(llama: Llama) -> None:
    llama.properties = {"version": "0.12"}
    with pytest.raises(ToolError, match=r"not a llama\.cpp server") as caught:
        ServerEngine(llama.url)
    assert "llama-server" in caught.value.fix


def test_a_model_whose_control_tokens_are_split_is_refused(
    llama: Llama, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(VOCABULARY, "<end_of_turn>")
    with pytest.raises(ToolError, match="not one control token"):
        ServerEngine(llama.url)


def test_no_server_is_named_by_its_address(llama: Llama) -> None:
    engine = ServerEngine(llama.url)
    engine.check()
    llama.server.shutdown()
    llama.server.server_close()
    engine.close()
    with pytest.raises(ToolError, match="no answer from the server at http://127"):
        ServerEngine(llama.url)
