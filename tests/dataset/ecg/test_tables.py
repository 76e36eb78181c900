from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bedside.dataset.ecg.tables import first_of, read_table
from bedside.errors import DataError


def write(folder: Path, text: str, *, encoding: str = "utf-8") -> Path:
    path = folder / "table.csv"
    path.write_bytes(text.encode(encoding))
    return path


def test_columns_are_read_by_name_and_empty_cells_are_null(tmp_path: Path) -> None:
    path = write(tmp_path, 'a,b,c\n1," x, y ",3\n4,,6\n', encoding="utf-8-sig")
    table = read_table(path, ("b", "a"), optional=("nowhere",))
    assert table.frame.columns == ["b", "a", "nowhere"]
    assert table.frame.rows() == [("x, y", "1", None), (None, "4", None)]
    assert table.dropped == ()


def test_rows_that_do_not_fit_are_listed_with_their_line_and_the_rest_is_read(tmp_path: Path) -> None:
    path = write(tmp_path, "a,b\n1,2\n3\n5,6,7\n\n8,9\n")
    table = read_table(path, ("a",))
    assert table.frame["a"].to_list() == ["1", "8"]
    assert [(it.name, it.reason) for it in table.dropped] == [
        ("table.csv:3", "the row does not fit the header"),
        ("table.csv:4", "the row does not fit the header"),
    ]


def test_a_cell_too_large_to_be_one_does_not_end_the_reading(tmp_path: Path) -> None:
    path = write(tmp_path, "a,b\n1,2\n3," + "x" * 200_000 + "\n5,6\n")
    table = read_table(path, ("a",))
    assert table.frame["a"].to_list() == ["1", "5"]
    assert "cannot be read" in table.dropped[0].reason


def test_a_table_saved_by_a_spreadsheet_with_semicolons_is_read(tmp_path: Path) -> None:
    path = write(tmp_path, "a;b\r\n1;2,5\r\n")
    assert read_table(path, ("b",)).frame["b"].to_list() == ["2,5"]


def test_a_missing_column_is_named_with_those_that_are_there(tmp_path: Path) -> None:
    path = write(tmp_path, "a,b\n1,2\n")
    with pytest.raises(DataError, match=r"table\.csv:1: has no column ecg_id[\s\S]*a, b"):
        read_table(path, ("ecg_id",))


def test_an_empty_file_has_no_columns(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="has no column a"):
        read_table(write(tmp_path, ""), ("a",))


def test_of_rows_with_one_key_the_first_is_kept(tmp_path: Path) -> None:
    path = write(tmp_path, "id,b\n1,x\n1,y\n,z\n2,w\n")
    table = first_of(read_table(path, ("id", "b")), "id", file="table.csv")
    assert table.frame["b"].to_list() == ["x", "w"]
    assert [(it.name, it.reason) for it in table.dropped] == [
        ("table.csv, id 1", "the same id stands above"),
        ("table.csv, a row", "has no id"),
    ]


CELLS = st.text(st.sampled_from('aé ,;"\n1.—'), max_size=12)


@given(st.lists(st.tuples(CELLS, CELLS), min_size=1, max_size=20))
def test_what_a_csv_writer_writes_is_read_back(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, str]]
) -> None:
    text = io.StringIO()
    csv.writer(text).writerows([("a", "b"), *rows])
    path = write(tmp_path_factory.mktemp("csv"), text.getvalue())
    wanted = [tuple(cell.strip() or None for cell in row) for row in rows]
    assert read_table(path, ("a", "b")).frame.rows() == wanted
