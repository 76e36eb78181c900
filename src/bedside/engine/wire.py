"""What llama.cpp's server sends and takes, as bedside's values; pure functions of its JSON."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import httpx

from bedside.engine.protocol import Piece, TokenScore, Usage
from bedside.errors import BedsideError, DataError, ToolError
from bedside.prompts import open_image, png_bytes

__all__ = ["encoded", "piece", "refusal", "token_score"]

_ASK_AGAIN = (
    "ask again; if it repeats, start the server anew, with fewer requests at a time or a shorter context"
)
_TRY = ", try increasing it"
_UNDERFLOW = -1e30
"""The server computes probabilities in float32; below about e⁻¹⁰³ it reports -3.4e38."""


def refusal(address: str, reply: httpx.Response, *, too_long: str) -> BedsideError:
    """Return the error for a reply that is none: a prompt too long for the context is the asker's.

    `too_long` says what to do about such a prompt.
    """
    try:
        error = reply.json()["error"]
        reason, kind = str(error["message"]), str(error.get("type"))
    except (ValueError, KeyError, TypeError):
        reason, kind = reply.text[:300], ""
    if kind == "exceed_context_size_error":
        return DataError(f"the prompt is too long: {reason.removesuffix(_TRY)}", fix=too_long)
    if "empty grammar stack" in reason:
        return ToolError(
            "the answer has a character that is not in the model's vocabulary and is spelled byte by byte; "
            "llama.cpp cannot be made to generate such bytes, so the answer cannot be scored",
            fix="score an answer without that character",
        )
    return ToolError(f"{address} answered {reply.status_code}: {reason}", fix=_ASK_AGAIN)


def piece(event: Mapping[str, Any]) -> Piece:
    """Read one event of a streamed answer.

    Raises:
        ToolError: the event reports an error.
    """
    if "error" in event:
        raise ToolError(f"the server stopped answering: {event['error'].get('message')}", fix=_ASK_AGAIN)
    if not event["stop"]:
        return Piece(str(event["content"]))
    usage = Usage(
        prompt_tokens=int(event["tokens_evaluated"]),
        answer_tokens=int(event["tokens_predicted"]),
        finished=event["stop_type"] == "eos",
    )
    return Piece(str(event["content"]), usage)


@lru_cache(maxsize=16)
def encoded(data: bytes, size: int) -> str:
    """Return a picture in the form the model sees, as base64 of a PNG file."""
    return base64.b64encode(png_bytes(open_image(data, size=size))).decode("ascii")


def token_score(step: Mapping[str, Any]) -> TokenScore:
    """Read the log-probability of one generated token.

    Raises:
        ToolError: it is too small for the server's float32 arithmetic.
    """
    logprob = float(step["logprob"])
    if logprob < _UNDERFLOW:
        raise ToolError(
            "the probability of a token is too small for the server's arithmetic (below about e^-103)",
            fix="score an answer that the model could give at all",
        )
    top = {int(other["id"]): float(other["logprob"]) for other in step["top_logprobs"]}
    return TokenScore(id=int(step["id"]), logprob=logprob, top=top)
