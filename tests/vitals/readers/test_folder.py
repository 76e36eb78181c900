import gzip
import json

import pytest

from bedside.errors import DataError
from bedside.vitals.readers import read_folder, read_recording, survey

CSV = "Elapsed_Time_Sec,HR\n0,70\n1,70\n2,70\n"
TEXT = "Time: 0s - HR: 80\nTime: 1s - HR: 80"
WEARABLE = "Time: 00:00 - heart rate [#/min]: 70\nTime: 00:01 - heart rate [#/min]: 71"


def put(root, name, content=CSV):
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())


def test_raw_comes_before_processed_before_text(tmp_path):
    put(tmp_path, "adult_1n.txt", TEXT)
    put(tmp_path, "processed/adult_1n.csv")
    put(tmp_path, "raw/adult_1n.csv")
    put(tmp_path, "processed/adult_2n.csv")
    put(tmp_path, "adult_2n.txt", TEXT)
    found = survey(tmp_path)
    assert [item.name for item in found.recordings] == ["processed/adult_2n.csv", "raw/adult_1n.csv"]
    assert [(item.name, item.superseded) for item in found.excluded] == [
        ("adult_1n.txt", True),
        ("adult_2n.txt", True),
        ("processed/adult_1n.csv", True),
    ]
    assert found.excluded[1].reason == "the same subject is read from processed/adult_2n.csv"


def test_a_subject_given_twice_in_one_form_is_read_once(tmp_path):
    put(tmp_path, "a/adult_1n.csv")
    put(tmp_path, "b/adult_1n.csv")
    folder = read_folder(tmp_path)
    assert [record.source for record in folder.records] == ["a/adult_1n.csv"]
    assert [item.name for item in folder.excluded] == ["b/adult_1n.csv"]


def test_what_was_written_as_calibration_text_is_no_source(tmp_path):
    put(tmp_path, "published/adult_1n.csv")
    put(tmp_path, "plain.txt", "Below is a cardiology topic:\n\nAdult")
    put(tmp_path, "chat.txt", "<start_of_turn>user\nAdult")
    found = survey(tmp_path)
    assert found.recordings == ()
    assert {item.reason for item in found.excluded} == {
        "a calibration text, which is an output and never a source"
    }


def test_names_say_whose_a_recording_is(tmp_path):
    put(tmp_path, "neonate_3n.csv")
    put(tmp_path, "subject_907_hr.txt", WEARABLE)
    put(tmp_path, "subject_40_hr.txt", WEARABLE)
    put(tmp_path, "somebody.csv")
    put(tmp_path, "notes.txt", "call the ward\n")
    people = [{"subject_code": 40, "age_years": 40, "gender": "M"}]
    put(tmp_path, "subjects_info.json", json.dumps(people))
    folder = read_folder(tmp_path)
    records = {record.subject_id: record for record in folder.records}
    assert {name: record.cohort for name, record in records.items()} == {
        "3n": "neonate",
        "907": "adolescent",
        "40": "adult",
    }
    assert records["907"].demographics == {}
    assert records["40"].demographics == {"age_years": 40.0, "sex": "male"}
    assert {item.name: item.reason[:20] for item in folder.excluded} == {
        "notes.txt": "no known form of rec",
        "somebody.csv": "the name does not sa",
    }


def test_a_bad_file_is_counted_and_the_others_go_on(tmp_path):
    put(tmp_path, "adult_1n.csv", "Elapsed_Time_Sec,HR\n0,70\n1,seventy\n")
    put(tmp_path, "adult_2n.csv", "Elapsed_Time_Sec,HR\n0,0\n1,0\n2,0\n")
    put(tmp_path, "adult_3n.csv.gz", gzip.compress(CSV.encode()))
    put(tmp_path, "neonate_4n.csv", "Elapsed_Time_Sec,NBP Sys\n0,60\n")
    folder = read_folder(tmp_path)
    assert [record.record_name for record in folder.records] == ["adult_3n"]
    reasons = {item.name: item.reason for item in folder.excluded}
    assert reasons["adult_1n.csv"] == "HR: 'seventy' is not a number in bpm"
    assert reasons["neonate_4n.csv"] == "no heart rate (column HR); the file has NBP Sys"
    assert "adult_2n.csv" in reasons


def test_only_zeros_are_no_heart_rate(tmp_path):
    put(tmp_path, "adult_2n.csv", "Elapsed_Time_Sec,HR\n0,0\n60,0\n120,0\n")
    with pytest.raises(DataError, match=r"no valid heart rate: 3 × zero \(lead off\)"):
        read_recording(survey(tmp_path).recordings[0])


def test_a_folder_that_is_none_is_an_error(tmp_path):
    with pytest.raises(DataError, match="no such folder"):
        survey(tmp_path / "absent")
