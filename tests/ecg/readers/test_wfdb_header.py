from __future__ import annotations

import contextlib
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bedside.ecg.readers.wfdb_header import beside, parse_header, read_header
from bedside.errors import DataError

HEADER = Path("rec.hea")


def parsed(text):
    return parse_header(text, HEADER)


def test_record_line_signals_and_comments():
    header = parsed(
        "# before\nrec 2 360/360(0) 650000 12:00:00 01/01/2000\r\n\nd 16 200\r\nd 16 200\n#  Age: 84\n#\n##x"
    )
    assert (header.rate_hz, header.frames) == (360.0, 650000)
    assert [signal.file for signal in header.signals] == ["d", "d"]
    assert header.comments == ("before", "Age: 84", "x")
    assert not header.segments


@pytest.mark.parametrize(
    ("rate", "expected"),
    [
        ("500", 500.0),
        ("0.0166666666667/125", 1 / 60),
        ("62.4725/999.56(-1)", 62.4725),
        ("1e3", 1000.0),
        (".5", 0.5),
    ],
)
def test_sampling_rates(rate, expected):
    assert parsed(f"rec 0 {rate}").rate_hz == pytest.approx(expected)


def test_a_header_without_rate_has_that_of_the_standard_and_says_so():
    header = parsed("rec 1\nd 16")
    assert header.rate_hz == 250.0
    assert "no sampling rate" in header.comments[0]


@pytest.mark.parametrize("line", ["rec 1 250", "rec 1 250 0"])
def test_length_is_left_to_the_files(line):
    assert parsed(f"{line}\nd 16").frames is None


def test_segments():
    header = parsed("041s/3 7 125 2000\nlayout 0\n041s01 1500\n~ 500\n")
    assert [(segment.name, segment.frames) for segment in header.segments] == [
        ("layout", 0),
        ("041s01", 1500),
        ("~", 500),
    ]
    assert not header.signals


@pytest.mark.parametrize(
    ("text", "line", "named"),
    [
        ("", None, "no WFDB header"),
        ("# only a comment\n", None, "no WFDB header"),
        ("hello\n", None, "no WFDB header"),
        ("rec twelve 500\n", 1, "number of signals is 'twelve'"),
        ("rec -1 500\n", 1, "number of signals is '-1'"),
        ("rec 1 0 100\nd 16", 1, "sampling rate is '0'"),
        ("rec 1 -500 100\nd 16", 1, "sampling rate is '-500'"),
        ("rec 1 nan 100\nd 16", 1, "sampling rate is 'nan'"),
        ("rec 1 inf 100\nd 16", 1, "sampling rate is 'inf'"),
        ("rec 1 1e999 100\nd 16", 1, "sampling rate is '1e999'"),
        ("\nrec 1 500Hz 100\nd 16", 2, "sampling rate is '500Hz'"),
        ("rec 1 500 -5\nd 16", 1, "number of samples is '-5'"),
        ("rec 1 500 5.5\nd 16", 1, "number of samples is '5.5'"),
        (f"rec 1 500 {'9' * 5000}\nd 16", 1, "at most 18 digits"),
        ("rec 2 500 100\nd 16", 1, "says 2 signals, 1 lines"),
        ("rec 1 500 100\nd 16\nd 16", 1, "says 1 signals, 2 lines"),
        ("rec 999999999999 500 100\nd 16", 1, "says 999999999999 signals"),
        ("rec/2 1 500 100\nseg 100", 1, "says 2 segments, 1 lines"),
        ("rec/x 1 500 100\nseg 100", 1, "number of segments is 'x'"),
        ("rec/1 1 500 100\nseg", 2, "segment length is absent"),
        ("rec/1 1 500 100\nseg ten", 2, "segment length is 'ten'"),
        ("rec/1 1 500 100\n../seg 100", 2, "folder"),
        ("rec 1 500 100\n/d 16", 2, "folder"),
    ],
)
def test_what_is_wrong_is_named(text, line, named):
    with pytest.raises(DataError) as caught:
        parsed(text)
    assert named in caught.value.reason
    assert caught.value.line == line
    assert caught.value.file == HEADER
    assert caught.value.fix
    assert len(str(caught.value)) < 400


def test_a_file_in_the_folder(tmp_path):
    assert beside(tmp_path / "rec.hea", "rec.dat") == tmp_path / "rec.dat"
    with pytest.raises(DataError):
        beside(tmp_path / "rec.hea", "../rec.dat")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "latin-1"])
def test_encodings(tmp_path, encoding):
    path = tmp_path / "rec.hea"
    path.write_bytes("rec 1 500 9\nd 16 5/µV 16 0 0 0 0 II\n# Größe\n".encode(encoding))
    header = read_header(path)
    assert header.signals[0].millivolts == pytest.approx(1e-3)
    assert header.comments == ("Größe",)


@pytest.mark.parametrize(
    ("content", "named"),
    [
        (b"", "no WFDB header"),
        (b"\x7fELF\x02\x01\x00\x00", "binary"),
        (b"PK\x03\x04" + bytes(range(1, 200)), "no WFDB header"),
        (b"#" * ((1 << 22) + 1), "more than 4 MiB"),
    ],
)
def test_files_that_are_no_header(tmp_path, content, named):
    path = tmp_path / "rec.hea"
    path.write_bytes(content)
    with pytest.raises(DataError, match=named) as caught:
        read_header(path)
    assert caught.value.fix


def test_no_file_a_folder_a_pipe_and_a_name_that_cannot_be(tmp_path):
    with pytest.raises(DataError, match="no such header"):
        read_header(tmp_path / "rec.hea")
    with pytest.raises(DataError, match="not a file"):
        read_header(tmp_path)
    os.mkfifo(tmp_path / "pipe.hea")
    with pytest.raises(DataError, match="not a file"):
        read_header(tmp_path / "pipe.hea")
    with pytest.raises(DataError):
        read_header(tmp_path / f"{'x' * 300}.hea")
    with pytest.raises(DataError):
        read_header(tmp_path / "a\0b.hea")


@given(st.text(max_size=200))
def test_any_text_is_a_header_or_a_data_error(text):
    for noise in (text, f"rec 1 500 100\n{text}", f"rec/1 1 500 100\n{text}"):
        with contextlib.suppress(DataError):
            parsed(noise)
