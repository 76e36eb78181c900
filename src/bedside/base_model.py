"""The model a run starts from: found by name, never fetched.

A name is `demo` (the embedded tiny model, made on first use), a folder in the Hub's layout, or a model that
`bedside pull model NAME` has brought. Whatever it is, every stage loads it by the same code.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from bedside.artifact import MANIFEST, folder_digest, open_artifact
from bedside.errors import ArtifactError

__all__ = ["BaseModel", "resolve"]

DEMO = "demo"


@dataclass(frozen=True)
class BaseModel:
    """A model folder and what to call it.

    Attributes:
        name: what a user calls it, for the model card and the adapter's configuration.
        path: a folder in the Hub's layout.
        digest: the hash of its files.
    """

    name: str
    path: Path
    digest: str


def resolve(name: str) -> BaseModel:
    """Find the base model called `name`.

    Raises:
        ArtifactError: it is not on this machine; names the command that fetches it.
    """
    if name == DEMO:
        from bedside.demo import base_model

        artifact = base_model()
        return BaseModel("bedside/demo", artifact.path, artifact.digest)
    folder = Path(name)
    if folder.is_dir():
        return _from_folder(folder)
    if "/" not in name or name.startswith((".", "/")):
        raise ArtifactError(
            f"There is no base model {name!r}: no folder, and not a name on the Hub (owner/repo).",
            fix="give `demo`, a model folder, or the name of a model that `bedside pull model` brought",
        )
    from bedside.hub import require_pulled

    pulled = require_pulled(name)
    return BaseModel(name, pulled, open_artifact(pulled, "model").digest)


def _from_folder(folder: Path) -> BaseModel:
    if (folder / MANIFEST).is_file():
        artifact = open_artifact(folder, "model")
        return BaseModel(folder.name, artifact.path, artifact.digest)
    if not (folder / "config.json").is_file():
        raise ArtifactError(
            f"{folder} is not a model folder: it has no config.json.",
            fix="give a folder in the Hub's layout (config.json, *.safetensors, tokenizer files)",
        )
    return BaseModel(folder.name, folder.absolute(), folder_digest(folder))
