from __future__ import annotations

from pathlib import Path

import pytest
import sentencepiece
import trl

from bedside.chat import render
from bedside.demo.tokenizer import chat_template, load_tokenizer, train_tokenizer
from bedside.examples import Message

TEXTS = [f"The rate is {rate} beats per minute, sinus rhythm number {rate}." for rate in range(300)]
CONTROL = ("<start_of_turn>", "<end_of_turn>", "<start_of_image>", "<end_of_image>", "<image_soft_token>")


@pytest.fixture(scope="module")
def model_file(tmp_path_factory) -> Path:
    file = tmp_path_factory.mktemp("tokenizer") / "tokenizer.model"
    file.write_bytes(train_tokenizer(TEXTS, vocab_size=350))
    return file


def test_training_twice_gives_the_same_file(model_file):
    assert train_tokenizer(TEXTS, vocab_size=350) == model_file.read_bytes()


@pytest.mark.parametrize(
    "text",
    [
        "The rate is 143 beats per minute.",
        "two  spaces\n\nand lines\n\n\n\nmore",
        "naïve β-blocker é ∞ 😀",
        "<start_of_turn>user\nHi<end_of_turn>\n<start_of_turn>model\n",
        "<start_of_image>\n\nWhat?",
    ],
)
def test_ids_are_those_of_sentencepiece_and_decode_to_the_text(model_file, text):
    reference = sentencepiece.SentencePieceProcessor(model_file=str(model_file))
    tokenizer = load_tokenizer(model_file)
    ids = tokenizer(text, add_special_tokens=False).input_ids
    assert ids == reference.encode(text)
    assert tokenizer.decode(ids, skip_special_tokens=False) == text


def test_control_tokens_are_single_and_special(model_file):
    tokenizer = load_tokenizer(model_file)
    for token in CONTROL:
        assert len(tokenizer(token, add_special_tokens=False).input_ids) == 1
        assert tokenizer.added_tokens_decoder[tokenizer.convert_tokens_to_ids(token)].special
    ids = [tokenizer.pad_token_id, tokenizer.eos_token_id, tokenizer.bos_token_id, tokenizer.unk_token_id]
    assert ids == [0, 1, 2, 3]


def test_digits_are_single_tokens(model_file):
    tokenizer = load_tokenizer(model_file)
    assert tokenizer.tokenize("143") == ["1", "4", "3"]


def test_the_chat_template_is_gemma_3_s_to_the_letter():
    reference = Path(trl.__file__).parent / "chat_templates" / "gemma3.jinja"
    assert chat_template() == reference.read_text(encoding="utf-8")


def test_the_chat_template_renders_as_chat_does(model_file):
    turns = [("user", "Is this normal?"), ("assistant", "Yes."), ("user", "And this?")]
    messages = [Message(role=role, content=content) for role, content in turns]
    rendered = load_tokenizer(model_file).apply_chat_template(
        [message.model_dump() for message in messages], tokenize=False, add_generation_prompt=True
    )
    assert rendered == render(messages)
