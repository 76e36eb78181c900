"""Findings that a report may mean, whatever its language, so that nothing that it names is denied.

German and Swedish words, abbreviations and SCP codes are known, see `hints.csv`. Negation and doubt are not
understood, and words are taken wide: what is found here may be meant, and is never to be stated.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache, lru_cache

from bedside.ecg.statements.tables import lines_of, statements

__all__ = ["hinted"]

LONGEST_TEXT = 10_000
_SHORTEST_CODE = 3
_PLAIN = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "å": "a", "æ": "ae", "ø": "oe"})
_WORD = re.compile(r"\w+")


@lru_cache(maxsize=4096)
def hinted(text: str) -> frozenset[str]:
    """Return the canonical phrases of the findings that `text` may mean."""
    plain = " ".join(unicodedata.normalize("NFC", text[:LONGEST_TEXT]).casefold().split()).translate(_PLAIN)
    pattern, meanings = _hints()
    found = {phrase for match in pattern.finditer(plain) for phrase in meanings[match.lastindex or 0]}
    codes = _codes()
    return frozenset(found.union(codes[word] for word in _WORD.findall(plain) if word in codes))


@cache
def _hints() -> tuple[re.Pattern[str], tuple[tuple[str, ...], ...]]:
    """Return all patterns as one, and the phrases of each by the number of its group, from 1."""
    rows = [line.split(";") for line in lines_of("hints.csv")[1:]]
    alternatives = "|".join(f"({pattern})" for pattern, _ in rows)
    return re.compile(rf"\b(?:{alternatives})"), ((), *(tuple(phrases.split("|")) for _, phrases in rows))


@cache
def _codes() -> dict[str, str]:
    """Return the SCP codes that are no words, as curators write them into reports: `Edit: ASMI, ISC`."""
    named = {code.rstrip("_").casefold(): it.phrase for code, it in statements("scp").items()}
    return {code: phrase for code, phrase in named.items() if len(code) >= _SHORTEST_CODE and code.isalnum()}
