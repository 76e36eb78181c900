"""The parsers, on output recorded from the real programs."""

from pathlib import Path

import pytest

from bedside.errors import ToolError
from bedside.llamacpp import outputs
from bedside.llamacpp.outputs import Divergence, Perplexity, TensorChange, ToolOutput

RECORDED = Path(__file__).parent / "recorded"


def recorded(name: str) -> ToolOutput:
    out, err = (RECORDED / f"{name}.{stream}" for stream in ("stdout", "stderr"))
    return ToolOutput(out.read_text(), err.read_text() if err.exists() else "", 1.0)


def without(output: ToolOutput, part: str) -> ToolOutput:
    def keep(text: str) -> str:
        return "\n".join(line for line in text.splitlines() if part not in line)

    return ToolOutput(keep(output.stdout), keep(output.stderr), output.seconds)


def test_perplexity() -> None:
    found = outputs.parse_perplexity(recorded("perplexity"))
    assert found == Perplexity(value=1511.0643, standard_error=39.57334, n_tokens=8 * 127)


def test_divergence() -> None:
    assert outputs.parse_divergence(recorded("divergence")) == Divergence(
        kl_mean=0.009191,
        kl_mean_se=0.000070,
        kl_max=0.021436,
        kl_p999=0.017838,
        kl_median=0.008960,
        delta_p_rms=pytest.approx(0.00039),
        delta_p_rms_se=pytest.approx(0.00009),
        same_top=pytest.approx(0.99803),
        same_top_se=pytest.approx(0.00139),
        ppl=1501.755071,
        ppl_se=39.409219,
        ppl_reference=1511.065362,
        ppl_reference_se=39.573307,
        n_tokens=8 * 127,
    )


def test_imatrix() -> None:
    found = outputs.parse_imatrix(recorded("imatrix"))
    assert found.chunks == 8
    assert found.perplexity is not None
    assert found.perplexity.value > 1000
    assert (
        outputs.parse_imatrix(without(recorded("imatrix"), "Final"), with_perplexity=False).perplexity is None
    )


def test_quantize() -> None:
    report = outputs.parse_quantize(recorded("quantize"))
    assert len(report.tensors) == 28
    assert report.tensors[:3] == (
        TensorChange("output_norm.weight", "f32", "f32"),
        TensorChange("token_embd.weight", "f16", "q6_K"),
        TensorChange("blk.0.attn_k.weight", "f16", "q4_K"),
    )
    assert (report.model_mib, report.quant_mib, report.bits_per_weight) == (2.63, 0.85, 5.16)
    assert report.fallbacks == ()


def test_quantize_fallbacks_are_reported() -> None:
    report = outputs.parse_quantize(recorded("fallback"))
    assert len(report.fallbacks) == 6
    assert "blk.0.attn_k.weight" in report.fallbacks[0]
    assert TensorChange("blk.0.attn_k.weight", "f16", "q5_0") in report.tensors


def test_bench() -> None:
    prompt, generation = outputs.parse_bench(recorded("bench"))
    assert (prompt.n_prompt, prompt.n_gen, generation.n_prompt, generation.n_gen) == (64, 0, 0, 16)
    assert (prompt.backends, prompt.threads) == ("CPU", 2)
    assert len(prompt.samples) == 2
    assert prompt.tokens_per_second == pytest.approx(sum(prompt.samples) / 2, rel=0.01)


@pytest.mark.parametrize(
    ("name", "line", "parse"),
    [
        ("perplexity", "Final estimate", outputs.parse_perplexity),
        ("imatrix", "Final estimate", outputs.parse_imatrix),
        ("divergence", "Same top p:", outputs.parse_divergence),
        ("divergence", "Mean    KLD", outputs.parse_divergence),
        ("divergence", "99.9%   KLD", outputs.parse_divergence),
        ("divergence", "Mean PPL(base)", outputs.parse_divergence),
        ("quantize", "quant size", outputs.parse_quantize),
        ("quantize", "[", outputs.parse_quantize),
        ("bench", "avg_ts", outputs.parse_bench),
    ],
)
def test_a_missing_summary_line_is_an_error(name, line, parse) -> None:
    with pytest.raises(ToolError, match="ended without"):
        parse(without(recorded(name), line))


@pytest.mark.parametrize("value", ["nan", "inf", "-0.000001"])
def test_odd_numbers_are_read(value: str) -> None:
    text = recorded("divergence").stdout.replace("0.009191", value)
    assert str(outputs.parse_divergence(ToolOutput(text, "", 0)).kl_mean) == str(float(value))


def test_an_error_line_is_found_although_the_program_ended_well() -> None:
    line = outputs.error_line(recorded("too_short"))
    assert line is not None
    assert "you need at least 8192 tokens" in line


@pytest.mark.parametrize("name", ["perplexity", "divergence", "imatrix", "quantize", "fallback", "bench"])
def test_good_output_has_no_error_line(name: str) -> None:
    assert outputs.error_line(recorded(name)) is None
