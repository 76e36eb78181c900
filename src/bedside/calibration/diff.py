"""Compare two builds of calibration text: record by record, field by field.

A record is a subject's recording, or a window of it. Where one build has the published profile and the other
the clinical one, the known reason for a difference is named.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from bedside.artifact import Artifact

__all__ = ["Change", "Difference", "compare"]

_UNSTATED = "the published texts do not state it"
_WHY = (
    (
        ("span_s", "interval_s", "interval_evidence"),
        "the published files take every row for a second, of wearables for a minute",
    ),
    (("analysed_s", "coverage", "gaps", "longest_gap_s"), "the published files ignore gaps"),
    (("signals.hr.",), "the published files count zeros (leads off) as heart rates"),
    (("signals.spo2",), "the published files read only a column named %SpO2"),
    (("signals.",), "the published files count readings that cannot be true"),
    (("ectopy",), "the published files give counts without the time they were counted in"),
    (("text", "conclusion"), "the published files say what was not measured, and one thing of all"),
)
_SAME = 1e-9
"""Relative difference below which two floats are the same figure: sums taken in another order."""

Key = tuple[str, str]


@dataclass(frozen=True)
class Change:
    """One field that differs; `None` where a build does not have it."""

    subject_id: str
    window: str
    field: str
    a: Any
    b: Any
    why: str


@dataclass(frozen=True)
class Difference:
    """How two builds differ; records are named `subject window`."""

    same: int
    only_a: tuple[str, ...]
    only_b: tuple[str, ...]
    changes: tuple[Change, ...]

    @property
    def stated(self) -> tuple[Change, ...]:
        """The changes of fields that both builds state."""
        return tuple(change for change in self.changes if change.why != _UNSTATED)


def compare(a: Artifact, b: Artifact) -> Difference:
    """Compare the records of two builds.

    Raises:
        ArtifactError: a build has no `records.jsonl`.
    """
    rows_a, rows_b = _rows(a), _rows(b)
    explained = {a.manifest.config.get("profile"), b.manifest.config.get("profile")} == {
        "published",
        "clinical",
    }
    shared = [key for key in rows_a if key in rows_b]
    changes = tuple(
        change for key in shared for change in _changes(key, rows_a[key], rows_b[key], explained=explained)
    )
    changed = {(change.subject_id, change.window) for change in changes}
    return Difference(
        same=len(shared) - len(changed),
        only_a=tuple(" ".join(key) for key in rows_a if key not in rows_b),
        only_b=tuple(" ".join(key) for key in rows_b if key not in rows_a),
        changes=changes,
    )


def _rows(artifact: Artifact) -> dict[Key, dict[str, Any]]:
    lines = artifact.file("records.jsonl").read_text(encoding="utf-8").splitlines()
    rows = [dict(_flat(json.loads(line))) for line in lines]
    return {(row["subject_id"], row["window"]): row for row in rows}


def _flat(value: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Yield every leaf with its dotted path; what was not assessed is one leaf, its reason."""
    for name, inner in value.items():
        if not isinstance(inner, dict):
            yield prefix + name, inner
        elif inner.get("status") == "not assessed":
            yield prefix + name, f"not assessed: {inner['reason']}"
        else:
            yield from _flat(inner, f"{prefix}{name}.")


def _changes(key: Key, a: Mapping[str, Any], b: Mapping[str, Any], *, explained: bool) -> Iterator[Change]:
    for field in (*a, *(name for name in b if name not in a)):
        left, right = a.get(field), b.get(field)
        if not _same(left, right):
            yield Change(*key, field, left, right, _why(field, left, right) if explained else "")


def _same(a: object, b: object) -> bool:
    if isinstance(a, float) and isinstance(b, float):
        return math.isclose(a, b, rel_tol=_SAME)
    return a == b


def _why(field: str, a: object, b: object) -> str:
    if any(side is None or _UNSTATED in str(side) for side in (a, b)):
        return _UNSTATED
    return next((why for prefixes, why in _WHY if field.startswith(prefixes)), "")
