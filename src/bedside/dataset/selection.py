"""Which examples are used: those asked for, each once, in the ratios asked for.

Works on the index alone. Everything that is left out has a reason, which is counted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import polars as pl

from bedside.dataset.config import WhereField
from bedside.dataset.split import Part
from bedside.errors import DataError

__all__ = ["asked_for", "balanced", "in_part", "linking", "once", "weighted"]

_LEFT_OUT = "left_out"
_USED = pl.col(_LEFT_OUT).is_null()
_TWICE = "a duplicate: the same question, pictures and answer stand elsewhere"
_HELD_OUT = {"test": 2, "validation": 1}


def asked_for(index: pl.DataFrame, where: Mapping[WhereField, Sequence[str]]) -> pl.DataFrame:
    """Add the column `left_out` (a reason, null where used), and leave out what `where` does not name.

    A value names what is equal to it, and what has it as a part: `ptb-xl` names `ecginstruct/ptb-xl` too.

    Raises:
        DataError: a value of `where` stands in no example; says which there are.
    """
    index = index.with_columns(pl.lit(None, pl.String).alias(_LEFT_OUT))
    for field, values in where.items():
        there = set(index[field].drop_nulls().to_list())
        named = {value: {it for it in there if it == value or value in it.split("/")} for value in values}
        if unknown := [value for value, found in named.items() if not found]:
            raise DataError(
                f"where: no example has {field} = {unknown[0]}",
                fix=f"{field} is one of: {', '.join(sorted(there)) or '(stated nowhere)'}",
            )
        wanted = pl.col(field).is_in(sorted(set().union(*named.values()))).fill_null(value=False)
        index = _leave_out(index, ~wanted, f"not asked for: {field}")
    if index[_LEFT_OUT].null_count() == 0:
        raise DataError(
            f"where: no example has all of {', '.join(where)} as asked for", fix="ask for less at once"
        )
    return index


def once(index: pl.DataFrame) -> pl.DataFrame:
    """Keep the first of the examples that ask and answer the same, before others one that folds hold out."""
    rank = pl.col("split").replace_strict(_HELD_OUT, default=0, return_dtype=pl.Int8)
    index = index.with_row_index("row").sort(rank, "row", descending=[True, False])
    first = pl.struct("question", "answer", _USED).is_first_distinct()
    return _leave_out(index, ~first, _TWICE).sort("row").drop("row")


def linking(index: pl.DataFrame) -> pl.DataFrame:
    """Return the examples that tell who is linked: those used, and duplicates with pictures.

    A duplicate without pictures is gone and leaks nothing; one picture of two subjects makes them one person.
    """
    return index.filter(_USED | ((pl.col(_LEFT_OUT) == _TWICE) & (pl.col("pictures").list.len() > 0)))


def in_part(index: pl.DataFrame, part_of: Mapping[str, Part]) -> pl.DataFrame:
    """Add the column `part`, and leave out what a source's own folds put elsewhere than its group went."""
    subjects = index["subject_id"]
    index = index.with_columns(part=subjects.replace_strict(part_of, default=None, return_dtype=pl.String))
    elsewhere = pl.col("split").is_not_null() & (pl.col("split") != pl.col("part"))
    return _leave_out(
        index, elsewhere, "its subject, or one that shares a picture or question, is held out elsewhere"
    )


def balanced(index: pl.DataFrame, *, floor: int) -> pl.DataFrame:
    """Leave out training examples of frequent classes until each has as many as the rarest, but `floor`.

    A class is a finding of the target, or the yes or no of a closed question. Within every source and task;
    an example counts for its rarest class.
    """
    chosen = index.with_row_index("row").filter(
        _USED, pl.col("part") == "train", pl.col("classes").list.len() > 0
    )
    keep: set[int] = set()
    for _, group in chosen.group_by("from_source", "source", "task", maintain_order=True):
        count = dict(group["classes"].explode().value_counts().iter_rows())
        kinds = [min(classes, key=lambda name: (count[name], name)) for classes in group["classes"].to_list()]
        of_kind = group.with_columns(kind=pl.Series(kinds, dtype=pl.String))
        sizes = of_kind.group_by("kind").len()["len"].to_list()
        most = max(min(sizes), floor)
        for _, rows in of_kind.group_by("kind", maintain_order=True):
            keep.update(_evenly(rows["row"].to_numpy(), most))
    is_over = pl.col("row").is_in(chosen["row"].to_list()) & ~pl.col("row").is_in(sorted(keep))
    index = index.with_row_index("row")
    return _leave_out(index, is_over, "balance: its target or answer is more frequent than others").drop(
        "row"
    )


def weighted(index: pl.DataFrame, weights: Sequence[float]) -> pl.DataFrame:
    """Leave out training examples of sources until they stand in the ratio of `weights`.

    A source without any, such as a published test set, has no say.
    """
    if not weights:
        return index
    index = index.with_row_index("row")
    training = index.filter(_USED, pl.col("part") == "train")
    rows = [training.filter(pl.col("from_source") == n)["row"].to_numpy() for n in range(len(weights))]
    unit = min((len(of) / weight for of, weight in zip(rows, weights, strict=True) if len(of)), default=0)
    keep = [
        row for of, weight in zip(rows, weights, strict=True) for row in _evenly(of, round(unit * weight))
    ]
    is_over = pl.col("row").is_in(training["row"].to_list()) & ~pl.col("row").is_in(keep)
    return _leave_out(index, is_over, "weight: its source has more than its share").drop("row")


def _evenly(rows: np.ndarray[tuple[int], np.dtype[np.uint32]], most: int) -> list[int]:
    count = min(most, len(rows))
    return rows[np.arange(count) * len(rows) // max(count, 1)].tolist()


def _leave_out(index: pl.DataFrame, which: pl.Expr, reason: str) -> pl.DataFrame:
    """Give those of `which` that are still used the reason."""
    return index.with_columns(
        pl.when(_USED & which).then(pl.lit(reason)).otherwise(pl.col(_LEFT_OUT)).alias(_LEFT_OUT)
    )
