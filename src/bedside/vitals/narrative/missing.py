"""Say what is not assessed, and why; things with one reason share a sentence."""

from __future__ import annotations

from collections.abc import Mapping

from bedside.vitals.figures import NotAssessed
from bedside.vitals.narrative.phrasing import Phrasing, enumerate_words, upper_first

__all__ = ["NOT_RECORDED", "not_assessed"]

NOT_RECORDED = NotAssessed("not recorded")


def not_assessed(missing: Mapping[str, NotAssessed], draw: Phrasing) -> list[str]:
    """Word what is missing, by name; one sentence for each reason."""
    by_reason: dict[str, list[str]] = {}
    for name, figure in missing.items():
        by_reason.setdefault(figure.reason, []).append(name)
    return [_sentence(names, reason, draw) for reason, names in by_reason.items()]


def _sentence(names: list[str], reason: str, draw: Phrasing) -> str:
    one, ordered = len(names) == 1, draw.order(names)
    words = enumerate_words(ordered)
    return draw.sentence(
        "missing.not_recorded" if reason == NOT_RECORDED.reason else "missing.reason",
        names=words,
        Names=upper_first(words),
        either=" or ".join(ordered),
        reason=reason,
        it="it" if one else "they",
        was="was" if one else "were",
        stays="stays" if one else "stay",
        **{"is": "is" if one else "are"},
    )
