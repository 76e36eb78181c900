"""Write the reference model's logits as the file that llama-perplexity compares a GGUF file with.

llama-perplexity makes such a file itself, but from a GGUF file, which hides what the conversion did, and it
cannot read control tokens in its text. Here the logits come from the transformers model in float32.

Layout, little-endian (`tools/perplexity/perplexity.cpp` of the pinned llama.cpp): `_logits_`; int32 context,
vocabulary, chunks; int32 token ids; then for each scored position (the second half of each chunk) a row of
2·⌈V/2⌉+4 uint16: the bytes of float32 scale and float32 smallest log-probability, then
round((logit − smallest logit) / scale). The smallest logit is at most 16 below the largest.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bedside import chat, hf
from bedside.errors import ArtifactError, DataError
from bedside.examples import Example
from bedside.extras import require
from bedside.verify.held_out import pack

__all__ = [
    "Reference",
    "encode_rows",
    "header",
    "hf_logits",
    "reference_bytes",
    "scored_tokens",
    "tokenize",
    "write_logits",
]

_DYNAMIC_RANGE = np.float32(16)
_LEVELS = np.float32(65535)


@dataclass(frozen=True)
class Reference:
    """The text two models are compared on.

    Attributes:
        tokens: token ids, shape (chunks, context).
        vocabulary: how many tokens the GGUF file has.
    """

    tokens: NDArray[np.int32]
    vocabulary: int

    @property
    def chunks(self) -> int:
        """How many chunks of text."""
        return int(self.tokens.shape[0])

    @property
    def context(self) -> int:
        """Tokens in a chunk."""
        return int(self.tokens.shape[1])


def scored_tokens(reference: Reference) -> int:
    """Return how many tokens llama-perplexity scores: the second half of each chunk but its last token."""
    return reference.chunks * (reference.context - 1 - reference.context // 2)


def reference_bytes(reference: Reference) -> int:
    """Return the size of the file, in bytes."""
    row = 2 * (2 * ((reference.vocabulary + 1) // 2) + 4)
    return 20 + 4 * reference.tokens.size + scored_tokens(reference) * row


def header(reference: Reference) -> bytes:
    """Return what stands before the rows."""
    counts = struct.pack("<iii", reference.context, reference.vocabulary, reference.chunks)
    return b"_logits_" + counts + reference.tokens.astype("<i4").tobytes()


def encode_rows(logits: NDArray[np.float32]) -> bytes:
    """Encode logits, shape (positions, vocabulary), as 16-bit rows.

    The arithmetic is float32 with the sum in float64, as in llama.cpp's `log_softmax`.
    """
    rows, vocabulary = logits.shape
    largest = logits.max(axis=1, keepdims=True)
    smallest = np.maximum(logits.min(axis=1, keepdims=True), largest - _DYNAMIC_RANGE)
    log_sum = np.log(np.exp(logits - largest).sum(axis=1, keepdims=True, dtype=np.float64)).astype(np.float32)
    scale = (largest - smallest) / _LEVELS
    inverse = np.divide(np.float32(1), scale, out=np.zeros_like(scale), where=scale > 0)
    steps = np.rint(inverse * (np.maximum(logits, smallest) - smallest))
    encoded = np.zeros((rows, 2 * ((vocabulary + 1) // 2) + 4), dtype="<u2")
    encoded[:, :4] = np.hstack([scale, smallest - largest - log_sum]).astype("<f4").view("<u2")
    encoded[:, 4 : 4 + vocabulary] = steps.astype("<u2")
    return encoded.tobytes()


def tokenize(
    folder: Path, examples: Sequence[Example], *, vocabulary: int, context: int, chunks: int
) -> Reference:
    """Render and tokenize conversations as the deployed model sees them, control tokens as single ids.

    Raises:
        DataError: the conversations do not fill one chunk.
    """
    tokenizer = hf.load_processor(folder).tokenizer
    ids = [
        tokenizer(chat.render(example.messages), add_special_tokens=False)["input_ids"]
        for example in examples
    ]
    tokens = pack(ids, context=context, limit=chunks)
    if not tokens.size:
        raise DataError(
            f"the {len(ids)} conversations of the test split hold {sum(map(len, ids))} tokens; one chunk of "
            f"{context} is needed to measure perplexity",
            fix="lower verify.context, or put more subjects into the test split",
        )
    return Reference(tokens, vocabulary)


def write_logits(
    path: Path, reference: Reference, chunk_logits: Callable[[Sequence[int]], NDArray[np.float32]]
) -> NDArray[np.float64]:
    """Write the file, one chunk of logits at a time; return −log P of each scored token, nats.

    These are exact, while the file's own are cut at 16 below the most probable token.

    Args:
        path: where to write; may be a named pipe.
        reference: the text.
        chunk_logits: returns the logits after each token of a chunk's second half, shape (positions,
            vocabulary or more); what exceeds the GGUF's vocabulary is cut.

    Raises:
        ArtifactError: the model knows fewer tokens than the GGUF file.
    """
    surprisal: list[NDArray[np.float64]] = []
    scored = reference.context - 1 - reference.context // 2
    with path.open("wb") as file:
        file.write(header(reference))
        for chunk in reference.tokens:
            logits = chunk_logits([int(token) for token in chunk])
            if logits.shape[1] < reference.vocabulary:
                raise ArtifactError(
                    f"The model knows {logits.shape[1]} tokens, the GGUF file {reference.vocabulary}.",
                    fix="verify a GGUF file together with the very model it was converted from",
                )
            rows = logits[:scored, : reference.vocabulary]
            file.write(encode_rows(rows))
            surprisal.append(_surprisal(rows, chunk[-scored:]))
    return np.concatenate(surprisal)


def _surprisal(logits: NDArray[np.float32], targets: NDArray[np.int32]) -> NDArray[np.float64]:
    largest = logits.max(axis=1).astype(np.float64)
    total = np.exp(logits - logits.max(axis=1, keepdims=True)).sum(axis=1, dtype=np.float64)
    chosen = logits[np.arange(len(targets)), targets].astype(np.float64)
    return largest + np.log(total) - chosen


def hf_logits(folder: Path) -> Callable[[Sequence[int]], NDArray[np.float32]]:
    """Load the transformers model and return the function that computes a chunk's logits, in float32."""
    torch = require("torch", extra="train", purpose="computing the reference model's logits")
    loaded = hf.load(folder)

    def logits(tokens: Sequence[int]) -> NDArray[np.float32]:
        ids = torch.tensor([tokens])
        fed: dict[str, Any] = {"input_ids": ids, "attention_mask": torch.ones_like(ids)}
        if loaded.image_size is not None:
            fed["token_type_ids"] = torch.zeros_like(ids)
        with torch.inference_mode():
            found = loaded.model(**fed, logits_to_keep=len(tokens) - len(tokens) // 2).logits
        return found[0].float().numpy()

    return logits
