"""Measure with llama-perplexity how far a GGUF file's predictions are from the reference model's."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bedside.estimates import Estimate, undefined, wilson
from bedside.llamacpp import process
from bedside.llamacpp.outputs import Divergence, parse_divergence
from bedside.measurements import Measurement

__all__ = ["divergence_rows", "measure_divergence", "reference_row"]

_Z = 1.96
_METHOD = (
    "llama-perplexity, mean over held-out chat tokens ± 1.96 standard errors, tokens taken as independent"
)


def measure_divergence(gguf: Path, logits: Path, *, context: int, gpu_layers: int) -> Divergence:
    """Run llama-perplexity against a file of reference logits.

    Raises:
        ToolError: it is absent or fails.
    """
    size = str(context)
    arguments: list[str | Path] = ["-m", gguf, "--kl-divergence", "--kl-divergence-base", logits]
    arguments += ["-c", size, "-b", size, "-ub", size, "-ngl", str(gpu_layers)]
    return process.run_parsed("llama-perplexity", arguments, parse_divergence, cwd=logits.parent)


def divergence_rows(subject: str, found: Divergence, *, n: int) -> tuple[Measurement, ...]:
    """Return what llama-perplexity found of one file, `n` tokens scored, as measurements."""
    percentile = _point(found.kl_p999, n, "99.9th percentile over held-out chat tokens; no interval")
    agreeing = undefined(n, "not a number") if math.isnan(found.same_top) else _share(found.same_top, n)
    return (
        Measurement("perplexity", subject, _with_error(found.ppl, found.ppl_se, n), "1"),
        Measurement("kl_divergence", subject, _with_error(found.kl_mean, found.kl_mean_se, n), "nat"),
        Measurement("kl_divergence_p999", subject, percentile, "nat"),
        Measurement("top1_agreement", subject, agreeing, "1"),
    )


def reference_row(surprisal: NDArray[np.float64]) -> Measurement:
    """Return the perplexity of the reference model itself, exp of the mean −log P of the scored tokens.

    Its standard error is perplexity · s / √n (delta method), as llama-perplexity has it.
    """
    n = int(surprisal.size)
    value = float(np.exp(surprisal.mean()))
    half = _Z * value * float(surprisal.std(ddof=1)) / math.sqrt(n)
    method = "transformers in float32, mean over held-out chat tokens ± 1.96 standard errors"
    return Measurement("perplexity", "hf", Estimate(value, value - half, value + half, n, method), "1")


def _with_error(value: float, standard_error: float, n: int) -> Estimate:
    half = _Z * standard_error
    if not math.isfinite(value) or not math.isfinite(half):
        return undefined(n, f"llama-perplexity found {value} ± {standard_error}")
    return Estimate(value, value - half, value + half, n, _METHOD)


def _point(value: float, n: int, method: str) -> Estimate:
    return Estimate(value, None, None, n, method) if math.isfinite(value) else undefined(n, f"found {value}")


def _share(share: float, n: int) -> Estimate:
    return wilson(round(share * n), n)
