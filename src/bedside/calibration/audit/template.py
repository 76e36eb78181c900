"""Compare a corpus's turns with what the deployed model is sent: the template, the pairs, the prompt.

`bedside.chat.render` and `bedside.prompts` say what is right; here is only said in which way a text differs.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from bedside.calibration.audit.records import Corpus, Record
from bedside.chat import BOS, END_OF_TURN, render
from bedside.errors import DataError
from bedside.examples import Message

__all__ = ["TurnFacts", "turn_facts"]

_ROLES = {"user": "user", "model": "assistant"}
_MOST = 5


@dataclass(frozen=True)
class TurnFacts:
    """The turns of a corpus.

    Attributes:
        user: user turns.
        model: model turns.
        unpaired: where turns are not closed or not in pairs, in words; at most five.
        unpaired_count: how many such places there are.
        deviations: in which ways conversations differ from the template, in words.
        deviating: how many conversations differ.
        double_bos: whether the text begins with `<bos>`, which llama-imatrix puts there itself.
        asked_as_deployed: user turns that begin as a prompt of the deployment.
        openings: the prompts of the deployment, as they begin.
    """

    user: int
    model: int
    unpaired: tuple[str, ...]
    unpaired_count: int
    deviations: tuple[str, ...]
    deviating: int
    double_bos: bool
    asked_as_deployed: int
    openings: tuple[str, ...]


def turn_facts(corpus: Corpus, openings: Sequence[str]) -> TurnFacts:
    """Look at every turn; `openings` is how the deployment's user turns begin."""
    turns = [turn for record in corpus.records for turn in record.turns]
    users = [turn for turn in turns if turn.role == "user"]
    unpaired = _unpaired(corpus)
    conversations = [record for record in corpus.records if record.turns]
    deviating = [record for record in conversations if not _is_canonical(corpus, record)]
    return TurnFacts(
        user=len(users),
        model=sum(turn.role == "model" for turn in turns),
        unpaired=tuple(unpaired[:_MOST]),
        unpaired_count=len(unpaired),
        deviations=_deviations(corpus, deviating, conversations),
        deviating=len(conversations) if _lacks_bos(corpus) else len(deviating),
        double_bos=corpus.data.startswith(BOS.encode()),
        asked_as_deployed=sum(turn.text.lstrip().startswith(tuple(openings)) for turn in users),
        openings=tuple(openings),
    )


def _unpaired(corpus: Corpus) -> list[str]:
    found = [f"line {line}: {END_OF_TURN} closes no turn" for line in corpus.stray_ends]
    for record in corpus.records:
        for index, turn in enumerate(record.turns):
            expected = ("user", "model")[index % 2]
            if turn.role != expected:
                found.append(f"line {turn.line}: a {turn.role[:20]!r} turn where {expected!r} must come")
            if not turn.is_closed:
                found.append(f"line {turn.line}: the {turn.role[:20]!r} turn is never closed")
        if len(record.turns) % 2:
            found.append(f"line {record.line}: {len(record.turns)} turns, the last is without a reply")
    return found


def _is_canonical(corpus: Corpus, record: Record) -> bool:
    """Tell whether a conversation is, byte for byte, what `render` makes of its turns."""
    try:
        messages = [Message(role=_ROLES[turn.role], content=turn.text.strip()) for turn in record.turns]  # pyright: ignore[reportArgumentType]
        expected = render(messages, bos=False)
    except (KeyError, ValueError, DataError):
        return False
    return corpus.text(record.start, record.end).removeprefix(BOS) == expected


def _lacks_bos(corpus: Corpus) -> bool:
    return corpus.division == "user turn" and len(corpus.records) > 1


def _deviations(
    corpus: Corpus, deviating: Sequence[Record], conversations: Sequence[Record]
) -> tuple[str, ...]:
    turns = [turn for record in deviating for turn in record.turns]
    between = [corpus.text(a.end, b.start) for r in deviating for a, b in zip(r.turns, r.turns[1:])]  # noqa: B905
    after = [corpus.text(record.turns[-1].end, record.end) for record in deviating]
    counted = {
        f"{BOS} absent between conversations": len(conversations) - 1 if _lacks_bos(corpus) else 0,
        f"white space before {END_OF_TURN}": sum(turn.text != turn.text.rstrip() for turn in turns),
        "white space before the text of a turn": sum(turn.text != turn.text.lstrip() for turn in turns),
        "blank line between turns": sum(bool(re.fullmatch(r"\s+", gap)) and gap != "\n" for gap in between),
        "blank line after a conversation": sum(
            bool(re.fullmatch(r"\s+", gap)) and gap != "\n" for gap in after
        ),
        f"no line end after {END_OF_TURN}": sum(not gap for gap in (*between, *after)),
        "text outside the turns": sum(bool(gap.strip()) for gap in (*between, *after)),
        "role other than user and model": sum(turn.role not in _ROLES for turn in turns),
        "empty turn": sum(not turn.text.strip() for turn in turns),
    }
    found = tuple(f"{what} ({count}×)" for what, count in counted.items() if count)
    return found or (("other differences",) if deviating else ())
