"""Compute the importance matrix: how strongly each input of each weight matrix is used by given text.

llama-imatrix runs the model over the text and sums the squares of what enters each matrix; llama-quantize
then rounds the weights that matter more finely. Knows that program and the file it writes. The pictures a
vision model is shown do not come through here: only its language model is quantized below 8 bits.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from bedside.artifact import Artifact, Draft, Plan, write
from bedside.chat import BOS
from bedside.console import progress, say
from bedside.errors import ArtifactError, DataError, ToolError
from bedside.gguf.header_checks import matrix_tensors, refuse, trace_faults
from bedside.llamacpp import binaries, process
from bedside.llamacpp.gguf_file import GgufHeader, read_header, read_tensor
from bedside.llamacpp.model_files import language_model
from bedside.llamacpp.outputs import ImatrixRun, parse_imatrix

__all__ = ["ImatrixConfig", "imatrix", "require_chunks"]

VERSION = 2
FILE = "imatrix.gguf"
_SUMS = ".in_sum2"
_MORE_TEXT = "build more calibration text, or lower imatrix.context"
_TOO_SHORT = re.compile(r"tokenizes to only (\d+) tokens")


class ImatrixConfig(BaseModel):
    """How to compute the matrix.

    Attributes:
        text: which calibration text: `chat`, with the turns the deployed model sees, `plain`, or
            `chat-<prompt>` of a build with several prompts.
        profile: which profile the text must have; the published one, which is known to be untrue, is only
            used where it is named here.
        context: tokens in one chunk of text.
        chunks: how many chunks at most; `None` for the whole text.
        gpu_layers: layers computed on a GPU.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    text: str = Field(default="chat", pattern=r"^(plain|chat(-[a-z_]+)?)$")
    profile: Literal["clinical", "published"] = "clinical"
    context: int = Field(default=512, ge=32)
    chunks: int | None = Field(default=200, ge=1)
    gpu_layers: int = Field(default=0, ge=0)


def imatrix(config: ImatrixConfig, *, gguf: Artifact, calibration: Artifact, out_dir: Path) -> Artifact:
    """Compute `imatrix.gguf` of an unquantized model on calibration text.

    Figures: chunks and tokens seen, perplexity of the text, matrices covered, matrices and inputs that the
    text never excited.

    Raises:
        DataError: the text is shorter than two chunks.
        ToolError: llama-imatrix is absent or fails.
        ArtifactError: an input is not what it should be.
    """
    inputs = {
        "gguf": gguf.digest,
        "calibration": calibration.digest,
        "llama.cpp": binaries.toolchain_id(),
    }
    plan = Plan("imatrix", "imatrix", VERSION, config.model_dump(mode="json"), inputs)
    text = _text_file(config, calibration)
    model = language_model(gguf)
    return write(out_dir, plan, lambda draft: _imatrix(config, model, text, draft))


def _imatrix(config: ImatrixConfig, model: Path, text: Path, draft: Draft) -> dict[str, Any]:
    content = _checked_text(config, text)
    local = draft.path / text.name
    local.write_text(content, encoding="utf-8", newline="\n")
    with progress(f"imatrix: up to {config.chunks or 'all'} chunks of {config.context} tokens"):
        run = _run(config, model, local)
    local.unlink()
    header = read_header(draft.path / FILE)
    refuse(header, trace_faults(header), fix="report this as a bug")
    wanted = matrix_tensors(read_header(model))
    never = [name for name in wanted if name not in covered(header)]
    if never:
        say(f"imatrix: the text never reached {len(never)} of {len(wanted)} matrices: {', '.join(never[:5])}")
    return {
        "text": text.name,
        "chunks": run.chunks,
        "tokens": run.chunks * config.context,
        "perplexity": None if run.perplexity is None else run.perplexity.value,
        "perplexity_se": None if run.perplexity is None else run.perplexity.standard_error,
        "perplexity_tokens": run.chunks * (config.context - 1 - config.context // 2),
        "matrices": len(wanted),
        "matrices_covered": len(wanted) - len(never),
        "matrices_never_excited": never,
        "inputs_never_excited": idle_inputs(header),
    }


def require_chunks(config: ImatrixConfig, calibration: Artifact, count_tokens: Callable[[str], int]) -> None:
    """Check that calibration text is long enough, before hours are spent on the model it is for.

    Args:
        config: of the importance matrix.
        calibration: the text.
        count_tokens: counts the tokens of a text, with the tokenizer of the model.

    Raises:
        DataError: the text is shorter than two chunks.
    """
    text = _text_file(config, calibration)
    found = count_tokens(_checked_text(config, text))
    if found < _needed(config):
        raise _too_short(config, text, found)


def _text_file(config: ImatrixConfig, calibration: Artifact) -> Path:
    """Return the file that holds the wanted text; refuse a profile that was not named."""
    figures = calibration.manifest.figures
    profile = figures.get("profile", "unknown")
    if profile != config.profile:
        raise ArtifactError(
            f"{calibration.path} has the profile {profile} where {config.profile} is expected.",
            fix="build it anew, or, to use the published text all the same, set imatrix.profile to published",
        )
    if config.text not in figures["files"]:
        raise ArtifactError(
            f"{calibration.path} has no text {config.text!r}.",
            fix=f"set imatrix.text to one of: {', '.join(figures['files'])}",
        )
    return calibration.file(figures["files"][config.text])


def _checked_text(config: ImatrixConfig, text: Path) -> str:
    """Read the text; the leading BOS goes, because llama-imatrix puts one before every chunk itself."""
    content = text.read_text(encoding="utf-8").removeprefix(BOS)
    size = len(content.encode())
    if size < _needed(config):  # a token is at least one byte
        raise DataError(
            f"{size} bytes cannot hold the {_needed(config)} tokens of two chunks of {config.context}",
            file=text,
            fix=_MORE_TEXT,
        )
    return content


def _needed(config: ImatrixConfig) -> int:
    return 2 * config.context


def _too_short(config: ImatrixConfig, text: Path, found: int) -> DataError:
    what = f"holds {found} tokens; {_needed(config)} are needed for two chunks of {config.context}"
    return DataError(what, file=text, fix=_MORE_TEXT)


def _run(config: ImatrixConfig, model: Path, text: Path) -> ImatrixRun:
    """Run llama-imatrix in the draft's folder: the name of the text stands in the file it writes."""
    arguments: list[str | Path] = ["-m", model, "-f", text.name, "-o", FILE, "-c", str(config.context)]
    arguments += ["-b", str(config.context), "--parse-special", "-ngl", str(config.gpu_layers)]
    arguments += ["--chunks", str(config.chunks)] if config.chunks is not None else []
    try:
        return process.run_parsed("llama-imatrix", arguments, parse_imatrix, cwd=text.parent)
    except ToolError as error:
        short = _TOO_SHORT.search(str(error))
        if short is None:
            raise
        raise _too_short(config, Path(text.name), int(short[1])) from error


def covered(matrix: GgufHeader) -> frozenset[str]:
    """Name the weight matrices that an importance matrix says something about."""
    return frozenset(
        tensor.name.removesuffix(_SUMS) for tensor in matrix.tensors if tensor.name.endswith(_SUMS)
    )


def idle_inputs(matrix: GgufHeader) -> dict[str, int]:
    """Count, by matrix, the inputs that were zero in every token; matrices without any are left out."""
    names = sorted(covered(matrix))
    counts = {name: int(np.count_nonzero(read_tensor(matrix, name + _SUMS) == 0)) for name in names}
    return {name: count for name, count in counts.items() if count}
