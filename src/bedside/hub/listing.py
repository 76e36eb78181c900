"""What a repository holds at a revision, and which of its files are wanted.

Parses the Hub's answers and chooses; downloads no file.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import PurePosixPath, PureWindowsPath
from typing import Any, TypeVar
from urllib.parse import quote

import httpx
from pydantic import BaseModel, Field, TypeAdapter, ValidationError

from bedside.console import say
from bedside.errors import ArtifactError
from bedside.hub.client import Repo, get, not_a_hub

__all__ = ["Entry", "Revision", "is_commit", "read_listing", "read_revision", "select"]

MODEL_SUFFIXES = frozenset({".safetensors", ".json", ".model", ".jinja", ".txt", ".md"})
PICKLED_WEIGHTS = "pytorch_model*.bin"
REFUSED_OF_DATASETS = frozenset(
    {".bin", ".pt", ".pth", ".pkl", ".pickle", ".ckpt", ".joblib"}  # pickles
    | {".py", ".sh", ".so", ".dll", ".exe", ".bat", ".ps1"}  # programs
)
LEGAL = ("LICENSE", "LICENCE", "NOTICE", "COPYING", "USE_POLICY")
NOT_CONTENT = frozenset({".gitattributes", "manifest.json"})
"""git's own file, and the name under which bedside writes what it downloaded."""

_COMMIT = re.compile(r"[0-9a-f]{40}")
_T = TypeVar("_T")


class Card(BaseModel):
    """The part of a repository's card that says under what terms its files stand."""

    license: str | list[str] | None = None
    license_name: str | None = None
    license_link: str | None = None


class Revision(BaseModel):
    """The commit a revision stands for; `gated` is false or how access is granted."""

    sha: str
    gated: bool | str = False
    card: Card | None = Field(default=None, alias="cardData")

    def terms(self) -> dict[str, Any]:
        """Return gating, and the licence as far as it is stated, for the manifest."""
        return {"gated": self.gated, **(self.card or Card()).model_dump(exclude_none=True)}


class Lfs(BaseModel):
    """A large file's sha256."""

    oid: str


class Entry(BaseModel):
    """One line of the listing: `oid` is git's hash of the file, or of the pointer to a large one."""

    type: str
    path: str
    size: int = 0
    oid: str = ""
    lfs: Lfs | None = None


def is_commit(revision: str) -> bool:
    """Tell whether `revision` is a full commit, which always stands for the same files."""
    return _COMMIT.fullmatch(revision) is not None


def read_revision(client: httpx.Client, repo: Repo, revision: str) -> Revision:
    """Ask the Hub for which commit `revision` stands.

    Raises:
        ArtifactError: there is no such repository or revision, or it may not be seen.
    """
    url = f"{repo.api}/revision/{quote(revision, safe='')}"
    response = get(client, repo, url, missing=f"revision {revision!r}")
    found = _parse(repo, TypeAdapter(Revision), response.content)
    if not is_commit(found.sha):
        raise not_a_hub(repo)
    return found


def read_listing(client: httpx.Client, repo: Repo, commit: str) -> list[Entry]:
    """Ask the Hub for every file at `commit`, page by page.

    Raises:
        ArtifactError: a file's name would lead out of the folder it is put into.
    """
    entries: list[Entry] = []
    url: str | None = f"{repo.api}/tree/{commit}?recursive=true"
    while url is not None:
        response = get(client, repo, url)
        entries += _parse(repo, TypeAdapter(list[Entry]), response.content)
        url = response.links.get("next", {}).get("url")
    files = [entry for entry in entries if entry.type == "file"]
    for file in files:
        if not _is_safe(file.path):
            raise ArtifactError(
                f"{repo.name} holds a file with the unsafe name {file.path!r}.",
                fix="do not use this repository",
            )
    return files


def select(repo: Repo, files: Sequence[Entry]) -> list[Entry]:
    """Choose the files to download: weights, configuration and texts, or a data set's data.

    Raises:
        ArtifactError: there is nothing in a form that bedside reads.
    """
    kept = [file for file in files if file.path not in NOT_CONTENT]
    wanted = _model_files(repo, kept) if repo.kind == "model" else _data_files(kept)
    if not wanted:
        found = ", ".join(sorted({_suffix(file) for file in files} - {""})) or "nothing"
        need = "weights in safetensors form" if repo.kind == "model" else "data files"
        raise ArtifactError(
            f"{repo.name} holds no {need}, only {found}.", fix=f"look at {repo.page} for another repository"
        )
    left_out = len(kept) - len(wanted)
    if left_out:
        say(f"{left_out} files of {repo.name} are left out: programs, pickles or other forms of the weights.")
    return wanted


def _model_files(repo: Repo, files: Sequence[Entry]) -> list[Entry]:
    weights = [file for file in files if _suffix(file) == ".safetensors"]
    if not weights:
        weights = [file for file in files if PurePosixPath(file.path).match(PICKLED_WEIGHTS)]
        if not weights:
            return []
        say(f"{repo.name} has no safetensors weights; its pickled ones are taken.")
    chosen = {file.path for file in weights}
    return [
        file
        for file in files
        if file.path in chosen
        or _suffix(file) in MODEL_SUFFIXES
        or PurePosixPath(file.path).name.startswith(LEGAL)
    ]


def _data_files(files: Sequence[Entry]) -> list[Entry]:
    return [file for file in files if _suffix(file) not in REFUSED_OF_DATASETS]


def _suffix(file: Entry) -> str:
    return PurePosixPath(file.path).suffix.lower()


def _is_safe(path: str) -> bool:
    parts = path.split("/")
    return not ("\\" in path or PureWindowsPath(path).drive or {"", ".", ".."} & set(parts))


def _parse(repo: Repo, form: TypeAdapter[_T], content: bytes) -> _T:
    try:
        return form.validate_json(content)
    except ValidationError as error:
        raise not_a_hub(repo) from error
