"""An immutable directory with a manifest, written last.

`key` says what an artifact should be made from: stage, its version, its configuration and the digests of
its inputs. `digest` says what it is: the hash of its files. Work goes to `out.partial-<key>`; sealing
hashes the files, writes `manifest.json` and renames. So a finished artifact is reused, half work is
continued or discarded, and neither is ever mistaken for the other. Clock readings (measured speeds) are
listed in the manifest but stand outside the digest, which therefore does not change from run to run.

Knows nothing about what the files mean.
"""

from __future__ import annotations

import errno
import fcntl
import hashlib
import json
import os
import platform
import shutil
import sys
import time
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any, Protocol

from pydantic import BaseModel, ConfigDict, ValidationError

from bedside import __version__
from bedside.console import is_main_process, say
from bedside.errors import ArtifactError, BedsideError

__all__ = [
    "Artifact",
    "Draft",
    "FileEntry",
    "Input",
    "Manifest",
    "Plan",
    "cache_dir",
    "damages",
    "find",
    "folder_digest",
    "open_artifact",
    "write",
]

MANIFEST = "manifest.json"
WAIT_S = 0.2
RECORDED_PACKAGES = ("torch", "transformers", "trl", "peft", "numpy", "polars", "xllamacpp")


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
    """One file of an artifact; `clock` marks a file of clock readings, outside the digest."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    path: str
    bytes: int
    sha256: str
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


@dataclass
class Draft:
    """An artifact being made: write its files under `path`."""

    path: Path
    clocks: set[str] = field(default_factory=set[str])

    def clock(self, *names: str) -> None:
        """Declare files that hold clock readings and so stand outside the digest."""
        self.clocks.update(names)


def cache_dir() -> Path:
    """Return the user cache: `$BEDSIDE_CACHE`, or the platform's usual place."""
    from platformdirs import user_cache_path

    chosen = os.environ.get("BEDSIDE_CACHE")
    return Path(chosen) if chosen else user_cache_path("bedside")


def open_artifact(path: Path, kind: str | None = None) -> Artifact:
    """Open a finished artifact.

    The manifest's seal and each file's presence and size are checked; `damages` reads every byte.

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
        raise _altered(path, "manifest.json is not a bedside manifest") from error
    if manifest.sealed().seal != manifest.seal:
        raise _altered(path, "manifest.json was edited after it was written")
    for entry in manifest.files:
        found = path / entry.path
        if not found.is_file():
            raise _altered(path, f"{entry.path} is gone")
        if found.stat().st_size != entry.bytes:
            raise _altered(path, f"{entry.path} has {found.stat().st_size} bytes instead of {entry.bytes}")
    if kind is not None and manifest.kind != kind:
        raise ArtifactError(
            f"{path} holds a {manifest.kind!r}, but a {kind!r} is needed.",
            fix=f"give the folder of a {kind!r}; `bedside show {path}` tells what this one is",
        )
    return Artifact(path, manifest)


def find(out_dir: Path, plan: Plan) -> Artifact | None:
    """Return the finished artifact at `out_dir` if it was made from `plan`.

    Raises:
        ArtifactError: an artifact is there but was altered.
    """
    if not (out_dir / MANIFEST).is_file():
        return None
    artifact = open_artifact(out_dir)
    return artifact if artifact.key == plan.key else None


def write(
    out_dir: Path,
    plan: Plan,
    work: Callable[[Draft], Mapping[str, Any] | None],
    *,
    resume: bool = False,
    collective: bool = False,
) -> Artifact:
    """Return the artifact at `out_dir` made from `plan`, making it where it is not there yet.

    An artifact of another plan at `out_dir` is not deleted but set aside as `out.superseded-<key>`.

    Args:
        out_dir: the artifact's folder.
        plan: what it is made from.
        work: writes the files into its draft and returns figures for the manifest.
        resume: continue in an interrupted run's folder instead of starting it anew.
        collective: under torchrun every rank runs `work`; otherwise rank 0 does and the others wait.

    Raises:
        ArtifactError: `out_dir` cannot be written, or holds something bedside did not write.
    """
    out_dir = out_dir.absolute()
    if (done := find(out_dir, plan)) is not None:
        return done
    partial = out_dir.with_name(f"{out_dir.name}.partial-{plan.key}")
    if not is_main_process():
        return _follow(out_dir, plan, work if collective else None, partial)
    with _writer(out_dir):
        if (done := find(out_dir, plan)) is not None:
            return done
        if not (partial / MANIFEST).is_file():
            if not resume:
                shutil.rmtree(partial, ignore_errors=True)
            _make(partial, out_dir, plan, work)
        _put_in_place(partial, out_dir)
    return open_artifact(out_dir, plan.kind)


def damages(artifact: Artifact) -> tuple[str, ...]:
    """Read every byte of `artifact` and return what differs from its manifest, in words."""
    found = [
        f"{entry.path} was altered"
        for entry in artifact.manifest.files
        if _sha256(artifact.path / entry.path) != entry.sha256
    ]
    listed = {entry.path for entry in artifact.manifest.files} | {MANIFEST}
    found += [f"{name} was added" for name in _names(artifact.path) if name not in listed]
    if _digest(artifact.manifest.files) != artifact.digest:
        found.append("the digest does not follow from the files")
    return tuple(found)


def folder_digest(folder: Path) -> str:
    """Return the digest of a folder that is no artifact, such as a model downloaded by hand."""
    return _digest(tuple(_entry(folder, name, clock=False) for name in _names(folder)))


def _make(
    partial: Path, out_dir: Path, plan: Plan, work: Callable[[Draft], Mapping[str, Any] | None]
) -> None:
    """Do the work in `partial` and seal it: hash the files, write the manifest last."""
    draft = Draft(partial)
    started = time.monotonic()
    try:
        partial.mkdir(parents=True, exist_ok=True)
        figures = dict(work(draft) or {})
        files = tuple(_entry(partial, name, clock=name in draft.clocks) for name in _names(partial))
        manifest = Manifest(
            kind=plan.kind,
            stage=plan.stage,
            version=plan.version,
            key=plan.key,
            digest=_digest(files),
            config=dict(plan.config),
            inputs=dict(plan.inputs),
            files=files,
            figures=figures,
            environment=_environment(),
            created=datetime.now(UTC).isoformat(timespec="seconds"),
            seconds=round(time.monotonic() - started, 3),
        )
        text = json.dumps(manifest.sealed().model_dump(mode="json"), indent=1, sort_keys=True)
        _write_durably(partial / MANIFEST, text + "\n")
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise BedsideError(
                f"The disk is full: {out_dir.name} could not be finished in {partial}.",
                fix="free space (`bedside prune` helps) and run the same command again",
            ) from error
        raise


def _put_in_place(partial: Path, out_dir: Path) -> None:
    if out_dir.is_dir():
        if (out_dir / MANIFEST).is_file():
            aside = out_dir.with_name(f"{out_dir.name}.superseded-{open_artifact(out_dir).key}")
            shutil.rmtree(aside, ignore_errors=True)
            out_dir.rename(aside)
        else:
            out_dir.rmdir()
    partial.rename(out_dir)


def _follow(
    out_dir: Path,
    plan: Plan,
    work: Callable[[Draft], Mapping[str, Any] | None] | None,
    partial: Path,
) -> Artifact:
    """Rank 1 and up: take part in collective work, then wait until rank 0 has sealed it."""
    while not partial.is_dir():
        if (done := find(out_dir, plan)) is not None:
            return done
        time.sleep(WAIT_S)
    if work is not None:
        work(Draft(partial))
    while (done := find(out_dir, plan)) is None:
        time.sleep(WAIT_S)
    return done


@contextmanager
def _writer(out_dir: Path) -> Generator[None]:
    """Hold the right to write `out_dir`; a second process says that it waits."""
    if (
        out_dir.exists()
        and not (out_dir / MANIFEST).is_file()
        and (out_dir.is_file() or any(out_dir.iterdir()))
    ):
        raise ArtifactError(
            f"{out_dir} already holds files that bedside did not write.",
            fix="choose another --out, or empty that folder",
        )
    try:
        out_dir.parent.mkdir(parents=True, exist_ok=True)
        lock = (out_dir.parent / f".{out_dir.name}.lock").open("a+", encoding="utf-8")
    except OSError as error:
        raise ArtifactError(
            f"Cannot write to {out_dir.parent}: {error.strerror}.",
            fix="choose a folder you may write to with --out",
        ) from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            say(f"Another process ({lock.read().strip() or 'unknown'}) is writing {out_dir}; waiting for it.")
            fcntl.flock(lock, fcntl.LOCK_EX)
        lock.truncate(0)
        lock.write(f"pid {os.getpid()}")
        lock.flush()
        yield


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


def _entry(folder: Path, name: str, *, clock: bool) -> FileEntry:
    file = folder / name
    return FileEntry(path=name, bytes=file.stat().st_size, sha256=_sha256(file), clock=clock)


def _sha256(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _digest(files: tuple[FileEntry, ...]) -> str:
    return hashlib.sha256(_canonical([[e.path, e.sha256] for e in files if not e.clock])).hexdigest()


def _canonical(value: object) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def _environment() -> dict[str, str]:
    packages = {name: version(name) for name in RECORDED_PACKAGES if name in sys.modules}
    return {
        "bedside": __version__,
        "python": platform.python_version(),
        "platform": platform.platform(),
        "cores": str(os.cpu_count()),
        **packages,
    }


def _write_durably(file: Path, text: str) -> None:
    temporary = file.with_suffix(".tmp")
    with temporary.open("w", encoding="utf-8", newline="\n") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())
    temporary.rename(file)
