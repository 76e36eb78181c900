"""What must hold in the header of a GGUF file that bedside made: pure checks, each returns its faults.

A wrong token type or a leaked path stops no program; it only makes answers worse or tells a stranger how
somebody's disk is laid out. So each file is read again after it was written.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from bedside.chat import END_OF_TURN, START_OF_TURN
from bedside.errors import ArtifactError
from bedside.hub_layout import AddedToken
from bedside.llamacpp.gguf_file import CONTROL, GgufHeader, token_types

__all__ = ["matrix_tensors", "narrow_tensors", "refuse", "token_faults", "trace_faults"]

BLOCK = 256
"""Elements in one block of a K- or IQ-quant: such a type needs rows that are a multiple of it long."""
_PATH = re.compile(r"^(?:/|~|\.{1,2}[/\\]|[A-Za-z]:[/\\]|\\\\|file:)")
_FILE_KEYS = ("quantize.imatrix.", "imatrix.")


def token_faults(header: GgufHeader, added: Sequence[AddedToken]) -> tuple[str, ...]:
    """Tell which control tokens of the tokenizer are not control tokens in the file.

    llama.cpp splits such a token into ordinary pieces: the model then sees `<`, `start`, `_of_turn>`.
    """
    types = token_types(header)
    tokens = tuple(types)
    wanted = {token.content for token in added if token.special} | {START_OF_TURN, END_OF_TURN}
    faults = [
        f"the token {name} has type {types.get(name, 'none')} instead of {CONTROL} (control)"
        for name in sorted(wanted)
        if types.get(name) != CONTROL
    ]
    faults += [
        f"token {token.id} is {tokens[token.id]!r} instead of {token.content!r}"
        for token in added
        if token.special and token.id < len(tokens) and tokens[token.id] != token.content
    ]
    return tuple(faults)


def trace_faults(header: GgufHeader) -> tuple[str, ...]:
    """Tell which metadata values hold a path of the machine the file was made on."""
    faults: list[str] = []
    for key, value in header.metadata.items():
        if not key.startswith(("general.", *_FILE_KEYS)):
            continue
        for text in (value,) if isinstance(value, str) else value if isinstance(value, tuple) else ():
            folder = key.startswith(_FILE_KEYS) and ("/" in text or "\\" in text)
            if folder or _PATH.match(text):
                faults.append(f"{key} holds the path {text!r}")
    return tuple(faults)


def matrix_tensors(header: GgufHeader) -> tuple[str, ...]:
    """Name the matrices of the transformer's blocks: what an importance matrix covers."""
    return tuple(
        tensor.name
        for tensor in header.tensors
        if tensor.name.startswith("blk.") and len(tensor.shape) >= 2 and tensor.name.endswith(".weight")
    )


def narrow_tensors(header: GgufHeader) -> tuple[str, ...]:
    """Name the matrices whose rows are no multiple of 256 long, which no K- or IQ-quant can hold."""
    return tuple(
        f"{tensor.name} ({tensor.shape[0]} columns)"
        for tensor in header.tensors
        if len(tensor.shape) >= 2 and tensor.shape[0] % BLOCK
    )


def refuse(header: GgufHeader, faults: Sequence[str], *, fix: str) -> None:
    """Raise an error that names the first faults, if there are any.

    Raises:
        ArtifactError: `faults` is not empty.
    """
    if faults:
        more = f" (and {len(faults) - 3} more)" if len(faults) > 3 else ""
        raise ArtifactError(f"{header.path.name}: {'; '.join(faults[:3])}{more}.", fix=fix)
