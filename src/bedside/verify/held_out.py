"""Choose what models are compared on: prompts and conversations of the test split, and nothing else.

Neither the training nor the calibration saw them, so a difference found here is one a user would meet.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from bedside.artifact import Artifact
from bedside.engine import Prompt
from bedside.examples import Example, evenly, read_examples

__all__ = ["Kind", "ParityPrompt", "chat_examples", "pack", "parity_prompts", "read_test_split"]

Kind = Literal["text", "image"]


@dataclass(frozen=True)
class ParityPrompt:
    """A prompt of the test split; `kind` tells whether it shows a picture."""

    id: str
    kind: Kind
    prompt: Prompt


def read_test_split(dataset: Artifact) -> tuple[Example, ...]:
    """Read the examples that neither training nor calibration saw."""
    return tuple(read_examples(dataset.file("test.jsonl")))


def parity_prompts(
    examples: Sequence[Example], dataset: Artifact, *, text: int, image: int
) -> tuple[ParityPrompt, ...]:
    """Choose up to `text` prompts without and `image` prompts with a picture, evenly over the split."""
    plain = [example for example in examples if example.messages and not example.images]
    shown = [example for example in examples if example.images]
    chosen: list[ParityPrompt] = []
    groups: tuple[tuple[Kind, list[Example], int], ...] = (("text", plain, text), ("image", shown, image))
    for kind, group, count in groups:
        for example in evenly(group, count):
            pictures = tuple(dataset.file(name).read_bytes() for name in example.images)
            chosen.append(ParityPrompt(example.id, kind, Prompt(example.prompt, pictures)))
    return tuple(chosen)


def chat_examples(examples: Sequence[Example]) -> tuple[Example, ...]:
    """Return the conversations whose text perplexity is measured on: without pictures first.

    A conversation about a picture follows with its words alone, for test splits that have few others:
    llama-perplexity reads text only.
    """
    answered = [example for example in examples if example.answer]
    return tuple(sorted(answered, key=lambda example: bool(example.images)))


def pack(conversations: Sequence[Sequence[int]], *, context: int, limit: int) -> NDArray[np.int32]:
    """Lay conversations one after the other into chunks of `context` tokens.

    Each chunk starts where a conversation starts, with its beginning-of-sequence token, as in use; the
    last conversation of a chunk is cut and its rest dropped.

    Args:
        conversations: token ids of each, beginning-of-sequence token first.
        context: tokens in a chunk.
        limit: how many chunks at most.

    Returns:
        Token ids, shape (chunks, context); no row where the conversations do not fill one chunk.
    """
    chunks: list[list[int]] = []
    current: list[int] = []
    for conversation in conversations:
        current += conversation
        if len(current) >= context:
            chunks.append(current[:context])
            current = []
        if len(chunks) == limit:
            break
    return np.array(chunks, dtype=np.int32).reshape(len(chunks), context)
