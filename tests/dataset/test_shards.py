"""A build that is stopped goes on with the pieces that are missing, and ends with the same bytes."""

from __future__ import annotations

import json
import shutil
import tarfile
from pathlib import Path

import pytest

from bedside import dataset
from bedside.dataset import DatasetConfig, build_dataset, shards
from bedside.dataset.gathered import Gathered
from bedside.dataset.sources import Chunk
from inked import inked

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


UNUSED = DatasetConfig.model_validate(
    {"sources": SOURCES, "workers": 1, "where": {"source": ["synthetic vitals"]}}
)


@pytest.mark.parametrize("step", ["write_parts", "write_dropped", "_take_down", "remove_unused_pictures"])
def test_a_build_that_is_stopped_when_all_pieces_are_made_goes_on(
    step: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = getattr(dataset, step)

    def then_stop(*arguments: object, **options: object) -> object:
        done(*arguments, **options)
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(dataset, step, then_stop)
        with pytest.raises(KeyboardInterrupt):
            build_dataset(UNUSED, out_dir=tmp_path / "dataset")
    again = build_dataset(UNUSED, out_dir=tmp_path / "dataset")
    assert again.digest == build_dataset(UNUSED, out_dir=tmp_path / "whole").digest
    assert not list((again.path / "images").rglob("*.png"))


@pytest.mark.parametrize("kept", ["*.index", "*.jsonl"])
def test_a_build_that_is_stopped_while_it_deletes_its_pieces_goes_on(
    kept: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def torn(folder: Path, **_: object) -> None:
        if not folder.exists():
            return
        for file in set(filter(Path.is_file, folder.rglob("*"))) - set(folder.rglob(kept)):
            file.unlink()
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(dataset.shutil, "rmtree", torn)
        with pytest.raises(KeyboardInterrupt):
            build_dataset(CONFIG, out_dir=tmp_path / "dataset")
    again = build_dataset(CONFIG, out_dir=tmp_path / "dataset")
    assert again.digest == build_dataset(CONFIG, out_dir=tmp_path / "whole").digest


def test_pictures_are_not_missed_after_a_stop_while_the_unpacked_ones_are_deleted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = []
    with tarfile.open(tmp_path / "shard_0.tar.gz", "w:gz") as archive:
        for number in range(8):
            inked(number).save(tmp_path / f"{number}.png")
            archive.add(tmp_path / f"{number}.png", f"{number}.png")
            turns = [{"from": "human", "value": "<image>Q?"}, {"from": "gpt", "value": f"Answer {number}."}]
            rows.append({"image": f"{number}.png", "conversations": turns})
            (tmp_path / f"{number}.png").unlink()
    (tmp_path / "rows.json").write_text(json.dumps(rows))
    source = {"kind": "import", "format": "ecginstruct", "path": str(tmp_path / "rows.json")}
    source |= {"images": [str(tmp_path / "shard_0.tar.gz")]}
    config = DatasetConfig.model_validate({"sources": [source], "workers": 1})

    def torn(folder: Path, **_: object) -> None:
        pictures = list(folder.rglob("*.png"))
        for file in pictures:
            file.unlink()
        if pictures:
            raise KeyboardInterrupt
        remove(folder, ignore_errors=True)

    remove = shutil.rmtree
    with monkeypatch.context() as patched:
        patched.setattr(dataset.shutil, "rmtree", torn)
        with pytest.raises(KeyboardInterrupt):
            build_dataset(config, out_dir=tmp_path / "dataset")
    again = build_dataset(config, out_dir=tmp_path / "dataset")
    assert sum(part["pictures"] for part in again.manifest.figures["counts"].values()) == 8
    assert again.manifest.figures["dropped"] == {}
