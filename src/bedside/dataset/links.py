"""Which subjects must stay together because they share something that would leak.

Two subjects are linked where they share a picture, a question, or pictures that look the same. Linked
subjects, and those linked to them, form a group, named by its first subject.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
import polars as pl

from bedside.dataset.pictures import alike

__all__ = ["Link", "groups", "links"]

By = Literal["question", "picture", "likeness"]


@dataclass(frozen=True)
class Link:
    """Two different subjects, and what they share."""

    first: str
    second: str
    by: By


def groups(index: pl.DataFrame) -> dict[str, str]:
    """Return the group of every subject in `index` (see `index.SCHEMA`)."""
    names = sorted(index["subject_id"].unique().to_list())
    number = {name: position for position, name in enumerate(names)}
    parent = list(range(len(names)))
    for link in links(index):
        a, b = _root(parent, number[link.first]), _root(parent, number[link.second])
        parent[max(a, b)] = min(a, b)
    return {name: names[_root(parent, position)] for name, position in number.items()}


def links(index: pl.DataFrame) -> Iterator[Link]:
    """Find the links between the subjects in `index`; of many that share one thing, each with the first."""
    pictures = index.select("subject_id", "pictures", "signatures").explode("pictures", "signatures")
    pictures = pictures.drop_nulls().unique(subset=["subject_id", "pictures"], maintain_order=True)
    unpictured = index.filter(pl.col("pictures").list.len() == 0)
    yield from _sharing(unpictured.select("subject_id", key="question"), "question")
    yield from _sharing(pictures.select("subject_id", key="pictures"), "picture")
    owner, digest = pictures["subject_id"].to_list(), pictures["pictures"].to_list()
    signatures = np.frombuffer(b"".join(pictures["signatures"].to_list()), dtype=np.uint64)
    for a, b in alike(signatures.reshape(len(owner), -1)) if owner else ():
        if owner[a] != owner[b] and digest[a] != digest[b]:
            yield Link(*sorted((owner[a], owner[b])), by="likeness")


def _sharing(pairs: pl.DataFrame, by: By) -> Iterator[Link]:
    of_key = pairs.unique().group_by("key").agg(pl.col("subject_id").sort())
    shared = of_key.filter(pl.col("subject_id").list.len() > 1).sort("key")
    for first, *others in shared["subject_id"].to_list():
        yield from (Link(first, other, by) for other in others)


def _root(parent: list[int], node: int) -> int:
    while parent[node] != node:
        parent[node] = parent[parent[node]]
        node = parent[node]
    return node
