"""Unpack what is compressed, once, so that rows and pictures can be read in any order.

A `.gz` file of rows is written out; of tar archives the pictures that the rows name are. Both go to a folder
of the source below `unpacked`, which nothing refers to once all rows are read. An archive is finished when
its mark stands there; after a stop only the unfinished one is read again. Nothing in an archive decides where
a file is written: a picture gets the path that the row gives it. Links, devices and members whose path is
absolute or leads upwards are passed over.
"""

from __future__ import annotations

import gzip
import tarfile
import zlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Self

from bedside.console import progress
from bedside.errors import DataError

__all__ = ["MOST_PICTURE_BYTES", "UNPACKED", "extract", "is_gzip", "is_tar", "unpack"]

UNPACKED = "unpacked"
MOST_PICTURE_BYTES = 64 << 20
_MOST_HEADER_BYTES = 1 << 20
_MOST_RATIO, _SPARE_BYTES = 200, 64 << 20
"""JSON shrinks to a tenth; a file that would grow more than this is made to fill the disk."""
_BLOCK_BYTES = 1 << 20
_GZIP_MAGIC = b"\x1f\x8b"


class _PlainInfo(tarfile.TarInfo):
    """A member whose header may not ask for more memory than a long name needs."""

    @classmethod
    def frombuf(cls, buf: bytes | bytearray, encoding: str, errors: str) -> Self:
        info = super().frombuf(buf, encoding, errors)
        if info.type not in tarfile.REGULAR_TYPES and info.size > _MOST_HEADER_BYTES:
            raise tarfile.ReadError(f"a header of {info.size:,} bytes")
        return info


def is_gzip(path: Path) -> bool:
    """Tell by its first bytes whether a file is compressed with gzip."""
    with path.open("rb") as file:
        return file.read(2) == _GZIP_MAGIC


def is_tar(path: Path) -> bool:
    """Tell by its name whether a file is a tar archive, compressed or not."""
    return path.name.endswith((".tar", ".tar.gz", ".tgz"))


def unpack(path: Path, *, folder: Path) -> Path:
    """Write a `.gz` file out to `folder`, unless that was done, and return where.

    Raises:
        DataError: it is damaged, cut off, or grows beyond measure.
    """
    target = folder / path.name.removesuffix(".gz")
    if target.is_file():
        return target
    folder.mkdir(parents=True, exist_ok=True)
    unfinished = target.with_name(f"{target.name}.unfinished")
    most = path.stat().st_size * _MOST_RATIO + _SPARE_BYTES
    written = 0
    try:
        with gzip.open(path) as packed, unfinished.open("wb") as file:
            while block := packed.read(_BLOCK_BYTES):
                written += file.write(block)
                if written > most:
                    raise DataError(
                        f"unpacks to more than {most:,} bytes", file=path, fix="unpack it yourself"
                    )
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(f"cannot be unpacked: {error}", file=path, fix="download the file again") from error
    unfinished.replace(target)
    return target


def extract(archives: Sequence[Path], wanted: Iterable[str], *, folder: Path) -> Path:
    """Write the pictures called `wanted` that tar archives hold below `folder`, and return where.

    A member fits a wanted path if one of the two ends with the other. Of several that fit, the first is
    taken.

    Raises:
        DataError: an archive is damaged.
    """
    pictures = folder / "pictures"
    pictures.mkdir(parents=True, exist_ok=True)
    marks = [folder / f"{number:04d}-{archive.name}.done" for number, archive in enumerate(archives)]
    missing = [(archive, mark) for archive, mark in zip(archives, marks, strict=True) if not mark.is_file()]
    by_name: dict[str, list[str]] = defaultdict(list)
    for path in wanted if missing else ():
        by_name[PurePosixPath(path).name].append(path)
    with progress("unpacking pictures", total=len(missing)) as bar:
        for archive, mark in missing:
            _extract(archive, by_name, pictures)
            mark.touch()
            bar.advance()
    return pictures


def _extract(archive: Path, by_name: Mapping[str, Sequence[str]], pictures: Path) -> None:
    try:
        # gzip is read here since tarfile takes the end of a file that was cut off for the end of the archive.
        with gzip.open(archive) if is_gzip(archive) else archive.open("rb") as stream:
            with tarfile.open(fileobj=stream, mode="r|", tarinfo=_PlainInfo) as tar:
                _extract_members(tar, by_name, pictures)
            while stream.read(_BLOCK_BYTES):
                pass
    except (tarfile.TarError, OSError, EOFError, zlib.error) as error:
        raise DataError(f"cannot be unpacked: {error}", file=archive, fix="download it again") from error


def _extract_members(tar: tarfile.TarFile, by_name: Mapping[str, Sequence[str]], pictures: Path) -> None:
    while (member := tar.next()) is not None:
        paths = [path for path in by_name.get(PurePosixPath(member.name).name, ()) if _fits(member, path)]
        file = tar.extractfile(member) if paths else None
        if file is not None:
            _write(file.read(), [pictures / path for path in paths])
        # Of a stream of a hundred thousand pictures no member is needed again.
        tar.members.clear()  # pyright: ignore[reportAttributeAccessIssue]


def _fits(member: tarfile.TarInfo, path: str) -> bool:
    """Tell whether a member is a plain file of bearable size that a row may mean by `path`."""
    ours, theirs = f"/{path}", f"/{member.name.removeprefix('./')}"
    plain = member.isreg() and member.size <= MOST_PICTURE_BYTES and ".." not in theirs.split("/")
    return plain and not member.name.startswith("/") and (ours.endswith(theirs) or theirs.endswith(ours))


def _write(data: bytes, targets: Iterable[Path]) -> None:
    for target in targets:
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            if not target.exists():
                unfinished = target.with_name(f"{target.name}.unfinished")
                unfinished.write_bytes(data)
                unfinished.replace(target)
        except (FileExistsError, NotADirectoryError):
            continue  # one row calls a picture what another calls a folder: the picture will be missed there
