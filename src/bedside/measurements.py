"""Measurement: an estimate with its name, the metric files that stages leave for the report, and limits.

`metrics.json` and `timings.json` of a stage are JSON lists of such rows. A limit is a declared bound of a
figure. Knows the form of a row, not which names there are.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from bedside.errors import DataError
from bedside.estimates import Estimate

__all__ = [
    "Limit",
    "Measurement",
    "at_least",
    "at_most",
    "read_measurements",
    "write_measurements",
    "write_rows",
]


@dataclass(frozen=True)
class Measurement:
    """One row of a metric file.

    Attributes:
        name: what was measured, one of the names listed in the documentation.
        subject: which model or file it was measured on.
        estimate: the number.
        unit: its unit; `1` for a share, `nat`, `byte`, `s`, `token/s`.
        finding: the class it belongs to, where it is a figure of one class.
    """

    name: str
    subject: str
    estimate: Estimate
    unit: str
    finding: str | None = None

    def as_json(self) -> dict[str, Any]:
        """Return the documented row: name, subject, value, low, high, n, method, unit (and finding)."""
        row: dict[str, Any] = {"name": self.name, "subject": self.subject, "unit": self.unit}
        row |= {key: getattr(self.estimate, key) for key in ("value", "low", "high", "n", "method")}
        return row if self.finding is None else row | {"finding": self.finding}


@dataclass(frozen=True)
class Limit:
    """A declared bound of a figure.

    Attributes:
        row: the figure.
        bound: what it must not exceed, or what its lower bound must reach.
        least: whether `bound` is the least that will do; otherwise it is the most.
    """

    row: Measurement
    bound: float
    least: bool

    @property
    def is_met(self) -> bool:
        """Whether the value, or for a least bound the interval's lower end, is on the right side."""
        if self.least:
            return self.row.estimate.low is not None and self.row.estimate.low >= self.bound
        return self.row.estimate.value is not None and self.row.estimate.value <= self.bound


def at_most(rows: Iterable[Measurement], bounds: Mapping[str, float]) -> tuple[Limit, ...]:
    """Return the limits of the figures that `bounds` names; a figure of nothing (n = 0) has none."""
    return tuple(
        Limit(row, bounds[row.name], least=False) for row in rows if row.name in bounds and row.estimate.n
    )


def at_least(rows: Iterable[Measurement], bounds: Mapping[str, float], *, but: str) -> tuple[Limit, ...]:
    """Return the limits of the figures that `bounds` names, of every subject except `but`."""
    return tuple(
        Limit(row, bounds[row.name], least=True) for row in rows if row.name in bounds and row.subject != but
    )


def write_measurements(path: Path, rows: Iterable[Measurement]) -> None:
    """Write a metric file."""
    write_rows(path, (row.as_json() for row in rows))


def write_rows(path: Path, rows: Iterable[Mapping[str, Any]]) -> None:
    """Write a JSON list with one row per line."""
    lines = [json.dumps(row, sort_keys=True, ensure_ascii=False) for row in rows]
    path.write_text("[\n" + ",\n".join(lines) + "\n]\n", encoding="utf-8", newline="\n")


def read_measurements(path: Path) -> tuple[Measurement, ...]:
    """Read a metric file.

    Raises:
        DataError: the file is absent or is no list of documented rows.
    """
    try:
        rows = cast("list[Mapping[str, Any]]", json.loads(path.read_text(encoding="utf-8")))
        return tuple(_measurement(row) for row in rows)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DataError(
            f"not a list of measurements ({type(error).__name__}: {error})",
            file=path,
            fix='each row is {"name", "subject", "value", "low", "high", "n", "method", "unit"}',
        ) from error


def _measurement(row: Mapping[str, Any]) -> Measurement:
    value, low, high = (None if row[key] is None else float(row[key]) for key in ("value", "low", "high"))
    estimate = Estimate(value, low, high, int(row["n"]), str(row["method"]))
    return Measurement(str(row["name"]), str(row["subject"]), estimate, str(row["unit"]), row.get("finding"))
