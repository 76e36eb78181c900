"""What an engine is: a prompt goes in, an answer or the log-probability of a given answer comes out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from bedside.examples import Message

__all__ = ["Answer", "Engine", "Piece", "Prompt", "Score", "TokenScore", "Usage"]


@dataclass(frozen=True)
class Prompt:
    """What a model is asked: the turns, and the encoded picture files shown before the first user text."""

    messages: tuple[Message, ...]
    images: tuple[bytes, ...] = ()


@dataclass(frozen=True)
class Answer:
    """What a model answered.

    Attributes:
        text: the answer without the end of the turn.
        tokens: ids of the generated tokens, in order, the end-of-turn token included where it was generated.
        finished: whether the model ended its turn itself (`False`: cut at `max_tokens`).
        seconds: wall-clock seconds from the request to the last token.
        tokens_per_second: generation speed as the engine measured it; `None` where it does not say.
    """

    text: str
    tokens: tuple[int, ...]
    finished: bool
    seconds: float
    tokens_per_second: float | None = None


@dataclass(frozen=True)
class Piece:
    """A piece of an answer while it is generated.

    Attributes:
        text: the new text, possibly empty.
        usage: `None` until the last piece.
    """

    text: str
    usage: Usage | None = None


@dataclass(frozen=True)
class Usage:
    """How long a prompt and its answer are in tokens, and whether the model ended its turn itself."""

    prompt_tokens: int
    answer_tokens: int
    finished: bool


@dataclass(frozen=True)
class TokenScore:
    """Natural-log probability of one token, and of the most probable tokens at its position by id."""

    id: int
    logprob: float
    top: Mapping[int, float]


@dataclass(frozen=True)
class Score:
    """Log-probability (nats) of a given answer, token by token, end of turn included."""

    tokens: tuple[TokenScore, ...]

    @property
    def logprob(self) -> float:
        """Natural log of P(answer and end of turn | prompt)."""
        return sum(token.logprob for token in self.tokens)


class Engine(Protocol):
    """A model that can be asked."""

    name: str

    def generate(self, prompt: Prompt, *, max_tokens: int) -> Answer:
        """Answer `prompt` greedily with at most `max_tokens` tokens."""
        ...

    def score(self, prompt: Prompt, answer: str | Sequence[int], *, top: int = 1) -> Score:
        """Return log P of `answer` (text, or token ids without the end of the turn) and the end of turn.

        Args:
            prompt: what comes before the answer.
            answer: the text to score, tokenized alone, or its token ids.
            top: how many of the most probable tokens to report at each position.

        Raises:
            ToolError: this engine cannot score a given answer exactly.
        """
        ...
