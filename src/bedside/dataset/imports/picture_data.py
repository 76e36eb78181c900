"""How a row refers to a picture: by a path, as bytes (Parquet), or as a `data:` address."""

from __future__ import annotations

import binascii
import re
from base64 import b64decode
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import cast

from bedside.errors import DataError

__all__ = ["Picture", "pictures_in"]

_DRIVE = re.compile("[A-Za-z]:")
_MOST_PATH, _MOST_NAME = 1000, 255


@dataclass(frozen=True)
class Picture:
    """A picture that a row shows.

    Attributes:
        path: where it stands, relative, with `/`; or, where the row brings its bytes, what it is called.
        data: its bytes, where the row brings them.
    """

    path: str = ""
    data: bytes | None = None


def pictures_in(value: object, *, name: object = None) -> Iterator[Picture]:
    """Yield the pictures that a field gives: a path, bytes, `{bytes, path}`, `{url}`, or a list of them.

    Args:
        value: the field; nothing where there is no picture.
        name: what the row calls the picture, where `value` is its bytes.

    Raises:
        DataError: it is something else, a web address, or a path that is too long or leads out of its folder.
    """
    if value is None or value == "":
        return
    if isinstance(value, list):
        for item in cast("list[object]", value):
            yield from pictures_in(item)
        return
    if isinstance(value, bytes):
        yield Picture(_label(name), value)
        return
    if isinstance(value, Mapping):
        fields = cast("Mapping[str, object]", value)
        inside = next((fields[key] for key in ("bytes", "url", "path") if fields.get(key)), None)
        yield from pictures_in(inside, name=name or fields.get("path"))
        return
    if not isinstance(value, str):
        raise DataError("a picture is of an unknown type", fix=f"found {value!r:.60}")
    yield _decoded(value, name) if value.startswith("data:") else Picture(_relative(value))


def _decoded(address: str, name: object) -> Picture:
    kind, _, content = address.partition(",")
    if not kind.endswith(";base64"):
        raise DataError("a data: address is not in base64", fix=f"it begins {address[:40]!r}")
    try:
        return Picture(_label(name), b64decode(content, validate=True))
    except (binascii.Error, ValueError) as error:
        raise DataError(
            "a data: address is not in base64", fix=f"{error}; it begins {address[:40]!r}"
        ) from error


def _label(name: object) -> str:
    return name.replace("\\", "/") if isinstance(name, str) else ""


def _relative(text: str) -> str:
    if "://" in text:
        raise DataError("a picture is a web address", fix=f"download {text[:120]!r} and give its path")
    path = PurePosixPath(text.replace("\\", "/"))
    if len(text) > _MOST_PATH or any(
        len(part.encode("utf-8", "surrogatepass")) > _MOST_NAME for part in path.parts
    ):
        raise DataError("the path of a picture is too long", fix=f"it begins {text[:60]!r}")
    if not path.parts or path.is_absolute() or ".." in path.parts or _DRIVE.match(text) or "\0" in text:
        raise DataError(
            "the path of a picture leads out of its folder", fix=f"found {text[:120]!r}; give it without '..'"
        )
    return path.as_posix()
