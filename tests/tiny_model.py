"""A Gemma-3-shaped model of random weights, a tokenizer trained in this process, and data for both."""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import torch

from bedside.artifact import Artifact, Draft, Plan, folder_digest, write
from bedside.chat import render
from bedside.demo.model import ModelSize, build_model, save_model
from bedside.demo.tokenizer import train_tokenizer
from bedside.examples import Example, Message, write_examples

WORDS = ("the", "ecg", "shows", "sinus", "rhythm", "rate", "is", "normal", "slow", "fast", "beats", "high")


@dataclass(frozen=True)
class ModelFolder:
    """A model folder with its digest: what a stage takes as a model."""

    path: Path

    @cached_property
    def digest(self) -> str:
        return folder_digest(self.path)


def sentences(count: int, *, seed: int = 0) -> list[str]:
    rng = random.Random(seed)
    return [" ".join(rng.choices(WORDS, k=rng.randint(4, 12))).capitalize() + "." for _ in range(count)]


def make_model(folder: Path, *, seed: int = 0, **sizes: int) -> ModelFolder:
    """Build a model of random weights; `sizes` may be ones that the product would refuse."""
    folder.mkdir(parents=True)
    tokenizer = folder.parent / f"{folder.name}.tokenizer.model"
    texts = [*sentences(200), *map(str, range(10)), "Interpret this ECG? user model"]
    tokenizer.write_bytes(train_tokenizer(texts, vocab_size=384))
    size = ModelSize.model_construct(**{**ModelSize(vision_hidden_size=64).model_dump(), **sizes})
    torch.manual_seed(seed)
    model, processor = build_model(size, tokenizer_file=tokenizer, seed=seed)
    for weight in model.parameters():
        if weight.dim() >= 2:
            # The usual 0.02 gives nearly uniform predictions, and transformers starts the projector at
            # zero, which would hide the picture from the text model.
            weight.data = 3 * weight.data if weight.any() else torch.randn_like(weight) / 16
    save_model(model, processor, tokenizer_file=tokenizer, folder=folder)
    return ModelFolder(folder)


def copy_of(model: ModelFolder, folder: Path) -> ModelFolder:
    shutil.copytree(model.path, folder)
    return ModelFolder(folder)


CALIBRATION_FIGURES = {"profile": "clinical", "files": {"plain": "plain.txt", "chat": "chat.txt"}}


def make_artifact(folder: Path, kind: str, work: Callable[[Draft], Mapping[str, Any] | None]) -> Artifact:
    return write(folder, Plan(kind, "test", 1, {}, {}), work)


def conversation(seed: int) -> tuple[Message, ...]:
    question, answer = sentences(2, seed=seed)
    return (Message(role="user", content=question), Message(role="assistant", content=answer))


def make_calibration(folder: Path, *, conversations: int = 60) -> Artifact:
    def work(draft: Draft) -> Mapping[str, Any]:
        chats = (render(conversation(seed)) for seed in range(conversations))
        (draft.path / "chat.txt").write_text("".join(chats))
        (draft.path / "plain.txt").write_text("\n".join(sentences(conversations)))
        return CALIBRATION_FIGURES

    return make_artifact(folder, "calibration", work)


def picture(seed: int, *, size: int = 128) -> bytes:
    import numpy as np
    from PIL import Image

    from bedside.prompts import png_bytes

    pixels = np.random.default_rng(seed).integers(0, 255, (size, size, 3), dtype=np.uint8)
    return png_bytes(Image.fromarray(pixels))


def make_dataset(folder: Path, *, texts: int = 40, pictures: int = 3) -> Artifact:
    def work(draft: Draft) -> None:
        (draft.path / "images").mkdir()
        examples = [
            Example(id=f"t{i}", subject_id=f"s{i}", messages=conversation(1000 + i)) for i in range(texts)
        ]
        for i in range(pictures):
            (draft.path / f"images/{i}.png").write_bytes(picture(i))
            asked = conversation(2000 + i)
            examples.append(
                Example(id=f"p{i}", subject_id=f"p{i}", messages=asked, images=(f"images/{i}.png",))
            )
        write_examples(draft.path / "test.jsonl", examples)

    return make_artifact(folder, "dataset", work)
