"""Open files, unpacked where their first bytes say that gzip packed them, whatever they are called."""

from __future__ import annotations

import gzip
import hashlib
import zlib
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from io import BufferedReader
from pathlib import Path

from bedside.errors import DataError

__all__ = ["content_digest", "unpacked"]

_GZIP_MAGIC = b"\x1f\x8b"


@contextmanager
def unpacked(path: Path) -> Generator[BufferedReader | gzip.GzipFile]:
    """Open a file for reading what is packed in it, or it itself.

    Raises:
        DataError: it cannot be opened, or, inside the `with` block, read or unpacked.
    """
    try:
        with path.open("rb") as file:
            is_packed = file.read(len(_GZIP_MAGIC)) == _GZIP_MAGIC
        with gzip.GzipFile(path, "rb") if is_packed else path.open("rb") as file:
            yield file
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(f"cannot be read: {error}", file=path, fix="copy the file again") from error


def content_digest(paths: Sequence[Path]) -> bytes:
    """Return a hash of the files' bytes, each unpacked where it is packed.

    Raises:
        DataError: a file cannot be read to its end.
    """
    digests: list[bytes] = []
    for path in paths:
        with unpacked(path) as file:
            digests.append(hashlib.file_digest(file, "sha256").digest())
    return b"".join(digests)
