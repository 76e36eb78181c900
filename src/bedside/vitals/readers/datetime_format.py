"""Read datetimes in a format that a user states, in the codes of Python's `strftime`.

Whether a format can be read is found out by writing a time in it and reading that again: a format that loses
the date, the hour or the minute would put rows where they do not belong. Knows nothing about files.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import polars as pl

__all__ = ["read_formatted", "time_of_day_ms", "why_unreadable"]

_OFFSET = timedelta(hours=2)
_SAMPLE = datetime(2019, 10, 26, 23, 58, 57, 250_000, tzinfo=timezone(_OFFSET))


def read_formatted(texts: pl.Series, written_as: str) -> pl.Series:
    """Return ms since 1970 in UTC, or on the local calendar without an offset; null where one is not so."""
    return texts.str.to_datetime(_for_polars(written_as), strict=False).dt.epoch("ms")


def time_of_day_ms(text: str, written_as: str) -> int | None:
    """Return the ms since midnight on the clock by which a datetime was written."""
    of_day = pl.Series([text]).str.to_time(_for_polars(written_as), strict=False)
    return None if of_day[0] is None else int(of_day.cast(pl.Int64)[0]) // 1_000_000


def why_unreadable(written_as: str) -> str:
    """Say why datetimes cannot be read in a format; "" where they can."""
    if "%f" in written_as.replace(".%f", ""):
        return "parts of seconds must stand behind a point, as in %S.%f"
    try:
        text = _SAMPLE.strftime(written_as)
        found = read_formatted(pl.Series([text]), written_as)[0]
        of_day_ms = time_of_day_ms(text, written_as)
    except (ValueError, pl.exceptions.PolarsError) as error:
        return str(error)
    for sample in (_SAMPLE, _SAMPLE.replace(microsecond=0), _SAMPLE.replace(second=0, microsecond=0)):
        local = sample.replace(tzinfo=UTC)
        clock = timedelta(hours=local.hour, minutes=local.minute, seconds=local.second)
        clock_ms = clock // timedelta(milliseconds=1) + local.microsecond // 1000
        local_ms = int(local.timestamp()) * 1000 + local.microsecond // 1000
        if of_day_ms == clock_ms and found in (local_ms, local_ms - _OFFSET // timedelta(milliseconds=1)):
            return ""
    return f"{text!r}, which is {_SAMPLE:%Y-%m-%dT%H:%M:%S} written so, is not read as that"


def _for_polars(written_as: str) -> str:
    return written_as.replace(".%f", "%.f")
