from __future__ import annotations

import numpy as np
import pytest

from bedside.ecg.readers.wfdb_header import parse_header
from bedside.ecg.readers.wfdb_signals import fill_mv, read_stretch
from bedside.errors import DataError
from made_wfdb import checksum


def stretch(folder, text, **files):
    for name, samples in files.items():
        (folder / f"{name}.dat").write_bytes(np.asarray(samples, dtype="<i2").tobytes())
    return read_stretch(parse_header(text, folder / "rec.hea"))


def millivolts(channel, size):
    out = np.empty(size)
    fill_mv(channel, out)
    return out.tolist()


def test_gain_baseline_and_unit_of_each_signal(tmp_path):
    read = stretch(
        tmp_path,
        "rec 4 500 2\na.dat 16 100(10)/uV 16 0 0 0 0 I\na.dat 16 2/V 16 0 0 0 0 II\n"
        "a.dat 16 -10(5)/mV 16 0 0 0 0 V1\na.dat 16 200 11 1024 0 0 0 V2\n",
        a=[[110, 2, 5, 1024], [10, -2, 15, 824]],
    )
    assert [channel.lead for channel in read.channels] == ["I", "II", "V1", "V2"]
    values = [millivolts(channel, 2) for channel in read.channels]
    assert values == [pytest.approx(row) for row in ([1e-3, 0], [1e3, -1e3], [0, -1], [0, -1])]
    assert [channel.unit_known for channel in read.channels] == [True, True, True, False]


def test_without_gain_the_default_holds_and_the_signal_is_uncalibrated(tmp_path):
    read = stretch(tmp_path, "rec 2 500 1\na.dat 16 0/mV 16 0 0 0 0 I\na.dat 16\n", a=[[300, 200]])
    assert [channel.calibrated for channel in read.channels] == [False, False]
    assert [millivolts(channel, 1) for channel in read.channels] == [[1.5], [1.0]]
    assert read.channels[1].lead == "signal 1"


def test_a_lead_upside_down_is_turned(tmp_path):
    read = stretch(tmp_path, "rec 1 500 1\na.dat 16 100/mV 16 0 0 0 0 -aVR\n", a=[100])
    assert read.channels[0].lead == "aVR"
    assert millivolts(read.channels[0], 1) == [-1.0]


def test_several_files_in_any_order_of_lines(tmp_path):
    text = "rec 3 500 2\na.dat 16 1 16 0 0 0 0 I\nb.dat 16 1 16 0 0 0 0 vx\na.dat 16 1 16 0 0 0 0 II\n"
    read = stretch(tmp_path, text, a=[[1, 2], [3, 4]], b=[5, 6])
    assert [(channel.lead, millivolts(channel, 2)) for channel in read.channels] == [
        ("I", [1, 3]),
        ("vx", [5, 6]),
        ("II", [2, 4]),
    ]


def test_files_may_differ_in_format(tmp_path):
    (tmp_path / "b.dat").write_bytes(bytes([129, 127]))
    text = "rec 2 500 2\na.dat 16 1 16 0 0 0 0 I\nb.dat 80 1 8 0 0 0 0 II\n"
    read = stretch(tmp_path, text, a=[7, 8])
    assert [millivolts(channel, 2) for channel in read.channels] == [[7, 8], [1, -1]]


def test_signals_with_several_samples_in_a_frame(tmp_path):
    lines = ("16x2 1 16 0 0 10 0 I", "16 1/mmHg 16 0 0 0 0 ABP", "16x3 1 16 0 0 45 0 II")
    text = "rec 3 125 2\n" + "".join(f"a.dat {line}\n" for line in lines)
    read = stretch(tmp_path, text, a=[[1, 2, 99, 10, 11, 12], [3, 4, 98, 0, 5, 7]])
    assert [(channel.lead, channel.samples_per_frame) for channel in read.channels] == [("I", 2), ("II", 3)]
    assert millivolts(read.channels[0], 4) == [1, 2, 3, 4]
    assert millivolts(read.channels[1], 6) == [10, 11, 12, 0, 5, 7]
    assert not any(channel.checksums for channel in read.channels)


@pytest.mark.parametrize("per_frame", [1, 2])
def test_skew_moves_a_signal_and_leaves_its_end_unknown(tmp_path, per_frame):
    text = f"rec 2 500 3\na.dat 16x{per_frame}:1 1 16 0 0 0 0 I\na.dat 16 1 16 0 0 0 0 II\n"
    read = stretch(tmp_path, text, a=np.arange(3 * (per_frame + 1)).reshape(3, -1))
    want = [2, 4, np.nan] if per_frame == 1 else [3, 4, 6, 7, np.nan, np.nan]
    np.testing.assert_array_equal(millivolts(read.channels[0], 3 * per_frame), want)
    read = stretch(tmp_path, text.replace(":1", ":999999999999999999"))
    assert np.isnan(millivolts(read.channels[0], 3 * per_frame)).all()


@pytest.mark.parametrize("per_frame", [1, 2])
def test_differences_are_added_up_from_the_initial_value(tmp_path, per_frame):
    signals = np.array([[1, -2, 5, 1], [3, 4, -1, -128]], dtype=np.int8)
    frames = signals.reshape(2, -1, per_frame).swapaxes(0, 1)
    (tmp_path / "d.dat").write_bytes(frames.tobytes())
    line = f"d.dat 8x{per_frame} 1 8 "
    text = f"rec 2 500 {len(frames)}\n{line}0 100 0 0 I\n{line}7 0 0 0 II\n"
    read = stretch(tmp_path, text)
    assert millivolts(read.channels[0], 4) == [101, 99, 104, 105]
    assert millivolts(read.channels[1], 4) == [-4, 0, -1, -129]


def test_the_invalid_value_is_missing_wherever_it_stands(tmp_path):
    text = "rec 2 500 2\na.dat 16 1(5)/mV 16 0 0 0 0 I\na.dat 16 1 16 0 0 0 0 II\n"
    read = stretch(tmp_path, text, a=[[-32768, -32767], [5, -32768]])
    np.testing.assert_array_equal(millivolts(read.channels[0], 2), [np.nan, 0])
    np.testing.assert_array_equal(millivolts(read.channels[1], 2), [-32767, np.nan])


def test_a_difference_is_never_invalid(tmp_path):
    (tmp_path / "d.dat").write_bytes(np.array([-128, 1], dtype=np.int8).tobytes())
    assert millivolts(stretch(tmp_path, "rec 1 500 2\nd.dat 8 1 8 0 0 0 0 I\n").channels[0], 2) == [
        -128,
        -127,
    ]


def test_a_checksum_that_does_not_fit(tmp_path):
    rows = np.array([[20000, 30000, 20000], [-5, -32768, 1]])
    text = "rec 2 500 3\na.dat 16 1 16 0 0 {} 0 I\na.dat 16 1 16 0 0 {} 0 II\n"
    sums = [checksum(row) for row in rows]
    read = stretch(tmp_path, text.format(*sums), a=rows.T)
    assert [channel.checksums for channel in read.channels] == [None, None]
    read = stretch(tmp_path, text.format(sums[0], sums[1] + 1))
    assert [channel.checksums for channel in read.channels] == [
        None,
        (sums[1] + 1, sums[1] % 65536 if sums[1] + 1 > 32767 else sums[1]),
    ]


@pytest.mark.parametrize(
    "lines",
    ["a.dat 16 1 16 0 0\na.dat 16 1 16 0 0\n", "a.dat 16 1 16 0 0 0 0 I\na.dat 16 1 16 0 0 0 0 II\n"],
)
def test_without_checksums_nothing_is_compared(tmp_path, lines):
    read = stretch(tmp_path, "rec 2 500 2\n" + lines, a=[[1, 2], [3, 4]])
    assert [channel.checksums for channel in read.channels] == [None, None]


def test_the_sum_is_written_as_the_header_writes_it(tmp_path):
    text = "rec 1 500 2\na.dat 16 1 16 0 0 {} 0 I\n"
    read = stretch(tmp_path, text.format(-700), a=[[-30000], [-900]])
    assert read.channels[0].checksums == (-700, -30900)
    assert stretch(tmp_path, text.format(64000)).channels[0].checksums == (64000, 34636)
    assert stretch(tmp_path, text.format(34636)).channels[0].checksums is None
    assert stretch(tmp_path, text.format(-30900)).channels[0].checksums is None


def test_a_zero_checksum_counts_where_others_are_not(tmp_path):
    text = "rec 2 500 1\na.dat 16 1 16 0 0 0 0 I\na.dat 16 1 16 0 0 2 0 II\n"
    assert stretch(tmp_path, text, a=[[1, 2]]).channels[0].checksums == (0, 1)


def test_length_from_the_size_of_the_files(tmp_path):
    text = "rec 2 500\na.dat 16 1 16 0 0 9 0 I\nb.dat 16 1 16 0 0 9 0 II\n"
    read = stretch(tmp_path, text, a=[1, 2, 3], b=[4, 5])
    assert read.frames == 2
    assert [millivolts(channel, 2) for channel in read.channels] == [[1, 2], [4, 5]]
    assert not read.channels[0].checksums


def test_files_without_a_voltage_need_not_be_there(tmp_path):
    text = "rec 2 500 1\na.dat 16 1 16 0 0 0 0 I\nb.dat 16 1/bpm 16 0 0 0 0 HR\n"
    assert [channel.lead for channel in stretch(tmp_path, text, a=[1]).channels] == ["I"]


def test_a_signal_that_was_not_recorded_is_left_out(tmp_path):
    text = "rec 2 500 1\n~ 0 200/mV 12 0 0 0 0 I\na.dat 16 1 16 0 0 0 0 II\n"
    assert [channel.lead for channel in stretch(tmp_path, text, a=[1]).channels] == ["II"]


@pytest.mark.parametrize(
    ("text", "content", "named"),
    [
        ("rec 1 500 3\na.dat 16 1/mV\n", b"", "promises 3 frames of 1 samples in format 16 = 6 bytes"),
        ("rec 1 500 3\na.dat 16 1/mV\n", b"12345", "the file holds 2 frames = 5 bytes"),
        ("rec 1 500 3\na.dat 212+4 1/mV\n", b"12345678", "in format 212 = 9 bytes"),
        ("rec 1 500 1000000000000\na.dat 16 1/mV\n", b"1234", "1000000000000 frames"),
        ("rec 1 500 999999999999999999\na.dat 212 1/mV\n", b"1234", "the file holds 2 frames"),
        ("rec 1 500 1\na.dat 16x999999999 1/mV\n", b"1234", "of 999999999 samples"),
        ("rec 1 500 0\na.dat 16 1/mV\n", b"", "holds no samples"),
        ("rec 1 500\na.dat 16 1/mV\n", b"1", "holds no samples"),
        ("rec 2 500 1\na.dat 16 1/mV\na.dat 212 1/mV\n", b"12345", "formats 16, 212"),
        ("rec 1 500 1\na.dat 17 1/mV\n", b"1234", "format 17"),
    ],
)
def test_what_cannot_be_read_is_refused_before_anything_is_allocated(tmp_path, text, content, named):
    (tmp_path / "a.dat").write_bytes(content)
    with pytest.raises(DataError) as caught:
        stretch(tmp_path, text)
    assert named in caught.value.reason
    assert caught.value.file is not None
    assert caught.value.fix
