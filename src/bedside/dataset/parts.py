"""Write what was chosen: the parts, and beside them what they are made of and what was left out."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import polars as pl

from bedside.artifact import write_json
from bedside.dataset.gathered import Dropped
from bedside.dataset.shards import examples_in
from bedside.dataset.split import SPLITS, Part
from bedside.errors import DataError
from bedside.examples import Example

__all__ = [
    "counts",
    "picture_warnings",
    "remove_unused_pictures",
    "source_table",
    "unique_ids",
    "write_dropped",
    "write_parts",
]


def unique_ids(index: pl.DataFrame) -> pl.DataFrame:
    """Give an id that stands before it already the number of its own source: `id@2`.

    Raises:
        DataError: two examples of one source share an id.
    """
    twice = index.filter(pl.struct("from_source", "id").is_duplicated())
    if len(twice):
        raise DataError(
            f"{twice['id'].n_unique()} ids stand more than once in source {twice['from_source'][0] + 1}, "
            f"first {twice['id'][0]!r}",
            fix="give every example of a source its own id",
        )
    renamed = pl.format("{}@{}", "id", pl.col("from_source") + 1)
    while index["id"].is_duplicated().any():  # a mix of mixes may have an id@2 already
        own = pl.when(pl.col("id").is_first_distinct()).then("id").otherwise(renamed)
        index = index.with_columns(own.alias("id"))
    return index


def write_parts(index: pl.DataFrame, *, folder: Path) -> None:
    """Write `train.jsonl`, `validation.jsonl`, `test.jsonl` in the order of the sources, and `split.json`."""
    with ExitStack() as stack:
        files = {
            part: stack.enter_context((folder / f"{part}.jsonl").open("w", encoding="utf-8", newline="\n"))
            for part in SPLITS
        }
        for part, line in _chosen(index, folder):
            files[part].write(line)
    used = index.filter(pl.col("left_out").is_null())
    subjects = {
        part: used.filter(pl.col("part") == part)["subject_id"].unique().sort().to_list() for part in SPLITS
    }
    write_json(folder / "split.json", subjects)


def write_dropped(
    unusable: Iterable[tuple[int, Dropped]], index: pl.DataFrame, *, folder: Path
) -> dict[str, int]:
    """Write `dropped.jsonl`, a line for everything that was not used; return the number of each reason."""
    reasons: Counter[str] = Counter()
    not_used = index.filter(pl.col("left_out").is_not_null()).select("from_source", "id", "left_out")
    with (folder / "dropped.jsonl").open(
        "w", encoding="utf-8", errors="backslashreplace", newline="\n"
    ) as file:
        for source, item in unusable:
            reasons[item.reason] += not item.superseded
            _write_line(file, source, item.name, item.reason, fix=item.fix, superseded=item.superseded)
        for source, name, reason in not_used.iter_rows():
            reasons[reason] += 1
            _write_line(file, source, name, reason)
    return {reason: count for reason, count in reasons.most_common() if count}


def counts(index: pl.DataFrame) -> dict[str, dict[str, int]]:
    """Count examples, subjects, pictures and each target in every part."""
    used = index.filter(pl.col("left_out").is_null())
    return {part: _count(used.filter(pl.col("part") == part)) for part in SPLITS}


def source_table(index: pl.DataFrame) -> dict[str, dict[str, Any]]:
    """Count the examples used of every source, part by part, with its licences."""
    used = index.filter(pl.col("left_out").is_null())
    table: dict[str, dict[str, Any]] = {}
    for (name,), rows in sorted(used.group_by("source"), key=lambda item: str(item[0][0])):
        of_part: dict[str, int] = dict(rows["part"].value_counts().iter_rows())
        table[str(name)] = {
            **{part: of_part.get(part, 0) for part in SPLITS},
            "subjects": rows["subject_id"].n_unique(),
            "licences": rows["licence"].drop_nulls().unique().sort().to_list(),
        }
    return table


def picture_warnings(index: pl.DataFrame, *, folder: Path) -> dict[str, int]:
    """Count how many pictures of ECGs that are used have a warning of each kind, the most frequent first."""
    used = _used_pictures(index)
    count: Counter[str] = Counter()
    for file in sorted((folder / "pictures").glob("*.jsonl")):
        with file.open(encoding="utf-8") as lines:
            for picture in map(json.loads, lines):
                count.update(picture["warnings"].keys() if picture["image"] in used else ())
    return dict(count.most_common())


def remove_unused_pictures(index: pl.DataFrame, *, folder: Path) -> None:
    """Delete the pictures that no example shows any more."""
    kept = _used_pictures(index)
    for picture in sorted((folder / "images").rglob("*")):
        if picture.is_file() and picture.relative_to(folder).as_posix() not in kept:
            picture.unlink()


def _used_pictures(index: pl.DataFrame) -> frozenset[str]:
    return frozenset(index.filter(pl.col("left_out").is_null())["images"].explode().drop_nulls().to_list())


def _chosen(index: pl.DataFrame, folder: Path) -> Iterator[tuple[Part, str]]:
    for (shard,), rows in index.group_by("shard", maintain_order=True):
        wanted: Mapping[int, Sequence[Any]] = {
            row[0]: row[1:]
            for row in rows.filter(pl.col("left_out").is_null()).select("line", "part", "id").iter_rows()
        }
        for number, line in enumerate(examples_in(int(str(shard)), folder=folder)):
            if number in wanted:
                part, name = wanted[number]
                yield part, _renamed(line, name)


def _renamed(line: str, name: str) -> str:
    example = Example.model_validate_json(line)
    if example.id == name and example.split is None:
        return line
    own = example.model_copy(update={"id": name, "split": None})
    return own.model_dump_json(exclude_none=True, ensure_ascii=False) + "\n"


def _count(rows: pl.DataFrame) -> dict[str, int]:
    targets = rows["target"].explode().drop_nulls().value_counts().sort("target")
    return {
        "examples": len(rows),
        "subjects": rows["subject_id"].n_unique(),
        "pictures": rows["images"].explode().drop_nulls().n_unique(),
        **{f"target: {name}": count for name, count in targets.iter_rows()},
    }


def _write_line(
    file: Any, source: int, name: str, reason: str, *, fix: str = "", superseded: bool = False
) -> None:
    line = {"source": source, "name": name, "reason": reason, "fix": fix, "superseded": superseded}
    file.write(json.dumps(line, ensure_ascii=False, sort_keys=True) + "\n")
