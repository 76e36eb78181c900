"""Examples of a dataset that bedside made: each keeps the part, the pictures and the evidence that it has."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from bedside.artifact import open_artifact
from bedside.dataset.config import DatasetFolder
from bedside.dataset.gathered import Gathered
from bedside.dataset.lines import LineRange, line_ranges, lines_in
from bedside.dataset.pictures import is_inside, place
from bedside.dataset.split import SPLITS, Part
from bedside.errors import DataError
from bedside.examples import Example

__all__ = ["JoinedChunk", "chunks", "gather"]


@dataclass(frozen=True)
class JoinedChunk:
    """Some lines of one part of a dataset."""

    dataset: Path
    part: Part
    lines: LineRange


def chunks(source: DatasetFolder) -> tuple[JoinedChunk, ...]:
    """Cut the parts of a dataset into pieces.

    Raises:
        ArtifactError: the folder is no finished dataset, or was altered.
    """
    artifact = open_artifact(source.path, "dataset")
    return tuple(
        JoinedChunk(artifact.path, part, lines)
        for part in SPLITS
        for lines in line_ranges(artifact.file(f"{part}.jsonl"))
    )


def gather(chunk: JoinedChunk, *, folder: Path) -> Gathered:
    """Take over the examples; pictures are copied below `folder/images` under the digest of their bytes.

    Raises:
        DataError: the path of a picture leads out of the dataset.
    """
    return Gathered(tuple(_taken_over(line, chunk, folder) for _, line in lines_in(chunk.lines)))


def _taken_over(line: bytes, chunk: JoinedChunk, folder: Path) -> Example:
    example = Example.model_validate_json(line)
    images = tuple(_copied(image, chunk.dataset, folder) for image in example.images)
    return example.model_copy(update={"images": images, "split": chunk.part})


def _copied(image: str, dataset: Path, folder: Path) -> str:
    if not is_inside(image):
        raise DataError(f"the path of the picture {image[:120]!r} leads out of the folder", file=dataset)
    data = (dataset / image).read_bytes()
    digest = hashlib.sha256(data).hexdigest()[:32]
    name = f"images/{digest[:2]}/{digest}{Path(image).suffix}"
    place(data, folder / name)
    return name
