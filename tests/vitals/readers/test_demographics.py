import json

import pytest

from bedside.errors import DataError
from bedside.vitals.readers.demographics import merged, missing, read_demographics

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
        rows=[{"subject_code": 7, "gender": "F", "age_years": 11, "weight_kg": None}],
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
    assert known.notes == ("subject 7: the files disagree on age_years, which is left out",)


def test_a_file_may_contradict_itself(tmp_path):
    known = read_demographics(write(tmp_path, csv="7,F,,,12,07\n8,M,,,13,\n7,F,160,,11,07\n7,F,,,12,07\n"))
    assert known.by_subject == {
        "7": {"sex": "female", "height_cm": 160.0},
        "8": {"sex": "male", "age_years": 13.0},
    }
    assert known.notes == ("subject 7: the files disagree on age_years, which is left out",)


def test_subjects_keep_the_order_of_the_json_file(tmp_path):
    paths = write(tmp_path, rows=[{"subject_code": 9}, {"subject_code": 10}], csv="8,,,,,\n10,,,,,\n")
    assert list(read_demographics(paths[::-1]).by_subject) == ["9", "10", "8"]


def test_what_is_missing_is_said():
    assert missing({}) == "no demographics"
    assert missing({"sex": "male", "age_years": 12.0}) == "no height_cm, weight_kg"
    assert missing({"sex": "male", "age_years": 12.0, "height_cm": 150.0, "weight_kg": 50.0}) == ""


def test_merging_keeps_what_only_one_entry_has():
    assert merged([{"a": 1.0, "b": 2.0}, {"b": 3.0, "c": 4.0}]) == ({"a": 1.0, "c": 4.0}, ("b",))


@pytest.mark.parametrize(
    ("rows", "csv", "message"),
    [
        (
            None,
            "7,F,,,twelve,07\n",
            r"population\.csv:2: Age \[yr\]: 'twelve' where a number from 0 to 120 must",
        ),
        (
            None,
            "8,,,,,\n7,F,,,-3,07\n",
            r"population\.csv:3: Age \[yr\]: '-3' where a number from 0 to 120 must",
        ),
        (None, "7,F,,nan,12,07\n", r"population\.csv:2: Weight \[kg\]: 'nan' where a number"),
        (None, "7,X,,,12,07\n", r"population\.csv:2: Gender.*'X' where F or M must stand"),
        (None, "7,F,168,2,,11,07\n", r"population\.csv:2: 7 fields where the header has 6"),
        ({"a": 1}, None, r"subjects_info\.json: not a list of subjects"),
        ([{"age_years": 3}], None, r"subjects_info\.json: not a list of subjects with 'subject_code'"),
        (
            [{"subject_code": 3, "length_cm": 1.62}],
            None,
            r"subjects_info\.json: length_cm: '1\.62' where a number",
        ),
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


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("population.csv", "Subject code number\n" + "7" * 200_000, "cannot be read as CSV: field larger"),
        ("subjects_info.json", "[" * 200_000, "not a list of subjects"),
        ("subjects_info.json", '[{"subject_code": 1' + "0" * 5000 + "}]", "not a list of subjects"),
    ],
)
def test_what_breaks_the_parsers_is_an_error(tmp_path, name, text, message):
    (tmp_path / name).write_text(text)
    with pytest.raises(DataError, match=rf"{name}: {message}"):
        read_demographics([tmp_path / name])


def test_the_real_tables_agree(data_dir):
    folder = data_dir / "vitals" / "fitbit_adolescent"
    known = read_demographics([folder / "subjects_info.json", folder / "population.csv"])
    assert len(known.by_subject) == 24
    assert known.by_subject["907"] == {
        "sex": "female",
        "age_years": 11.0,
        "height_cm": 168.2,
        "weight_kg": 58.7,
    }
    assert known.notes == ()
