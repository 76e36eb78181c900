"""`bedside show`, `doctor`, `prune`, `pull` and `toolchain install`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from bedside.artifact import MANIFEST, Artifact, cache_dir, damages, open_artifact
from bedside.cli.output import Json, print_artifact, print_json, print_table
from bedside.console import say
from bedside.errors import ArtifactError

NoFlag = Parameter(negative="")


def show(path: Path, *, verify: Annotated[bool, NoFlag] = False, as_json: Json = False) -> None:
    """Show an artifact, or the artifacts of a run.

    Args:
        path: the folder of an artifact or of a run.
        verify: read every byte and compare it with the manifest; exits with 1 where something was altered.
    """
    if (path / MANIFEST).is_file() or not _artifacts(path):
        artifact = open_artifact(path)
        _require_intact([artifact], verify=verify)
        print_artifact(artifact, as_json=as_json)
        return
    artifacts = _artifacts(path)
    _require_intact(artifacts, verify=verify)
    rows = [
        {
            "artifact": artifact.path.name,
            "kind": artifact.kind,
            "digest": artifact.digest[:12],
            "bytes": sum(entry.bytes for entry in artifact.manifest.files),
            "seconds": artifact.manifest.seconds,
        }
        for artifact in artifacts
    ]
    if as_json:
        print_json(rows)
    else:
        print_table(rows, title=str(path))


def doctor(*, as_json: Json = False) -> None:
    """Tell what this machine has, and how to get what it lacks."""
    from bedside.doctor import examine

    rows = [vars(finding) for finding in examine()]
    if as_json:
        print_json(rows)
    else:
        print_table(rows)


def prune(
    path: Path | None = None,
    *,
    intermediate: Annotated[bool, NoFlag] = False,
    dry_run: Annotated[bool, NoFlag] = False,
    as_json: Json = False,
) -> None:
    """Free what can be made again: interrupted and superseded artifacts.

    Args:
        path: a run; without it, the user cache.
        intermediate: also the merged model and the f16 files that the quantized files were made from, unless
            these need the projector among them.
        dry_run: only tell.
    """
    from bedside.prune import prune as free

    folder = path if path is not None else cache_dir()
    found = path is not None or folder.is_dir()  # a cache that nothing was put into yet is no mistake
    rows = [
        {"folder": str(item.path), "bytes": item.bytes, "why": item.why}
        for item in (free(folder, intermediate=intermediate, dry_run=dry_run) if found else ())
    ]
    if as_json:
        print_json(rows)
    elif rows:
        print_table(rows, title="would be freed" if dry_run else "freed")
    else:
        say(f"Nothing to free in {folder}.")


def pull(
    kind: Literal["model", "dataset"],
    name: str,
    *,
    revision: str = "main",
    out: Path | None = None,
    as_json: Json = False,
) -> None:
    """Fetch a model or data set from the Hub, pinned to its commit.

    Args:
        kind: what to fetch.
        name: its name on the Hub, OWNER/NAME.
        revision: a branch, tag or commit.
        out: where to put it; without it, the user cache, where every command finds it by name.
    """
    from bedside.hub import pull as fetch

    print_artifact(fetch(kind, name, revision=revision, out_dir=out), as_json=as_json)


def install_toolchain(
    *,
    backend: Literal["cpu", "cuda", "metal", "vulkan"] | None = None,
    server: Annotated[bool, NoFlag] = False,
    as_json: Json = False,
) -> None:
    """Build the llama.cpp tools (imatrix, quantize, perplexity, bench, tokenize) once, into the user cache.

    Args:
        backend: what to build for; detected where it is not given.
        server: build llama-server too (takes about twice as long).
    """
    from bedside.llamacpp.toolchain import install

    toolchain = install(backend=backend, server=server)
    if as_json:
        print_json({name: str(value) for name, value in vars(toolchain).items()})
    else:
        say(f"llama.cpp tools: {toolchain.folder}")


def _artifacts(path: Path) -> list[Artifact]:
    folders = sorted(path.iterdir()) if path.is_dir() else []
    found = [open_artifact(f) for f in folders if (f / MANIFEST).is_file() and ".superseded-" not in f.name]
    return sorted(found, key=lambda artifact: artifact.manifest.created)


def _require_intact(artifacts: list[Artifact], *, verify: bool) -> None:
    problems = [f"{a.path.name}: {damage}" for a in artifacts if verify for damage in damages(a)]
    if problems:
        raise ArtifactError(
            f"{len(problems)} differences from the manifests:\n  " + "\n  ".join(problems),
            fix="remove the altered artifacts and run the commands that made them again",
        )
