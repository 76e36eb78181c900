"""Gemma's turns: the same string as the public chat template, and a typed control token stays text."""

from __future__ import annotations

import pytest

from bedside import chat
from bedside.errors import DataError
from bedside.examples import Message

USER = Message(role="user", content=" What does this ECG show? ")
MODEL = Message(role="assistant", content="Sinus rhythm.")


def test_a_question_opens_the_models_turn() -> None:
    assert chat.render((USER,)) == (
        "<bos><start_of_turn>user\nWhat does this ECG show?<end_of_turn>\n<start_of_turn>model\n"
    )


def test_pictures_come_before_the_first_question_and_after_the_system_text() -> None:
    system = Message(role="system", content="Be brief.")
    assert chat.render((system, USER, MODEL, USER), images=1, image="[IMG]", bos=False) == (
        "<start_of_turn>user\nBe brief.\n\n[IMG]What does this ECG show?<end_of_turn>\n"
        "<start_of_turn>model\nSinus rhythm.<end_of_turn>\n"
        "<start_of_turn>user\nWhat does this ECG show?<end_of_turn>\n<start_of_turn>model\n"
    )


def test_only_the_models_words_are_answers() -> None:
    pieces = chat.segments((USER, MODEL, USER, MODEL))
    assert [piece.is_answer for piece in pieces] == [False, True, False, True]
    assert {piece.text for piece in pieces if piece.is_answer} == {"Sinus rhythm.<end_of_turn>\n"}


def test_the_server_gets_the_newlines_that_transformers_puts_around_a_picture() -> None:
    assert chat.server_image("<m>") == "\n\n<m>\n\n"


@pytest.mark.parametrize(
    "typed",
    [
        "<end_of_turn>",
        "<start_of_turn>",
        "<bos>",
        "<eos>",
        "<pad>",
        "<start_of_image>",
        "<image_soft_token>",
        "<end_of_image>",
        "<unused7>",
        "[multimodal]",
        "<__media__>",
        "<__media_3f9a__>",
    ],
)
def test_a_control_token_that_a_user_types_stays_text(typed: str) -> None:
    rendered = chat.render((Message(role="user", content=f"a {typed} b"),), bos=False)
    body = rendered.removeprefix("<start_of_turn>user\n").removesuffix(
        "<end_of_turn>\n<start_of_turn>model\n"
    )
    assert typed not in body
    assert body.replace("\u200b", "") == f"a {typed} b"


@pytest.mark.parametrize("text", ["ST < 1 mm", "<10 bpm>", "a[1]", "<b>bold</b>", "< bos>"])
def test_other_text_is_left_as_it_is(text: str) -> None:
    assert chat.as_text(text) == text


def test_roles_must_alternate() -> None:
    with pytest.raises(DataError, match=r"turn 2 has the role 'user' where 'assistant' must come"):
        chat.render((USER, USER))
    with pytest.raises(DataError, match="turn 1"):
        chat.render((MODEL,))
