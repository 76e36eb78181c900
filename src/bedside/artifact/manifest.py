"""What an artifact is: its plan, its manifest, and how one is opened and checked."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from pydantic import BaseModel, ConfigDict, ValidationError

from bedside.errors import ArtifactError

__all__ = [
    "MANIFEST",
    "Artifact",
    "FileEntry",
    "Input",
    "Manifest",
    "Plan",
    "damages",
    "digest_of",
    "entries",
    "folder_digest",
    "is_artifact",
    "open_artifact",
]

MANIFEST = "manifest.json"


@dataclass(frozen=True)
class Plan:
    """What an artifact should be made from.

    Attributes:
        kind: what it will be, for example `adapter`.
        stage: the function that makes it.
        version: raised when the stage's code changes what it writes.
        config: the stage's configuration as JSON.
        inputs: digest of each input by its name.
    """

    kind: str
    stage: str
    version: int
    config: Mapping[str, Any]
    inputs: Mapping[str, str]

    @property
    def key(self) -> str:
        """Sixteen hex digits that name this plan."""
        plan = [self.kind, self.stage, self.version, self.config, self.inputs]
        return hashlib.sha256(_canonical(plan)).hexdigest()[:16]


class Input(Protocol):
    """A folder that a stage reads: an artifact, or a model folder with its digest."""

    @property
    def path(self) -> Path:
        """Where it is."""
        ...

    @property
    def digest(self) -> str:
        """The hash of its files."""
        ...


class FileEntry(BaseModel):
    """One file of an artifact.

    Attributes:
        path: relative to the artifact's folder.
        bytes: its size.
        sha256: the hash of its bytes.
        modified_ns: when it was last written; a file that was touched since is hashed again before use.
        clock: whether it holds clock readings, which stand outside the digest.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    path: str
    bytes: int
    sha256: str
    modified_ns: int
    clock: bool = False


class Manifest(BaseModel):
    """What `manifest.json` holds."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: str
    stage: str
    version: int
    key: str
    digest: str
    config: dict[str, Any]
    inputs: dict[str, str]
    files: tuple[FileEntry, ...]
    figures: dict[str, Any]
    environment: dict[str, str]
    created: str
    seconds: float
    seal: str = ""

    def sealed(self) -> Manifest:
        """Return this manifest with the hash of everything else in `seal`."""
        body = self.model_dump(exclude={"seal"}, mode="json")
        return self.model_copy(update={"seal": hashlib.sha256(_canonical(body)).hexdigest()})


@dataclass(frozen=True)
class Artifact:
    """A finished artifact on disk."""

    path: Path
    manifest: Manifest

    @property
    def kind(self) -> str:
        """What it is, for example `adapter`."""
        return self.manifest.kind

    @property
    def key(self) -> str:
        """What it was made from."""
        return self.manifest.key

    @property
    def digest(self) -> str:
        """The hash of its files."""
        return self.manifest.digest

    def file(self, name: str) -> Path:
        """Return the path of one of its files.

        Raises:
            ArtifactError: the artifact has no such file.
        """
        if not any(entry.path == name for entry in self.manifest.files):
            held = ", ".join(entry.path for entry in self.manifest.files[:8])
            raise ArtifactError(
                f"{self.path} has no file {name!r}; it holds {held}.",
                fix="make it again with this version of bedside",
            )
        return self.path / name


def is_artifact(folder: Path) -> bool:
    """Tell whether a folder says that bedside wrote it; `open_artifact` tells whether that is so."""
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(manifest, dict) and {"kind", "stage", "digest", "files"} <= manifest.keys()


def open_artifact(path: Path, kind: str | None = None) -> Artifact:
    """Open a finished artifact.

    The manifest's seal and each file's presence, size and time are checked, and a file that was touched since
    is hashed again; `damages` reads every byte.

    Raises:
        ArtifactError: it is missing, unfinished, altered, or of another kind than `kind`.
    """
    path = path.absolute()
    file = path / MANIFEST
    if not file.is_file():
        raise _absent(path)
    try:
        manifest = Manifest.model_validate_json(file.read_text(encoding="utf-8"))
    except (ValidationError, UnicodeDecodeError) as error:
        raise _altered(path, "manifest.json is not a manifest of this version of bedside") from error
    if manifest.sealed().seal != manifest.seal:
        raise _altered(path, "manifest.json was edited after it was written")
    for entry in manifest.files:
        found = path / entry.path
        if not found.is_file():
            raise _altered(path, f"{entry.path} is gone")
        status = found.stat()
        if status.st_size != entry.bytes:
            raise _altered(path, f"{entry.path} has {status.st_size} bytes instead of {entry.bytes}")
        if status.st_mtime_ns != entry.modified_ns and _sha256(found) != entry.sha256:
            raise _altered(path, f"{entry.path} was edited")
    if kind is not None and manifest.kind != kind:
        raise ArtifactError(
            f"{path} holds a {manifest.kind!r}, but a {kind!r} is needed.",
            fix=f"give the folder of a {kind!r}; `bedside show {path}` tells what this one is",
        )
    return Artifact(path, manifest)


def damages(artifact: Artifact) -> tuple[str, ...]:
    """Read every byte of `artifact` and return what differs from its manifest, in words."""
    found = [
        f"{entry.path} was altered"
        for entry in artifact.manifest.files
        if _sha256(artifact.path / entry.path) != entry.sha256
    ]
    listed = {entry.path for entry in artifact.manifest.files} | {MANIFEST}
    found += [f"{name} was added" for name in _names(artifact.path) if name not in listed]
    if digest_of(artifact.manifest.files) != artifact.digest:
        found.append("the digest does not follow from the files")
    return tuple(found)


def folder_digest(folder: Path) -> str:
    """Return the digest of a folder that is no artifact, such as a model downloaded by hand."""
    return digest_of(entries(folder))


def entries(folder: Path, *, clocks: frozenset[str] = frozenset()) -> tuple[FileEntry, ...]:
    """Hash every file in `folder` but the manifest; `clocks` name those that hold clock readings."""
    return tuple(_entry(folder, name, clock=name in clocks) for name in _names(folder))


def _entry(folder: Path, name: str, *, clock: bool) -> FileEntry:
    file = folder / name
    status = file.stat()
    return FileEntry(
        path=name,
        bytes=status.st_size,
        sha256=_sha256(file),
        modified_ns=status.st_mtime_ns,
        clock=clock,
    )


def digest_of(files: tuple[FileEntry, ...]) -> str:
    """Return the digest of an artifact with these files."""
    return hashlib.sha256(_canonical([[e.path, e.sha256] for e in files if not e.clock])).hexdigest()


def _absent(path: Path) -> ArtifactError:
    if any(path.parent.glob(f"{path.name}.partial-*")):
        return ArtifactError(
            f"{path} is unfinished: the stage that writes it was interrupted.",
            fix="run the same command again; it goes on where it stopped",
        )
    return ArtifactError(
        f"{path} is not an artifact: it has no {MANIFEST}.",
        fix="give a folder that a bedside stage has written",
    )


def _altered(path: Path, how: str) -> ArtifactError:
    return ArtifactError(
        f"{path} was altered: {how}.",
        fix=f"remove {path} and run the command that made it again, or restore it from a copy",
    )


def _names(folder: Path) -> list[str]:
    return sorted(
        file.relative_to(folder).as_posix()
        for file in folder.rglob("*")
        if file.is_file() and file.relative_to(folder).as_posix() != MANIFEST
    )


def _sha256(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _canonical(value: object) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
