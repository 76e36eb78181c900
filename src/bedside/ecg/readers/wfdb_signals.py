"""Read the signals of a WFDB record that has samples of its own, in millivolts.

Several signal files, signals with several samples in a frame, skew, and one gain, baseline and unit a signal.
Sizes are compared with what the header promises before anything is allocated. Signals that are no voltage are
left out. Knows nothing of leads, segments or what a missing lead means.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bedside.ecg.readers.voltage import millivolts_per
from bedside.ecg.readers.wfdb_header import DEFAULT_GAIN, Header, Signal, beside
from bedside.ecg.readers.wfdb_samples import DIFFERENCES, INVALID, bytes_of, read_samples, samples_in
from bedside.errors import DataError

__all__ = ["Channel", "Stretch", "is_voltage", "read_stretch"]

_NO_FILE = "~"
_UNKNOWN_UNITS = ("", "?")


@dataclass(frozen=True, slots=True)
class Channel:
    """One signal over one stretch.

    Attributes:
        name: its description in the header, `signal N` (counted from 0, as WFDB does) where that is empty.
        samples_mv: shape (frames · samples_per_frame,), NaN where nothing was recorded.
        samples_per_frame: samples in a frame.
        calibrated: the header gives a gain.
        unit_known: the header gives a unit.
        checksums: the sum of its ADC values modulo 65536 in the header and in the file, where they differ.
    """

    name: str
    samples_mv: NDArray[np.float64]
    samples_per_frame: int
    calibrated: bool
    unit_known: bool
    checksums: tuple[int, int] | None


@dataclass(frozen=True, slots=True)
class Stretch:
    """Consecutive frames of a record and the signals recorded in them; none of them in a gap."""

    frames: int
    channels: tuple[Channel, ...]


@dataclass(frozen=True, slots=True)
class _SignalFile:
    """A signal file and the signals in it, by their place in the header."""

    path: Path
    signals: tuple[tuple[int, Signal], ...]

    @property
    def stored_as(self) -> int:
        return self.signals[0][1].format

    @property
    def byte_offset(self) -> int:
        return self.signals[0][1].byte_offset

    @property
    def width(self) -> int:
        return sum(signal.samples_per_frame for _, signal in self.signals)


def is_voltage(signal: Signal) -> bool:
    """Tell whether a signal was recorded and is in volts, which it is taken for where no unit is known."""
    return signal.file != _NO_FILE and _millivolts(signal) is not None


def read_stretch(header: Header) -> Stretch:
    """Read every voltage of a record that has samples of its own.

    Raises:
        DataError: a signal file is absent, too short for what the header promises, or stored in a format that
            nobody knows; a file's signals differ in format; or the record has no samples.
    """
    files = _signal_files(header)
    frames = _frames(header, files)
    # A checksum holds for the number of samples in the header; 0 for every signal fills a place (header(5)).
    verify = header.frames is not None and any(signal.checksum for signal in header.signals)
    channels = [channel for file in files for channel in _read_file(file, frames, verify=verify)]
    return Stretch(frames, tuple(channel for _, channel in sorted(channels, key=lambda placed: placed[0])))


def _signal_files(header: Header) -> list[_SignalFile]:
    """Return the files that hold a voltage."""
    by_name: dict[str, list[tuple[int, Signal]]] = {}
    for place, signal in enumerate(header.signals):
        by_name.setdefault(signal.file, []).append((place, signal))
    files: list[_SignalFile] = []
    for name, signals in by_name.items():
        if not any(is_voltage(signal) for _, signal in signals):
            continue
        formats = sorted({signal.format for _, signal in signals})
        if len(formats) > 1:
            raise DataError(
                f"gives the signals of {name} the formats {', '.join(map(str, formats))}; a file has one",
                file=header.path,
                fix="correct the header",
            )
        files.append(_SignalFile(beside(header.path, name), tuple(signals)))
    return files


def _frames(header: Header, files: Sequence[_SignalFile]) -> int:
    """Return the length of the record, which its files have to hold."""
    held = [
        samples_in(file.path, stored_as=file.stored_as, byte_offset=file.byte_offset) // file.width
        for file in files
    ]
    frames = min(held, default=0) if header.frames is None else header.frames
    if frames == 0:
        raise DataError(
            "holds no samples", file=header.path, fix="leave the record out, or copy its files again"
        )
    for file, found in zip(files, held, strict=True):
        if found < frames:
            raise _too_short(file, frames, found)
    return frames


def _too_short(file: _SignalFile, frames: int, found: int) -> DataError:
    size = file.path.stat().st_size
    count = f"{frames} frames of {file.width} samples in format {file.stored_as}"
    if file.stored_as in INVALID and file.stored_as < 500:
        needed = file.byte_offset + bytes_of(file.stored_as, frames * file.width)
        count = f"{count} = {needed} bytes"
    return DataError(
        f"too short: the header promises {count}, the file holds {found} frames = {size} bytes",
        file=file.path,
        fix="copy the file again; it was cut off, or the header belongs to another record",
    )


def _read_file(file: _SignalFile, frames: int, *, verify: bool) -> list[tuple[int, Channel]]:
    digital = read_samples(
        file.path, stored_as=file.stored_as, byte_offset=file.byte_offset, frames=frames, width=file.width
    )
    signals = [signal for _, signal in file.signals]
    if file.stored_as == DIFFERENCES:
        digital = _added_up(digital, signals)
    sums = np.add.reduce(digital, axis=1, dtype=np.int64)
    rows_mv = _millivolt_rows(digital, signals, INVALID.get(file.stored_as))
    channels: list[tuple[int, Channel]] = []
    first = 0
    for place, signal in file.signals:
        rows = slice(first, first + signal.samples_per_frame)
        first = rows.stop
        if is_voltage(signal):
            found = int(sums[rows].sum()) % 65536
            wrong = verify and signal.checksum is not None and signal.checksum != found
            channel = Channel(
                name=signal.name or f"signal {place}",
                samples_mv=_in_time(rows_mv[rows], signal.skew),
                samples_per_frame=signal.samples_per_frame,
                calibrated=signal.gain is not None,
                unit_known=signal.unit not in _UNKNOWN_UNITS,
                checksums=(signal.checksum, found) if wrong and signal.checksum is not None else None,
            )
            channels.append((place, channel))
    return channels


def _added_up(differences: NDArray[np.signedinteger], signals: Sequence[Signal]) -> NDArray[np.int64]:
    """Add up the differences of each signal, over the places in a frame and over the frames."""
    sums = np.empty(differences.shape, np.int64)
    first = 0
    for signal in signals:
        rows = slice(first, first + signal.samples_per_frame)
        first = rows.stop
        steps = differences[rows].T
        sums[rows] = (signal.initial + np.cumsum(steps, dtype=np.int64)).reshape(steps.shape).T
    return sums


def _millivolt_rows(
    digital: NDArray[np.signedinteger], signals: Sequence[Signal], invalid: int | None
) -> NDArray[np.float64]:
    """Return (ADC value − baseline) / gain, in millivolts; NaN where the ADC value says that there is none."""
    widths = [signal.samples_per_frame for signal in signals]
    baselines = np.repeat([float(signal.baseline) for signal in signals], widths)[:, None]
    gains = np.repeat([signal.gain or DEFAULT_GAIN for signal in signals], widths)[:, None]
    factors = np.repeat([_millivolts(signal) or 1.0 for signal in signals], widths)[:, None]
    rows_mv = digital - baselines if baselines.any() else digital.astype(np.float64)
    rows_mv /= gains
    if (factors != 1.0).any():
        rows_mv *= factors
    if invalid is not None and digital.min() == invalid:
        rows_mv[digital == invalid] = np.nan
    return rows_mv


def _in_time(rows: NDArray[np.float64], skew: int) -> NDArray[np.float64]:
    """Return the samples of one signal, earlier by `skew` frames; its last ones are then unknown."""
    samples = rows[0] if len(rows) == 1 else rows.T.reshape(-1)
    if skew == 0:
        return samples
    late = min(skew * len(rows), samples.size)
    return np.concatenate([samples[late:], np.full(late, math.nan)])


def _millivolts(signal: Signal) -> float | None:
    return 1.0 if signal.unit in _UNKNOWN_UNITS else millivolts_per(signal.unit)
