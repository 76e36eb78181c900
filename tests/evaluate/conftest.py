"""A dataset of small pictures and an engine that answers from a script."""

from __future__ import annotations

import hashlib
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial

import pytest

from bedside import engine
from bedside.artifact import Plan, write
from bedside.engine import Answer
from bedside.errors import DataError
from bedside.examples import Example, Message, write_examples
from bedside.llamacpp.model_files import ModelFiles
from bedside.prompts import ECG_QUESTION, ecg_report

FINDINGS = ("normal sinus rhythm", "sinus tachycardia", "atrial fibrillation")


def ecg_example(number: int, *findings: str) -> Example:
    return Example(
        id=f"ecg-{number}",
        subject_id=f"patient-{number // 2}",
        messages=(
            Message(role="user", content=ECG_QUESTION),
            Message(role="assistant", content=ecg_report(findings, "routine review")),
        ),
        images=(f"images/{number}.png",),
        target=findings,
    )


def text_example(number: int) -> Example:
    return Example(
        id=f"vitals-{number}",
        subject_id=f"patient-{number}",
        messages=(
            Message(role="user", content=f"Heart rate {number}."),
            Message(role="assistant", content=f"Stable at {number}."),
        ),
    )


@pytest.fixture
def dataset(tmp_path):
    """Twelve ECGs of six patients, and three texts."""
    examples = [ecg_example(i, FINDINGS[i % 3]) for i in range(12)] + [text_example(i) for i in range(3)]

    def work(draft):
        (draft.path / "images").mkdir()
        for i in range(12):
            (draft.path / f"images/{i}.png").write_bytes(b"picture %d" % i)
        write_examples(draft.path / "test.jsonl", examples)

    return write(tmp_path / "dataset", Plan("dataset", "dataset", 1, {}, {}), work)


@dataclass
class ScriptedEngine:
    """Answers with the reference, except that `wrong` answers are something else; stops after `patience`.

    A question in `too_long` does not fit into the context.
    """

    references: dict[str, str]
    wrong: dict[str, str] = field(default_factory=dict)
    too_long: frozenset[str] = frozenset()
    patience: int = 10**9
    options: dict[str, object] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    name: str = "scripted"

    def generate(self, prompt, *, max_tokens):
        key = prompt.images[0].decode() if prompt.images else prompt.messages[-1].content
        if len(self.asked) >= self.patience:
            raise KeyboardInterrupt
        self.asked.append(key)
        if key in self.too_long:
            raise DataError("the prompt is too long: 9000 tokens, 4096 fit", fix="shorten it")
        text = self.wrong.get(key, self.references[key])
        tokens = tuple(range(min(max_tokens, len(text.split()) + 1)))
        return Answer(text, tokens, finished=text != "cut", seconds=0.5, tokens_per_second=20.0)

    def score(self, prompt, answer, *, top=1):
        raise NotImplementedError


@pytest.fixture
def scripted(references):
    """Make an engine that knows the references: `scripted(wrong={...}, patience=3)`."""
    return partial(ScriptedEngine, references)


@pytest.fixture
def references():
    answers = {f"picture {i}": ecg_report((FINDINGS[i % 3],), "routine review") for i in range(12)}
    return answers | {f"Heart rate {i}.": f"Stable at {i}." for i in range(3)}


@pytest.fixture
def served(monkeypatch, tmp_path):
    """Put engines in the place of servers: `served({"base": engine})` returns the models to evaluate."""

    def serve(engines):
        by_path = {}
        models = {}
        for name, scripted in engines.items():
            gguf = tmp_path / f"{name}.gguf"
            gguf.write_bytes(name.encode())
            by_path[gguf] = scripted
            models[name] = ModelFiles(gguf, None, hashlib.sha256(name.encode()).hexdigest())

        @contextmanager
        def open_engine(gguf, mmproj=None, **options):
            by_path[gguf].options = options
            yield by_path[gguf]

        monkeypatch.setattr(engine, "open_engine", open_engine, raising=False)
        return models

    return serve
