"""Which subjects must stay together because they share something that would leak.

Two subjects are linked where they share a picture, a question, or pictures that look the same. Linked
subjects, and those linked to them, form a group, named by its first subject.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import polars as pl

from bedside.dataset.pictures import WORDS, alike, same_ink

__all__ = ["Link", "groups", "links"]

By = Literal["question", "picture", "likeness"]


@dataclass(frozen=True)
class Link:
    """Two different subjects, and what they share."""

    first: str
    second: str
    by: By


def groups(index: pl.DataFrame, *, folder: Path) -> dict[str, str]:
    """Return the group of every subject in `index` (see `index.SCHEMA`), whose pictures lie in `folder`."""
    names = sorted(index["subject_id"].unique().to_list())
    number = {name: position for position, name in enumerate(names)}
    parent = list(range(len(names)))
    for link in links(index, folder=folder):
        a, b = _root(parent, number[link.first]), _root(parent, number[link.second])
        parent[max(a, b)] = min(a, b)
    return {name: names[_root(parent, position)] for name, position in number.items()}


def links(index: pl.DataFrame, *, folder: Path) -> Iterator[Link]:
    """Find the links between the subjects in `index`; of many that share one thing, each with the first.

    Args:
        index: what is known of the examples, see `index.SCHEMA`.
        folder: what the paths of their pictures are relative to.
    """
    pictures = index.select("subject_id", "images", "pictures", "signatures")
    pictures = pictures.explode("images", "pictures", "signatures").drop_nulls()
    pictures = pictures.unique(subset=["subject_id", "pictures"], maintain_order=True)
    unpictured = index.filter(pl.col("pictures").list.len() == 0)
    yield from _sharing(unpictured.select("subject_id", key="question"), "question")
    yield from _sharing(pictures.select("subject_id", key="pictures"), "picture")
    yield from _alike(pictures, folder)


def _alike(pictures: pl.DataFrame, folder: Path) -> Iterator[Link]:
    owner, digest = pictures["subject_id"].to_list(), pictures["pictures"].to_list()
    files = pictures["images"].to_list()
    signatures = np.frombuffer(b"".join(pictures["signatures"].to_list()), dtype=np.uint64)
    pairs = {
        (min(pair), max(pair))
        for pair in alike(signatures.reshape(-1, WORDS))
        if owner[pair[0]] != owner[pair[1]] and digest[pair[0]] != digest[pair[1]]
    }
    number = {name: position for position, name in enumerate(dict.fromkeys(owner))}
    parent = list(range(len(number)))
    for one, other in sorted(pairs):
        a, b = _root(parent, number[owner[one]]), _root(parent, number[owner[other]])
        # Whom others link already is not compared: of a thousand empty pages all pairs are alike.
        if a != b and same_ink(folder / files[one], folder / files[other]):
            parent[max(a, b)] = min(a, b)
            yield Link(*sorted((owner[one], owner[other])), by="likeness")


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
