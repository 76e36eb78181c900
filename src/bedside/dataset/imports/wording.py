"""Text and turns of imported rows: what is kept, and what makes a row unusable.

A picture's place in the text is not kept: markers (`<image>`) are taken out, and `chat` shows all pictures
before the first user text. Nothing else is changed but line ends and white space at both ends.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import Literal

from bedside.errors import DataError
from bedside.examples import Message

__all__ = ["MOST_CHARACTERS", "conversation", "markers_in", "text_of", "turn"]

MOST_CHARACTERS = 500_000
"""About 131,072 tokens, the context of Gemma 3, at four characters each: more could not be trained on."""
_ROLES: dict[str, Literal["system", "user", "assistant"]] = {
    "system": "system",
    "user": "user",
    "human": "user",
    "assistant": "assistant",
    "gpt": "assistant",
    "model": "assistant",
}
_MARKER = re.compile(r"[ \t]*<image(?:[ _]?\d+)?>[ \t]*\n?", re.IGNORECASE)
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_SURROGATE = re.compile("[\ud800-\udfff]")


def text_of(value: object, *, joined_by: str = "\n") -> str:
    """Return a text, or a list of texts as one; nothing (`None`, NaN) is an empty text.

    Raises:
        DataError: the value is something else, too long, or holds characters that no text has.
    """
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    if isinstance(value, list):
        return joined_by.join(filter(None, (text_of(part) for part in value)))
    if not isinstance(value, str):
        raise DataError("a text is of another type", fix=f"found {value!r:.60} where a text must be")
    if len(value) > MOST_CHARACTERS:
        raise DataError(f"a text has more than {MOST_CHARACTERS:,} characters", fix=f"it has {len(value):,}")
    if half := _SURROGATE.search(value):
        raise DataError("a text holds half a surrogate pair", fix=f"found {half.group()!a}; repair the text")
    text = value.replace("\r\n", "\n").replace("\r", "\n")
    if control := _CONTROL.search(text):
        raise DataError("a text holds a control character", fix=f"found {control.group()!a}; take it out")
    return text.strip()


def turn(role: object, value: object) -> tuple[str, str]:
    """Return role and text of one turn; the texts of an answer that is a list are joined by commas.

    Raises:
        DataError: there is no such role, or the text cannot be used.
    """
    known = _ROLES.get(role.strip().lower()) if isinstance(role, str) else None
    if known is None:
        raise DataError("a turn has an unknown role", fix=f"found {role!r:.60}; known: {', '.join(_ROLES)}")
    return known, text_of(value, joined_by=", " if known == "assistant" else "\n")


def markers_in(turns: Sequence[tuple[str, str]]) -> int:
    """Count the places where the text marks a picture."""
    return sum(len(_MARKER.findall(text)) for _, text in turns)


def conversation(turns: Sequence[tuple[str, str]]) -> tuple[Message, ...]:
    """Return turns as messages: a system turn if it says something, then question, answer, …, answer.

    Raises:
        DataError: a question or answer is empty, roles do not alternate, or the last turn is no answer.
    """
    if turns and turns[0][0] == "system" and not turns[0][1]:
        turns = turns[1:]
    asked = turns[1:] if turns and turns[0][0] == "system" else turns
    for number, (role, text) in enumerate(asked):
        if role != ("user", "assistant")[number % 2]:
            roles = ", ".join(role for role, _ in turns[:8])
            raise DataError("the roles do not alternate", fix=f"found {roles}; write user, assistant, …")
        if role == "assistant" and _MARKER.search(text):
            raise DataError("an answer holds a picture marker", fix=f"found it in {text[:60]!r}")
        if not _plain(text):
            raise DataError("a question is empty" if role == "user" else "an answer is empty")
    if len(asked) % 2 or not asked:
        raise DataError("the conversation does not end with an answer")
    return tuple(Message.model_validate({"role": role, "content": _plain(text)}) for role, text in turns)


def _plain(text: str) -> str:
    return _MARKER.sub(" ", text).strip() if _MARKER.search(text) else text
