"""Measure texts in tokens where a vocabulary is given, in characters where none is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from bedside import hf
from bedside.chat import render
from bedside.errors import DataError
from bedside.examples import Message
from bedside.vocabulary import Vocabulary, open_vocabulary

__all__ = ["Counter", "open_counter"]

_SAMPLE = (
    Message(role="user", content="How is the patient?"),
    Message(role="assistant", content="Stable."),
)


@dataclass(frozen=True)
class Counter:
    """Counts tokens of `vocabulary`, or characters where there is none."""

    vocabulary: Vocabulary | None

    @property
    def digests(self) -> dict[str, str]:
        """The vocabulary's digest, for the key of what is built with it."""
        return {} if self.vocabulary is None else {"tokenizer": self.vocabulary.sha256}

    @property
    def unit(self) -> Literal["tokens", "characters"]:
        """What is counted."""
        return "characters" if self.vocabulary is None else "tokens"

    def sizes(self, texts: Sequence[str]) -> list[int]:
        """Return the size of each text, control tokens counted as one."""
        if self.vocabulary is None:
            return [len(text) for text in texts]
        return self.vocabulary.count_each(texts, parse_special=True)

    def by_file(self, files: Mapping[str, str]) -> dict[str, int] | None:
        """Return the tokens of each file as a whole, `None` without a vocabulary."""
        if self.vocabulary is None:
            return None
        return dict(zip(files, self.sizes(list(files.values())), strict=True))


def open_counter(tokenizer: Path | None) -> Counter:
    """Open the vocabulary of a model folder or GGUF, and check its own turns against bedside's.

    Raises:
        DataError: the model's chat template writes turns that differ from those of `chat.render`.
        ArtifactError: there is no vocabulary.
    """
    if tokenizer is None:
        return Counter(None)
    vocabulary = open_vocabulary(tokenizer)
    own = hf.turns_of(tokenizer, _SAMPLE) if tokenizer.is_dir() else None
    if own is not None and own.rstrip() != render(_SAMPLE).rstrip():
        raise DataError(
            f"the model's chat template writes {own!r} where bedside writes {render(_SAMPLE)!r}",
            file=tokenizer,
            fix="give a Gemma 3 or MedGemma model; text with other turns would calibrate on the wrong prompt",
        )
    return Counter(vocabulary)
