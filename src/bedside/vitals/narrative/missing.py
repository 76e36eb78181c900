"""Say what is not assessed, and why, in one sentence."""

from __future__ import annotations

from collections.abc import Mapping

from bedside.vitals.figures import NotAssessed
from bedside.vitals.narrative.phrasing import Phrasing, enumerate_words, upper_first

__all__ = ["NOT_RECORDED", "not_assessed"]

NOT_RECORDED = NotAssessed("not recorded")


def not_assessed(missing: Mapping[str, NotAssessed], draw: Phrasing) -> list[str]:
    """Word what is missing, by name, as a sentence; none where nothing is missing.

    Names are singular; those with the same reason share it.
    """
    by_reason: dict[str, list[str]] = {}
    for name, figure in missing.items():
        by_reason.setdefault(figure.reason, []).append(name)
    if not by_reason:
        return []
    if len(by_reason) == 1:
        ((reason, names),) = by_reason.items()
        return [_with_one_reason(draw.order(names), reason, draw)]
    items = draw.order([(enumerate_words(draw.order(names)), why) for why, names in by_reason.items()])
    words = enumerate_words([f"{names} ({_inside_brackets(why)})" for names, why in items])
    return [draw.sentence("missing.several", items=words, Items=upper_first(words))]


def _with_one_reason(names: list[str], reason: str, draw: Phrasing) -> str:
    one, words = len(names) == 1, enumerate_words(names)
    return draw.sentence(
        "missing.not_recorded" if reason == NOT_RECORDED.reason else "missing.reason",
        names=words,
        Names=upper_first(words),
        either=" or ".join(names),
        reason=reason,
        it="it" if one else "they",
        was="was" if one else "were",
        stays="stays" if one else "stay",
        **{"is": "is" if one else "are"},
    )


def _inside_brackets(reason: str) -> str:
    return reason.replace(" (", ", ").replace(")", "")
