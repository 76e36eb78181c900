"""The stage on a whole run and on half of one: list, page and card."""

from __future__ import annotations

import html
import json
import re
import shutil
from pathlib import Path

import pytest
import yaml

from bedside.artifact import Plan, open_artifact, write
from bedside.errors import ArtifactError, DataError
from bedside.report import NAMES, ReportConfig, headline, read_results, report

CONFIG = ReportConfig(base_model="google/medgemma-4b-it", licence="Health AI Developer Foundations terms")
KEYS = {"stage", "name", "subject", "value", "low", "high", "n", "method", "unit", "artifact"}


@pytest.fixture(scope="session")
def made(run_dir, tmp_path_factory):
    return report(CONFIG, run_dir=run_dir, out_dir=tmp_path_factory.mktemp("out") / "report")


@pytest.fixture(scope="session")
def results(made):
    return read_results(made.file("results.json"))


@pytest.fixture(scope="session")
def page(made):
    return made.file("report.html").read_text(encoding="utf-8")


def text_of(page):
    body = re.sub(r"<svg.*?</svg>|<style>.*?</style>", " ", page, flags=re.DOTALL)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", body)).split())


def test_every_row_has_the_documented_form(made):
    rows = json.loads(made.file("results.json").read_text(encoding="utf-8"))
    assert len(rows) > 150
    for row in rows:
        assert set(row) - {"finding"} == KEYS
        assert row["name"] in NAMES
        assert isinstance(row["n"], int)
        assert row["value"] is not None or row["method"].startswith("undefined")
    per_class = {(row["subject"], row["finding"]) for row in rows if row["name"] == "sensitivity"}
    assert {finding for subject, finding in per_class if subject == "Q8_0"} >= {"atrial fibrillation"}
    assert len({subject for subject, _ in per_class}) == 4
    assert all("finding" not in row for row in rows if row["name"] == "kl_divergence")


def test_rows_name_stage_and_artifact(results, run_dir):
    evaluation = open_artifact(run_dir / "evaluation")
    accuracy = next(row for row in results if row.name == "finding_accuracy")
    assert (accuracy.stage, accuracy.artifact) == ("evaluate", evaluation.digest)
    seconds = {row.subject: row.value for row in results if row.name == "stage_seconds"}
    assert seconds["evaluation"] == evaluation.manifest.seconds
    assert list(seconds)[:5] == ["dataset", "calibration", "adapter", "model", "gguf"]
    loss = next(row for row in results if row.name == "train_loss")
    assert loss.method == "logged at step 200"


def test_the_headline_joins_evaluation_and_verification(results):
    table = headline(results)
    assert [row["model"] for row in table] == ["base", "tuned-f16", "Q8_0", "Q4_K_M"]
    base, tuned, _, small = table
    assert base["KL divergence"] == "–"
    assert base["size"] == "4.81 MB"
    assert tuned["KL divergence"] == "4.0e-08"
    assert small["KL divergence"] == "0.0124"
    assert small["size"] == "1.69 MB"
    assert small["tokens/s"] == "212"
    assert re.fullmatch(r"\d+\.\d % \(\d+\.\d to \d+\.\d\)", tuned["right finding, 95 % interval"])


def test_speeds_of_two_kinds_are_never_mixed(results):
    without = [
        r for r in results if (r.name, r.subject, r.stage) != ("tokens_per_second", "base", "evaluate")
    ]
    assert [row["tokens/s"] for row in headline(without)] == ["–", "310", "310", "310"]


def test_the_page_says_what_was_measured(page, results):
    text = text_of(page)
    for row in headline(results):
        for cell in row.values():
            value, _, interval = cell.partition(" (")
            assert value in text
            assert interval.removesuffix(")") in text
    assert "Research software, not a medical device." in text
    assert "trained from google/medgemma-4b-it" in text
    assert "every test example is synthetic" in text
    assert "base 7 empty" not in text
    assert "Answers that count as wrong because they say nothing or do not end: base:" in text
    assert "undefined" in text
    assert page.count("<svg") == 7


def test_the_page_needs_nothing_else(page):
    plain = re.sub(r'xmlns(:\w+)?="[^"]*"', "", page)
    assert "://" not in plain
    assert not re.search(r"<(?:script|link(?! rel=\"icon\" href=\"data:,\")|iframe|object)", plain)
    sources = re.findall(r'\bsrc="([^"]*)"', plain)
    assert sources
    assert all(source.startswith("data:image/png;base64,") for source in sources)
    assert all(target.startswith("#") for target in re.findall(r'xlink:href="([^"]*)"', plain))


def test_what_a_model_says_cannot_become_markup(page):
    assert "<b>" not in page
    assert "&lt;b&gt;" in page


def test_the_worst_answers_come_first(page):
    cases = page.split('<article class="case">')[1:]
    wrong = [len(re.findall(r'<dt>[^<]*(?:tuned|Q8|Q4)[^<]*<span class="wrong">', case)) for case in cases]
    assert len(cases) == CONFIG.cases
    assert wrong[0] >= 1
    assert wrong == sorted(wrong, reverse=True)


def test_lineage_names_artifacts_of_the_run(page):
    text = text_of(page)
    assert "adapter" in text
    assert "base ba5eba5eba5e, dataset" in text
    assert "gguf-Q8_0 + gguf" in text


def test_the_card_holds_no_clock_readings(made):
    card = made.file("card.md").read_text(encoding="utf-8")
    front = card.split("---\n")[1]
    assert yaml.safe_load(front)["base_model"] == "google/medgemma-4b-it"
    assert "not a medical device" in card
    assert "keeps the base model's terms" in card
    assert "token/s" not in card
    assert "tokens/s" not in card
    assert "| Q4_K_M |" in card
    assert "seconds_per_answer" not in card
    assert card.endswith("|\n")
    assert "\n\n\n\n" not in card


def test_only_clock_readings_change_from_run_to_run(made, run_dir, tmp_path):
    again = report(CONFIG, run_dir=run_dir, out_dir=tmp_path / "report")
    assert again.digest == made.digest
    clocks = {entry.path for entry in made.manifest.files if entry.clock}
    assert clocks == {"results.json", "report.html"}
    assert again.file("report.html").read_bytes() == made.file("report.html").read_bytes()


def test_a_report_of_verification_and_evaluation_alone(run_dir, tmp_path):
    half = tmp_path / "half"
    for name in ("verification", "evaluation"):
        shutil.copytree(run_dir / name, half / name)
    made = report(ReportConfig(), run_dir=half, out_dir=half / "report")
    text = text_of(made.file("report.html").read_text(encoding="utf-8"))
    assert "This run holds no training." in text
    assert "The run holds no data set" in text
    assert "the recipe does not name the base model" in made.file("card.md").read_text(encoding="utf-8")
    assert report(ReportConfig(), run_dir=half, out_dir=half / "report").digest == made.digest


@pytest.mark.parametrize("missing", ["verification", "evaluation"])
def test_an_unfinished_run_is_refused(run_dir, tmp_path, missing):
    for name in {"verification", "evaluation"} - {missing}:
        shutil.copytree(run_dir / name, tmp_path / "run" / name)
    with pytest.raises(ArtifactError, match=f"no finished {missing}"):
        report(ReportConfig(), run_dir=tmp_path / "run", out_dir=tmp_path / "run" / "report")


def test_superseded_and_partial_artifacts_are_not_part_of_the_run(run_dir, tmp_path):
    for name in ("verification", "evaluation"):
        shutil.copytree(run_dir / name, tmp_path / name)
    shutil.copytree(run_dir / "verification", tmp_path / "dataset.superseded-0123")
    write(tmp_path / "other", Plan("calibration", "calibrate", 1, {}, {}), lambda draft: None)
    made = report(ReportConfig(), run_dir=tmp_path, out_dir=tmp_path / "report")
    assert set(made.manifest.inputs) == {"verification", "evaluation", "other"}


def test_results_that_are_none_are_refused(tmp_path):
    (tmp_path / "results.json").write_text('[{"name": "x"}]', encoding="utf-8")
    with pytest.raises(DataError, match=r"results\.json"):
        read_results(tmp_path / "results.json")


def test_every_name_is_documented():
    text = (Path(__file__).parents[2] / "docs" / "report.md").read_text(encoding="utf-8")
    documented = set(re.findall(r"`(\w+)`", text.partition("### Names")[2].partition("## How it works")[0]))
    assert set(NAMES) <= documented
