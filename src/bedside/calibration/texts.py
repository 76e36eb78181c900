"""One piece of calibration text, and the files that all pieces make.

In a chat file each conversation is what the deployed model sees: the turns of `chat.render`, with the answer.
Every conversation but the first begins with `<bos>`, because llama-imatrix puts one before the file itself;
with `--parse-special` the tokens are those of one conversation after another.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bedside.calibration.rows import Row
from bedside.chat import BOS, as_text, render
from bedside.examples import Example, Message

__all__ = ["Text", "chat_file", "plain_file", "running_text", "text_of", "text_of_example"]


@dataclass(frozen=True)
class Text:
    """What one example or stretch of recording says.

    Attributes:
        subject_id: whose data it is; empty for general text.
        group: the cohort of a recording, else which kind of source it comes from.
        stratum: what it says within its group; texts of one stratum say the same in other words.
        plain: running text, without control tokens.
        chats: the conversation with control tokens, `<bos>` first; one for each prompt of the build.
        row: the figures behind it, where it comes from a recording.
    """

    subject_id: str
    group: str
    stratum: str
    plain: str
    chats: tuple[str, ...]
    row: Row | None = None


def text_of_example(example: Example, *, subject_id: str, group: str, stratum: str, prompts: int) -> Text:
    """Make both forms of an example: of a conversation, or of running text."""
    if example.text is None:
        return text_of(example.messages, subject_id=subject_id, group=group, stratum=stratum, prompts=prompts)
    return running_text(example.text, subject_id=subject_id, group=group, stratum=stratum, prompts=prompts)


def running_text(text: str, *, subject_id: str, group: str, stratum: str, prompts: int) -> Text:
    """Make both forms of text that is no conversation: in a chat file it stands without turns."""
    plain = as_text(text.strip())
    return Text(subject_id, group, stratum, plain, (f"{BOS}{plain}\n",) * prompts)


def text_of(messages: Sequence[Message], *, subject_id: str, group: str, stratum: str, prompts: int) -> Text:
    """Make both forms of a conversation whose question is the same whatever the prompt."""
    running = "\n".join(message.content.strip() for message in messages)
    chat = render(messages)
    return Text(subject_id, group, stratum, as_text(running), (chat,) * prompts)


def plain_file(texts: Sequence[Text]) -> str:
    """Join the running texts, an empty line between them."""
    return "\n\n".join(text.plain for text in texts) + "\n"


def chat_file(texts: Sequence[Text], prompt: int) -> str:
    """Join the conversations of one prompt, without the first `<bos>`."""
    return "".join(text.chats[prompt] for text in texts).removeprefix(BOS)
