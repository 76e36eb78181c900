"""llama.cpp's file types for quantized models, and what each does with an importance matrix.

From `src/llama-quant.cpp` and `ggml/src/ggml-quants.c` of the pinned llama.cpp. Knows names and rules only.
"""

from __future__ import annotations

import difflib

from bedside.errors import BedsideError

__all__ = ["QUANTIZED_TYPES", "canonical_type", "ignores_matrix", "needs_blocks", "needs_matrix"]

_NEEDS_MATRIX = frozenset({"IQ1_S", "IQ1_M", "IQ2_XXS", "IQ2_XS", "IQ2_S", "IQ2_M", "IQ3_XXS", "Q2_K_S"})
"""Files of these types hold tensors that llama-quantize refuses to make without a matrix."""
_IGNORES_MATRIX = frozenset({"Q8_0", "BF16", "F16"})
_LEGACY = frozenset({"Q4_0", "Q4_1", "Q5_0", "Q5_1", "IQ4_NL"})
"""Blocks of 32 elements, where all others below 8 bits have blocks of 256."""
_OTHERS = frozenset(
    {"Q2_K", "Q3_K_S", "Q3_K_M", "Q3_K_L", "Q4_K_S", "Q4_K_M", "Q5_K_S", "Q5_K_M", "Q6_K"}
    | {"IQ3_XS", "IQ3_S", "IQ3_M", "IQ4_XS"}
)
QUANTIZED_TYPES = _NEEDS_MATRIX | _IGNORES_MATRIX | _LEGACY | _OTHERS


def canonical_type(name: str) -> str:
    """Return `name` as llama.cpp writes it.

    Raises:
        BedsideError: there is no such type; names the nearest ones.
    """
    if name.upper() in QUANTIZED_TYPES:
        return name.upper()
    near = difflib.get_close_matches(name.upper(), sorted(QUANTIZED_TYPES), n=3, cutoff=0.4)
    hint = f"; did you mean {' or '.join(near)}?" if near else "."
    raise BedsideError(
        f"{name!r} is not a quantization type{hint}", fix=f"choose among {', '.join(sorted(QUANTIZED_TYPES))}"
    )


def ignores_matrix(name: str) -> bool:
    """Tell whether a file of this type comes out the same with and without an importance matrix."""
    return name in _IGNORES_MATRIX


def needs_matrix(name: str) -> bool:
    """Tell whether a file of this type cannot be made without an importance matrix."""
    return name in _NEEDS_MATRIX


def needs_blocks(name: str) -> bool:
    """Tell whether this type needs matrix rows that are a multiple of 256 elements long."""
    return name not in _IGNORES_MATRIX | _LEGACY
