"""The file of reference logits has the bytes that llama-perplexity reads."""

import math
import struct
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from bedside.errors import ArtifactError
from bedside.verify.reference import (
    Reference,
    encode_rows,
    header,
    reference_bytes,
    scored_tokens,
    write_logits,
)


def encode_one(logits: NDArray[np.float32]) -> bytes:
    """The arithmetic of `log_softmax` in llama.cpp's tools/perplexity/perplexity.cpp, number by number."""
    f = np.float32
    largest = max(logits)
    smallest = max(min(logits), f(largest - f(16)))
    log_sum = f(math.log(sum(float(np.exp(f(x - largest))) for x in logits)))
    scale = f((largest - smallest) / f(65535))
    values = []
    for x in logits:
        inverse = f(1) / scale if scale else f(0)
        values.append(int(np.rint(f(inverse * f(x - smallest)))) if scale and x > smallest else 0)
    values += [0] * (len(values) % 2)
    head = struct.pack("<ff", scale, f(f(smallest - largest) - log_sum))
    return head + struct.pack(f"<{len(values)}H", *values)


@pytest.mark.parametrize("vocabulary", [8, 9])
@pytest.mark.parametrize("spread", [0.5, 20.0])
def test_rows_equal_llama_cpp_number_by_number(vocabulary: int, spread: float) -> None:
    logits = np.random.default_rng(1).normal(0, spread, (5, vocabulary)).astype(np.float32)
    assert encode_rows(logits) == b"".join(encode_one(row) for row in logits)


def test_equal_logits_give_a_row_without_scale() -> None:
    logits = np.full((1, 4), 2.5, dtype=np.float32)
    assert encode_rows(logits) == struct.pack("<ff4H", 0.0, -math.log(4), 0, 0, 0, 0)


def test_a_row_read_back_is_the_log_softmax_within_half_a_step() -> None:
    logits = np.random.default_rng(2).normal(0, 3, (3, 100)).astype(np.float32)
    exact = logits - np.log(np.exp(logits.astype(np.float64)).sum(axis=1, keepdims=True))
    for row, wanted in zip(np.frombuffer(encode_rows(logits), "<u2").reshape(3, -1), exact, strict=True):
        scale, smallest = row[:4].view("<f4")
        found = scale * row[4:] + smallest
        near = wanted > wanted.max() - 15.9
        assert np.abs(found - wanted)[near].max() < scale * 0.51 + 1e-6


def test_the_header_holds_context_vocabulary_chunks_and_tokens() -> None:
    tokens = np.arange(8, dtype=np.int32).reshape(2, 4)
    expected = b"_logits_" + struct.pack("<iii8i", 4, 11, 2, *range(8))
    assert header(Reference(tokens, 11)) == expected


@pytest.fixture
def text() -> Reference:
    return Reference(np.random.default_rng(0).integers(0, 7, (3, 10)).astype(np.int32), 7)


def test_size_and_surprisal(tmp_path: Path, text: Reference) -> None:
    rng = np.random.default_rng(5)
    given = [rng.normal(size=(5, 9)).astype(np.float32) for _ in range(3)]
    remaining = iter(given)
    file = tmp_path / "logits"
    surprisal = write_logits(file, text, lambda _: next(remaining))
    assert file.stat().st_size == reference_bytes(text)
    assert scored_tokens(text) == surprisal.size == 3 * (10 - 1 - 5)
    first = given[0][0, :7].astype(np.float64)  # position 5 predicts the token at 6
    assert surprisal[0] == pytest.approx(np.log(np.exp(first).sum()) - first[text.tokens[0, 6]], abs=1e-6)


def test_a_model_of_another_vocabulary_is_refused(tmp_path: Path, text: Reference) -> None:
    with pytest.raises(ArtifactError, match="The model knows 6 tokens, the GGUF file 7"):
        write_logits(tmp_path / "logits", text, lambda _: np.zeros((5, 6), dtype=np.float32))
