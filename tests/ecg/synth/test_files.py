from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from bedside.ecg.synth import KINDS, synthesize, write_synthetic, write_wfdb
from bedside.errors import DataError
from bedside.records import EcgRecord

wfdb = pytest.importorskip("wfdb")


def record(**options) -> EcgRecord:
    rng = np.random.default_rng(4)
    return synthesize("stemi_anterior", rng=rng, subject_id="s", record_name="made-1", **options).record


@pytest.mark.parametrize("rate", [500, 257, 360.5])
def test_wfdb_reads_what_was_written(tmp_path, rate):
    made = record(sampling_rate_hz=rate)
    write_wfdb(made, tmp_path, comments=("shows: something", "a, b"))
    read = wfdb.rdrecord(str(tmp_path / "made-1"), physical=False)
    assert tuple(read.sig_name) == made.leads
    assert read.fs == rate
    assert read.comments == ["shows: something", "a, b"]
    assert np.array_equal(read.d_signal, np.rint(made.signals_mv.T * 1000).astype(int))
    assert np.array_equal(np.array(read.checksum) % 65536, np.array(read.calc_checksum()) % 65536)
    physical = wfdb.rdrecord(str(tmp_path / "made-1"))
    assert physical.units == ["mV"] * 12
    np.testing.assert_allclose(physical.p_signal.T, made.signals_mv, atol=0.0005001)


def test_what_was_not_recorded_stays_so(tmp_path):
    made = record()
    signals = made.signals_mv.copy()
    signals[3, 100:200] = np.nan
    write_wfdb(replace(made, signals_mv=signals), tmp_path)
    read = wfdb.rdrecord(str(tmp_path / "made-1")).p_signal.T
    assert np.array_equal(np.isnan(read), np.isnan(signals))


def test_the_same_record_gives_the_same_bytes(tmp_path):
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        write_wfdb(record(), tmp_path / name, comments=("c",))
    for suffix in ("hea", "dat"):
        assert (tmp_path / "a" / f"made-1.{suffix}").read_bytes() == (
            tmp_path / "b" / f"made-1.{suffix}"
        ).read_bytes()


@pytest.mark.parametrize("name", ["", "../up", "a b", "a/b", "a.b", "x\n"])
def test_names_that_cannot_stand_in_a_header_are_refused(tmp_path, name):
    with pytest.raises(DataError, match="record"):
        write_wfdb(replace(record(), record_name=name), tmp_path)
    assert not list(tmp_path.iterdir())


def test_a_comment_of_two_lines_is_refused(tmp_path):
    with pytest.raises(DataError, match="more than one line"):
        write_wfdb(record(), tmp_path, comments=("a\nb",))


def test_voltages_beyond_the_format_are_refused(tmp_path):
    made = record()
    with pytest.raises(DataError, match=r"32\.767"):
        write_wfdb(replace(made, signals_mv=made.signals_mv * 100), tmp_path)


def files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_a_folder_of_records_with_their_truth(tmp_path):
    written = write_synthetic(tmp_path / "out", count=31, seed=5)
    assert written == {kind: 2 if number < 2 else 1 for number, kind in enumerate(KINDS)}
    lines = (tmp_path / "out" / "truth.jsonl").read_text(encoding="utf-8").splitlines()
    truths = [json.loads(line) for line in lines]
    assert [truth["kind"] for truth in truths[:29]] == list(KINDS)
    for truth in truths:
        read = wfdb.rdheader(str(tmp_path / "out" / truth["record_name"]))
        assert read.sig_len == 5000
        assert f"shows: {truth['phrase']}" in read.comments


def test_the_same_seed_gives_the_same_bytes_and_more_records_do_not_change_the_first(tmp_path):
    for name, count, seed in (("a", 3, 1), ("b", 3, 1), ("c", 4, 1), ("d", 3, 2)):
        write_synthetic(tmp_path / name, count=count, seed=seed, kinds=("paced", "long_qt"), duration_s=4)
    one, same, more, other = (files(tmp_path / name) for name in "abcd")
    assert one == same
    assert all(more[name] == data for name, data in one.items() if name != "truth.jsonl")
    assert more["truth.jsonl"].startswith(one["truth.jsonl"])
    assert not any(other[name] == data for name, data in one.items())


def test_a_folder_that_holds_something_is_left_alone(tmp_path):
    (tmp_path / "mine.txt").write_text("x")
    with pytest.raises(DataError, match="not empty"):
        write_synthetic(tmp_path, count=1, seed=0)
    with pytest.raises(DataError, match="not empty"):
        write_synthetic(tmp_path / "mine.txt", count=1, seed=0)
    assert files(tmp_path) == {"mine.txt": b"x"}


@pytest.mark.parametrize("folder", [".", "..", "new/.."])
def test_a_folder_without_a_name_is_refused(tmp_path, monkeypatch, folder):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(DataError, match="needs a name"):
        write_synthetic(Path(folder), count=1, seed=0)
    assert files(tmp_path) == {}


@pytest.mark.parametrize(
    "options",
    [
        {"count": 0, "seed": 0},
        {"count": 2, "seed": -1},
        {"count": 2, "seed": 0, "kinds": ("paced", "no such kind")},
        {"count": 2, "seed": 0, "sampling_rate_hz": 0},
        {"count": 2, "seed": 0, "duration_s": 0.5},
    ],
)
def test_what_cannot_be_made_is_refused_before_anything_is_written(tmp_path, options):
    with pytest.raises(DataError):
        write_synthetic(tmp_path / "out", **options)
    assert not (tmp_path / "out").exists()


def test_a_run_that_was_stopped_leaves_no_folder_and_is_made_again_whole(tmp_path, monkeypatch):
    from bedside.ecg.synth import files

    write, written = files.write_wfdb, []

    def stopped(record, folder, **options):
        written.append(record.record_name)
        if len(written) == 3:
            raise KeyboardInterrupt
        write(record, folder, **options)

    monkeypatch.setattr(files, "write_wfdb", stopped)
    with pytest.raises(KeyboardInterrupt):
        write_synthetic(tmp_path / "out", count=4, seed=1)
    assert not (tmp_path / "out").exists()
    write_synthetic(tmp_path / "out", count=4, seed=1)
    assert len(list((tmp_path / "out").glob("*.hea"))) == 4
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
