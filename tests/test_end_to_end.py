"""The whole path on the embedded default, and that a kill anywhere in it changes nothing."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from bedside.artifact import damages, open_artifact
from bedside.report import NAMES

pytestmark = [pytest.mark.train, pytest.mark.llamacpp]

ARTIFACTS = {
    "dataset": "dataset",
    "calibration": "calibration",
    "adapter": "adapter",
    "model": "model",
    "gguf": "gguf",
    "gguf-base": "gguf",
    "imatrix": "imatrix",
    "gguf-Q8_0": "gguf",
    "gguf-Q4_K_M": "gguf",
    "verification": "verification",
    "evaluation": "evaluation",
    "report": "report",
}
FIELDS = {"stage", "name", "subject", "value", "low", "high", "n", "method", "unit", "artifact"}

LOOPBACK_UP = """\
import fcntl, os, socket, struct, sys
SIOCSIFFLAGS, UP_AND_RUNNING = 0x8914, 0x41
fcntl.ioctl(socket.socket(), SIOCSIFFLAGS, struct.pack("16sh", b"lo", UP_AND_RUNNING))
os.execvp(sys.argv[1], sys.argv[1:])
"""
SMALL = """\
name: small
base_model: demo
dataset:
  sources:
    - {kind: synthetic_ecg, subjects: 60}
    - {kind: synthetic_vitals, subjects: 60}
  fractions: {validation: 0.1, test: 0.3}
train: {max_steps: 20, save_steps: 5, logging_steps: 5, learning_rate: 1.0e-3}
imatrix: {context: 256}
verify: {text_prompts: 2, image_prompts: 2, context: 256, chunks: 2}
evaluate: {max_examples: 8, resamples: 200}
"""


def rows(run: Path, name: str) -> dict[str, dict[str, object]]:
    results = json.loads((run / "report" / "results.json").read_text())
    return {row["subject"]: row for row in results if row["name"] == name and not row.get("finding")}


def test_every_artifact_is_there_whole_and_of_its_kind(demo_run: Path) -> None:
    for name, kind in ARTIFACTS.items():
        assert damages(open_artifact(demo_run / name, kind)) == ()
    leftovers = [path.name for path in demo_run.iterdir() if path.name not in ARTIFACTS]
    assert not [name for name in leftovers if ".superseded-" not in name]


def test_results_have_the_documented_form_and_names(demo_run: Path) -> None:
    results = json.loads((demo_run / "report" / "results.json").read_text())
    for row in results:
        assert set(row) - {"finding"} == FIELDS
        assert row["name"] in NAMES
        assert row["method"]
        assert row["value"] is None or row["low"] is None or row["low"] <= row["value"] <= row["high"]


def test_fine_tuning_taught_findings_and_form(demo_run: Path) -> None:
    for name in ("finding_accuracy", "form_accuracy"):
        accuracy = rows(demo_run, name)
        for tuned in ("tuned-f16", "Q8_0", "Q4_K_M"):
            assert accuracy[tuned]["low"] > accuracy["base"]["high"], name


def test_transformers_and_the_converted_file_agree(demo_run: Path) -> None:
    largest, mean = (rows(demo_run, f"hf_f16_{which}_abs_delta_logprob") for which in ("max", "mean"))
    assert set(largest) == set(mean) == {"text", "image"}
    assert all(row["value"] <= 0.01 for row in largest.values())
    assert all(row["value"] <= 0.001 for row in mean.values())
    assert all(row["n"] > 50 for row in mean.values())


def test_divergence_grows_as_files_shrink(demo_run: Path) -> None:
    divergence, size = rows(demo_run, "kl_divergence"), rows(demo_run, "file_bytes")
    assert divergence["f16"]["high"] < divergence["Q8_0"]["value"] < divergence["Q4_K_M"]["value"]
    assert size["f16"]["value"] > size["Q8_0"]["value"] > size["Q4_K_M"]["value"]


def test_nothing_of_this_machine_is_in_a_published_file(demo_run: Path) -> None:
    for path in (demo_run / "report").iterdir():
        text = path.read_text(encoding="utf-8")
        assert str(Path.home()) not in text
        assert str(demo_run) not in text
    published = [
        *demo_run.glob("adapter/*.json"),
        *demo_run.glob("model/*.json"),
        *demo_run.glob("gguf*/*.gguf"),
    ]
    for path in published:
        assert str(demo_run).encode() not in path.read_bytes(), path


def test_killed_in_every_stage_and_run_again_the_digests_are_the_same(tmp_path: Path) -> None:
    """The uninterrupted run has no network, where the system lets us take it away."""
    recipe = tmp_path / "small.yaml"
    recipe.write_text(SMALL)
    whole, cut = tmp_path / "whole", tmp_path / "cut"
    assert start(recipe, whole, *without_network()).wait() == 0
    caught = []
    for number, name in enumerate(ARTIFACTS):
        stop = signal.SIGINT if number % 3 == 2 else signal.SIGKILL
        caught += [name] if stopped_in(recipe, cut, name, stop) else []
    assert start(recipe, cut).wait() == 0
    assert {"dataset", "adapter", "model", "gguf", "verification", "evaluation"} <= set(caught)
    assert digests(cut) == digests(whole)


def without_network() -> tuple[str, ...]:
    """Return what starts a program in a network of its own that has only the loopback interface."""
    command = ("unshare", "--net", "--", sys.executable, "-c", LOOPBACK_UP)
    try:
        done = subprocess.run([*command, "true"], check=False, capture_output=True)
    except FileNotFoundError:
        return ()
    return command if done.returncode == 0 else ()


def start(recipe: Path, out: Path, *before: str) -> subprocess.Popen[bytes]:
    command = [*before, sys.executable, "-m", "bedside", "run", str(recipe), "--out", str(out)]
    with (recipe.parent / "log.txt").open("ab") as log:
        return subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)


def stopped_in(recipe: Path, run: Path, name: str, stop: signal.Signals) -> bool:
    """Run until the stage of `name` is half done, stop it there, and say whether it was caught."""
    process = start(recipe, run)
    deadline = time.monotonic() + 300
    pattern = f"{name}.partial-*" + (
        "/checkpoints/checkpoint-5/trainer_state.json" if name == "adapter" else ""
    )
    while process.poll() is None and time.monotonic() < deadline:
        if any(run.glob(pattern)):
            os.kill(process.pid, stop)
            process.wait(timeout=60)
            return not (run / name).exists()
        time.sleep(0.001)
    return False


def digests(run: Path) -> dict[str, str]:
    return {name: open_artifact(run / name).digest for name in ARTIFACTS}
