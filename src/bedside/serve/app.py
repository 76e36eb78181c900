"""The HTTP application: the OpenAI chat protocol in front of an engine.

Knows routes and status codes; the protocol's values are in `openai`, the prompt in `chat` and `prompts`.
"""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Iterator
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from bedside.errors import BedsideError, DataError, ToolError
from bedside.serve import openai

if TYPE_CHECKING:
    from bedside.engine import Piece, ServerEngine

__all__ = ["create_app"]

MAX_BODY_BYTES = 64 << 20
_LOCAL = ("127.0.0.1", "::1", "localhost")


def create_app(engine: ServerEngine, *, host: str = "127.0.0.1") -> Starlette:
    """Return the application that answers with `engine`.

    A page of another site that a browser shows can neither reach it under a name of its own (only local
    host names are accepted while `host` is local) nor send it a form (only JSON is read).
    """

    async def chat_completions(request: Request) -> Response:
        body = await _body(request)
        return await run_in_threadpool(_answer, engine, body)

    async def models(_: Request) -> Response:
        listed = {"id": engine.name, "object": "model", "created": 0, "owned_by": "bedside"}
        return JSONResponse({"object": "list", "data": [listed]})

    async def health(_: Request) -> Response:
        await run_in_threadpool(engine.check)
        return JSONResponse({"status": "ok", "model": engine.name})

    return Starlette(
        routes=[
            Route("/v1/chat/completions", chat_completions, methods=["POST"]),
            Route("/v1/models", models),
            Route("/health", health),
        ],
        middleware=[
            Middleware(TrustedHostMiddleware, allowed_hosts=list(_LOCAL) if host in _LOCAL else ["*"])
        ],
        exception_handlers={BedsideError: _failed, 404: _unknown, 405: _unknown},
    )


async def _body(request: Request) -> bytes:
    if request.headers.get("content-type", "").partition(";")[0].strip() != "application/json":
        raise DataError(
            "the request is not application/json", fix="send the header Content-Type: application/json"
        )
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > MAX_BODY_BYTES:
            raise DataError(
                f"the request is larger than {MAX_BODY_BYTES >> 20} MiB", fix="send smaller pictures"
            )
    return bytes(body)


def _answer(engine: ServerEngine, body: bytes) -> Response:
    request = openai.parse(body)
    prompt = openai.prompt_of(request)
    identity = openai.Identity(f"chatcmpl-{uuid.uuid4().hex}", engine.name, int(time.time()))
    pieces = engine.stream(
        prompt, max_tokens=request.limit, temperature=request.temperature, seed=request.seed
    )
    if not request.stream:
        return JSONResponse(openai.completion(identity, list(pieces)))
    first = next(pieces)  # a prompt that cannot be answered fails here, before the status is sent
    return StreamingResponse(_events(identity, first, pieces), media_type="text/event-stream")


def _events(identity: openai.Identity, first: Piece, rest: Iterator[Piece]) -> Iterator[str]:
    try:
        yield openai.chunk(identity, first)
        for piece in rest:
            yield openai.chunk(identity, piece)
    except BedsideError as error:  # the status is sent already: the error becomes the last event
        yield f"data: {json.dumps(openai.error(str(error), kind='server_error'))}\n\n"
    yield "data: [DONE]\n\n"


async def _failed(_: Request, error: Exception) -> Response:
    ours = isinstance(error, ToolError)
    kind = "server_error" if ours else "invalid_request_error"
    return JSONResponse(openai.error(str(error), kind=kind), status_code=503 if ours else 400)


async def _unknown(request: Request, error: Exception) -> Response:
    status = getattr(error, "status_code", 404)
    message = f"there is no {request.method} {request.url.path} here"
    return JSONResponse(openai.error(message, kind="invalid_request_error"), status_code=status)
