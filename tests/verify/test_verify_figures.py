"""What the programs print becomes estimates with an interval, an n and a method."""

import math

import numpy as np
import pytest

from bedside.estimates import Estimate
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


def kl_of(mean: float, error: float) -> Estimate:
    found = Divergence(**{**vars(FOUND), "kl_mean": mean, "kl_mean_se": error})
    return {row.name: row.estimate for row in divergence_rows("f16", found, n=1000)}["kl_divergence"]


def test_a_divergence_below_what_the_tool_prints_is_not_exactly_zero() -> None:
    estimate = kl_of(0.0, 0.0)
    assert (estimate.value, estimate.low) == (0.0, 0.0)
    assert estimate.high is not None
    assert 0 < estimate.high < 2e-6
    assert "below the tool's resolution of 1e-6" in estimate.method


def test_a_divergence_has_no_negative_bound_and_says_where_it_was_raised() -> None:
    estimate = kl_of(0.0004, 0.0003)
    assert (estimate.value, estimate.low) == (0.0004, 0.0)
    assert "lower end raised to 0" in estimate.method
    assert "raised" not in kl_of(0.0004, 0.0001).method
    negative = kl_of(-0.00002, 0.000001)
    assert (negative.value, negative.low) == (0.0, 0.0)
    assert negative.high is not None
    assert negative.high > 0.00002
    assert "found -0.000020" in negative.method


def test_speeds_that_are_no_numbers_are_undefined() -> None:
    row = speed_row("Q8_0", BenchRow(256, 0, 2, 0, "CPU", 12.0, 1.0, (10.0, math.nan, 99.0)))
    assert row.estimate.value is None


def test_a_reference_that_is_not_a_number_is_undefined() -> None:
    row = reference_row(np.array([1.0, math.nan, 3.0]))
    assert row.estimate.value is None
    assert row.estimate.method.startswith("undefined")


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
