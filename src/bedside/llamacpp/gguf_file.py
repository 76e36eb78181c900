"""Read what a GGUF file says about itself: metadata, tensor names, types and shapes.

Reads the header through a memory map and never touches the weights, so a file of any size opens in well
under a second. Knows the container and the few keys bedside asks for; does not write GGUF, and knows
nothing of dequantization.
Format: GGUF version 3, https://github.com/ggml-org/ggml/blob/master/docs/gguf.md.
"""

from __future__ import annotations

import mmap
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import numpy as np
from numpy.typing import NDArray

from bedside.errors import DataError

__all__ = [
    "CONTROL",
    "GgufHeader",
    "TensorInfo",
    "Value",
    "image_size",
    "is_projector",
    "read_header",
    "read_tensor",
    "token_types",
    "trained_context",
]

Value = bool | int | float | str | tuple[str, ...] | NDArray[np.generic]
"""A metadata value; an array of strings is a tuple, an array of numbers a numpy array."""

CONTROL = 3
"""Token type of a control token, one that ordinary text never becomes."""

_MAGIC = b"GGUF"
_STRING, _ARRAY = 8, 9
_SCALARS = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}
_TYPES = {
    0: ("F32", 1, 4),
    1: ("F16", 1, 2),
    30: ("BF16", 1, 2),
    28: ("F64", 1, 8),
    24: ("I8", 1, 1),
    25: ("I16", 1, 2),
    26: ("I32", 1, 4),
    27: ("I64", 1, 8),
    2: ("Q4_0", 32, 18),
    3: ("Q4_1", 32, 20),
    6: ("Q5_0", 32, 22),
    7: ("Q5_1", 32, 24),
    8: ("Q8_0", 32, 34),
    9: ("Q8_1", 32, 36),
    15: ("Q8_K", 256, 292),
    10: ("Q2_K", 256, 84),
    11: ("Q3_K", 256, 110),
    12: ("Q4_K", 256, 144),
    13: ("Q5_K", 256, 176),
    14: ("Q6_K", 256, 210),
    29: ("IQ1_M", 256, 56),
    16: ("IQ2_XXS", 256, 66),
    17: ("IQ2_XS", 256, 74),
    18: ("IQ3_XXS", 256, 98),
    19: ("IQ1_S", 256, 50),
    20: ("IQ4_NL", 32, 18),
    21: ("IQ3_S", 256, 110),
    22: ("IQ2_S", 256, 82),
    23: ("IQ4_XS", 256, 136),
    34: ("TQ1_0", 256, 54),
    35: ("TQ2_0", 256, 66),
    39: ("MXFP4", 32, 17),
    40: ("NVFP4", 64, 36),
    41: ("Q1_0", 128, 18),
    42: ("Q2_0", 64, 18),
}
"""ggml type number: name, elements per block, bytes per block."""
_FIX = "make it again with `bedside convert`, or download it again"


@dataclass(frozen=True)
class TensorInfo:
    """One tensor as the header lists it.

    Attributes:
        name: llama.cpp's name, for example `blk.0.attn_q.weight`.
        type: ggml type, for example `Q4_K`.
        shape: number of elements, fastest-changing dimension first (ggml's order: columns, rows, …).
        offset: first byte, from the start of the file.
        size_bytes: bytes of data.
    """

    name: str
    type: str
    shape: tuple[int, ...]
    offset: int
    size_bytes: int


@dataclass(frozen=True)
class GgufHeader:
    """What a GGUF file says about itself."""

    path: Path
    metadata: Mapping[str, Value]
    tensors: tuple[TensorInfo, ...]

    @property
    def architecture(self) -> str:
        """The model family, `clip` for a vision projector, empty where the file names none."""
        return str(self.metadata.get("general.architecture", ""))

    def tensor(self, name: str) -> TensorInfo:
        """Return the tensor called `name`.

        Raises:
            DataError: there is none.
        """
        for info in self.tensors:
            if info.name == name:
                return info
        raise DataError(f"has no tensor {name!r}", file=self.path, fix=_FIX)


def read_header(path: Path) -> GgufHeader:
    """Read the header of a GGUF file and check that all the data it lists is there.

    Raises:
        DataError: no such file, not a GGUF file, a version or type not known, or truncated.
    """
    if not path.is_file():
        raise DataError("no such file", file=path, fix="give the path of a .gguf file")
    size = path.stat().st_size
    with path.open("rb") as file:
        magic = file.read(4)
        if magic != _MAGIC:
            raise DataError(
                f"is not a GGUF file: it starts with {magic!r}, not {_MAGIC!r}", file=path, fix=_FIX
            )
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            try:
                return _parse(path, data, size)
            except (struct.error, IndexError, UnicodeDecodeError) as error:
                raise DataError(
                    f"is truncated or damaged: its header does not end within its {size} bytes",
                    file=path,
                    fix=_FIX,
                ) from error


class _Cursor:
    """A position in the mapped header."""

    def __init__(self, data: mmap.mmap) -> None:
        self.data = data
        self.at = 0

    def scalar(self, form: str) -> int | float | bool:
        """Read one little-endian number."""
        layout = struct.Struct("<" + form)
        value = cast("int | float | bool", layout.unpack_from(self.data, self.at)[0])
        self.at += layout.size
        return value

    def integer(self, form: str = "Q") -> int:
        """Read one integer."""
        return int(self.scalar(form))

    def string(self) -> str:
        """Read a length and as many bytes of UTF-8; single broken characters are replaced."""
        return self.take(self.integer()).decode("utf-8", errors="replace")

    def take(self, count: int) -> bytes:
        """Read `count` bytes."""
        piece = self.data[self.at : self.at + count]
        if len(piece) < count:
            raise IndexError(self.at)
        self.at += count
        return piece

    def value(self, kind: int) -> Value:
        """Read a metadata value of the given type number."""
        if kind in _SCALARS:
            return self.scalar(_SCALARS[kind])
        if kind == _STRING:
            return self.string()
        if kind == _ARRAY:
            inner, count = self.integer("I"), self.integer()
            if inner == _STRING:
                return tuple(self.string() for _ in range(count))
            form = np.dtype("<" + _SCALARS[inner])
            return np.frombuffer(self.take(count * form.itemsize), dtype=form)
        raise IndexError(kind)


def _parse(path: Path, data: mmap.mmap, size: int) -> GgufHeader:
    cursor = _Cursor(data)
    cursor.at = len(_MAGIC)
    version = cursor.integer("I")
    if version not in (2, 3):
        raise DataError(f"has GGUF version {version}; versions 2 and 3 can be read", file=path, fix=_FIX)
    tensor_count, value_count = cursor.integer(), cursor.integer()
    try:
        metadata = {cursor.string(): cursor.value(cursor.integer("I")) for _ in range(value_count)}
    except KeyError as error:
        raise IndexError(cursor.at) from error
    listed = [_tensor_entry(cursor, path) for _ in range(tensor_count)]
    alignment = int(cast("int", metadata.get("general.alignment", 32)))
    start = -(-cursor.at // alignment) * alignment
    tensors = tuple(TensorInfo(t.name, t.type, t.shape, start + t.offset, t.size_bytes) for t in listed)
    end = max((t.offset + t.size_bytes for t in tensors), default=0)
    if end > size:
        raise DataError(
            f"is truncated: its tensors end at byte {end}, the file at {size}", file=path, fix=_FIX
        )
    return GgufHeader(path=path, metadata=metadata, tensors=tensors)


def _tensor_entry(cursor: _Cursor, path: Path) -> TensorInfo:
    name = cursor.string()
    shape = tuple(cursor.integer() for _ in range(cursor.integer("I")))
    number, offset = cursor.integer("I"), cursor.integer()
    if number not in _TYPES:
        raise DataError(f"tensor {name!r} has the unknown type {number}", file=path, fix=_FIX)
    kind, block, block_bytes = _TYPES[number]
    elements = 1
    for extent in shape:
        elements *= extent
    return TensorInfo(name, kind, shape, offset, elements // block * block_bytes)


def read_tensor(header: GgufHeader, name: str) -> NDArray[np.float32]:
    """Read an F32 or F16 tensor as float32, rows first (numpy's order of dimensions).

    Raises:
        DataError: there is no such tensor, or it is quantized.
    """
    info = header.tensor(name)
    forms = {"F32": "<f4", "F16": "<f2"}
    if info.type not in forms:
        raise DataError(f"tensor {name!r} is {info.type}, not F32 or F16", file=header.path, fix=_FIX)
    with header.path.open("rb") as file:
        file.seek(info.offset)
        data = file.read(info.size_bytes)
    return np.frombuffer(data, dtype=forms[info.type]).reshape(info.shape[::-1]).astype(np.float32)


def is_projector(header: GgufHeader) -> bool:
    """Tell whether this is a vision projector (mmproj) and not a language model."""
    return header.architecture == "clip"


def image_size(mmproj: GgufHeader) -> int:
    """Return the side, in pixels, of the square picture that a vision projector takes.

    Raises:
        DataError: the file is not a vision projector.
    """
    key = "clip.vision.image_size"
    value = mmproj.metadata.get(key)
    if not isinstance(value, int):
        raise DataError(
            f"is not a vision projector: it has no {key}",
            file=mmproj.path,
            fix="give the mmproj-….gguf that was converted with the model",
        )
    return value


def trained_context(header: GgufHeader) -> int | None:
    """Return how many tokens of context the model was trained with; `None` where the file does not say."""
    value = header.metadata.get(f"{header.architecture}.context_length")
    return value if isinstance(value, int) else None


def token_types(header: GgufHeader) -> dict[str, int]:
    """Return the type number of each token by its text (1 normal, 3 control, 4 user defined, 6 byte).

    Raises:
        DataError: the file holds no vocabulary, or one with a token twice.
    """
    tokens = header.metadata.get("tokenizer.ggml.tokens")
    types = header.metadata.get("tokenizer.ggml.token_type")
    if not isinstance(tokens, tuple) or not isinstance(types, np.ndarray):
        raise DataError(
            "holds no vocabulary", file=header.path, fix="give a language model, not an mmproj file"
        )
    found = dict(zip(tokens, map(int, types), strict=True))
    if len(found) != len(tokens):
        raise DataError("lists a token twice", file=header.path, fix=_FIX)
    return found
