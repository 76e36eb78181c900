"""Batches for training: the shared prompt, and a loss on the answer alone.

The labels come from the segments of `chat`, not from a pattern searched in token ids, so the user's turn,
the picture and the padding are never learned.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bedside import chat, hf
from bedside.errors import DataError
from bedside.examples import Example
from bedside.extras import require

__all__ = ["AnswerOnlyCollator", "encode_example"]


@dataclass(frozen=True)
class AnswerOnlyCollator:
    """Turn examples into padded batches.

    Attributes:
        loaded: the processor.
        folder: where the examples' pictures are.
        max_length: longest conversation in tokens, image tokens included.
    """

    loaded: hf.Loaded
    folder: Path
    max_length: int

    def __call__(self, rows: Sequence[dict[str, str]]) -> dict[str, Any]:
        """Collate rows of `{"example": JSON}`.

        Returns:
            `input_ids`, `attention_mask`, `labels`, each of shape (rows, tokens), and, for a vision model,
            `token_type_ids` and `pixel_values`.
        """
        torch = require("torch", extra="train", purpose="Fine-tuning")
        encoded = [self._encode(Example.model_validate_json(row["example"])) for row in rows]
        pad = torch.nn.utils.rnn.pad_sequence

        def padded(values: list[Any], filler: int) -> Any:
            return pad(values, batch_first=True, padding_value=filler)

        batch = {
            "input_ids": padded([e.input_ids for e in encoded], self.loaded.tokenizer.pad_token_id),
            "attention_mask": padded([torch.ones_like(e.input_ids) for e in encoded], 0),
            "labels": padded([e.labels for e in encoded], hf.IGNORED),
        }
        if self.loaded.image_size is not None:
            batch["token_type_ids"] = padded([e.token_type_ids for e in encoded], 0)
        if pixels := [e.pixel_values for e in encoded if e.pixel_values is not None]:
            batch["pixel_values"] = torch.cat(pixels)
        return batch

    def _encode(self, example: Example) -> hf.Encoded:
        encoded = encode_example(self.loaded, example, folder=self.folder)
        if len(encoded.input_ids) > self.max_length:
            raise DataError(
                f"example {example.id!r} has {len(encoded.input_ids)} tokens, more than "
                f"max_length {self.max_length}",
                fix="raise train.max_length in the recipe, or shorten the example; nothing is cut silently",
            )
        return encoded


def encode_example(loaded: hf.Loaded, example: Example, *, folder: Path) -> hf.Encoded:
    """Render and tokenize one example with its pictures; of running text all is learned."""
    if example.text is not None:
        return hf.encode(loaded, chat.running_text(example.text))
    segments = chat.segments(example.messages, images=len(example.images))
    return hf.encode(loaded, segments, [(folder / image).read_bytes() for image in example.images])
