"""The command line: exit codes, errors without tracebacks, JSON for machines, and a light start."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from bedside.cli import COMMANDS
from bedside.engine import Answer
from command_line import run

HEAVY = ("torch", "transformers", "numpy", "polars", "matplotlib", "PIL", "starlette")


@pytest.fixture
def dataset(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    recipe = tmp_path / "r.yaml"
    recipe.write_text(
        "name: r\nbase_model: demo\n"
        "dataset:\n  workers: 1\n  sources: [{kind: synthetic_ecg, subjects: 10}]\n"
    )
    assert run("dataset", "--recipe", str(recipe), "--out", str(tmp_path / "dataset")) == 0
    assert "validation" in capsys.readouterr().out
    return tmp_path / "dataset"


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help_and_json(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(*name.split(), "--help") == 0
    shown = capsys.readouterr().out
    assert "Usage: bedside" in shown
    assert "--json" in shown


def test_help_starts_without_the_heavy_libraries() -> None:
    code = (
        "import sys; from bedside.cli import main\n"
        "try: main(['--help'])\n"
        "except SystemExit: pass\n"
        f"print('LOADED', [name for name in {HEAVY!r} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "LOADED []"
    assert "evaluate" in done.stdout


def test_usage_errors_exit_with_2(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("train", "--nope") == 2
    assert run("trian") == 2
    assert "train" in capsys.readouterr().err


def test_expected_errors_exit_with_1_without_a_traceback(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("show", str(tmp_path)) == 1
    message = capsys.readouterr().err
    assert message.startswith(f"error: {tmp_path} is not an artifact")
    assert "Traceback" not in message


def test_show_tells_what_an_artifact_is_and_whether_it_was_altered(
    dataset: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("show", str(dataset), "--json") == 0
    assert json.loads(capsys.readouterr().out)["kind"] == "dataset"
    assert run("show", str(dataset), "--verify") == 0
    test = dataset / "test.jsonl"
    written = test.stat().st_mtime_ns
    test.write_text(test.read_text().replace("sinus", "xinus"))
    assert run("show", str(dataset)) == 1
    assert "was altered: test.jsonl was edited" in capsys.readouterr().err
    os.utime(test, ns=(written, written))
    assert run("show", str(dataset), "--verify") == 1
    assert "dataset: test.jsonl was altered" in capsys.readouterr().err


def test_show_lists_the_artifacts_of_a_run(dataset: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("show", str(dataset.parent), "--json") == 0
    assert [row["artifact"] for row in json.loads(capsys.readouterr().out)] == ["dataset"]


def test_settings_are_checked_like_a_recipe(dataset: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = ("--out", str(dataset.parent / "adapter"))
    assert run("train", str(dataset), "--base", "demo", *out, "--set", "lora_rank=8") == 1
    assert "lora_rank: unknown field; did you mean 'lora_r'?" in capsys.readouterr().err
    assert run("train", str(dataset), "--base", "demo", *out, "--set", "lora_r") == 1
    assert "write --set NAME=VALUE" in capsys.readouterr().err


def test_a_stage_that_needs_a_recipe_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("dataset", "--out", str(tmp_path / "d")) == 1
    message = capsys.readouterr().err
    assert "dataset (defaults): sources: this field is missing." in message
    assert "give --recipe RECIPE" in message


def test_an_unknown_base_model_names_the_command_that_fetches_it(
    dataset: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("BEDSIDE_CACHE", str(tmp_path / "cache"))
    out = ("--out", str(dataset.parent / "adapter"))
    assert run("train", str(dataset), "--base", "google/medgemma-4b-it", *out) == 1
    assert "bedside pull model google/medgemma-4b-it" in capsys.readouterr().err


def test_recipes_are_listed_and_copied_but_never_overwritten(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("recipes", "--json") == 0
    assert "demo" in [row["recipe"] for row in json.loads(capsys.readouterr().out)]
    target = tmp_path / "mine.yaml"
    assert run("recipes", "copy", "demo", "--out", str(target)) == 0
    before = target.read_text()
    assert before.startswith("# ")
    assert run("recipes", "copy", "demo", "--out", str(target)) == 1
    assert target.read_text() == before


def test_prune_tells_before_it_frees(dataset: Path, capsys: pytest.CaptureFixture[str]) -> None:
    half = dataset.parent / "model.partial-0123456789abcdef"
    half.mkdir()
    (half / "weights").write_bytes(b"x" * 100)
    assert run("prune", str(dataset.parent), "--dry-run", "--json") == 0
    assert json.loads(capsys.readouterr().out) == [{"folder": str(half), "bytes": 100, "why": "interrupted"}]
    assert half.exists()
    assert run("prune", str(dataset.parent)) == 0
    assert not half.exists()
    assert dataset.exists()


def test_a_path_that_cannot_be_written_is_named_without_a_traceback(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("recipes", "copy", "demo", "--out", str(tmp_path / "no" / "such" / "x.yaml")) == 1
    message = capsys.readouterr().err
    assert message.startswith("error: No such file or directory: ")
    assert "Traceback" not in message


def test_a_setting_that_is_not_yaml_is_named(dataset: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ("train", str(dataset), "--base", "demo", "--out", str(dataset.parent / "a"))
    assert run(*arguments, "--set", "dtype=[a") == 1
    assert "--set dtype=[a: the value is not YAML" in capsys.readouterr().err


def test_a_question_can_be_given_more_context(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[dict[str, object]] = []

    def ask(path: Path, question: str, **options: object) -> Answer:
        asked.append(options)
        return Answer(text="No.", tokens=(1,), finished=True, seconds=0.1)

    monkeypatch.setattr("bedside.serve.ask", ask)
    assert run("ask", str(tmp_path), "Ill?", "--context", "9000") == 0
    assert run("ask", str(tmp_path), "Ill?") == 0
    assert [options["n_ctx"] for options in asked] == [9000, 4096]
