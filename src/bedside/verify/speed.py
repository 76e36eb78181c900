"""Measure with llama-bench how fast a GGUF file reads a prompt and generates, on this machine now."""

from __future__ import annotations

import math
from pathlib import Path
from statistics import median

from bedside.estimates import Estimate, undefined
from bedside.llamacpp import process
from bedside.llamacpp.outputs import BenchRow, parse_bench
from bedside.measurements import Measurement

__all__ = ["measure_speed", "speed_row"]


def measure_speed(
    gguf: Path, *, prompt_tokens: int, generated_tokens: int, repetitions: int, gpu_layers: int
) -> tuple[BenchRow, ...]:
    """Run llama-bench: one row for reading a prompt, one for generating.

    Raises:
        ToolError: it is absent or fails.
    """
    counts = ["-p", str(prompt_tokens), "-n", str(generated_tokens), "-r", str(repetitions)]
    arguments = ["-m", gguf, *counts, "-ngl", str(gpu_layers), "-o", "json"]
    return process.run_parsed("llama-bench", arguments, parse_bench, cwd=gguf.parent)


def speed_row(subject: str, row: BenchRow) -> Measurement:
    """Return the median speed of the repetitions with their range."""
    what = f"reading {row.n_prompt}" if row.n_prompt else f"generating {row.n_gen}"
    n = len(row.samples)
    method = f"llama-bench, {what} tokens on {row.threads} threads: median and range of {n} repetitions"
    if all(map(math.isfinite, row.samples)):
        estimate = Estimate(median(row.samples), min(row.samples), max(row.samples), n, method)
    else:
        estimate = undefined(n, f"llama-bench found {row.samples}")
    name = "prompt_tokens_per_second" if row.n_prompt else "tokens_per_second"
    return Measurement(name, subject, estimate, "token/s")
