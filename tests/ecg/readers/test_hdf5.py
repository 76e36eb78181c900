"""The layout of CODE-15 %: padding trimmed, unit never silently believed, one bad row stops nothing."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from bedside.ecg.readers.hdf5 import count, read_hdf5, read_rows
from bedside.ecg.reading import EcgReading
from bedside.errors import DataError
from bedside.records import LEADS

h5py = pytest.importorskip("h5py")


def tracings(records: int = 4, samples: int = 400) -> np.ndarray:
    """Rows of the layout; 50 samples of padding before and 30 after, with a flat stretch of zeros inside."""
    values = np.random.default_rng(8).normal(size=(records, samples, 12)).astype(np.float32)
    values[:, :50] = 0
    values[:, -30:] = 0
    values[:, 200:210] = 0
    return values


def write(path: Path, *, ids: bool = True, **datasets: object) -> Path:
    with h5py.File(path, "w") as file:
        for name, values in ({"tracings": tracings()} | datasets).items():
            if values is not None:
                file.create_dataset(name, data=values)
        if ids:
            file["exam_id"] = np.arange(4) + 1000
    return path


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return write(tmp_path / "part.hdf5")


def codes(reading: EcgReading) -> list[str]:
    return [warning.code for warning in reading.warnings]


def refused(path: Path, index: int | None = 0, **options: object) -> DataError:
    with pytest.raises(DataError) as caught:
        read_hdf5(path, index, **options)
    assert str(path) in str(caught.value)
    assert caught.value.fix
    return caught.value


def test_padding_is_trimmed_at_the_ends_only(path: Path) -> None:
    reading = read_hdf5(path, 2)
    assert reading.format == "hdf5"
    assert reading.record.record_name == "1002"
    assert reading.record.leads == LEADS
    assert reading.record.sampling_rate_hz == 400.0
    assert np.array_equal(reading.record.signals_mv, tracings()[2, 50:-30].T)
    assert reading.record.signals_mv.flags.c_contiguous
    assert codes(reading) == ["uncalibrated", "padding_trimmed"]
    uncalibrated, trimmed = reading.warnings
    assert uncalibrated.leads == LEADS
    assert "--amplitude-gain 0.5" in uncalibrated.message
    assert "50 samples" in trimmed.message
    assert "30 after" in trimmed.message


def test_a_single_lead_that_begins_with_zeros_is_not_padding(tmp_path: Path) -> None:
    values = np.ones((1, 100, 12), np.float32)
    values[0, :40, 3] = 0
    reading = read_hdf5(write(tmp_path / "part.h5", ids=False, tracings=values), 0)
    assert reading.record.signals_mv.shape == (12, 100)
    assert codes(reading) == ["uncalibrated"]
    assert reading.record.record_name == "part#0"


def test_gain_sampling_rate_and_leads_given(path: Path) -> None:
    names = [*LEADS[1:], "I"]
    reading = read_hdf5(path, 0, gain=0.5, sampling_rate_hz=500.0, leads=names)
    assert reading.record.sampling_rate_hz == 500.0
    assert reading.record.leads == tuple(names)
    assert np.allclose(reading.record.signals_mv, tracings()[0, 50:-30].T / 2)
    assert "0.5" in reading.warnings[0].message
    assert "--gain" not in reading.warnings[0].message
    assert "2 leads" in refused(path, leads=["I", "II"]).what


def test_index(path: Path, tmp_path: Path) -> None:
    assert count(path) == 4
    assert "holds 4 records" in refused(path, None).what
    assert "part.hdf5#0 … part.hdf5#3" in refused(path, None).fix
    for index in (4, -1, 10**15):
        assert "the file holds 4" in refused(path, index).what
    one = write(tmp_path / "one.h5", ids=False, tracings=tracings(1))
    assert read_hdf5(one, None).record.signals_mv.shape == (12, 320)
    none = write(tmp_path / "none.h5", ids=False, tracings=np.zeros((0, 400, 12)))
    assert count(none) == 0
    assert "holds 0" in refused(none).what


def test_rows_that_hold_no_ecg_give_their_error_and_stop_nothing(tmp_path: Path) -> None:
    values = tracings()
    values[1] = 0
    path = write(tmp_path / "part.hdf5", tracings=values)
    found = list(read_rows(path, [0, 1, 2, 9, 3]))
    assert [isinstance(each, EcgReading) for each in found] == [True, False, True, False, True]
    assert "record 1001 holds zeros only" in str(found[1])
    assert "no record 9" in str(found[3])


def test_missing_samples_stay_missing(tmp_path: Path) -> None:
    values = tracings()
    values[0, 100:110, 5] = np.nan
    reading = read_hdf5(write(tmp_path / "part.hdf5", tracings=values), 0)
    assert np.isnan(reading.record.signals_mv[5]).sum() == 10


def test_damaged_chunk_is_one_bad_row(tmp_path: Path) -> None:
    path = tmp_path / "part.hdf5"
    with h5py.File(path, "w") as file:
        made = file.create_dataset("tracings", data=tracings(), chunks=(1, 400, 12), compression="gzip")
        chunk = made.id.get_chunk_info(1)
    content = bytearray(path.read_bytes())
    content[chunk.byte_offset + 20 : chunk.byte_offset + 2000] = bytes(1980)
    path.write_bytes(content)
    found = list(read_rows(path, range(4)))
    assert [isinstance(each, EcgReading) for each in found] == [True, False, True, True]
    assert "record 1 is damaged" in str(found[1])


@pytest.mark.parametrize(
    ("datasets", "words"),
    [
        (
            {"tracings": None, "ecg": np.zeros((3, 5))},
            "no dataset 'tracings'; found ecg (3, 5), exam_id (4,)",
        ),
        ({"tracings": np.zeros((4, 400, 8))}, "(4, 400, 8)"),
        ({"tracings": np.zeros((400, 12))}, "(400, 12)"),
        ({"tracings": np.array([[[b"x"] * 12]])}, "not numbers"),
        ({"tracings": 1.0}, "not numbers"),
    ],
)
def test_other_layouts_are_refused(tmp_path: Path, datasets: dict[str, object], words: str) -> None:
    assert words in refused(write(tmp_path / "other.h5", **datasets)).what


def test_nothing_outside_the_file_is_opened(tmp_path: Path) -> None:
    inside = write(tmp_path / "inside.h5")
    path = tmp_path / "links.h5"
    with h5py.File(path, "w") as file:
        file["tracings"] = h5py.ExternalLink(inside.name, "/tracings")
    assert "no dataset 'tracings'" in refused(path).what
    virtual = tmp_path / "virtual.h5"
    with h5py.File(virtual, "w") as file:
        layout = h5py.VirtualLayout(shape=(4, 400, 12), dtype="f4")
        layout[:] = h5py.VirtualSource(inside, "tracings", shape=(4, 400, 12))
        file.create_virtual_dataset("tracings", layout)
    assert "lies in another file" in refused(virtual).what


def test_sizes_that_a_file_only_claims_are_refused_at_once(tmp_path: Path) -> None:
    path = tmp_path / "huge.h5"
    with h5py.File(path, "w") as file:
        file.create_dataset("tracings", shape=(10, 10**9, 12), chunks=(1, 1024, 12), dtype="f4")
    assert "1000000000 samples a record" in refused(path).what
    chunked = tmp_path / "chunked.h5"
    with h5py.File(chunked, "w") as file:
        file.create_dataset("tracings", shape=(10**6, 4096, 12), chunks=(10**4, 4096, 12), dtype="f4")
    assert "pieces of 1966080000 bytes" in refused(chunked).what


@pytest.mark.parametrize("keep", [8, 100, 2000, -100])
def test_truncated_file(path: Path, keep: int) -> None:
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(DataError, match="copy the file again"):
        count(path)


def test_real_tracings(data_dir: Path) -> None:
    path = data_dir / "ecg" / "code15" / "exams_part_sample.hdf5"
    found = list(read_rows(path, range(count(path)), gain=0.5))
    assert [each.record.signals_mv.shape[1] for each in found] == [2934, 4096, 2934, 4096, 2934]
    with h5py.File(path) as file:
        assert found[0].record.record_name == str(file["exam_id"][0])
        assert np.allclose(found[0].record.signals_mv, file["tracings"][0, 581:3515].T / 2)


def test_a_pipe_is_refused_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.hdf5")
    for name, what in (("pipe.hdf5", "not a regular file"), ("absent.hdf5", "there is no such file")):
        with pytest.raises(DataError, match=what):
            next(read_rows(tmp_path / name, [0]))
