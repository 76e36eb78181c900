"""Bring files from the Hub to a folder: forecast, download, go on where it was cut, compare hashes.

The bytes so far of `NAME` lie in `NAME.partial`; only a file whose hash is right gets its name.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import httpx

from bedside.console import ProgressBar, progress, say
from bedside.disk import require_space
from bedside.errors import ArtifactError
from bedside.hub.client import RETRY_WAITS_S, Repo, check_status, unreachable
from bedside.hub.listing import Entry

__all__ = ["download_all"]

PARTIAL_CONTENT = 206

_MB = 1e6
_CHUNK_BYTES = 1 << 20


def download_all(client: httpx.Client, repo: Repo, commit: str, files: Sequence[Entry], folder: Path) -> None:
    """Download `files` into `folder`; those already there and right are kept.

    Raises:
        BedsideError: the disk has too little room.
        ArtifactError: not allowed, not reachable, or a wrong hash.
    """
    missing = [file for file in files if not _is_right(folder / file.path, file)]
    left = sum(max(file.size - _bytes(_partial(folder, file)), 0) for file in missing)
    require_space(folder, left, what=f"pulling {repo.name}")
    total = sum(file.size for file in files)
    say(
        f"{repo.name} at commit {commit[:12]}: {len(files)} files, {_words(total)}, "
        f"{_words(left)} of it still to download"
    )
    with progress(f"Pulling {repo.name} (MB)", round(left / _MB, 3)) as bar:
        for file in missing:
            url = repo.file_url(commit, file.path)
            _fetch(_Transfer(client, repo, url, _partial(folder, file), file.size), bar)
            _accept(repo, _partial(folder, file), folder / file.path, file)


@dataclass(frozen=True)
class _Transfer:
    """One file on its way: from `url` to `partial`, which has arrived when it has `size` bytes."""

    client: httpx.Client
    repo: Repo
    url: str
    partial: Path
    size: int


def _fetch(transfer: _Transfer, bar: ProgressBar) -> None:
    """Download one file, going on where it ends, however often the line is cut."""
    partial = transfer.partial
    partial.parent.mkdir(parents=True, exist_ok=True)
    if _bytes(partial) > transfer.size:
        partial.unlink()
    partial.touch()
    failures = 0
    while (done := _bytes(partial)) < transfer.size:
        reason = _append(transfer, done, bar)
        if _bytes(partial) >= transfer.size:
            return
        failures = 1 if _bytes(partial) > done else failures + 1
        if failures > len(RETRY_WAITS_S):
            raise unreachable(transfer.repo, reason) from reason
        time.sleep(RETRY_WAITS_S[failures - 1])


def _append(transfer: _Transfer, done: int, bar: ProgressBar) -> httpx.HTTPError | None:
    """Add what the Hub sends to the `done` bytes that are here; return why it stopped, if it was cut."""
    headers = {"Range": f"bytes={done}-"} if done else {}
    try:
        with transfer.client.stream("GET", transfer.url, headers=headers) as response:
            check_status(transfer.repo, response, missing="such file any more")
            goes_on = response.status_code == PARTIAL_CONTENT
            with transfer.partial.open("ab" if goes_on else "wb") as file:
                for chunk in response.iter_bytes():
                    file.write(chunk)
                    bar.advance(len(chunk) / _MB)
    except httpx.HTTPError as error:
        return error
    return None


def _accept(repo: Repo, partial: Path, path: Path, entry: Entry) -> None:
    """Give a downloaded file its name if its bytes are those the Hub lists, else remove it."""
    if not _is_right(partial, entry):
        partial.unlink()
        raise ArtifactError(
            f"{entry.path} of {repo.name} came with another hash than the Hub lists; it was removed.",
            fix=f"run `{repo.command}` again; if it comes back, something on the way alters files",
        )
    partial.replace(path)


def _is_right(path: Path, entry: Entry) -> bool:
    """Tell whether the file has the size and the hash of `entry`: sha256 if large, else git's own."""
    if not path.is_file() or path.stat().st_size != entry.size:
        return False
    with path.open("rb") as stream:
        if entry.lfs is not None:
            return hashlib.file_digest(stream, "sha256").hexdigest() == entry.lfs.oid
        digest = hashlib.sha1(b"blob %d\0" % entry.size, usedforsecurity=False)
        while chunk := stream.read(_CHUNK_BYTES):
            digest.update(chunk)
    return digest.hexdigest() == entry.oid


def _partial(folder: Path, entry: Entry) -> Path:
    return folder / f"{entry.path}.partial"


def _bytes(path: Path) -> int:
    return path.stat().st_size if path.is_file() else 0


def _words(count: int) -> str:
    return f"{count / 1e9:.2f} GB" if count >= 1e9 else f"{count / _MB:.2f} MB"
