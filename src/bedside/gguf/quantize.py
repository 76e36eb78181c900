"""Quantize a GGUF model with llama-quantize, and check what came out.

Knows the program, its guards and the header of its result; which type is good enough is for `verify`.
"""

from __future__ import annotations

import shutil
from collections import Counter
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, field_validator

from bedside.artifact import Artifact, Draft, Plan, write
from bedside.console import progress
from bedside.disk import require_space
from bedside.errors import ArtifactError, BedsideError, ToolError
from bedside.gguf.header_checks import matrix_tensors, narrow_tensors, refuse, trace_faults
from bedside.gguf.imatrix import FILE as MATRIX_FILE
from bedside.gguf.imatrix import covered
from bedside.gguf.quant_types import canonical_type, ignores_matrix, needs_blocks, needs_matrix
from bedside.llamacpp import binaries, process
from bedside.llamacpp.gguf_file import GgufHeader, read_header
from bedside.llamacpp.model_files import language_model, projector
from bedside.llamacpp.outputs import QuantizeReport, parse_quantize

__all__ = ["QuantizeConfig", "quantize"]

VERSION = 1
_SOURCE_TYPES = frozenset({"F32", "F16", "BF16"})


class QuantizeConfig(BaseModel):
    """What to quantize to.

    Attributes:
        types: llama.cpp's file types, one artifact each.
        allow_fallback: accept tensors that cannot take the type and get another one.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    types: tuple[str, ...] = Field(default=("Q8_0", "Q4_K_M"), min_length=1)
    allow_fallback: bool = False

    @field_validator("types")
    @classmethod
    def _known(cls, types: tuple[str, ...]) -> tuple[str, ...]:
        try:
            names = tuple(canonical_type(name) for name in types)
        except BedsideError as error:
            raise ValueError(error.what) from error
        if len(set(names)) < len(names):
            raise ValueError("a type stands twice")
        return names


def quantize(
    config: QuantizeConfig,
    *,
    gguf: Artifact,
    imatrix: Artifact | None,
    type: str,  # noqa: A002 - llama.cpp's word for it
    out_dir: Path,
) -> Artifact:
    """Quantize a model to one type: `model-<type>.gguf`.

    A type that ignores an importance matrix (Q8_0) is made without it, and its manifest says so.

    Args:
        config: what is allowed.
        gguf: the f16, bf16 or f32 model.
        imatrix: its importance matrix, where there is one.
        type: llama.cpp's file type, for example `Q4_K_M`.
        out_dir: where the artifact is made.

    Raises:
        BedsideError: no such type, the type needs a matrix, or the disk has too little room.
        ArtifactError: the matrix belongs to another model, or the result is not what was asked for.
        ToolError: llama-quantize is absent or fails, or a tensor fell back to another type.
    """
    name = canonical_type(type)
    matrix = None if ignores_matrix(name) else imatrix
    if matrix is None and needs_matrix(name):
        raise BedsideError(
            f"{name} cannot be made without an importance matrix.",
            fix="make one with `bedside imatrix` and give it with --imatrix",
        )
    inputs = {"gguf": gguf.digest, "llama.cpp": binaries.toolchain_id()}
    inputs |= {} if matrix is None else {"imatrix": matrix.digest}
    settings = {"type": name, "allow_fallback": config.allow_fallback}
    plan = Plan("gguf", "quantize", VERSION, settings, inputs)
    model = language_model(gguf)
    figures = {
        "type": name,
        "imatrix": _matrix_use(name, given=imatrix is not None),
        "vision": projector(gguf) is not None,
    }
    return write(out_dir, plan, lambda draft: figures | _quantize(config, name, model, matrix, draft))


def _matrix_use(name: str, *, given: bool) -> str:
    if not given:
        return "none"
    return f"not used: {name} ignores it" if ignores_matrix(name) else "used"


def _quantize(
    config: QuantizeConfig, name: str, model: Path, matrix: Artifact | None, draft: Draft
) -> dict[str, Any]:
    source = read_header(model)
    _check_source(config, name, source)
    arguments: list[str | Path] = []
    if matrix is not None:
        _check_matrix(matrix, source)
        shutil.copyfile(matrix.file(MATRIX_FILE), draft.path / MATRIX_FILE)
        arguments = ["--imatrix", MATRIX_FILE]
    target = draft.path / f"model-{name}.gguf"
    _require_room(name, model, draft.path)
    try:
        with progress(f"quantize: {name}"):
            report = process.run_parsed(
                "llama-quantize", [*arguments, model, target.name, name], parse_quantize, cwd=draft.path
            )
        _check_fallbacks(config, name, report)
        result = read_header(target)
        _check_result(source, result, report)
    except BedsideError:
        target.unlink(missing_ok=True)  # gives the room back; an unsealed folder is never taken as finished
        raise
    finally:
        (draft.path / MATRIX_FILE).unlink(missing_ok=True)
    return {
        "bits_per_weight": report.bits_per_weight,
        "tensor_types": dict(sorted(Counter(tensor.type for tensor in result.tensors).items())),
        "fallbacks": list(report.fallbacks),
    }


def _check_source(config: QuantizeConfig, name: str, source: GgufHeader) -> None:
    quantized = sorted({tensor.type for tensor in source.tensors} - _SOURCE_TYPES)
    if quantized:
        raise ArtifactError(
            f"{source.path.name} is already quantized ({', '.join(quantized)}); doing it twice loses more.",
            fix="give the f16, bf16 or f32 model that `bedside convert` wrote",
        )
    narrow = narrow_tensors(source)
    if narrow and needs_blocks(name) and not config.allow_fallback:
        raise ArtifactError(
            f"{name} needs rows that are a multiple of 256 long; {len(narrow)} tensors of {source.path.name} "
            f"would get a larger type instead, the first: {narrow[0]}.",
            fix="choose Q8_0, Q5_0 or Q4_0, or set quantize.allow_fallback: true",
        )


def _check_matrix(matrix: Artifact, source: GgufHeader) -> None:
    """Check that the importance matrix was made from a model with the same matrices."""
    header = read_header(matrix.file(MATRIX_FILE))
    columns = {tensor.name: tensor.shape[0] for tensor in source.tensors}
    for tensor in header.tensors:
        name = tensor.name.removesuffix(".in_sum2")
        if name != tensor.name and columns.get(name) != tensor.shape[0]:
            found = f"{columns[name]} columns" if name in columns else "no such tensor"
            raise ArtifactError(
                f"The importance matrix is of another model: {name} has {tensor.shape[0]} inputs in it, "
                f"and {source.path.name} has {found}.",
                fix="make the matrix from this very model with `bedside imatrix`",
            )
    if not covered(header) & set(matrix_tensors(source)):
        raise ArtifactError(
            f"{matrix.path} holds no importance matrix of this model.", fix="make it with `bedside imatrix`"
        )


def _require_room(name: str, model: Path, folder: Path) -> None:
    """A quantized file is smaller than its source; how much smaller, `--dry-run` of the program says."""
    output = process.run_tool("llama-quantize", ["--dry-run", model, name], cwd=folder)
    mib = parse_quantize(output).quant_mib
    header_bytes = min((tensor.offset for tensor in read_header(model).tensors), default=0)
    require_space(folder, int(mib * 2**20) + header_bytes, what=f"model-{name}.gguf")


def _check_fallbacks(config: QuantizeConfig, name: str, report: QuantizeReport) -> None:
    if report.fallbacks and not config.allow_fallback:
        raise ToolError(
            f"{len(report.fallbacks)} tensors could not take {name} and got a larger type",
            tail="\n".join(report.fallbacks[:5]),
            fix="choose another type, or set quantize.allow_fallback: true",
        )


def _check_result(source: GgufHeader, result: GgufHeader, report: QuantizeReport) -> None:
    """Read the written header again: every tensor is there, of the type that the program said."""
    wanted = {change.name: change.target_type.upper() for change in report.tensors}
    found = {tensor.name: tensor.type for tensor in result.tensors}
    faults = [
        f"{tensor.name} is {found.get(tensor.name, 'missing')} instead of {wanted.get(tensor.name)}"
        for tensor in source.tensors
        if found.get(tensor.name) is None or found[tensor.name] != wanted.get(tensor.name)
    ]
    refuse(result, [*faults, *trace_faults(result)], fix="run it again; if it repeats, report this as a bug")
