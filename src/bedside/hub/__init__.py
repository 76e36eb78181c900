"""Download a model or a data set from the Hugging Face Hub, once, whole and checked.

The only package that talks to the Hub. A download is pinned to the commit that the revision stood for. It
goes on where it was cut, also after the process was killed, and every file is compared with the hash in the
Hub's own listing before it counts as there. Nothing is sent but these requests.

The library `huggingface_hub` is not used: it starts a file that was cut again from zero, and compares only
its size. This package knows nothing of what the files mean.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any
from urllib.parse import quote

from bedside.artifact import Artifact, Draft, Plan, cache_dir, open_artifact, write
from bedside.console import say
from bedside.errors import ArtifactError
from bedside.hub.client import Kind, open_client, open_repo
from bedside.hub.download import download_all
from bedside.hub.listing import is_commit, read_listing, read_revision, select

__all__ = ["Kind", "find_pulled", "pull", "require_pulled"]

STAGE, VERSION = "pull", 1
ARTIFACT_KINDS = {"model": "model", "dataset": "dataset-source"}

_NAME = re.compile(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*")


def pull(
    kind: Kind,
    name: str,
    *,
    revision: str = "main",
    out_dir: Path | None = None,
    endpoint: str | None = None,
) -> Artifact:
    """Download a repository of the Hub into an artifact pinned to its commit.

    Of a model come the safetensors weights, configuration, tokenizer and texts; pickled weights only where
    there are no others. Of a data set comes everything but programs and pickles. `HF_TOKEN` is sent where it
    is set. A finished download is returned as it is; a commit that is already here opens no socket.

    Args:
        kind: `model` or `dataset`.
        name: `owner/repo`.
        revision: a branch, a tag or a full commit.
        out_dir: where to put it; `None` puts it into the cache, where `find_pulled` finds it.
        endpoint: the Hub's address; `None` means `$HF_ENDPOINT`, else the public one.

    Raises:
        ArtifactError: not found, not allowed, not reachable, or a wrong hash.
        BedsideError: the disk has too little room.
    """
    _check_name(kind, name)
    if out_dir is None and is_commit(revision) and (done := find_pulled(name, revision, kind=kind)):
        return open_artifact(done, ARTIFACT_KINDS[kind])
    repo = open_repo(kind, name, endpoint)
    with open_client() as client:
        found = read_revision(client, repo, revision)

        def work(draft: Draft) -> dict[str, Any]:
            files = select(repo, read_listing(client, repo, found.sha))
            download_all(client, repo, found.sha, files, draft.path)
            return {"page": repo.page, **found.terms()}

        plan = Plan(
            kind=ARTIFACT_KINDS[kind],
            stage=STAGE,
            version=VERSION,
            config={"name": name, "commit": found.sha},
            inputs={},
        )
        artifact = write(out_dir or _folder(kind, name) / found.sha, plan, work, resume=True)
    if out_dir is None:
        _remember(_folder(kind, name), revision, found.sha)
    if found.gated:
        say(f"{name} stands under the terms at {repo.page}, and so does what is made from it.")
    return artifact


def find_pulled(name: str, revision: str | None = None, *, kind: Kind = "model") -> Path | None:
    """Return the folder of a repository that was pulled into the cache before; opens no socket.

    Args:
        name: `owner/repo`; anything else is found nowhere.
        revision: a branch, a tag or a full commit; `None` means `main`, else the only one that was pulled.
        kind: `model` or `dataset`.
    """
    if _NAME.fullmatch(name) is None:
        return None
    folder = _folder(kind, name)
    pulled = {file.parent.name: file.parent for file in folder.glob("*/manifest.json")}
    pulled = {commit: path for commit, path in pulled.items() if is_commit(commit)}
    if revision is not None and is_commit(revision):
        return pulled.get(revision)
    reference = _reference(folder, revision or "main")
    if reference.is_file():
        return pulled.get(reference.read_text(encoding="utf-8").strip())
    only = list(pulled.values())
    return only[0] if revision is None and len(only) == 1 else None


def require_pulled(name: str, revision: str | None = None, *, kind: Kind = "model") -> Path:
    """Return the folder of a repository that was pulled into the cache before; opens no socket.

    Raises:
        ArtifactError: it was not; names the command that does it.
    """
    _check_name(kind, name)
    path = find_pulled(name, revision, kind=kind)
    if path is None:
        where, option = (f" at {revision!r}", f" --revision {revision}") if revision else ("", "")
        raise ArtifactError(
            f"The {kind} {name!r}{where} is not on this machine.", fix=f"bedside pull {kind} {name}{option}"
        )
    return path


def _check_name(kind: Kind, name: str) -> None:
    if _NAME.fullmatch(name) is None:
        raise ArtifactError(
            f"{name!r} is not the name of a {kind} on the Hub.",
            fix="give owner/repo, as in `bedside pull model google/medgemma-4b-it`",
        )


def _folder(kind: Kind, name: str) -> Path:
    return cache_dir() / "hub" / f"{kind}s" / name.replace("/", "--")


def _reference(folder: Path, revision: str) -> Path:
    """Return the file that holds the commit for which `revision` stood when it was last pulled."""
    return folder / "refs" / quote(revision, safe="")


def _remember(folder: Path, revision: str, commit: str) -> None:
    reference = _reference(folder, revision)
    reference.parent.mkdir(parents=True, exist_ok=True)
    reference.write_text(commit + "\n", encoding="utf-8", newline="\n")
