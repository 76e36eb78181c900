"""Stage 6: is the file that ships still the model that was trained, and what did quantization cost?

Compares the transformers model, its unquantized GGUF file and each quantized one on held-out prompts and
text. Every hop is measured; a declared limit that is not met ends the command with exit status 3, after the
measurements are safe on disk.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from bedside.artifact import Artifact, Draft, Input, Plan, write
from bedside.console import progress
from bedside.disk import require_space
from bedside.engine import HfEngine, open_engine
from bedside.errors import ThresholdError
from bedside.estimates import Estimate, exact
from bedside.examples import Example
from bedside.llamacpp import binaries
from bedside.llamacpp.gguf_file import read_header, token_types
from bedside.llamacpp.model_files import language_model, projector
from bedside.llamacpp.server import server_id
from bedside.measurements import Measurement, at_most, read_measurements, write_measurements
from bedside.verify import reference
from bedside.verify.divergence import divergence_rows, measure_divergence, reference_row
from bedside.verify.held_out import chat_examples, parity_prompts, read_test_split
from bedside.verify.parity import PromptParity, compare, parity_rows, write_parity
from bedside.verify.speed import measure_speed, speed_row

__all__ = ["VerifyConfig", "verify"]

VERSION = 2
METRICS, TIMINGS, PARITY = "metrics.json", "timings.json", "parity.json"
_LOGITS = "reference.logits"


class VerifyConfig(BaseModel):
    """What to measure, and the limits that must hold.

    Attributes:
        text_prompts: prompts without a picture for the parity of transformers and the unquantized GGUF.
        image_prompts: prompts with a picture for the same.
        max_tokens: longest greedy answer that is compared.
        max_abs_delta_logprob: limit of the largest |Δ log-probability|, nats.
        mean_abs_delta_logprob: limit of the mean |Δ log-probability|, nats.
        served_context: tokens of context of the server that parity asks.
        context: tokens in a chunk of text for perplexity and KL divergence.
        chunks: how many chunks at most.
        bench_prompt_tokens: length of the prompt that is timed.
        bench_generated_tokens: tokens whose generation is timed.
        bench_repetitions: how often each is timed.
        gpu_layers: layers computed on a GPU by llama.cpp.
        seed: seed of the bootstrap intervals.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    text_prompts: int = Field(default=8, ge=1)
    image_prompts: int = Field(default=8, ge=1)
    max_tokens: int = Field(default=64, ge=1)
    max_abs_delta_logprob: float = Field(default=0.01, gt=0)
    mean_abs_delta_logprob: float = Field(default=0.001, gt=0)
    served_context: int = Field(default=4096, ge=256)
    context: int = Field(default=512, ge=256)
    chunks: int = Field(default=16, ge=1)
    bench_prompt_tokens: int = Field(default=256, ge=1)
    bench_generated_tokens: int = Field(default=64, ge=1)
    bench_repetitions: int = Field(default=5, ge=3)
    gpu_layers: int = Field(default=0, ge=0)
    seed: int = 0


def verify(
    config: VerifyConfig,
    *,
    model: Input,
    gguf: Artifact,
    quants: Mapping[str, Artifact],
    dataset: Artifact,
    out_dir: Path,
) -> Artifact:
    """Measure parity, perplexity, KL divergence, size and speed; check the declared limits of parity.

    Args:
        config: what to measure, and the limits.
        model: the transformers model, the reference.
        gguf: what it was converted to, unquantized.
        quants: the quantized files by type.
        dataset: its test split is what everything is measured on.
        out_dir: where the artifact is made.

    Raises:
        ThresholdError: transformers and the unquantized GGUF file differ by more than the limits; the
            artifact is finished and holds the figures.
        DataError: the test split is too small.
        ToolError: a program is absent or fails.
    """
    inputs = {"model": model.digest, "gguf": gguf.digest, "dataset": dataset.digest}
    inputs |= {f"quant {name}": quant.digest for name, quant in quants.items()}
    inputs |= {"llama.cpp": binaries.toolchain_id(), "server": server_id(gpu_layers=config.gpu_layers)}
    plan = Plan("verification", "verify", VERSION, config.model_dump(mode="json"), inputs)
    artifact = write(
        out_dir,
        plan,
        lambda draft: _verify(config, model=model, gguf=gguf, quants=quants, dataset=dataset, draft=draft),
    )
    _check_limits(config, artifact)
    return artifact


def _verify(
    config: VerifyConfig,
    *,
    model: Input,
    gguf: Artifact,
    quants: Mapping[str, Artifact],
    dataset: Artifact,
    draft: Draft,
) -> dict[str, Any]:
    examples = read_test_split(dataset)
    source = language_model(gguf)
    files = {source.stem.removeprefix("model-"): source}
    files |= {name: language_model(quant) for name, quant in quants.items()}
    rows = [
        *_parity(config, model=model.path, gguf=gguf, examples=examples, dataset=dataset, folder=draft.path)
    ]
    text = reference.tokenize(
        model.path,
        chat_examples(examples),
        vocabulary=len(token_types(read_header(source))),
        context=config.context,
        chunks=config.chunks,
    )
    rows += _divergence(config, model.path, text, files, draft.path)
    rows += [
        Measurement("file_bytes", name, exact(file.stat().st_size), "byte") for name, file in files.items()
    ]
    write_measurements(draft.path / METRICS, rows)
    write_measurements(draft.path / TIMINGS, _speed(config, files))
    draft.clock(TIMINGS)
    return {"chunks": text.chunks, "scored_tokens": reference.scored_tokens(text), "subjects": list(files)}


def _parity(
    config: VerifyConfig,
    *,
    model: Path,
    gguf: Artifact,
    examples: Sequence[Example],
    dataset: Artifact,
    folder: Path,
) -> tuple[Measurement, ...]:
    """Compare transformers with the unquantized file as a server serves it; write a row for each prompt."""
    mmproj = projector(gguf)
    pictures = config.image_prompts if mmproj is not None else 0
    prompts = parity_prompts(examples, dataset, text=config.text_prompts, image=pictures)
    hf = HfEngine(model)
    with (
        open_engine(
            language_model(gguf), mmproj, n_ctx=config.served_context, gpu_layers=config.gpu_layers
        ) as server,
        progress("verify: transformers against the unquantized GGUF", total=len(prompts)) as bar,
    ):
        found: list[PromptParity] = []
        for prompt in prompts:
            found.append(compare(hf, server, prompt, max_tokens=config.max_tokens))
            bar.advance()
    write_parity(folder / PARITY, found)
    return (
        *parity_rows(found, "text", seed=config.seed),
        *parity_rows(found, "image", seed=config.seed),
    )


def _divergence(
    config: VerifyConfig, model: Path, text: reference.Reference, files: Mapping[str, Path], folder: Path
) -> list[Measurement]:
    """Write the reference's logits, compare every file with them, and remove them again."""
    require_space(folder, reference.reference_bytes(text), what="the reference model's logits")
    logits = folder / _LOGITS
    n = reference.scored_tokens(text)
    try:
        with progress("verify: perplexity and KL divergence", total=1 + len(files)) as bar:
            surprisal = reference.write_logits(logits, text, reference.hf_logits(model))
            rows = [reference_row(surprisal)]
            bar.advance()
            for name, file in files.items():
                found = measure_divergence(file, logits, context=text.context, gpu_layers=config.gpu_layers)
                rows += divergence_rows(name, found, n=n)
                bar.advance()
    finally:
        logits.unlink(missing_ok=True)
    return rows


def _speed(config: VerifyConfig, files: Mapping[str, Path]) -> list[Measurement]:
    with progress("verify: speed", total=len(files)) as bar:
        rows: list[Measurement] = []
        for name, file in files.items():
            measured = measure_speed(
                file,
                prompt_tokens=config.bench_prompt_tokens,
                generated_tokens=config.bench_generated_tokens,
                repetitions=config.bench_repetitions,
                gpu_layers=config.gpu_layers,
            )
            rows += [speed_row(name, row) for row in measured]
            bar.advance()
    return rows


def _check_limits(config: VerifyConfig, artifact: Artifact) -> None:
    limits = {
        "hf_f16_max_abs_delta_logprob": config.max_abs_delta_logprob,
        "hf_f16_mean_abs_delta_logprob": config.mean_abs_delta_logprob,
    }
    broken = [
        f"{limit.row.name} on {limit.row.subject} prompts is {_shown(limit.row.estimate)}, "
        f"the limit is {limit.bound:g}"
        for limit in at_most(read_measurements(artifact.file(METRICS)), limits)
        if not limit.is_met
    ]
    if broken:
        raise ThresholdError(
            f"The GGUF file is not the model it was converted from: {'; '.join(broken)}.",
            fix=f"{artifact.path / PARITY} shows each prompt; convert with outtype f32 to see whether "
            "rounding is the cause, or raise the limit under verify: where the difference is acceptable",
        )


def _shown(estimate: Estimate) -> str:
    return estimate.method if estimate.value is None else f"{estimate.value:.4g}"
