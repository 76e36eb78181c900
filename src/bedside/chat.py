"""Gemma's turns: the only file that knows the control tokens.

Training, calibration, evaluation and serving all render their prompts here, so that a model meets one
and the same string everywhere. `render` equals the chat template of Gemma 3 and MedGemma, except that a
control token typed by a user stays text (see `as_text`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from bedside.errors import DataError
from bedside.examples import Message

__all__ = [
    "BOS",
    "END_OF_TURN",
    "START_OF_IMAGE",
    "START_OF_TURN",
    "Segment",
    "answer_segment",
    "as_text",
    "render",
    "running_text",
    "segments",
    "server_image",
]

BOS = "<bos>"
START_OF_TURN = "<start_of_turn>"
END_OF_TURN = "<end_of_turn>"
START_OF_IMAGE = "<start_of_image>"
"""What the transformers processor replaces by newlines, image tokens and newlines."""

_CONTROL = re.compile(
    r"[<\[](?=(?:bos|eos|pad|unk|mask|unused\d+|(?:start|end)_of_(?:turn|image|audio)"
    r"|(?:image|audio)_soft_token|multimodal|__media)[^<>\[\]]*[>\]])"
)
_ZERO_WIDTH_SPACE = "\u200b"


def as_text(text: str) -> str:
    """Return `text` with every control token broken by a zero-width space, so that it stays text.

    A user who types `<end_of_turn>` writes twelve ordinary characters, not the end of a turn.
    """
    return _CONTROL.sub(lambda match: match.group() + _ZERO_WIDTH_SPACE, text)


def server_image(marker: str) -> str:
    """Return the image placeholder for llama.cpp, whose media marker brings no newlines of its own.

    transformers puts two newlines before and after the image tokens; without them the server's prompt
    is not the one the model was trained on, and its answers are worse without any error.
    """
    return f"\n\n{marker}\n\n"


@dataclass(frozen=True)
class Segment:
    """A piece of a rendered conversation; `is_answer` marks what the model says itself.

    Segments end where a control token ends, so that tokenizing them one by one gives the ids of the whole.
    """

    text: str
    is_answer: bool


def segments(
    messages: Sequence[Message], *, images: int = 0, image: str = START_OF_IMAGE
) -> tuple[Segment, ...]:
    """Render a conversation as alternating prompt and answer segments.

    Args:
        messages: the turns; a system turn may only come first and is put before the first user text.
        images: how many pictures are shown before the first user text.
        image: what stands for one picture.

    Raises:
        DataError: roles do not alternate user, assistant, user, …
    """
    system, turns = _without_system(messages)
    result: list[Segment] = []
    pending = BOS
    for number, message in enumerate(turns):
        expected = ("user", "assistant")[number % 2]
        if message.role != expected:
            raise DataError(
                f"turn {number + 1} has the role {message.role!r} where {expected!r} must come",
                fix="a conversation alternates user and assistant; a system turn may only come first",
            )
        content = as_text(message.content.strip())
        if message.role == "user":
            opening = system + image * images if number == 0 else ""
            pending += f"{START_OF_TURN}user\n{opening}{content}{END_OF_TURN}\n"
        else:
            result.append(Segment(pending + f"{START_OF_TURN}model\n", is_answer=False))
            result.append(answer_segment(content))
            pending = ""
    if pending:
        result.append(Segment(pending + f"{START_OF_TURN}model\n", is_answer=False))
    return tuple(result)


def answer_segment(content: str) -> Segment:
    """Return an answer as the model must say it: the text, then the end of the turn."""
    return Segment(as_text(content.strip()) + f"{END_OF_TURN}\n", is_answer=True)


def running_text(text: str) -> tuple[Segment, ...]:
    """Render text that is no conversation: the model learns all of it, from the beginning of the sequence."""
    return Segment(BOS, is_answer=False), Segment(as_text(text.strip()), is_answer=True)


def render(
    messages: Sequence[Message], *, images: int = 0, image: str = START_OF_IMAGE, bos: bool = True
) -> str:
    """Render a conversation as one string; after a user turn the model's turn is opened.

    `bos=False` leaves the beginning-of-sequence token to the program that tokenizes the string.
    """
    text = "".join(piece.text for piece in segments(messages, images=images, image=image))
    return text if bos else text.removeprefix(BOS)


def _without_system(messages: Sequence[Message]) -> tuple[str, Sequence[Message]]:
    if messages and messages[0].role == "system":
        return as_text(messages[0].content) + "\n\n", messages[1:]
    return "", messages
