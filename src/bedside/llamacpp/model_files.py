"""Find the language model and the vision projector in an artifact of kind `gguf`."""

from __future__ import annotations

from pathlib import Path

from bedside.artifact import Artifact
from bedside.errors import ArtifactError

__all__ = ["language_model", "projector"]


def language_model(gguf: Artifact) -> Path:
    """Return the language model of a `gguf` artifact.

    Raises:
        ArtifactError: the artifact holds none.
    """
    found = _find(gguf, "model-")
    if found is None:
        raise ArtifactError(
            f"{gguf.path} holds no model-….gguf.",
            fix="give the folder that `bedside convert` or `quantize` wrote",
        )
    return found


def projector(gguf: Artifact) -> Path | None:
    """Return the vision projector of a `gguf` artifact, `None` where it has none."""
    return _find(gguf, "mmproj-")


def _find(gguf: Artifact, prefix: str) -> Path | None:
    names = sorted(entry.path for entry in gguf.manifest.files)
    return next((gguf.path / n for n in names if n.startswith(prefix) and n.endswith(".gguf")), None)
