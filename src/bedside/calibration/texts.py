"""One piece of calibration text, and the two files that all pieces make.

In `chat.txt` each conversation is what the deployed model sees: the turns of `chat.render`, with the answer.
Every conversation but the first begins with `<bos>`, because llama-imatrix puts one before the file itself;
with `--parse-special` the tokens are those of one conversation after another.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bedside.chat import BOS, as_text, render
from bedside.examples import Message

__all__ = ["Text", "chat_file", "plain_file", "text_of"]


@dataclass(frozen=True)
class Text:
    """What one example or stretch of recording says.

    Attributes:
        subject_id: whose data it is.
        plain: running text, without control tokens.
        chat: the conversation with control tokens, `<bos>` first.
    """

    subject_id: str
    plain: str
    chat: str


def text_of(messages: Sequence[Message], *, subject_id: str, plain: str | None = None) -> Text:
    """Make both forms of a conversation; `plain` stands for its turns where running text is at hand."""
    running = "\n".join(message.content.strip() for message in messages) if plain is None else plain
    return Text(subject_id, as_text(running), render(messages))


def plain_file(texts: Sequence[Text]) -> str:
    """Join the running texts, an empty line between them."""
    return "\n\n".join(text.plain for text in texts) + "\n"


def chat_file(texts: Sequence[Text]) -> str:
    """Join the conversations, without the first `<bos>`."""
    return "".join(text.chat for text in texts).removeprefix(BOS)
