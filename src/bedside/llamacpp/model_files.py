"""Find the language model and the vision projector in artifacts of kind `gguf`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from bedside.artifact import Artifact
from bedside.errors import ArtifactError

__all__ = ["ModelFiles", "language_model", "model_files", "projector"]


@dataclass(frozen=True)
class ModelFiles:
    """A model to ask: its GGUF file, its vision projector, and the digest that stands for both."""

    gguf: Path
    mmproj: Path | None
    digest: str


def model_files(model: Artifact, *, shared: Artifact | None = None) -> ModelFiles:
    """Pair a model with the projector of its own folder, or with `shared`'s where that has none.

    A tuned model's projector is not its base model's: the wrong one gives fluent, wrong answers.

    Raises:
        ArtifactError: `model` holds no language model.
    """
    gguf, own = language_model(model), projector(model)
    lent = None if own is not None or shared is None else projector(shared)
    if shared is None or lent is None:
        return ModelFiles(gguf, own, model.digest)
    return ModelFiles(gguf, lent, f"{model.digest}+{shared.digest}")


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
