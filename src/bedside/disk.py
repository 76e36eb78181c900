"""Tell before a long run whether what it will write fits on the disk."""

from __future__ import annotations

import shutil
from pathlib import Path

from bedside.errors import BedsideError

__all__ = ["require_space"]

_MARGIN = 1.02
"""Metadata and alignment come on top of the weights."""


def require_space(folder: Path, size_bytes: int, *, what: str) -> None:
    """Check that `size_bytes` more bytes fit on the disk that holds `folder`.

    Raises:
        BedsideError: they do not; names both sizes.
    """
    free = shutil.disk_usage(folder).free
    needed = int(size_bytes * _MARGIN)
    if free < needed:
        raise BedsideError(
            f"The disk at {folder.parent} has {free / 1e6:,.1f} MB left; {what} will need "
            f"{needed / 1e6:,.1f} MB.",
            fix="make room there (`bedside prune` frees what can be made again), or choose another --out",
        )
