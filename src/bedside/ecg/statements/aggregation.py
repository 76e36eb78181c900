"""From the codes of a PTB-XL record to the labels of a benchmark task.

The rule changes the labels, so it has no default. Knows SCP statements only.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from bedside.ecg.statements.tables import Statement, resolve
from bedside.errors import DataError

__all__ = ["Level", "labels"]

Level = Literal["superclass", "subclass", "diagnostic", "form", "rhythm", "all"]


def labels(codes: Mapping[str, float], *, level: Level, rule: Literal["any"] | float) -> frozenset[str]:
    """Return the labels of a record at one level.

    Args:
        codes: SCP codes with their likelihood, 0 to 100, as PTB-XL's `scp_codes` states them.
        level: `superclass` (5 labels) and `subclass` (23) gather diagnostic codes; `diagnostic` (44 codes),
            `form` (19) and `rhythm` (12) keep the codes of that kind; `all` keeps every code.
        rule: `any` counts every code that is present, whatever its likelihood: the rule of the PTB-XL
            benchmark (N. Strodthoff et al., IEEE J Biomed Health Inform 25:1519, 2021). A number counts
            diagnostic codes of at least that likelihood; codes of form and rhythm always count, because
            PTB-XL does not state theirs and writes 0. A code that is both counts as diagnostic, except at
            the level `form`.

    `NORM` can stand beside other classes.

    Raises:
        DataError: a code is not one of the 71; ask `resolve` first to set such codes aside.
    """
    found: set[str] = set()
    for code, likelihood in codes.items():
        statement = resolve(code, "scp")
        if statement is None:
            raise DataError(
                f"{code!r} is not an SCP statement of PTB-XL", fix="leave unknown codes out, and list them"
            )
        kinds = [kind for kind in statement.kinds if _is_of(kind, level)]
        if kinds and (rule == "any" or kinds[0] != "diagnostic" or likelihood >= rule):
            found.add(_label(statement, level))
    return frozenset(found)


def _is_of(kind: str, level: Level) -> bool:
    return level == "all" or kind == ("diagnostic" if level in ("superclass", "subclass") else level)


def _label(statement: Statement, level: Level) -> str:
    label = {"superclass": statement.superclass, "subclass": statement.subclass}.get(level, statement.code)
    assert label is not None  # every diagnostic SCP statement has both
    return label
