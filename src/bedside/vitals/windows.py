"""Cut a vital-signs record into consecutive windows of one length."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from bedside.records import Signal, VitalsRecord

__all__ = ["cut_windows"]

_LEAST_FILLED = 0.5


def cut_windows(record: VitalsRecord, *, hours: float, most: int) -> tuple[VitalsRecord, ...]:
    """Cut `record` into windows of `hours` that start where it starts.

    Windows with rows in less than half of their clock ticks are left out, and so is a single window that
    would be the record itself.

    Args:
        record: what to cut.
        hours: length of a window.
        most: how many windows at most; of more, so many are taken evenly over the record.
    """
    length = max(1, round(hours * 3600.0 / record.interval_s))
    number = (record.ticks - record.ticks[0]) // length
    starts = np.flatnonzero(np.diff(number, prepend=-1))
    stops = np.append(starts[1:], record.ticks.size)
    filled = [
        (int(start), int(stop))
        for start, stop in zip(starts, stops, strict=True)
        if stop - start >= _LEAST_FILLED * length
    ]
    if starts.size < 2:
        return ()
    chosen = min(most, len(filled))
    picked = [filled[index * len(filled) // chosen] for index in range(chosen)]
    return tuple(_rows(record, start, stop, length) for start, stop in picked)


def _rows(record: VitalsRecord, start: int, stop: int, length: int) -> VitalsRecord:
    number = int(record.ticks[start] - record.ticks[0]) // length
    return replace(
        record,
        record_name=f"{record.record_name}-window-{number:05d}",
        ticks=record.ticks[start:stop],
        signals={
            name: Signal(name, signal.unit, signal.values[start:stop])
            for name, signal in record.signals.items()
        },
    )
