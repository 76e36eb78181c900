"""One entrance for every kind of file, by what is in it, and one clear error for everything else."""

from __future__ import annotations

import gzip
import io
import os
import zipfile
from pathlib import Path
from typing import get_args

import numpy as np
import pytest

from bedside.ecg.readers import read_ecg, read_rows
from bedside.ecg.reading import EcgReading, WarningCode
from bedside.errors import DataError
from bedside.records import LEADS
from dicom_files import channel, group, write_dicom
from made_wfdb import made_samples, write_record

h5py = pytest.importorskip("h5py")

RATE = 500.0


def refused(location: str | Path, **options: object) -> DataError:
    with pytest.raises(DataError) as caught:
        read_ecg(location, **options)
    assert caught.value.fix
    return caught.value


def codes(reading: EcgReading) -> list[str]:
    return [warning.code for warning in reading.warnings]


def csv_of(values: np.ndarray, names: list[str]) -> str:
    rows = [",".join(f"{value:.4f}" for value in row) for row in values.T]
    return "\n".join([",".join(names), *rows]) + "\n"


def limb(samples: int = 5000) -> np.ndarray:
    """Leads I and II, shape (2, samples)."""
    return np.random.default_rng(3).normal(0, 0.3, (2, samples)).round(4)


@pytest.fixture
def two_leads(tmp_path: Path) -> Path:
    path = tmp_path / "two.csv"
    path.write_text(csv_of(limb(), ["II (mV)", "I (mV)"]))
    return path


def test_leads_are_put_in_order_and_completed(two_leads: Path) -> None:
    reading = read_ecg(two_leads, sampling_rate_hz=RATE)
    second, first = limb()
    assert reading.record.leads == LEADS[:6]
    assert reading.record.derived == {"III", "aVR", "aVL", "aVF"}
    expected = [first, second, second - first, -(first + second) / 2, first - second / 2, second - first / 2]
    assert np.allclose(reading.record.signals_mv, expected)
    assert codes(reading) == ["lead_derived", "lead_missing"]


def test_warnings_stand_in_their_order(tmp_path: Path) -> None:
    values = np.vstack([limb(6000), np.zeros((1, 6000))])
    values[1, 100:105] = np.nan
    values[0, 7] = 11.5
    path = tmp_path / "odd.csv"
    path.write_text(csv_of(values, ["I", "II", "V1"]))
    found = codes(read_ecg(path, sampling_rate_hz=RATE))
    assert found == [code for code in get_args(WarningCode) if code in found]
    assert set(found) == {
        *("nan_gap", "lead_derived", "lead_missing", "flat", "window_chosen", "unit_assumed", "amplitude"),
    }


@pytest.mark.parametrize("given", ["rec.hea", "rec", "rec.dat"])
def test_a_wfdb_record_by_any_of_its_names(tmp_path: Path, given: str) -> None:
    write_record(tmp_path, made_samples(12, 5000))
    reading = read_ecg(tmp_path / given)
    assert (reading.format, reading.record.record_name) == ("wfdb", "rec")
    assert np.allclose(reading.record.signals_mv, made_samples(12, 5000) / 1000)


def test_dots_in_the_name_of_a_record(tmp_path: Path) -> None:
    write_record(tmp_path, made_samples(12, 5000), name="a.b")
    assert read_ecg(tmp_path / "a.b").format == "wfdb"


@pytest.mark.parametrize("name", ["ecg.csv", "ecg.tsv", "ecg.txt", "ecg", "ecg.dat", "ecg.CSV"])
def test_a_table_under_any_name(two_leads: Path, name: str) -> None:
    path = two_leads.rename(two_leads.with_name(name))
    assert read_ecg(path, sampling_rate_hz=RATE).format == "csv"


def test_hdf5_and_dicom_under_any_name(tmp_path: Path) -> None:
    values = np.random.default_rng(1).normal(size=(2, 4000, 12))
    with h5py.File(tmp_path / "part.bin", "w") as file:
        file["tracings"] = values
    reading = read_ecg(f"{tmp_path}/part.bin#1", subject_id="p7")
    assert (reading.format, reading.record.subject_id) == ("hdf5", "p7")
    assert np.allclose(reading.record.signals_mv, values[1].T)
    path = write_dicom(tmp_path / "ecg.bin", [group(np.ones((1, 50)), [channel("2:1")])])
    assert read_ecg(path).format == "dicom"
    assert read_ecg(path, subject_id="p7").record.subject_id == "p7"
    table = tmp_path / "ecg.csv"
    table.write_text("I\n1\n2\n")
    assert read_ecg(table, sampling_rate_hz=500, subject_id="p7").record.subject_id == "p7"


@pytest.mark.parametrize("rate", [1e-320, 1e-5, 2e6, 1e300])
def test_a_sampling_rate_of_no_ecg_is_refused(tmp_path: Path, rate: float) -> None:
    (tmp_path / "r.hea").write_text(f"r 1 {rate!r} 2\nr.dat 16 200/mV 16 0 0 0 0 I\n")
    (tmp_path / "r.dat").write_bytes(b"\1\0\2\0")
    with pytest.raises(DataError, match="samples a second"):
        read_ecg(tmp_path / "r")


def test_samples_beyond_any_voltage_are_refused(tmp_path: Path) -> None:
    (tmp_path / "e.csv").write_text("I,II\n1e101,1\n2,3\n")
    with pytest.raises(DataError, match="beyond 1e\\+100 mV"):
        read_ecg(tmp_path / "e.csv", sampling_rate_hz=500)
    (tmp_path / "e.csv").write_text("I,II\n1e99,-1e99\n2,3\n")
    reading = read_ecg(tmp_path / "e.csv", sampling_rate_hz=500)
    assert "amplitude" in {warning.code for warning in reading.warnings}


def test_a_lead_that_was_turned_upright_is_not_turned_again(tmp_path: Path) -> None:
    (tmp_path / "r.hea").write_text("r 1 500 2\nr.dat 16 200/mV 16 0 0 0 0 -aVR\n")
    (tmp_path / "r.dat").write_bytes(np.array([200, 400], "<i2").tobytes())
    assert np.array_equal(read_ecg(tmp_path / "r", leads=["aVR"]).record.signals_mv, [[-1.0, -2.0]])
    with pytest.raises(DataError, match="'-aVR' was given"):
        read_ecg(tmp_path / "r", leads=["-aVR"])


def test_many_rows(tmp_path: Path) -> None:
    values = np.random.default_rng(1).normal(size=(4, 4000, 12))
    values[1] = np.nan
    values[2, 70, 3] = -np.inf
    with h5py.File(tmp_path / "part.h5", "w") as file:
        file["tracings"] = values
    first, second, third, fourth, fifth = read_rows(tmp_path / "part.h5", [0, 1, 2, 4, 3], gain=0.5)
    assert isinstance(first, EcgReading)
    assert isinstance(fifth, EcgReading)
    assert codes(first) == codes(fifth) == ["uncalibrated", "einthoven"]
    assert "no sample in any lead" in str(second)
    assert "infinite" in str(third)
    assert "no record 4" in str(fourth)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"PK\x03\x04" + bytes(40), "ZIP"),
        (b"\x7fELF" + bytes(60), "a program"),
        (b"MZ\x90\0" + bytes(60), "a program"),
        (b"#!/bin/sh\necho\n", "a script"),
        (b"\x89PNG\r\n\x1a\n" + bytes(20), "PNG"),
        (b"\xff\xd8\xff\xe0" + bytes(20), "JPEG"),
        (b"%PDF-1.7\n1 0 obj\n", "PDF"),
        (gzip.compress(b"I,II\n1,2\n"), "gzip"),
        (b"MATLAB 5.0 MAT-file, Platform: X" + bytes(100), "MATLAB"),
        (b"SQLite format 3\0" + bytes(20), "SQLite"),
        (b'<?xml version="1.0"?><AnnotatedECG/>', "XML"),
        (b'\xef\xbb\xbf {"I": [1, 2]}', "JSON"),
        (b"\0\1\2\3" * 50, "binary"),
        (b"", "empty"),
    ],
)
@pytest.mark.parametrize("suffix", [".csv", ".hea", ".dcm", ".hdf5", ".txt"])
def test_what_is_no_ecg_is_named_as_what_it_is(
    tmp_path: Path, content: bytes, words: str, suffix: str
) -> None:
    path = tmp_path / f"ecg{suffix}"
    path.write_bytes(content)
    error = refused(path)
    assert str(path) in error.what
    if content[:4] != b"\0\1\2\3":
        assert words in error.what


def test_a_real_zip_and_a_real_program(tmp_path: Path) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("ecg.csv", "I,II\n1,2\n")
    (tmp_path / "ecg.csv").write_bytes(packed.getvalue())
    assert "ZIP" in refused(tmp_path / "ecg.csv", sampling_rate_hz=RATE).what
    assert "program" in refused("/proc/self/exe").what or os.name != "posix"


def test_matlab_without_a_header(tmp_path: Path) -> None:
    path = tmp_path / "ecg.mat"
    path.write_bytes(b"MATLAB 5.0 MAT-file" + bytes(200))
    assert "without a WFDB header" in refused(path).what
    assert "ecg.hea" in refused(path).fix
    path = tmp_path / "ecg.dat"
    path.write_bytes(bytes(200))
    assert "without a WFDB header" in refused(path).what


@pytest.mark.parametrize(
    ("location", "words"),
    [
        ("absent.csv", "no such file"),
        ("absent", "no such file"),
        ("absent.h5#3", "no such file"),
        ("", "folder"),
        ("x" * 300, "cannot be read"),
        ("two.csv#0", "holds one record"),
        ("two.csv#one", "'one' is no number"),
        ("two.csv#-1", "'-1' is no number"),
        ("two.csv#", "'' is no number"),
        ("two.csv#" + "9" * 30, "is no number"),
    ],
)
def test_locations_that_lead_nowhere(two_leads: Path, location: str, words: str) -> None:
    assert words in refused(f"{two_leads.parent}/{location}", sampling_rate_hz=RATE).what


def test_a_number_sign_in_the_name_of_a_file(two_leads: Path) -> None:
    path = two_leads.rename(two_leads.with_name("ecg#1"))
    assert read_ecg(path, sampling_rate_hz=RATE).record.record_name == "ecg#1"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="the system has no named pipes")
def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.csv")
    assert "not a regular file" in refused(tmp_path / "pipe.csv").what


def test_an_unreadable_file(two_leads: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def denied(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", denied)
    assert "Permission denied" in refused(two_leads).what


@pytest.mark.parametrize("content", ["I,II\nnan,nan\n,NA\n", "I,II\nNaN,\n" * 1])
def test_nan_everywhere(tmp_path: Path, content: str) -> None:
    path = tmp_path / "ecg.csv"
    path.write_text(content)
    assert "no sample in any lead" in refused(path, sampling_rate_hz=RATE).what


def test_one_lead_that_is_missing_throughout(tmp_path: Path) -> None:
    values = np.vstack([limb(), np.full((1, 5000), np.nan)])
    path = tmp_path / "ecg.csv"
    path.write_text(csv_of(values, ["I (mV)", "II (mV)", "V1 (mV)"]))
    reading = read_ecg(path, sampling_rate_hz=RATE)
    assert [warning.leads for warning in reading.warnings if warning.code == "nan_gap"] == [("V1",)]


def test_the_same_lead_twice(tmp_path: Path) -> None:
    path = tmp_path / "ecg.csv"
    path.write_text(csv_of(limb(), ["I", "DI"]))
    assert "lead I twice" in refused(path, sampling_rate_hz=RATE).what
    path.write_text(csv_of(limb()[[0, 0]], ["I", "DI"]))
    assert read_ecg(path, sampling_rate_hz=RATE).record.leads == ("I",)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"sampling_rate_hz": 0.0}, "0 Hz"),
        ({"sampling_rate_hz": -1.0}, "-1 Hz"),
        ({"sampling_rate_hz": float("nan")}, "nan Hz"),
        ({"sampling_rate_hz": 0.99}, "0.99 Hz"),
        ({"sampling_rate_hz": 20_001.0}, "20001 Hz"),
        ({"unit": "mm"}, "'mm'"),
        ({"gain": 0.0}, "gain of 0"),
        ({"gain": -1.0}, "gain of -1"),
        ({"gain": float("inf")}, "gain of inf"),
        ({"gain": 1.0, "unit": "mV"}, "both"),
    ],
)
def test_options_that_cannot_be(two_leads: Path, options: dict[str, object], words: str) -> None:
    assert words in refused(two_leads, **options).what


def test_what_a_record_states_itself_must_not_be_contradicted(tmp_path: Path) -> None:
    path = write_record(tmp_path, made_samples(12, 5000))
    assert read_ecg(path, sampling_rate_hz=500, leads=LEADS).record.leads == LEADS
    assert "500 samples a second, but 400" in refused(path, sampling_rate_hz=400).what
    assert "units" in refused(path, unit="uV").what
    assert "gain of each lead" in refused(path, gain=0.5).what
    assert "2 leads were given for 12" in refused(path, leads=["I", "II"]).what
    swapped = ["II", "I", *LEADS[2:]]
    assert "names a signal 'I'" in refused(path, leads=swapped).what


def test_what_a_record_leaves_open_can_be_given(tmp_path: Path) -> None:
    digital = made_samples(2, 5000)
    path = write_record(tmp_path, digital, leads=["ch1", "ch2"], gain="1000")
    reading = read_ecg(path, leads=["V1", "-aVR"])
    assert reading.record.leads == ("aVR", "V1")
    assert np.allclose(reading.record.signals_mv, [-digital[1] / 1000, digital[0] / 1000])
    (assumed,) = [warning for warning in reading.warnings if warning.code == "unit_assumed"]
    assert set(assumed.leads) == {"V1", "aVR"}
    known = read_ecg(path, leads=["V1", "V2"], unit="V")
    assert np.allclose(known.record.signals_mv, digital)
    assert "unit_assumed" not in codes(known)


def test_gain_and_unit_of_hdf5(tmp_path: Path) -> None:
    values = np.random.default_rng(1).normal(size=(1, 4000, 12))
    with h5py.File(tmp_path / "part.h5", "w") as file:
        file["tracings"] = values
    halved = read_ecg(tmp_path / "part.h5", gain=0.5)
    assert np.allclose(halved.record.signals_mv, values[0].T / 2)
    micro = read_ecg(tmp_path / "part.h5", unit="uV")
    assert np.allclose(micro.record.signals_mv, values[0].T / 1000)


def test_real_files(data_dir: Path) -> None:
    folder = data_dir / "ecg"
    flat = read_ecg(folder / "cinc2021_chapman_ningbo" / "JS20008")
    assert [(warning.code, warning.leads) for warning in flat.warnings] == [("flat", ("V2", "V4", "V6"))]
    long = read_ecg(folder / "mitbih" / "100.dat")
    assert "window_chosen" in codes(long)
    assert long.record.leads == ("V5", "MLII")
    icu = read_ecg(folder / "icu_waveforms" / "v102s.hea")
    assert codes(icu) == ["nan_gap", "lead_missing", "window_chosen"]
    assert "without a WFDB header" in refused(folder / "other" / "example_ecg_plot.mat").what
    for path in sorted(folder.glob("cinc2021_*/*.hea")):
        assert codes(read_ecg(path)) in ([], ["flat"])


@pytest.mark.parametrize("suffix", ["dcm", "hdf5", "png", "dat", "mat", "xyz"])
def test_a_file_is_read_as_the_record_beside_it_only_where_its_header_names_it(
    tmp_path: Path, suffix: str
) -> None:
    header = write_record(tmp_path, made_samples(12, 5000)).with_suffix(".hea")
    other = header.with_suffix(f".{suffix}")
    samples = header.with_suffix(".dat").read_bytes()
    header.write_text(header.read_text().replace(".dat", ".signals"))
    header.with_suffix(".signals").write_bytes(samples)
    other.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(99) if suffix == "png" else bytes(5000))
    assert str(other) in refused(other).what
    header.write_text(header.read_text().replace(".signals", f".{suffix}"))
    other.write_bytes(samples)
    assert read_ecg(other).record.leads == LEADS
    assert read_ecg(header).record.leads == read_ecg(header.with_suffix("")).record.leads == LEADS


def test_a_dicom_file_beside_a_header_is_read_itself(tmp_path: Path) -> None:
    header = write_record(tmp_path, made_samples(12, 5000)).with_suffix(".hea")
    defined = [channel("2:1", meaning="I"), channel("2:2", meaning="II")]
    path = write_dicom(header.with_suffix(".dcm"), [group(np.arange(1000).reshape(2, 500), defined)])
    assert read_ecg(path).format == "dicom"


def test_a_header_that_cannot_be_read_is_told_of_where_a_signal_file_was_named(tmp_path: Path) -> None:
    header = write_record(tmp_path, made_samples(12, 5000)).with_suffix(".hea")
    header.write_text("nonsense\n")
    assert str(header) in refused(header.with_suffix(".dat")).what


def test_a_unit_alone_does_not_make_up_for_sensitivity(tmp_path: Path) -> None:
    defined = [channel("2:1", meaning="I", sensitivity=None)]
    path = write_dicom(tmp_path / "ecg.dcm", [group(np.arange(500).reshape(1, 500), defined)])
    error = refused(path, unit="uV")
    assert "no sensitivity" in error.what
    assert "--amplitude-gain" in error.fix
    assert "0.001 if it is 1 uV" in error.fix
