"""`bedside serve` and `bedside ask`."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter
from cyclopts.validators import Number

from bedside.cli.output import Json, print_json

if TYPE_CHECKING:
    from bedside.serve import Service


Count = Annotated[int, Parameter(validator=Number(gte=1))]
NonNegative = Annotated[int, Parameter(validator=Number(gte=0))]
Context = Annotated[int, Parameter(validator=Number(gte=256))]
"""llama.cpp rounds a context up to a multiple of 256 tokens."""


def serve(
    path: Path,
    *,
    model: str | None = None,
    mmproj: Path | None = None,
    host: str = "127.0.0.1",
    port: Annotated[int, Parameter(validator=Number(gte=0, lte=65535))] = 8080,
    context: Context = 4096,
    parallel: Count = 1,
    gpu_layers: NonNegative = 0,
    threads: Count | None = None,
    as_json: Json = False,
) -> None:
    """Serve a run or a GGUF with the OpenAI chat protocol until Ctrl-C.

    Args:
        path: a run's folder, or a GGUF file.
        model: which file of the run, for example Q8_0; without it, the smallest.
        mmproj: the vision projector of a GGUF file; a run has its own.
        host: the address to listen on.
        port: the port to listen on.
        context: tokens of context of each request, at least 256, rounded up to a multiple of it; never more
            than the model was trained with.
        parallel: how many requests are answered at the same time.
        gpu_layers: layers computed on the GPU.
        threads: CPU threads; without it, llama.cpp's own choice.
    """
    from bedside.serve import serve as start

    start(
        path,
        model=model,
        mmproj=mmproj,
        host=host,
        port=port,
        n_ctx=context,
        n_parallel=parallel,
        gpu_layers=gpu_layers,
        threads=threads,
        when_ready=_print_service if as_json else None,
    )


def ask(
    path: Path,
    question: str,
    *,
    image: Annotated[tuple[Path, ...], Parameter(negative="", consume_multiple=False)] = (),
    model: str | None = None,
    mmproj: Path | None = None,
    max_tokens: Count = 512,
    context: Context = 4096,
    as_json: Json = False,
) -> None:
    """Ask a run or a GGUF one question.

    Args:
        path: a run's folder, or a GGUF file.
        question: what to ask.
        image: a picture to ask about (PNG or JPEG).
        model: which file of the run, for example Q8_0; without it, the smallest.
        mmproj: the vision projector of a GGUF file; a run has its own.
        max_tokens: the longest answer.
        context: tokens of context, of the question with its pictures and the answer together, as for `bedside
            serve`.
    """
    from bedside.serve import ask as put_question

    answer = put_question(
        path, question, images=image, model=model, mmproj=mmproj, max_tokens=max_tokens, n_ctx=context
    )
    if as_json:
        print_json(vars(answer))
    else:
        print(answer.text)  # noqa: T201 - the result


def _print_service(service: Service) -> None:
    """Print one line at once: whoever started the service reads it while the service runs."""
    sys.stdout.write(json.dumps(vars(service), sort_keys=True) + "\n")
    sys.stdout.flush()
