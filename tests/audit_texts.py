"""Texts to audit, and a vocabulary of words, single other letters and Gemma's markers."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from bedside.chat import BOS, END_OF_TURN, START_OF_TURN, render
from bedside.examples import Message
from bedside.vocabulary import Encoding, Vocabulary

MARKERS = (BOS, START_OF_TURN, END_OF_TURN)
SIZE = 20_000


def word_vocabulary(markers: Sequence[str] = MARKERS) -> Vocabulary:
    ids_of: dict[str, int] = {text: index for index, text in enumerate(markers)}

    def tokenize_each(texts: Sequence[str], parse_special: bool) -> list[Encoding]:
        special = "".join(f"{marker}|" for marker in markers) if parse_special else ""
        found: list[Encoding] = []
        for text in texts:
            pieces = re.findall(rf"{special}\w+|[^\w]", text)
            ids = [ids_of.setdefault(piece, len(ids_of)) for piece in pieces]
            ends = np.cumsum([len(piece.encode()) for piece in pieces], dtype=np.int64)
            found.append(Encoding(np.array(ids, dtype=np.int32), ends))
        return found

    control = np.arange(SIZE) < len(markers)
    return Vocabulary("words", SIZE, "0" * 64, 0, ids_of, control, tokenize_each)


def conversation(number: int, *, reply: str | None = None, said: str | None = None) -> str:
    """A canonical conversation, `<bos>` first; differs from every other unless what is said is given."""
    question = said or f"Assess these vital signs.\nHeart rate mean {number}, patient {number * 7}."
    answer = Message(role="assistant", content=reply or f"Rate {number}.")
    return render((Message(role="user", content=question), answer))


def chat(count: int, **fixed: str) -> str:
    """A file of conversations as the calibration stage writes it."""
    return "".join(conversation(number, **fixed) for number in range(count)).removeprefix(BOS)
