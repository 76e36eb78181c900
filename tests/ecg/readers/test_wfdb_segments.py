from __future__ import annotations

import numpy as np
import pytest

from bedside.ecg.readers.wfdb_header import read_header
from bedside.ecg.readers.wfdb_record import read_wfdb
from bedside.ecg.readers.wfdb_segments import parts_of
from bedside.errors import DataError
from made_wfdb import write_record


def write(folder, name, text):
    path = folder / f"{name}.hea"
    path.write_text(text)
    return path


def segment(folder, name, rows, leads, **line):
    return write_record(folder, np.asarray(rows), name=name, leads=leads, **line)


def test_a_fixed_layout(tmp_path):
    segment(tmp_path, "s1", [[1, 2], [3, 4]], ("I", "II"), gain="1/mV", comments="# Age: 50\n")
    segment(tmp_path, "s2", [[10], [20]], ("I", "II"), gain="10/mV")
    read = read_wfdb(write(tmp_path, "rec", "rec/2 2 500 3\ns1 2\ns2 1\n# Sex: F\n"))
    assert read.record.leads == ("I", "II")
    assert read.record.signals_mv.tolist() == [[1, 2, 1], [3, 4, 2]]
    assert (read.age_years, read.sex, read.comments) == (50.0, "female", ("Sex: F", "Age: 50"))


def test_a_variable_layout(tmp_path):
    write(
        tmp_path,
        "lay",
        "lay 3 500 0\n~ 0 1/mV 0 0 0 0 0 V\n~ 0 1/mV 0 0 0 0 0 II\n~ 0 1/mV 0 0 0 0 0 III\n# Age: 7\n",
    )
    segment(tmp_path, "s1", [[1, 2]], ("II",), gain="1/mV")
    segment(tmp_path, "s2", [[3], [4]], ("II", "V"), gain="1(1)/mV")
    read = read_wfdb(write(tmp_path, "rec", "rec/4 3 500 5\nlay 0\ns1 2\n~ 2\ns2 1\n"))
    assert read.record.leads == ("V", "II")
    nan = np.nan
    np.testing.assert_array_equal(read.record.signals_mv, [[nan, nan, nan, nan, 3], [1, 2, nan, nan, 2]])
    assert read.age_years == 7.0


def test_leads_are_joined_under_their_standard_name(tmp_path):
    segment(tmp_path, "s1", [[1]], ("avr",), gain="1/mV")
    segment(tmp_path, "s2", [[2]], ("-aVR",), gain="1/mV")
    read = read_wfdb(write(tmp_path, "rec", "rec/2 1 500\ns1 1\ns2 1\n"))
    assert read.record.leads == ("aVR",)
    assert read.record.signals_mv.tolist() == [[1, -2]]


def test_signals_of_one_name_stay_apart(tmp_path):
    segment(tmp_path, "s1", [[1], [2]], ("ECG", "ECG"), gain="1/mV")
    segment(tmp_path, "s2", [[3]], ("ECG",), gain="1/mV")
    read = read_wfdb(write(tmp_path, "rec", "rec/2 2 500 2\ns1 1\ns2 1\n"))
    assert read.record.leads == ("ECG", "ECG")
    np.testing.assert_array_equal(read.record.signals_mv, [[1, 3], [2, np.nan]])


def test_slow_signals_come_to_the_rate_of_the_fastest(tmp_path):
    (tmp_path / "a.dat").write_bytes(np.array([[0, 1, 2, 3, 10], [4, 5, 6, 7, 18]], dtype="<i2").tobytes())
    text = "rec 2 125 2\na.dat 16x4 1/mV 16 0 0 0 0 I\na.dat 16 1/mV 16 0 0 0 0 V\n"
    read = read_wfdb(write(tmp_path, "rec", text))
    assert read.record.sampling_rate_hz == 500.0
    assert read.record.signals_mv.tolist() == [[0, 1, 2, 3, 4, 5, 6, 7], [10, 12, 14, 16, 18, 18, 18, 18]]


def test_what_is_missing_in_a_slow_signal_stays_missing(tmp_path):
    (tmp_path / "a.dat").write_bytes(np.array([[0, 0, 8], [0, 0, -32768], [0, 0, 6]], dtype="<i2").tobytes())
    text = "rec 2 125 3\na.dat 16x2 1/mV 16 0 0 0 0 I\na.dat 16 1/mV 16 0 0 0 0 V\n"
    rows = read_wfdb(write(tmp_path, "rec", text)).record.signals_mv
    np.testing.assert_array_equal(rows[1], [8, np.nan, np.nan, np.nan, 6, 6])


def test_segments_may_differ_in_samples_per_frame(tmp_path):
    for name, per_frame in (("s1", 1), ("s2", 2)):
        (tmp_path / f"{name}.dat").write_bytes(np.array([2, 4][:per_frame], dtype="<i2").tobytes())
        write(tmp_path, name, f"{name} 1 100 1\n{name}.dat 16x{per_frame} 1/mV 16 0 0 0 0 I\n")
    read = read_wfdb(write(tmp_path, "rec", "rec/2 1 100 2\ns1 1\ns2 1\n"))
    assert read.record.sampling_rate_hz == 200.0
    assert read.record.signals_mv.tolist() == [[2, 2, 2, 4]]


def test_warnings_come_from_every_segment(tmp_path):
    path = segment(tmp_path, "s1", [[1, 2], [3, 4]], ("I", "II"), gain="0/mV")
    path.write_text(path.read_text().replace(" 3 0 I", " 4 0 I"))
    segment(tmp_path, "s2", [[1], [2]], ("II", "V1"), gain="1")
    read = read_wfdb(write(tmp_path, "rec", "rec/2 3 500 3\ns1 2\ns2 1\n"))
    assert [(warning.code, warning.leads) for warning in read.warnings] == [
        ("uncalibrated", ("I", "II")),
        ("checksum", ("I",)),
        ("unit_assumed", ("II", "V1")),
    ]


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("rec/1 1 500 2\nrec 2\n", "segment rec is made of segments itself"),
        ("rec/1 1 500 2\nother 2\n", "segment other is made of segments itself"),
        ("rec/1 1 500 3\ns1 2\n", "says 3 samples, its segments have 2"),
        ("rec/1 1 500 3\ns1 3\n", "segment s1 has 2 samples, the record's header says 3"),
        ("rec/1 1 250 2\ns1 2\n", "segment s1 has 500 frames a second, the record 250"),
        ("rec/1 1 500 2\nnone 2\n", "no such header"),
        ("rec/2 1 500\nlay 0\ns1 0\n", "holds no samples"),
        ("rec/1 1 500\n~ 9\n", "no signal in volts"),
        ("rec/0 1 500\n", "no signal in volts; it has no signal at all"),
        ("rec/1 1 500 1000000000000\ns1 1000000000000\n", "segment s1 has 2 samples"),
        ("rec/2 1 500 1000000000002\ns1 2\n~ 1000000000000\n", "only 2 values were recorded"),
        ("rec/2 1 500\n~ 999999999999999999\ns1 2\n", "only 2 values were recorded"),
    ],
)
def test_what_is_wrong_with_segments_is_named(tmp_path, text, named):
    segment(tmp_path, "s1", [[1, 2]], ("II",))
    write(tmp_path, "other", "other/1 1 500 2\nrec 2\n")
    with pytest.raises(DataError) as caught:
        read_wfdb(write(tmp_path, "rec", text))
    assert named in caught.value.reason
    assert caught.value.file is not None
    assert caught.value.fix


def test_parts_of_a_record_with_samples_is_the_record(tmp_path):
    header = read_header(segment(tmp_path, "s1", [[1, 2]], ("II",)))
    (part,) = parts_of(header)
    assert part.header is header
    assert part.frames == 2
