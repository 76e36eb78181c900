"""Train the demo model from random weights: pictures with captions, and medical text.

The budget is a number of steps, so that the same seed gives the same training on every machine.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from bedside.chat import render, segments
from bedside.console import progress
from bedside.demo.corpus import Item
from bedside.extras import require

__all__ = ["Schedule", "answers", "train"]

TEXT_WEIGHT = 0.5
POOL_BATCHES = 16
"""Batches are cut from a pool of this many, sorted by length, so that little is padded."""


class Schedule(BaseModel):
    """How long and how fast to train."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    steps: int = Field(default=500, gt=0)
    picture_batch: int = Field(default=8, gt=0)
    text_batch: int = Field(default=6, gt=0)
    learning_rate: float = Field(default=1e-3, gt=0)
    warmup_steps: int = Field(default=40, gt=0)
    weight_decay: float = Field(default=0.05, ge=0)


def train(
    model: Any,
    processor: Any,
    *,
    pictures: Sequence[Item],
    texts: Sequence[Item],
    schedule: Schedule,
    seed: int,
) -> float:
    """Train in place on answers only; return the mean picture loss of the last 50 steps, nats per token."""
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
    model: Any,
    processor: Any,
    items: Sequence[Item],
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


def _optimizer(model: Any, schedule: Schedule) -> Any:
    torch = require("torch", extra="train", purpose="training the demo model")
    matrices = [weight for weight in model.parameters() if weight.dim() >= 2]
    vectors = [weight for weight in model.parameters() if weight.dim() < 2]
    groups = [
        {"params": matrices, "weight_decay": schedule.weight_decay},
        {"params": vectors, "weight_decay": 0.0},
    ]
    return torch.optim.AdamW(groups, lr=schedule.learning_rate, betas=(0.9, 0.98), fused=True)


def _batches(items: Sequence[Item], size: int, rng: np.random.Generator) -> Iterator[Sequence[Item]]:
    """Yield batches of about equal length for ever: every item once in each shuffled pass."""
    while True:
        order = rng.permutation(len(items))
        for start in range(0, len(items), size * POOL_BATCHES):
            pool = sorted(order[start : start + size * POOL_BATCHES], key=lambda index: _length(items[index]))
            batches = [pool[first : first + size] for first in range(0, len(pool), size)]
            for index in rng.permutation(len(batches)):
                yield [items[number] for number in batches[index]]


def _length(item: Item) -> int:
    return sum(len(message.content) for message in item.messages)


def _encode(items: Sequence[Item], processor: Any) -> dict[str, Any]:
    """Return a batch with labels: answers are learnt, everything else is -100."""
    conversations = [segments(item.messages, images=_pictures(item)) for item in items]
    texts = ["".join(piece.text for piece in pieces) for pieces in conversations]
    batch = _processed(texts, items, processor, padding_side="right")
    labels = batch["input_ids"].masked_fill(batch["attention_mask"] == 0, -100)
    for row, (_, answer) in enumerate(conversations):
        said = len(processor.tokenizer(answer.text, add_special_tokens=False).input_ids)
        labels[row, : int(batch["attention_mask"][row].sum()) - said] = -100
    return {**batch, "labels": labels}


def _processed(texts: Sequence[str], items: Sequence[Item], processor: Any, *, padding_side: str) -> Any:
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


def _pictures(item: Item) -> int:
    return 0 if item.picture is None else 1
