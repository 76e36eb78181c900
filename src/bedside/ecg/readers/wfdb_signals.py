"""Read the signals of a WFDB record that has samples of its own, in millivolts.

Several signal files, signals with several samples in a frame, skew, and one gain, baseline and unit a signal.
Sizes are compared with what the header promises before anything is allocated. Signals that are no voltage are
left out. Knows nothing of leads, segments or what a missing lead means.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bedside.ecg.leads import standard_name
from bedside.ecg.readers.wfdb_header import Header, beside
from bedside.ecg.readers.wfdb_samples import DIFFERENCES, INVALID, bytes_of, read_samples, samples_in
from bedside.ecg.readers.wfdb_signal_line import DEFAULT_GAIN, Signal
from bedside.errors import DataError

__all__ = ["Channel", "Stretch", "fill_mv", "read_stretch"]


@dataclass(frozen=True, slots=True)
class Channel:
    """One signal over one stretch, as ADC values.

    Attributes:
        lead: its standard name where it has one, else its description in the header; `signal N` (counted from
            0, as WFDB does) where there is none.
        digital: shape (samples,): up to frames · samples_per_frame; what is missing at the end is unknown.
        samples_per_frame: samples in a frame.
        gain: ADC units per millivolt; negative where the lead was recorded upside down.
        baseline: ADC value of 0 mV.
        invalid: the ADC value that says that nothing was recorded; `None` where it does not occur.
        calibrated: the header gives a gain.
        unit_known: the header gives a unit.
        checksums: the sum of its ADC values modulo 65536, in the header and in the file, where they differ;
            both with a sign, unless the header writes it without.
    """

    lead: str
    digital: NDArray[np.signedinteger]
    samples_per_frame: int
    gain: float
    baseline: int
    invalid: int | None
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


def fill_mv(channel: Channel, out: NDArray[np.float64]) -> None:
    """Write a signal in millivolts, (ADC value − baseline) / gain, to `out`; NaN where there is none.

    Args:
        channel: the signal.
        out: shape (frames · samples_per_frame,).
    """
    known = out[: channel.digital.size]
    known[:] = channel.digital
    if channel.baseline:
        known -= channel.baseline
    known /= channel.gain
    if channel.invalid is not None:
        known[channel.digital == channel.invalid] = np.nan
    out[known.size :] = np.nan


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
    channels.sort(key=lambda placed: placed[0])
    return Stretch(frames, tuple(channel for _, channel in channels))


def _signal_files(header: Header) -> list[_SignalFile]:
    """Return the files that hold a voltage."""
    by_name: dict[str, list[tuple[int, Signal]]] = {}
    for place, signal in enumerate(header.signals):
        by_name.setdefault(signal.file, []).append((place, signal))
    files: list[_SignalFile] = []
    for name, signals in by_name.items():
        if not any(signal.is_voltage for _, signal in signals):
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
    if needed := bytes_of(file.stored_as, frames * file.width):
        count = f"{count} = {file.byte_offset + needed} bytes"
    return DataError(
        f"too short: the header promises {count}, the file holds {found} frames = {size} bytes",
        file=file.path,
        fix="copy the file again; it was cut off, or the header belongs to another record",
    )


def _read_file(file: _SignalFile, frames: int, *, verify: bool) -> list[tuple[int, Channel]]:
    digital = read_samples(
        file.path, stored_as=file.stored_as, byte_offset=file.byte_offset, frames=frames, width=file.width
    )
    if file.stored_as == DIFFERENCES:
        digital = _added_up(digital, [signal for _, signal in file.signals])
    sums = np.add.reduce(digital, axis=1, dtype=np.int64)
    invalid = INVALID.get(file.stored_as)
    if digital.min() != invalid:
        invalid = None
    channels: list[tuple[int, Channel]] = []
    first = 0
    for place, signal in file.signals:
        rows = slice(first, first + signal.samples_per_frame)
        first = rows.stop
        if signal.is_voltage:
            checksum = int(sums[rows].sum()) % 65536
            differ = verify and signal.checksum is not None and signal.checksum % 65536 != checksum
            samples = digital[rows.start] if signal.samples_per_frame == 1 else digital[rows].T.reshape(-1)
            samples = samples[signal.skew * signal.samples_per_frame :]
            channels.append((place, _channel(place, signal, samples, invalid, checksum if differ else None)))
    return channels


def _channel(
    place: int,
    signal: Signal,
    digital: NDArray[np.signedinteger],
    invalid: int | None,
    other_checksum: int | None,
) -> Channel:
    name = signal.name or f"signal {place}"
    standard = standard_name(name)
    gain = (signal.gain or DEFAULT_GAIN) / (signal.millivolts or 1.0)
    return Channel(
        lead=standard.name if standard else name,
        digital=digital,
        samples_per_frame=signal.samples_per_frame,
        gain=gain * standard.sign if standard else gain,
        baseline=signal.baseline,
        invalid=invalid,
        calibrated=signal.gain is not None,
        unit_known=signal.unit_known,
        checksums=None
        if other_checksum is None or signal.checksum is None
        else (signal.checksum, _as_written(other_checksum, signal.checksum)),
    )


def _as_written(checksum: int, like: int) -> int:
    """Return a sum modulo 65536 as a signed number of 16 bits, unless `like` is an unsigned one."""
    return checksum - 65536 if checksum > 32767 >= like else checksum


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
