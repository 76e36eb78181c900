"""Small files in the forms that published question-and-answer data has, for the tests of the imports."""

from __future__ import annotations

import gzip
import io
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import polars as pl
from PIL import Image

from bedside.dataset.gathered import Dropped
from bedside.dataset.imports import ImportSource, TextSource, chunks, gather, prepare
from bedside.examples import Example

Rows = Sequence[dict[str, Any]]


def png(shade: int = 200, size: tuple[int, int] = (12, 10)) -> bytes:
    """A plain picture."""
    return encoded(Image.new("RGB", size, (shade, 255, 255)), "PNG")


def encoded(image: Image.Image, form: str) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, form)
    return buffer.getvalue()


def write_rows(path: Path, rows: Rows) -> Path:
    """Write rows in the layout that the ending of `path` names; JSON as it is published, not escaped."""
    name = path.name.removesuffix(".gz")
    if name.endswith(".parquet"):
        pl.DataFrame(rows, infer_schema_length=None, strict=False).write_parquet(path, row_group_size=3)
        return path
    lines = [json.dumps(row, ensure_ascii="\\ud" in json.dumps(row)) for row in rows]
    text = "\n".join(lines) + "\n" if name.endswith("l") else "[\n" + ",\n".join(lines) + "\n]\n"
    data = text.encode()
    path.write_bytes(gzip.compress(data, mtime=0) if path.suffix == ".gz" else data)
    return path


def write_pictures(folder: Path, *paths: str) -> Path:
    """Write a picture of its own shade at each path below `folder`."""
    for number, path in enumerate(paths):
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(png(number))
    return folder


def imported(source: ImportSource | TextSource, out: Path) -> tuple[list[Example], list[Dropped]]:
    """Import a source whole."""
    out.mkdir(exist_ok=True)
    pieces = [gather(chunk, folder=out) for chunk in chunks(prepare(source, folder=out))]
    return [it for piece in pieces for it in piece.examples], [it for piece in pieces for it in piece.dropped]


def said(example: Example) -> list[tuple[str, str]]:
    """Roles and texts of an example."""
    return [(message.role, message.content) for message in example.messages]
