"""The checks of a GGUF header find exactly the faults that make answers worse or tell too much."""

from pathlib import Path

import numpy as np
import pytest

from bedside.errors import ArtifactError
from bedside.gguf.header_checks import matrix_tensors, narrow_tensors, refuse, token_faults, trace_faults
from bedside.hub_layout import AddedToken
from bedside.llamacpp.gguf_file import GgufHeader, TensorInfo

ADDED = (
    AddedToken(0, "<start_of_turn>", special=True),
    AddedToken(1, "<end_of_turn>", special=True),
    AddedToken(2, "\n\n", special=False),
)
TOKENS = ("<start_of_turn>", "<end_of_turn>", "\n\n", "a")


def header(metadata: dict[str, object] | None = None, *tensors: TensorInfo) -> GgufHeader:
    return GgufHeader(Path("x/model.gguf"), metadata or {}, tensors)  # type: ignore[arg-type]


def vocabulary(types: list[int], tokens: tuple[str, ...] = TOKENS) -> GgufHeader:
    return header({"tokenizer.ggml.tokens": tokens, "tokenizer.ggml.token_type": np.array(types)})


def tensor(name: str, *shape: int) -> TensorInfo:
    return TensorInfo(name, "F16", shape, 0, 0)


def test_control_tokens_of_the_right_type_have_no_fault() -> None:
    assert token_faults(vocabulary([3, 3, 4, 1]), ADDED) == ()


@pytest.mark.parametrize("type_", [1, 4, 5])
def test_a_control_token_of_another_type_is_a_fault(type_: int) -> None:
    faults = token_faults(vocabulary([type_, 3, 4, 1]), ADDED)
    assert faults == (f"the token <start_of_turn> has type {type_} instead of 3 (control)",)


def test_turn_tokens_are_checked_even_where_the_tokenizer_lists_none() -> None:
    assert len(token_faults(vocabulary([1, 1, 1, 1]), ())) == 2


def test_a_control_token_with_another_id_is_a_fault() -> None:
    swapped = ("<end_of_turn>", "<start_of_turn>", "\n\n", "a")
    assert token_faults(vocabulary([3, 3, 4, 1], swapped), ADDED) == (
        "token 0 is '<end_of_turn>' instead of '<start_of_turn>'",
        "token 1 is '<start_of_turn>' instead of '<end_of_turn>'",
    )


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("general.name", "/home/ann/model"),
        ("general.basename", "~/model"),
        ("general.source.url", "file:///srv/model"),
        ("general.name", "C:\\models\\x"),
        ("general.tags", ("medical", "../x")),
        ("quantize.imatrix.file", "runs/imatrix.gguf"),
        ("quantize.imatrix.dataset", "C:chat\\chat.txt"),
        ("imatrix.datasets", ("runs/chat.txt",)),
    ],
)
def test_a_path_in_the_metadata_is_a_fault(key: str, value: object) -> None:
    assert len(trace_faults(header({key: value}))) == 1


def test_names_and_addresses_are_no_fault() -> None:
    metadata: dict[str, object] = {
        "general.name": "model",
        "general.base_model.0.repo_url": "https://example.org/google/medgemma-4b-it",
        "general.tags": ("medical", "image-text-to-text"),
        "quantize.imatrix.file": "imatrix.gguf",
        "imatrix.datasets": ("chat.txt",),
        "tokenizer.chat_template": "/not/a/path",
    }
    assert trace_faults(header(metadata)) == ()


def test_matrices_are_told_from_vectors_and_embeddings() -> None:
    tensors = (
        tensor("token_embd.weight", 256, 1000),
        tensor("blk.0.attn_q.weight", 256, 256),
        tensor("blk.0.attn_norm.weight", 256),
        tensor("blk.1.ffn_down.weight", 640, 256),
    )
    assert matrix_tensors(header({}, *tensors)) == ("blk.0.attn_q.weight", "blk.1.ffn_down.weight")
    assert narrow_tensors(header({}, *tensors)) == ("blk.1.ffn_down.weight (640 columns)",)


def test_refuse_names_the_first_faults_and_counts_the_rest() -> None:
    refuse(header(), (), fix="")
    with pytest.raises(ArtifactError, match=r"model\.gguf: a; b; c \(and 2 more\)\.\n  → do this"):
        refuse(header(), ("a", "b", "c", "d", "e"), fix="do this")
