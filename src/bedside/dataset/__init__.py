"""Stage 1: records, question-and-answer files and text become examples, split by subject."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bedside.artifact import Artifact, Draft, Plan, write
from bedside.dataset.sources import DatasetConfig, Gathered, gather, source_digests
from bedside.dataset.split import check_leaks, counts, split_by_subject
from bedside.examples import write_examples

__all__ = ["DatasetConfig", "build_dataset"]

VERSION = 1


def build_dataset(config: DatasetConfig, *, out_dir: Path) -> Artifact:
    """Make examples from every source of `config` and split them by subject.

    Writes `train.jsonl`, `validation.jsonl`, `test.jsonl`, `images/`, `split.json` (subjects of each split)
    and `excluded.json` (what was not used, and why).

    Raises:
        DataError: a source cannot be read, holds nothing, or two examples share an id.
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
    leaks = check_leaks(split, folder=draft.path)
    for name, examples in split.items():
        write_examples(draft.path / f"{name}.jsonl", examples)
    subjects = {name: sorted({e.subject_id for e in examples}) for name, examples in split.items()}
    _write_json(draft.path / "split.json", subjects)
    _write_json(draft.path / "excluded.json", [vars(item) for item in gathered.excluded])
    return {"counts": counts(split), "excluded": len(gathered.excluded), "leaks": leaks}


def _write_json(path: Path, value: object) -> None:
    text = json.dumps(value, indent=1, ensure_ascii=False, sort_keys=True)
    path.write_text(text + "\n", encoding="utf-8", newline="\n")
