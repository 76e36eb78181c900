"""Stage 1: records, question-and-answer files and text become examples, split by subject without leaks."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import polars as pl

from bedside.artifact import Artifact, Draft, Plan, write, write_json
from bedside.dataset.config import DatasetConfig
from bedside.dataset.links import groups
from bedside.dataset.parts import (
    counts,
    picture_warnings,
    remove_unused_pictures,
    source_table,
    unique_ids,
    write_dropped,
    write_parts,
)
from bedside.dataset.selection import asked_for, balanced, in_part, linking, once, weighted
from bedside.dataset.shards import FOLDER, Job, dropped_in, read_index, work_through
from bedside.dataset.sources import UNPACKED, Chunk, chunks, prepare, source_digests
from bedside.dataset.split import SPLITS, Part, deal, require_sizes
from bedside.errors import DataError

__all__ = ["DatasetConfig", "build_dataset"]

VERSION = 7
_SCAFFOLD = (FOLDER, UNPACKED)
_SCRAP = "scrap"


def build_dataset(config: DatasetConfig, *, out_dir: Path) -> Artifact:
    """Make examples from every source of `config` and split them by subject.

    Writes `train.jsonl`, `validation.jsonl`, `test.jsonl`, `images/`, `pictures/` (how ECGs were
    drawn), `split.json` (subjects of each part), `sources.json` (examples and licences of each source) and
    `dropped.jsonl` (what was not used, and why).
    A build that was stopped goes on with the pieces that are missing.

    Raises:
        DataError: a source cannot be read, holds nothing or something that cannot be used, two examples share
            an id, or there are too few subjects for the fractions.
    """
    plan = Plan("dataset", "dataset", VERSION, config.shaping, source_digests(config))
    return write(out_dir, plan, lambda draft: _build(config, draft), resume=True)


def _build(config: DatasetConfig, draft: Draft) -> Mapping[str, Any]:
    folder = draft.path
    shutil.rmtree(folder / _SCRAP, ignore_errors=True)
    jobs = _jobs(config, folder)
    work_through(jobs, folder=folder, workers=config.workers, executor=config.executor)
    index = read_index(jobs, folder=folder)
    if not len(index):
        raise _nothing([item.reason for _, item in dropped_in(jobs, folder=folder)])
    index = once(asked_for(unique_ids(index), config.where))
    index = in_part(index, _parts(linking(index), config, folder))
    if config.balance:
        index = balanced(index, floor=config.balance_floor)
    index = weighted(index, config.weights)
    write_parts(index, folder=folder)
    reasons = write_dropped(dropped_in(jobs, folder=folder), index, folder=folder)
    sources = source_table(index)
    write_json(folder / "sources.json", sources)
    _take_down(folder)
    remove_unused_pictures(index, folder=folder)
    return {
        "counts": counts(index),
        "sources": sources,
        "dropped": reasons,
        "picture_warnings": picture_warnings(index, folder=folder),
    }


def _take_down(folder: Path) -> None:
    """Delete the shards and what was unpacked; a build that is stopped from here on begins anew.

    They are moved away as a whole first: half of them would be taken for all of them.
    """
    (folder / _SCRAP).mkdir()
    for scaffold in _SCAFFOLD:
        if (folder / scaffold).exists():
            (folder / scaffold).rename(folder / _SCRAP / scaffold)
    shutil.rmtree(folder / _SCRAP)


def _jobs(config: DatasetConfig, folder: Path) -> tuple[Job, ...]:
    pieces: list[tuple[int, Chunk]] = []
    for number, source in enumerate(config.sources):
        prepared = prepare(source, folder=folder)
        pieces += [(number, chunk) for chunk in chunks(prepared, seed=(config.seed, number))]
    return tuple(Job(position, source, chunk) for position, (source, chunk) in enumerate(pieces))


def _parts(linked: pl.DataFrame, config: DatasetConfig, folder: Path) -> dict[str, Part]:
    """Return the part of every subject: linked subjects are dealt as one, official folds are honoured.

    Where a group has subjects in several folds, it goes where it hurts least: to the test part, then to the
    validation part.
    """
    group_of = groups(linked, folder=folder)
    kind_of: dict[str, tuple[str, str]] = {}
    fixed: dict[str, Part] = {}
    asking: set[str] = set()
    columns = ("subject_id", "source", "target", "split", "asks")
    for subject, source, target, split, asks in linked.select(columns).iter_rows():
        group = group_of[subject]
        asking.update((group,) if asks else ())
        kind_of.setdefault(group, (source, (target or ("",))[0]))
        if split is not None:
            stated = (fixed.get(group, "train"), cast("Part", split))
            fixed[group] = max(stated, key=SPLITS.index)
    dealt: dict[str, Part] = deal(kind_of, fixed, config.fractions, seed=config.seed)
    part_of: dict[str, Part] = {subject: dealt[group] for subject, group in group_of.items()}
    if asking - fixed.keys():  # a published test set, or text alone, has one part and needs no other
        require_sizes(part_of, config.fractions, groups=len(dealt))
    return part_of


def _nothing(reasons: list[str]) -> DataError:
    why = f"; {len(reasons)} were dropped, the first because: {reasons[0]}" if reasons else ""
    return DataError(
        f"the sources of the data set hold no usable example{why}",
        fix="add a source to the recipe, or mend what the reason says",
    )
