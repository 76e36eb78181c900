"""Find the recordings in the sources that a user gives, and hash every file before anything is read."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from bedside.calibration.config import CalibrationConfig
from bedside.calibration.log import FileLog
from bedside.calibration.subjects import FileState, Hashed
from bedside.console import progress
from bedside.errors import DataError
from bedside.executor import usable_cores
from bedside.vitals.readers import ColumnMap, Recording, Survey, read_column_map, survey

__all__ = ["Found", "file_digests", "find"]


@dataclass(frozen=True)
class Found:
    """What the sources hold.

    Attributes:
        sources: what was given.
        subjects: the forms of each subject in the order in which they are tried, the largest first.
        excluded: files that are not used, with their reasons.
        notes: what else a user should know.
        people: the subjects that demographics are known of, in the order of their file.
        column_map: what the columns of another monitor mean, where it was given.
        digest: hash of the names and bytes of every file.
    """

    sources: tuple[Path, ...]
    subjects: tuple[tuple[Hashed, ...], ...]
    excluded: tuple[FileLog, ...]
    notes: tuple[str, ...]
    people: tuple[str, ...]
    column_map: ColumnMap | None
    digest: str


def find(sources: Sequence[Path], config: CalibrationConfig) -> Found:
    """Look through `sources` and hash what is there.

    Raises:
        DataError: a source does not exist, or a demographics file or the column map cannot be read.
    """
    column_map = None if config.column_map is None else read_column_map(config.column_map)
    prefer = "processed" if config.profile == "published" else "raw"
    seen = survey(sources, prefer=prefer, column_map=column_map)
    files = sorted({*seen.files, *(item.path for item in seen.excluded)})
    states = _states(files, threads=config.workers or usable_cores())
    excluded = [
        FileLog(
            name=item.name,
            status="superseded" if item.superseded else "excluded",
            reason=item.reason,
            sha256=None if (state := states[item.path]) is None else state.sha256,
        )
        for item in seen.excluded
    ]
    subjects: list[tuple[Hashed, ...]] = []
    for subject in seen.subjects:
        forms = [_hashed(recording, states) for recording in subject.recordings]
        excluded += [form for form in forms if isinstance(form, FileLog)]
        if readable := tuple(form for form in forms if isinstance(form, Hashed)):
            subjects.append(readable)
    subjects.sort(key=lambda forms: forms[0].bytes, reverse=True)  # so that no large one is begun last
    return Found(
        sources=tuple(sources),
        subjects=tuple(subjects),
        excluded=tuple(excluded),
        notes=seen.notes,
        people=seen.people,
        column_map=column_map,
        digest=_digest(seen, states),
    )


def _hashed(recording: Recording, states: Mapping[Path, FileState | None]) -> Hashed | FileLog:
    """Join a recording to its files; one that cannot be read is logged instead."""
    files = [states[path] for path in recording.files]
    if None in files:
        return FileLog(name=recording.name, status="excluded", reason="cannot be read", sha256=None)
    return Hashed(recording, tuple(file for file in files if file is not None))


def _digest(seen: Survey, states: Mapping[Path, FileState | None]) -> str:
    """Hash all that a build depends on: whose each recording is, and the bytes of every file."""
    lines = [
        f"{recording.name} {recording.form} {recording.processed} {recording.subject_id} {recording.cohort}"
        for subject in seen.subjects
        for recording in subject.recordings
    ]
    lines += [f"{item.name} {item.reason}" for item in seen.excluded]
    lines += [f"{path.name} {None if state is None else state.sha256}" for path, state in states.items()]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def file_digests(config: CalibrationConfig) -> dict[str, str]:
    """Return the digest of every single file that the settings name.

    Raises:
        DataError: a file does not exist.
    """
    named = {"general": config.general, "column_map": config.column_map}
    digests: dict[str, str] = {}
    for name, path in named.items():
        if path is None:
            continue
        if not path.is_file():
            raise DataError("no such file", file=path, fix=f"correct {name}")
        digests[name] = _sha256(path)
    return digests


def _states(files: Sequence[Path], *, threads: int) -> dict[Path, FileState | None]:
    """Hash files side by side: hashing leaves the interpreter to the other threads."""
    with progress("hashing recordings", total=len(files)) as bar, ThreadPoolExecutor(threads) as pool:
        found: dict[Path, FileState | None] = {}
        for path, state in zip(files, pool.map(_state, files), strict=True):
            found[path] = state
            bar.advance()
    return found


def _state(path: Path) -> FileState | None:
    try:
        status = path.stat()
        return FileState(path, _sha256(path), status.st_size, status.st_mtime_ns)
    except OSError:
        return None


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
