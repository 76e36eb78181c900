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
_DATE = re.compile(rb"\d{4}-\d\d-\d\d")
_ANY = (
    r"^\s*([0-9]{4}-[0-9]{2}-[0-9]{2})[T ]([0-9]{2}:[0-9]{2})(:[0-9]{2})?(?:[.,]([0-9]{1,9}))?"
    r"\s*(Z|[+-][0-9]{2}(?::?[0-9]{2})?)?\s*$"
)
_OFFSET = re.compile(rb"|Z|([+-])(\d\d):?([0-5]\d)")


@dataclass(frozen=True)
class Moments:
    """Points in time, arrays of shape (rows,).

    Attributes:
        local_s: int array, the local clock as seconds since 1970-01-01T00:00:00 on it.
        fraction_ms: int array, the milliseconds after that second, cut off behind the third decimal.
        offset_s: int array, what the local clock is ahead of UTC; 0 where the file does not say.
        valid: where a datetime was written that exists.
    """

    local_s: NDArray[np.int64]
    fraction_ms: NDArray[np.int64]
    offset_s: NDArray[np.int64]
    valid: NDArray[np.bool_]


def read_moments(texts: pl.Series) -> Moments:
    """Read datetimes, at least one."""
    lengths = texts.str.len_bytes()
    width = next((width for width in _WIDTHS if width == lengths.min() == lengths.max()), None)
    if width is not None and texts.null_count() == 0:
        moments = _of_one_width(texts, width)
        if moments.valid.all():
            return moments
    part = texts.str.extract_groups(_ANY).struct.unnest()
    part.columns = ["date", "minute", "second", "fraction", "offset"]
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
    fraction = part["fraction"].str.pad_end(3, "0").str.head(3).cast(pl.Int64).fill_null(0)
    valid = read.valid & written.is_not_null().to_numpy()
    return Moments(read.local_s, fraction.to_numpy(), read.offset_s, valid)


def _of_one_width(texts: pl.Series, width: int) -> Moments:
    cells = np.frombuffer(texts.str.join("").cast(pl.Binary).item(), np.uint8).reshape(-1, width)
    hour, minute, second = (_two_digits(cells, column) for column in (11, 14, 17))
    valid = (hour < 24) & (minute < 60) & (second < 60)
    valid &= (cells[:, 13] == ord(":")) & (cells[:, 16] == ord(":"))
    valid &= (cells[:, 10] == ord("T")) | (cells[:, 10] == ord(" "))
    midnight, has_date = _by_run(cells, slice(0, 10), _midnight_of)
    offset, has_offset = _by_run(cells, slice(19, width), _offset_of)
    of_day = 3600 * hour.astype(np.int32) + 60 * minute.astype(np.int32) + second
    no_fraction = np.zeros(of_day.size, dtype=np.int64)
    return Moments(midnight + of_day, no_fraction, offset, valid & has_date & has_offset)


def _two_digits(cells: NDArray[np.uint8], column: int) -> NDArray[np.uint8]:
    """Return the numbers that stand in two columns, 255 where they are not both digits."""
    tens, ones = (cells[:, at] - np.uint8(ord("0")) for at in (column, column + 1))
    return np.where((tens <= 9) & (ones <= 9), 10 * tens + ones, np.uint8(255))


def _by_run(
    cells: NDArray[np.uint8], columns: slice, convert: Callable[[bytes], int | None]
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Convert each run of equal rows once; return the seconds, and where they could be read."""
    begins = np.concatenate(([0], np.flatnonzero(_changes(cells, columns)) + 1))
    heads = [bytes(head) for head in cells[begins, columns]]
    known = {head: convert(head) for head in set(heads)}
    found = [known[head] for head in heads]
    lengths = np.diff(begins, append=len(cells))
    seconds = np.repeat(np.array([value or 0 for value in found], dtype=np.int64), lengths)
    return seconds, np.repeat(np.array([value is not None for value in found]), lengths)


def _changes(cells: NDArray[np.uint8], columns: slice) -> NDArray[np.bool_]:
    """Tell for each row but the first whether it differs from the one above, eight columns at a time."""
    rows, width = cells.shape
    changed, at = np.zeros(rows - 1, dtype=np.bool_), columns.start
    while at < columns.stop:
        size = next(size for size in (8, 4, 2, 1) if at + size <= columns.stop)
        words = np.ndarray((rows,), f"<u{size}", cells.data, offset=at, strides=(width,))
        changed |= words[1:] != words[:-1]
        at += size
    return changed


def _midnight_of(text: bytes) -> int | None:
    if _DATE.fullmatch(text) is None:
        return None
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
