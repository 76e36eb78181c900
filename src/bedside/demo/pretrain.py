"""Train the demo model from random weights: first its eyes, then its tongue.

The vision tower learns to tell the kinds of picture apart, as the towers of large models are trained on
more than their language model will name. Then it is frozen, and the rest learns to answer: captions of
some kinds of picture, and medical text. The budget is a number of steps, so that the same seed gives the
same training on every machine.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from bedside.chat import render, segments
from bedside.console import progress
from bedside.demo.corpus import Item, Picture
from bedside.extras import require

__all__ = ["Schedule", "answers", "train_answers", "train_tower"]

PURPOSE = "training the demo model"
POOL_BATCHES = 16
"""Batches are cut from a pool of this many, sorted by length, so that little is padded."""


class Schedule(BaseModel):
    """How long and how fast to train."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    tower_steps: int = Field(default=300, gt=0)
    tower_batch: int = Field(default=16, gt=0)
    steps: int = Field(default=350, gt=0)
    picture_batch: int = Field(default=4, gt=0)
    text_batch: int = Field(default=12, gt=0)
    learning_rate: float = Field(default=1e-3, gt=0)
    warmup_steps: int = Field(default=30, gt=0)
    weight_decay: float = Field(default=0.05, ge=0)


def train_tower(
    model: Any, processor: Any, *, pictures: Sequence[Picture], schedule: Schedule, seed: int
) -> float:
    """Train the vision tower in place; return the mean loss of the last 20 steps, nats a picture.

    A linear layer on the mean of the tower's output tells the findings apart; it is thrown away.
    """
    torch = require("torch", extra="train", purpose=PURPOSE)
    tower = model.model.vision_tower
    kinds = sorted({picture.finding for picture in pictures})
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        head = torch.nn.Linear(model.config.vision_config.hidden_size, len(kinds))
    optimizer = _optimizer([*tower.parameters(), *head.parameters()], schedule)
    batches = _shuffled(len(pictures), schedule.tower_batch, np.random.default_rng(seed))
    losses: list[float] = []
    tower.train()
    with progress("training the demo model's vision", total=schedule.tower_steps) as bar:
        for step in range(schedule.tower_steps):
            chosen = [pictures[index] for index in next(batches)]
            shown = processor.image_processor([picture.image for picture in chosen], return_tensors="pt")
            target = torch.tensor([kinds.index(picture.finding) for picture in chosen])
            seen = tower(pixel_values=shown["pixel_values"]).last_hidden_state.mean(dim=1)
            loss = torch.nn.functional.cross_entropy(head(seen), target)
            loss.backward()
            _advance(optimizer, step, schedule.tower_steps, schedule)
            losses.append(float(loss.detach()))
            bar.advance()
    tower.eval()
    return float(np.mean(losses[-20:]))


def train_answers(
    model: Any,
    processor: Any,
    *,
    captions: Sequence[Item],
    texts: Sequence[Item],
    schedule: Schedule,
    seed: int,
) -> float:
    """Train all but the tower in place, on answers only; return the text loss at the end, nats a token."""
    model.model.vision_tower.requires_grad_(False)
    optimizer = _optimizer([weight for weight in model.parameters() if weight.requires_grad], schedule)
    rng = np.random.default_rng(seed)
    caption_batches = _batches(captions, schedule.picture_batch, rng)
    text_batches = _batches(texts, schedule.text_batch, rng)
    losses: list[float] = []
    model.train()
    with progress("training the demo model's answers", total=schedule.steps) as bar:
        for step in range(schedule.steps):
            model(**_encode(next(caption_batches), processor)).loss.backward()
            loss = model(**_encode(next(text_batches), processor)).loss
            loss.backward()
            _advance(optimizer, step, schedule.steps, schedule)
            losses.append(float(loss.detach()))
            bar.advance()
    model.eval()
    model.requires_grad_(True)
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


def _advance(optimizer: Any, step: int, steps: int, schedule: Schedule) -> None:
    """Take one optimizer step: gradients clipped to norm 1, learning rate warmed up, then a cosine."""
    torch = require("torch", extra="train", purpose=PURPOSE)
    for group in optimizer.param_groups:
        group["lr"] = schedule.learning_rate * _rate(step, steps, schedule.warmup_steps)
        torch.nn.utils.clip_grad_norm_(group["params"], 1.0)
    optimizer.step()
    optimizer.zero_grad()


def _rate(step: int, steps: int, warmup_steps: int) -> float:
    """Return the factor on the learning rate: linear warm-up, then cosine down to a twentieth."""
    warm = min(1.0, (step + 1) / warmup_steps)
    return warm * (0.05 + 0.95 * 0.5 * (1 + float(np.cos(np.pi * step / steps))))


def _optimizer(weights: Sequence[Any], schedule: Schedule) -> Any:
    torch = require("torch", extra="train", purpose=PURPOSE)
    return torch.optim.AdamW(
        weights,
        lr=schedule.learning_rate,
        betas=(0.9, 0.98),
        weight_decay=schedule.weight_decay,
        fused=True,
    )


def _shuffled(count: int, size: int, rng: np.random.Generator) -> Iterator[list[int]]:
    """Yield batches of indices for ever: every one once in each shuffled pass."""
    while True:
        order = rng.permutation(count).tolist()
        yield from (order[start : start + size] for start in range(0, count, size))


def _batches(items: Sequence[Item], size: int, rng: np.random.Generator) -> Iterator[list[Item]]:
    """Yield batches of about equal length for ever: every item once in each shuffled pass."""
    for pool in _shuffled(len(items), size * POOL_BATCHES, rng):
        pool.sort(key=lambda index: _length(items[index]))
        batches = [pool[start : start + size] for start in range(0, len(pool), size)]
        for number in rng.permutation(len(batches)):
            yield [items[index] for index in batches[number]]


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
