"""A vocabulary opened from a model folder or a GGUF file: the same tokens, with their places in the text."""

from __future__ import annotations

import pickle
import shutil
from pathlib import Path

import pytest

from bedside.errors import ArtifactError, DataError
from bedside.gguf import ConvertConfig, convert
from bedside.llamacpp.model_files import language_model
from bedside.vocabulary import Vocabulary, open_vocabulary
from gemma_vocabulary import gemma_3_vocabulary
from tiny_model import ModelFolder, conversation, render, sentences

TEXT = "<start_of_turn>user\nRate is 72 ± 3 ▁ 心\n\n\n<end_of_turn>\n"


def part_of(model: Path, folder: Path, *names: str) -> Path:
    folder.mkdir()
    for name in names:
        shutil.copy(model / name, folder)
    return folder


@pytest.fixture
def vocabulary(tiny_model: Path, tmp_path: Path) -> Vocabulary:
    """Of a folder that holds tokenizer files and no model."""
    return open_vocabulary(part_of(tiny_model, tmp_path / "only", "tokenizer.json", "tokenizer_config.json"))


@pytest.mark.parametrize("file", ["tokenizer.json", "tokenizer.model"])
def test_one_tokenizer_file_is_enough(
    tiny_model: Path, tmp_path: Path, vocabulary: Vocabulary, file: str
) -> None:
    alone = open_vocabulary(part_of(tiny_model, tmp_path / "alone", file))
    found = alone.encode(TEXT, parse_special=True, add_bos=False)
    assert found.ids.tolist() == vocabulary.encode(TEXT, parse_special=True, add_bos=False).ids.tolist()
    assert alone.sha256 != vocabulary.sha256


def test_tokens_end_at_bytes_of_the_text(vocabulary: Vocabulary) -> None:
    found = vocabulary.encode(TEXT, parse_special=True, add_bos=False)
    assert found.ids[0] == vocabulary.token_of("<start_of_turn>")
    assert found.ends[0] == 15
    assert found.ends[-1] == len(TEXT.encode())
    assert (found.ends[1:] >= found.ends[:-1]).all()
    end = int((found.ids == vocabulary.token_of("<end_of_turn>")).nonzero()[0][0])
    assert found.ends[end] == TEXT.encode().index(b"<end_of_turn>") + 13


def test_control_tokens_are_letters_unless_they_are_parsed(vocabulary: Vocabulary) -> None:
    parsed, letters = (vocabulary.encode(TEXT, parse_special=s, add_bos=False) for s in (True, False))
    assert vocabulary.control[parsed.ids].sum() == 2
    assert vocabulary.control[letters.ids].sum() == 0
    assert letters.ids.size > parsed.ids.size
    assert letters.ends[-1] == parsed.ends[-1]


def test_the_token_before_a_text_ends_where_the_text_begins(vocabulary: Vocabulary) -> None:
    found = vocabulary.encode("a", parse_special=True, add_bos=True)
    assert found.ids[0] == vocabulary.bos == vocabulary.token_of("<bos>")
    assert found.ends[0] == 0
    assert vocabulary.encode("a", parse_special=True, add_bos=False).ids.tolist() == found.ids[1:].tolist()


def test_texts_are_counted_each_on_its_own(vocabulary: Vocabulary) -> None:
    texts = ["the rate", "", TEXT]
    counts = [vocabulary.encode(t, parse_special=True, add_bos=False).ids.size for t in texts]
    assert vocabulary.count_each(texts, parse_special=True) == counts


def test_it_can_be_sent_to_another_process(vocabulary: Vocabulary) -> None:
    there = pickle.loads(pickle.dumps(vocabulary))
    assert there.count_each([TEXT], parse_special=True) == vocabulary.count_each([TEXT], parse_special=True)


def test_what_is_no_tokenizer_is_refused(tiny_model: Path, tmp_path: Path) -> None:
    with pytest.raises(ArtifactError, match="no tokenizer at"):
        open_vocabulary(tmp_path / "none")
    with pytest.raises(ArtifactError, match="has no tokenizer"):
        open_vocabulary(tmp_path)
    (tmp_path / "model-f16.gguf").touch()
    with pytest.raises(ArtifactError) as caught:
        open_vocabulary(tmp_path)
    assert caught.value.fix.endswith("model-f16.gguf")
    with pytest.raises(DataError, match="give its folder"):
        open_vocabulary(tiny_model / "tokenizer.json")
    with pytest.raises(DataError, match="not a GGUF file"):
        open_vocabulary(tiny_model / "config.json")
    (tmp_path / "tokenizer.json").write_text("{}")
    with pytest.raises(ArtifactError, match="cannot be loaded"):
        open_vocabulary(tmp_path)


@pytest.mark.llamacpp
def test_a_model_folder_and_its_gguf_file_give_the_same_tokens(tiny_model: Path, tmp_path: Path) -> None:
    artifact = convert(ConvertConfig(), model=ModelFolder(tiny_model), out_dir=tmp_path / "gguf")
    folder, gguf = open_vocabulary(tiny_model), open_vocabulary(language_model(artifact))
    assert gguf.bos == folder.bos
    text = "".join(render(conversation(seed)) for seed in range(5)) + TEXT
    for parse_special in (True, False):
        ours, theirs = (v.encode(text, parse_special=parse_special, add_bos=True) for v in (folder, gguf))
        assert ours.ids.tolist() == theirs.ids.tolist()
        assert ours.ends[-1] == theirs.ends[-1]
        counts = [v.count_each(sentences(20), parse_special=parse_special) for v in (folder, gguf)]
        assert counts[0] == counts[1]


@pytest.mark.llamacpp
def test_a_vocabulary_without_weights_is_enough(tmp_path: Path) -> None:
    vocabulary = open_vocabulary(gemma_3_vocabulary(tmp_path))
    assert vocabulary.size == 262_144
    assert vocabulary.bos == 2
    assert [vocabulary.token_of(text) for text in ("<start_of_turn>", "<end_of_turn>")] == [105, 106]
    assert [vocabulary.token_of(text) for text in ("user", "model", "\n")] == [2364, 4368, 107]
    assert vocabulary.token_of("<|turn>") is None
    assert vocabulary.count_each(["What is your name?"], parse_special=True) == [5]
