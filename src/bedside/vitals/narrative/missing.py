"""Say what is not assessed, and why, in one sentence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bedside.vitals.figures import NotAssessed
from bedside.vitals.narrative.phrasing import Phrasing, enumerate_words, upper_first

__all__ = ["NOT_RECORDED", "missing_sentence", "not_assessed"]

NOT_RECORDED = NotAssessed("not recorded")


def not_assessed(missing: Mapping[str, NotAssessed], draw: Phrasing) -> list[str]:
    """Word what is missing as a sentence; none where nothing is missing.

    Args:
        missing: by name, one of the table `names` of the wording; those with the same reason share it.
        draw: draws the wording.
    """
    by_reason: dict[str, list[str]] = {}
    for name, figure in missing.items():
        by_reason.setdefault(figure.reason, []).append(name)
    if not by_reason:
        return []
    if len(by_reason) == 1:
        ((reason, names),) = by_reason.items()
        wording = "missing.not_recorded" if reason == NOT_RECORDED.reason else "missing.reason"
        return [missing_sentence(wording, names, draw, reason=_reason(reason, draw))]
    items = [
        f"{enumerate_words(_nouns(names, draw))} ({_inside_brackets(_reason(reason, draw))})"
        for reason, names in draw.order(tuple(by_reason.items()))
    ]
    words = enumerate_words(items)
    return [draw.sentence("missing.several", items=words, Items=upper_first(words))]


def missing_sentence(wording: str, names: Sequence[str], draw: Phrasing, *, reason: str = "") -> str:
    """Word one sentence of the list `wording` on one or several names."""
    one, nouns = len(names) == 1, _nouns(names, draw)
    words = enumerate_words(nouns)
    return draw.sentence(
        wording,
        names=words,
        Names=upper_first(words),
        either=enumerate_words([noun.removeprefix("the ") for noun in nouns], "or"),
        reason=reason,
        it="it" if one else "they",
        was="was" if one else "were",
        stays="stays" if one else "stay",
        **{"is": "is" if one else "are"},
    )


def _nouns(names: Sequence[str], draw: Phrasing) -> list[str]:
    return [draw.phrase(f"names.{name}") for name in draw.order(names)]


def _reason(reason: str, draw: Phrasing) -> str:
    """Put the first part of a reason in other words, where there are any."""
    first, *rest = reason.split(";")
    name = f"reasons.{first}"
    return ";".join([draw.phrase(name) if draw.knows(name) else first, *rest])


def _inside_brackets(reason: str) -> str:
    return reason.replace(" (", ", ").replace(")", "")
