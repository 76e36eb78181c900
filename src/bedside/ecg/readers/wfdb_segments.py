"""Take a WFDB record made of segments apart, and join stretches of signals to one block of leads.

Segments are all alike (fixed layout), or each has its own selection of signals (variable layout, whose first
segment has no samples and says in which order the signals come). Where a segment is a gap (`~`) or lacks a
signal, the lead is NaN; a lead that no segment recorded is left out.

Signals of different rates come to the highest by straight lines between their samples: the curve on paper
stays the same and no sample is lost, as it would be if the fast ones were averaged.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from bedside.ecg.readers.wfdb_header import Header, Segment, beside, read_header
from bedside.ecg.readers.wfdb_signal_line import NOT_RECORDED
from bedside.ecg.readers.wfdb_signals import Channel, Stretch, fill_mv
from bedside.errors import DataError

__all__ = ["Joined", "Part", "join", "parts_of"]

_LARGEST_VALUES = 1 << 26
_LARGEST_GROWTH = 64
"""A record may come out larger than what was recorded (gaps, slow signals): up to 512 MiB, and beyond that up
to this many times. A header alone makes no machine run out of memory."""


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch that is still to be read: the header of a record with samples, or `None` for a gap.

    Its length in frames is `None` where the size of the signal files tells.
    """

    header: Header | None
    frames: int | None


@dataclass(frozen=True, slots=True)
class Joined:
    """All stretches as one.

    Attributes:
        signals_mv: shape (leads, samples).
        leads: names of the rows; standard ones as `LEADS` writes them.
        samples_per_frame: of every row.
    """

    signals_mv: NDArray[np.float64]
    leads: tuple[str, ...]
    samples_per_frame: int


def parts_of(header: Header) -> tuple[Part, ...]:
    """Return what a record consists of, with the headers of its segments; itself where it has samples.

    A layout segment is among them, with 0 frames.

    Raises:
        DataError: a segment is absent or made of segments itself, or length or rate differ from what the
            record's header says of it.
    """
    if not header.segments:
        return (Part(header, header.frames),)
    total = sum(segment.frames for segment in header.segments)
    if total == 0:
        raise DataError("holds no samples", file=header.path, fix="leave the record out, or copy it again")
    if header.frames not in (None, total):
        raise DataError(
            f"the record line says {header.frames} samples, its segments have {total}",
            file=header.path,
            fix="copy the header again",
        )
    return tuple(_part(header, segment) for segment in header.segments)


def join(stretches: Sequence[Stretch], order: Sequence[str]) -> Joined:
    """Put stretches one after the other.

    Args:
        stretches: in time; at least one has a channel.
        order: leads that come first; others follow as they appear.

    Raises:
        DataError: without file, the result would be far larger than what was recorded.
    """
    named = [dict(_occurrences(stretch)) for stretch in stretches]
    found = dict.fromkeys(key for channels in named for key in channels)
    first = [key for key in _numbered(order) if key in found]
    keys = tuple(dict.fromkeys([*first, *found]))
    fastest = max(channel.samples_per_frame for channels in named for channel in channels.values())
    frames = sum(stretch.frames for stretch in stretches)
    recorded = sum(channel.digital.size for channels in named for channel in channels.values())
    if len(keys) * frames * fastest > max(_LARGEST_VALUES, _LARGEST_GROWTH * recorded):
        raise DataError(
            f"{len(keys)} leads of {frames * fastest} samples, of which only {recorded} values were recorded",
            fix="cut the part you need out of the record, with `xform` from the WFDB software",
        )
    signals_mv = np.empty((len(keys), frames * fastest))
    start = 0
    for stretch, channels in zip(stretches, named, strict=True):
        stop = start + stretch.frames * fastest
        for row, key in zip(signals_mv, keys, strict=True):
            _fill(channels.get(key), stretch.frames, row[start:stop])
        start = stop
    return Joined(signals_mv, tuple(lead for lead, _ in keys), fastest)


def _part(header: Header, segment: Segment) -> Part:
    if segment.name == NOT_RECORDED:
        return Part(None, segment.frames)
    found = read_header(beside(header.path, f"{segment.name}.hea"))
    if found.segments:
        raise DataError(
            f"segment {segment.name} is made of segments itself; header(5) allows only one level",
            file=header.path,
            fix="copy the headers again, or read the segments one by one",
        )
    if segment.frames and found.frames not in (None, segment.frames):
        raise DataError(
            f"segment {segment.name} has {found.frames} samples, the record's header says {segment.frames}",
            file=header.path,
            fix="copy the headers again",
        )
    if not math.isclose(found.rate_hz, header.rate_hz, rel_tol=1e-6):
        raise DataError(
            f"segment {segment.name} has {found.rate_hz:g} frames a second, the record {header.rate_hz:g}",
            file=header.path,
            fix="copy the headers again, or read the segments one by one",
        )
    return Part(replace(found, frames=segment.frames), segment.frames)


def _occurrences(stretch: Stretch) -> Iterator[tuple[tuple[str, int], Channel]]:
    """Key channels by lead and, where signals share a name, by which of them it is."""
    return zip(_numbered([channel.lead for channel in stretch.channels]), stretch.channels, strict=True)


def _numbered(leads: Sequence[str]) -> list[tuple[str, int]]:
    before: dict[str, int] = {}
    numbered: list[tuple[str, int]] = []
    for lead in leads:
        numbered.append((lead, before.get(lead, 0)))
        before[lead] = numbered[-1][1] + 1
    return numbered


def _fill(channel: Channel | None, frames: int, out: NDArray[np.float64]) -> None:
    """Write one lead of one stretch."""
    if channel is None:
        out[:] = np.nan
    elif frames * channel.samples_per_frame == out.size:
        fill_mv(channel, out)
    else:
        samples_mv = np.empty(frames * channel.samples_per_frame)
        fill_mv(channel, samples_mv)
        # After its last sample a slow signal holds its value, for less than one of its sampling intervals.
        times = np.arange(out.size) * (samples_mv.size / out.size)
        out[:] = np.interp(times, np.arange(samples_mv.size), samples_mv)
