"""A model's vocabulary: what tokens a text becomes, and where in the text each ends.

Opened from a model folder (through transformers) or from a GGUF file (through llama.cpp's own
llama-tokenize, so that the tokens are exactly those that llama-imatrix and the server see). In both the
tokenizer alone is enough; no weights are read. Knows nothing of turns or of what a text is for.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bedside.errors import ArtifactError, DataError
from bedside.extras import require
from bedside.hf import quieten
from bedside.llamacpp.tokenize import GgufVocabulary, Tokens, read_vocabulary, tokenize

__all__ = ["Encoding", "Vocabulary", "open_vocabulary"]

Encoding = Tokens
"""Ids, and the byte of the text's UTF-8 form at which each token ends; one put before the text ends at 0."""
_TOKENIZER_FILES = ("tokenizer.json", "tokenizer.model")


@dataclass(frozen=True)
class Vocabulary:
    """A vocabulary that was opened.

    Attributes:
        name: the file or folder it came from, without its place.
        size: how many tokens it has.
        sha256: hash of what decides how a text is cut into tokens.
        bos: the token that llama.cpp puts before a text, `None` where the model wants none.
        ids_of: the id of each token by its text.
        control: which ids are control tokens, shape (size,).
        tokenize_each: cuts texts into tokens, each on its own: texts, and whether to parse control tokens.
    """

    name: str
    size: int
    sha256: str
    bos: int | None
    ids_of: Mapping[str, int]
    control: NDArray[np.bool_]
    tokenize_each: Callable[[Sequence[str], bool], list[Tokens]]

    def encode(self, text: str, *, parse_special: bool, add_bos: bool) -> Encoding:
        """Cut a text into tokens.

        Args:
            text: the text.
            parse_special: whether `<start_of_turn>` and its like become control tokens or remain letters.
            add_bos: whether to put the beginning-of-sequence token before it, where the model wants one.
        """
        (tokens,) = self.tokenize_each([text], parse_special)
        if not add_bos or self.bos is None:
            return tokens
        return Tokens(np.insert(tokens.ids, 0, self.bos), np.insert(tokens.ends, 0, 0))

    def count_each(self, texts: Sequence[str], *, parse_special: bool) -> list[int]:
        """Count the tokens of each text on its own, without a token before it."""
        return [int(tokens.ids.size) for tokens in self.tokenize_each(texts, parse_special)]

    def token_of(self, text: str) -> int | None:
        """Return the id of the token that reads `text`, `None` where there is none."""
        return self.ids_of.get(text)


def open_vocabulary(path: Path) -> Vocabulary:
    """Open the vocabulary of a model folder or of a GGUF file.

    Raises:
        ArtifactError: the folder has no tokenizer that can be used, or there is nothing at `path`.
        DataError: the GGUF file cannot be read or holds no vocabulary of Gemma's kind.
        MissingExtraError: a folder is given and transformers is not installed.
    """
    if path.is_dir():
        return _of_folder(path)
    if not path.exists():
        raise ArtifactError(
            f"There is no tokenizer at {path}.", fix="give the folder of a model, or a .gguf file"
        )
    if path.name in _TOKENIZER_FILES:
        raise DataError("is one file of a tokenizer", file=path, fix=f"give its folder, {path.parent}")
    vocabulary = read_vocabulary(path)
    return Vocabulary(
        name=path.name,
        size=len(vocabulary.tokens),
        sha256=vocabulary.sha256,
        bos=vocabulary.bos,
        ids_of={text: index for index, text in enumerate(vocabulary.tokens)},
        control=vocabulary.control,
        tokenize_each=partial(_tokenize_gguf, vocabulary),
    )


def _tokenize_gguf(vocabulary: GgufVocabulary, texts: Sequence[str], parse_special: bool) -> list[Tokens]:
    return tokenize(vocabulary, texts, parse_special=parse_special)


def _of_folder(folder: Path) -> Vocabulary:
    if not any((folder / name).is_file() for name in _TOKENIZER_FILES):
        models = sorted(path.name for path in folder.glob("*.gguf"))
        raise ArtifactError(
            f"{folder} has no tokenizer ({' or '.join(_TOKENIZER_FILES)}).",
            fix=f"give the file {folder / models[0]}" if models else "give the folder of a model, or a .gguf",
        )
    tokenizer = _load(folder)
    ids_of: dict[str, int] = tokenizer.get_vocab()
    control = np.zeros(max(ids_of.values()) + 1, dtype=np.bool_)
    control[[index for index, token in tokenizer.added_tokens_decoder.items() if token.special]] = True
    return Vocabulary(
        name=folder.resolve().name,
        size=control.size,
        sha256=_digest(folder),
        bos=tokenizer.bos_token_id,
        ids_of=ids_of,
        control=control,
        tokenize_each=partial(_tokenize_each, tokenizer),
    )


def _digest(folder: Path) -> str:
    digest = hashlib.sha256()
    for name in (*_TOKENIZER_FILES, "tokenizer_config.json"):
        content = (folder / name).read_bytes() if (folder / name).is_file() else b""
        digest.update(f"{name} {len(content)} ".encode() + content)
    return digest.hexdigest()


def _load(folder: Path) -> Any:
    """Load a tokenizer that tells where each token ends."""
    transformers = require("transformers", extra="train", purpose="Opening a model folder's tokenizer")
    quieten(transformers)
    try:
        tokenizer = transformers.AutoTokenizer.from_pretrained(folder, local_files_only=True)
    except Exception as error:  # tokenizers raises no narrower one for a damaged file
        raise ArtifactError(
            f"The tokenizer in {folder} cannot be loaded: {error}",
            fix="copy the tokenizer files of the base model into it once more",
        ) from error
    if not tokenizer.is_fast:
        raise ArtifactError(
            f"The tokenizer in {folder} ({type(tokenizer).__name__}) does not tell where its tokens end.",
            fix="add the model's tokenizer.json, or give its .gguf file",
        )
    return tokenizer


def _tokenize_each(tokenizer: Any, texts: Sequence[str], parse_special: bool) -> list[Tokens]:
    return [_tokens(tokenizer, text, parse_special=parse_special) for text in texts]


def _tokens(tokenizer: Any, text: str, *, parse_special: bool) -> Tokens:
    fed = tokenizer(
        text,
        add_special_tokens=False,
        return_offsets_mapping=True,
        split_special_tokens=not parse_special,
        verbose=False,
    )
    lengths = np.fromiter((len(letter.encode()) for letter in text), dtype=np.int64, count=len(text))
    bytes_before = np.concatenate([[0], np.cumsum(lengths)])
    offsets = np.array(fed["offset_mapping"], dtype=np.int64).reshape(-1, 2)
    return Tokens(np.array(fed["input_ids"], dtype=np.int32), bytes_before[offsets[:, 1]])
