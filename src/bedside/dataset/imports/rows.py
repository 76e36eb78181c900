"""Turn the rows of a published file into examples, each traceable by the number of its row.

The id of an example is the name of the source and the number of the row (in JSON Lines, of the line), so ids
that stand twice in a file do no harm.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory

from bedside.dataset.ecg.refusals import refusal
from bedside.dataset.gathered import Dropped, Gathered
from bedside.dataset.imports.archives import UNPACKED, extract, is_gzip, is_tar, unpack
from bedside.dataset.imports.config import ImportSource
from bedside.dataset.imports.pictures import keep, locate
from bedside.dataset.imports.pieces import Piece, Row, layout_of, pieces_of, rows_of
from bedside.dataset.imports.schemas import Asked, read_row
from bedside.dataset.imports.subjects import Record, patients_in, question_subject, record_in, record_subject
from bedside.errors import DataError
from bedside.examples import Example

__all__ = ["RowsChunk", "chunks", "gather", "pictures_beside", "prepare"]

_LOOK_AT = 1000
"""So many rows of a file must hold one that can be used, or its format is another."""


@dataclass(frozen=True)
class RowsChunk:
    """Some rows of a file."""

    source: ImportSource
    piece: Piece


def prepare(source: ImportSource, *, folder: Path) -> ImportSource:
    """Unpack what is compressed below `folder/unpacked`, and return the source with nothing compressed.

    What was unpacked before is not unpacked again. Pictures are unpacked only if a row names them.

    Raises:
        DataError: a file does not exist, or an archive is damaged.
    """
    if not source.path.is_file():
        raise DataError("no such file", file=source.path, fix="give a .json, .jsonl or .parquet file")
    if is_tar(source.path):
        raise DataError(
            "holds pictures, not rows", file=source.path, fix="give the file of rows, and this with --images"
        )
    for path in source.images:
        if not path.is_dir() and not (path.is_file() and is_tar(path)):
            raise DataError("neither a folder nor a tar archive", file=path, fix="check --images")
    archives = [path for path in source.images if path.is_file()]
    place = folder / UNPACKED / _key(source)
    path = unpack(source.path, folder=place) if is_gzip(source.path) else source.path
    unpacked = source.model_copy(update={"path": path, "images": source.picture_folders})
    if archives:
        pictures = extract(archives, _pictures_named(unpacked), folder=place)
        folders = [pictures if path in archives else path for path in source.images]
        unpacked = unpacked.model_copy(update={"images": tuple(dict.fromkeys(folders))})
    return unpacked


def chunks(source: ImportSource) -> tuple[RowsChunk, ...]:
    """Cut a prepared file into pieces of rows.

    Raises:
        DataError: it cannot be read, holds no rows, or none of its first 1,000 rows can be used.
    """
    found = tuple(RowsChunk(source, piece) for piece in pieces_of(source.path, layout_of(source.path)))
    _require_usable(source, found)
    return found


def gather(chunk: RowsChunk, *, folder: Path) -> Gathered:
    """Turn the rows of a piece into examples; pictures are written to `folder/images`.

    Raises:
        DataError: a table of patients cannot be read.
    """
    source = chunk.source
    read = [_read(row, source) for row in rows_of(chunk.piece)]
    records = {record for item in read if isinstance(item, _Read) for record in item.records}
    patients = patients_in(source.patients, records) if records else {}
    made = [item if isinstance(item, Dropped) else _made(item, source, patients, folder) for item in read]
    return Gathered(
        tuple(item for item in made if isinstance(item, Example)),
        tuple(item for item in made if isinstance(item, Dropped)),
    )


def pictures_beside(source: ImportSource) -> tuple[Path, ...]:
    """Return the pictures that the rows name and the folder of the file has; none of an unusable file."""
    if source.format == "medrescue" or not source.path.is_file() or is_tar(source.path):
        return ()
    try:
        with TemporaryDirectory() as scratch:
            path = unpack(source.path, folder=Path(scratch)) if is_gzip(source.path) else source.path
            named = _pictures_named(source.model_copy(update={"path": path}))
    except DataError:
        return ()  # what is wrong, `prepare` and `chunks` say
    found = (locate(name, source.picture_folders) for name in sorted(named))
    return tuple(file for file in found if file is not None)


@dataclass(frozen=True)
class _Read:
    """A row that can be used if its pictures can."""

    row: Row
    asked: Asked

    @property
    def records(self) -> tuple[Record, ...]:
        found = (record_in(picture.path) for picture in self.asked.pictures)
        return tuple(record for record in found if record is not None)


def _read(row: Row, source: ImportSource) -> _Read | Dropped:
    try:
        return _Read(row, _asked(row, source))
    except DataError as error:
        return Dropped(row.name, error.reason, error.fix)


def _asked(row: Row, source: ImportSource) -> Asked:
    """Return what a row says.

    Raises:
        DataError: it cannot be used, or an answer is none.
    """
    if row.problem is not None:
        raise DataError(row.problem, fix=row.fix)
    asked = read_row(row.fields, source.format)
    for message in asked.messages:
        if message.role == "assistant" and (why := refusal(message.content)) is not None:
            raise DataError(f"an answer is none: {why}", fix=f"the answer begins {message.content[:60]!r}")
    return asked


def _made(
    item: _Read, source: ImportSource, patients: Mapping[tuple[str, str], str], folder: Path
) -> Example | Dropped:
    asked = item.asked
    try:
        images = tuple(keep(it, folders=source.picture_folders, folder=folder) for it in asked.pictures)
    except DataError as error:
        return Dropped(item.row.name, error.reason, error.fix)
    record = item.records[0] if item.records else None
    question = next(message.content for message in asked.messages if message.role == "user")
    if record is not None:
        subject = record_subject(record, patients)
    else:
        subject = f"picture/{Path(images[0]).stem}" if images else question_subject(question)
    origin = asked.origin or (record.source if record else "")
    return Example(
        id=f"{source.id_prefix}-{item.row.number:07d}",
        subject_id=subject,
        messages=asked.messages,
        images=images,
        split=source.split,
        licence=source.stated_licence,
        source=f"{source.title}/{origin}" if origin else source.title,
    )


def _require_usable(source: ImportSource, found: Sequence[RowsChunk]) -> None:
    """Make sure that one of the first rows can be used; of a file in another format none can.

    Raises:
        DataError: none can; names the most frequent reason, and the format that fits.
    """
    fixes: dict[str, list[str]] = defaultdict(list)
    for row in islice((row for chunk in found for row in rows_of(chunk.piece)), _LOOK_AT):
        try:
            _asked(row, source)
        except DataError as error:
            fixes[error.reason].append(error.fix)
        else:
            return
    if not fixes:
        raise DataError("the file holds no rows", file=source.path)
    rows = sum(map(len, fixes.values()))
    reason, fix = max(fixes.items(), key=lambda item: len(item[1]))
    raise DataError(
        f"none of the first {rows} rows can be used as {source.format}; most often because {reason}",
        file=source.path,
        fix=fix[0],
    )


def _pictures_named(source: ImportSource) -> set[str]:
    """Return the paths of pictures that the usable rows of an unpacked file name."""
    pieces = pieces_of(source.path, layout_of(source.path))
    read = (_read(row, source) for piece in pieces for row in rows_of(piece))
    return {
        it.path for item in read if isinstance(item, _Read) for it in item.asked.pictures if it.data is None
    }


def _key(source: ImportSource) -> str:
    """Return a name for what is unpacked of a source, so that two with files of one name do not meet."""
    files = "\0".join(str(path.resolve()) for path in (source.path, *source.images))
    return hashlib.sha256(f"{source.format}\0{files}".encode("utf-8", "surrogateescape")).hexdigest()[:12]
