"""Read what the llama.cpp programs print: pure functions from text to figures.

llama.cpp's programs exit with 0 after several kinds of failure and may lose their last lines, so a
missing summary line is a `ToolError` whatever the exit status (see `process.run_parsed`, which also
looks for error lines). Knows text only: starts nothing, reads no file.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

from bedside.errors import ToolError

__all__ = [
    "BenchRow",
    "Divergence",
    "ImatrixRun",
    "Perplexity",
    "QuantizeReport",
    "TensorChange",
    "ToolOutput",
    "error_line",
    "parse_bench",
    "parse_divergence",
    "parse_imatrix",
    "parse_perplexity",
    "parse_quantize",
]


@dataclass(frozen=True)
class ToolOutput:
    """What a program printed, and how long it ran."""

    stdout: str
    stderr: str
    seconds: float

    @property
    def text(self) -> str:
        """Both streams, one after the other."""
        return f"{self.stdout}\n{self.stderr}"


@dataclass(frozen=True)
class Perplexity:
    """Perplexity of a text and its standard error; `n_tokens` is how many tokens were scored."""

    value: float
    standard_error: float
    n_tokens: int


@dataclass(frozen=True)
class Divergence:
    """How far a quantized model's next-token distributions are from the reference model's.

    KL divergence in nats, KL(reference ‖ quantized), over the scored tokens; Δp is the change of the
    probability of the true next token; `_se` fields are standard errors of the mean.
    """

    kl_mean: float
    kl_mean_se: float
    kl_max: float
    kl_p999: float
    kl_median: float
    delta_p_rms: float
    delta_p_rms_se: float
    same_top: float
    same_top_se: float
    ppl: float
    ppl_se: float
    ppl_reference: float
    ppl_reference_se: float
    n_tokens: int


@dataclass(frozen=True)
class ImatrixRun:
    """What llama-imatrix says at its end: chunks seen and the perplexity of the calibration text.

    The perplexity is `None` where the program was told not to compute it.
    """

    chunks: int
    perplexity: Perplexity | None


@dataclass(frozen=True)
class TensorChange:
    """What llama-quantize did to one tensor: its type before and after."""

    name: str
    source_type: str
    target_type: str


@dataclass(frozen=True)
class QuantizeReport:
    """What llama-quantize did.

    Attributes:
        tensors: every tensor in the order of the file.
        model_mib: size of the source's tensors, MiB.
        quant_mib: size of the result's tensors, MiB.
        bits_per_weight: of the result.
        fallbacks: lines that tell of a tensor that could not take the wanted type.
    """

    tensors: tuple[TensorChange, ...]
    model_mib: float
    quant_mib: float
    bits_per_weight: float
    fallbacks: tuple[str, ...]


@dataclass(frozen=True)
class BenchRow:
    """Speed of prompt processing (`n_prompt` > 0) or of generation (`n_gen` > 0), tokens per second.

    `samples` holds the speed of each repetition.
    """

    n_prompt: int
    n_gen: int
    threads: int
    gpu_layers: int
    backends: str
    tokens_per_second: float
    tokens_per_second_sd: float
    samples: tuple[float, ...]


_ERRORS = re.compile(
    r"\d\.\d\d\.\d{3}\.\d{3} E .*|^(?:error|Error): .*|^.*non-finite values detected.*$", re.MULTILINE
)


def error_line(output: ToolOutput) -> str | None:
    """Return the first line that reports an error, `None` where there is none."""
    found = _ERRORS.search(output.text)
    return found.group().strip() if found else None


def _missing(output: ToolOutput, what: str) -> ToolError:
    return ToolError(
        f"the program ended without {what}",
        tail=tail(output.text),
        fix="run it again; if it repeats: `bedside toolchain install` builds tools that do not lose lines",
    )


def tail(text: str, lines: int = 12) -> str:
    """Return the last lines that are not empty."""
    return "\n".join([line for line in text.splitlines() if line.strip()][-lines:])


def _numbers(output: ToolOutput, pattern: str, what: str) -> tuple[float, ...]:
    found = re.search(pattern, output.text, re.MULTILINE)
    if found is None:
        raise _missing(output, what)
    return tuple(float(group) for group in found.groups())


def _tokens(output: ToolOutput) -> int:
    """Return how many tokens were scored: n_ctx - 1 - n_ctx // 2 in each chunk."""
    found = re.search(r"over (\d+) chunks?, n_ctx=(\d+)", output.text)
    if found is None:
        return 0
    chunks, n_ctx = int(found[1]), int(found[2])
    return chunks * (n_ctx - 1 - n_ctx // 2)


def parse_perplexity(output: ToolOutput) -> Perplexity:
    """Read the final estimate of llama-perplexity (or of llama-imatrix).

    Raises:
        ToolError: the line is not there.
    """
    value, error = _numbers(
        output, r"Final estimate: PPL = (\S+) \+/- (\S+)", "its line 'Final estimate: PPL'"
    )
    return Perplexity(value, error, _tokens(output))


def parse_divergence(output: ToolOutput) -> Divergence:
    """Read the statistics of `llama-perplexity --kl-divergence`; percentages become fractions.

    Raises:
        ToolError: a line of the summary is not there.
    """

    def pair(pattern: str, what: str) -> tuple[float, float]:
        value, error = _numbers(output, pattern + r"\s*(\S+)\s*±\s*(\S+)", f"its line {what!r}")
        return value, error

    def single(pattern: str, what: str) -> float:
        return _numbers(output, pattern + r"\s*(\S+)", f"its line {what!r}")[0]

    mean, mean_se = pair(r"^Mean\s+KLD:", "Mean KLD")
    delta, delta_se = pair(r"^RMS Δp\s*:", "RMS Δp")
    same, same_se = pair(r"^Same top p:", "Same top p")
    ppl, ppl_se = pair(r"^Mean PPL\(Q\)\s*:", "Mean PPL(Q)")
    reference, reference_se = pair(r"^Mean PPL\(base\)\s*:", "Mean PPL(base)")
    return Divergence(
        kl_mean=mean,
        kl_mean_se=mean_se,
        kl_max=single(r"^Maximum KLD:", "Maximum KLD"),
        kl_p999=single(r"^99\.9%\s+KLD:", "99.9% KLD"),
        kl_median=single(r"^Median\s+KLD:", "Median KLD"),
        delta_p_rms=delta / 100,
        delta_p_rms_se=delta_se / 100,
        same_top=same / 100,
        same_top_se=same_se / 100,
        ppl=ppl,
        ppl_se=ppl_se,
        ppl_reference=reference,
        ppl_reference_se=reference_se,
        n_tokens=_tokens(output),
    )


def parse_imatrix(output: ToolOutput, *, with_perplexity: bool = True) -> ImatrixRun:
    """Read how many chunks llama-imatrix saw and the perplexity of its text.

    `with_perplexity=False` where it was told `--no-ppl`, so that nothing is expected.

    Raises:
        ToolError: a line is not there.
    """
    (chunks,) = _numbers(output, r"computing over (\d+) chunks", "its line 'computing over … chunks'")
    return ImatrixRun(int(chunks), parse_perplexity(output) if with_perplexity else None)


_TENSOR = re.compile(r"^\[ *\d+/ *\d+\] (\S+) +- \[[^\]]*\], type = +(\S+), ", re.MULTILINE)


def parse_quantize(output: ToolOutput) -> QuantizeReport:
    """Read what llama-quantize did to each tensor, the sizes, and the tensors that fell back.

    Raises:
        ToolError: a size line is not there, or no tensor is listed.
    """
    text = output.text
    heads = list(_TENSOR.finditer(text))
    if not heads:
        raise _missing(output, "a list of tensors")
    ends = [head.start() for head in heads[1:]] + [len(text)]
    changes: list[TensorChange] = []
    for head, end in zip(heads, ends, strict=True):
        target = re.search(r"converting to (\S+) \.\.", text[head.end() : end])
        changes.append(TensorChange(head[1], head[2], target[1] if target else head[2]))
    (model_mib,) = _numbers(output, r"model size\s+=\s+(\S+) MiB", "its line 'model size'")
    quant_mib, bits = _numbers(output, r"quant size\s+=\s+(\S+) MiB \((\S+) BPW\)", "its line 'quant size'")
    fallbacks = tuple(line.strip() for line in text.splitlines() if "falling back to" in line)
    return QuantizeReport(tuple(changes), model_mib, quant_mib, bits, fallbacks)


def parse_bench(output: ToolOutput) -> tuple[BenchRow, ...]:
    """Read the rows of `llama-bench -o json`.

    Raises:
        ToolError: stdout is not the JSON list it should be, or the list is empty.
    """
    try:
        rows = tuple(_bench_row(row) for row in json.loads(output.stdout))
    except (ValueError, KeyError, TypeError) as error:
        raise _missing(output, "its JSON list of measurements") from error
    if not rows:
        raise _missing(output, "any measurement")
    return rows


def _bench_row(row: dict[str, object]) -> BenchRow:
    def number(key: str) -> float:
        return float(str(row[key]))

    samples = row["samples_ts"]
    if not isinstance(samples, list):
        raise TypeError(samples)
    return BenchRow(
        n_prompt=int(number("n_prompt")),
        n_gen=int(number("n_gen")),
        threads=int(number("n_threads")),
        gpu_layers=int(number("n_gpu_layers")),
        backends=str(row["backends"]),
        tokens_per_second=number("avg_ts"),
        tokens_per_second_sd=number("stddev_ts"),
        samples=tuple(float(str(sample)) for sample in samples),
    )
