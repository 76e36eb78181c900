from __future__ import annotations

from pathlib import Path

import pytest

import ecg_folders
from bedside.dataset.ecg import code15
from bedside.dataset.ecg.facts import EcgFacts
from bedside.dataset.gathered import Dropped
from bedside.errors import DataError


def read(root: Path) -> tuple[list[EcgFacts], list[Dropped]]:
    table = code15.rows(root)
    found = list(code15.facts(table.frame, root))
    dropped = [*table.dropped, *(it for it in found if isinstance(it, Dropped))]
    return [it for it in found if isinstance(it, EcgFacts)], dropped


def test_labels_meet_tracings_by_exam_wherever_the_table_says_they_are(tmp_path: Path) -> None:
    rows = [
        {"exam_id": 11, "RBBB": "True", "patient_id": 100, "is_male": "False", "age": 30},
        {"exam_id": 12, "normal_ecg": "True", "patient_id": 100},
        {"exam_id": 13, "patient_id": 200, "trace_file": "exams_part17.hdf5"},
    ]
    parts = {"exams_part1.hdf5": [13], "exams_part0.hdf5": [12, 11]}
    used, dropped = read(ecg_folders.code15(tmp_path, parts, rows))
    assert dropped == []
    assert [(it.record_name, it.location, it.subject_id) for it in used] == [
        ("12", f"{tmp_path}/exams_part0.hdf5#0", "code-15/100"),
        ("11", f"{tmp_path}/exams_part0.hdf5#1", "code-15/100"),
        ("13", f"{tmp_path}/exams_part1.hdf5#0", "code-15/200"),
    ]
    assert [(it.phrase, it.evidence) for it in used[1].codes] == [
        ("right bundle branch block", "exams.csv, exam_id 11, RBBB: True")
    ]
    assert (used[1].age_years, used[1].sex) == (30, "female")
    assert [it.phrase for it in used[0].codes] == ["normal ECG"]
    assert used[2].codes == ()
    assert all(len(it.assessed) == 7 for it in used)
    assert used[0].split is None


def test_what_has_no_counterpart_is_listed(tmp_path: Path) -> None:
    rows = [
        {"exam_id": 11},
        {"exam_id": 12, "trace_file": "exams_part3.hdf5"},
        {"exam_id": 13, "trace_file": "exams_part3.hdf5"},
    ]
    parts = {"exams_part0.hdf5": [11, 99, 0], "exams_part1.hdf5": [11]}
    used, dropped = read(ecg_folders.code15(tmp_path, parts, rows))
    assert [it.record_name for it in used] == ["11"]
    assert [(it.name, it.reason) for it in dropped] == [
        ("exams_part0.hdf5#2", "its exam_id is 0: no exam"),
        ("exams_part0.hdf5#1", "its exam_id is not in exams.csv"),
        ("exams_part1.hdf5#0", "the same exam stands in a row before it"),
        ("exams_part3.hdf5: 2 exams", "their tracings are not in the folder"),
    ]


def test_a_label_that_is_no_truth_value_is_not_known(tmp_path: Path) -> None:
    row = {"exam_id": 11, "AF": "maybe", "SB": "", "ST": "1"}
    (facts,), (dropped,) = read(ecg_folders.code15(tmp_path, {"exams_part0.hdf5": [11]}, [row]))
    assert [it.phrase for it in facts.codes] == ["sinus tachycardia"]
    assert "atrial fibrillation" not in facts.assessed
    assert "sinus bradycardia" not in facts.assessed
    assert (dropped.name, dropped.reason) == (
        "exams.csv, exam_id 11, AF",
        "the label is neither True nor False",
    )


def test_an_exam_without_a_patient_cannot_be_split(tmp_path: Path) -> None:
    row = {"exam_id": 11, "patient_id": ""}
    used, dropped = read(ecg_folders.code15(tmp_path, {"exams_part0.hdf5": [11]}, [row]))
    assert (used, [it.reason for it in dropped]) == ([], ["has no patient_id"])


def test_a_folder_without_tracings_says_what_to_download(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"put the exams_part\*\.hdf5"):
        code15.rows(ecg_folders.code15(tmp_path, {}, [{"exam_id": 1}]))


def test_a_damaged_part_is_named(tmp_path: Path) -> None:
    root = ecg_folders.code15(tmp_path, {"exams_part0.hdf5": [1]}, [{"exam_id": 1}])
    (root / "exams_part0.hdf5").write_bytes(b"PK\x03\x04 no HDF5")
    with pytest.raises(DataError, match=r"exams_part0\.hdf5: has no exam_id"):
        code15.rows(root)


def test_the_real_exams_are_found(data_dir: Path) -> None:
    used, dropped = read(data_dir / "ecg" / "code15")
    assert (len(used), dropped) == (5, [])
    assert {it.phrase for facts in used for it in facts.codes} == {
        "first degree AV block",
        "right bundle branch block",
        "sinus tachycardia",
        "sinus bradycardia",
    }
