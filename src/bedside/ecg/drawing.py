"""From an ECG file to a picture file: read, draw, distort where asked for, write.

One record that cannot be read stops nothing: what is wrong with it is told in its place.
"""

from __future__ import annotations

import hashlib
import io
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from bedside.ecg.distort import distort, draw_distortion
from bedside.ecg.readers import read_ecg
from bedside.ecg.reading import EcgReading
from bedside.ecg.render import RenderOptions, draw, notices
from bedside.ecg.render.svg import svg
from bedside.errors import DataError
from bedside.extras import require
from bedside.records import EcgRecord

__all__ = ["Drawing", "Drawn", "ReadingOptions", "draw_file", "picture_names"]

FORMATS = (".png", ".svg")
OTHER_FORMATS = {".jpg", ".jpeg", ".gif", ".bmp", ".tif", ".tiff", ".webp", ".pdf", ".ps", ".eps"}
ABOUT_THE_PAGE = {"window_chosen", "short_record"}
"""Warnings about the usual page; of the page that is drawn more is known."""


@dataclass(frozen=True)
class ReadingOptions:
    """What a file may leave open; see `readers.read_ecg`."""

    sampling_rate_hz: float | None = None
    unit: str | None = None
    leads: tuple[str, ...] | None = None
    gain: float | None = None

    def read(self, location: str) -> EcgReading:
        """Read an ECG with these.

        Raises:
            DataError: as `readers.read_ecg`.
        """
        return read_ecg(
            location,
            sampling_rate_hz=self.sampling_rate_hz,
            unit=self.unit,
            leads=self.leads,
            gain=self.gain,
        )


@dataclass(frozen=True)
class Drawing:
    """How records are drawn.

    Attributes:
        options: layout, page and scale.
        reading: what the files leave open.
        distortion_seed: distort every picture; what is drawn for a record depends on this and its name.
    """

    options: RenderOptions = field(default_factory=RenderOptions)
    reading: ReadingOptions = ReadingOptions()
    distortion_seed: int | None = None

    def __post_init__(self) -> None:
        if self.distortion_seed is not None and self.distortion_seed < 0:
            raise DataError(f"a distortion seed of {self.distortion_seed}", fix="give 0 or a larger number")


@dataclass(frozen=True)
class Drawn:
    """What became of one record.

    Attributes:
        record: what was given.
        file: the picture.
        warnings: what is not as it should be in the record, and what the page does not show, in words.
        error: why there is no picture; empty where there is one.
        fix: what to do about it.
    """

    record: str
    file: Path
    warnings: tuple[str, ...] = ()
    error: str = ""
    fix: str = ""


def picture_names(records: Sequence[str], out: Path) -> dict[str, Path]:
    """Return the picture file of each record: `out` itself, or a file in that folder.

    Raises:
        DataError: `out` is a file for several records or of another kind, or two records would have the same
            picture.
    """
    if out.suffix.lower() in OTHER_FORMATS and not out.is_dir():
        raise DataError(f"pictures are not written as {out.suffix}", file=out, fix="write .png or .svg")
    if out.suffix.lower() in FORMATS:
        if len(records) != 1:
            raise DataError(f"one file for {len(records)} records", file=out, fix="give a folder with --out")
        return {records[0]: out}
    files: dict[str, Path] = {}
    for record in dict.fromkeys(records):
        name, _, index = record.rpartition("#")
        stem = f"{Path(name).stem}-{index}" if name and index.isdigit() else Path(record).stem
        files[record] = out / f"{stem}.png"
    file, times = Counter(files.values()).most_common(1)[0]
    if times > 1:
        same = [record for record, its_file in files.items() if its_file == file]
        raise DataError(
            f"{same[0]} and {same[1]} would both be drawn to {file.name}",
            fix="draw them into different folders",
        )
    return files


def draw_file(item: tuple[str, Path], *, drawing: Drawing) -> Drawn:
    """Read a record and write its picture; a pure function of both but for the file."""
    location, file = item
    try:
        reading = drawing.reading.read(location)
        file.write_bytes(_picture(reading.record, file, drawing))
    except DataError as error:
        return Drawn(location, file, error=error.what, fix=error.fix)
    return Drawn(location, file, _told(reading, drawing.options))


def _told(reading: EcgReading, options: RenderOptions) -> tuple[str, ...]:
    """Say what the record's warnings and the page have to tell."""
    of_record = (f"{it.code}: {it.message}" for it in reading.warnings if it.code not in ABOUT_THE_PAGE)
    return (*of_record, *notices(reading.record, options))


def _picture(record: EcgRecord, file: Path, drawing: Drawing) -> bytes:
    if file.suffix.lower() == ".svg":
        if drawing.distortion_seed is not None:
            raise DataError("a drawing of lines cannot be distorted", file=file, fix="write a .png")
        return svg(record, drawing.options).encode()
    picture = draw(record, drawing.options)
    if drawing.distortion_seed is None:
        return picture.png()
    name = int.from_bytes(hashlib.sha256(record.record_name.encode()).digest()[:8], "little")
    rng = np.random.default_rng([drawing.distortion_seed, name])
    image_module = require("PIL.Image", extra="ecg", purpose="writing distorted pictures")
    buffer = io.BytesIO()
    image = image_module.fromarray(distort(picture.rgb(), draw_distortion(rng)))
    image.save(buffer, "PNG", compress_level=1)  # noise hardly shrinks, however long one tries
    return buffer.getvalue()
