"""Read an ECG from a WFDB record: a header (`.hea`) with its signal files (`.dat`, `.mat`, …).

Warns of what the files themselves tell: a gain or unit that is missing, checksums that do not fit. Does not
derive leads and does not judge signals.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from bedside.ecg.leads import standard_name
from bedside.ecg.readers.wfdb_header import Header, read_header
from bedside.ecg.readers.wfdb_segments import Part, join, parts_of
from bedside.ecg.readers.wfdb_signal_line import DEFAULT_GAIN, NOT_RECORDED
from bedside.ecg.readers.wfdb_signals import Channel, Stretch, read_stretch
from bedside.ecg.readers.wfdb_subject import age_years, sex
from bedside.ecg.reading import LEFT_OUT, EcgReading, EcgWarning
from bedside.errors import DataError
from bedside.records import EcgRecord

__all__ = ["read_wfdb"]


def read_wfdb(path: Path) -> EcgReading:
    """Read the voltages of a WFDB record, as recorded, in the order of its header.

    Args:
        path: the header; also without suffix, or a signal file of the same name.

    Returns:
        Leads in millivolts under their standard names where they have one, else as the header writes them;
        NaN where nothing was recorded. Signals that are no voltage are named in a comment. The subject is
        named as the record is: a header names no patient.

    Raises:
        DataError: a file is absent, cut off or not what the header says, or the record has no voltage.
    """
    header = read_header(_header_of(path))
    parts = parts_of(header)
    stretches = [_stretch(part) for part in parts if part.frames != 0]
    if not any(stretch.channels for stretch in stretches):
        raise _no_voltage(header, parts)
    layout = parts[0].header
    order = [_lead_name(signal.name) for signal in layout.signals] if layout else []
    try:
        joined = join(stretches, order)
    except DataError as error:
        raise DataError(error.reason, file=header.path, fix=error.fix) from error
    name = header.path.stem
    comments = (*header.comments, *(layout.comments if layout and layout is not header else ()))
    left_out = _not_in_volts(parts)
    return EcgReading(
        record=EcgRecord(
            subject_id=name,
            record_name=name,
            signals_mv=joined.signals_mv,
            sampling_rate_hz=header.rate_hz * joined.samples_per_frame,
            leads=joined.leads,
        ),
        format="wfdb",
        warnings=tuple(_warnings(stretches)),
        age_years=age_years(comments),
        sex=sex(comments),
        comments=(*comments, *([f"{LEFT_OUT}, not in volts: {left_out}"] if left_out else [])),
    )


def _header_of(path: Path) -> Path:
    beside = Path(f"{path}.hea")
    if path.suffix == ".hea" or not path.suffix or os.path.isfile(beside):  # noqa: PTH113 - False for any bad name
        return path if path.suffix == ".hea" else beside
    return path.with_suffix(".hea")


def _stretch(part: Part) -> Stretch:
    if part.header is None or not any(signal.is_voltage for signal in part.header.signals):
        return Stretch(part.frames or 0, ())
    return read_stretch(part.header)


def _lead_name(written: str) -> str:
    known = standard_name(written)
    return known.name if known else written


def _not_in_volts(parts: Sequence[Part]) -> str:
    signals = [signal for part in parts if part.header for signal in part.header.signals]
    others = [signal for signal in signals if signal.file != NOT_RECORDED and not signal.is_voltage]
    return ", ".join(dict.fromkeys(f"{signal.name or 'unnamed'} ({signal.unit})" for signal in others))


def _no_voltage(header: Header, parts: Sequence[Part]) -> DataError:
    return DataError(
        f"has no signal in volts; it has {_not_in_volts(parts)[:500] or 'no signal at all'}",
        file=header.path,
        fix="give a record that holds an ECG; if these are ECG leads, correct their unit in the header",
    )


def _warnings(stretches: Sequence[Stretch]) -> Iterator[EcgWarning]:
    if leads := _leads(stretches, lambda channel: not channel.calibrated):
        yield EcgWarning(
            "uncalibrated",
            f"the header gives no gain{_for(leads, stretches)}; {DEFAULT_GAIN:g} ADC units per millivolt are "
            "assumed, the default of WFDB, and amplitudes may be wrong",
            leads,
        )
    if leads := _leads(stretches, lambda channel: channel.checksums is not None):
        found = dict.fromkeys(
            f"{channel.lead} {channel.checksums[1]} instead of {channel.checksums[0]}"
            for stretch in stretches
            for channel in stretch.channels
            if channel.checksums
        )
        yield EcgWarning(
            "checksum",
            f"samples differ from those that the header was written for; their sum is {', '.join(found)}",
            leads,
        )
    if leads := _leads(stretches, lambda channel: not channel.unit_known):
        yield EcgWarning(
            "unit_assumed", f"the header gives no unit{_for(leads, stretches)}; mV is assumed", leads
        )


def _for(leads: tuple[str, ...], stretches: Sequence[Stretch]) -> str:
    """Name the leads that something holds for, unless it holds for all."""
    return "" if leads == _leads(stretches, lambda _: True) else f" for {', '.join(leads)}"


def _leads(stretches: Sequence[Stretch], wanted: Callable[[Channel], bool]) -> tuple[str, ...]:
    found = [channel.lead for stretch in stretches for channel in stretch.channels if wanted(channel)]
    return tuple(dict.fromkeys(found))
