"""Find the recordings in folders and files, and decide which forms of each subject are read in which order.

A file's first line says what form it has, its name and folders whose it is (see `names`). Where a subject is
given in several forms they are tried in order: the raw CSV, the WFDB record, the CSV that an earlier clean-up
has been through, text; or the cleaned one first. Clean-up and rendering lose signals. A second file of the
same form is never added to the first. Each file left out keeps its reason.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from bedside.errors import DataError
from bedside.vitals.ranges import cohort_of_age
from bedside.vitals.readers import demographics as people
from bedside.vitals.readers.column_map import ColumnMap
from bedside.vitals.readers.files import FoundFile, walk
from bedside.vitals.readers.forms import columns_absent, form_of, is_text_name, opening
from bedside.vitals.readers.names import age_fits, cohort_of_folders, is_processed, stem, subject_and_cohort
from bedside.vitals.readers.packing import content_digest
from bedside.vitals.readers.recording import Excluded, Form, Recording
from bedside.vitals.readers.wfdb_header import WfdbHeader, no_heart_rate, read_wfdb_header
from bedside.vitals.signals import kind_of_column

__all__ = ["Prefer", "Subject", "Survey", "survey"]

Prefer = Literal["raw", "processed"]

_UNKNOWN = "unknown"
_WEARABLE: tuple[Form, ...] = ("wearable csv", "wearable text")


@dataclass(frozen=True)
class Subject:
    """One subject's recordings, best first: a later one is read only where those before it cannot be."""

    subject_id: str
    recordings: tuple[Recording, ...]


@dataclass(frozen=True)
class Survey:
    """What the sources hold.

    Attributes:
        subjects: whom recordings are of, by the name of their first recording.
        excluded: files that are not read, whatever happens, and why.
        notes: what else a user should know: contradictions, sources given twice, missing demographics.
        files: every file that what is read depends on: recordings, signal files, demographics.
        people: the subjects that demographics are known of, in the order of their file.
    """

    subjects: tuple[Subject, ...]
    excluded: tuple[Excluded, ...]
    notes: tuple[str, ...]
    files: tuple[Path, ...]
    people: tuple[str, ...]


@dataclass(frozen=True)
class _Seen:
    """A recording, and what is contradictory about it."""

    recording: Recording
    notes: tuple[str, ...] = ()


def survey(sources: Sequence[Path], *, prefer: Prefer = "raw", column_map: ColumnMap | None = None) -> Survey:
    """Look at the names and first lines of all files in `sources`: folders with their subfolders, or files.

    Args:
        sources: what to look through.
        prefer: the form of CSV that is tried first where a subject is given raw and cleaned.
        column_map: what the columns of another monitor's CSV files mean.

    Raises:
        DataError: a source does not exist, or a demographics file cannot be read.
    """
    found = walk(sources)
    tables = [file.path for file in found.files if file.path.name in people.FILE_NAMES]
    known = people.read_demographics(tables)
    seen: list[_Seen] = []
    excluded = [*found.outputs]
    segments: set[Path] = set()
    for file in found.files:
        result = None if file.path in tables else _look_at(file, known, column_map)
        if isinstance(result, _Seen):
            seen.append(result)
            segments |= {path for path in result.recording.parts if path.suffix == ".hea"}
        elif result is not None:
            excluded.append(result)
    seen = [item for item in seen if item.recording.path not in segments]
    subjects, doubled = _subjects([item.recording for item in seen], prefer)
    read = {path for subject in subjects for recording in subject.recordings for path in recording.files}
    left_out = [item for item in (*excluded, *doubled) if item.path not in segments]
    notes = dict.fromkeys(note for item in seen for note in item.notes)
    return Survey(
        subjects=subjects,
        excluded=tuple(sorted(left_out, key=lambda item: item.name)),
        notes=(*found.notes, *known.notes, *notes),
        files=tuple(sorted({*tables, *read})),
        people=tuple(known.by_subject),
    )


def _look_at(
    file: FoundFile, known: people.Demographics, column_map: ColumnMap | None
) -> _Seen | Excluded | None:
    """Tell what a file is; `None` where its name says that it is none of ours."""
    try:
        if file.path.suffix == ".hea":
            return _look_at_header(file, read_wfdb_header(file.path), known)
        if not (file.given or is_text_name(file.path.name)):
            return None
        first_line = opening(file.path)
    except DataError as error:
        return Excluded(file.path, file.name, error.reason)
    if not first_line:
        return Excluded(file.path, file.name, "the file is empty")
    form = form_of(first_line, column_map)
    if form is None:
        hint = "a column map can say what its columns are"
        if column_map is not None:
            absent = columns_absent(first_line, column_map)
            hint = f"of the column map it has no column {', '.join(map(repr, absent))}"
        reason = f"no known form of recording; it begins {first_line[:60]!r}; {hint}"
        return Excluded(file.path, file.name, reason)
    generic = column_map if form == "generic csv" else None
    return _seen(file, form, known, generic=generic)


def _look_at_header(file: FoundFile, header: WfdbHeader, known: people.Demographics) -> _Seen:
    kinds = {kind.name for name in header.signals if (kind := kind_of_column(name))}
    if "hr" not in kinds:
        raise no_heart_rate(header)
    return _seen(file, "wfdb", known, header=header)


def _seen(
    file: FoundFile,
    form: Form,
    known: people.Demographics,
    *,
    header: WfdbHeader | None = None,
    generic: ColumnMap | None = None,
) -> _Seen:
    pattern = None if generic is None else generic.subject_id
    subject_id, cohort = subject_and_cohort(stem(file.path.name), pattern)
    sources = [known.by_subject.get(subject_id, {}), {} if header is None else header.demographics]
    person, disputed = people.merged(sources)
    notes = [
        f"subject {subject_id}: {file.name} and the demographics disagree on {name}, which is left out"
        for name in disputed
    ]
    if form in _WEARABLE and (missing := people.missing(person)):
        notes.append(f"subject {subject_id}: {missing}")
    cohort, contradiction = _cohort(cohort, file, person, None if generic is None else generic.cohort)
    if contradiction:
        notes.append(f"subject {subject_id}: {contradiction}")
    recording = Recording(
        path=file.path,
        name=file.name,
        form=form,
        processed=is_processed(file.folders),
        subject_id=subject_id,
        cohort=cohort,
        demographics=person,
        parts=() if header is None else header.parts,
    )
    return _Seen(recording, tuple(notes))


def _cohort(
    named: str | None, file: FoundFile, person: people.Known, otherwise: str | None
) -> tuple[str, str]:
    """Return the cohort and what is contradictory; an age that a name contradicts is taken from `person`.

    The file's own name comes first, then the folder's, the age, and `otherwise`. Against a folder, which
    many share, an age stands.
    """
    lowest = person.get("age_years", person.get("age_over_years"))
    age = None if lowest is None else float(lowest)
    if named is not None:
        if age is not None and not age_fits(named, age):
            person.pop("age_years", None)
            person.pop("age_over_years", None)
            return named, f"the name says {named}, the age is {age:g} years; the age is left out"
        return named, ""
    of_folder = cohort_of_folders(file.folders)
    if of_folder is not None and (age is None or age_fits(of_folder, age)):
        return of_folder, ""
    if age is not None:
        wrong = f"the folder says {of_folder}, the age is {age:g} years; the age stands" if of_folder else ""
        return cohort_of_age(age), wrong
    return otherwise or _UNKNOWN, ""


def _subjects(found: Sequence[Recording], prefer: Prefer) -> tuple[tuple[Subject, ...], list[Excluded]]:
    """Put each subject's forms in order; of several files of one form only the first is read."""
    forms: dict[str, dict[tuple[Form, bool], list[Recording]]] = {}
    for recording in found:
        own = forms.setdefault(recording.subject_id, {})
        own.setdefault((recording.form, recording.processed), []).append(recording)
    excluded: list[Excluded] = []
    subjects: list[Subject] = []
    for name, own in forms.items():
        firsts = [first for same in own.values() if (first := _first(same, excluded)) is not None]
        if firsts:
            subjects.append(Subject(name, _in_order(firsts, prefer)))
    return tuple(sorted(subjects, key=lambda subject: subject.recordings[0].name)), excluded


def _first(same: Sequence[Recording], excluded: list[Excluded]) -> Recording | None:
    """Return the first of a subject's files of one form that can be read to its end; exclude the others."""
    if len(same) == 1:
        return same[0]  # whoever reads it says what is wrong
    first: tuple[Recording, bytes] | None = None
    for recording in same:
        try:
            digest = content_digest(recording.files)
        except DataError as error:
            excluded.append(Excluded(recording.path, recording.name, error.reason))
            continue
        if first is None:
            first = recording, digest
        else:
            excluded.append(_second(recording, first[0], is_same=digest == first[1]))
    return None if first is None else first[0]


def _second(recording: Recording, first: Recording, *, is_same: bool) -> Excluded:
    if is_same:
        return Excluded(recording.path, recording.name, f"the same bytes as {first.name}", superseded=True)
    reason = (
        f"subject {recording.subject_id} is already read from {first.name}; give one of them, or give them "
        "different ids"
    )
    return Excluded(recording.path, recording.name, reason)


def _in_order(forms: Sequence[Recording], prefer: Prefer) -> tuple[Recording, ...]:
    def rank(recording: Recording) -> tuple[int, bool, str]:
        is_text = recording.form in ("monitor text", "wearable text")
        place = 2 if is_text else int(recording.processed == (prefer == "raw"))
        return place, recording.form == "wfdb", recording.name

    return tuple(sorted(forms, key=rank))
