"""Make an artifact: in a partial folder, by one writer at a time, sealed at the end."""

from __future__ import annotations

import errno
import fcntl
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
from typing import Any, TextIO

from bedside import __version__
from bedside.artifact.manifest import MANIFEST, Artifact, Manifest, Plan, digest_of, entries, open_artifact
from bedside.console import is_main_process, say
from bedside.errors import ArtifactError, BedsideError

__all__ = ["Draft", "cache_dir", "claimed", "find", "write", "write_json"]

WAIT_S = 0.2
RECORDED_PACKAGES = ("torch", "transformers", "trl", "peft", "numpy", "polars", "xllamacpp")
Work = Callable[["Draft"], Mapping[str, Any] | None]


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
    work: Work,
    *,
    resume: bool = False,
    collective: bool = False,
) -> Artifact:
    """Return the artifact at `out_dir` made from `plan`, making it where it is not there yet.

    An artifact of the same kind but another plan at `out_dir` is not deleted but set aside as
    `out.superseded-<key>`.

    Args:
        out_dir: the artifact's folder.
        plan: what it is made from.
        work: writes the files into its draft and returns figures for the manifest.
        resume: continue in an interrupted run's folder instead of starting it anew.
        collective: under torchrun every rank runs `work`; otherwise rank 0 does and the others wait.

    Raises:
        ArtifactError: `out_dir` cannot be written, or holds what must not be replaced: files that bedside
            did not write, an artifact of another kind, or an input.
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
        _refuse_to_replace(out_dir, plan)
        if not (partial / MANIFEST).is_file():
            if not resume:
                shutil.rmtree(partial, ignore_errors=True)
            _make(partial, out_dir, plan, work)
        _put_in_place(partial, out_dir)
    return open_artifact(out_dir, plan.kind)


def write_json(path: Path, value: object) -> None:
    """Write `value` so that the same value gives the same bytes: sorted keys, UTF-8, lines ended by LF."""
    text = json.dumps(value, indent=1, ensure_ascii=False, sort_keys=True)
    path.write_text(text + "\n", encoding="utf-8", newline="\n")


def _refuse_to_replace(out_dir: Path, plan: Plan) -> None:
    if not (out_dir / MANIFEST).is_file():
        return
    there = open_artifact(out_dir)
    if there.kind != plan.kind or there.digest in plan.inputs.values():
        what = f"a {there.kind!r}" if there.kind != plan.kind else "an input of this very command"
        raise ArtifactError(
            f"{out_dir} holds {what}; a {plan.kind!r} does not replace it.", fix="choose another --out"
        )


def _make(partial: Path, out_dir: Path, plan: Plan, work: Work) -> None:
    """Do the work in `partial` and seal it: hash the files, write the manifest last."""
    draft = Draft(partial)
    started = time.monotonic()
    try:
        partial.mkdir(parents=True, exist_ok=True)
        figures = dict(work(draft) or {})
        files = entries(partial, clocks=frozenset(draft.clocks))
        manifest = Manifest(
            kind=plan.kind,
            stage=plan.stage,
            version=plan.version,
            key=plan.key,
            digest=digest_of(files),
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
    finally:
        if partial.is_dir() and not any(partial.iterdir()):
            partial.rmdir()


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
    work: Work | None,
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
    file = _lock_file(out_dir)
    try:
        out_dir.parent.mkdir(parents=True, exist_ok=True)
        lock = _locked(file, out_dir)
    except OSError as error:
        raise ArtifactError(
            f"Cannot write to {out_dir.parent}: {error.strerror}.",
            fix="choose a folder you may write to with --out",
        ) from error
    with lock:
        try:
            yield
        finally:
            file.unlink(missing_ok=True)


@contextmanager
def claimed(out_dir: Path) -> Generator[bool]:
    """Hold the right to write `out_dir` if no process has it, without waiting; yields whether it was free."""
    file = _lock_file(out_dir)
    left = file.exists()
    with file.open("a+", encoding="utf-8") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        free = _is_same(file, lock)
        try:
            yield free
        finally:
            if free and not left:
                file.unlink(missing_ok=True)


def _lock_file(out_dir: Path) -> Path:
    return out_dir.with_name(f".{out_dir.name}.lock")


def _locked(file: Path, out_dir: Path) -> TextIO:
    """Open `file` and lock it; the lock goes with the process, however that ends."""
    while True:
        lock = file.open("a+", encoding="utf-8")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            say(f"Another process ({lock.read().strip() or 'unknown'}) is writing {out_dir}; waiting for it.")
            fcntl.flock(lock, fcntl.LOCK_EX)
        if _is_same(file, lock):
            lock.truncate(0)
            lock.write(f"pid {os.getpid()}")
            lock.flush()
            return lock
        lock.close()  # the process that held it has removed the file meanwhile


def _is_same(file: Path, opened: TextIO) -> bool:
    """Tell whether `file` is still the one that was opened."""
    try:
        return file.stat().st_ino == os.fstat(opened.fileno()).st_ino
    except FileNotFoundError:
        return False


def _environment() -> dict[str, str]:
    packages = {name: version(name) for name in RECORDED_PACKAGES if name in sys.modules}
    return {
        "bedside": __version__,
        "python": platform.python_version(),
        "platform": platform.platform(),
        "processor": platform.processor() or platform.machine(),
        "cores": str(os.cpu_count()),
        "backend": _backend(),
        **packages,
    }


def _backend() -> str:
    """Name what this machine computes on; which build of llama.cpp was used stands among the inputs."""
    if Path("/proc/driver/nvidia/version").exists():
        return "cuda"
    return "metal" if sys.platform == "darwin" and platform.machine() == "arm64" else "cpu"


def _write_durably(file: Path, text: str) -> None:
    temporary = file.with_suffix(".tmp")
    with temporary.open("w", encoding="utf-8", newline="\n") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())
    temporary.rename(file)
