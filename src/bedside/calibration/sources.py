"""Find the recordings in the sources that a user gives, and hash every file before anything is read."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from bedside.calibration.config import CalibrationConfig
from bedside.calibration.log import FileLog
from bedside.calibration.recordings import Hashed
from bedside.console import progress
from bedside.errors import DataError
from bedside.executor import usable_cores
from bedside.vitals.readers import ColumnMap, Recording, read_column_map, survey

__all__ = ["Found", "file_digests", "find"]

_WORTH_PROCESSES_BYTES = 256 * 2**20
"""Below it one process is done before others have started."""


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

    def processes(self, wanted: int | None) -> int:
        """Return how many processes to read with: as many as wanted, else as many as are worth starting."""
        if wanted is not None:
            return wanted
        size = sum(forms[0].bytes for forms in self.subjects)
        return usable_cores() if size >= _WORTH_PROCESSES_BYTES else 1


def find(sources: Sequence[Path], config: CalibrationConfig) -> Found:
    """Look through `sources` and hash what is there.

    Raises:
        DataError: a source does not exist, or a demographics file or the column map cannot be read.
    """
    column_map = None if config.column_map is None else read_column_map(config.column_map)
    prefer = "processed" if config.profile == "published" else "raw"
    seen = survey(sources, prefer=prefer, column_map=column_map)
    files = sorted({*seen.files, *(item.path for item in seen.excluded)})
    hashes = _hashes(files)
    subjects = [
        tuple(_hashed(recording, hashes[recording.path]) for recording in subject.recordings)
        for subject in seen.subjects
    ]
    subjects.sort(key=lambda forms: forms[0].bytes, reverse=True)  # so that no large one is begun last
    excluded = tuple(
        FileLog(
            name=item.name,
            status="superseded" if item.superseded else "excluded",
            reason=item.reason,
            sha256=hashes[item.path],
        )
        for item in seen.excluded
    )
    listing = "\n".join(f"{path.name} {hashes[path]}" for path in files)
    digest = hashlib.sha256(listing.encode()).hexdigest()
    return Found(tuple(sources), tuple(subjects), excluded, seen.notes, seen.people, column_map, digest)


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


def _hashed(recording: Recording, sha256: str) -> Hashed:
    status = recording.path.stat()
    return Hashed(recording, sha256, status.st_size, status.st_mtime_ns)


def _hashes(files: Sequence[Path]) -> dict[Path, str]:
    """Hash files side by side: hashing leaves the interpreter to the other threads."""
    with progress("hashing recordings", total=len(files)) as bar, ThreadPoolExecutor(usable_cores()) as pool:
        found: dict[Path, str] = {}
        for path, digest in zip(files, pool.map(_sha256, files), strict=True):
            found[path] = digest
            bar.advance()
    return found


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
