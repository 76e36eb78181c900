"""Stage 2: recordings and training examples become the text that an importance matrix is computed on.

Writes running text, whole conversations as the deployed model sees them, the figures behind every text
(`records.jsonl`), what was read, used and left out (`log.json`) and a README. Text never comes from a test
subject: that is checked, and the check stands in the log and the manifest.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from bedside.artifact import Artifact, Draft, Plan, write, write_json
from bedside.calibration.config import CalibrationConfig
from bedside.calibration.corpus import Corpus, clinical_corpus
from bedside.calibration.exclusion import held_out
from bedside.calibration.readme import readme
from bedside.calibration.reproduction import published_corpus
from bedside.calibration.sources import file_digests, find
from bedside.calibration.tokens import open_counter
from bedside.console import say
from bedside.errors import DataError

__all__ = ["CalibrationConfig", "calibrate"]

VERSION = 4
NAMED = 20


def calibrate(
    config: CalibrationConfig,
    *,
    sources: Sequence[Path] = (),
    dataset: Artifact | None = None,
    out_dir: Path,
) -> Artifact:
    """Write calibration text from recordings, a data set's training split, or both.

    Figures: texts, subjects, files read and excluded, tokens where a tokenizer is given, and how many test
    subjects are among the subjects (always 0).

    Args:
        config: what is read, how it is worded, how much is written.
        sources: folders and files of recordings, besides `config.recordings`.
        dataset: its test subjects are held out, and its training split becomes text too, but not in the
            published profile, which is made from recordings alone.
        out_dir: the folder to write.

    Raises:
        DataError: no source is given, a source holds nothing usable, or a test subject came in.
        ArtifactError: `dataset` is no data set.
    """
    found = find((*config.recordings, *sources), config)
    if not found.sources and (dataset is None or config.profile == "published"):
        raise DataError("there is nothing to calibrate on", fix="give a data set or a folder of recordings")
    without = held_out(config.exclude, dataset)
    counter = open_counter(config.tokenizer)
    inputs = {**without.digests, **counter.digests, **file_digests(config)}
    if found.sources:
        inputs["recordings"] = found.digest
    plan = Plan("calibration", "calibrate", VERSION, config.shaping, inputs)
    if config.profile == "published":
        work = partial(published_corpus, config, found, without, counter)
    else:
        work = partial(clinical_corpus, config, found, dataset, without, counter)
    artifact = write(out_dir, plan, lambda draft: _write(work(), draft))
    _name_excluded(artifact)
    return artifact


def _write(corpus: Corpus, draft: Draft) -> Mapping[str, Any]:
    for name, text in corpus.files.items():
        (draft.path / name).write_text(text, encoding="utf-8", newline="\n")
    lines = "".join(row.model_dump_json() + "\n" for row in corpus.rows)
    (draft.path / "records.jsonl").write_text(lines, encoding="utf-8", newline="\n")
    write_json(draft.path / "log.json", corpus.log.model_dump(mode="json"))
    (draft.path / "README.md").write_text(readme(corpus.log, corpus.names), encoding="utf-8", newline="\n")
    return _figures(corpus)


def _figures(corpus: Corpus) -> dict[str, Any]:
    log, totals = corpus.log, corpus.log.totals
    figures: dict[str, Any] = {
        "profile": log.profile,
        "files": dict(corpus.names),
        "texts": totals.texts,
        "distinct_texts": totals.distinct_texts,
        "subjects": totals.subjects,
        "files_used": sum(file.status == "used" for file in log.files),
        "files_superseded": sum(file.status == "superseded" for file in log.files),
        "files_excluded": sum(file.status == "excluded" for file in log.files),
        "held_out_subjects": log.exclusion_check.held_out_subjects,
        "held_out_subjects_in_calibration": log.exclusion_check.held_out_subjects_in_calibration,
    }
    if totals.tokens is not None:
        figures["tokens"] = totals.tokens
    if totals.tokens_reached is not None:
        figures["tokens_reached"] = totals.tokens_reached
    return figures if log.warning is None else {**figures, "warning": log.warning}


def _name_excluded(artifact: Artifact) -> None:
    """Say which files were not used and why; those superseded by a better form stand in the log only."""
    log = json.loads(artifact.file("log.json").read_text(encoding="utf-8"))
    excluded = [item for item in log["files"] if item["status"] == "excluded"]
    for item in excluded[:NAMED]:
        say(f"excluded: {item['name']}: {item['reason']}" + (f"\n  → {item['fix']}" if item["fix"] else ""))
    if len(excluded) > NAMED:
        say(f"excluded: {len(excluded) - NAMED} more, see {artifact.path / 'log.json'}")
    for note in log["notes"]:
        say(f"note: {note}")
    if log["warning"]:
        say(f"warning: {log['warning']}")
