"""The stage on a whole run and on half of one: list, page and card."""

from __future__ import annotations

import html
import json
import math
import re
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from bedside.artifact import Plan, open_artifact, write
from bedside.cli.output import table_text
from bedside.errors import ArtifactError, DataError
from bedside.estimates import undefined, wilson
from bedside.examples import read_examples, write_examples
from bedside.measurements import Measurement, read_measurements, write_measurements
from bedside.report import NAMES, ReportConfig, headline, read_results, report

CONFIG = ReportConfig(licence="Health AI Developer Foundations terms")
REQUIRE = {"finding_accuracy": 0.7}
KEYS = {"stage", "name", "subject", "value", "low", "high", "n", "method", "unit", "artifact"}


@pytest.fixture(scope="session")
def made(run_dir, tmp_path_factory):
    out = tmp_path_factory.mktemp("out") / "report"
    return report(CONFIG, run_dir=run_dir, out_dir=out, require=REQUIRE)


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
    divergence = "KL divergence\nnat (95 %)\nn = 4096"
    assert base[divergence] == "–"
    assert base["size"] == "4.81 MB"
    assert tuned[divergence] == "< 0.000001"
    assert small[divergence] == "0.0124\n(0.0112–0.0136)"
    assert small["size"] == "1.69 MB"
    assert re.fullmatch(r"\d+\.\d\n\(\d+\.\d–\d+\.\d\)", tuned["right finding\n% (95 %)\nn = 60"])


def test_the_headline_speed_is_the_benchmarks_with_its_range(results, page):
    speeds = [row["tokens/s\n(range)"] for row in headline(results)]
    assert speeds == ["–", *["310\n(301–322)"] * 3]
    answered = [r.value for r in results if (r.name, r.stage) == ("tokens_per_second", "evaluate")]
    assert answered == [212.0] * 4
    assert "they vary from minute to minute" in text_of(page)


def test_a_task_that_fails_is_in_the_table_on_the_page_and_on_the_card(made, results, page):
    head = "exact text\n% (95 %)\nn = 12"
    assert [row[head].split("\n")[0] for row in headline(results)] == ["0.0", "25.0", "25.0", "25.0"]
    sentence = (
        "Of 12 held-out texts on vital signs the reference answer was given word for word by base in 0.0 %"
    )
    card = made.file("card.md").read_text(encoding="utf-8")
    assert sentence in text_of(page)
    assert sentence in card
    assert "| exact text (95 % interval) |" in card
    table = [line for line in card.partition("## What was not")[0].splitlines() if line.startswith("|")][:6]
    assert {line.count("|") for line in table} == {7}
    cases = page.split('<article class="case">')[1:]
    texts = [case for case in cases if "wrong answer" in case]
    assert len(texts) == CONFIG.cases // 2
    assert all("Heart rate: not assessed." in case and "<img" not in case for case in texts)
    assert sum("wrong finding" in case for case in cases) == CONFIG.cases // 2


def test_without_texts_there_is_no_column_for_them_and_the_table_fits(results):
    lines = table_text(headline(results), width=200).splitlines()
    assert max(map(len, lines)) <= 110
    ecgs_alone = headline([row for row in results if row.name != "answer_exact"])
    assert not any("text" in head for row in ecgs_alone for head in row)


def test_the_page_says_what_was_measured(page, results):
    text = text_of(page)
    for row in headline(results):
        for cell in row.values():
            value, _, interval = cell.partition("\n(")
            assert value in text
            assert interval.removesuffix(")").replace("–", " to ") in text
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
    blamed = [re.findall(r'<dt>([^<]*)·\s*<span class="wrong">', case) for case in cases]
    wrong = [len(re.findall(r"tuned|Q8|Q4", " ".join(names))) for names in blamed]
    assert len(cases) == CONFIG.cases
    assert wrong[0] >= 1
    assert wrong == sorted(wrong, reverse=True)


def test_lineage_names_artifacts_of_the_run(page):
    text = text_of(page)
    assert "adapter" in text
    assert "base ba5eba5eba5e, dataset" in text
    assert "gguf-Q8_0 + gguf" in text
    assert "llama.cpp programs sha256:0123456789abcdef, model" in text


def test_the_card_holds_no_clock_readings(made):
    card = made.file("card.md").read_text(encoding="utf-8")
    front = card.split("---\n")[1]
    assert yaml.safe_load(front)["base_model"] == "google/medgemma-4b-it"
    assert "not a medical device" in card
    assert "Trained from `google/medgemma-4b-it` with bedside." in card
    assert "The base model's terms: Health AI Developer Foundations terms." in card
    assert "keeps the base model's terms" in card
    assert "from the transformers model in float32" in " ".join(card.split())
    assert "0.0124 (0.0112 to 0.0136)" in card
    assert "token/s" not in card
    assert "tokens/s" not in card
    assert "| Q4_K_M |" in card
    assert "seconds_per_answer" not in card
    assert card.endswith("|\n")
    assert "\n\n\n\n" not in card


def test_the_licence_is_the_base_models_own_unless_overridden(run_dir, tmp_path):
    def card(**settings):
        made = report(ReportConfig(**settings), run_dir=run_dir, out_dir=tmp_path / str(len(settings)))
        return made.file("card.md").read_text(encoding="utf-8")

    assert yaml.safe_load(card().split("---\n")[1])["license_name"] == "its own terms"
    assert "The base model's terms: its own terms." in card()
    assert "The base model's terms: others." in card(licence="others")
    shutil.copytree(run_dir, tmp_path / "run", ignore=shutil.ignore_patterns("model"))
    silent = report(ReportConfig(), run_dir=tmp_path / "run", out_dir=tmp_path / "silent")
    front = yaml.safe_load(silent.file("card.md").read_text(encoding="utf-8").split("---\n")[1])
    assert front["license_name"] == "not stated; see the base model's own page"


def test_the_vital_signs_tag_needs_vital_signs(made, run_dir, tmp_path):
    def tags(artifact):
        return yaml.safe_load(artifact.file("card.md").read_text(encoding="utf-8").split("---\n")[1])["tags"]

    assert "vital-signs" in tags(made)
    run = tmp_path / "run"
    for path in run_dir.iterdir():
        if path.name != "dataset":
            shutil.copytree(path, run / path.name)

    def work(draft):
        shutil.copytree(run_dir / "dataset" / "images", draft.path / "images")
        ecgs = [e for e in read_examples(run_dir / "dataset" / "test.jsonl") if e.target is not None]
        write_examples(draft.path / "test.jsonl", ecgs)

    write(run / "dataset", Plan("dataset", "dataset", 1, {}, {}), work)
    without = tags(report(CONFIG, run_dir=run, out_dir=run / "report"))
    assert "ecg" in without
    assert "vital-signs" not in without


def test_what_is_undefined_is_named_with_its_model_and_reason(run_dir, tmp_path):
    def change(rows):
        kept = [
            replace(r, estimate=r.estimate if r.estimate.value is not None else wilson(1, 2)) for r in rows
        ]
        missing = [
            Measurement("ppv", "base", undefined(0, "no answer names this finding"), "1", "rare rhythm")
        ]
        others = [
            Measurement(
                "sensitivity", "base", undefined(0, "no ECG has this finding"), "1", f"rhythm {number}"
            )
            for number in range(8)
        ]
        return [*kept, *missing, *others]

    run = rewritten(run_dir, tmp_path / "run", "evaluation", change=change)
    card = report(CONFIG, run_dir=run, out_dir=run / "report").file("card.md").read_text(encoding="utf-8")
    assert "9 figures are undefined for want of cases: ppv of rare rhythm (base): no answer names" in card
    assert "sensitivity of rhythm 4 (base): no ECG has this finding; and 3 more." in card


def test_only_clock_readings_change_from_run_to_run(made, run_dir, tmp_path):
    again = report(CONFIG, run_dir=run_dir, out_dir=tmp_path / "report", require=REQUIRE)
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
    assert "holds no merged model that names its base model" in made.file("card.md").read_text(
        encoding="utf-8"
    )
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


def rewritten(run_dir, run, name, *, config=None, change=lambda rows: rows):
    """Copy a run with another configuration and other figures in one of its measuring stages."""
    for path in run_dir.iterdir():
        if path.name != name:
            shutil.copytree(path, run / path.name)
    old = open_artifact(run_dir / name)

    def work(draft):
        for entry in old.manifest.files:
            shutil.copyfile(old.path / entry.path, draft.path / entry.path)
        metrics = draft.path / "metrics.json"
        write_measurements(metrics, change(read_measurements(metrics)))
        draft.clock("timings.json")
        return old.manifest.figures

    plan = Plan(old.kind, old.manifest.stage, 1, config or old.manifest.config, old.manifest.inputs)
    write(run / name, plan, work)
    return run


def test_the_page_tells_which_limits_are_met(page):
    text = text_of(page)
    assert "hf_f16_max_abs_delta_logprob image 0.0031 at most 0.01 met" in text
    assert "hf_f16_mean_abs_delta_logprob text 0.00012 0.0001 to 0.00015 at most 0.0001 not met" in text
    assert re.search(r"finding_accuracy Q8_0 \d+\.\d % [\d.]+ to [\d.]+ at least 70 % met", text)
    assert "finding_accuracy base" not in text
    assert "Declared limits that are not met: hf_f16_mean_abs_delta_logprob of text" in text


def test_a_broken_limit_is_on_the_card_and_in_the_manifest(made, run_dir, tmp_path):
    card = made.file("card.md").read_text(encoding="utf-8")
    assert "**Declared limits that are not met: hf_f16_mean_abs_delta_logprob of text" in card
    assert made.manifest.figures["limits_not_met"] == 2
    config = {"max_abs_delta_logprob": 0.01, "mean_abs_delta_logprob": 0.001}
    good = rewritten(run_dir, tmp_path / "run", "verification", config=config)
    page = report(ReportConfig(), run_dir=good, out_dir=good / "report").file("report.html")
    assert "not met" not in text_of(page.read_text(encoding="utf-8"))


def test_base_and_shipped_model_are_known_by_name_and_size_not_by_place(run_dir, tmp_path):
    order = ("Q4_K_M", "Q8_0", "base", "tuned-f16")
    run = rewritten(
        run_dir,
        tmp_path / "run",
        "evaluation",
        change=lambda rows: sorted(
            rows, key=lambda row: ("vs" in row.subject, order.index(row.subject[:9].split(" ")[0]))
        ),
    )
    made = report(ReportConfig(), run_dir=run, out_dir=run / "report")
    results = read_results(made.file("results.json"))
    assert [row["model"] for row in headline(results)] == list(order)
    page = made.file("report.html").read_text(encoding="utf-8")
    assert "<details open><summary>Q4_K_M</summary>" in page
    assert page.count("<details open>") == 1
    assert "specificity of base and Q4_K_M per finding" in text_of(page)
    card = made.file("card.md").read_text(encoding="utf-8")
    assert "### Q4_K_M, finding by finding" in card
    assert "The interval of Q4_K_M lies wholly above that of base." in card


def test_a_loss_that_is_no_number_is_undefined_not_a_traceback(run_dir, tmp_path):
    run = tmp_path / "run"
    for path in run_dir.iterdir():
        if path.name != "adapter":
            shutil.copytree(path, run / path.name)

    def work(draft):
        rows = [{"step": 5, "loss": 0.4}, {"step": 10, "loss": math.nan}]
        (draft.path / "training_log.json").write_text(json.dumps(rows), encoding="utf-8")

    write(run / "adapter", Plan("adapter", "train", 1, {}, {}), work)
    made = report(ReportConfig(), run_dir=run, out_dir=run / "report")
    loss = next(row for row in read_results(made.file("results.json")) if row.name == "train_loss")
    assert (loss.value, loss.method) == (None, "undefined: found nan (logged at step 10)")
