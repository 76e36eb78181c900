"""Running text as examples: files of text, rows with a field `text`, and pages of PDF.

Every piece keeps where it stands: its id is `file#part-piece`, where the part is the page of a PDF, the row
or line, or a block of a text file (all from 1). Headers and footers stay as they are; control characters
become spaces. A page without text, such as a scanned one, is dropped with its reason. What the text says,
this does not know.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bedside.dataset.gathered import Dropped, Gathered
from bedside.dataset.imports.archives import UNPACKED, is_gzip, unpack
from bedside.dataset.imports.config import TextSource
from bedside.dataset.imports.cutting import cut
from bedside.dataset.imports.pdf import is_pdf, page_count, page_texts
from bedside.dataset.imports.pieces import Piece, layout_of, pieces_of, rows_of
from bedside.errors import DataError
from bedside.examples import Evidence, Example

__all__ = ["TextChunk", "chunks", "gather", "prepare"]

_PAGES = 50
_BLOCK_BYTES = 1 << 20
_SEARCH_BYTES = 1 << 16
_ROW_ENDINGS = {".json", ".jsonl", ".ndjson", ".parquet"}
_TEXT_ENDINGS = {".txt", ".md", ".text", ""}
_UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f-\x9f]")
_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True)
class _Pages:
    """Pages of a PDF: `first` to `stop` - 1, from 1."""

    first: int
    stop: int


@dataclass(frozen=True)
class _Block:
    """Bytes of a text file; `number` counts its blocks from 1."""

    number: int
    start: int
    stop: int


@dataclass(frozen=True)
class _Unread:
    """A file of a folder that cannot be read, and why."""

    reason: str
    fix: str


@dataclass(frozen=True)
class TextChunk:
    """A part of a file; `label` is what the file is called in ids."""

    source: TextSource
    path: Path
    label: str
    part: Piece | _Pages | _Block | _Unread


@dataclass(frozen=True)
class _Passage:
    """Text of one page, row or block, or why there is none."""

    number: int
    where: str
    text: str | DataError


def prepare(source: TextSource, *, folder: Path) -> TextSource:
    """Unpack a `.gz` file below `folder/unpacked`; return the source with what was unpacked.

    Raises:
        DataError: the file is damaged.
    """
    if not source.path.is_file() or not is_gzip(source.path):
        return source
    key = hashlib.sha256(str(source.path.resolve()).encode("utf-8", "surrogateescape")).hexdigest()[:12]
    return source.model_copy(update={"path": unpack(source.path, folder=folder / UNPACKED / key)})


def chunks(source: TextSource) -> tuple[TextChunk, ...]:
    """Cut a file, or all files below a folder, into parts.

    Raises:
        DataError: there is nothing, or the only file cannot be read.
    """
    if not source.path.is_dir():
        return tuple(_chunks(source, source.path, _printable(source.path.name)))
    found: list[TextChunk] = []
    for file in sorted(path for path in source.path.rglob("*") if path.is_file()):
        label = _printable(file.relative_to(source.path).as_posix())
        try:
            found += _chunks(source, file, label)
        except DataError as error:
            found.append(TextChunk(source, file, label, _Unread(error.reason, error.fix)))
    if not found:
        raise DataError("the folder is empty", file=source.path, fix="give text, JSON Lines, Parquet or PDF")
    return tuple(found)


def gather(chunk: TextChunk) -> Gathered:
    """Turn a part of a file into examples of running text."""
    if isinstance(chunk.part, _Unread):
        return Gathered(dropped=(Dropped(chunk.label, chunk.part.reason, chunk.part.fix),))
    examples: list[Example] = []
    dropped: list[Dropped] = []
    for passage in _passages(chunk):
        text = passage.text
        made = text if isinstance(text, DataError) else _examples(passage, text, chunk)
        if isinstance(made, DataError):
            dropped.append(Dropped(f"{chunk.label} {passage.where}", made.reason, made.fix))
        else:
            examples += made
    return Gathered(tuple(examples), tuple(dropped))


def _printable(name: str) -> str:
    """Return the name of a file with bytes that are no UTF-8 written as escapes."""
    return name.encode("utf-8", "backslashreplace").decode("utf-8")


def _chunks(source: TextSource, path: Path, label: str) -> Iterator[TextChunk]:
    """Cut one file.

    Raises:
        DataError: it cannot be read.
    """
    if not path.is_file():
        raise DataError("no such file or folder", file=path, fix="check the path")
    parts: Iterator[Piece | _Pages | _Block]
    if is_pdf(path):
        pages = page_count(path)
        parts = (_Pages(n, min(n + _PAGES, pages + 1)) for n in range(1, pages + 1, _PAGES))
    elif path.suffix.lower() in _ROW_ENDINGS:
        parts = iter(pieces_of(path, layout_of(path)))
    elif path.suffix.lower() in _TEXT_ENDINGS:
        parts = _blocks(path)
    else:
        raise DataError(
            "the file is of another kind", file=path, fix="give .txt, .md, .jsonl, .json, .parquet or .pdf"
        )
    return (TextChunk(source, path, label, part) for part in parts)


def _blocks(path: Path) -> Iterator[_Block]:
    """Cut a text file behind about every MiB, at the end of a paragraph, a line or a word."""
    size = path.stat().st_size
    if size == 0:
        raise DataError("the file is empty", file=path)
    start, number = 0, 1
    with path.open("rb") as file:
        while start < size:
            stop = min(start + _BLOCK_BYTES, size)
            if stop < size:
                file.seek(stop)
                ahead = file.read(_SEARCH_BYTES)
                ends = (ahead.find(mark) for mark in (b"\n\n", b"\n", b" "))
                # Without any white space the block ends before the next character, not within one.
                stop += next((end for end in ends if end >= 0), len(ahead) - len(ahead.lstrip(_CONTINUING)))
            yield _Block(number, start, stop)
            start, number = stop, number + 1


_CONTINUING = bytes(range(0x80, 0xC0))


def _passages(chunk: TextChunk) -> Iterator[_Passage]:
    match chunk.part:
        case _Pages(first, stop):
            yield from (
                _Passage(page, f"page {page}", it) for page, it in page_texts(chunk.path, first, stop)
            )
        case _Block(number, start, stop):
            yield _Passage(number, f"block {number}", _decoded(chunk.path, start, stop))
        case Piece() as piece:
            where = "line" if piece.layout == "lines" else "row"
            for row in rows_of(piece):
                text = row.fields.get("text")
                problem = row.problem or ("there is no text in the field text" if not _says(text) else None)
                content = DataError(problem, fix=row.fix) if problem else str(text)
                yield _Passage(row.number, f"{where} {row.number}", content)
        case _:
            return


def _says(text: object) -> bool:
    return isinstance(text, str) and bool(text.strip())


def _decoded(path: Path, start: int, stop: int) -> str | DataError:
    with path.open("rb") as file:
        file.seek(start)
        data = file.read(stop - start)
    try:
        text = data.decode("utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        return DataError(
            "the text is not UTF-8", fix=f"byte {start + error.start} is wrong; save it as UTF-8"
        )
    return text if text.strip() else DataError("there is no text")


def _examples(passage: _Passage, text: str, chunk: TextChunk) -> list[Example] | DataError:
    source = chunk.source
    plain = text.replace("\r\n", "\n").replace("\r", "\n").replace("\f", "\n\n")
    plain = _SURROGATE.sub("\ufffd", _UNPRINTABLE.sub(" ", plain))
    label = f"{source.name}/{chunk.label}" if source.name else chunk.label
    made = [
        Example(
            id=f"{label}#{passage.number}-{number}",
            subject_id=_subject(plain, label, chunk),
            text=piece,
            evidence=(Evidence(statement=piece[:60], source=f"{chunk.label}, {passage.where}"),),
            licence=source.licence,
            source=source.title,
        )
        for number, piece in enumerate(cut(plain, source.characters), start=1)
    ]
    return made or DataError("there is no text, only control characters")


def _subject(text: str, label: str, chunk: TextChunk) -> str:
    """Return the document: the file, or of a file of rows the row, known by its words."""
    if not isinstance(chunk.part, Piece):
        return f"document/{label}"
    return f"document/{hashlib.sha256(' '.join(text.split()).encode()).hexdigest()[:16]}"
