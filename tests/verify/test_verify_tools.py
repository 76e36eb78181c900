"""Verify with llama.cpp's own programs, on a tiny model of random weights."""

import importlib
import json
import time
from collections.abc import Mapping
from pathlib import Path

import pytest

from bedside.artifact import Artifact
from bedside.errors import DataError, ThresholdError
from bedside.gguf import ConvertConfig, convert
from bedside.measurements import Measurement, read_measurements
from bedside.verify import VerifyConfig, verify
from tiny_model import ModelFolder, copy_of, make_dataset, make_model

pytestmark = pytest.mark.llamacpp

SMALL = VerifyConfig(
    text_prompts=3,
    image_prompts=2,
    max_tokens=12,
    mean_abs_delta_logprob=0.005,  # random weights answer nearly at random; pictures then differ by 0.0014
    served_context=512,
    context=256,
    chunks=2,
    bench_prompt_tokens=32,
    bench_generated_tokens=8,
    bench_repetitions=3,
)


@pytest.fixture(scope="module")
def verification(
    model: ModelFolder,
    f16: Artifact,
    quants: Mapping[str, Artifact],
    dataset: Artifact,
    tmp_path_factory: pytest.TempPathFactory,
) -> Artifact:
    folder = tmp_path_factory.mktemp("run") / "verification"
    return verify(SMALL, model=model, gguf=f16, quants=quants, dataset=dataset, out_dir=folder)


@pytest.fixture(scope="module")
def rows(verification: Artifact) -> dict[tuple[str, str], Measurement]:
    return {(row.name, row.subject): row for row in read_measurements(verification.file("metrics.json"))}


def value(row: Measurement) -> float:
    assert row.estimate.value is not None
    return row.estimate.value


def test_every_figure_of_every_file_is_there(rows: dict[tuple[str, str], Measurement]) -> None:
    per_file = ("perplexity", "kl_divergence", "kl_divergence_p999", "top1_agreement", "file_bytes")
    wanted = {(name, subject) for name in per_file for subject in ("f16", "Q8_0", "Q4_K_M")}
    wanted |= {("perplexity", "hf")}
    wanted |= {
        (f"hf_f16_{which}_abs_delta_logprob", k) for which in ("max", "mean") for k in ("text", "image")
    }
    assert set(rows) == wanted
    assert rows["kl_divergence", "f16"].estimate.n == 2 * (256 - 1 - 128)


def test_the_conversion_is_exact_and_each_quantization_costs_more(
    rows: dict[tuple[str, str], Measurement],
) -> None:
    divergence = {name: value(rows["kl_divergence", name]) for name in ("f16", "Q8_0", "Q4_K_M")}
    assert abs(divergence["f16"]) < 1e-4
    assert divergence["f16"] < divergence["Q8_0"] < divergence["Q4_K_M"]
    assert value(rows["perplexity", "f16"]) == pytest.approx(value(rows["perplexity", "hf"]), rel=1e-3)
    assert value(rows["file_bytes", "f16"]) > value(rows["file_bytes", "Q8_0"])
    assert value(rows["hf_f16_max_abs_delta_logprob", "image"]) < 0.01


def test_speeds_stand_outside_the_digest_and_the_logits_are_gone(verification: Artifact) -> None:
    clocks = {entry.path: entry.clock for entry in verification.manifest.files}
    assert clocks == {"metrics.json": False, "parity.json": False, "timings.json": True}
    speeds = read_measurements(verification.file("timings.json"))
    assert {(row.name, row.subject) for row in speeds} == {
        (name, subject)
        for name in ("prompt_tokens_per_second", "tokens_per_second")
        for subject in ("f16", "Q8_0", "Q4_K_M")
    }
    assert len(json.loads(verification.file("parity.json").read_text())) == 5


def test_another_model_is_told_from_the_one_converted_and_the_figures_are_kept(
    f16: Artifact, dataset: Artifact, tmp_path: Path
) -> None:
    other = make_model(tmp_path / "other", seed=1)
    arguments = {"model": other, "gguf": f16, "quants": {}, "dataset": dataset, "out_dir": tmp_path / "v"}
    with pytest.raises(ThresholdError, match="hf_f16_max_abs_delta_logprob on text prompts is") as caught:
        verify(SMALL, **arguments)
    assert caught.value.exit_code == 3
    assert len(read_measurements(tmp_path / "v" / "metrics.json")) == 10
    started = time.monotonic()
    with pytest.raises(ThresholdError):  # the finished artifact is not made again, nor passed off as good
        verify(SMALL, **arguments)
    assert time.monotonic() - started < 2


def test_a_text_model_has_no_picture_figures(
    model: ModelFolder, f16: Artifact, dataset: Artifact, tmp_path: Path
) -> None:
    only_text = make_dataset(tmp_path / "dataset", texts=30, pictures=0)
    made = verify(SMALL, model=model, gguf=f16, quants={}, dataset=only_text, out_dir=tmp_path / "v")
    found = {(r.name, r.subject): r.estimate for r in read_measurements(made.file("metrics.json"))}
    assert found["hf_f16_max_abs_delta_logprob", "image"].value is None


def test_too_small_a_test_split_says_what_is_needed(
    model: ModelFolder, f16: Artifact, tmp_path: Path
) -> None:
    little = make_dataset(tmp_path / "dataset", texts=2, pictures=0)
    with pytest.raises(DataError, match=r"the 2 conversations .* hold \d+ tokens; one chunk of 256"):
        verify(SMALL, model=model, gguf=f16, quants={}, dataset=little, out_dir=tmp_path / "v")
    assert not (tmp_path / "v").exists()


def test_control_tokens_that_became_text_are_caught(
    model: ModelFolder, dataset: Artifact, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The silent trap: a model folder whose tokens are untyped, converted without any of the checks."""
    broken = copy_of(model, tmp_path / "model")
    path = broken.path / "tokenizer_config.json"
    config = json.loads(path.read_text())
    del config["added_tokens_decoder"]
    path.write_text(json.dumps(config))
    stage = importlib.import_module(convert.__module__)
    monkeypatch.setattr(stage, "layout_problems", lambda _: ())
    monkeypatch.setattr(stage, "token_faults", lambda *_: ())
    gguf = convert(ConvertConfig(), model=broken, out_dir=tmp_path / "gguf")
    with pytest.raises(ThresholdError, match="The GGUF file is not the model it was converted from"):
        verify(SMALL, model=broken, gguf=gguf, quants={}, dataset=dataset, out_dir=tmp_path / "v")
