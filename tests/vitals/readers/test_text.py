import gzip

import pytest

from bedside.errors import DataError
from bedside.vitals.readers.text import read_source


@pytest.mark.parametrize(
    ("data", "text", "encoding"),
    [
        ("±1\n".encode(), "±1\n", "utf-8"),
        ("±1\n\nx".encode("utf-8-sig"), "±1\n\nx\n", "utf-8 with BOM"),
        ("\r\n±1\r\n".encode("cp1252"), "±1\n", "cp1252"),
        (gzip.compress(b"x,y\n1,2\n\n"), "x,y\n1,2\n", "utf-8"),
    ],
)
def test_a_file_is_read_whole_in_its_encoding(tmp_path, data, text, encoding):
    path = tmp_path / "a.txt"
    path.write_bytes(data)
    source = read_source(path)
    assert (source.path, source.text, source.encoding) == (path, text, encoding)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"one\ntwo \x81\n", r"a\.txt:2: unreadable byte 0x81"),
        (gzip.compress(b"x,y\n1,2\n" * 1000)[:-20], r"a\.txt: cannot be read"),
        (b"", r"a\.txt: the file is empty"),
    ],
)
def test_what_cannot_be_read_is_named(tmp_path, data, message):
    path = tmp_path / "a.txt"
    path.write_bytes(data)
    with pytest.raises(DataError, match=message) as caught:
        read_source(path)
    assert caught.value.fix
