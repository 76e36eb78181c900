"""Find the pictures of rows, refuse what is none, and keep each once under the digest of its bytes."""

from __future__ import annotations

import hashlib
import io
import os
import warnings
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from bedside import extras, prompts
from bedside.dataset.imports.archives import MOST_PICTURE_BYTES, UNPACKED
from bedside.dataset.imports.picture_data import Picture
from bedside.dataset.pictures import place
from bedside.errors import DataError

__all__ = ["keep", "locate"]

MOST_SIDE_PX = 8000
"""Pictures are padded to a square, which then has 64 million pixels; A4 at 600 dots an inch is 7016 high."""
_TRIAL_SIZE_PX = 8
_SUFFIXES = {"PNG": ".png", "JPEG": ".jpg", "WEBP": ".webp", "GIF": ".gif", "BMP": ".bmp"}
_KNOWN = ", ".join(_SUFFIXES)
_TOO_MANY_BYTES = f"a picture file has more than {MOST_PICTURE_BYTES >> 20} MiB"
_TOO_MANY_PIXELS = f"a picture is larger than {MOST_SIDE_PX} × {MOST_SIDE_PX} pixels"


def locate(path: str, folders: Sequence[Path]) -> Path | None:
    """Return the file that a row calls `path`, in the first folder that has it.

    Below a folder the whole path is looked for, then the path without its first parts, since folders are
    copied and renamed as a whole.
    """
    parts = PurePosixPath(path).parts
    for folder in folders:
        for first in range(len(parts)):
            file = folder.joinpath(*parts[first:])
            if file.is_file():
                return file
    return None


def keep(picture: Picture, *, folders: Sequence[Path], folder: Path) -> str:
    """Write a picture to `folder/images`, unless it is there, and return its path from `folder`.

    Raises:
        DataError: it is not found, too large, or not a picture; same reason for the same cause.
    """
    if picture.data is not None:
        return _kept(picture.data, picture.path or "a picture in the row", folder, None)
    file = locate(picture.path, folders)
    if file is None:
        raise DataError(
            "a picture is not found", fix=f"no {picture.path!r} in what --images gives, or beside the file"
        )
    if file.stat().st_size > MOST_PICTURE_BYTES:
        raise DataError(_TOO_MANY_BYTES, fix=f"{picture.path!r} has {file.stat().st_size:,} bytes")
    return _kept(file.read_bytes(), picture.path, folder, file)


def _kept(data: bytes, name: str, folder: Path, file: Path | None) -> str:
    if len(data) > MOST_PICTURE_BYTES:
        raise DataError(_TOO_MANY_BYTES, fix=f"{name!r} has {len(data):,} bytes")
    digest = hashlib.sha256(data).hexdigest()[:32]
    for suffix in _SUFFIXES.values():
        if (folder / f"images/{digest}{suffix}").is_file():  # only a picture that was checked is there
            return f"images/{digest}{suffix}"
    kept = f"images/{digest}{_checked(data, name)}"
    if file is None or not _is_linked(file, folder / kept, scratch=folder / UNPACKED):
        place(data, folder / kept)
    return kept


def _checked(data: bytes, name: str) -> str:
    """Return the suffix of a picture's format, once it can be decoded."""
    image_module = extras.require("PIL.Image", extra="ecg", purpose="importing pictures")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with image_module.open(io.BytesIO(data), formats=list(_SUFFIXES)) as image:
                size, suffix = image.size, _SUFFIXES[image.format]
        if max(size) <= MOST_SIDE_PX:
            prompts.open_image(data, size=_TRIAL_SIZE_PX)
            return suffix
    except image_module.UnidentifiedImageError as error:
        raise DataError(
            "a file is not a picture", fix=f"{name!r} begins {data[:8]!r}; give {_KNOWN}"
        ) from error
    except image_module.DecompressionBombError as error:
        raise DataError(_TOO_MANY_PIXELS, fix=f"{name!r}: {error}") from error
    except Exception as error:  # a damaged picture makes Pillow raise errors of any kind
        why = error.reason if isinstance(error, DataError) else f"{type(error).__name__}: {error}"
        raise DataError("a picture is damaged", fix=f"{name!r}: {why}") from error
    raise DataError(_TOO_MANY_PIXELS, fix=f"{name!r} is {size[0]} × {size[1]}")


def _is_linked(file: Path, target: Path, *, scratch: Path) -> bool:
    """Give a picture that was unpacked below `scratch`, and so is ours alone, a second name if possible."""
    if scratch not in file.parents:
        return False
    target.parent.mkdir(exist_ok=True)
    try:
        os.link(file, target)  # no second copy on the disk
    except OSError:
        return target.is_file()
    return True
