"""Train the demo model from random weights: pictures with captions, and medical text.

The budget is a number of steps, so that the same seed gives the same training on every machine.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bedside.chat import render, segments
from bedside.console import progress
from bedside.examples import Message
from bedside.extras import require

if TYPE_CHECKING:
    from PIL import Image
    from torch import Tensor
    from transformers import BatchFeature, Gemma3ForConditionalGeneration, Gemma3Processor

__all__ = ["Captioned", "Schedule", "answers", "train"]

TEXT_WEIGHT = 0.5


@dataclass(frozen=True)
class Captioned:
    """A conversation of one question and one answer, about a picture or about none."""

    messages: tuple[Message, Message]
    picture: Image.Image | None = None


@dataclass(frozen=True)
class Schedule:
    """How long and how fast to train."""

    steps: int
    picture_batch: int
    text_batch: int
    learning_rate: float
    warmup_steps: int
    weight_decay: float


def train(
    model: Gemma3ForConditionalGeneration,
    processor: Gemma3Processor,
    *,
    pictures: Sequence[Captioned],
    texts: Sequence[Captioned],
    schedule: Schedule,
    seed: int,
) -> float:
    """Train in place on answers only; return the mean picture loss of the last 50 steps, nats a token."""
    torch = require("torch", extra="train", purpose="training the demo model")
    optimizer = _optimizer(model, schedule)
    rate = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: _rate(step, schedule))
    rng = np.random.default_rng(seed)
    picture_batches = _batches(pictures, schedule.picture_batch, rng)
    text_batches = _batches(texts, schedule.text_batch, rng)
    losses: list[float] = []
    model.train()
    with progress("training the demo model", total=schedule.steps) as bar:
        for _ in range(schedule.steps):
            loss = model(**_encode(next(picture_batches), processor)).loss
            loss.backward()
            (TEXT_WEIGHT * model(**_encode(next(text_batches), processor)).loss).backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            rate.step()
            optimizer.zero_grad()
            losses.append(float(loss.detach()))
            bar.advance()
    model.eval()
    return float(np.mean(losses[-50:]))


def answers(
    model: Gemma3ForConditionalGeneration,
    processor: Gemma3Processor,
    items: Sequence[Captioned],
    *,
    max_tokens: int = 32,
    batch: int = 50,
) -> list[str]:
    """Return the model's greedy answer to each item's question."""
    torch = require("torch", extra="train", purpose="asking the demo model")
    said: list[str] = []
    for start in range(0, len(items), batch):
        chunk = items[start : start + batch]
        inputs = _processed([render(item.messages[:1], images=_count(item)) for item in chunk], chunk, processor, "left")
        with torch.inference_mode():
            output = model.generate(**inputs, max_new_tokens=max_tokens, do_sample=False)
        said += processor.tokenizer.batch_decode(
            output[:, inputs["input_ids"].shape[1] :], skip_special_tokens=True
        )
    return [text.strip() for text in said]


def _rate(step: int, schedule: Schedule) -> float:
    """Return the factor on the learning rate: linear warm-up, then cosine down to a twentieth."""
    warm = min(1.0, (step + 1) / schedule.warmup_steps)
    return warm * (0.05 + 0.95 * 0.5 * (1 + float(np.cos(np.pi * step / schedule.steps))))


def _optimizer(model, schedule):
    torch = require("torch", extra="train", purpose="training the demo model")
    matrices = [weight for weight in model.parameters() if weight.dim() >= 2]
    vectors = [weight for weight in model.parameters() if weight.dim() < 2]
    groups = [
        {"params": matrices, "weight_decay": schedule.weight_decay},
        {"params": vectors, "weight_decay": 0.0},
    ]
    return torch.optim.AdamW(groups, lr=schedule.learning_rate, betas=(0.9, 0.98))


def _batches(
    items: Sequence[Captioned], size: int, rng: np.random.Generator
) -> Iterator[list[Captioned]]:
    """Yield batches for ever: every item once in each shuffled pass."""
    while True:
        order = rng.permutation(len(items))
        for start in range(0, len(items) - size + 1, size):
            yield [items[index] for index in order[start : start + size]]


def _encode(items, processor):
    """Return a batch with labels: answers are learnt, everything else is -100."""
    whole = [segments(item.messages, images=_count(item)) for item in items]
    batch = _processed(["".join(piece.text for piece in pieces) for pieces in whole], items, processor, "right")
    labels = batch["input_ids"].clone()
    labels[batch["attention_mask"] == 0] = -100
    for row, pieces in enumerate(whole):
        answer = processor.tokenizer(pieces[1].text, add_special_tokens=False).input_ids
        length = int(batch["attention_mask"][row].sum())
        labels[row, : length - len(answer)] = -100
    return {**batch, "labels": labels}


def _processed(texts, items, processor, side):
    pictures = [[item.picture] for item in items if item.picture is not None]
    return processor(
        text=texts, images=pictures or None, padding=True, padding_side=side, add_special_tokens=False, return_tensors="pt"
    )


def _count(item: Captioned) -> int:
    return 0 if item.picture is None else 1
