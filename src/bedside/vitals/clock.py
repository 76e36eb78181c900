"""The time of day of a recording's clock ticks, for recordings whose tick 0 is a midnight."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["DAY_S", "day_and_second"]

DAY_S = 86400


def day_and_second(ticks: NDArray[np.int64], interval_s: float) -> tuple[NDArray[np.int64], NDArray[Any]]:
    """Return the day of each tick, counted from 0, and the seconds since that day's midnight.

    Args:
        ticks: clock ticks, shape (rows,).
        interval_s: seconds between consecutive ticks.
    """
    if not float(interval_s).is_integer():
        seconds = ticks * interval_s
        days = np.floor(seconds / DAY_S).astype(np.int64)
        return days, seconds - days * DAY_S
    whole = ticks * int(interval_s)
    days = whole // DAY_S
    return days, whole - days * DAY_S
