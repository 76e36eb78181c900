"""PTB-XL's folds: 1 to 8 to train, 9 to tune, 10 to test, as its authors recommend."""

from __future__ import annotations

from typing import Literal

from bedside.errors import DataError

__all__ = ["split_of"]


def split_of(fold: str | None) -> Literal["train", "validation", "test"] | None:
    """Return the part that a `strat_fold` belongs to; `None` where none is stated.

    Raises:
        DataError: it is not 1 to 10.
    """
    if fold is None:
        return None
    number = fold.removesuffix(".0")
    if not number.isdecimal() or not 1 <= int(number) <= 10:
        raise DataError(f"strat_fold is {fold!r}, not 1 to 10", fix="correct the table")
    return "train" if int(number) <= 8 else "validation" if int(number) == 9 else "test"
