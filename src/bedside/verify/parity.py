"""Compare two engines token by token: do the converted file and the model it came from say the same?

The reference answers each prompt greedily. Both engines then score every token of that answer, end of
turn included, and the reference's most probable tokens at its first position. Improbable tokens are left
out on purpose: rounding to 16 bits moves their log-probability by much more, and nobody ever sees them.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from bedside.engine import Engine, Score
from bedside.estimates import bootstrap, exact, mean, undefined
from bedside.measurements import Measurement, write_rows
from bedside.verify.held_out import Kind, ParityPrompt

__all__ = ["TOP", "PromptParity", "compare", "parity_rows", "write_parity"]

TOP = 10
"""How many of the reference's most probable first tokens are compared."""
_SEARCHED = 4 * TOP
"""How many of its own most probable tokens the other engine reports, to find those ten among them."""


@dataclass(frozen=True)
class PromptParity:
    """How two engines differ on one prompt.

    Attributes:
        id: the example the prompt is from.
        kind: `text` or `image`.
        answer: the reference's greedy answer.
        finished: whether the reference ended its turn; if not, the end of turn is not compared.
        same_first_token: whether both engines find the same first token most probable.
        delta_logprobs: other minus reference, nats: each token of the answer, then the most probable ones.
    """

    id: str
    kind: Kind
    answer: str
    finished: bool
    same_first_token: bool
    delta_logprobs: tuple[float, ...]

    @property
    def max_abs(self) -> float:
        """Largest |Δ log-probability|, nats."""
        return max(map(abs, self.delta_logprobs))


def compare(reference: Engine, other: Engine, prompt: ParityPrompt, *, max_tokens: int) -> PromptParity:
    """Score the reference's greedy answer to one prompt under both engines."""
    answer = reference.generate(prompt.prompt, max_tokens=max_tokens)
    ids = answer.tokens[:-1] if answer.finished else answer.tokens
    one = reference.score(prompt.prompt, ids, top=TOP)
    two = other.score(prompt.prompt, ids, top=_SEARCHED)
    ended = answer.finished and answer.tokens[-1] == one.tokens[-1].id
    return PromptParity(
        id=prompt.id,
        kind=prompt.kind,
        answer=answer.text,
        finished=ended,
        same_first_token=_best(one) == _best(two),
        delta_logprobs=(*_answer_deltas(one, two, ended=ended), *_first_deltas(one, two)),
    )


def parity_rows(found: Sequence[PromptParity], kind: Kind, *, seed: int) -> tuple[Measurement, ...]:
    """Return the largest and the mean |Δ log-probability| of the prompts of one kind."""
    chosen = [parity for parity in found if parity.kind == kind]
    deltas = [abs(delta) for parity in chosen for delta in parity.delta_logprobs]
    clusters = [parity.id for parity in chosen for _ in parity.delta_logprobs]
    names = ("hf_f16_max_abs_delta_logprob", "hf_f16_mean_abs_delta_logprob")
    if not chosen:
        nothing = undefined(0, f"no {kind} prompts to compare")
        return tuple(Measurement(name, kind, nothing, "nat") for name in names)
    if not all(map(math.isfinite, deltas)):
        odd = undefined(
            len(deltas),
            f"of {len(deltas)} differences {sum(not math.isfinite(d) for d in deltas)} are no number",
        )
        return tuple(Measurement(name, kind, odd, "nat") for name in names)
    over = f"the largest over the greedy answers' tokens and the {TOP} most probable first tokens"
    largest = exact(max(deltas), n=len(deltas), method=f"{over} of {len(chosen)} prompts")
    average = bootstrap(mean, [deltas], clusters=clusters, seed=seed)
    return (Measurement(names[0], kind, largest, "nat"), Measurement(names[1], kind, average, "nat"))


def write_parity(path: Path, found: Iterable[PromptParity]) -> None:
    """Write one JSON row a prompt."""
    rows = [asdict(parity) | {"max_abs_delta_logprob": parity.max_abs} for parity in found]
    write_rows(path, rows)


def _answer_deltas(one: Score, two: Score, *, ended: bool) -> list[float]:
    kept = len(one.tokens) if ended else len(one.tokens) - 1
    pairs = zip(one.tokens[:kept], two.tokens[:kept], strict=True)
    return [second.logprob - first.logprob for first, second in pairs]


def _first_deltas(one: Score, two: Score) -> list[float]:
    """A token that the other engine does not report counts with the last one that it does."""
    first, second = one.tokens[0].top, two.tokens[0].top
    floor = float(np.min(list(second.values())))
    return [second.get(token, floor) - logprob for token, logprob in first.items()]


def _best(score: Score) -> int:
    top = score.tokens[0].top
    return max(top, key=lambda token: top[token])
