"""The forms that published question-and-answer files have, each read into one and the same.

| format      | fields of a row                                                                            |
|-------------|--------------------------------------------------------------------------------------------|
| ecginstruct | `image` (a path), `conversations` or `conversation`: turns                                 |
| ecgbench    | `image_path`, perhaps `image` (bytes), `conversations`: turns, or `[{question, answer}]`   |
| sharegpt    | `conversations` or `conversation`: turns; perhaps `system`, `image`, `images`              |
| messages    | `messages`: `[{role, content}]`, content a text or a list of parts; perhaps `images`       |
| alpaca      | `instruction`, `input`, `output`; perhaps `system`, `image`, `images`                      |
| medrescue   | `input`, `context` (the options of a multiple-choice question), `output`, `source`         |

A turn is `{from, value}` or `{role, content}`; its text a text or a list of texts. Other fields (`id`, `No`,
metadata) are not read; but a field that another format has its words in is never passed over.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import cast

from bedside.dataset.imports.config import RowFormat
from bedside.dataset.imports.picture_data import Picture, pictures_in
from bedside.dataset.imports.wording import conversation, markers_in, text_of, turn
from bedside.errors import DataError
from bedside.examples import Message

__all__ = ["Asked", "fitting", "read_row"]

Fields = Mapping[str, object]
Turns = list[tuple[str, str]]

_WORDS: Mapping[RowFormat, frozenset[str]] = {
    "messages": frozenset({"messages"}),
    "alpaca": frozenset({"instruction", "input", "output", "system"}),
    "medrescue": frozenset({"input", "context", "output"}),
    "ecgbench": frozenset({"conversations", "conversation"}),
    "ecginstruct": frozenset({"conversations", "conversation"}),
    "sharegpt": frozenset({"conversations", "conversation", "system"}),
}
"""The fields that hold the words of a row."""
_NEEDED: Mapping[RowFormat, tuple[set[str], ...]] = {
    "messages": ({"messages"},),
    "alpaca": ({"instruction", "output"},),
    "medrescue": ({"input", "output"},),
    "ecgbench": ({"conversations"}, {"conversation"}),
    "ecginstruct": ({"conversations"}, {"conversation"}),
    "sharegpt": ({"conversations"}, {"conversation"}),
}
"""The fields that a row must have, perhaps without a value; one of several sets."""
_ALL_WORDS = frozenset().union(*_WORDS.values(), {"history"}) - {"context"}
_WITH_PICTURE = {"ecginstruct", "ecgbench"}


@dataclass(frozen=True)
class Asked:
    """What a row says, in our form.

    Attributes:
        messages: the conversation, which ends with an answer.
        pictures: what it shows, in its order.
        origin: the collection that the row comes from, where the format tells.
    """

    messages: tuple[Message, ...]
    pictures: tuple[Picture, ...] = ()
    origin: str = ""


def read_row(fields: Fields, form: RowFormat) -> Asked:
    """Read a row of the format `form`.

    Raises:
        DataError: it has not this form or cannot be used; same reason for the same cause.
    """
    there = {key for key, value in fields.items() if value not in (None, "", [])}
    strange = sorted((there & _ALL_WORDS) - _WORDS[form])
    if strange or not any(needed <= fields.keys() for needed in _NEEDED[form]):
        raise DataError(f"the row has not the form of {form}", fix=_which_fits(fields))
    turns, shown = _READERS[form](fields)
    marked, pictures = markers_in(turns), tuple(shown)
    if form in _WITH_PICTURE and not pictures:
        raise DataError("the row names no picture", fix="give image, image_path, or --format sharegpt")
    if marked and not pictures:
        raise DataError("the text marks a picture and the row names none")
    if marked > len(pictures):
        raise DataError("the text marks more pictures than the row names")
    origin = text_of(fields.get("source")) if form == "medrescue" else ""
    return Asked(conversation(turns), pictures, origin)


def fitting(keys: Iterable[str]) -> RowFormat | None:
    """Return the format whose fields these are."""
    keys = set(keys)
    if "messages" in keys:
        return "messages"
    if "instruction" in keys:
        return "alpaca" if "output" in keys else None
    if {"input", "output"} <= keys:
        return "medrescue"
    if keys & {"conversations", "conversation"}:
        return "ecgbench" if keys & {"image_path", "No"} else "ecginstruct" if "image" in keys else "sharegpt"
    return None


def _which_fits(fields: Fields) -> str:
    form = fitting(fields)
    found = ", ".join(ascii(key)[1:-1][:40] for key in sorted(fields)[:12]) or "none"
    return f"found the fields {found}: " + (f"--format {form} fits" if form else "no format has these")


def _turns_of(fields: Fields) -> tuple[Turns, Iterable[Picture]]:
    said = fields.get("conversations") or fields.get("conversation")
    turns: Turns = []
    system = text_of(fields.get("system"))
    if system:
        turns.append(("system", system))
    for item in _objects(said):
        if "question" in item and "answer" in item:
            turns += [turn("user", item["question"]), turn("assistant", item["answer"])]
        else:
            turns.append(turn(_first(item, "from", "role"), _first(item, "value", "content")))
    return turns, _row_pictures(fields)


def _messages(fields: Fields) -> tuple[Turns, Iterable[Picture]]:
    turns: Turns = []
    pictures: list[Picture] = []
    for item in _objects(fields.get("messages")):
        words, shown = _content(item.get("content"))
        turns.append(turn(item.get("role"), words))
        pictures += shown
    return turns, pictures or _row_pictures(fields)


def _content(content: object) -> tuple[object, list[Picture]]:
    """Return the texts and the pictures of a message, whose content may be a list of parts."""
    if not isinstance(content, list):
        return content, []
    words: list[object] = []
    pictures: list[Picture] = []
    for part in cast("list[object]", content):
        if not isinstance(part, Mapping):
            words.append(part)
            continue
        part = cast("Fields", part)
        kind = part.get("type")
        if kind == "text":
            words.append(part.get("text"))
        elif kind in ("image", "image_url"):
            pictures += pictures_in(_first(part, "image_url", "image", "url", "path", "data"))
        else:
            raise DataError("a part of a message is neither text nor picture", fix=f"found type {kind!r:.60}")
    return words, pictures


def _alpaca(fields: Fields) -> tuple[Turns, Iterable[Picture]]:
    question = text_of([fields["instruction"], fields.get("input")], joined_by="\n\n")
    system = text_of(fields.get("system"))
    turns = [("user", question), turn("assistant", fields["output"])]
    return ([("system", system)] if system else []) + turns, _row_pictures(fields)


def _medrescue(fields: Fields) -> tuple[Turns, Iterable[Picture]]:
    asked = text_of(fields["input"])
    context = text_of(_lines(fields.get("context")))
    question = f"{asked}\n\n{context}" if asked and context else asked
    return [("user", question), turn("assistant", fields["output"])], ()


def _lines(context: object) -> object:
    """Return options that are given by letter as lines."""
    if not isinstance(context, Mapping):
        return context
    options = cast("Fields", context)
    return [f"{letter}: {text_of(option)}" for letter, option in options.items() if option is not None]


def _row_pictures(fields: Fields) -> Iterator[Picture]:
    path, image = fields.get("image_path"), fields.get("image")
    has_bytes = isinstance(image, bytes) or (
        isinstance(image, Mapping) and cast("Fields", image).get("bytes")
    )
    if path and not has_bytes:
        yield from pictures_in(path)
    else:
        yield from pictures_in(fields.get("images") or image, name=path)


def _objects(value: object) -> Iterator[Fields]:
    if value is None:
        return
    if not isinstance(value, list) or not all(
        isinstance(item, Mapping) for item in cast("list[object]", value)
    ):
        raise DataError("the turns are no list of objects", fix=f"found {value!r:.60}")
    yield from cast("list[Fields]", value)


def _first(item: Fields, *names: str) -> object:
    """Return the first of these fields that the item has; Parquet fills those it has not with nothing."""
    return next((item[name] for name in names if item.get(name) is not None), None)


_READERS: Mapping[RowFormat, Callable[[Fields], tuple[Turns, Iterable[Picture]]]] = {
    "ecginstruct": _turns_of,
    "ecgbench": _turns_of,
    "sharegpt": _turns_of,
    "messages": _messages,
    "alpaca": _alpaca,
    "medrescue": _medrescue,
}
