"""The vocabulary of the Gemma family that the installed toolchain keeps, with Gemma 3's names of the turns.

Gemma 4 has 262,144 tokens as Gemma 3 has, with the same words; ids 105 and 106 are called `<|turn>` and
`<turn|>` there, and `<start_of_turn>` and `<end_of_turn>` in Gemma 3.
"""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from bedside.llamacpp.binaries import BACKENDS, INSTALL, toolchain_dir

NAME = "ggml-vocab-gemma-4.gguf"
RENAMED = {"<|turn>": "<start_of_turn>", "<turn|>": "<end_of_turn>"}


def gemma_3_vocabulary(folder: Path) -> Path:
    """Write the vocabulary to `folder`; skips the test, and says so, where no toolchain is installed."""
    places = [toolchain_dir(backend) / "vocabularies" / NAME for backend in BACKENDS]
    source = next((place for place in places if place.is_file()), None)
    if source is None:
        pytest.skip(f"the vocabulary {NAME} is not in the cache; `{INSTALL}` brings it")
    data = source.read_bytes()
    for old, new in RENAMED.items():
        before, after = (struct.pack("<Q", len(text)) + text.encode() for text in (old, new))
        assert data.count(before) == 1
        data = data.replace(before, after)
    path = folder / "gemma-3-vocabulary.gguf"
    path.write_bytes(data)
    return path
