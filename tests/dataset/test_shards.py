"""A build that is stopped goes on with the pieces that are missing, and ends with the same bytes."""

from __future__ import annotations

from pathlib import Path

import pytest

from bedside.dataset import DatasetConfig, build_dataset, shards
from bedside.dataset.gathered import Gathered
from bedside.dataset.sources import Chunk

SOURCES = [{"kind": "synthetic_vitals", "subjects": 400}, {"kind": "synthetic_ecg", "subjects": 10}]
CONFIG = DatasetConfig.model_validate({"sources": SOURCES, "workers": 1})


def test_a_build_goes_on_where_it_was_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = build_dataset(CONFIG, out_dir=tmp_path / "whole")
    gather, made = shards.gather, list[Chunk]()

    def until_the_third(chunk: Chunk, *, folder: Path) -> Gathered:
        made.append(chunk)
        if len(made) == 3:
            raise KeyboardInterrupt
        return gather(chunk, folder=folder)

    monkeypatch.setattr(shards, "gather", until_the_third)
    with pytest.raises(KeyboardInterrupt):
        build_dataset(CONFIG, out_dir=tmp_path / "dataset")
    again = build_dataset(CONFIG, out_dir=tmp_path / "dataset")
    assert len(made) == 3 + 3
    assert made[2] == made[3]
    assert again.digest == whole.digest
    assert not list(again.path.glob("shards*"))


def test_a_piece_that_was_cut_off_in_the_middle_is_made_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write, written = shards.write_examples, list[Path]()

    def torn(path: Path, examples: object) -> int:
        written.append(path)
        if len(written) == 2:
            path.write_text('{"id": "half')
            raise KeyboardInterrupt
        return write(path, examples)  # type: ignore[arg-type]

    monkeypatch.setattr(shards, "write_examples", torn)
    with pytest.raises(KeyboardInterrupt):
        build_dataset(CONFIG, out_dir=tmp_path / "dataset")
    again = build_dataset(CONFIG, out_dir=tmp_path / "dataset")
    assert again.digest == build_dataset(CONFIG, out_dir=tmp_path / "whole").digest
