"""Parse one signal line of a WFDB header, as header(5) defines it.

Only the file's name and the format have to be there. Knows nothing of samples or leads.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from bedside.ecg.readers.voltage import millivolts_per
from bedside.errors import DataError

__all__ = ["DEFAULT_GAIN", "NOT_RECORDED", "NUMBER", "Signal", "bad_field", "parse_signal", "refuse_outside"]

NOT_RECORDED = "~"
"""Stands for the file of a signal, or the name of a segment, of which there are no samples."""
DEFAULT_GAIN = 200.0
"""ADC units per physical unit where a header gives none or 0 (header(5): the amplitude is uncalibrated)."""

NUMBER = r"[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?"
"""A number with a decimal point and an exponent or without."""
_WHOLE = r"[-+]?\d{1,18}"
_GAIN_FIELD = rf"(?=\S)({NUMBER})?(?:\(({_WHOLE})(?:\.0*)?\))?(?:/(\S*))?(?!\S)"
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
_SMALLEST_GAIN, _LARGEST_GAIN = 1e-12, 1e15
"""What no amplifier has in any unit of voltage: beyond it is a damaged number."""
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
        checksum: sum of its ADC values as the header writes it, equal to the sum modulo 65536; `None` where
            it gives none.
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


def parse_signal(line: str, path: Path, at: int) -> Signal:
    """Parse signal line number `at` of the header `path`.

    Raises:
        DataError: the format is missing, a field is not what its place says, or the file lies elsewhere.
    """
    found = _SIGNAL.fullmatch(line)
    if found is None:
        text = line.split()[1] if " " in line or "\t" in line else ""
        raise bad_field("signal format", text, path, at, "a number such as 16, or 16x1+24")
    file, stored_as, per_frame, skew, offset, gain, baseline, unit, whole, name = found.groups(default="")
    refuse_outside(path, file, at)
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
        checksum=numbers[3] if len(numbers) > 3 else None,
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
            raise bad_field(
                kind, fields[place], path, at, "1000.0(0)/mV" if kind == "gain" else "a whole number"
            )


@lru_cache(maxsize=256)
def _millivolts(unit: str) -> float | None:
    return 1.0 if unit in _UNKNOWN_UNITS else millivolts_per(unit)


def _gain(text: str, path: Path, at: int) -> float | None:
    gain = float(text)
    if gain and not _SMALLEST_GAIN <= abs(gain) <= _LARGEST_GAIN:
        raise bad_field("gain", text, path, at, "ADC units per millivolt, such as 1000")
    return gain or None


def refuse_outside(header: Path, name: str, line: int | None) -> None:
    """Refuse the name of a file or record that leads out of the header's folder.

    Raises:
        DataError: it does.
    """
    if _PLAIN_NAME.fullmatch(name):
        return
    if name.startswith("/") or ".." in name.split("/") or any(mark in name for mark in "\\:\0"):
        raise DataError(
            f"{name[:100]!r} is no file in the folder of the header, and bedside does not leave that folder",
            file=header,
            line=line,
            fix="put the file beside the header and name it without folders",
        )


def bad_field(field: str, value: str, path: Path, at: int, wanted: str) -> DataError:
    """Word what is wrong with a field of a header."""
    found = f"{value[:60]!r}" if value else "absent"
    return DataError(
        f"{field} is {found}; it should be {wanted}", file=path, line=at, fix="correct the header"
    )
