"""The OpenAI chat protocol as values: a request becomes a prompt, pieces of an answer become replies.

Pure: knows the protocol's form, nothing of HTTP or models.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from bedside.engine import Piece, Prompt, Usage
from bedside.errors import DataError
from bedside.examples import Message

__all__ = ["ChatRequest", "Identity", "chunk", "completion", "error", "parse", "prompt_of"]

_UNSUPPORTED = ("tools", "functions", "response_format", "logprobs", "logit_bias", "audio", "stop")


class ImageUrl(BaseModel):
    """Where a picture is: only `data:` addresses are read."""

    url: str


class Part(BaseModel):
    """A part of a message: text or a picture."""

    type: Literal["text", "image_url"]
    text: str = ""
    image_url: ImageUrl | None = None


class ChatMessage(BaseModel):
    """A message; its content is a text or a list of parts."""

    role: Literal["system", "developer", "user", "assistant"]
    content: str | list[Part]


class ChatRequest(BaseModel):
    """A chat request, as far as it can be answered; the default is the greedy answer."""

    model_config = ConfigDict(extra="allow")

    messages: list[ChatMessage] = Field(min_length=1)
    max_tokens: int | None = Field(default=None, ge=1)
    max_completion_tokens: int | None = Field(default=None, ge=1)
    temperature: float = Field(default=0.0, ge=0.0, le=2.0)
    seed: int = Field(default=0, ge=0)
    n: Literal[1] = 1
    stream: bool = False

    @property
    def limit(self) -> int:
        """The longest answer in tokens; without a limit the model ends it or the context does."""
        return self.max_completion_tokens or self.max_tokens or -1


@dataclass(frozen=True)
class Identity:
    """What every reply to one request repeats: its id, the model's name, the time in Unix seconds."""

    id: str
    model: str
    created: int


def parse(body: bytes) -> ChatRequest:
    """Read a request.

    Raises:
        DataError: it is not JSON of the documented form, or asks for something that is not supported.
    """
    try:
        request = ChatRequest.model_validate_json(body)
    except ValidationError as failure:
        first = failure.errors(include_url=False)[0]
        where = ".".join(map(str, first["loc"])) or "body"
        raise DataError(f"{where}: {first['msg']}", fix="send an OpenAI chat request") from failure
    asked = [name for name in _UNSUPPORTED if (request.model_extra or {}).get(name)]
    if asked:
        raise DataError(f"{', '.join(asked)} is not supported", fix="leave it out")
    return request


def prompt_of(request: ChatRequest) -> Prompt:
    """Turn the messages into a prompt.

    Raises:
        DataError: a picture is not a `data:` address, or not in the first user message.
    """
    messages: list[Message] = []
    images: list[bytes] = []
    for message in request.messages:
        parts = (
            [Part(type="text", text=message.content)] if isinstance(message.content, str) else message.content
        )
        pictures = [part for part in parts if part.type == "image_url"]
        first_user = message.role == "user" and all(earlier.role != "user" for earlier in messages)
        if pictures and not first_user:
            raise DataError("a picture stands outside the first user message", fix="put it there")
        images += [_picture(part) for part in pictures]
        text = "\n".join(part.text for part in parts if part.type == "text")
        if not text.strip():
            raise DataError(f"a message of the {message.role} has no text", fix="say what is asked")
        messages.append(Message(role="system" if message.role == "developer" else message.role, content=text))
    return Prompt(tuple(messages), tuple(images))


def _picture(part: Part) -> bytes:
    url = part.image_url.url if part.image_url is not None else ""
    head, comma, data = url.partition(",")
    if not head.startswith("data:image/") or not head.endswith(";base64") or not comma:
        raise DataError(
            f"image_url.url is {url[:40]!r}, not a data: address; bedside fetches nothing from the network",
            fix="send the picture itself as data:image/png;base64,…",
        )
    try:
        return base64.b64decode(data, validate=True)
    except ValueError as failure:  # also for a character outside ASCII
        raise DataError(
            f"image_url.url holds broken base64: {failure}", fix="encode the file again"
        ) from failure


def completion(identity: Identity, pieces: Sequence[Piece]) -> dict[str, Any]:
    """Return the reply that holds the whole answer."""
    usage = next(piece.usage for piece in reversed(pieces) if piece.usage is not None)
    message = {"role": "assistant", "content": "".join(piece.text for piece in pieces).strip()}
    choice = {"index": 0, "message": message, "finish_reason": _reason(usage)}
    counts = {
        "prompt_tokens": usage.prompt_tokens,
        "completion_tokens": usage.answer_tokens,
        "total_tokens": usage.prompt_tokens + usage.answer_tokens,
    }
    return {**_head(identity, "chat.completion"), "choices": [choice], "usage": counts}


def chunk(identity: Identity, piece: Piece) -> str:
    """Return one piece as a server-sent event."""
    reason = None if piece.usage is None else _reason(piece.usage)
    choice = {"index": 0, "delta": {"role": "assistant", "content": piece.text}, "finish_reason": reason}
    return f"data: {json.dumps({**_head(identity, 'chat.completion.chunk'), 'choices': [choice]})}\n\n"


def _head(identity: Identity, kind: str) -> dict[str, Any]:
    return {"id": identity.id, "object": kind, "created": identity.created, "model": identity.model}


def _reason(usage: Usage) -> str:
    return "stop" if usage.finished else "length"


def error(message: str, *, kind: str) -> dict[str, Any]:
    """Return an error in the protocol's form."""
    return {"error": {"message": message, "type": kind}}
