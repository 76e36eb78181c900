"""Read an ECG from a DICOM waveform object (12-lead, general and ambulatory ECG).

Of several multiplex groups the recorded rhythm is read, not the median beat made from it; leads that a device
spread over several groups come together. The subject's name
is not looked at; the patient id is what records of one patient share.
"""

from __future__ import annotations

import io
import re
import struct
import warnings
from pathlib import Path
from typing import Any, Literal

import numpy as np

from bedside.ecg.leads import standardize
from bedside.ecg.readers.bounded_file import read_bounded
from bedside.ecg.readers.dicom_groups import Channel, Group, group_of, signals_of
from bedside.ecg.reading import LEFT_OUT, EcgReading, EcgWarning
from bedside.errors import DataError
from bedside.extras import require
from bedside.records import EcgRecord

__all__ = ["read_dicom"]

_LARGEST_BYTES = 256 * 2**20
_DEFLATED = b"1.2.840.10008.1.2.1.99"
_DAMAGE = (
    *(
        AttributeError,
        EOFError,
        IndexError,
        KeyError,
        NotImplementedError,
        OverflowError,
        OSError,
        RecursionError,
    ),
    *(RuntimeError, TypeError, ValueError, struct.error),
)
"""What pydicom raises for damaged files, at the latest when an element is looked at."""
_AGE = re.compile(r"(\d{1,3})([DWMY])")
_YEARS = {"D": 1 / 365.25, "W": 7 / 365.25, "M": 1 / 12, "Y": 1.0}


def read_dicom(path: Path, *, gain: float | None = None) -> EcgReading:
    """Read the recorded multiplex group of a DICOM waveform that has most leads; of several, the longest.

    Other leads come from groups that were recorded with it: of the same rate, length and beginning.

    Args:
        path: the file.
        gain: millivolts that one count stands for in channels without sensitivity.

    Raises:
        DataError: the file is no DICOM waveform with an ECG, or is damaged.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what pydicom finds odd and reads all the same
            dataset = _dataset(path)
            groups = _groups(dataset)
            return _reading(path, dataset, groups, gain=gain)
    except DataError as error:
        raise DataError(error.reason, file=path, fix=error.fix) from error
    except _DAMAGE as error:
        raise DataError(
            f"a damaged DICOM file: {_reason(error)}", file=path, fix="copy or export the file again"
        ) from error


def _dataset(path: Path) -> Any:
    pydicom = require("pydicom", extra="ecg", purpose="reading DICOM")
    content = read_bounded(path, most=_LARGEST_BYTES, fix="export a shorter recording")
    if _DEFLATED in content[:2048]:
        raise DataError("a deflated DICOM file, which is not read", file=path, fix="export it uncompressed")
    try:
        # Files written before 1996 and by some devices lack the preamble; what is no DICOM then has no class.
        dataset = pydicom.dcmread(io.BytesIO(content), force=True)
        is_dicom = "SOPClassUID" in dataset or "WaveformSequence" in dataset
    except _DAMAGE as error:
        raise DataError(
            f"cannot be read as DICOM: {_reason(error)}", file=path, fix="copy the file again"
        ) from error
    if not is_dicom:
        raise DataError("is no DICOM file, or cut off", file=path, fix="copy the file again")
    return dataset


def _groups(dataset: Any) -> list[Group]:
    items = dataset.get("WaveformSequence") or ()
    if not items:
        uid = dataset.get("SOPClassUID")
        raise DataError(
            f"a DICOM file without a waveform: {getattr(uid, 'name', None) or uid or 'of no class'}",
            fix="give a 12-Lead or General ECG Waveform object",
        )
    _, is_little = dataset.original_encoding
    return [
        group_of(item, number, little_endian=is_little is not False) for number, item in enumerate(items, 1)
    ]


def _reading(path: Path, dataset: Any, groups: list[Group], *, gain: float | None) -> EcgReading:
    chosen = _recording(groups)
    kept = [(group, columns) for group in chosen if (columns := _voltages(group))]
    if not kept:
        found = ", ".join(f"{channel.name} ({channel.unit})" for channel in chosen[0].channels)
        raise DataError(f"holds no voltage; found {found}", fix="give an ECG waveform")
    channels = [group.channels[column] for group, columns in kept for column in columns]
    if gain is not None and all(channel.sensitivity is not None for channel in channels):
        raise DataError(
            "the file states the sensitivity of every lead, but a gain was given", fix="leave it out"
        )
    factor = 1.0 if gain is None else gain
    signals, leads = standardize(
        np.concatenate([signals_of(group, columns, gain=factor) for group, columns in kept]),
        [channel.name for channel in channels],
    )
    patient = str(dataset.get("PatientID") or "").strip()
    record = EcgRecord(
        subject_id=patient or path.stem,
        record_name=path.stem,
        signals_mv=np.ascontiguousarray(signals),
        sampling_rate_hz=chosen[0].rate_hz,
        leads=leads,
        derived=frozenset(lead for lead, channel in zip(leads, channels, strict=True) if channel.derived),
        source=path.name,
    )
    return EcgReading(
        record=record,
        format="dicom",
        warnings=_unstated(channels, leads, gain),
        age_years=_age_years(dataset),
        sex=_sex(dataset),
        comments=_comments(dataset, groups, chosen),
    )


def _recording(groups: list[Group]) -> list[Group]:
    """Choose the groups that are read, in their order: the best one, and those that add leads to it."""
    best = max(groups, key=lambda group: (group.is_original, len(group.standard_leads), group.duration_s))
    chosen, leads = [best], set(best.standard_leads)
    for group in groups:
        if group is not best and group.is_recorded_with(best) and not leads & group.standard_leads:
            chosen.append(group)
            leads |= group.standard_leads
    return sorted(chosen, key=lambda group: group.number)


def _voltages(group: Group) -> list[int]:
    return [column for column, channel in enumerate(group.channels) if channel.is_voltage]


def _unstated(channels: list[Channel], leads: tuple[str, ...], gain: float | None) -> tuple[EcgWarning, ...]:
    pairs = list(zip(channels, leads, strict=True))
    uncalibrated = tuple(lead for channel, lead in pairs if channel.sensitivity is None)
    assumed = tuple(
        lead for channel, lead in pairs if channel.sensitivity is not None and channel.unit is None
    )
    found: list[EcgWarning] = []
    if uncalibrated:
        done = (
            "counts are taken as mV (--amplitude-gain gives the mV of one count)"
            if gain is None
            else f"counts were multiplied by {gain:g}, as given, to be mV"
        )
        message = f"the file states no sensitivity for {', '.join(uncalibrated)}; {done}"
        found.append(EcgWarning("uncalibrated", message, uncalibrated))
    if assumed:
        message = f"the file states no unit for {', '.join(assumed)}; mV is assumed (--unit says otherwise)"
        found.append(EcgWarning("unit_assumed", message, assumed))
    return tuple(found)


def _comments(dataset: Any, groups: list[Group], chosen: list[Group]) -> tuple[str, ...]:
    """Return what a device wrote below the ECG, which groups were read, and what was not."""
    comments = [
        str(note.get("UnformattedTextValue")).strip()
        for note in dataset.get("WaveformAnnotationSequence") or ()
        if note.get("UnformattedTextValue")
    ]
    if len(groups) > 1:
        numbers = ", ".join(str(group.number) for group in chosen)
        labels = ", ".join(dict.fromkeys(group.label or "no label" for group in chosen))
        comments.append(
            f"read: multiplex group {numbers} of {len(groups)} ({labels},"
            f" {sum(len(group.channels) for group in chosen)} channels, {chosen[0].duration_s:g} s)"
        )
    comments += [
        f"{LEFT_OUT}: multiplex group {group.number} ({group.label or 'no label'}, {group.duration_s:g} s)"
        for group in groups
        if group.is_original and all(group is not read for read in chosen)
    ]
    others = [
        f"{channel.name} ({channel.unit})"
        for group in chosen
        for channel in group.channels
        if not channel.is_voltage
    ]
    return (*comments, *([f"{LEFT_OUT}, not in volts: {', '.join(others)}"] if others else []))


def _age_years(dataset: Any) -> float | None:
    age = _AGE.fullmatch(str(dataset.get("PatientAge") or "").strip())
    return float(age[1]) * _YEARS[age[2]] if age else None


def _sex(dataset: Any) -> Literal["female", "male"] | None:
    match str(dataset.get("PatientSex") or "").strip():
        case "F":
            return "female"
        case "M":
            return "male"
        case _:
            return None


def _reason(error: Exception) -> str:
    return (str(error).strip("'\"").splitlines() or [type(error).__name__])[0][:200]
