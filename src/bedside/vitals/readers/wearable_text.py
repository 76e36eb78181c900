"""Part lines `Time: HH:MM - heart rate [#/min]: N` (or HH:MM:SS) into clock times and heart rates."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from bedside.errors import DataError
from bedside.vitals.readers.cells import to_numbers

__all__ = ["HEART_RATE_COLUMN", "readings_of_lines"]

HEART_RATE_COLUMN = "heart rate [#/min]"
_FORM = f"Time: HH:MM - {HEART_RATE_COLUMN}: N"
_BEFORE, _BETWEEN = "Time: ", f" - {HEART_RATE_COLUMN}: "
_LINE = r"^Time: ([0-9]{2}:[0-9]{2})(:[0-9]{2})? - heart rate \[#/min\]: (.*)$"


def readings_of_lines(
    lines: pl.Series, *, first_line: int, path: Path
) -> tuple[pl.Series, NDArray[np.float64]]:
    """Return the clock time of each line as HH:MM:SS, which need not exist, and its heart rate in bpm.

    Args:
        lines: consecutive lines.
        first_line: number of the first.
        path: the file, for messages.

    Raises:
        DataError: a line has another form, or a heart rate is no number.
    """
    clocks, written = _parted(lines)
    rates, bad = to_numbers(written, pl.Float64())
    bad |= clocks.is_null()
    if bad.any():
        row = int(bad.arg_max() or 0)
        raise DataError(
            f"{lines[row][:60]!r} has not the form {_FORM!r}",
            file=path,
            line=first_line + row,
            fix="write the line in that form, or remove it",
        )
    return clocks, rates.to_numpy()


def _parted(lines: pl.Series) -> tuple[pl.Series, pl.Series]:
    """Return the clock time, with seconds, and the heart rate's text; null where a line has another form.

    Cutting at fixed places is much faster than a regular expression, and right for what wearables write.
    """
    at, after = len(_BEFORE), len(_BEFORE) + len("HH:MM")
    is_usual = lines.str.starts_with(_BEFORE) & (lines.str.slice(after, len(_BETWEEN)) == _BETWEEN)
    if is_usual.all():
        return lines.str.slice(at, after - at) + ":00", lines.str.slice(after + len(_BETWEEN))
    part = lines.str.extract_groups(_LINE).struct.unnest()
    return part["1"] + part["2"].fill_null(":00"), part["3"]
