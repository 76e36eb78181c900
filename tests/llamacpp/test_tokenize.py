"""Ids from llama-tokenize, and the byte at which each token ends. A script plays the program."""

from __future__ import annotations

import struct
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from bedside.errors import DataError, ToolError
from bedside.llamacpp import binaries
from bedside.llamacpp.tokenize import read_vocabulary, tokenize
from gemma_vocabulary import gemma_3_vocabulary

NORMAL, CONTROL, USER_DEFINED, BYTE = 1, 3, 4, 6
TOKENS = (
    ("<bos>", CONTROL),
    ("<0xC2>", BYTE),
    ("<0xB1>", BYTE),
    ("a", NORMAL),
    ("▁b", NORMAL),
    ("▁", NORMAL),
)
TOKENS += (("<table>", USER_DEFINED), ("\n\n\n", USER_DEFINED), ("<start_of_turn>", CONTROL))
BOS, C2, B1, A, B, SPACE, TABLE, _, START = range(len(TOKENS))

PROGRAM = """#!{python}
import json, pathlib, sys
from datetime import datetime
arguments = sys.argv[1:]
text = pathlib.Path(arguments[arguments.index("-f") + 1]).read_text()
with open({calls!r}, "a") as file:
    file.write(json.dumps([arguments[4:], text]) + chr(10))
print("a line that is not ours")
print({answers!r}[text])
"""


def string(text: str) -> bytes:
    return struct.pack("<Q", len(text.encode())) + text.encode()


def gguf(
    path: Path, *, kind: str = "llama", tokens: Sequence[tuple[str, int]] = TOKENS, bos: bool = True
) -> Path:
    entries = [
        ("tokenizer.ggml.model", 8, string(kind)),
        ("tokenizer.ggml.bos_token_id", 4, struct.pack("<I", 0)),
        ("tokenizer.ggml.add_bos_token", 7, bytes([bos])),
    ]
    if tokens:
        texts = struct.pack("<IQ", 8, len(tokens)) + b"".join(string(text) for text, _ in tokens)
        types = struct.pack("<IQ", 5, len(tokens)) + struct.pack(f"<{len(tokens)}i", *(n for _, n in tokens))
        entries += [("tokenizer.ggml.tokens", 9, texts), ("tokenizer.ggml.token_type", 9, types)]
    body = b"".join(string(key) + struct.pack("<I", number) + value for key, number, value in entries)
    path.write_bytes(b"GGUF" + struct.pack("<IQQ", 3, 0, len(entries)) + body)
    return path


class Program:
    """Stands in for llama-tokenize: knows the answer to each text and keeps its calls."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.calls_file = folder / "calls"

    def answers(self, answers: dict[str, str]) -> None:
        text = PROGRAM.format(python=sys.executable, calls=str(self.calls_file), answers=answers)
        for name in binaries.TOOLS:
            (self.folder / name).write_text(text)
            (self.folder / name).chmod(0o755)

    @property
    def calls(self) -> list[str]:
        return self.calls_file.read_text().splitlines()


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Program:
    (tmp_path / "bin").mkdir()
    monkeypatch.setenv("BEDSIDE_LLAMACPP", str(tmp_path / "bin"))
    return Program(tmp_path / "bin")


def test_each_token_ends_at_its_byte(tmp_path: Path, program: Program) -> None:
    program.answers({"a±  b": str([A, C2, B1, SPACE, B])})
    (tokens,) = tokenize(read_vocabulary(gguf(tmp_path / "v.gguf")), ["a±  b"], parse_special=True)
    assert tokens.ids.tolist() == [A, C2, B1, SPACE, B]
    assert tokens.ends.tolist() == [1, 2, 3, 4, 6]
    assert '"--no-escape", "--no-bos"]' in program.calls[0]


def test_the_sign_that_stands_for_a_space_has_three_bytes_in_a_text(tmp_path: Path, program: Program) -> None:
    program.answers({"▁a▁b": str([SPACE, A, B])})
    (tokens,) = tokenize(read_vocabulary(gguf(tmp_path / "v.gguf")), ["▁a▁b"], parse_special=True)
    assert tokens.ends.tolist() == [3, 4, 8]


def test_texts_share_one_process_and_keep_their_own_tokens(tmp_path: Path, program: Program) -> None:
    vocabulary = read_vocabulary(gguf(tmp_path / "v.gguf"))
    program.answers({"a<bos><bos> b": str([A, BOS, BOS, B]), "a<table><bos>": str([A, TABLE, BOS])})
    found = tokenize(vocabulary, ["a", "", " b"], parse_special=True)
    assert [tokens.ids.tolist() for tokens in found] == [[A], [], [B]]
    assert [tokens.ends.tolist() for tokens in found] == [[1], [], [2]]
    assert len(program.calls) == 1
    tokenize(vocabulary, ["a", "<bos>"], parse_special=False)  # not at a token that is letters now
    assert "--no-parse-special" in program.calls[1]
    assert "a<table><bos>" in program.calls[1]


def test_without_a_token_to_join_by_each_text_has_its_process(tmp_path: Path, program: Program) -> None:
    tokens = [(text, NORMAL if kind == USER_DEFINED else kind) for text, kind in TOKENS]
    program.answers({"a": str([A]), " b": str([B])})
    vocabulary = read_vocabulary(gguf(tmp_path / "v.gguf", tokens=tokens))
    found = tokenize(vocabulary, ["a", " b"], parse_special=False)
    assert [tokens.ids.tolist() for tokens in found] == [[A], [B]]
    assert len(program.calls) == 2


def test_tokens_that_do_not_spell_the_text_are_refused(tmp_path: Path, program: Program) -> None:
    program.answers({"b": str([B])})
    with pytest.raises(DataError, match="do not spell the text"):
        tokenize(read_vocabulary(gguf(tmp_path / "v.gguf")), ["b"], parse_special=True)


def test_a_program_that_prints_no_ids_is_an_error(tmp_path: Path, program: Program) -> None:
    program.answers({"a": "usage:"})
    with pytest.raises(ToolError, match="no ids"):
        tokenize(read_vocabulary(gguf(tmp_path / "v.gguf")), ["a"], parse_special=True)


def test_the_vocabulary_says_what_a_token_is(tmp_path: Path) -> None:
    vocabulary = read_vocabulary(gguf(tmp_path / "v.gguf"))
    assert vocabulary.bos == BOS
    assert vocabulary.control.nonzero()[0].tolist() == [BOS, START]
    assert vocabulary.pieces[C2] == b"\xc2"
    assert vocabulary.pieces[B] == b" b"
    assert read_vocabulary(gguf(tmp_path / "w.gguf", bos=False)).bos is None


def test_its_hash_is_of_what_cuts_a_text(tmp_path: Path) -> None:
    one = read_vocabulary(gguf(tmp_path / "v.gguf")).sha256
    assert read_vocabulary(gguf(tmp_path / "same.gguf")).sha256 == one
    renamed = (("<s>", CONTROL), *TOKENS[1:])
    assert read_vocabulary(gguf(tmp_path / "other.gguf", tokens=renamed)).sha256 != one


@pytest.mark.parametrize(
    ("kind", "tokens", "said"), [("bert", TOKENS, "'bert'"), ("llama", (), "no vocabulary")]
)
def test_a_file_without_a_usable_vocabulary_is_refused(
    tmp_path: Path, kind: str, tokens: Sequence[tuple[str, int]], said: str
) -> None:
    with pytest.raises(DataError, match=said):
        read_vocabulary(gguf(tmp_path / "v.gguf", kind=kind, tokens=tokens))


@pytest.mark.llamacpp
def test_the_real_program_gives_the_ids_that_others_publish(tmp_path: Path) -> None:
    vocabulary = read_vocabulary(gemma_3_vocabulary(tmp_path))
    text = "<start_of_turn>user\nWhat is 2+2?<end_of_turn>\n<start_of_turn>model\n"
    (tokens,) = tokenize(vocabulary, [text], parse_special=True)
    ids = [105, 2364, 107, 3689, 563, 236743, 236778, 236862, 236778, 236881, 106, 107, 105, 4368, 107]
    assert tokens.ids.tolist() == ids
    assert tokens.ends[:3].tolist() == [15, 19, 20]
    assert tokens.ends[-1] == len(text)
    hard = r"a▁b ± \n \x41 心電図 𝛼" + "\x01\r\n<0x0A><bos>"
    for parse_special in (True, False):
        one, two = tokenize(vocabulary, [text, hard], parse_special=parse_special)
        (alone,) = tokenize(vocabulary, [hard], parse_special=parse_special)
        assert two.ids.tolist() == alone.ids.tolist()
        assert two.ends[-1] == len(hard.encode())
        assert (105 in one.ids) == parse_special
