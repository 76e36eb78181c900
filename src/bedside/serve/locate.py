"""Find the model a user means: in a run, in an artifact, or as a file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from bedside.artifact import MANIFEST, Artifact, open_artifact
from bedside.console import say
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
        model: which model of a run: a quantization such as `Q8_0`, the number format of the converted file
            such as `f16`, or `base` for the model before fine-tuning; by default the smallest of the
            fine-tuned ones.
        mmproj: the vision projector, instead of the one that belongs to the model.

    Raises:
        ArtifactError: there is no such model, it is unfinished or out of date, or its projector is gone.
    """
    if path.is_file():
        return ServedFiles(path, mmproj)
    artifact = open_artifact(path, "gguf") if (path / MANIFEST).is_file() else _chosen(path, model)
    return ServedFiles(language_model(artifact), mmproj or _projector(artifact))


def _chosen(run: Path, model: str | None) -> Artifact:
    """Return the artifact of a run that holds the wanted model."""
    folders = [folder for folder in sorted(run.glob(f"{CONVERTED}*")) if (folder / MANIFEST).is_file()]
    artifacts = [open_artifact(folder, "gguf") for folder in folders if ".superseded-" not in folder.name]
    found = {_name(artifact): artifact for artifact in artifacts}
    if not found:
        raise ArtifactError(
            f"{run} holds no finished GGUF model.",
            fix="give a folder that `bedside run` made, a gguf artifact, or a .gguf file",
        )
    current = {name: artifact for name, artifact in found.items() if _is_current(artifact)}
    if model is None and len(current) < len(found):
        say(f"passed over, made from an earlier conversion: {', '.join(sorted(found.keys() - current))}")
    if model is not None and model not in current:
        stale = f": its {model} was made from an earlier conversion" if model in found else ""
        raise ArtifactError(
            f"{run} has no model {model!r}{stale}.",
            fix=f"choose --model {' or '.join(current)}" if current else f"quantize {run / CONVERTED} again",
        )
    if model is not None:
        return current[model]
    tuned = {name: artifact for name, artifact in current.items() if name != "base"} or current
    return min(tuned.values(), key=lambda artifact: language_model(artifact).stat().st_size)


def _name(artifact: Artifact) -> str:
    """Return what `--model` calls an artifact of a run."""
    folder = artifact.path.name
    if folder == UNTUNED:
        return "base"
    if folder == CONVERTED:
        return language_model(artifact).stem.removeprefix("model-")
    return folder.removeprefix(f"{CONVERTED}-")


def _is_current(artifact: Artifact) -> bool:
    """Tell whether a quantized model was made from the conversion that lies beside it, if one does.

    A run whose recipe changed keeps the files of types that the recipe no longer names.
    """
    source = artifact.manifest.inputs.get("gguf")
    converted = artifact.path.parent / CONVERTED
    if source is None or not (converted / MANIFEST).is_file():
        return True
    return open_artifact(converted, "gguf").digest == source


def _projector(artifact: Artifact) -> Path | None:
    """Return the projector beside a model, or the one of the conversion it was quantized from.

    Raises:
        ArtifactError: the model was converted with one, which is not there any more.
    """
    own = projector(artifact)
    converted = artifact.path.parent / CONVERTED
    if own is None and "gguf" in artifact.manifest.inputs and (converted / MANIFEST).is_file():
        _require_current(artifact)
        own = projector(open_artifact(converted, "gguf"))
    if own is None and artifact.manifest.figures.get("vision"):
        raise ArtifactError(
            f"{artifact.path} is of a model that sees pictures, and its projector, which stood in "
            f"{converted}, is gone.",
            fix="run the recipe again, give the projector with --mmproj, or give the .gguf file itself to "
            "serve it without pictures",
        )
    return own


def _require_current(artifact: Artifact) -> None:
    if not _is_current(artifact):
        raise ArtifactError(
            f"{artifact.path} was made from another conversion than the one beside it, so it may not fit "
            "that one's projector.",
            fix="quantize again, or give the projector with --mmproj",
        )
