"""Choose among phrasings, the same ones for the same key.

The phrasings stand in `wording.toml`, each list under `table.name`. A template is a sentence or a clause
with alternatives in brackets and figures in braces: "[The mean|The average] heart rate was {mean} bpm." One
template of a list is drawn, then one of each of its alternatives, from the bytes of a hash of the key
(BLAKE2b, hashed again when they run out), so that no draw depends on the version of a library.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from hashlib import blake2b
from importlib.resources import files
from typing import Any, TypeVar

__all__ = ["HouseStyle", "Phrasing", "enumerate_words", "house_styles", "upper_first", "wording"]

_T = TypeVar("_T")
_ALTERNATIVES = re.compile(r"\[([^\[\]]*)\]")

_FROM_BELOW_ZERO = re.compile(r"(-[\d.]+)~to~")

Template = tuple[tuple[str, ...], ...]
"""The pieces of a template in order, each with the alternatives for it."""


class Phrasing:
    """Draws of wording that depend on nothing but their key."""

    def __init__(self, *key: str | int) -> None:
        self._bytes = blake2b(repr(key).encode(), digest_size=64).digest()
        self._used = 0
        self._wording = wording()

    def draw(self, options: Sequence[_T]) -> _T:
        """Draw one of at most 256 options."""
        if self._used == len(self._bytes):
            self._bytes, self._used = blake2b(self._bytes, digest_size=64).digest(), 0
        byte = self._bytes[self._used]
        self._used += 1
        return options[byte * len(options) >> 8]

    def phrase(self, name: str, /, **figures: str) -> str:
        """Draw a phrasing from the list `name` and put the figures in."""
        draw = self.draw
        pieces = [options[0] if len(options) == 1 else draw(options) for options in draw(self._wording[name])]
        return "".join(pieces).format_map(figures)

    def sentence(self, name: str, /, **figures: str) -> str:
        """Draw a phrasing that begins a sentence."""
        return upper_first(self.phrase(name, **figures))

    def knows(self, name: str) -> bool:
        """Tell whether there is a list `name`."""
        return name in self._wording

    def order(self, items: Sequence[_T]) -> list[_T]:
        """Return `items` in a drawn order."""
        left, ordered = list(items), list[_T]()
        while left:
            ordered.append(left.pop(self.draw(range(len(left)))))
        return ordered


class HouseStyle:
    """How a whole narrative writes units, ranges and some terms."""

    def __init__(self, draw: Phrasing) -> None:
        self._pairs = [pair for variants in house_styles() for pair in draw.draw(variants)]

    def write(self, text: str) -> str:
        """Write `text` in this style; a range that begins below zero keeps its "to"."""
        text = _FROM_BELOW_ZERO.sub(r"\1 to ", text)
        for plain, styled in self._pairs:
            text = text.replace(plain, styled)
        return text


@cache
def wording() -> Mapping[str, tuple[Template, ...]]:
    """Return every phrasing, by `table.name`."""
    return {
        f"{table}.{name}": tuple(_pieces(template) for template in templates)
        for table, lists in _tables().items()
        if table != "style"
        for name, templates in lists.items()
    }


@cache
def house_styles() -> tuple[tuple[tuple[tuple[str, str], ...], ...], ...]:
    """Return the variants of each style, each with what it replaces by what, in order."""
    return tuple(
        tuple(tuple((plain, styled) for plain, styled in variant) for variant in variants)
        for variants in _tables()["style"].values()
    )


def _tables() -> dict[str, dict[str, Any]]:
    return tomllib.loads(
        files("bedside.vitals.narrative").joinpath("wording.toml").read_text(encoding="utf-8")
    )


def _pieces(template: str) -> Template:
    pieces = _ALTERNATIVES.split(template)
    return tuple(tuple(piece.split("|")) if number % 2 else (piece,) for number, piece in enumerate(pieces))


def upper_first(text: str) -> str:
    """Begin a sentence: unlike `str.capitalize`, leave every other letter (ICU, SpO2) as it is."""
    return text[:1].upper() + text[1:]


def enumerate_words(items: Sequence[str], last: str = "and") -> str:
    """Join words: "a", "a and b", "a, b and c"."""
    if len(items) < 2:
        return "".join(items)
    return f"{', '.join(items[:-1])} {last} {items[-1]}"
