"""The stage: what it asks, what it keeps, and that a kill costs at most the answer under way."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from pydantic import ValidationError

from bedside.artifact import Plan, write
from bedside.errors import DataError, RecipeError, ThresholdError
from bedside.evaluate import EvaluateConfig, evaluate
from bedside.examples import Example, Message, write_examples
from bedside.measurements import read_measurements

CONFIG = EvaluateConfig(resamples=100)


def named(rows, name, subject):
    return next(row.estimate for row in rows if (row.name, row.subject, row.finding) == (name, subject, None))


def test_every_answer_is_kept_and_measured(tmp_path, dataset, served, scripted):
    base = scripted(wrong={f"picture {i}": "I do not know." for i in range(9)})
    q8 = scripted(wrong={"picture 0": "", "picture 1": "cut"})
    models = served({"base": base, "tuned-f16": scripted(), "Q8_0": q8})
    artifact = evaluate(CONFIG, dataset=dataset, models=models, out_dir=tmp_path / "evaluation")

    assert artifact.kind == "evaluation"
    assert artifact.manifest.figures["ecgs"] == 12
    assert artifact.manifest.figures["texts"] == 3
    assert artifact.manifest.inputs["model Q8_0"] == models["Q8_0"].digest
    rows = read_measurements(artifact.file("metrics.json"))
    assert named(rows, "finding_accuracy", "base").value == 3 / 12
    assert named(rows, "form_accuracy", "base").value == 3 / 12
    assert named(rows, "finding_accuracy", "tuned-f16").value == 1
    assert named(rows, "finding_accuracy", "Q8_0").value == 10 / 12
    assert named(rows, "answer_empty", "Q8_0").value == 1 / 15
    assert named(rows, "answer_cut", "Q8_0").value == 1 / 15
    assert named(rows, "answer_exact", "Q8_0").value == 1
    assert named(rows, "file_bytes", "Q8_0").value == 4
    assert named(rows, "finding_accuracy_difference", "tuned-f16 vs base").value == 9 / 12
    assert named(rows, "finding_accuracy_difference", "Q8_0 vs tuned-f16").value == pytest.approx(-2 / 12)

    lines = artifact.file("answers-Q8_0.jsonl").read_text(encoding="utf-8").splitlines()
    first = json.loads(lines[0])
    assert len(lines) == 15
    assert first["text"] == ""
    assert first["target"] == ["normal sinus rhythm"]
    assert len(first["image_sha256"][0]) == len(first["prompt_sha256"]) == 64
    assert "seconds" not in first

    timings = read_measurements(artifact.file("timings.json"))
    assert named(timings, "tokens_per_second", "base").value == 20.0
    assert named(timings, "seconds_per_answer", "base").n == 15
    clocks = {entry.path for entry in artifact.manifest.files if entry.clock}
    assert clocks == {"timings.json"} | {f"clock-{name}.jsonl" for name in models}


def test_a_finished_evaluation_asks_nobody(tmp_path, dataset, served, scripted):
    model = scripted()
    models = served({"Q8_0": model})
    first = evaluate(CONFIG, dataset=dataset, models=models, out_dir=tmp_path / "evaluation")
    second = evaluate(CONFIG, dataset=dataset, models=models, out_dir=tmp_path / "evaluation")
    assert second.digest == first.digest
    assert len(model.asked) == 15


@pytest.mark.parametrize("n_parallel", [1, 3])
@pytest.mark.parametrize("torn", [b"", b'{"id": "ecg-7", "tex'])
def test_an_interrupted_evaluation_goes_on_where_it_stopped(
    tmp_path, dataset, served, scripted, references, torn, n_parallel
):
    config = EvaluateConfig(resamples=100, n_parallel=n_parallel)
    whole = evaluate(
        config,
        dataset=dataset,
        models=served({"base": scripted(), "Q8_0": scripted()}),
        out_dir=tmp_path / "whole",
    )
    engines = {"base": scripted(), "Q8_0": scripted(patience=6)}
    models = served(engines)
    with pytest.raises(KeyboardInterrupt):
        evaluate(config, dataset=dataset, models=models, out_dir=tmp_path / "evaluation")
    (partial,) = tmp_path.glob("evaluation.partial-*")
    with (partial / "answers-Q8_0.jsonl").open("ab") as file:
        file.write(torn)

    engines["Q8_0"].patience = 10**9
    finished = evaluate(config, dataset=dataset, models=models, out_dir=tmp_path / "evaluation")
    assert finished.digest == whole.digest
    assert sorted(engines["Q8_0"].asked) == sorted(references)
    assert len(engines["base"].asked) == 15
    assert len(read_measurements(finished.file("timings.json"))) == 4


SLOW_EVALUATION = """
import sys, time
from contextlib import contextmanager
from pathlib import Path
from bedside import engine
from bedside.artifact import open_artifact
from bedside.engine import Answer
from bedside.evaluate import EvaluateConfig, evaluate
from bedside.llamacpp.model_files import ModelFiles

folder, pause = Path(sys.argv[1]), float(sys.argv[2])

class Slow:
    name = "slow"
    def generate(self, prompt, *, max_tokens):
        with (folder / "asked.txt").open("a") as file:
            file.write("x")
        time.sleep(pause)
        return Answer("Findings: atrial fibrillation.\\nAction: none.", (1, 2), True, pause)

@contextmanager
def open_engine(gguf, mmproj=None, **options):
    yield Slow()

engine.open_engine = open_engine
evaluate(
    EvaluateConfig(resamples=100),
    dataset=open_artifact(folder / "dataset"),
    models={"Q8_0": ModelFiles(folder / "q.gguf", None, "0")},
    out_dir=folder / sys.argv[3],
)
"""


def test_kill_9_costs_at_most_one_answer(tmp_path, dataset):
    (tmp_path / "q.gguf").write_bytes(b"gguf")

    def command(pause, out):
        return [sys.executable, "-c", SLOW_EVALUATION, str(tmp_path), str(pause), out]

    killed = subprocess.Popen(
        command(0.1, "evaluation"), env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    )
    answers = Path()
    deadline = time.monotonic() + 60
    while not answers.is_file() or answers.read_bytes().count(b"\n") < 4:
        assert killed.poll() is None
        assert time.monotonic() < deadline
        answers = next(tmp_path.glob("evaluation.partial-*/answers-Q8_0.jsonl"), Path())
        time.sleep(0.01)
    killed.send_signal(signal.SIGKILL)
    killed.wait()
    subprocess.run(command(0, "evaluation"), check=True)
    assert len((tmp_path / "asked.txt").read_text(encoding="utf-8")) in {15, 16}

    subprocess.run(command(0, "whole"), check=True)
    for name in ("metrics.json", "answers-Q8_0.jsonl"):
        assert (tmp_path / "evaluation" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()


def test_at_most_max_examples_of_each_kind(tmp_path, dataset, served, scripted):
    model = scripted()
    config = EvaluateConfig(resamples=100, max_examples=2)
    artifact = evaluate(config, dataset=dataset, models=served({"Q8_0": model}), out_dir=tmp_path / "e")
    assert (artifact.manifest.figures["ecgs"], artifact.manifest.figures["texts"]) == (2, 2)
    assert len(model.asked) == 4


def test_a_requirement_not_met_ends_with_status_3_and_keeps_the_evaluation(
    tmp_path, dataset, served, scripted
):
    models = served({"base": scripted(), "Q8_0": scripted()})
    config = EvaluateConfig(resamples=100, require={"finding_accuracy": 0.99})
    with pytest.raises(
        ThresholdError, match=r"Q8_0: finding_accuracy is 1\.000 .* must reach 0\.99"
    ) as caught:
        evaluate(config, dataset=dataset, models=models, out_dir=tmp_path / "evaluation")
    assert caught.value.exit_code == 3
    assert "base" not in str(caught.value)
    assert (tmp_path / "evaluation" / "manifest.json").is_file()
    with pytest.raises(ThresholdError):
        evaluate(config, dataset=dataset, models=models, out_dir=tmp_path / "evaluation")
    lower = EvaluateConfig(resamples=100, require={"finding_accuracy": 0.5})
    kept = evaluate(lower, dataset=dataset, models=models, out_dir=tmp_path / "evaluation")
    assert kept.manifest.figures["ecgs"] == 12


def test_a_requirement_of_an_unknown_figure_is_refused():
    with pytest.raises(ValidationError):
        EvaluateConfig(require={"token_accuracy": 0.9})


ECG = Example(
    id="ecg-1", subject_id="p", messages=(Message(role="user", content="?"),), target=("atrial fibrillation",)
)


@pytest.mark.parametrize(
    ("examples", "message"),
    [
        ([], "no example has a reference answer"),
        ([ECG] * 2, "two examples have the id 'ecg-1'"),
    ],
)
def test_a_dataset_that_cannot_be_scored_is_refused(tmp_path, served, scripted, examples, message):
    dataset = write(
        tmp_path / "odd",
        Plan("dataset", "dataset", 1, {}, {}),
        lambda draft: write_examples(draft.path / "test.jsonl", examples) and None,
    )
    with pytest.raises(DataError, match=message):
        evaluate(
            CONFIG,
            dataset=dataset,
            models=served({"Q8_0": scripted()}),
            out_dir=tmp_path / "evaluation",
        )


def test_a_model_name_that_is_no_file_name_is_refused(tmp_path, dataset, served, scripted):
    models = served({"Q8_0": scripted()})
    with pytest.raises(DataError, match="cannot be called"):
        evaluate(CONFIG, dataset=dataset, models={"../x": models["Q8_0"]}, out_dir=tmp_path / "evaluation")


def test_a_damaged_line_is_named(tmp_path, dataset, served, scripted):
    model = scripted(patience=3)
    models = served({"Q8_0": model})
    with pytest.raises(KeyboardInterrupt):
        evaluate(CONFIG, dataset=dataset, models=models, out_dir=tmp_path / "evaluation")
    (log,) = tmp_path.glob("evaluation.partial-*/answers-Q8_0.jsonl")
    log.write_bytes(b"{}\n" + log.read_bytes())
    with pytest.raises(DataError, match=r"answers-Q8_0\.jsonl:1: not a stored answer"):
        evaluate(CONFIG, dataset=dataset, models=models, out_dir=tmp_path / "evaluation")


@pytest.mark.parametrize("name", ["server", "dataset"])
def test_a_model_of_any_name_leaves_the_other_inputs_alone(tmp_path, dataset, served, scripted, name):
    models = served({name: scripted()})
    artifact = evaluate(CONFIG, dataset=dataset, models=models, out_dir=tmp_path / "evaluation")
    inputs = artifact.manifest.inputs
    assert inputs["dataset"] == dataset.digest
    assert inputs[f"model {name}"] == models[name].digest
    assert set(inputs) == {"dataset", "server", f"model {name}"}


def test_a_question_that_does_not_fit_is_wrong_says_why_and_stops_nothing(
    tmp_path, dataset, served, scripted
):
    model = scripted(too_long=frozenset({"picture 3"}))
    config = EvaluateConfig(resamples=100, context=512)
    artifact = evaluate(config, dataset=dataset, models=served({"Q8_0": model}), out_dir=tmp_path / "e")
    assert model.options["n_ctx"] == 512
    lines = artifact.file("answers-Q8_0.jsonl").read_text(encoding="utf-8").splitlines()
    assert json.loads(lines[3])["refused"] == "the prompt is too long: 9000 tokens, 4096 fit"
    assert json.loads(lines[2])["refused"] == ""
    rows = read_measurements(artifact.file("metrics.json"))
    assert named(rows, "finding_accuracy", "Q8_0").value == 11 / 12
    assert named(rows, "answer_refused", "Q8_0").value == 1 / 15
    assert named(rows, "answer_empty", "Q8_0").value == named(rows, "answer_cut", "Q8_0").value == 0
    assert named(read_measurements(artifact.file("timings.json")), "seconds_per_answer", "Q8_0").n == 14


def test_models_are_compared_with_the_first_tuned_one_whatever_its_type(tmp_path, dataset, served, scripted):
    models = served({"base": scripted(), "tuned-bf16": scripted(), "Q8_0": scripted()})
    artifact = evaluate(CONFIG, dataset=dataset, models=models, out_dir=tmp_path / "evaluation")
    rows = read_measurements(artifact.file("metrics.json"))
    pairs = {row.subject for row in rows if row.name == "finding_accuracy_difference"}
    assert pairs == {"tuned-bf16 vs base", "Q8_0 vs tuned-bf16"}
    assert artifact.manifest.config["reference"] == "tuned-bf16"


def test_a_reference_that_is_none_of_the_models_is_refused(tmp_path, dataset, served, scripted):
    config = EvaluateConfig(resamples=100, reference="tuned-f61")
    with pytest.raises(RecipeError, match=r"no model 'tuned-f61'[^→]*→ choose one of: Q8_0"):
        evaluate(config, dataset=dataset, models=served({"Q8_0": scripted()}), out_dir=tmp_path / "e")
