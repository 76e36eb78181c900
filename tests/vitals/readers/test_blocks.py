import gzip

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bedside.errors import DataError
from bedside.vitals.readers.blocks import open_lines, open_table
from bedside.vitals.readers.stream import Tally


def number(_name):
    return pl.Float64()


def read(path, *, dtypes=number, block_bytes=2**20, **options):
    """Read a whole table: its columns, its rows with the lines on which they stand, and the tally."""
    tally = Tally()
    table = open_table(path, dtypes=dtypes, tally=tally, block_bytes=block_bytes, **options)
    rows = [
        (frame.first_line + place, *row)
        for frame in table.frames
        for place, row in enumerate(frame.data.iter_rows())
    ]
    return table.columns, rows, tally


@pytest.fixture
def written(tmp_path):
    def write(data, name="a.csv"):
        path = tmp_path / name
        path.write_bytes(data if isinstance(data, bytes) else data.encode())
        return path

    return write


@pytest.mark.parametrize("block_bytes", [1, 7, 2**20])
def test_only_wanted_columns_are_parsed_and_rows_keep_their_lines(written, block_bytes):
    path = written("x,note, y \n1,some text,2\n3,,4.5")
    wanted = {"x": pl.Float64(), "y": pl.Float64()}
    columns, rows, tally = read(path, dtypes=wanted.get, block_bytes=block_bytes)
    assert columns == ("x", "note", "y")
    assert rows == [(2, 1, 2), (3, 3, 4.5)]
    assert (tally.rows_read, tally.encoding) == (2, "utf-8")


@pytest.mark.parametrize("cell", ["", "NaN", "nan", "NA", " ", "  nan "])
def test_a_missing_cell_is_null(written, cell):
    assert read(written(f"x,y\n1,2\n{cell},3\n"))[1] == [(2, 1, 2), (3, None, 3)]


@pytest.mark.parametrize(
    ("cell", "value"),
    [("1e3", 1000), ("+5", 5), (".5", 0.5), ("-2.", -2), (" 70 ", 70), ('"7"', 7), ("1E-2", 0.01)],
)
def test_numbers_in_every_usual_form(written, cell, value):
    assert read(written(f"x,y\n{cell},3\n"))[1] == [(2, value, 3)]


def test_a_text_column_stays_text(written):
    path = written('x,y\n1, a b \n2,\n3,"c, d"\n')
    dtypes = {"x": pl.Float64(), "y": pl.String()}
    assert read(path, dtypes=dtypes.get)[1] == [(2, 1, " a b "), (3, 2, None), (4, 3, "c, d")]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("block_bytes", [1, 4, 5, 2**20])
def test_every_kind_of_line_end(written, end, block_bytes):
    path = written(end.join(["", "x,y", "1,2", "3,4", "", ""]))
    assert read(path, block_bytes=block_bytes)[1] == [(3, 1, 2), (4, 3, 4)]


@pytest.mark.parametrize("block_bytes", [3, 2**20])
@pytest.mark.parametrize(
    ("data", "name", "encoding"),
    [
        ("°C,x\n1,2\n".encode(), "°C", "utf-8"),
        ("°C,x\n1,2\n".encode("utf-8-sig"), "°C", "utf-8 with BOM"),
        (b"\xef\xbb\xbfC,x\n1,2\n", "C", "utf-8 with BOM"),
        ("°C,x\r\n1,2\r\n".encode("cp1252"), "°C", "cp1252"),
    ],
)
def test_the_encoding_is_found_and_named(written, data, name, encoding, block_bytes):
    columns, rows, tally = read(written(data), block_bytes=block_bytes)
    assert (columns[0], rows, tally.encoding) == (name, [(2, 1, 2)], encoding)


def test_windows_1252_may_begin_in_the_middle(written):
    path = written("x,note\n" + "1,a\n" * 50 + "2,±\n", "a.csv")
    path.write_bytes(path.read_text("utf-8").encode("cp1252"))
    rows, tally = read(path, dtypes={"note": pl.String()}.get, block_bytes=16)[1:]
    assert rows[-1] == (52, "±")
    assert tally.encoding == "cp1252"


@pytest.mark.parametrize("name", ["a.csv.gz", "a.csv"])
def test_gzip_is_unpacked_whatever_the_file_is_called(written, name):
    path = written(gzip.compress(b"x,y\n1,2\n") + gzip.compress(b"3,4\n"), name)
    assert read(path, block_bytes=5)[1] == [(2, 1, 2), (3, 3, 4)]


@pytest.mark.parametrize("block_bytes", [4, 11, 2**20])
@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("x,y\n1,2\nabc,3\n", r"a\.csv:3: x: 'abc' is not a number"),
        ("x,y\n1,2\n 3 ,4\n5,6 7\n", r"a\.csv:4: y: '6 7' is not a number"),
        ("x,y\n1,2\n3,inf\n", r"a\.csv:3: y: 'inf' is not a number"),
        ("x,y\n1,2\n-Infinity,4\n", r"a\.csv:3: x: '-Infinity' is not a number"),
        ("x,y\n1,2\n1e999,4\n", r"a\.csv:3: x: '1e999' is not a number"),
        ("x,y\n1,2\n3\n4,5\n", r"a\.csv:3: 1 fields where the header has 2"),
        ("x,y\n1,2\n3,4,5\n6\n", r"a\.csv:3: 3 fields where the header has 2"),
        ("x,y\n1,2\n70,5,3\n", r"a\.csv:3: 3 fields where the header has 2"),
        ("x,y\n1,2\n\n3,4\n", r"a\.csv:3: an empty line where the header has 2"),
        ('x,y\n1,2\n"70,5",3\n', r"a\.csv:3: x: '70,5' is not a number"),
        ('x,y\n1,2\n"70,5"\n', r"a\.csv:3: 1 fields where the header has 2"),
        ('x,y\n1,2\n"3,4\n5,6"\n', r"a\.csv:3: cannot be read as CSV"),
        ("x,y\n1,2\nx,y\n3,4\n", r"a\.csv:3: the header stands a second time"),
        ("x,y\nx,y\n3,4\n", r"a\.csv:2: the header stands a second time"),
        ("x,y,x\n1,2,3\n", r"a\.csv:1: the column 'x' stands twice"),
        ("x;y\n1;2\n", r"a\.csv:1: the header's names are separated by ';', not by ','"),
        ("x\ty\n1\t2\n", r"a\.csv:1: the header's names are separated by '\\t', not by ','"),
        ("x,y\n", r"a\.csv: the file has a header and no rows"),
        ("x,y", r"a\.csv: the file has a header and no rows"),
        ("", r"a\.csv: the file is empty"),
        ("\n\r\n\n", r"a\.csv: the file is empty"),
        (
            b"x,y\n1,2\n3,\x81\n",
            r"a\.csv:3: unreadable byte 0x81; the file is neither UTF-8 nor Windows-1252",
        ),
        ("x,ü\n1,2\n3,".encode() + b"\xb1\n", r"a\.csv:3: unreadable byte 0xB1; the text before it is UTF-8"),
        (b"x,y\n1,2\n3,\0\n", r"a\.csv:3: a NUL byte; the file is UTF-16, or no text"),
        (b"x,y\n1,2\n" + "3,4\n".encode("utf-16-le"), r"a\.csv:3: a NUL byte"),
    ],
)
def test_what_is_wrong_is_told_with_its_line_however_the_file_is_cut(written, text, message, block_bytes):
    with pytest.raises(DataError, match=message) as caught:
        read(written(text), block_bytes=block_bytes)
    assert caught.value.fix


@pytest.mark.parametrize("wanted", ["x", "y", "z", "xy"])
@pytest.mark.parametrize("rows", ["1,2,3,4\n5,6\n", "5,6\n1,2,3,4\n"])
def test_a_row_too_long_does_not_make_up_for_one_too_short_in_columns_not_wanted(written, rows, wanted):
    dtypes = {name: pl.Float64() for name in wanted}
    with pytest.raises(DataError, match=r"a\.csv:2: \d fields where the header has 3"):
        read(written(f"x,y,z\n{rows}"), dtypes=dtypes.get)


def test_a_decimal_comma_is_told_to_be_one(written):
    with pytest.raises(DataError) as caught:
        read(written('x,y\n"70,5",3\n'))
    assert caught.value.fix == "write decimals with a point"


@pytest.mark.parametrize("block_bytes", [1, 2**20])
def test_semicolons_and_decimal_commas_where_they_are_expected(written, block_bytes):
    path = written("x;y\n70,5;1\n71; 2,25 \n")
    rows = read(path, separator=";", decimal=",", block_bytes=block_bytes)[1]
    assert rows == [(2, 70.5, 1), (3, 71, 2.25)]


def test_a_file_that_is_absent_or_cut_short_is_named(written, tmp_path):
    with pytest.raises(DataError, match=r"none\.csv: cannot be read"):
        read(tmp_path / "none.csv")
    whole = gzip.compress("".join(f"{n},{n * n}\n" for n in range(9999)).encode())
    with pytest.raises(DataError, match=r"a\.csv\.gz: cannot be read: Compressed file ended") as caught:
        read(written(gzip.compress(b"x,y\n") + whole[:-20], "a.csv.gz"), block_bytes=1000)
    assert caught.value.fix == "copy the file again"


def test_a_line_without_end_is_not_read_into_memory(written):
    with pytest.raises(DataError, match="a line of more than 1048576 bytes"):
        read(written(b"x" * 5_000_000), block_bytes=1000)


def test_rows_before_a_bad_one_are_given(written):
    path = written("x\n" + "1\n" * 100 + "bad\n")
    taken = 0
    with pytest.raises(DataError, match=":102:"):  # noqa: PT012  # what is taken before it is looked at
        for frame in open_table(path, dtypes=number, tally=Tally(), block_bytes=32).frames:
            taken += frame.data.height
    assert 80 < taken <= 100


CELLS = st.one_of(
    st.floats(allow_nan=False, allow_infinity=False).map(repr),
    st.integers(-999, 999).map(str),
    st.sampled_from(["", "nan", "NaN", "NA", " ", " 7", "1e3", '"5"', "±", "x", "inf", '"1,5"', "3,4"]),
)
TABLES = st.lists(st.tuples(CELLS, CELLS).map(",".join), min_size=1, max_size=12)


@settings(deadline=None)
@given(
    rows=TABLES,
    end=st.sampled_from(["\n", "\r\n", "\r"]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "cp1252"]),
    last=st.booleans(),
    block_bytes=st.integers(1, 40),
)
def test_how_a_file_is_cut_changes_nothing(tmp_path_factory, rows, end, encoding, last, block_bytes):
    path = tmp_path_factory.mktemp("cut") / "a.csv"
    path.write_bytes((end.join(["x,y", *rows]) + end * last).encode(encoding))

    def outcome(size):
        try:
            return read(path, block_bytes=size)
        except DataError as error:
            return str(error)

    assert outcome(block_bytes) == outcome(2**20)


def test_lines_are_given_with_the_number_of_the_first(written):
    path = written("\na b\n\nc\n", "a.txt")
    for block_bytes in (1, 100):
        tally = Tally()
        lines = [
            (first + place, line)
            for first, part in open_lines(path, tally=tally, block_bytes=block_bytes)
            for place, line in enumerate(part)
        ]
        assert lines == [(2, "a b"), (3, ""), (4, "c")]
        assert tally.rows_read == 3


def test_a_real_export_is_read_as_polars_reads_it(data_dir):
    path = data_dir / "vitals" / "mimic3_numerics" / "raw" / "adult_3618048n.csv"
    expected = pl.read_csv(path, infer_schema_length=None).cast(pl.Float64)
    table = open_table(path, dtypes=number, tally=Tally(), block_bytes=10_000)
    assert pl.concat([frame.data for frame in table.frames]).equals(expected)
    assert table.columns == tuple(expected.columns)
