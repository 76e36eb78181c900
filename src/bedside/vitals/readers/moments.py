"""Read ISO 8601 datetimes by the million: `2019-10-15T00:00:00+0200`, `+02:00`, `Z`, or without an offset.

Most files write all of them with one width, so that digits stand in columns and are added up as arrays; dates
and offsets change rarely and are looked at only where they do. Other files are first written that way.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl
from numpy.typing import NDArray

__all__ = ["Moments", "read_moments"]

_DAY_S = 86_400
_WIDTHS = (19, 20, 24, 25)
"""Without offset, with `Z`, with `+0200`, with `+02:00`."""
_DIGITS = (0, 1, 2, 3, 5, 6, 8, 9, 11, 12, 14, 15, 17, 18)
_MARKS = {4: b"-", 7: b"-", 10: b"T ", 13: b":", 16: b":"}
_ANY = r"^\s*(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d)(:\d\d)?(?:[.,]\d+)?\s*(Z|[+-]\d\d(?::?\d\d)?)?\s*$"
_OFFSET = re.compile(rb"|Z|([+-])(\d\d):?([0-5]\d)")


@dataclass(frozen=True)
class Moments:
    """Points in time, whole seconds, arrays of shape (rows,).

    Attributes:
        local_s: int array, the local clock as seconds since 1970-01-01T00:00:00 on it.
        offset_s: int array, what the local clock is ahead of UTC; 0 where the file does not say.
        valid: where a datetime was written that exists.
    """

    local_s: NDArray[np.int64]
    offset_s: NDArray[np.int64]
    valid: NDArray[np.bool_]


def read_moments(texts: pl.Series) -> Moments:
    """Read datetimes, at least one; parts of seconds are dropped."""
    lengths = texts.str.len_bytes()
    width = next((width for width in _WIDTHS if width == lengths.min() == lengths.max()), None)
    if width is not None and texts.null_count() == 0:
        moments = _of_one_width(texts, width)
        if moments.valid.all():
            return moments
    part = texts.str.extract_groups(_ANY).struct.unnest()
    part.columns = ["date", "minute", "second", "offset"]
    hours = pl.col("offset").str.head(3).replace("Z", "+00").fill_null("+00")
    minutes = pl.col("offset").str.slice(3).str.tail(2)
    written = part.select(
        pl.concat_str(
            "date",
            pl.lit("T"),
            "minute",
            pl.col("second").fill_null(":00"),
            hours,
            pl.when(minutes.str.len_bytes() == 2).then(minutes).otherwise(pl.lit("00")),
        )
    ).to_series()
    read = _of_one_width(written.fill_null("0001-01-01T00:00:00+0000"), 24)
    return Moments(read.local_s, read.offset_s, read.valid & written.is_not_null().to_numpy())


def _of_one_width(texts: pl.Series, width: int) -> Moments:
    cells = np.frombuffer(texts.str.join("").item().encode(), np.uint8).reshape(-1, width)
    digits = {column: cells[:, column] - np.uint8(ord("0")) for column in _DIGITS}
    valid = np.logical_and.reduce([digit <= 9 for digit in digits.values()])
    for column, marks in _MARKS.items():
        valid &= np.isin(cells[:, column], list(marks)) if len(marks) > 1 else cells[:, column] == marks[0]
    hour, minute, second = (_pair(digits, column) for column in (11, 14, 17))
    valid &= (hour < 24) & (minute < 60) & (second < 60)
    midnight, has_date = _by_run(cells[:, :10], _midnight_of)
    offset, has_offset = _by_run(cells[:, 19:], _offset_of)
    of_day = 3600 * hour + 60 * minute + second
    return Moments(midnight + of_day, offset, valid & has_date & has_offset)


def _pair(digits: dict[int, NDArray[np.uint8]], column: int) -> NDArray[np.int32]:
    return (10 * digits[column] + digits[column + 1]).astype(np.int32)


def _by_run(
    cells: NDArray[np.uint8], convert: Callable[[bytes], int | None]
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Convert each run of equal rows once; return the seconds, and where they could be read."""
    begins = np.concatenate(([0], np.flatnonzero((cells[1:] != cells[:-1]).any(axis=1)) + 1))
    heads = [bytes(head) for head in cells[begins]]
    known = {head: convert(head) for head in set(heads)}
    found = [known[head] for head in heads]
    lengths = np.diff(begins, append=len(cells))
    seconds = np.repeat(np.array([value or 0 for value in found], dtype=np.int64), lengths)
    return seconds, np.repeat(np.array([value is not None for value in found]), lengths)


def _midnight_of(text: bytes) -> int | None:
    try:
        return (date.fromisoformat(text.decode()) - date(1970, 1, 1)).days * _DAY_S
    except ValueError:
        return None


def _offset_of(text: bytes) -> int | None:
    match = _OFFSET.fullmatch(text)
    if match is None:
        return None
    sign, hours, minutes = match.groups()
    seconds = 3600 * int(hours or 0) + 60 * int(minutes or 0)
    return -seconds if sign == b"-" else seconds
