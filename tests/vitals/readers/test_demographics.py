import json

import pytest

from bedside.errors import DataError
from bedside.vitals.readers.demographics import read_demographics

CSV_HEADER = (
    "\ufeffSubject code number,Gender [M=male F=female],Length [cm],Weight [kg],Age [yr],HbA1C_1 [mm]\n"
)


def write(folder, rows=None, csv=None):
    paths = []
    if rows is not None:
        (folder / "subjects_info.json").write_text(json.dumps(rows))
        paths.append(folder / "subjects_info.json")
    if csv is not None:
        (folder / "population.csv").write_text(CSV_HEADER + csv, encoding="utf-8")
        paths.append(folder / "population.csv")
    return paths


def test_both_files_are_merged_and_empty_cells_are_unknown(tmp_path):
    paths = write(
        tmp_path,
        rows=[{"subject_code": 7, "gender": "F", "age_years": 11}],
        csv="7,F,168.2,,11,07\n8,,170,60,,07\n",
    )
    known = read_demographics(paths)
    assert known.by_subject == {
        "7": {"sex": "female", "age_years": 11.0, "height_cm": 168.2},
        "8": {"height_cm": 170.0, "weight_kg": 60.0},
    }
    assert known.notes == ()


def test_a_field_on_which_files_disagree_is_left_out_and_noted(tmp_path):
    paths = write(tmp_path, rows=[{"subject_code": 7, "gender": "F", "age_years": 11}], csv="7,F,,,12,07\n")
    known = read_demographics(paths)
    assert known.by_subject == {"7": {"sex": "female"}}
    assert known.notes == ("subject 7: the files disagree on age_years",)


@pytest.mark.parametrize(
    ("rows", "csv", "message"),
    [
        (None, "7,F,,,twelve,07\n", r"population\.csv:2: Age \[yr\]: 'twelve' where a number must stand"),
        (None, "7,X,,,12,07\n", r"population\.csv:2: Gender.*'X' where F or M must stand"),
        (None, "7,F,168,2,,11,07\n", r"population\.csv:2: 7 fields where the header has 6"),
        ({"a": 1}, None, r"subjects_info\.json: not a list of subjects"),
    ],
)
def test_bad_values_are_named(tmp_path, rows, csv, message):
    with pytest.raises(DataError, match=message) as caught:
        read_demographics(write(tmp_path, rows=rows, csv=csv))
    assert caught.value.fix


def test_a_table_without_subjects_is_named(tmp_path):
    (tmp_path / "population.csv").write_text("Subject;Age [yr]\n7;12\n")
    with pytest.raises(DataError, match=r"population\.csv:1: no column 'Subject code number'") as caught:
        read_demographics([tmp_path / "population.csv"])
    assert "separate the columns by commas" in caught.value.fix
