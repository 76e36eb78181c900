"""What an imported file is called, which form its rows have, and where its pictures are."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from bedside.input_path import InputPath

__all__ = ["ImportSource", "RowFormat", "TextSource"]

RowFormat = Literal["ecginstruct", "ecgbench", "medrescue", "messages", "sharegpt", "alpaca"]
_LICENCES: dict[RowFormat, str] = {"ecginstruct": "Apache-2.0", "medrescue": "CC BY 4.0"}
_NAMED_AFTER_FORMAT = {"ecginstruct", "ecgbench", "medrescue"}


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ImportSource(_Strict):
    """A published file of questions and answers: a JSON list, JSON Lines or Parquet, or either JSON as `.gz`.

    Attributes:
        path: the file.
        format: the form of its rows, see `schemas`.
        images: folders and tar archives (`shard_*.tar.gz`) that hold the pictures; without any, the folder of
            the file. Where two hold a picture of one name, the first is taken.
        patients: tables (CSV) that tell whose each record is, see `subjects`. Without one, records are split
            as if each were of another patient, except those of MIMIC-IV-ECG, whose path names the patient.
        name: what the source is called, in ids and as `source` of the examples.
        licence: of the file; without it the one that ECGInstruct or medrescue is published under.
        split: the part that every row belongs to, for a file that is published as a test set.
    """

    kind: Literal["import"]
    path: InputPath
    format: RowFormat
    images: tuple[InputPath, ...] = ()
    patients: tuple[InputPath, ...] = ()
    name: str | None = Field(default=None, min_length=1)
    licence: str | None = None
    split: Literal["train", "validation", "test"] | None = None

    @property
    def paths(self) -> tuple[Path, ...]:
        """Every file and folder that the examples depend on."""
        from bedside.dataset.imports.rows import pictures_beside

        beside = () if self.images else pictures_beside(self)
        return (self.path, *self.images, *self.patients, *beside)

    @property
    def picture_folders(self) -> tuple[Path, ...]:
        """Where pictures are looked for, in this order."""
        return self.images or (self.path.parent,)

    @property
    def id_prefix(self) -> str:
        """What the ids of the examples begin with."""
        return self.name or stem(self.path)

    @property
    def title(self) -> str:
        """What the examples name as their source."""
        return self.name or (self.format if self.format in _NAMED_AFTER_FORMAT else stem(self.path))

    @property
    def stated_licence(self) -> str | None:
        """The licence given, or the one that the data set is published under."""
        return self.licence or _LICENCES.get(self.format)


class TextSource(_Strict):
    """Running text to train on as it is: a file or folder of text, JSON Lines, Parquet or PDF.

    Attributes:
        path: the file or folder. JSON Lines and Parquet have the text in the field `text`.
        characters: the longest piece that text is cut into.
        name: what the source is called, in ids and as `source` of the examples.
        licence: of the text.
    """

    kind: Literal["text"]
    path: InputPath
    characters: int = Field(default=2000, ge=100)
    name: str | None = Field(default=None, min_length=1)
    licence: str | None = None

    @property
    def paths(self) -> tuple[Path, ...]:
        """Every file and folder that the examples depend on."""
        return (self.path,)

    @property
    def title(self) -> str:
        """What the examples name as their source."""
        return self.name or stem(self.path)


def stem(path: Path) -> str:
    """Return the name of a file without its endings: `rows` for `rows.json.gz`."""
    return Path(path.name.removesuffix(".gz")).stem
