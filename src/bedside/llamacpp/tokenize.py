"""The tokens of a text as llama.cpp makes them, from the vocabulary of a GGUF file.

llama-tokenize gives the ids that llama-imatrix and the server see; how many bytes of the text each stands
for follows from the vocabulary in the file's header. A file that holds a vocabulary and no weights is enough.
Knows the vocabularies of the Gemma family, whose pieces spell the text; knows nothing of turns.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bedside.errors import DataError, ToolError
from bedside.llamacpp.gguf_file import CONTROL, GgufHeader, Value, read_header
from bedside.llamacpp.process import run_tool

__all__ = ["GgufVocabulary", "Tokens", "read_vocabulary", "tokenize"]

_BYTE, _USER_DEFINED = 6, 4
_KINDS = ("llama", "gemma4")
"""Vocabulary kinds whose pieces spell the text, with `▁` for a space and `<0x0A>` for a byte."""
_KEY = "tokenizer.ggml."
_SPACE = "▁"
_FIX = "give the language model's .gguf, not an mmproj or an imatrix file"


@dataclass(frozen=True)
class Tokens:
    """A tokenized text: ids, and the byte of its UTF-8 form at which each token ends; shapes (tokens,)."""

    ids: NDArray[np.int32]
    ends: NDArray[np.int64]


@dataclass(frozen=True)
class GgufVocabulary:
    """What a GGUF file says about its tokens.

    Attributes:
        path: the file.
        tokens: each token's text, by id.
        pieces: the bytes each token stands for, by id.
        types: llama.cpp's type number of each token, by id.
        bos: the token put before a text, `None` where the model wants none.
        sha256: hash of all that decides how a text is cut into tokens.
    """

    path: Path
    tokens: tuple[str, ...]
    pieces: tuple[bytes, ...]
    types: NDArray[np.int32]
    bos: int | None
    sha256: str

    @property
    def control(self) -> NDArray[np.bool_]:
        """Which ids are control tokens, shape (size,)."""
        return self.types == CONTROL


def read_vocabulary(path: Path) -> GgufVocabulary:
    """Read the vocabulary of a GGUF file.

    Raises:
        DataError: it cannot be read, holds no vocabulary, or one of another kind than Gemma's.
    """
    header = read_header(path)
    tokens, types = header.metadata.get(f"{_KEY}tokens"), header.metadata.get(f"{_KEY}token_type")
    if not isinstance(tokens, tuple) or not isinstance(types, np.ndarray) or len(tokens) != len(types):
        raise DataError("holds no vocabulary", file=path, fix=_FIX)
    kind = header.metadata.get(f"{_KEY}model")
    if kind not in _KINDS:
        raise DataError(
            f"has a vocabulary of the kind {kind!r}; only {' and '.join(_KINDS)} spell the text",
            file=path,
            fix="give a model of the Gemma family",
        )
    pieces = tuple(_piece(text, int(number)) for text, number in zip(tokens, types, strict=True))
    return GgufVocabulary(path, tokens, pieces, types.astype(np.int32), _bos(header), _digest(header))


def _piece(text: str, kind: int) -> bytes:
    if kind == _BYTE:
        return bytes([int(text[1:-1], 16)])
    return text.replace(_SPACE, " ").encode()


def _bos(header: GgufHeader) -> int | None:
    bos = header.metadata.get(f"{_KEY}bos_token_id")
    wanted = header.metadata.get(f"{_KEY}add_bos_token", True)
    return bos if wanted and isinstance(bos, int) else None


def _digest(header: GgufHeader) -> str:
    digest = hashlib.sha256()
    for key in ("model", "pre", "tokens", "token_type", "scores", "merges", "bos_token_id", "add_bos_token"):
        digest.update(key.encode() + b"\0")
        digest.update(_bytes(header.metadata.get(_KEY + key, "")))
    return digest.hexdigest()


def _bytes(value: Value) -> bytes:
    if isinstance(value, np.ndarray):
        return value.tobytes()
    return "\0".join(value).encode() if isinstance(value, tuple) else str(value).encode()


def tokenize(vocabulary: GgufVocabulary, texts: Sequence[str], *, parse_special: bool) -> list[Tokens]:
    """Tokenize each text on its own, without a token before it.

    Loading the vocabulary takes most of the time, so one process is given all texts, joined by a token that
    none of them contains and at which llama.cpp cuts before anything else.

    Args:
        vocabulary: whose tokens.
        texts: what to tokenize.
        parse_special: whether `<start_of_turn>` and its like become control tokens or remain letters.

    Raises:
        ToolError: llama-tokenize is absent or fails.
        DataError: its tokens do not spell the text.
    """
    if len(texts) > 1:
        for separator in _separators(vocabulary, parse_special=parse_special):
            text = vocabulary.tokens[separator]
            if not any(text in other for other in texts):
                ids = _ids(vocabulary, text.join(texts), parse_special=parse_special)
                parts = _split(ids, separator)
                return [_tokens(vocabulary, *pair) for pair in zip(parts, texts, strict=True)]
    each = (_ids(vocabulary, text, parse_special=parse_special) for text in texts)
    return [_tokens(vocabulary, ids, text) for ids, text in zip(each, texts, strict=True)]


def _separators(vocabulary: GgufVocabulary, *, parse_special: bool) -> Iterator[int]:
    """Yield the tokens that llama.cpp looks for before it tokenizes what lies between them."""
    wanted = vocabulary.types == (CONTROL if parse_special else _USER_DEFINED)
    return (int(i) for i in np.flatnonzero(wanted) if len(vocabulary.tokens[i].strip(f" \t\n{_SPACE}")) > 2)


def _split(ids: NDArray[np.int32], separator: int) -> list[NDArray[np.int32]]:
    bounds = [-1, *map(int, np.flatnonzero(ids == separator)), ids.size]
    return [ids[start + 1 : end] for start, end in itertools.pairwise(bounds)]


def _ids(vocabulary: GgufVocabulary, text: str, *, parse_special: bool) -> NDArray[np.int32]:
    with tempfile.TemporaryDirectory(prefix="bedside-") as folder:
        file = Path(folder, "text.txt")
        file.write_text(text, encoding="utf-8", newline="")
        options = ["--ids", "--no-escape", "--no-bos", *([] if parse_special else ["--no-parse-special"])]
        output = run_tool("llama-tokenize", ["-m", vocabulary.path.absolute(), "-f", file, *options])
    line = output.stdout.strip().rpartition("\n")[2]
    if not line.startswith("["):
        raise ToolError(
            f"llama-tokenize printed no ids but {line[:80]!r}",
            fix="build it with `bedside toolchain install`",
        )
    return np.array(json.loads(line), dtype=np.int32)


def _tokens(vocabulary: GgufVocabulary, ids: NDArray[np.int32], text: str) -> Tokens:
    """Find where each token ends, and make sure that the tokens are this text's."""
    pieces = [vocabulary.pieces[token] for token in ids]
    ends = np.cumsum([len(piece) for piece in pieces], dtype=np.int64)
    if b"".join(pieces) != text.replace(_SPACE, " ").encode():
        raise DataError(
            "the tokens that llama-tokenize gives do not spell the text",
            file=vocabulary.path,
            fix="give a model of the Gemma family",
        )
    if _SPACE in text:  # three bytes in the text, one in the piece
        spaced = text.encode().split(_SPACE.encode())
        marks = np.cumsum([len(part) + 1 for part in spaced[:-1]])
        ends = ends + 2 * np.searchsorted(marks, ends, side="right")
    return Tokens(ids, ends)
