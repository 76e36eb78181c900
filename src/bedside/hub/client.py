"""One repository on the Hub, requests to it, and what its refusals mean.

`HF_TOKEN` goes to the Hub alone: httpx drops it when the Hub redirects to another host.
"""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from typing import Literal
from urllib.parse import quote

import httpx

from bedside.errors import ArtifactError

__all__ = [
    "RETRY_WAITS_S",
    "Kind",
    "Repo",
    "check_status",
    "get",
    "not_a_hub",
    "open_client",
    "open_repo",
    "unreachable",
]

Kind = Literal["model", "dataset"]

HUB = "https://huggingface.co"
TOKENS_PAGE = f"{HUB}/settings/tokens"
UNAUTHORIZED, FORBIDDEN, NOT_FOUND = 401, 403, 404
RETRY_WAITS_S = (1.0, 2.0, 4.0, 8.0, 16.0)
"""Seconds before each new attempt; the count starts again whenever bytes have arrived."""
BUSY = frozenset({408, 429, 500, 502, 503, 504})
"""Answers after which another attempt may succeed."""


@dataclass(frozen=True)
class Repo:
    """One repository on one Hub."""

    kind: Kind
    name: str
    endpoint: str

    @property
    def page(self) -> str:
        """The page on which its terms are read and accepted."""
        return f"{HUB}/{self._path}"

    @property
    def api(self) -> str:
        """Where its revisions and listings are asked for."""
        return f"{self.endpoint}/api/{self.kind}s/{self.name}"

    @property
    def command(self) -> str:
        """The command that pulls it."""
        return f"bedside pull {self.kind} {self.name}"

    def file_url(self, commit: str, path: str) -> str:
        """Where one of its files is downloaded from."""
        return f"{self.endpoint}/{self._path}/resolve/{commit}/{quote(path)}"

    @property
    def _path(self) -> str:
        return self.name if self.kind == "model" else f"datasets/{self.name}"


def open_repo(kind: Kind, name: str, endpoint: str | None) -> Repo:
    """Return the repository at `endpoint`, `$HF_ENDPOINT` or the public Hub.

    Raises:
        ArtifactError: the address is not one.
    """
    address = (endpoint or os.environ.get("HF_ENDPOINT") or HUB).rstrip("/")
    if not address.startswith(("https://", "http://")):
        raise ArtifactError(
            f"The Hub's address {address!r} is not a web address.", fix=f"export HF_ENDPOINT={HUB}"
        )
    return Repo(kind, name, address)


def open_client() -> httpx.Client:
    """Return a client that sends `HF_TOKEN` and asks for bytes as they are, not compressed."""
    headers = {"Accept-Encoding": "identity"}
    if _token():
        headers["Authorization"] = f"Bearer {_token()}"
    return httpx.Client(headers=headers, timeout=httpx.Timeout(30, connect=15), follow_redirects=True)


def get(client: httpx.Client, repo: Repo, url: str, *, missing: str = "") -> httpx.Response:
    """Ask for a small answer; a busy Hub is asked again, a cut cable is reported at once.

    Args:
        client: the client.
        repo: what is asked about.
        url: the address.
        missing: what "not found" means other than the whole repository, for example "a revision".

    Raises:
        ArtifactError: not found, not allowed or not reachable.
    """
    failures = 0
    while True:
        try:
            response = client.get(url)
            check_status(repo, response, missing=missing)
        except httpx.HTTPStatusError as error:
            if failures == len(RETRY_WAITS_S):
                raise unreachable(repo, error) from error
            time.sleep(RETRY_WAITS_S[failures])
            failures += 1
        except httpx.HTTPError as error:
            raise unreachable(repo, error) from error
        else:
            return response


def check_status(repo: Repo, response: httpx.Response, *, missing: str = "") -> None:
    """Raise what an answer other than success means.

    Raises:
        ArtifactError: not found or not allowed.
        httpx.HTTPStatusError: the Hub is busy; worth another attempt.
    """
    if response.is_success:
        return
    status, code = response.status_code, response.headers.get("X-Error-Code", "")
    if status in BUSY:
        response.raise_for_status()
    if code == "GatedRepo":
        raise _gated(repo)
    if status == NOT_FOUND and missing and code != "RepoNotFound":
        raise ArtifactError(f"{repo.name} has no {missing}.", fix=f"look at {repo.page}")
    if status in {UNAUTHORIZED, FORBIDDEN, NOT_FOUND}:
        account = "the account of HF_TOKEN may not see it" if _token() else "HF_TOKEN is not set"
        raise ArtifactError(
            f"The Hub shows no {repo.kind} {repo.name!r}: the name is wrong, or it is private and {account}.",
            fix=f"look at {repo.page}, or export HF_TOKEN with a token from {TOKENS_PAGE}",
        )
    raise ArtifactError(
        f"The Hub answered {status} to {response.url}.", fix=f"try again later: {repo.command}"
    )


def unreachable(repo: Repo, reason: Exception | None) -> ArtifactError:
    """Say that the Hub does not answer, or sends no more bytes."""
    why = "it sends no more bytes" if reason is None else f"{type(reason).__name__}: {reason}"
    return ArtifactError(
        f"The Hub at {repo.endpoint} cannot be reached ({why}).",
        fix=f"check the network and run `{repo.command}` again; it goes on where it stopped",
    )


def not_a_hub(repo: Repo) -> ArtifactError:
    """Say that something else than the Hub answered."""
    return ArtifactError(
        f"{repo.endpoint} did not answer as the Hub does.",
        fix="check HF_ENDPOINT, and whether a proxy or a login page stands between here and the Hub",
    )


def _gated(repo: Repo) -> ArtifactError:
    if _token():
        missing, how = "The account of HF_TOKEN has not been granted it.", " with that account"
    else:
        missing, how = "HF_TOKEN is not set.", f", export HF_TOKEN with a token from {TOKENS_PAGE}"
    return ArtifactError(
        f"Access to {repo.name} is gated. {missing}",
        fix=f"accept the terms at {repo.page}{how}, then run `{repo.command}` again",
    )


def _token() -> str:
    return os.environ.get("HF_TOKEN", "").strip()
