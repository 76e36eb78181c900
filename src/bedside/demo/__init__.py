"""The embedded default: a tiny Gemma 3 vision model, trained here from random weights.

It stands where a downloaded MedGemma would stand and is loaded by the same code. Its vision tower tells five
kinds of synthetic ECG picture apart; its language model names three of them, in captions of its own wording.
Two more findings and the form of a report are left for fine-tuning. It is a working example of the path, not
a medical model.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from bedside.artifact import Artifact, Plan, cache_dir, write
from bedside.console import say
from bedside.demo.corpus import Item, captioned, draw_pictures, text_items
from bedside.demo.model import ModelSize, build_model, save_model
from bedside.demo.pretrain import Schedule, answers, train_answers, train_tower
from bedside.demo.tokenizer import chat_template, train_tokenizer
from bedside.ecg.findings import findings_in
from bedside.ecg.render import DEMO_OPTIONS
from bedside.ecg.render.geometry import span_s
from bedside.estimates import wilson

__all__ = ["DemoModelConfig", "base_model"]

VERSION = 2


class DemoModelConfig(BaseModel):
    """How the demo model is made."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    size: ModelSize = ModelSize()
    schedule: Schedule = Schedule()
    pictures: int = Field(default=2000, gt=0, description="pictures to train on, of all findings")
    texts: int = Field(default=4000, gt=0, description="questions and answers without a picture to train on")
    held_out: int = Field(
        default=250, gt=0, description="pictures of new subjects, of all findings, to measure on"
    )
    seed: int = Field(default=0, ge=0)


def base_model(config: DemoModelConfig | None = None, *, out_dir: Path | None = None) -> Artifact:
    """Return the demo model, training it on first use (about a minute and a half on two cores).

    Args:
        config: how it is made.
        out_dir: its folder; where not given, in the user cache.

    Raises:
        MissingExtraError: the packages for training are not installed.
    """
    config = config or DemoModelConfig()
    plan = Plan("model", "demo", VERSION, config.model_dump(mode="json"), {"corpus": _corpus_digest()})
    return write(out_dir or cache_dir() / "demo-model", plan, lambda draft: _make(config, draft.path))


def _make(config: DemoModelConfig, folder: Path) -> dict[str, Any]:
    say("making the demo model (once; it is kept in the user cache)")
    rng = np.random.default_rng(config.seed)
    pictures = draw_pictures(config.pictures, rng, name="demo-model")
    captions, texts = captioned(pictures, rng), text_items(config.texts, rng)
    words = [text for item in [*captions, *texts] for text in (item.asked, item.said)]
    tokenizer_file = folder / "tokenizer.model"
    tokenizer_file.write_bytes(train_tokenizer(words, vocab_size=config.size.vocab_size))
    model, processor = build_model(config.size, tokenizer_file=tokenizer_file, seed=config.seed)
    schedule, seed = config.schedule, config.seed
    tower_loss = train_tower(model, processor, pictures=pictures, schedule=schedule, seed=seed)
    text_loss = train_answers(model, processor, captions=captions, texts=texts, schedule=schedule, seed=seed)
    held_out = captioned(draw_pictures(config.held_out, rng, name="demo-model-held-out"), rng)
    said = answers(model, processor, held_out)
    save_model(model, processor, tokenizer_file=tokenizer_file, folder=folder)
    return {
        "licence": "Apache-2.0, trained here from random weights",
        "parameters": sum(weight.numel() for weight in model.parameters()),
        "vision_loss_nat": round(tower_loss, 4),
        "text_loss_nat": round(text_loss, 4),
        "picture_layout": _layout_in_words(),
        "picture_accuracy": _accuracy(held_out, said),
    }


def _layout_in_words() -> str:
    paper = DEMO_OPTIONS.paper
    return (
        f"leads {DEMO_OPTIONS.layout.name}; {span_s(DEMO_OPTIONS):g} s; {DEMO_OPTIONS.scale}; "
        f"{paper.px_per_mm:g} px/mm; {paper.width_px} × {paper.height_px} px"
    )


def _accuracy(items: Sequence[Item], said: Sequence[str]) -> dict[str, Any]:
    """Return the share of pictures whose answer names exactly the finding of the reference caption."""
    right = sum(findings_in(item.said) == findings_in(text) for item, text in zip(items, said, strict=True))
    share = wilson(right, len(items))
    return {
        "value": share.value,
        "low": share.low,
        "high": share.high,
        "n": share.n,
        "method": f"exact set of findings on new synthetic subjects, taught findings only; {share.method}",
    }


def _corpus_digest() -> str:
    """Return the hash of a sample of what the model would be trained on.

    A changed picture, caption or text thus makes another model; the key does not rest on a version alone.
    """
    rng = np.random.default_rng(0)
    digest = hashlib.sha256(chat_template().encode())
    pictures = draw_pictures(10, rng, name="sample")
    for picture in pictures:
        digest.update(picture.image.tobytes())
    for item in [*captioned(pictures, rng), *text_items(60, rng)]:
        digest.update(f"{item.asked}\0{item.said}\0".encode())
    return digest.hexdigest()
