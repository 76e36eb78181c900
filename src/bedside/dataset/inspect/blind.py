"""How many closed questions can be answered without looking at the picture.

A reader that sees no picture learns from the training part how often each option is the right one, and
answers the held-out questions by that. What a model scores on them means something only as far as it is above
this.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from bedside.ecg.findings import findings_in
from bedside.estimates import Estimate, wilson
from bedside.examples import Example

__all__ = ["BlindReader", "right_option"]

Clue = tuple[frozenset[str], str]


@dataclass
class BlindReader:
    """What was learnt, and how it did.

    Attributes:
        seen, right: how often each clue stood in the training part, and was right.
        asked, answered: held-out questions of each task, and those it answered rightly.
        chances: for each task the sum of what guessing would get.
    """

    seen: Counter[Clue] = field(default_factory=Counter[Clue])
    right: Counter[Clue] = field(default_factory=Counter[Clue])
    asked: Counter[str] = field(default_factory=Counter[str])
    answered: Counter[str] = field(default_factory=Counter[str])
    chances: dict[str, float] = field(default_factory=dict[str, float])

    def learn(self, example: Example) -> None:
        """Count which option of a question is right."""
        truth = right_option(example)
        if truth is not None:
            for option, clue in _clues(example):
                self.seen[clue] += 1
                self.right[clue] += option == truth

    def examine(self, example: Example) -> None:
        """Answer a held-out question, the first option where two are equally likely."""
        truth = right_option(example)
        if truth is None:
            return
        rates = {option: (self.right[clue] + 1) / (self.seen[clue] + 2) for option, clue in _clues(example)}
        task = example.task or "closed"
        self.asked[task] += 1
        self.answered[task] += max(rates, key=lambda option: rates[option]) == truth
        self.chances[task] = self.chances.get(task, 0.0) + 1 / len(rates)

    def results(self) -> dict[str, tuple[Estimate, float]]:
        """Return for each task the share answered rightly, and what guessing gets on average."""
        return {
            task: (wilson(self.answered[task], asked), self.chances[task] / asked)
            for task, asked in sorted(self.asked.items())
        }


def right_option(example: Example) -> str | None:
    """Return the option that the answer gives; `None` where that is not one of several for certain."""
    options: Sequence[str] = example.choices or ()
    answer = example.answer.casefold()
    if set(map(str.casefold, options)) == {"yes", "no"}:
        first = (answer.split() or [""])[0].strip(".,;:!")
        return first if first in {"yes", "no"} else None
    named = [option for option in options if option.casefold() in answer]
    longest = [
        it for it in named if not any(it != other and it.casefold() in other.casefold() for other in named)
    ]
    return longest[0] if len(options) > 1 and len(longest) == 1 else None


def _clues(example: Example) -> Iterator[tuple[str, Clue]]:
    """Yield each option with what a reader goes by: of yes and no what is asked about, else the option."""
    options = example.choices or ()
    about = findings_in(" ".join(message.content for message in example.prompt))
    for option in options:
        is_verdict = option.casefold() in {"yes", "no"}
        yield (
            option.casefold() if is_verdict else option,
            (about if is_verdict else frozenset(), option.casefold()),
        )
