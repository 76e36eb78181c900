"""Every stage as a command on folders, one after the other, on the finished demo run."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from bedside.cli import main

pytestmark = [pytest.mark.train, pytest.mark.llamacpp]


@pytest.fixture
def made(capsys: pytest.CaptureFixture[str]) -> Callable[..., dict[str, object]]:
    """Run a command with `--json` and return what it prints."""

    def run(*arguments: object) -> dict[str, object]:
        main([*map(str, arguments), "--json"])
        return json.loads(capsys.readouterr().out)

    return run


def test_each_stage_is_a_command(
    demo_run: Path, tmp_path: Path, made: Callable[..., dict[str, object]]
) -> None:
    out = tmp_path
    calibration = made("calibration", "build", demo_run / "dataset", "--out", out / "calibration")
    assert calibration["kind"] == "calibration"
    steps = ("--set", "max_steps=2", "--set", "save_steps=2", "--set", "logging_steps=2")
    adapter = made("train", demo_run / "dataset", "--base", "demo", "--out", out / "adapter", *steps)
    assert adapter["figures"]["steps"] == 2
    model = made("merge", out / "adapter", "--base", "demo", "--out", out / "model")
    assert model["figures"]["argmax_agreement"] == 1.0
    assert made("convert", out / "model", "--out", out / "gguf")["kind"] == "gguf"
    matrix = ("--calibration", out / "calibration", "--out", out / "imatrix", "--set", "context=256")
    assert made("imatrix", out / "gguf", *matrix)["kind"] == "imatrix"
    quant = ("--imatrix", out / "imatrix", "--out", out / "gguf-Q4_K_M")
    assert made("quantize", out / "gguf", "Q4_K_M", *quant)["kind"] == "gguf"
    quants = ("--quant", f"Q4_K_M={out / 'gguf-Q4_K_M'}", "--dataset", demo_run / "dataset")
    few = ("--set", "text_prompts=1", "--set", "image_prompts=1", "--set", "chunks=2")
    verification = made(
        *("verify", out / "model", "--gguf", out / "gguf", *quants, "--out", out / "verification", *few)
    )
    assert verification["kind"] == "verification"
    models = ("--model", f"base={demo_run / 'gguf-base'}", "--model", f"tuned-f16={out / 'gguf'}")
    models += ("--model", f"Q4_K_M={out / 'gguf-Q4_K_M'}", "--projector", out / "gguf")
    asked = ("--set", "max_examples=4", "--set", "resamples=100", "--out", out / "evaluation")
    assert made("evaluate", demo_run / "dataset", *models, *asked)["kind"] == "evaluation"
    report = made("report", demo_run, "--out", out / "report")
    assert report["kind"] == "report"
    assert (out / "report" / "report.html").is_file()


def test_ask_answers_from_the_terminal(
    demo_run: Path, made: Callable[..., dict[str, object]], capsys: pytest.CaptureFixture[str]
) -> None:
    """The right finding in the right form, from a picture of the held-out split."""
    rows = [json.loads(line) for line in (demo_run / "dataset" / "test.jsonl").read_text().splitlines()]
    row = next(row for row in rows if row.get("target") == ["atrial fibrillation"])
    picture = demo_run / "dataset" / row["images"][0]
    answer = made("ask", demo_run, "Interpret this ECG.", "--image", picture)
    assert str(answer["text"]).startswith("Findings: atrial fibrillation.\nAction: ")
    with pytest.raises(SystemExit):
        main(["ask", str(demo_run), "Interpret this ECG.", "--image", str(demo_run / "report" / "card.md")])
    assert "not a readable picture" in capsys.readouterr().err
