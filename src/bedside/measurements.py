"""Measurement: an estimate with its name, and the metric files that stages leave for the report.

`metrics.json` and `timings.json` of a stage are JSON lists of such rows. Knows the form of a row, not
which names there are.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from bedside.errors import DataError
from bedside.estimates import Estimate

__all__ = ["Measurement", "read_measurements", "write_measurements"]


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


def write_measurements(path: Path, rows: Iterable[Measurement]) -> None:
    """Write a metric file: a JSON list with one row per line."""
    lines = [json.dumps(row.as_json(), sort_keys=True, ensure_ascii=False) for row in rows]
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
