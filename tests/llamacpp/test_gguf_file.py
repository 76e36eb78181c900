"""The header of a GGUF file, written here byte by byte."""

import struct
from pathlib import Path

import numpy as np
import pytest

from bedside.errors import DataError
from bedside.llamacpp.gguf_file import (
    image_size,
    is_projector,
    read_header,
    read_tensor,
    token_types,
)

STRING, ARRAY = 8, 9


def string(text: str) -> bytes:
    data = text.encode()
    return struct.pack("<Q", len(data)) + data


def entry(key: str, kind: int, value: bytes) -> bytes:
    return string(key) + struct.pack("<I", kind) + value


def array(kind: int, count: int, values: bytes) -> bytes:
    return struct.pack("<IQ", kind, count) + values


METADATA = (
    entry("general.architecture", STRING, string("gemma3")),
    entry("tokenizer.ggml.tokens", ARRAY, array(STRING, 3, string("<bos>") + string("é") + string("a"))),
    entry("tokenizer.ggml.token_type", ARRAY, array(5, 3, struct.pack("<3i", 3, 1, 1))),
    entry("some.float", 6, struct.pack("<f", 0.5)),
    entry("some.flag", 7, b"\x01"),
    entry("clip.vision.image_size", 4, struct.pack("<I", 896)),
)
VALUES = np.arange(6, dtype="<f4").reshape(2, 3)


def gguf(*, metadata: tuple[bytes, ...] = METADATA, version: int = 3, tensor_type: int = 0) -> bytes:
    """A file with one tensor of two rows and three columns and one quantized one."""
    tensors = string("w") + struct.pack("<IQQIQ", 2, 3, 2, tensor_type, 0)
    tensors += string("q") + struct.pack("<IQIQ", 1, 256, 12, 32)
    head = b"GGUF" + struct.pack("<IQQ", version, 2, len(metadata)) + b"".join(metadata) + tensors
    head += b"\0" * (-len(head) % 32)
    return head + VALUES.tobytes().ljust(32, b"\0") + b"\1" * 144


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "model.gguf"
    path.write_bytes(gguf())
    return path


def test_metadata_and_tensors_are_read(file: Path) -> None:
    header = read_header(file)
    assert header.architecture == "gemma3"
    assert header.metadata["some.float"] == 0.5
    assert header.metadata["some.flag"] is True
    assert token_types(header) == {"<bos>": 3, "é": 1, "a": 1}
    assert image_size(header) == 896
    assert not is_projector(header)
    assert [(t.name, t.type, t.shape, t.size_bytes) for t in header.tensors] == [
        ("w", "F32", (3, 2), 24),
        ("q", "Q4_K", (256,), 144),
    ]
    assert header.tensor("q").offset + 144 == file.stat().st_size


def test_a_tensor_is_read_rows_first(file: Path) -> None:
    assert np.array_equal(read_tensor(read_header(file), "w"), VALUES)


def test_a_quantized_tensor_is_not_read_as_numbers(file: Path) -> None:
    with pytest.raises(DataError, match="Q4_K"):
        read_tensor(read_header(file), "q")


def test_a_file_cut_anywhere_is_refused(file: Path) -> None:
    whole = file.read_bytes()
    for length in range(len(whole)):
        file.write_bytes(whole[:length])
        with pytest.raises(DataError, match=r"truncated|not a GGUF"):
            read_header(file)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "not a GGUF file"),
        (b"\x89PNG\r\n\x1a\n" * 9, "not a GGUF file: it starts with b'\\\\x89PNG'"),
        (gguf(version=1), "version 1"),
        (gguf(tensor_type=77), "'w' has the unknown type 77"),
        (gguf(metadata=(entry("k", 99, b""),)), "damaged"),
        (gguf(metadata=(entry("k", STRING, struct.pack("<Q", 2**60)),)), "damaged"),
    ],
)
def test_what_is_not_a_gguf_says_why(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "x.gguf"
    path.write_bytes(content)
    with pytest.raises(DataError, match=message) as caught:
        read_header(path)
    assert str(path) in str(caught.value)
    assert caught.value.fix


def test_an_absent_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no such file"):
        read_header(tmp_path / "none.gguf")


def test_a_vocabulary_with_a_token_twice_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.gguf"
    twice = entry("tokenizer.ggml.tokens", ARRAY, array(STRING, 2, string("a") * 2))
    types = entry("tokenizer.ggml.token_type", ARRAY, array(5, 2, struct.pack("<2i", 1, 1)))
    path.write_bytes(gguf(metadata=(twice, types)))
    with pytest.raises(DataError, match="a token twice"):
        token_types(read_header(path))


def test_a_file_without_vocabulary_or_projector_says_so(tmp_path: Path) -> None:
    path = tmp_path / "x.gguf"
    path.write_bytes(gguf(metadata=METADATA[:1]))
    header = read_header(path)
    with pytest.raises(DataError, match="no vocabulary"):
        token_types(header)
    with pytest.raises(DataError, match="not a vision projector"):
        image_size(header)
