"""An index of made-up examples, as shards have it, without any picture files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import polars as pl

from bedside.dataset.index import index_of
from bedside.dataset.pictures import PictureFacts
from bedside.examples import Example, Message


def example(
    number: int, *, subject: str | None = None, asked: str | None = None, **fields: object
) -> Example:
    messages = (
        Message(role="user", content=asked or f"Question {number}?"),
        Message(role="assistant", content=str(fields.pop("said", f"Answer {number}."))),
    )
    fields = {"source": "s", **fields}
    return Example.model_validate(
        {"id": str(number), "subject_id": subject or f"subject {number}", "messages": messages, **fields}
    )


def facts_of(seed: int, *, flipped: int = 0, name: str | None = None) -> PictureFacts:
    """Facts of a picture with random ink; `flipped` of the 256 bits of what it looks like are turned."""
    bits = np.random.default_rng(seed).integers(0, 2, 256).astype(np.uint8)
    bits[np.random.default_rng([seed, 1]).permutation(256)[:flipped]] ^= 1
    return PictureFacts(name or f"sha {seed} {flipped}", np.packbits(bits).tobytes())


def indexed(
    examples: Sequence[Example],
    pictures: Mapping[str, PictureFacts] | None = None,
    *,
    from_source: Sequence[int] | None = None,
    part: str | None = None,
) -> pl.DataFrame:
    index = index_of(examples, pictures or {}).with_columns(
        from_source=pl.Series(from_source or [0] * len(examples), dtype=pl.UInt16)
    )
    index = index.with_columns(left_out=pl.lit(None, pl.String))
    return index if part is None else index.with_columns(part=pl.lit(part))
