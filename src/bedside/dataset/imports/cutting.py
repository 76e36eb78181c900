"""Cut running text into pieces of a bounded length, at the ends of paragraphs, sentences or words."""

from __future__ import annotations

import re

__all__ = ["cut"]

_BREAKS = (
    re.compile(r"\n[ \t]*\n\s*"),  # between paragraphs
    re.compile(r"(?<=[.!?])[\"')\]”’»]*\s+|(?<=[。！？])"),  # between sentences
    re.compile(r"\s+"),  # between words
)


def cut(text: str, characters: int) -> list[str]:
    """Return the pieces of `text`, each of at most `characters` characters and stripped of outer white space.

    A piece ends with a paragraph if one ends in its second half, else with a sentence, else with a word. Only
    a word that is longer than a piece is cut itself. Nothing but white space between pieces is lost.
    """
    pieces: list[str] = []
    text, begin = text.rstrip(), 0
    while begin < len(text):
        begin = _first_of_word(text, begin)
        stop = begin + characters if len(text) - begin > characters else len(text)
        if stop < len(text):
            stop = _break(text, begin, stop)
        pieces.append(text[begin:stop].rstrip())
        begin = stop
    return pieces


def _first_of_word(text: str, begin: int) -> int:
    """Return where the next word begins; white space before a piece does not count in its length."""
    while text[begin].isspace():
        begin += 1
    return begin


def _break(text: str, begin: int, most: int) -> int:
    """Return where to end a piece that begins at `begin` and may reach to `most`."""
    half = begin + (most - begin) // 2
    # A break may begin where the piece is full, so one character more is looked at.
    for pattern in _BREAKS[:2]:
        ends = [match.end() for match in pattern.finditer(text, half, most + 1) if match.start() <= most]
        if ends:
            return min(ends[-1], most)
    last = max((match.start() for match in _BREAKS[2].finditer(text, begin, most + 1)), default=begin)
    return last if text[begin:last].strip() else most
