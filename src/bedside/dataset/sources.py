"""Every kind of source under one name: what there is to do, and doing it.

Each kind stands in a module of its own; here is only which is which. Knows nothing about the split.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from bedside.artifact import open_artifact
from bedside.console import progress
from bedside.dataset import ecg, imports, joined, recordings, synthetic
from bedside.dataset.config import (
    DatasetConfig,
    DatasetFolder,
    ExamplesFile,
    Source,
    SyntheticEcg,
    SyntheticVitals,
    VitalsFolder,
)
from bedside.dataset.ecg.config import EcgSource
from bedside.dataset.gathered import Gathered
from bedside.dataset.imports import UNPACKED, ImportSource, TextSource
from bedside.dataset.own_examples import digest_own, read_own
from bedside.errors import DataError

__all__ = ["UNPACKED", "Chunk", "chunks", "gather", "prepare", "source_digests"]


@dataclass(frozen=True)
class OwnFile:
    """A file of examples, which is one piece: every line is checked against all others."""

    path: Path


Chunk = (
    synthetic.SyntheticChunk
    | recordings.RecordingsChunk
    | ecg.EcgChunk
    | joined.JoinedChunk
    | imports.ImportChunk
    | OwnFile
)


def chunks(source: Source, *, seed: tuple[int, ...]) -> tuple[Chunk, ...]:
    """Cut a source into pieces that can be worked on in any order, by any process.

    Raises:
        DataError: the source cannot be read or holds nothing.
    """
    match source:
        case SyntheticEcg() | SyntheticVitals():
            return synthetic.chunks(source, seed=seed)
        case VitalsFolder():
            return recordings.chunks(source)
        case EcgSource():
            return ecg.chunks(source, seed=seed)
        case DatasetFolder():
            return joined.chunks(source)
        case ExamplesFile():
            return (OwnFile(source.path),)
        case _:
            return imports.chunks(source)


def prepare(source: Source, *, folder: Path) -> Source:
    """Unpack what a source has packed, once, below `folder/UNPACKED`; return the source as `chunks` wants it.

    Raises:
        DataError: a file does not exist, or is damaged.
    """
    if isinstance(source, ImportSource | TextSource):
        return imports.prepare(source, folder=folder)
    return source


def gather(chunk: Chunk, *, folder: Path) -> Gathered:
    """Turn one piece into examples; pictures are written below `folder/images`.

    Raises:
        DataError: the piece as a whole cannot be read.
    """
    match chunk:
        case synthetic.SyntheticChunk():
            return synthetic.gather(chunk, folder=folder)
        case recordings.RecordingsChunk():
            return recordings.gather(chunk)
        case ecg.EcgChunk():
            return ecg.gather(chunk, folder=folder)
        case joined.JoinedChunk():
            return joined.gather(chunk, folder=folder)
        case OwnFile():
            return Gathered(read_own(chunk.path, into=folder))
        case _:
            return imports.gather(chunk, folder=folder)


def source_digests(config: DatasetConfig) -> dict[str, str]:
    """Return what identifies the content of every file that `config` reads, source by source."""
    digests: dict[str, str] = {}
    for number, source in enumerate(config.sources):
        name = f"sources.{number}"
        match source:
            case SyntheticEcg() | SyntheticVitals():
                continue
            case DatasetFolder():
                digests[name] = open_artifact(source.path, "dataset").digest
            case ExamplesFile():
                if source.path.is_file():
                    digests[name] = digest_own(source.path)
            case _:
                digests[name] = _content_digest(source.paths)
    return digests


def _content_digest(paths: tuple[Path, ...]) -> str:
    """Hash the names and bytes of files, and of all files below folders.

    Raises:
        DataError: a path does not exist.
    """
    digest = hashlib.sha256()
    files = [(path, file) for path in paths for file in _files(path)]
    with progress("hashing the sources", total=len(files)) as bar:
        for path, file in files:
            name = file.relative_to(path).as_posix() if path.is_dir() else file.name
            with file.open("rb") as stream:
                digest.update(
                    f"{name}\0{hashlib.file_digest(stream, 'sha256').hexdigest()}\n".encode(
                        "utf-8", "surrogateescape"
                    )
                )
            bar.advance()
    return digest.hexdigest()


def _files(path: Path) -> list[Path]:
    if not path.exists():
        raise DataError("no such file or folder", file=path, fix="check the path")
    if path.is_file():
        return [path]
    return sorted(file for file in path.rglob("*") if file.is_file())
