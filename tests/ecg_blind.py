"""What can be answered without the picture: from how often each finding was the right answer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np

from bedside.dataset.ecg.facts import EcgFacts
from bedside.dataset.ecg.fairness import balance
from bedside.dataset.ecg.pairs import Pair, pairs

CLOSED = ("yes_no", "multiple_choice")


def asked(records: Sequence[EcgFacts], *, seed: int = 0) -> list[list[Pair]]:
    """Ask about records as a build does: with what is fair over all of them."""
    fairness = balance(records)
    return [
        list(pairs(it, tasks=CLOSED, fairness=fairness, rng=np.random.default_rng([seed, number])))
        for number, it in enumerate(records)
    ]


def blind_accuracy(records: Sequence[EcgFacts], *, rounds: int = 3) -> dict[str, float]:
    """Learn the answers on two thirds of the records and give them on the rest, each third once."""
    right: Counter[str] = Counter()
    count: Counter[str] = Counter()
    for seed in range(rounds):
        made = asked(records, seed=seed)
        for third in range(3):
            train = [pair for number, some in enumerate(made) if number % 3 != third for pair in some]
            held_out = [pair for number, some in enumerate(made) if number % 3 == third for pair in some]
            yes = Counter(it.evidence[0].statement for it in train if it.answer[:4] == "Yes,")
            no = Counter(it.evidence[0].statement for it in train if it.answer[:3] == "No,")
            chosen = Counter(it.answer[3:] for it in train if it.task == "multiple_choice")
            offered = Counter(
                it for pair in train if pair.task == "multiple_choice" for it in pair.choices or ()
            )
            for pair in held_out:
                if pair.task == "yes_no":
                    phrase = pair.evidence[0].statement
                    correct = (yes[phrase] > no[phrase]) == (pair.answer[:4] == "Yes,")
                else:
                    rates = [chosen[it] / (offered[it] or 1) for it in pair.choices or ()]
                    correct = (pair.choices or ())[int(np.argmax(rates))] == pair.answer[3:]
                right[pair.task] += correct
                count[pair.task] += 1
    return {task: right[task] / count[task] for task in CLOSED} | {
        f"{task} per record": count[task] / rounds / len(records) for task in CLOSED
    }
