"""Find the model a user means: in a run, in an artifact, or as a file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bedside.artifact import MANIFEST, open_artifact
from bedside.errors import ArtifactError
from bedside.llamacpp.model_files import language_model, projector

__all__ = ["ServedFiles", "locate"]

CONVERTED = "gguf"
"""Folder of a run's converted model; quantized ones are in `gguf-TYPE`."""
UNTUNED = "gguf-base"


@dataclass(frozen=True)
class ServedFiles:
    """A language model and its vision projector, where it has one."""

    gguf: Path
    mmproj: Path | None


def locate(path: Path, *, model: str | None = None, mmproj: Path | None = None) -> ServedFiles:
    """Find the files to serve.

    Args:
        path: a run's folder, an artifact of kind `gguf`, or a GGUF file.
        model: which model of a run: a quantization such as `Q8_0`, `f16`, or `base` for the model before
            fine-tuning; by default the smallest of the fine-tuned ones.
        mmproj: the vision projector, instead of the one that belongs to the model.

    Raises:
        ArtifactError: there is no such model, or it is unfinished.
    """
    if path.is_file():
        return ServedFiles(path, mmproj)
    folder = path if (path / MANIFEST).is_file() else _chosen(path, model)
    gguf = language_model(open_artifact(folder, "gguf"))
    return ServedFiles(gguf, mmproj or _projector(folder))


def _chosen(run: Path, model: str | None) -> Path:
    """Return the artifact folder of a run that holds the wanted model."""
    found = {
        {CONVERTED: "f16", UNTUNED: "base"}.get(
            folder.name, folder.name.removeprefix(f"{CONVERTED}-")
        ): folder
        for folder in sorted(run.glob(f"{CONVERTED}*"))
        if (folder / MANIFEST).is_file()
    }
    if not found:
        raise ArtifactError(
            f"{run} holds no finished GGUF model.",
            fix="give a folder that `bedside run` made, a gguf artifact, or a .gguf file",
        )
    if model is not None:
        return _named(run, found, model)
    tuned = {name: folder for name, folder in found.items() if name != "base"} or found
    return min(tuned.values(), key=_size)


def _named(run: Path, found: Mapping[str, Path], model: str) -> Path:
    if model not in found:
        raise ArtifactError(f"{run} has no model {model!r}.", fix=f"choose --model {' or '.join(found)}")
    return found[model]


def _size(folder: Path) -> int:
    return language_model(open_artifact(folder, "gguf")).stat().st_size


def _projector(folder: Path) -> Path | None:
    """Return the projector beside a model, or the one of the conversion it was quantized from."""
    own = projector(open_artifact(folder, "gguf"))
    converted = folder.parent / CONVERTED
    if own is not None or not (converted / MANIFEST).is_file():
        return own
    return projector(open_artifact(converted, "gguf"))
