"""What a finished run prints: the headline, every stage's time and their sum, or JSON."""

from __future__ import annotations

import json
from pathlib import Path
from time import sleep

import pytest

from bedside import run as running
from bedside.artifact import Artifact, Plan, write
from bedside.estimates import exact
from bedside.measurements import Measurement
from bedside.report.results import result, write_results
from command_line import run

RECIPE = """\
name: small
base_model: BASE
dataset: {sources: [{kind: synthetic_ecg, subjects: 10}]}
"""
ROWS = [
    ("stage_seconds", "dataset", 2.25, "s"),
    ("stage_seconds", "adapter", 40.0, "s"),
    ("answer_empty", "Q8_0", 0.0, "1"),
]


@pytest.fixture
def finished(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[str, Artifact, Artifact]:
    """A recipe whose run is finished at once, its report, and its base model."""
    plan = Plan("model", "demo", 1, {}, {})

    def make(draft) -> None:
        sleep(0.25)  # long enough to be seen in a total to the tenth of a second
        (draft.path / "config.json").write_text("{}")

    base = write(tmp_path / "tiny", plan, make)

    def work(draft) -> None:
        rows = [Measurement(name, subject, exact(value), unit) for name, subject, value, unit in ROWS]
        write_results(draft.path / "results.json", (result(r, stage="s", artifact="0") for r in rows))
        (draft.path / "report.html").write_text("page")

    report = write(tmp_path / "run" / "report", Plan("report", "report", 1, {}, {}), work)
    monkeypatch.setattr(running, "run", lambda recipe, *, out_dir: report)
    recipe = tmp_path / "small.yaml"
    recipe.write_text(RECIPE.replace("BASE", str(base.path)))
    return str(recipe), report, base


def test_the_total_counts_the_report_and_not_the_base_model_that_was_there_before(
    finished: tuple[str, Artifact, Artifact], capsys: pytest.CaptureFixture[str]
) -> None:
    recipe, report, base = finished
    assert run("run", recipe, "--out", "unused") == 0
    lines = [line.replace("│", " ").split() for line in capsys.readouterr().out.splitlines()]
    times = {" ".join(words[:-1]): words[-1] for words in lines if words}
    assert times["base model tiny, once for all runs"] == f"{base.manifest.seconds:.1f}"
    assert times["report"] == f"{report.manifest.seconds:.1f}"
    assert times["total"] == f"{42.25 + report.manifest.seconds:.1f}"
    assert list(times).index("base model tiny, once for all runs") > list(times).index("total")


def test_json_holds_the_documented_rows(
    finished: tuple[str, Artifact, Artifact], capsys: pytest.CaptureFixture[str]
) -> None:
    recipe, report, _ = finished
    assert run("run", recipe, "--out", "unused", "--json") == 0
    printed = json.loads(capsys.readouterr().out)
    rows = json.loads(report.file("results.json").read_text(encoding="utf-8"))
    assert printed["results"] == rows
    assert "finding" not in printed["results"][0]
    assert sorted(printed["seconds"]) == ["adapter", "base model tiny", "dataset", "report"]
