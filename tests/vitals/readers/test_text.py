import gzip

import pytest

from bedside.errors import DataError
from bedside.vitals.readers.text import first_line, read_source


@pytest.mark.parametrize(
    ("data", "text", "encoding"),
    [
        ("±1\n".encode(), "±1\n", "utf-8"),
        ("±1\n".encode("utf-8-sig"), "±1\n", "utf-8 with BOM"),
        ("±1\r\n".encode("cp1252"), "±1\n", "cp1252"),
    ],
)
def test_the_encoding_is_found_and_named(tmp_path, data, text, encoding):
    path = tmp_path / "a.txt"
    path.write_bytes(data)
    source = read_source(path)
    assert (source.text, source.encoding) == (text, encoding)


def test_gzip_is_unpacked(tmp_path):
    path = tmp_path / "a.csv.gz"
    path.write_bytes(gzip.compress(b"x,y\n1,2\n"))
    assert read_source(path).text == "x,y\n1,2\n"
    assert first_line(path) == "x,y"


def test_a_truncated_gzip_is_an_error(tmp_path):
    path = tmp_path / "a.csv.gz"
    path.write_bytes(gzip.compress(b"x,y\n1,2\n" * 1000)[:-20])
    with pytest.raises(DataError, match=r"a\.csv\.gz: cannot be read"):
        read_source(path)


def test_an_unreadable_byte_is_named_with_its_line(tmp_path):
    path = tmp_path / "a.txt"
    path.write_bytes(b"one\ntwo \x81\n")
    with pytest.raises(DataError, match=r"a\.txt:2: unreadable byte 0x81"):
        read_source(path)


def test_the_first_line_skips_empty_ones_and_a_byte_order_mark(tmp_path):
    path = tmp_path / "a.txt"
    path.write_bytes("\n\nTime\n".encode("utf-8-sig"))
    assert first_line(path) == "Time"
