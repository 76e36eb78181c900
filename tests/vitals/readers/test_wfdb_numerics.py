"""WFDB records are written by the wfdb package itself, then read back."""

import datetime as dt

import numpy as np
import pytest

from bedside.errors import DataError
from bedside.vitals.readers import wfdb_numerics
from bedside.vitals.readers.recording import Recording
from bedside.vitals.readers.wfdb_header import read_wfdb_header
from bedside.vitals.readers.wfdb_numerics import open_wfdb

wfdb = pytest.importorskip("wfdb")

NAMES = ("HR", "PULSE", "%SpO2", "II")
UNITS = ("bpm", "bpm", "%", "mV")


def values(rows=20):
    hr = 60.0 + np.arange(rows)
    pulse = hr + 1.0
    spo2 = np.full(rows, 97.0)
    hr[3] = spo2[3] = pulse[3] = np.nan
    pulse[5:8] = np.nan
    return np.column_stack([hr, pulse, spo2, np.linspace(-1, 1, rows)])


def write(folder, name="3618048n", *, data=None, names=NAMES, units=UNITS, fmt="16", gain=10.0, **options):
    data = values() if data is None else data
    options = {"fs": 1 / 60, "adc_gain": [gain] * len(names), "baseline": [0] * len(names)} | options
    wfdb.wrsamp(
        name,
        sig_name=list(names),
        units=list(units),
        p_signal=data,
        fmt=[fmt] * len(names),
        write_dir=str(folder),
        **options,
    )
    return folder / f"{name}.hea"


def edit(header, old, new):
    text = header.read_text()
    assert old in text
    header.write_text(text.replace(old, new))


def read(header, *, interval_s=None):
    recording = Recording(header, header.name, "wfdb", False, header.stem, "adult", {"sex": "male"})
    stream = open_wfdb(recording, interval_s=interval_s)
    batches = list(stream.batches)
    ticks = np.concatenate([batch.ticks for batch in batches])
    signals = {name: np.concatenate([b.signals[name] for b in batches]) for name in batches[0].signals}
    return stream, ticks, signals


@pytest.mark.parametrize(
    ("fmt", "gain"), [("16", 10.0), ("24", 10.0), ("32", 100.0), ("80", 1.0), ("516", 10.0)]
)
def test_every_format_gives_the_readings_back(tmp_path, fmt, gain):
    stream, ticks, signals = read(write(tmp_path, fmt=fmt, gain=gain))
    np.testing.assert_array_equal(ticks, [0, 1, 2, *range(4, 20)])
    written = values()[ticks]
    for column, name in enumerate(("hr", "pulse", "spo2")):
        np.testing.assert_allclose(signals[name], written[:, column], atol=0.5 / gain)
    assert stream.tally.columns_ignored == ("II",)
    assert (stream.tally.rows_read, stream.tally.encoding) == (20, "binary")
    assert stream.tally.rows_left_out == {"no value in any known column": 1}
    assert stream.tally.notes == []


def test_the_header_says_whose_and_when(tmp_path):
    start = {"base_time": dt.time(10, 2, 52), "base_date": dt.date(2100, 1, 1)}
    stream, ticks, _ = read(write(tmp_path, **start))
    head = stream.header
    assert (head.subject_id, head.record_name, head.source) == ("3618048n", "3618048n", "3618048n.hea")
    assert (head.cohort, head.demographics, head.clock_known) == ("adult", {"sex": "male"}, True)
    assert ticks[0] == 10 * 60 + 2  # the minute of the day
    stream, ticks, _ = read(write(tmp_path, "b"))
    assert (stream.header.clock_known, ticks[0]) == (False, 0)


@pytest.mark.parametrize(
    ("rate", "interval_s"),
    [("0.0166666", 60), ("0.016667", 60), ("1", 1), ("0.2", 5), ("0.5/1(0)", 2), ("8", 0.125)],
)
def test_the_headers_rate_gives_the_interval(tmp_path, rate, interval_s):
    header = write(tmp_path)
    edit(header, " 0.016666666666666666 ", f" {rate} ")
    stream, _, _ = read(header)
    assert stream.header.interval_s == interval_s
    assert stream.header.interval_evidence == f"WFDB header: fs = {rate.split('/')[0]}"


def test_the_headers_rate_wins_and_says_so(tmp_path):
    stream, _, _ = read(write(tmp_path), interval_s=1.0)
    assert stream.header.interval_s == 60
    assert stream.tally.notes == [
        "the header's fs = 0.016666666666666666 wins over the interval of 1 s that was given"
    ]


def test_a_header_without_a_rate_needs_the_interval(tmp_path):
    header = write(tmp_path)
    edit(header, "3618048n 4 0.016666666666666666 20", "3618048n 4")
    with pytest.raises(DataError, match="has no sampling rate"):
        read(header)
    stream, ticks, _ = read(header, interval_s=60.0)
    assert (stream.header.interval_s, ticks[-1]) == (60.0, 19)


def test_minus_32768_is_missing_in_every_format(tmp_path):
    data = values()
    data[2, 0] = -3276.8
    _, _, signals = read(write(tmp_path, data=data, fmt="32"))
    assert np.isnan(signals["hr"][2])
    assert signals["hr"][1] == 61.0


def test_units_are_those_of_the_header(tmp_path):
    names, units = ("HR", "Trect", "ABP Mean", "ST II"), ("Hz", "degF", "kPa", "mV")
    data = np.column_stack([[1.0, 1.5], [98.6, 98.6], [12.0, 12.0], [0.1, -0.1]])
    _, _, signals = read(write(tmp_path, data=data, names=names, units=units, gain=1000.0, fmt="32"))
    np.testing.assert_allclose(signals["hr"], [60, 90])
    np.testing.assert_allclose(signals["temperature"], 37.0)
    np.testing.assert_allclose(signals["abp_mean"], 90.0074, rtol=1e-6)
    np.testing.assert_allclose(signals["st_ii"], [1, -1])


def test_a_unit_that_is_not_known_is_not_guessed(tmp_path):
    header = write(tmp_path, units=("bpm", "furlong", "%", "mV"))
    stream, _, signals = read(header)
    assert stream.tally.notes == ["PULSE: left out, its unit 'furlong' is not known"]
    assert set(signals) == {"hr", "spo2"}
    with pytest.raises(DataError, match="HR: unknown unit 'furlong'"):
        read(write(tmp_path, units=("furlong", "bpm", "%", "mV")))


def test_pieces_give_the_same_as_the_whole(tmp_path, monkeypatch):
    header = write(tmp_path)
    _, ticks, signals = read(header)
    monkeypatch.setattr(wfdb_numerics, "_FRAMES", 3)
    stream, again, cut = read(header)
    np.testing.assert_array_equal(ticks, again)
    for name, found in signals.items():
        np.testing.assert_array_equal(found, cut[name])
    assert stream.tally.notes == []


def segments(tmp_path, layout):
    write(tmp_path, "a_1", data=values(4)[:3])
    write(tmp_path, "a_2", data=values(5)[:2, :3], names=NAMES[:3], units=UNITS[:3])
    (tmp_path / "a.hea").write_text(layout)
    return tmp_path / "a.hea"


def test_segments_are_one_recording_with_gaps(tmp_path):
    header = segments(tmp_path, "a/3 4 0.0166666 9\na_1 3\n~ 4\na_2 2\n")
    stream, ticks, signals = read(header)
    np.testing.assert_array_equal(ticks, [0, 1, 2, 7, 8])
    np.testing.assert_array_equal(signals["hr"], [60, 61, 62, 60, 61])
    assert stream.tally.columns_ignored == ("II",)
    seen = read_wfdb_header(header)
    assert seen.segments == ("a_1", "a_2")
    assert [path.name for path in seen.parts] == ["a_1.hea", "a_2.hea", "a_1.dat", "a_2.dat"]


def test_a_signal_may_be_absent_from_a_segment(tmp_path):
    names = ("HR", "PULSE", "%SpO2", "II", "CVP")
    contents = "".join(f"~ 0 1/bpm 16 0 0 0 0 {name}\n" for name in names)
    (tmp_path / "a_0.hea").write_text(f"a_0 5 0.0166666 0\n{contents}")
    header = segments(tmp_path, "a/3 5 0.0166666 5\na_0 0\na_1 3\na_2 2\n")
    edit(tmp_path / "a_2.hea", "0 PULSE", "0 CVP")
    edit(tmp_path / "a_2.hea", "10.0(0)/bpm 16 0 610", "10.0(0)/mmHg 16 0 610")
    _, _, signals = read(header)
    np.testing.assert_array_equal(signals["pulse"], [61, 62, 63, np.nan, np.nan])
    np.testing.assert_array_equal(signals["cvp"], [np.nan, np.nan, np.nan, 61, 62])


def test_several_samples_a_frame_are_averaged_over_the_valid_ones(tmp_path):
    header = write(tmp_path, "c", data=values(8)[:, :1], names=("HR",), units=("bpm",))
    edit(header, "c 1 0.016666666666666666 8", "c 1 0.0083333333 4")
    edit(header, "c.dat 16 ", "c.dat 16x2 ")
    stream, _, signals = read(header)
    assert stream.header.interval_s == 120
    np.testing.assert_allclose(signals["hr"], [60.5, 62.0, 64.5, 66.5])  # the fourth sample is missing


def test_a_wrong_checksum_is_noted(tmp_path):
    header = write(tmp_path)
    data = bytearray(header.with_suffix(".dat").read_bytes())
    data[0] ^= 1
    header.with_suffix(".dat").write_bytes(data)
    stream, _, _ = read(header)
    assert stream.tally.notes == [
        "hr of 3618048n: the samples do not have the checksum that the header gives"
    ]


@pytest.mark.parametrize("fmt", ["16", "24", "32", "516"])
@pytest.mark.parametrize("cut", [1, 8, 50])
def test_a_signal_file_cut_short_is_an_error(tmp_path, fmt, cut):
    header = write(tmp_path, fmt=fmt)
    file = header.with_suffix(".dat")
    file.write_bytes(file.read_bytes()[:-cut])
    with pytest.raises(
        DataError, match=r"3618048n\.hea: the samples from frame 0 on cannot be read"
    ) as caught:
        read(header)
    assert caught.value.fix


def test_an_absent_signal_file_is_an_error(tmp_path):
    header = write(tmp_path)
    header.with_suffix(".dat").unlink()
    with pytest.raises(DataError, match=r"cannot be read: .*3618048n\.dat"):
        read(header)


def test_an_absent_segment_is_an_error(tmp_path):
    header = segments(tmp_path, "a/2 4 1 5\na_1 3\na_2 2\n")
    (tmp_path / "a_2.hea").unlink()
    with pytest.raises(DataError, match=r"a_2\.hea: no WFDB header that can be read"):
        read(header)


def test_a_record_without_heart_rate_names_what_it_has(tmp_path):
    with pytest.raises(DataError, match=r"no heart rate \(signal HR\); the record has PULSE, II"):
        read(write(tmp_path, data=values()[:, [1, 3]], names=("PULSE", "II"), units=("bpm", "mV")))


@pytest.mark.parametrize(
    "text",
    ["", "hello world\n", "# only a comment\n", "3618048n\n", "1n 1 abc 2\n", "1n 1 -1 2\n", "1n 1 inf 2\n"],
)
def test_what_is_no_header_is_named(tmp_path, text):
    header = tmp_path / "x.hea"
    header.write_text(text)
    with pytest.raises(DataError, match=r"x\.hea:1: does not begin with the record line"):
        read_wfdb_header(header)


@pytest.mark.parametrize("name", ["../secret.dat", "/etc/hosts", "a" * 300, "a/b"])
def test_a_file_elsewhere_is_no_part_of_a_record(tmp_path, name):
    header = tmp_path / "x.hea"
    header.write_text(f"x 1 1 2\n{name} 16 1/bpm 16 0 70 140 0 HR\n")
    with pytest.raises(DataError, match=r"x\.hea: .* is no name of a file beside the header"):
        read_wfdb_header(header)


@pytest.mark.parametrize("rate", ["0", "1e-9", "1e300"])
def test_a_rate_that_cannot_be_is_an_error(tmp_path, rate):
    header = write(tmp_path)
    edit(header, " 0.016666666666666666 ", f" {rate} ")
    with pytest.raises(DataError, match=rf"3618048n\.hea:1: fs is {rate}"):
        read(header)


@pytest.mark.parametrize(
    ("layout", "message"),
    [
        ("a/2 4 1 5\na_1 3\n~ 99999999999999999999\n", r"a\.hea: segments of 1000000000000000000"),
        ("a/2 4 1 5\na_1 3\na 2\n", r"a\.hea: a segment that is in segments itself"),
    ],
)
def test_segments_that_cannot_be_are_an_error(tmp_path, layout, message):
    with pytest.raises(DataError, match=message):
        read(segments(tmp_path, layout))


@pytest.mark.parametrize(
    ("comments", "known"),
    [
        (["<age>: 65 <sex>: M"], {"age_years": 65.0, "sex": "male"}),
        (["Age: 65", "Sex: F"], {"age_years": 65.0, "sex": "female"}),
        (["age: 6 months", "gender: female"], {"age_years": 0.5, "sex": "female"}),
        (["<age>: >89 <sex>: F <diagnoses> (none)"], {"age_over_years": 89.0, "sex": "female"}),
        (["Age: 90+"], {"age_over_years": 89.0}),
        (["Age: 301"], {}),
        (["<age>: ?? <sex>: ?"], {}),
        (["image: 65", "Location: micu"], {}),
        ([], {}),
    ],
)
def test_age_and_sex_stand_in_the_comments(tmp_path, comments, known):
    header = write(tmp_path, comments=comments)
    assert read_wfdb_header(header).demographics == pytest.approx(known)


def test_real_headers_are_understood(tmp_path):
    header = tmp_path / "3141595n.hea"
    header.write_text(
        "3141595n 8 1 1938730 10:02:52\n"
        "3141595n.dat 16 1/bpm 16 0 142 29726 0 HR\n"
        "3141595n.dat 16 1/bpm 16 0 145 -25932 0 PULSE\n"
        "3141595n.dat 16 1/mmHg 16 0 -32768 -14954 0 NBP Sys\n"
    )
    seen = read_wfdb_header(header)
    assert (seen.sampling_rate, seen.signals) == ("1", ("HR", "PULSE", "NBP Sys"))
