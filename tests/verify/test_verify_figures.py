"""What the programs print becomes estimates with an interval, an n and a method."""

import math

import numpy as np
import pytest

from bedside.llamacpp.outputs import BenchRow, Divergence
from bedside.verify.divergence import divergence_rows, reference_row
from bedside.verify.speed import speed_row

FOUND = Divergence(
    kl_mean=0.04,
    kl_mean_se=0.002,
    kl_max=1.0,
    kl_p999=0.5,
    kl_median=0.01,
    delta_p_rms=0.02,
    delta_p_rms_se=0.001,
    same_top=0.995,
    same_top_se=0.001,
    ppl=5.0,
    ppl_se=0.1,
    ppl_reference=4.9,
    ppl_reference_se=0.1,
    n_tokens=0,
)


def test_each_figure_has_its_interval_and_n() -> None:
    rows = {row.name: row.estimate for row in divergence_rows("Q4_K_M", FOUND, n=1000)}
    assert rows["kl_divergence"].low == pytest.approx(0.04 - 1.96 * 0.002)
    assert rows["kl_divergence"].high == pytest.approx(0.04 + 1.96 * 0.002)
    assert rows["perplexity"].high == pytest.approx(5.196)
    assert "1.96 standard errors" in rows["perplexity"].method
    assert rows["kl_divergence_p999"].value == 0.5
    assert rows["kl_divergence_p999"].low is None
    assert rows["top1_agreement"].value == pytest.approx(0.995)
    assert rows["top1_agreement"].high is not None
    assert rows["top1_agreement"].high < 1
    assert {estimate.n for estimate in rows.values()} == {1000}


def test_what_is_not_a_number_is_undefined() -> None:
    broken = Divergence(**{**vars(FOUND), "kl_mean": math.nan, "same_top": math.nan, "ppl_se": math.inf})
    rows = {row.name: row.estimate for row in divergence_rows("Q4_K_M", broken, n=10)}
    assert rows["kl_divergence"].value is rows["top1_agreement"].value is rows["perplexity"].value is None
    assert rows["kl_divergence"].method.startswith("undefined")


def test_the_reference_has_its_own_exact_perplexity() -> None:
    surprisal = np.array([1.0, 2.0, 3.0])
    row = reference_row(surprisal)
    assert (row.name, row.subject, row.estimate.n) == ("perplexity", "hf", 3)
    assert row.estimate.value == pytest.approx(math.exp(2))
    assert row.estimate.high == pytest.approx(math.exp(2) * (1 + 1.96 / math.sqrt(3)))


@pytest.mark.parametrize(
    ("prompt", "generated", "name"), [(256, 0, "prompt_tokens_per_second"), (0, 64, "tokens_per_second")]
)
def test_speed_is_the_median_of_the_repetitions(prompt: int, generated: int, name: str) -> None:
    row = speed_row("Q8_0", BenchRow(prompt, generated, 2, 0, "CPU", 12.0, 1.0, (10.0, 11.0, 99.0)))
    assert (row.name, row.unit, row.estimate.value, row.estimate.n) == (name, "token/s", 11.0, 3)
    assert (row.estimate.low, row.estimate.high) == (10.0, 99.0)
    assert f"{prompt or generated} tokens on 2 threads" in row.estimate.method
