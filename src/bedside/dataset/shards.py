"""Work through the pieces of all sources, so that a build can be stopped at any moment and goes on.

Each piece becomes a shard: `NNNNNN.jsonl` (its examples), `NNNNNN.dropped.jsonl`, and, written last and under
its name only when it is whole, `NNNNNN.index` (a row for each example, see `index`). A shard with an index is
finished and is not made again. Knows nothing of formats or of the split.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

import polars as pl

from bedside.dataset.gathered import Dropped
from bedside.dataset.index import images_of, index_of
from bedside.dataset.pictures import look_at
from bedside.dataset.sources import Chunk, gather
from bedside.examples import write_examples
from bedside.executor import ExecutorName, map_items

__all__ = ["FOLDER", "Job", "dropped_in", "examples_in", "read_index", "work_through"]

FOLDER = "shards"


@dataclass(frozen=True)
class Job:
    """One piece of one source."""

    number: int
    source: int
    chunk: Chunk


def work_through(jobs: Sequence[Job], *, folder: Path, workers: int, executor: ExecutorName) -> None:
    """Make every shard that is not finished.

    Raises:
        DataError: a piece as a whole cannot be read.
    """
    (folder / FOLDER).mkdir(exist_ok=True)
    missing = [job for job in jobs if not _index_file(folder, job.number).is_file()]
    map_items(
        partial(_make, folder=folder),
        missing,
        workers=workers,
        description="making examples",
        executor=executor,
        name=lambda job: f"piece {job.number} of source {job.source}",
    )


def read_index(jobs: Sequence[Job], *, folder: Path) -> pl.DataFrame:
    """Return the rows of all shards in order, with `shard` and `from_source`, the number of the source."""
    return pl.concat(
        [
            pl.read_ipc(_index_file(folder, job.number)).with_columns(
                shard=pl.lit(job.number, pl.UInt32), from_source=pl.lit(job.source, pl.UInt16)
            )
            for job in jobs
        ]
    )


def examples_in(shard: int, *, folder: Path) -> Iterator[str]:
    """Read the lines of a shard's examples."""
    with (folder / FOLDER / f"{shard:06d}.jsonl").open(encoding="utf-8", newline="\n") as file:
        yield from file


def dropped_in(jobs: Sequence[Job], *, folder: Path) -> Iterator[tuple[int, Dropped]]:
    """Read what was dropped in making the shards, each with the number of its source."""
    for job in jobs:
        with (folder / FOLDER / f"{job.number:06d}.dropped.jsonl").open(encoding="utf-8") as file:
            yield from ((job.source, Dropped(**json.loads(line))) for line in file)


def _make(job: Job, *, folder: Path) -> None:
    gathered = gather(job.chunk, folder=folder)
    shards = folder / FOLDER
    write_examples(shards / f"{job.number:06d}.jsonl", gathered.examples)
    lines = (json.dumps(asdict(item), ensure_ascii=False) + "\n" for item in gathered.dropped)
    # Names of files may hold bytes that are no UTF-8, which this writes as JSON does.
    with (shards / f"{job.number:06d}.dropped.jsonl").open(
        "w", encoding="utf-8", errors="backslashreplace", newline="\n"
    ) as file:
        file.writelines(lines)
    unfinished = shards / f"{job.number:06d}.unfinished"
    facts = {image: look_at(image, folder=folder) for image in images_of(gathered.examples)}
    index_of(gathered.examples, facts).write_ipc(unfinished)
    unfinished.rename(_index_file(folder, job.number))


def _index_file(folder: Path, number: int) -> Path:
    return folder / FOLDER / f"{number:06d}.index"
