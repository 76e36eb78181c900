"""Parse WFDB header files: the record line, signal lines, segment lines and comments of header(5).

A light parser of its own, because a training set has a million headers. Stricter than the format where a
silent misreading could follow: every field of a full signal line has to be what its place says, the lines
have to be as many as the record line promises, and no file named may lie outside the header's folder. Knows
nothing of samples, leads or what comments mean.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from bedside.ecg.readers.voltage import millivolts_per
from bedside.errors import DataError

__all__ = [
    "DEFAULT_GAIN",
    "NOT_RECORDED",
    "Header",
    "Segment",
    "Signal",
    "beside",
    "parse_header",
    "read_header",
]

NOT_RECORDED = "~"
"""Stands for the file of a signal, or the name of a segment, of which there are no samples."""
DEFAULT_GAIN = 200.0
"""ADC units per physical unit where a header gives none or 0 (header(5): the amplitude is uncalibrated)."""
DEFAULT_RATE_HZ = 250.0
"""Frames per second where a header gives none (header(5))."""
_LARGEST_HEADER_BYTES = 1 << 24

_NUMBER = r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"
_WHOLE = r"[-+]?\d{1,18}"
_RATE = re.compile(rf"({_NUMBER})(?:/\S*)?", re.ASCII)
_GAIN_FIELD = rf"(?=\S)({_NUMBER})?(?:\(({_WHOLE})(?:\.0*)?\))?(?:/(\S*))?(?!\S)"
_WHOLE_FIELD = rf"{_WHOLE}(?:\.0*)?(?!\S)"
_GAIN = re.compile(_GAIN_FIELD, re.ASCII)
_INTEGER = re.compile(_WHOLE_FIELD, re.ASCII)
_SIGNAL = re.compile(
    rf"""
    (\S+)\s+
    (\d{{1,9}}) (?:x(\d{{1,9}}))? (?::(\d{{1,18}}))? (?:\+(\d{{1,18}}))? (?!\S)
    (?:\s+{_GAIN_FIELD})?
    ((?:\s+{_WHOLE_FIELD}){{0,5}})
    (?:\s+(.*))?
    """,
    re.VERBOSE | re.ASCII,
)
_INTEGER_FIELDS = ("ADC resolution", "ADC zero", "initial value", "checksum", "block size")
_PLAIN_NAME = re.compile(r"[\w+-]+(?:\.[\w+-]+)*")
_UNKNOWN_UNITS = ("", "?")


@dataclass(frozen=True, slots=True)
class Signal:
    """One signal line.

    Attributes:
        file: name of the signal file, `~` where the signal was not recorded.
        format: how its samples are stored.
        samples_per_frame: how many of its samples one frame holds.
        skew: frames by which it lags behind the others in the file.
        byte_offset: where samples begin in the file.
        gain: ADC units per physical unit; `None` where the header gives none or 0.
        baseline: ADC value of 0 physical units.
        unit: as written; empty where the header gives none.
        millivolts: in one physical unit; 1 where the header gives none, `None` where it is no voltage.
        initial: ADC value before the first difference.
        checksum: sum of its ADC values modulo 65536; `None` where the header gives none.
        name: its description; empty where the header gives none.
    """

    file: str
    format: int
    samples_per_frame: int
    skew: int
    byte_offset: int
    gain: float | None
    baseline: int
    unit: str
    millivolts: float | None
    initial: int
    checksum: int | None
    name: str

    @property
    def is_voltage(self) -> bool:
        """Whether samples of it exist and are volts."""
        return self.millivolts is not None and self.file != NOT_RECORDED

    @property
    def unit_known(self) -> bool:
        """Whether the header gives a unit."""
        return self.unit not in _UNKNOWN_UNITS


@dataclass(frozen=True, slots=True)
class Segment:
    """One segment line: the name of a record, `~` for a gap, and its length in frames."""

    name: str
    frames: int


@dataclass(frozen=True, slots=True)
class Header:
    """A WFDB header.

    Attributes:
        path: the file.
        rate_hz: frames per second.
        frames: length of the record; `None` where the header leaves it to the size of the files.
        signals: signal lines of a record with samples of its own.
        segments: segment lines of a record made of others; one of `signals` and `segments` is empty.
        comments: comment lines without `#`, empty ones left out.
    """

    path: Path
    rate_hz: float
    frames: int | None
    signals: tuple[Signal, ...]
    segments: tuple[Segment, ...]
    comments: tuple[str, ...]


def read_header(path: Path) -> Header:
    """Read and parse a header file.

    Raises:
        DataError: it is absent, no regular file, too large, or no WFDB header.
    """
    try:
        if not path.is_file():
            what = "is not a file" if path.exists() else "there is no such header"
            raise DataError(
                what, file=path, fix="a WFDB record is a .hea file with its signal files beside it"
            )
        with path.open("rb") as file:
            content = file.read(_LARGEST_HEADER_BYTES + 1)
    except (OSError, ValueError) as error:
        raise DataError(f"cannot be read: {error}", file=path, fix="copy the file again") from error
    if len(content) > _LARGEST_HEADER_BYTES or b"\0" in content:
        raise _no_header(path, "binary data" if b"\0" in content else "more than 16 MiB")
    try:
        return parse_header(content.decode("utf-8-sig"), path)
    except UnicodeDecodeError:
        return parse_header(content.decode("latin-1"), path)


def parse_header(text: str, path: Path) -> Header:
    """Parse the text of the header file `path`.

    Raises:
        DataError: names the line and the field that is not as header(5) wants it.
    """
    comments: list[str] = []
    lines: list[tuple[int, str]] = []
    for number, line in enumerate(text.split("\n"), start=1):
        stripped = line.strip()
        if stripped.startswith("#"):
            comments.append(stripped.lstrip("#").strip())
        elif stripped:
            lines.append((number, stripped))
    if not lines:
        raise _no_header(path, "no record line")
    at, fields = lines[0][0], lines[0][1].split()
    name, _, segment_count = fields[0].partition("/")
    if not name or len(fields) < 2:
        raise _no_header(path, f"line {at}: {lines[0][1][:60]!r} is no record line")
    signal_count = _count(fields[1], "number of signals", path, at)
    frames = _count(fields[3], "number of samples", path, at) if len(fields) > 3 else 0
    expected = _count(segment_count, "number of segments", path, at) if segment_count else signal_count
    if len(lines) - 1 != expected:
        kind = "segments" if segment_count else "signals"
        raise DataError(
            f"the record line says {expected} {kind}, {len(lines) - 1} lines of {kind} follow",
            file=path,
            line=at,
            fix="copy the header again, or correct the count",
        )
    return Header(
        path=path,
        rate_hz=_rate(fields[2], path, at) if len(fields) > 2 else DEFAULT_RATE_HZ,
        frames=frames or None,
        signals=() if segment_count else tuple(_signal(line, path, at) for at, line in lines[1:]),
        segments=tuple(_segment(line, path, at) for at, line in lines[1:]) if segment_count else (),
        comments=tuple(line for line in comments if line),
    )


def beside(header: Path, name: str, line: int | None = None) -> Path:
    """Return the path of a file that a header names.

    Raises:
        DataError: the name leads out of the header's folder.
    """
    _refuse_outside(header, name, line)
    return header.parent / name


def _refuse_outside(header: Path, name: str, line: int | None) -> None:
    if _PLAIN_NAME.fullmatch(name):
        return
    if name.startswith("/") or ".." in name.split("/") or any(mark in name for mark in "\\:\0"):
        raise DataError(
            f"{name[:100]!r} is no file in the folder of the header, and bedside does not leave that folder",
            file=header,
            line=line,
            fix="put the file beside the header and name it without folders",
        )


def _signal(line: str, path: Path, at: int) -> Signal:
    found = _SIGNAL.fullmatch(line)
    if found is None:
        text = line.split()[1] if " " in line or "\t" in line else ""
        raise _bad_field("signal format", text, path, at, "a number such as 16, or 16x1+24")
    file, stored_as, per_frame, skew, offset, gain, baseline, unit, whole, name = found.groups(default="")
    _refuse_outside(path, file, at)
    numbers = [int(float(text)) if "." in text else int(text) for text in whole.split()]
    if name and len(numbers) < 5:
        _refuse_misplaced(line, path, at)
    adc_zero = numbers[1] if len(numbers) > 1 else 0
    return Signal(
        file=file,
        format=int(stored_as),
        samples_per_frame=int(per_frame or 1) or 1,
        skew=int(skew or 0),
        byte_offset=int(offset or 0),
        gain=_gain(gain, path, at) if gain else None,
        baseline=int(baseline) if baseline else adc_zero,
        unit=unit,
        millivolts=_millivolts(unit),
        initial=numbers[2] if len(numbers) > 2 else adc_zero,
        checksum=numbers[3] % 65536 if len(numbers) > 3 else None,
        name=name,
    )


def _refuse_misplaced(line: str, path: Path, at: int) -> None:
    """Refuse a full signal line one of whose fields is not what its place says.

    A line may end after any field, and short ones in the wild go on with the name; in a full one that would
    take a damaged number for the beginning of the name.
    """
    fields = line.split(None, 8)
    if len(fields) < 9:
        return
    for place, kind in enumerate(("gain", *_INTEGER_FIELDS), start=2):
        shape = _GAIN if kind == "gain" else _INTEGER
        if shape.fullmatch(fields[place]) is None:
            raise _bad_field(
                kind, fields[place], path, at, "1000.0(0)/mV" if kind == "gain" else "a whole number"
            )


@lru_cache(maxsize=256)
def _millivolts(unit: str) -> float | None:
    return 1.0 if unit in _UNKNOWN_UNITS else millivolts_per(unit)


def _gain(text: str, path: Path, at: int) -> float | None:
    gain = float(text)
    if gain and not math.isfinite(1.0 / gain):
        raise _bad_field("gain", text, path, at, "ADC units per millivolt, such as 1000")
    return gain or None


def _segment(line: str, path: Path, at: int) -> Segment:
    fields = line.split()
    if len(fields) < 2:
        raise _bad_field("segment length", "", path, at, "a number of samples")
    _refuse_outside(path, fields[0], at)
    return Segment(fields[0], _count(fields[1], "segment length", path, at))


def _rate(text: str, path: Path, at: int) -> float:
    found = _RATE.fullmatch(text)
    rate_hz = float(found[1]) if found else math.nan
    if not (math.isfinite(rate_hz) and rate_hz > 0):
        raise _bad_field("sampling rate", text, path, at, "samples per second, more than 0")
    return rate_hz


def _count(text: str, field: str, path: Path, at: int) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) <= 18):
        raise _bad_field(field, text, path, at, "a whole number of at most 18 digits")
    return int(text)


def _bad_field(field: str, value: str, path: Path, at: int, wanted: str) -> DataError:
    found = f"{value[:60]!r}" if value else "absent"
    return DataError(
        f"{field} is {found}; it should be {wanted}", file=path, line=at, fix="correct the header"
    )


def _no_header(path: Path, found: str) -> DataError:
    return DataError(
        f"is no WFDB header ({found})",
        file=path,
        fix="its first line is `NAME SIGNALS RATE SAMPLES`, as in `00001_lr 12 100 1000`",
    )
