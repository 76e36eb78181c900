"""Convert a model folder to GGUF with llama.cpp's own converter, and check what came out.

Knows the converter's command line and the conditions it needs; the layout of a model folder is known by
`hub_layout`, the GGUF header by `llamacpp.gguf_file`. torch and transformers are only imported by the
converter, in a process of its own.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from bedside.artifact import MANIFEST, Artifact, Draft, Input, Plan, write
from bedside.console import progress
from bedside.disk import require_space
from bedside.errors import ArtifactError, BedsideError
from bedside.extras import require
from bedside.gguf import converter_worker
from bedside.gguf.header_checks import narrow_tensors, refuse, token_faults, trace_faults
from bedside.hub_layout import added_tokens, has_vision, layout_problems, weight_shapes
from bedside.llamacpp import binaries, process
from bedside.llamacpp.gguf_file import read_header

__all__ = ["ConvertConfig", "convert"]

VERSION = 1
_BYTES = {"f16": 2, "bf16": 2, "f32": 4}
_METADATA = "metadata.json"
_MERGE = "make the model folder again with `bedside merge`, which restores these files from the base model"
_ORIGINAL = (
    "a folder that transformers 5 saved may lack these: copy tokenizer.model, tokenizer_config.json and, for "
    "a model that sees pictures, preprocessor_config.json from the model it was made from (`bedside pull "
    "model OWNER/NAME` fetches one); bedside.hub_layout.restore_hub_layout(folder, tokenizer_from=original) "
    "restores all but the last"
)


class ConvertConfig(BaseModel):
    """How to convert.

    Attributes:
        outtype: number format of the weights; `bf16` or `f32` where the model's activations overflow f16.
        name: the model's name in the GGUF metadata.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    outtype: Literal["f16", "bf16", "f32"] = "f16"
    name: str = Field(default="model", min_length=1, pattern=r"^[^/\\]+$")


def convert(config: ConvertConfig, *, model: Input, out_dir: Path) -> Artifact:
    """Convert a model folder to `model-<outtype>.gguf`, and its vision tower to `mmproj-<outtype>.gguf`.

    Args:
        config: number format and name.
        model: a model folder in the Hub's layout, an artifact or one with its digest.
        out_dir: where the artifact is made.

    Raises:
        ArtifactError: the folder lacks what the converter needs, or control tokens became text.
        MissingExtraError: torch is not installed.
        ToolError: the converter is absent or fails.
        BedsideError: the disk has too little room.
    """
    inputs = {"model": model.digest, "llama.cpp": binaries.converter_id()}
    plan = Plan("gguf", "convert", VERSION, config.model_dump(mode="json"), inputs)
    return write(out_dir, plan, lambda draft: _convert(config, model.path, draft))


def _convert(config: ConvertConfig, model: Path, draft: Draft) -> dict[str, Any]:
    vision = has_vision(model)
    _check_before(config, model, draft.path)
    text = draft.path / f"model-{config.outtype}.gguf"
    mmproj = draft.path / f"mmproj-{config.outtype}.gguf"
    with progress("convert"):
        _run(config, model, [text, mmproj] if vision else [text])
    header = read_header(text)
    refuse(header, token_faults(header, added_tokens(model)), fix=_restoring(model))
    for made in [header, read_header(mmproj)] if vision else [header]:
        refuse(made, trace_faults(made), fix="report this as a bug")
    return {
        "parameters": sum(_elements(tensor.shape) for tensor in header.tensors),
        "tensors": len(header.tensors),
        "vision": vision,
        "rows_not_multiple_of_256": list(narrow_tensors(header)),
    }


def _check_before(config: ConvertConfig, model: Path, out: Path) -> None:
    problems = layout_problems(model)
    if problems:
        raise ArtifactError(f"{model} cannot be converted: {'; '.join(problems)}.", fix=_restoring(model))
    for package in ("torch", "sentencepiece", "google.protobuf"):
        require(package, extra="train", purpose="converting a model to GGUF")
    elements = sum(_elements(shape) for shape in weight_shapes(model).values())
    require_space(out, elements * _BYTES[config.outtype], what=f"the {config.outtype} GGUF files")


def _restoring(model: Path) -> str:
    """Say how `model` gets its files back: only what bedside merged can be merged again."""
    manifest = model / MANIFEST
    stage = json.loads(manifest.read_text(encoding="utf-8"))["stage"] if manifest.is_file() else ""
    return _MERGE if stage == "merge" else _ORIGINAL


def _run(config: ConvertConfig, model: Path, targets: Sequence[Path]) -> None:
    """Convert into each of `targets`; a target called `mmproj-…` gets the vision projector.

    The model's name comes from the configuration, never from its folder.
    """
    folder = targets[0].parent
    names = {"name": config.name, "basename": config.name}
    names |= dict.fromkeys(("author", "version", "organization", "finetune"))
    metadata = folder / _METADATA
    metadata.write_text(
        json.dumps({f"general.{key}": value for key, value in names.items()}), encoding="utf-8"
    )
    shared = [str(model.absolute()), "--outtype", config.outtype, "--metadata", metadata.name]
    lines = [
        [*shared, "--outfile", target.name, *(["--mmproj"] if target.name.startswith("mmproj") else [])]
        for target in targets
    ]
    script = binaries.converter_dir() / binaries.CONVERTER
    try:
        process.run(
            [sys.executable, "-m", converter_worker.__name__, str(script.absolute()), json.dumps(lines)],
            cwd=folder,
            env={"HF_HUB_OFFLINE": "1", "TRANSFORMERS_VERBOSITY": "error"},
        )
    except BedsideError:
        for target in targets:
            target.unlink(missing_ok=True)
        raise
    finally:
        metadata.unlink(missing_ok=True)


def _elements(shape: tuple[int, ...]) -> int:
    product = 1
    for extent in shape:
        product *= extent
    return product
