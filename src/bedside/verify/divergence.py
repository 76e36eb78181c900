"""Measure with llama-perplexity how far a GGUF file's predictions are from the reference model's."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bedside.estimates import Estimate, exact, undefined, wilson
from bedside.llamacpp import process
from bedside.llamacpp.outputs import Divergence, parse_divergence
from bedside.measurements import Measurement

__all__ = ["divergence_rows", "measure_divergence", "reference_row"]

RESOLUTION = 1e-6
"""llama-perplexity prints divergences with six decimals."""
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
    percentile = _percentile(found.kl_p999, n)
    agreeing = undefined(n, "not a number") if math.isnan(found.same_top) else _share(found.same_top, n)
    return (
        Measurement("perplexity", subject, _with_error(found.ppl, found.ppl_se, n), "1"),
        Measurement("kl_divergence", subject, _divergence(found.kl_mean, found.kl_mean_se, n), "nat"),
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
    if not math.isfinite(value) or not math.isfinite(half):
        return Measurement("perplexity", "hf", undefined(n, f"transformers found {value} ± {half}"), "1")
    method = "transformers in float32, mean over held-out chat tokens ± 1.96 standard errors"
    return Measurement("perplexity", "hf", Estimate(value, value - half, value + half, n, method), "1")


def _with_error(value: float, standard_error: float, n: int) -> Estimate:
    half = _Z * standard_error
    if not math.isfinite(value) or not math.isfinite(half):
        return undefined(n, f"llama-perplexity found {value} ± {standard_error}")
    return Estimate(value, value - half, value + half, n, _METHOD)


def _divergence(value: float, standard_error: float, n: int) -> Estimate:
    """Return a mean KL divergence, which is never negative, and 0 only for equal distributions.

    llama-perplexity prints six decimals, so its 0.000000 means less than the resolution; the upper end is
    then the largest that is printed so. A small negative mean comes of its 16-bit logits.
    """
    if not math.isfinite(value) or not math.isfinite(standard_error):
        return undefined(n, f"llama-perplexity found {value} ± {standard_error}")
    half = _Z * standard_error
    if value < RESOLUTION:
        high = abs(value) + RESOLUTION / 2 + _Z * (standard_error + RESOLUTION / 2)
        return Estimate(0.0, 0.0, high, n, f"{_METHOD}; {_below(value)}")
    floor = "; lower end raised to 0" if value < half else ""
    return Estimate(value, max(0.0, value - half), value + half, n, _METHOD + floor)


def _percentile(value: float, n: int) -> Estimate:
    method = "99.9th percentile over held-out chat tokens; no interval"
    if value < RESOLUTION:
        return exact(0.0, n=n, method=f"{method}; {_below(value)}")
    return exact(value, n=n, method=method)


def _below(value: float) -> str:
    found = "" if value == 0 else f"found {value:.6f}, "
    return f"{found}below the tool's resolution of 1e-6"


def _share(share: float, n: int) -> Estimate:
    return wilson(round(share * n), n)
