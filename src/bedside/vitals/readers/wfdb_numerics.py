"""Read numerics kept as a WFDB record: a header (`.hea`) with signal files (`.dat`), in segments or not.

The header's sampling rate gives the interval and its units the unit of each signal. A sample that the format
calls invalid, and -32768 in every format (what the WFDB library itself returns for one), is missing. Frames
are read some hundred thousand at a time, by the `wfdb` package, from this machine's disk only. Signals that
bedside does not know are left aside. Knows nothing about waveforms.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bedside.errors import DataError
from bedside.extras import require
from bedside.records import VitalsHeader, VitalsRows
from bedside.vitals.readers.interval import GIVEN
from bedside.vitals.readers.recording import Recording
from bedside.vitals.readers.stream import Stream, Tally
from bedside.vitals.readers.units import Conversion, conversion, usual_units
from bedside.vitals.readers.wfdb_header import no_heart_rate, read_wfdb_header
from bedside.vitals.signals import SignalKind, kind_of_column

__all__ = ["open_wfdb"]

_FRAMES = 500_000
_VALUES = 4_000_000
_INVALID = -32768
_DIFFERENCES = "8"
"""Format 8 stores differences, so its samples are known only from the record's beginning."""
_NO_UNIT = "mV"
"""What a header means where it gives no unit; of numerics only ST deviation has this unit."""
_SLOWEST, _FASTEST = 1e-6, 1e6
"""Frames per second that a record can have."""
_MOST_FRAMES = 2**53
_COPY_HEADER = "copy the header again"
_READ_ERRORS = (
    OSError,
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
    RuntimeError,
    ArithmeticError,
    AssertionError,
    MemoryError,
)
"""What the `wfdb` package raises over headers and samples that are damaged."""


@dataclass(frozen=True)
class _Channel:
    """A signal of one segment that bedside knows."""

    index: int
    kind: SignalKind
    conversion: Conversion


@dataclass(frozen=True)
class _Segment:
    """Consecutive frames that lie in one set of signal files.

    Attributes:
        path: the record without suffix.
        first_frame: where it begins in the whole record.
        frames: its length; `None` where the header does not tell.
        channels: the known signals.
        checksums: the header's sum of all samples by channel index.
        seekable: whether frames can be read without those before.
    """

    path: Path
    first_frame: int
    frames: int | None
    channels: tuple[_Channel, ...]
    checksums: Mapping[int, int]
    seekable: bool


def open_wfdb(recording: Recording, *, interval_s: float | None) -> Stream:
    """Open a WFDB record; the header's sampling rate wins over `interval_s`.

    Raises:
        MissingExtraError: the package `wfdb` is not installed.
        DataError: the header or a segment cannot be read, names no heart rate, or gives it in a unit that is
            not known; while rows are taken, a signal file is absent, cut short or damaged.
    """
    wfdb = require("wfdb", extra="ecg", purpose="reading WFDB records")
    path, tally = recording.path, Tally(encoding="binary")
    written = read_wfdb_header(path)
    header = _read_header(wfdb, path)
    segments = tuple(_segments(wfdb, header, path, tally))
    interval, evidence = _interval(written.sampling_rate, interval_s, path, tally)
    names = tuple(dict.fromkeys(channel.kind.name for part in segments for channel in part.channels))
    if "hr" not in names:
        raise no_heart_rate(written)
    tally.columns_ignored = tuple(name for name in written.signals if kind_of_column(name) is None)
    began = header.base_time
    seconds = 0 if began is None else 3600 * began.hour + 60 * began.minute + began.second
    head = VitalsHeader(
        subject_id=recording.subject_id,
        record_name=path.stem,
        cohort=recording.cohort,
        interval_s=interval,
        interval_evidence=evidence,
        demographics=recording.demographics,
        clock_known=began is not None,
        source=recording.name,
    )
    return Stream(
        head, _batches(wfdb, segments, names, first_tick=int(seconds // interval), tally=tally), tally
    )


def _interval(rate: str, given_s: float | None, path: Path, tally: Tally) -> tuple[float, str]:
    """Return the seconds between frames; `fs` is often rounded (0.0166666), whole seconds are meant."""
    if rate:
        if not _SLOWEST <= float(rate) <= _FASTEST:
            raise DataError(f"fs is {rate}", file=path, line=1, fix="write the frames per second")
        exact = 1.0 / float(rate)
        whole = round(exact)
        interval = float(whole) if whole and abs(exact - whole) < 1e-3 * whole else exact
        if given_s is not None and given_s != interval:
            tally.notes.append(
                f"the header's fs = {rate} wins over the interval of {given_s:g} s that was given"
            )
        return interval, f"WFDB header: fs = {rate}"
    if given_s is None:
        raise DataError(
            "the header has no sampling rate",
            file=path,
            line=1,
            fix="give the seconds between rows: --interval",
        )
    return given_s, GIVEN


def _read_header(wfdb: Any, path: Path) -> Any:
    try:
        return wfdb.rdheader(str(path.with_suffix("").resolve()))
    except _READ_ERRORS as error:
        raise DataError(f"no WFDB header that can be read: {error}", file=path, fix=_COPY_HEADER) from error


def _segments(wfdb: Any, header: Any, path: Path, tally: Tally) -> Iterator[_Segment]:
    if not hasattr(header, "seg_name"):
        yield _segment(header, path, 0, tally)
        return
    first_frame = 0
    for name, frames in zip(header.seg_name, header.seg_len, strict=True):
        if frames and name != "~":  # length 0 is a table of contents, ~ a gap
            inside = path.with_name(f"{name}.hea")
            inner = _read_header(wfdb, inside)
            if hasattr(inner, "seg_name"):
                raise DataError("a segment that is in segments itself", file=inside, fix=_COPY_HEADER)
            yield _segment(inner, inside, first_frame, tally)
        first_frame += frames
        if first_frame > _MOST_FRAMES:
            raise DataError(f"segments of {first_frame} frames", file=path, fix=_COPY_HEADER)


def _segment(header: Any, path: Path, first_frame: int, tally: Tally) -> _Segment:
    channels: dict[str, _Channel] = {}
    for index, name in enumerate(header.sig_name or ()):
        kind = kind_of_column(name or "")
        if kind is None:
            continue
        if kind.name in channels:
            tally.notes.append(f"{name}: another signal of {path.name} is read as {kind.name}")
            continue
        unit = header.units[index]
        known = Conversion() if unit == _NO_UNIT and kind.unit != "mm" else conversion(unit, kind=kind)
        if known is None and kind.name == "hr":
            allowed = ", ".join(usual_units(kind))
            raise DataError(f"{name}: unknown unit {unit!r}", file=path, fix=f"write one of: {allowed}")
        if known is None:
            tally.notes.append(f"{name}: left out, its unit {unit!r} is not known")
            continue
        channels[kind.name] = _Channel(index, kind, known)
    return _Segment(
        path=path.with_suffix("").resolve(),
        first_frame=first_frame,
        frames=header.sig_len,
        channels=tuple(channels.values()),
        checksums={
            channel.index: header.checksum[channel.index]
            for channel in channels.values()
            if header.checksum[channel.index] is not None and not header.skew[channel.index]
        },
        seekable=_DIFFERENCES not in (header.fmt or ()),
    )


def _batches(
    wfdb: Any, segments: tuple[_Segment, ...], names: tuple[str, ...], *, first_tick: int, tally: Tally
) -> Iterator[VitalsRows]:
    for segment in segments:
        sums = dict.fromkeys(segment.checksums, 0)
        for start, record in _read(wfdb, segment):
            signals = _physical(record, segment, names)
            for position, channel in enumerate(segment.channels):
                if channel.index in sums:
                    sums[channel.index] += int(record.e_d_signal[position].sum(dtype=np.int64))
            recorded = ~np.all([np.isnan(values) for values in signals.values()], axis=0)
            tally.rows_read += recorded.size
            tally.leave_out("no value in any known column", int(recorded.size - recorded.sum()))
            if recorded.any():
                ticks = first_tick + segment.first_frame + start + np.flatnonzero(recorded)
                yield VitalsRows(ticks, {name: values[recorded] for name, values in signals.items()})
        _note_damage(segment, sums, tally)


def _read(wfdb: Any, segment: _Segment) -> Iterator[tuple[int, Any]]:
    """Yield the first frame and the samples of each piece of a segment."""
    if not segment.channels:
        return
    size = min(_FRAMES, _VALUES // len(segment.channels))
    whole = segment.frames is None or not segment.seekable
    for start in range(0, 1 if whole else segment.frames or 0, size):
        try:
            yield (
                start,
                wfdb.rdrecord(
                    str(segment.path),
                    sampfrom=start,
                    sampto=segment.frames if whole else min(start + size, segment.frames or 0),
                    channels=[channel.index for channel in segment.channels],
                    physical=False,
                    smooth_frames=False,
                    return_res=32,
                ),
            )
        except _READ_ERRORS as error:
            raise DataError(
                f"the samples from frame {start} on cannot be read: {error}",
                file=segment.path.with_suffix(".hea"),
                fix="copy the record's .dat files again, whole, beside the header",
            ) from error


def _physical(record: Any, segment: _Segment, names: tuple[str, ...]) -> dict[str, NDArray[np.float64]]:
    """Return the readings of a piece by canonical name, one per frame; NaN where a sample is invalid."""
    readings: list[NDArray[np.float64]] = record.dac(expanded=True)
    frames = readings[0].size // record.samps_per_frame[0]
    signals = {name: np.full(frames, np.nan) for name in names}
    for position, channel in enumerate(segment.channels):
        values = readings[position]
        values[record.e_d_signal[position] == _INVALID] = np.nan
        signals[channel.kind.name] = channel.conversion.apply(_per_frame(values, frames))
    return signals


def _per_frame(values: NDArray[np.float64], frames: int) -> NDArray[np.float64]:
    """Average the samples of each frame, as the WFDB library does, but over the valid ones only."""
    if values.size == frames:
        return values
    samples = values.reshape(frames, -1)
    valid = ~np.isnan(samples)
    count = valid.sum(axis=1)
    total = np.where(valid, samples, 0.0).sum(axis=1)
    return np.divide(total, count, out=np.full(frames, np.nan), where=count > 0)


def _note_damage(segment: _Segment, sums: Mapping[int, int], tally: Tally) -> None:
    """Compare the 16-bit sums of all samples with the header's."""
    for channel in segment.channels:
        if channel.index in sums and (sums[channel.index] - segment.checksums[channel.index]) % 65_536:
            name = f"{channel.kind.name} of {segment.path.name}"
            tally.notes.append(f"{name}: the samples do not have the checksum that the header gives")
