"""Read a whole file of bounded size, so that a huge one, or one that never ends, takes no memory."""

from __future__ import annotations

from pathlib import Path

from bedside.errors import DataError

__all__ = ["read_bounded"]


def read_bounded(path: Path, *, most: int, reason: str = "", fix: str) -> bytes:
    """Return the bytes of a file.

    Args:
        path: the file.
        most: bytes it may have.
        reason: why there is a limit, for the error.
        fix: what to do about a larger one.

    Raises:
        DataError: it cannot be read, or is larger.
    """
    try:
        with path.open("rb") as file:
            content = file.read(most + 1)
    except OSError as error:
        raise DataError(
            f"cannot be read: {error.strerror}", file=path, fix="give a file you may read"
        ) from error
    if len(content) > most:
        raise DataError(f"larger than {most // 2**20} MiB{reason and '; '}{reason}", file=path, fix=fix)
    return content
