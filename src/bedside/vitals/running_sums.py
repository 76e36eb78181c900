"""Sums over the columns of a table that arrives in parts: five numbers per column.

A cell without a value (null) counts as missing. Knows nothing of files or of what the columns mean.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

__all__ = ["ColumnSums", "RunningSums"]


@dataclass(frozen=True)
class ColumnSums:
    """What is kept of one column.

    Attributes:
        n: cells with a value.
        total: their sum.
        squares: sum of the squared distances from their mean.
        minimum: the smallest, infinity where there is none.
        maximum: the largest, minus infinity where there is none.
    """

    n: int = 0
    total: float = 0.0
    squares: float = 0.0
    minimum: float = math.inf
    maximum: float = -math.inf

    @property
    def mean(self) -> float:
        """The mean; NaN where there is no value."""
        return self.total / self.n if self.n else math.nan

    @property
    def sd(self) -> float:
        """The SD of the population (ddof 0); NaN where there is no value."""
        return math.sqrt(self.squares / self.n) if self.n else math.nan

    def with_part(self, part: ColumnSums) -> ColumnSums:
        """Return the sums over these cells and those of `part`.

        The squares of two parts are merged by the formula of Chan, Golub and LeVeque (Updating formulae and a
        pairwise algorithm for computing sample variances, 1979): M2 = M2a + M2b + d² · na · nb / (na + nb),
        d the difference of their means.
        """
        if self.n == 0 or part.n == 0:
            return part if self.n == 0 else self
        apart = part.mean - self.mean
        return ColumnSums(
            n=self.n + part.n,
            total=self.total + part.total,
            squares=self.squares + part.squares + apart**2 * self.n * part.n / (self.n + part.n),
            minimum=min(self.minimum, part.minimum),
            maximum=max(self.maximum, part.maximum),
        )


class RunningSums:
    """Sums over those of the columns `names` that the table has, and how many rows went in."""

    def __init__(self, names: Sequence[str]) -> None:
        self.names = tuple(names)
        self._columns: dict[str, ColumnSums] = {}
        self.rows = 0

    def add(self, frame: pl.DataFrame) -> None:
        """Take in the next rows."""
        self.rows += frame.height
        names = [name for name in self.names if name in frame.columns]
        if not names:
            return
        for name, part in frame.select(map(_figures, names)).row(0, named=True).items():
            if part["n"]:
                sums = ColumnSums(
                    n=part["n"],
                    total=part["total"],
                    squares=part["variance"] * part["n"],
                    minimum=part["minimum"],
                    maximum=part["maximum"],
                )
                self._columns[name] = self._columns.get(name, ColumnSums()).with_part(sums)

    def column(self, name: str, *, most_missing: float = 1.0) -> ColumnSums:
        """Return the sums of a column; those of no cell where a share above `most_missing` has no value."""
        sums = self._columns.get(name, ColumnSums())
        return sums if self.rows - sums.n <= most_missing * self.rows else ColumnSums()


def _figures(name: str) -> pl.Expr:
    column = pl.col(name)
    return pl.struct(
        n=column.count(),
        total=column.sum(),
        variance=column.var(ddof=0),
        minimum=column.min(),
        maximum=column.max(),
    ).alias(name)
