"""The engine that asks a llama.cpp server over HTTP: the model file exactly as it ships.

Prompts are rendered by `chat` and sent to `/completion`, never to the server's chat route, which drops the
newlines around a picture; pictures are made square by `prompts`, because llama.cpp treats other shapes
differently from transformers. Both would change the answers without any error.
"""

from __future__ import annotations

import json
import time
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from bedside import chat
from bedside.engine import wire
from bedside.engine.protocol import Answer, Piece, Prompt, Score
from bedside.errors import DataError, ToolError
from bedside.llamacpp import gguf_file
from bedside.llamacpp.server import start_server

__all__ = ["ServerEngine", "open_engine"]

_CERTAIN = 1000.0
"""A logit bias that makes a token be drawn; it does not change the reported log-probabilities."""
_MOST_END_TOKENS = 16


class ServerEngine:
    """A model behind a llama.cpp server.

    Attributes:
        name: what the model is called in results.
        image_size: side of the square picture the model sees, in pixels; `None` where it sees none.
        trained_context: tokens of context the model was trained with, where known; llama.cpp serves no more.
    """

    def __init__(
        self,
        url: str,
        *,
        name: str = "",
        image_size: int | None = None,
        trained_context: int | None = None,
        timeout_s: float = 3600,
    ) -> None:
        """Connect to the server at `url`.

        Raises:
            ToolError: nothing answers there, or what answers is not a llama.cpp server.
        """
        self._http = httpx.Client(base_url=url, timeout=timeout_s, trust_env=False)
        self.url = url
        properties = self._properties()
        self.name = name or str(properties.get("model_alias", url))
        self.image_size = image_size
        self.trained_context = trained_context
        self._context = int(properties.get("default_generation_settings", {}).get("n_ctx", 0))
        self._marker = str(properties["media_marker"])
        self._end = self._control_id(chat.END_OF_TURN)
        other = self.tokens(str(properties.get("eos_token", "")), special=True)
        self._other_ends = frozenset(other) - {self._end} if len(other) == 1 else frozenset[int]()

    def generate(self, prompt: Prompt, *, max_tokens: int) -> Answer:
        """Answer `prompt` greedily with at most `max_tokens` tokens.

        Raises:
            DataError: the prompt is longer than the context.
            ToolError: the server does not answer.
        """
        started = time.monotonic()
        reply = self._complete(prompt, n_predict=max_tokens, return_tokens=True)
        return Answer(
            text=str(reply["content"]),
            tokens=tuple(map(int, reply["tokens"])),
            finished=reply["stop_type"] == "eos",
            seconds=time.monotonic() - started,
            tokens_per_second=float(reply["timings"]["predicted_per_second"]),
        )

    def stream(
        self, prompt: Prompt, *, max_tokens: int, temperature: float, seed: int = 0
    ) -> Iterator[Piece]:
        """Answer `prompt` and yield the text while it is generated; the last piece tells the lengths.

        Args:
            prompt: what to answer.
            max_tokens: at most so many tokens.
            temperature: 0 is greedy; otherwise tokens are drawn with probability ∝ p^(1/temperature).
            seed: of the drawing.

        Raises:
            DataError: the prompt is longer than the context.
            ToolError: the server does not answer.
        """
        options = {"n_predict": max_tokens, "temperature": temperature, "seed": seed, "stream": True}
        body = {"prompt": self.render(prompt), **options, "samplers": ["temperature"], "cache_prompt": True}
        try:
            with self._http.stream("POST", "/completion", json=body) as reply:
                if not reply.is_success:
                    reply.read()
                    raise wire.refusal(self.url + "/completion", reply, too_long=self._too_long)
                for line in reply.iter_lines():
                    if line.startswith("data: "):
                        yield wire.piece(json.loads(line.removeprefix("data: ")))
        except httpx.TransportError as error:
            raise self._unreachable(error) from error

    def score(self, prompt: Prompt, answer: str | Sequence[int], *, top: int = 1) -> Score:
        """Return log P of `answer` and of the end of the turn, token by token (see `Engine.score`).

        The tokens are forced by a grammar of token ids; the server reports the log-softmax of the raw
        logits, before the grammar and all samplers. The end of the turn cannot stand in a grammar: when
        the grammar is finished only end-of-generation tokens are left, and those that are not the end of
        a turn are banned. Where one is drawn that was not known, it is banned and the request repeated.

        Raises:
            ToolError: the server generates other tokens than it was told to, a probability is too small
                for its arithmetic, or the answer has a character that the vocabulary lacks: llama.cpp's
                grammars do not take the bytes it is spelled with.
        """
        ids = self.tokens(chat.as_text(answer.strip())) if isinstance(answer, str) else tuple(answer)
        wanted = (*ids, self._end)
        drawn: tuple[int, ...] = ()
        for _ in range(_MOST_END_TOKENS):
            steps = self._complete(prompt, n_predict=len(wanted), n_probs=top, **self._forced(ids))[
                "completion_probabilities"
            ]
            drawn = tuple(int(step["id"]) for step in steps)
            if drawn == wanted:
                return Score(tuple(map(wire.token_score, steps)))
            if drawn[:-1] != ids or len(drawn) != len(wanted):
                break
            self._other_ends |= {drawn[-1]}
        raise ToolError(
            f"the server at {self.url} generated the tokens {drawn} where {wanted} were asked for, so it "
            "cannot score a given answer exactly",
            fix="use the server that `bedside serve` starts, or a current llama-server",
        )

    def tokens(self, text: str, *, special: bool = False) -> tuple[int, ...]:
        """Tokenize `text` as it stands in the middle of a prompt.

        `special` reads the text of a control token as that token.
        """
        body = {"content": text, "add_special": False, "parse_special": special}
        return tuple(int(token) for token in self._post("/tokenize", body)["tokens"])

    def check(self) -> None:
        """Raise a `ToolError` unless the server answers and is ready."""
        try:
            ready = self._http.get("/health").is_success
        except httpx.TransportError as error:
            raise self._unreachable(error) from error
        if not ready:
            raise ToolError(f"the server at {self.url} is not ready", fix="wait until the model is loaded")

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def _forced(self, ids: tuple[int, ...]) -> dict[str, Any]:
        if not ids:
            return {"logit_bias": [[self._end, _CERTAIN]]}
        return {
            "grammar": "root ::= " + " ".join(f"<[{token}]>" for token in ids),
            "logit_bias": [[token, False] for token in sorted(self._other_ends)],
        }

    def _complete(self, prompt: Prompt, **options: Any) -> dict[str, Any]:
        greedy = {"temperature": 0, "samplers": ["temperature"], "cache_prompt": True}
        reply = self._post("/completion", {"prompt": self.render(prompt), **greedy, **options})
        if reply.get("truncated"):
            raise DataError("the prompt and its answer are longer than the context", fix=self._too_long)
        return reply

    def render(self, prompt: Prompt) -> str | dict[str, Any]:
        """Return what `/completion` takes as `prompt`; the server itself adds the beginning of sequence.

        Raises:
            ToolError: the prompt has a picture and the model sees none.
        """
        image = chat.server_image(self._marker)
        text = chat.render(prompt.messages, images=len(prompt.images), image=image, bos=False)
        if not prompt.images:
            return text
        if self.image_size is None:
            raise ToolError(
                f"{self.name} is served without a vision projector, but the prompt has a picture",
                fix="give the projector that was converted with the model, mmproj-….gguf (--mmproj; for "
                "`bedside evaluate` --projector)",
            )
        pictures = [wire.encoded(data, self.image_size) for data in prompt.images]
        return {"prompt_string": text, "multimodal_data": pictures}

    def _properties(self) -> Mapping[str, Any]:
        try:
            reply = self._http.get("/props")
            properties = reply.json() if reply.is_success else {}
        except httpx.TransportError as error:
            raise self._unreachable(error) from error
        except ValueError:
            properties = {}
        if "media_marker" not in properties:
            raise ToolError(
                f"the endpoint at {self.url} is not a llama.cpp server, so it cannot score a given answer",
                fix="use a current llama-server, or a GGUF file, which bedside serves itself",
            )
        return properties

    def _control_id(self, text: str) -> int:
        ids = self.tokens(text, special=True)
        if len(ids) != 1:
            raise ToolError(
                f"{text} is not one control token of the model at {self.url} but {len(ids)} pieces",
                fix="convert the model again with `bedside convert`: its tokenizer files were incomplete",
            )
        return ids[0]

    def _post(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        try:
            reply = self._http.post(path, json=body)
        except httpx.TransportError as error:
            raise self._unreachable(error) from error
        if not reply.is_success:
            raise wire.refusal(self.url + path, reply, too_long=self._too_long)
        return reply.json()

    @property
    def _too_long(self) -> str:
        """What to do about a prompt that the context cannot hold."""
        trained = self.trained_context
        if trained is not None and self._context >= trained:
            return f"shorten it: the model was trained with a context of {trained} tokens, and takes no more"
        most = "" if trained is None else f", up to the {trained} tokens the model was trained with"
        return f"shorten it, or give the server a longer context (`--context`, n_ctx){most}"

    def _unreachable(self, error: Exception) -> ToolError:
        return ToolError(
            f"no answer from the server at {self.url}: {error or type(error).__name__}",
            fix="check that the server still runs; it may have run out of memory",
        )


@contextmanager
def open_engine(
    gguf: Path,
    mmproj: Path | None = None,
    *,
    name: str = "",
    n_ctx: int = 4096,
    n_parallel: int = 1,
    gpu_layers: int = 0,
    threads: int | None = None,
    log: Path | None = None,
) -> Generator[ServerEngine]:
    """Serve a GGUF file and yield the engine that asks it; the server ends with the block.

    Arguments as for `llamacpp.server.start_server`.
    """
    size = None if mmproj is None else gguf_file.image_size(gguf_file.read_header(mmproj))
    trained = gguf_file.trained_context(gguf_file.read_header(gguf))
    with start_server(
        gguf,
        mmproj,
        n_ctx=n_ctx,
        n_parallel=n_parallel,
        gpu_layers=gpu_layers,
        threads=threads,
        log=log,
    ) as server:
        engine = ServerEngine(server.url, name=name or gguf.stem, image_size=size, trained_context=trained)
        try:
            yield engine
        except ToolError:
            server.check()
            raise
        finally:
            engine.close()
