"""Free disk space: remove what can be made again, and only that.

What another process is writing at this moment stays, and so does what a kept file needs.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bedside.artifact import MANIFEST, claimed, open_artifact
from bedside.console import say
from bedside.errors import ArtifactError
from bedside.llamacpp.model_files import projector

__all__ = ["Freed", "prune"]

CONVERTED = "gguf"
INTERMEDIATE = ("model", CONVERTED, "gguf-base")
"""Folders of a run that its adapter and base model can make again, byte for byte."""
_LEFT_BEHIND = re.compile(
    r"(?P<output>.+)\.(?P<how>partial|superseded)-[0-9a-f]{16}|(?P<tools>llama\.cpp-.+)\.partial"
)


@dataclass(frozen=True)
class Freed:
    """A folder that was (or would be) removed."""

    path: Path
    bytes: int
    why: str


def prune(folder: Path, *, intermediate: bool = False, dry_run: bool = False) -> tuple[Freed, ...]:
    """Remove interrupted and superseded artifacts under `folder`.

    What is still being written, and a conversion whose projector a quantized file needs, is kept and named
    on stderr.

    Args:
        folder: a run, or the user cache.
        intermediate: remove the merged model and the f16 files of a run too.
        dry_run: remove nothing, only tell.

    Raises:
        ArtifactError: there is no such folder.
    """
    if not folder.is_dir():
        raise ArtifactError(f"{folder} is not a folder.", fix="give the folder of a run")
    found = list(_left_behind(folder))
    if intermediate:
        found += [(path, path, "made again from base and adapter") for path in _made_again(folder)]
    freed = [_freed(path, output, why, dry_run=dry_run) for path, output, why in found]
    return tuple(item for item in freed if item is not None)


def _left_behind(folder: Path) -> Iterator[tuple[Path, Path, str]]:
    """Yield each folder that no command uses any more, the output it was for, and why it is there."""
    for path in sorted(folder.rglob("*")):
        match = _LEFT_BEHIND.fullmatch(path.name)
        inside = any(_LEFT_BEHIND.fullmatch(part) for part in path.relative_to(folder).parts[:-1])
        if match is None or inside or path.is_symlink() or not path.is_dir():
            continue
        interrupted = match["how"] != "superseded"
        output = path.with_name(match["output"] or match["tools"])
        yield path, output, "interrupted" if interrupted else "superseded by another recipe"


def _made_again(run: Path) -> Iterator[Path]:
    for path in (run / name for name in INTERMEDIATE):
        if not (path / MANIFEST).is_file():
            continue
        needing = _need_its_projector(run) if path.name == CONVERTED else ()
        if needing:
            say(f"kept: {path}, which holds the projector that {', '.join(needing)} cannot see without")
        else:
            yield path


def _need_its_projector(run: Path) -> tuple[str, ...]:
    """Name the quantized models of a run that are served with the projector of its conversion."""
    converted = open_artifact(run / CONVERTED, "gguf")
    if projector(converted) is None:
        return ()
    folders = [folder for folder in sorted(run.glob(f"{CONVERTED}-*")) if (folder / MANIFEST).is_file()]
    artifacts = [open_artifact(folder, "gguf") for folder in folders if ".superseded-" not in folder.name]
    return tuple(a.path.name for a in artifacts if a.manifest.inputs.get("gguf") == converted.digest)


def _freed(path: Path, output: Path, why: str, *, dry_run: bool) -> Freed | None:
    """Remove one folder while nobody can write the output it belongs to; `None` where somebody does."""
    with claimed(output) as free:
        if not free:
            say(f"kept: {path}, which another process is writing")
            return None
        if not path.is_dir():  # finished or taken away since it was found
            return None
        item = Freed(path, _size(path), why)
        if not dry_run:
            shutil.rmtree(path)
        return item


def _size(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
