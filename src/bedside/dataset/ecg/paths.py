"""Paths that tables of a data set name: inside its folder, or not used."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

from bedside.errors import DataError

__all__ = ["ABSENT", "header_of", "inside"]

ABSENT = "its file is not in the folder"


def inside(root: Path, name: str) -> Path:
    """Return the path of a file that a table names relative to its folder.

    Raises:
        DataError: the name leads out of the folder.
    """
    if (
        not name
        or "\0" in name
        or "\\" in name
        or PurePosixPath(name).is_absolute()
        or ".." in PurePosixPath(name).parts
    ):
        raise DataError(
            f"the path {name[:100]!r} leads out of the folder", file=root, fix="correct the table"
        )
    return root / name


def header_of(root: Path, name: str | None) -> Path | None:
    """Return the header of the WFDB record `name`, written with or without `.hea`; `None` where it is absent.

    Raises:
        DataError: the name leads out of the folder.
    """
    if name is None:
        return None
    path = inside(root, name if name.endswith(".hea") else f"{name}.hea")
    return path if path.is_file() else None
