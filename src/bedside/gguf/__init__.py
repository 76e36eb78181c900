"""GGUF: convert a model, compute its importance matrix, quantize it."""

from __future__ import annotations

from bedside.gguf.convert import ConvertConfig, convert
from bedside.gguf.imatrix import ImatrixConfig, imatrix, require_chunks
from bedside.gguf.quantize import QuantizeConfig, quantize

__all__ = [
    "ConvertConfig",
    "ImatrixConfig",
    "QuantizeConfig",
    "convert",
    "imatrix",
    "quantize",
    "require_chunks",
]
