import gzip

import pytest

from bedside.errors import DataError
from bedside.vitals.readers.text import Source, csv_rows, first_line, read_source


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


def rows(tmp_path, text):
    return list(csv_rows(Source(tmp_path / "a.csv", text, "utf-8", "0")))


def test_quoted_fields_hold_commas_and_lines(tmp_path):
    assert rows(tmp_path, 'x,y\n"1,5",2\n"a\nb",3\n4,5\n') == [
        (1, ["x", "y"]),
        (2, ["1,5", "2"]),
        (3, ["ab", "3"]),
        (5, ["4", "5"]),
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("x,y\n1,2\n1,2,5\n", r"a\.csv:3: 3 fields where the header has 2"),
        ("x,y\n1\n", r"a\.csv:2: 1 fields where the header has 2"),
        ("x,y\n\n1,2\n", r"a\.csv:2: 0 fields where the header has 2"),
        ('x,y\n1,2\n"3,4\n5,6\n', r"a\.csv:3: cannot be read as CSV"),
    ],
)
def test_a_row_that_does_not_fit_the_header_is_named(tmp_path, text, message):
    with pytest.raises(DataError, match=message) as caught:
        rows(tmp_path, text)
    assert caught.value.fix
