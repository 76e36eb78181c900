"""Stage 1: records, question-and-answer files and text become examples, split by subject."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bedside.artifact import Artifact, Draft, Plan, write, write_json
from bedside.dataset.sources import DatasetConfig, Gathered, gather, source_digests
from bedside.dataset.split import check_leaks, check_sizes, counts, split_by_subject
from bedside.examples import write_examples

__all__ = ["DatasetConfig", "build_dataset"]

VERSION = 3


def build_dataset(config: DatasetConfig, *, out_dir: Path) -> Artifact:
    """Make examples from every source of `config` and split them by subject.

    Writes `train.jsonl`, `validation.jsonl`, `test.jsonl`, `images/`, `split.json` (subjects of each split)
    and `excluded.json` (what was not used, and why).

    Raises:
        DataError: a source cannot be read, holds nothing or something that cannot be used, two examples share
            an id, or there are too few subjects for the fractions.
    """
    plan = Plan("dataset", "dataset", VERSION, config.model_dump(mode="json"), source_digests(config))
    return write(out_dir, plan, lambda draft: _build(config, draft))


def _build(config: DatasetConfig, draft: Draft) -> Mapping[str, Any]:
    gathered = Gathered()
    for index, source in enumerate(config.sources):
        gathered = gathered + gather(
            source, folder=draft.path, seed=[config.seed, index], workers=config.workers
        )
    split = split_by_subject(gathered.examples, config.fractions, seed=config.seed)
    check_sizes(split, config.fractions)
    leaks = check_leaks(split, folder=draft.path)
    for name, examples in split.items():
        write_examples(draft.path / f"{name}.jsonl", examples)
    subjects = {name: sorted({e.subject_id for e in examples}) for name, examples in split.items()}
    write_json(draft.path / "split.json", subjects)
    excluded = [
        {"name": item.name, "reason": item.reason, "superseded": item.superseded}
        for item in gathered.excluded
    ]
    write_json(draft.path / "excluded.json", excluded)
    return {"counts": counts(split), "excluded": len(gathered.excluded), "leaks": leaks}
