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
    from torch.optim import AdamW
    from transformers import BatchFeature, Gemma3ForConditionalGeneration, Gemma3Processor

__all__ = ["Captioned", "Schedule", "answers", "train"]

TEXT_WEIGHT = 0.5
POOL_BATCHES = 16
"""Batches are cut from a pool of this many, sorted by length, so that little is padded."""


HOOK = None


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
            if HOOK:
                HOOK(len(losses))
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
        texts = [render(item.messages[:1], images=_pictures(item)) for item in chunk]
        inputs = _processed(texts, chunk, processor, padding_side="left")
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


def _optimizer(model: Gemma3ForConditionalGeneration, schedule: Schedule) -> AdamW:
    torch = require("torch", extra="train", purpose="training the demo model")
    matrices = [weight for weight in model.parameters() if weight.dim() >= 2]
    vectors = [weight for weight in model.parameters() if weight.dim() < 2]
    groups = [
        {"params": matrices, "weight_decay": schedule.weight_decay},
        {"params": vectors, "weight_decay": 0.0},
    ]
    return torch.optim.AdamW(groups, lr=schedule.learning_rate, betas=(0.9, 0.98), fused=True)


def _batches(
    items: Sequence[Captioned], size: int, rng: np.random.Generator
) -> Iterator[Sequence[Captioned]]:
    """Yield batches of about equal length for ever: every item once in each shuffled pass."""
    while True:
        order = rng.permutation(len(items))
        for start in range(0, len(items), size * POOL_BATCHES):
            pool = sorted(order[start : start + size * POOL_BATCHES], key=lambda index: _length(items[index]))
            batches = [pool[first : first + size] for first in range(0, len(pool), size)]
            for index in rng.permutation(len(batches)):
                yield [items[number] for number in batches[index]]


def _length(item: Captioned) -> int:
    return sum(len(message.content) for message in item.messages)


def _encode(items: Sequence[Captioned], processor: Gemma3Processor) -> dict[str, Tensor]:
    """Return a batch with labels: answers are learnt, everything else is -100."""
    conversations = [segments(item.messages, images=_pictures(item)) for item in items]
    texts = ["".join(piece.text for piece in pieces) for pieces in conversations]
    batch = _processed(texts, items, processor, padding_side="right")
    labels = batch["input_ids"].masked_fill(batch["attention_mask"] == 0, -100)
    for row, (_, answer) in enumerate(conversations):
        said = len(processor.tokenizer(answer.text, add_special_tokens=False).input_ids)
        labels[row, : int(batch["attention_mask"][row].sum()) - said] = -100
    return {**batch, "labels": labels}


def _processed(
    texts: Sequence[str], items: Sequence[Captioned], processor: Gemma3Processor, *, padding_side: str
) -> BatchFeature:
    """Tokenize through the processor, which puts the image tokens in and marks them in token_type_ids."""
    pictures = [[] if item.picture is None else [item.picture] for item in items]
    return processor(
        text=list(texts),
        images=pictures if any(pictures) else None,
        padding=True,
        padding_side=padding_side,
        add_special_tokens=False,
        return_tensors="pt",
    )


def _pictures(item: Captioned) -> int:
    return 0 if item.picture is None else 1
