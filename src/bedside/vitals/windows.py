"""Cut a vital-signs recording into windows while it is read.

Windows of 15 minutes, one hour and eight hours follow each other from where the recording starts; a night
goes from midnight to six in the morning and needs the time of day. Windows with rows in less than half of
their clock ticks are left out. Of the others an even choice is kept: every one at first, then every second,
every fourth and so on, so that memory does not grow with the recording and the choice does not depend on
where one batch ends. A recording no longer than one window of a kind gives none of that kind, and a kind too
short for ten readings gives none.

A window is given by its figures. Where few are asked for, the rows of those held are kept and the chosen
ones measured in the end; where many are, rows would take more memory than the recording, so each is measured
when it is held, some of them in vain. The figures are the same.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from bedside.records import VitalsHeader, VitalsRecord, VitalsRows
from bedside.vitals.clock import DAY_S, day_and_second
from bedside.vitals.figures import VitalsFigures
from bedside.vitals.metrics import measure

__all__ = ["WINDOW_KINDS", "Window", "WindowKind", "WindowSampler"]

WindowKind = Literal["15min", "1h", "8h", "night"]
WINDOW_KINDS: tuple[WindowKind, ...] = get_args(WindowKind)

_SECONDS: dict[WindowKind, float] = {"15min": 900.0, "1h": 3600.0, "8h": 28800.0, "night": 21600.0}
_LEAST_FILLED = 0.5
_FEWEST_TICKS = 10
_NO_WINDOW = -1
_FEW = 16
"""Up to so many windows of a kind, rows are held; of more, figures."""

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Window:
    """A part of a recording.

    Attributes:
        kind: how long it is.
        number: which of its kind, from 0 at the start of the recording, nights from the first midnight.
        start_s: where it starts on the recording's clock, seconds from tick 0.
        figures: what was measured in it; the record's name in their header ends with the window's.
    """

    kind: WindowKind
    number: int
    start_s: float
    figures: VitalsFigures

    @property
    def name(self) -> str:
        """Kind and number, for example `1h-00017`."""
        return _name(self.kind, self.number)


class WindowSampler:
    """Takes a recording batch by batch and keeps an even choice of its windows."""

    def __init__(self, header: VitalsHeader, *, kinds: Sequence[WindowKind], most: int) -> None:
        """Prepare to take rows.

        Args:
            header: the recording's header.
            kinds: which windows to cut; `night` gives none where the time of day is not known.
            most: how many windows of each kind at most.
        """
        self._kinds = [
            _Kind(kind, header, most)
            for kind in kinds
            if most > 0
            and _SECONDS[kind] >= _FEWEST_TICKS * header.interval_s
            and (kind != "night" or header.clock_known)
        ]

    def add(self, rows: VitalsRows) -> None:
        """Take the next rows of the recording."""
        if rows.ticks.size:
            for kind in self._kinds:
                kind.add(rows)

    def windows(self) -> tuple[Window, ...]:
        """Return the windows of all rows taken so far, kind by kind, each in order of time."""
        return tuple(window for kind in self._kinds for window in kind.windows())


@dataclass(frozen=True)
class _Held:
    """One window, measured or not yet."""

    number: int
    stretch: range
    content: VitalsRecord | VitalsFigures

    def figures(self) -> VitalsFigures:
        """Return what is measured in the window."""
        if isinstance(self.content, VitalsRecord):
            return measure(self.content, stretch=self.stretch)
        return self.content


class _Kind:
    """The windows of one kind: one that may go on in the next batch, and those held."""

    def __init__(self, kind: WindowKind, header: VitalsHeader, most: int) -> None:
        self._kind: WindowKind = kind
        self._header = header
        self._most = most
        self._length = round(_SECONDS[kind] / header.interval_s)
        self._least = math.ceil(_LEAST_FILLED * self._length)
        self._span: tuple[int, int] | None = None
        self._open: tuple[int, list[VitalsRows]] | None = None
        self._filled = 0
        self._stride = 1
        self._held: list[_Held] = []

    def add(self, rows: VitalsRows) -> None:
        """Take at least one row."""
        first = int(rows.ticks[0]) if self._span is None else self._span[0]
        self._span = first, int(rows.ticks[-1])
        starts, stops, numbers = self._runs(rows.ticks, first)
        if numbers.size and self._open is not None and numbers[0] == self._open[0]:
            self._open[1].append(_copy(rows, int(starts[0]), int(stops[0])))
            starts, stops, numbers = starts[1:], stops[1:], numbers[1:]
        if not numbers.size:
            return
        self._close()
        self._take(rows, starts[:-1], stops[:-1], numbers[:-1])
        self._open = int(numbers[-1]), [_copy(rows, int(starts[-1]), int(stops[-1]))]

    def windows(self) -> Iterator[Window]:
        """Give the chosen windows, the open one included."""
        if self._span is None or self._span[1] - self._span[0] < self._length:
            return
        held = [*self._held, *self._next(end=self._span[1] + 1)]
        chosen = min(self._most, len(held))
        for index in range(chosen):
            window = held[index * len(held) // chosen]
            start_s = window.stretch.start * self._header.interval_s
            yield Window(self._kind, window.number, start_s, window.figures())

    def _runs(self, ticks: Ints, first: int) -> tuple[Ints, Ints, Ints]:
        """Return where the rows of each window start and stop, and its number."""
        if self._kind == "night":
            days, second = day_and_second(ticks, self._header.interval_s)
            numbers = np.where(second < _SECONDS["night"], days, _NO_WINDOW)
        elif (int(ticks[-1]) - int(ticks[0])) // self._length < ticks.size:
            return self._cut(ticks, first)
        else:
            numbers = (ticks - first) // self._length
        starts = np.flatnonzero(np.diff(numbers, prepend=numbers[0] - 1))
        stops = np.append(starts[1:], numbers.size)
        inside = numbers[starts] != _NO_WINDOW
        return starts[inside], stops[inside], numbers[starts[inside]]

    def _cut(self, ticks: Ints, first: int) -> tuple[Ints, Ints, Ints]:
        """Return the same from the edges of the windows, of which there are far fewer than rows."""
        numbers = np.arange((ticks[0] - first) // self._length, (ticks[-1] - first) // self._length + 1)
        edges = np.searchsorted(ticks, first + np.append(numbers, numbers[-1] + 1) * self._length)
        starts, stops = edges[:-1], edges[1:]
        has_rows = stops > starts
        return starts[has_rows], stops[has_rows], numbers[has_rows]

    def _take(self, rows: VitalsRows, starts: Ints, stops: Ints, numbers: Ints) -> None:
        """Hold those windows that are filled and next in the choice; each lies within the batch."""
        filled = np.flatnonzero(stops - starts >= self._least)
        place = -self._filled % self._stride
        while place < filled.size:
            at = filled[place]
            self._hold(self._held_as(int(numbers[at]), _copy(rows, int(starts[at]), int(stops[at]))))
            place += self._stride - (self._filled + place) % self._stride
        self._filled += filled.size

    def _close(self) -> None:
        """Hold the open window, which has no further rows, if it is filled and next in the choice."""
        for window in self._next():
            self._hold(window)
        self._filled += self._is_filled()
        self._open = None

    def _next(self, *, end: int | None = None) -> list[_Held]:
        """Return the open window if it is next in the choice; `end` is where the recording ends."""
        if self._open is None or not self._is_filled() or self._filled % self._stride:
            return []
        number, parts = self._open
        return [self._held_as(number, _join(parts), end=end)]

    def _is_filled(self) -> bool:
        return self._open is not None and sum(part.ticks.size for part in self._open[1]) >= self._least

    def _hold(self, window: _Held) -> None:
        """Keep a window, and of too many every second."""
        self._held.append(window)
        if len(self._held) > 2 * self._most:
            self._held = self._held[::2]
            self._stride *= 2

    def _held_as(self, number: int, rows: VitalsRows, *, end: int | None = None) -> _Held:
        """Return a window as it is held: its rows where few are, its figures where many are."""
        name = f"{self._header.record_name}-{_name(self._kind, number)}"
        record = VitalsRecord(replace(self._header, record_name=name), rows)
        stretch = self._stretch_of(number, end)
        return _Held(number, stretch, record if self._most <= _FEW else measure(record, stretch=stretch))

    def _stretch_of(self, number: int, end: int | None) -> range:
        """Return the ticks of a window, as far as the recording goes; `end` is `None` where it goes on."""
        first = 0 if self._span is None else self._span[0]
        if self._kind == "night":
            start = round(number * DAY_S / self._header.interval_s)
        else:
            start = first + number * self._length
        stop = start + self._length
        return range(max(start, first), stop if end is None else min(stop, end))


def _name(kind: WindowKind, number: int) -> str:
    return f"{kind}-{number:05d}"


def _copy(rows: VitalsRows, start: int, stop: int) -> VitalsRows:
    """Return some rows in arrays of their own, so that no batch is kept alive."""
    signals = {name: values[start:stop].copy() for name, values in rows.signals.items()}
    return VitalsRows(rows.ticks[start:stop].copy(), signals)


def _join(parts: Sequence[VitalsRows]) -> VitalsRows:
    return VitalsRows(
        np.concatenate([part.ticks for part in parts]),
        {name: np.concatenate([part.signals[name] for part in parts]) for name in parts[0].signals},
    )
