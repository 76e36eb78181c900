"""Open a recording of any form, or read it whole; and read all subjects of a folder."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np

from bedside.errors import DataError
from bedside.records import VitalsRecord, VitalsRows
from bedside.vitals.readers.column_map import ColumnMap
from bedside.vitals.readers.folder import Subject, survey
from bedside.vitals.readers.generic import open_generic
from bedside.vitals.readers.monitor import open_monitor_csv, open_monitor_text
from bedside.vitals.readers.recording import Excluded, Recording
from bedside.vitals.readers.stream import Stream, Tally
from bedside.vitals.readers.wearable import open_wearable_csv, open_wearable_text
from bedside.vitals.readers.wfdb_numerics import open_wfdb
from bedside.vitals.signals import is_valid, kind_of

__all__ = ["Folder", "Reading", "open_recording", "read_folder", "read_recording"]


@dataclass(frozen=True)
class Reading:
    """A whole record, with what reading its file met."""

    record: VitalsRecord
    tally: Tally


class Folder(NamedTuple):
    """Everything read from a folder, and every file that was not used."""

    records: tuple[VitalsRecord, ...]
    excluded: tuple[Excluded, ...]


def open_recording(
    recording: Recording, *, interval_s: float | None = None, column_map: ColumnMap | None = None
) -> Stream:
    """Open a recording.

    Args:
        recording: the file.
        interval_s: seconds between rows; wins over what would be found in a monitor's file. A WFDB header's
            and a wearable's clock times win over it, and times that advance by more contradict it.
        column_map: the one that the recording was found with; for the form `generic csv`.

    Raises:
        DataError: the file cannot be read as what it claims to be; partly while rows are taken.
        MissingExtraError: a WFDB record, and the package `wfdb` is not installed.
    """
    match recording.form:
        case "monitor csv":
            return open_monitor_csv(recording, interval_s=interval_s)
        case "monitor text":
            return open_monitor_text(recording, interval_s=interval_s)
        case "wearable csv":
            return open_wearable_csv(recording)
        case "wearable text":
            return open_wearable_text(recording)
        case "wfdb":
            return open_wfdb(recording, interval_s=interval_s)
        case "generic csv":
            if column_map is None:
                raise DataError("needs its column map", file=recording.path, fix="give the column map")
            return open_generic(recording, column_map=column_map, interval_s=interval_s)


def read_recording(
    recording: Recording, *, interval_s: float | None = None, column_map: ColumnMap | None = None
) -> Reading:
    """Read all rows of a recording.

    Raises:
        DataError: as `open_recording`, or the recording has no valid heart rate.
        MissingExtraError: as `open_recording`.
    """
    stream = open_recording(recording, interval_s=interval_s, column_map=column_map)
    batches = list(stream.batches)
    if not batches:
        raise DataError("no row has a reading", file=recording.path, fix="export the recording again")
    rows = VitalsRows(
        ticks=np.concatenate([batch.ticks for batch in batches]),
        signals={
            name: np.concatenate([batch.signals[name] for batch in batches]) for name in batches[0].signals
        },
    )
    record = VitalsRecord(stream.header, rows)
    _require_heart_rate(record, recording.path)
    return Reading(record, stream.tally)


def read_folder(path: Path) -> Folder:
    """Read every subject in a folder, each from the first of its forms that can be read.

    Raises:
        DataError: the folder does not exist or a demographics file cannot be read.
    """
    found = survey([path])
    records: list[VitalsRecord] = []
    excluded = list(found.excluded)
    for subject in found.subjects:
        record, left_out = _read_subject(subject)
        excluded += left_out
        if record is not None:
            records.append(record)
    return Folder(tuple(records), tuple(sorted(excluded, key=lambda item: item.name)))


def _read_subject(subject: Subject) -> tuple[VitalsRecord | None, list[Excluded]]:
    left_out: list[Excluded] = []
    for position, recording in enumerate(subject.recordings):
        try:
            record = read_recording(recording).record
        except DataError as error:
            where = "" if error.line is None else f"line {error.line}: "
            left_out.append(Excluded(recording.path, recording.name, f"{where}{error.reason}"))
            continue
        reason = f"the same subject is read from {recording.name}"
        others = subject.recordings[position + 1 :]
        return record, left_out + [Excluded(it.path, it.name, reason, superseded=True) for it in others]
    return None, left_out


def _require_heart_rate(record: VitalsRecord, path: Path) -> None:
    values = record.rows.signals["hr"]
    if is_valid("hr", values, cohort=record.header.cohort).any():
        return
    zeros = int(np.count_nonzero(values == 0.0))
    others = int(np.count_nonzero(~np.isnan(values))) - zeros
    counts = {f"zero ({kind_of('hr').zero})": zeros, "a reading that cannot be true": others}
    found = ", ".join(f"{count} × {reason}" for reason, count in counts.items() if count)
    raise DataError(
        f"no valid heart rate: {found or 'every cell is empty'}",
        file=path,
        fix="give a recording during which the ECG leads were on",
    )
