"""A finished run of small fixture artifacts: everything a report is made from, without any model."""

from __future__ import annotations

import hashlib
import json

import numpy as np
import pytest

from bedside.artifact import Plan, write
from bedside.estimates import Estimate, exact, undefined, wilson
from bedside.evaluate.scores import Resampling, compare, score
from bedside.examples import Example, Message, write_examples
from bedside.measurements import Measurement, write_measurements
from bedside.prompts import ECG_QUESTION, ecg_report, png_bytes, vitals_question
from bedside.stored_answers import StoredAnswer

FINDINGS = (
    "atrial fibrillation",
    "inferior ST elevation",
    "normal sinus rhythm",
    "sinus bradycardia",
    "sinus tachycardia",
)
BYTES = {"f16": 4_812_032, "Q8_0": 2_604_512, "Q4_K_M": 1_688_320}
SHARE_RIGHT = {"base": 0.3, "tuned-f16": 0.94, "Q8_0": 0.94, "Q4_K_M": 0.88}
ECGS, TEXTS = 60, 12
TOOLS = "llama.cpp programs sha256:0123456789abcdef"


def picture(number: int) -> bytes:
    from PIL import Image, ImageDraw

    image = Image.new("RGB", (128, 128), "#fff6f5")
    draw = ImageDraw.Draw(image)
    for x in range(0, 128, 8):
        draw.line([(x, 0), (x, 127)], fill="#f3c9c5")
        draw.line([(0, x), (127, x)], fill="#f3c9c5")
    t = np.arange(128)
    for lead in range(3):
        wave = 30 * np.exp(-(((t % (22 + number % 30)) - 9) ** 2) / 3) + 3 * np.sin(t / 6)
        draw.line(list(zip(t.tolist(), (34 + 42 * lead - wave).tolist(), strict=True)), fill="#111", width=2)
    return png_bytes(image)


def ecg(number: int) -> Example:
    finding = FINDINGS[number % 4]
    return Example(
        id=f"ecg-{number:03d}",
        subject_id=f"patient-{number // 2}",
        messages=(
            Message(role="user", content=ECG_QUESTION),
            Message(role="assistant", content=ecg_report((finding,), "routine review")),
        ),
        images=(f"images/{number:03d}.png",),
        target=(finding,),
        source="synthetic",
    )


def vitals(number: int) -> Example:
    said = Message(role="assistant", content=f"Heart rate: {60 + number} bpm.\nAction: continue monitoring.")
    return Example(
        id=f"vitals-{number:03d}",
        subject_id=f"ward-{number}",
        messages=(*vitals_question(f"Heart rate {60 + number} bpm."), said),
        source="synthetic",
    )


def answered_text(example: Example, subject: str) -> StoredAnswer:
    """One in four is right, of every trained model."""
    right = subject != "base" and int(example.id[-3:]) % 4 == 0
    return StoredAnswer(
        id=example.id,
        subject_id=example.subject_id,
        prompt_sha256="0" * 64,
        image_sha256=(),
        text=example.answer if right else "Heart rate: not assessed.",
        finished=True,
        tokens=9,
        findings=(),
        target=None,
        reference=example.answer,
    )


def answered(example: Example, subject: str) -> StoredAnswer:
    if example.target is None:
        return answered_text(example, subject)
    draw = (
        int(hashlib.sha256(f"{example.id} {subject.removesuffix('-f16')}".encode()).hexdigest(), 16) / 2**256
    )
    found = example.target if draw < SHARE_RIGHT[subject] else (FINDINGS[int(draw * 1e6) % 5],)
    text = ecg_report(found, "routine review")
    if subject == "base":
        text = f"This might be <b>{found[0]}</b>." if draw < 0.9 else ""
    return StoredAnswer(
        id=example.id,
        subject_id=example.subject_id,
        prompt_sha256="0" * 64,
        image_sha256=("0" * 64,),
        text=text,
        finished=draw < 0.95 or subject != "base",
        tokens=12,
        findings=found if text else (),
        target=example.target,
        reference=example.answer,
    )


def put(run, name, kind, stage, work, inputs=None, config=None):
    return write(run / name, Plan(kind, stage, 1, config or {}, inputs or {}), work)


def make_dataset(draft):
    (draft.path / "images").mkdir()
    examples = [*map(ecg, range(ECGS)), *map(vitals, range(TEXTS))]
    for i in range(ECGS):
        (draft.path / f"images/{i:03d}.png").write_bytes(picture(i))
    write_examples(draft.path / "test.jsonl", examples)
    return {"counts": {"train": 480, "validation": 60, "test": len(examples)}, "excluded": 0, "leaks": 0}


def make_adapter(draft):
    rng = np.random.default_rng(0)
    loss = 0.08 + 1.4 * np.exp(-np.arange(0, 200, 5) / 40) + 0.02 * rng.random(40)
    rows = [
        {"step": step, "loss": float(value), "learning_rate": 1e-3}
        for step, value in zip(range(5, 205, 5), loss, strict=True)
    ]
    (draft.path / "training_log.json").write_text(json.dumps(rows), encoding="utf-8")
    return {"trainable_parameters": 184_320, "all_parameters": 2_304_000, "final_loss": rows[-1]["loss"]}


def make_verification(draft):
    rows = [Measurement("perplexity", "hf", Estimate(3.21, 3.1, 3.32, 4096, "standard error"), "1")]
    for kind in ("text", "image"):
        largest = exact(0.0031, n=640, method="the largest over 8 prompts")
        average = Estimate(0.00012, 0.0001, 0.00015, 640, "percentile bootstrap")
        rows.append(Measurement("hf_f16_max_abs_delta_logprob", kind, largest, "nat"))
        rows.append(Measurement("hf_f16_mean_abs_delta_logprob", kind, average, "nat"))
    divergences = {"f16": 0.0, "Q8_0": 0.00041, "Q4_K_M": 0.0124}
    for name, size in BYTES.items():
        kl = divergences[name]
        rows += [
            Measurement("perplexity", name, Estimate(3.2 + kl, 3.1, 3.4, 4096, "standard error"), "1"),
            Measurement(
                "kl_divergence", name, Estimate(kl, 0.9 * kl, 1.1 * kl or 1e-6, 4096, "error"), "nat"
            ),
            Measurement("kl_divergence_p999", name, exact(20 * kl, n=4096, method="percentile"), "nat"),
            Measurement("top1_agreement", name, wilson(4096 - round(3e3 * kl), 4096), "1"),
            Measurement("file_bytes", name, exact(size), "byte"),
        ]
    write_measurements(draft.path / "metrics.json", rows)
    timings = []
    for name in BYTES:
        speed = Estimate(310.0, 301.0, 322.0, 5, "llama-bench")
        timings.append(Measurement("tokens_per_second", name, speed, "token/s"))
        timings.append(Measurement("prompt_tokens_per_second", name, speed, "token/s"))
    write_measurements(draft.path / "timings.json", timings)
    draft.clock("timings.json")


def make_evaluation(draft):
    examples = [*map(ecg, range(ECGS)), *map(vitals, range(TEXTS))]
    resampling = Resampling(0, 200)
    answers = {name: [answered(example, name) for example in examples] for name in SHARE_RIGHT}
    rows = []
    for name, given in answers.items():
        size = BYTES.get(name.removeprefix("tuned-"), BYTES["f16"])
        rows.append(Measurement("file_bytes", name, exact(size), "byte"))
        rows += score(given, subject=name, resampling=resampling)
        text = "".join(a.model_dump_json() + "\n" for a in given)
        (draft.path / f"answers-{name}.jsonl").write_text(text, encoding="utf-8")
    pairs = [("tuned-f16", "base"), ("Q8_0", "tuned-f16"), ("Q4_K_M", "tuned-f16")]
    for one, two in pairs:
        rows += compare(answers[one], answers[two], names=(one, two), resampling=resampling)
    write_measurements(draft.path / "metrics.json", rows)
    timings = [
        Measurement(name, subject, value, unit)
        for subject in answers
        for name, value, unit in (
            ("tokens_per_second", Estimate(212.0, 209.0, 215.0, ECGS, "percentile bootstrap"), "token/s"),
            ("seconds_per_answer", undefined(0, "no cases"), "s"),
        )
    ]
    write_measurements(draft.path / "timings.json", timings)
    draft.clock("timings.json")
    return {"ecgs": ECGS, "texts": TEXTS, "subjects": ECGS // 2 + TEXTS, "models": list(answers)}


def make_model(draft):
    (draft.path / "model.safetensors").write_bytes(b"weights")
    return {
        "max_logit_difference": 1e-5,
        "base_model": "google/medgemma-4b-it",
        "base_licence": "its own terms",
    }


def make_file(name):
    return lambda draft: (draft.path / name).write_bytes(name.encode()) and None


@pytest.fixture(scope="session")
def run_dir(tmp_path_factory):
    """A whole run: from the dataset to the evaluation."""
    run = tmp_path_factory.mktemp("run")
    dataset = put(run, "dataset", "dataset", "dataset", make_dataset)
    calibration = put(
        run, "calibration", "calibration", "calibrate", make_file("chat.txt"), {"dataset": dataset.digest}
    )
    adapter = put(
        run, "adapter", "adapter", "train", make_adapter, {"base": "ba5e" * 16, "dataset": dataset.digest}
    )
    model = put(run, "model", "model", "merge", make_model, {"adapter": adapter.digest})
    gguf = put(
        run,
        "gguf",
        "gguf",
        "convert",
        make_file("model-f16.gguf"),
        {"llama.cpp": TOOLS, "model": model.digest},
    )
    imatrix = put(
        run,
        "imatrix",
        "imatrix",
        "imatrix",
        make_file("imatrix.gguf"),
        {"calibration": calibration.digest, "gguf": gguf.digest},
    )
    inputs = {"dataset": dataset.digest, "model tuned-f16": gguf.digest}
    for name in ("Q8_0", "Q4_K_M"):
        made_from = {"gguf": gguf.digest, "imatrix": imatrix.digest}
        quant = put(run, f"gguf-{name}", "gguf", "quantize", make_file(f"model-{name}.gguf"), made_from)
        inputs[f"model {name}"] = f"{quant.digest}+{gguf.digest}"
    limits = {"max_abs_delta_logprob": 0.01, "mean_abs_delta_logprob": 0.0001}
    made_from = {"model": model.digest}
    put(run, "verification", "verification", "verify", make_verification, made_from, limits)
    config = {"base": "base", "reference": "tuned-f16"}
    put(run, "evaluation", "evaluation", "evaluate", make_evaluation, inputs, config)
    return run
