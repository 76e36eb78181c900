"""Free disk space: remove what can be made again, and only that."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from bedside.artifact import MANIFEST

__all__ = ["Freed", "prune"]

INTERMEDIATE = ("model", "gguf", "gguf-base")
"""Folders of a run that its adapter and base model can make again, byte for byte."""


@dataclass(frozen=True)
class Freed:
    """A folder that was (or would be) removed."""

    path: Path
    bytes: int
    why: str


def prune(folder: Path, *, intermediate: bool = False, dry_run: bool = False) -> tuple[Freed, ...]:
    """Remove interrupted and superseded artifacts under `folder`.

    Args:
        folder: a run, or the user cache.
        intermediate: remove the merged model and the f16 files of a run too.
        dry_run: remove nothing, only tell.
    """
    found = [(path, "interrupted") for path in sorted(folder.glob("*.partial-*"))]
    found += [(path, "superseded by another recipe") for path in sorted(folder.glob("*.superseded-*"))]
    if intermediate:
        named = (folder / name for name in INTERMEDIATE)
        found += [(path, "made again from base and adapter") for path in named if (path / MANIFEST).is_file()]
    freed = tuple(Freed(path, _size(path), why) for path, why in found)
    if not dry_run:
        for item in freed:
            shutil.rmtree(item.path)
    return freed


def _size(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
