"""Find the recordings in a folder, decide which form of each subject is read, and read it.

A file's first line says what form it has; its name says whose it is: `adult_<id>`, `neonate_<id>`,
`child_<id>`, `adolescent_<id>` for monitors, `subject_<id>_hr` for wearables (adolescents, unless their age
says otherwise). Where a subject is given in several forms the raw CSV is read, else the one in a folder
named `processed`, else text: clean-up and rendering lose signals. Each file left out keeps its reason. What
bedside or its predecessors wrote (calibration text, its log) is never a source.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, NamedTuple

import numpy as np

from bedside.chat import START_OF_TURN
from bedside.errors import DataError
from bedside.records import VitalsRecord
from bedside.vitals.ranges import cohort_of_age
from bedside.vitals.readers import demographics as people
from bedside.vitals.readers import monitor, wearable
from bedside.vitals.readers.text import first_line, read_source
from bedside.vitals.signals import clean

__all__ = [
    "Excluded",
    "Folder",
    "Form",
    "Reading",
    "Recording",
    "Survey",
    "read_folder",
    "read_recording",
    "survey",
]

Form = Literal["monitor csv", "monitor text", "wearable csv", "wearable text"]

_SUFFIX = re.compile(r"\.(csv|txt)(\.gz)?$")
_MONITOR_NAME = re.compile(r"(adult|adolescent|child|neonate)_(\w+)")
_WEARABLE_NAME = re.compile(r"subject_(\w+?)_hr")
_OUTPUT_OPENINGS = (START_OF_TURN, "<bos>", "Below is a cardiology topic")
_OUTPUT_FOLDER = "published"
_READERS = {
    "monitor csv": monitor.read_monitor_csv,
    "monitor text": monitor.read_monitor_text,
    "wearable csv": wearable.read_wearable_csv,
    "wearable text": wearable.read_wearable_text,
}


@dataclass(frozen=True)
class Excluded:
    """A file that is not used, and why; `superseded` where another form of the subject is read instead."""

    name: str
    reason: str
    superseded: bool = False


@dataclass(frozen=True)
class Recording:
    """A file to read: `name` is its path inside the folder."""

    path: Path
    name: str
    form: Form
    subject_id: str
    cohort: str
    demographics: dict[str, str | float]


@dataclass(frozen=True)
class Survey:
    """What a folder holds: the recordings to read, the files left out, notes on contradictions."""

    recordings: tuple[Recording, ...]
    excluded: tuple[Excluded, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True)
class Reading:
    """A record with what its file was like."""

    record: VitalsRecord
    encoding: str
    sha256: str
    rows_read: int
    columns_ignored: tuple[str, ...]


class Folder(NamedTuple):
    """Everything read from a folder, and every file that was not used."""

    records: tuple[VitalsRecord, ...]
    excluded: tuple[Excluded, ...]


def survey(root: Path) -> Survey:
    """Look at the names and first lines of all files under `root`.

    Raises:
        DataError: `root` is no folder or a demographics file cannot be read.
    """
    if not root.is_dir():
        raise DataError("no such folder", file=root, fix="give a folder with .csv or .txt recordings")
    paths = [path for path in sorted(root.rglob("*")) if path.is_file()]
    known = people.read_demographics([path for path in paths if path.name in people.FILE_NAMES])
    found: list[Recording] = []
    excluded: list[Excluded] = []
    for path in paths:
        if path.name not in people.FILE_NAMES and _SUFFIX.search(path.name):
            result = _look_at(path, path.relative_to(root), known)
            if isinstance(result, Recording):
                found.append(result)
            else:
                excluded.append(result)
    chosen, superseded = _choose(found)
    left_out = sorted([*excluded, *superseded], key=lambda item: item.name)
    return Survey(tuple(chosen), tuple(left_out), known.notes)


def read_recording(recording: Recording) -> Reading:
    """Read one recording.

    Raises:
        DataError: the file cannot be read as what it claims to be, or has no valid heart rate.
    """
    source = read_source(recording.path)
    numerics = _READERS[recording.form](source)
    heart_rate = clean(numerics.signals["hr"], cohort=recording.cohort)
    if np.isnan(heart_rate.values).all():
        counts = ", ".join(f"{count} × {reason}" for reason, count in heart_rate.excluded.items())
        raise DataError(
            f"no valid heart rate: {counts or 'every cell is empty'}",
            file=recording.path,
            fix="give a recording during which the ECG leads were on",
        )
    record = VitalsRecord(
        subject_id=recording.subject_id,
        record_name=_stem(recording.path),
        cohort=recording.cohort,
        interval_s=numerics.interval.seconds,
        interval_evidence=numerics.interval.evidence,
        ticks=numerics.ticks,
        signals=numerics.signals,
        demographics=recording.demographics,
        source=recording.name,
    )
    return Reading(record, source.encoding, source.sha256, numerics.rows_read, numerics.columns_ignored)


def read_folder(path: Path) -> Folder:
    """Read every subject in a folder; a file that cannot be read is excluded with its reason.

    Raises:
        DataError: the folder does not exist or a demographics file cannot be read.
    """
    found = survey(path)
    records: list[VitalsRecord] = []
    excluded = list(found.excluded)
    for recording in found.recordings:
        try:
            records.append(read_recording(recording).record)
        except DataError as error:
            excluded.append(Excluded(recording.name, error.reason))
    return Folder(tuple(records), tuple(excluded))


def _look_at(path: Path, inside: Path, known: people.Demographics) -> Recording | Excluded:
    name, opening = inside.as_posix(), first_line(path)
    if _OUTPUT_FOLDER in inside.parts[:-1] or opening.startswith(_OUTPUT_OPENINGS):
        return Excluded(name, "a calibration text, which is an output and never a source")
    form = _form(path, opening)
    if form is None:
        return Excluded(name, f"no known form of recording; it begins {opening[:60]!r}")
    stem = _stem(path)
    by_monitor, by_wearable = _MONITOR_NAME.fullmatch(stem), _WEARABLE_NAME.fullmatch(stem)
    if by_monitor is not None:
        subject_id, cohort = by_monitor[2], by_monitor[1]
    elif by_wearable is not None:
        subject_id, cohort = by_wearable[1], "adolescent"
    else:
        reason = "the name does not say whose it is; call it adult_<id>, neonate_<id> or subject_<id>_hr"
        return Excluded(name, reason)
    person = dict(known.by_subject.get(subject_id, {}))
    if by_monitor is None and "age_years" in person:
        cohort = cohort_of_age(float(person["age_years"]))
    return Recording(path, name, form, subject_id, cohort, person)


def _form(path: Path, opening: str) -> Form | None:
    if ".csv" in path.suffixes:
        if monitor.INDEX_COLUMN in opening:
            return "monitor csv"
        return "wearable csv" if wearable.HEART_RATE_COLUMN in opening else None
    if wearable.TEXT_LINE.match(opening):
        return "wearable text"
    return "monitor text" if monitor.TEXT_LINE.match(opening) else None


def _stem(path: Path) -> str:
    return _SUFFIX.sub("", path.name)


def _choose(found: Sequence[Recording]) -> tuple[list[Recording], list[Excluded]]:
    """Keep one recording of each subject, and tell for each other one what stands in its place."""
    chosen: dict[str, Recording] = {}
    superseded: list[Excluded] = []
    for recording in sorted(found, key=_preference):
        better = chosen.setdefault(recording.subject_id, recording)
        if better is not recording:
            reason = f"the same subject is read from {better.name}"
            superseded.append(Excluded(recording.name, reason, superseded=True))
    return sorted(chosen.values(), key=lambda recording: recording.name), superseded


def _preference(recording: Recording) -> tuple[int, str]:
    if "text" in recording.form:
        return 2, recording.name
    processed = "processed" in Path(recording.name).parts or "processed" in recording.path.parent.name
    return int(processed), recording.name
