from __future__ import annotations

from pathlib import Path

import pytest

import ecg_folders
from bedside.dataset.ecg.folders import recognise
from bedside.dataset.ecg.headers import has_diagnoses, header_facts, listed
from bedside.dataset.ecg.paths import header_of, inside
from bedside.errors import DataError


def made(database: str, folder: Path) -> Path:
    match database:
        case "ptb-xl":
            return ecg_folders.ptbxl(folder, [{"ecg_id": 1}], rates=["lr"])
        case "code-15":
            return ecg_folders.code15(folder, {"exams_part0.hdf5": [5]}, [{"exam_id": 5}])
        case "mimic-iv-ecg":
            return ecg_folders.mimic(folder, [{"subject_id": 10000032, "study_id": 40689238}])
        case "chapman-shaoxing":
            return ecg_folders.chapman_physionet(folder, {"JS00001": "426783006"})
        case _:
            return ecg_folders.challenge(folder, {"training/georgia/g1/E00001": ["# Dx: 426783006"]})


DATABASES = ("ptb-xl", "code-15", "mimic-iv-ecg", "chapman-shaoxing", "challenge-2021")


@pytest.mark.parametrize("database", DATABASES)
def test_a_published_folder_is_recognised(database: str, tmp_path: Path) -> None:
    root = made(database, tmp_path / "data")
    assert recognise(root) == recognise(root)
    assert (recognise(root).database, recognise(root).root) == (database, root)


@pytest.mark.parametrize("database", DATABASES[:4])
def test_it_is_found_one_level_below_among_others_and_wherever_a_download_put_it(
    database: str, tmp_path: Path
) -> None:
    beside = made(database, tmp_path / "beside" / "data")
    (tmp_path / "beside" / "notes").mkdir()
    assert recognise(tmp_path / "beside").root == beside
    wrapped = made(database, tmp_path / "physionet.org" / "files" / "set" / "1.0.3")
    assert recognise(tmp_path / "physionet.org").root == wrapped


def test_several_data_sets_in_one_folder_are_named(tmp_path: Path) -> None:
    made("ptb-xl", tmp_path / "one")
    made("code-15", tmp_path / "two")
    with pytest.raises(DataError, match=r"several data sets: one \(ptb-xl\), two \(code-15\)"):
        recognise(tmp_path)


def test_other_ecg_files_are_a_folder_without_labels(tmp_path: Path) -> None:
    ecg_folders.write_wfdb(tmp_path / "a" / "100", 1, comments=["# 69 M", "# Aldomet, Inderal"])
    assert recognise(tmp_path).database == "wfdb"


@pytest.mark.parametrize("name", ["no folder", "empty", "file"])
def test_what_holds_no_ecg_is_refused_with_what_to_give(name: str, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "file").write_text("ecg", encoding="utf-8")
    with pytest.raises(DataError, match=r"ptbxl_database\.csv, exams\.csv, record_list\.csv"):
        recognise(tmp_path / name)


def test_headers_are_listed_in_order_under_names_that_are_unique(tmp_path: Path) -> None:
    for name in ("b/E2", "a/E1", "a/E10", "b/E1"):
        ecg_folders.write_wfdb(tmp_path / name, 1, rate_hz=100, seconds=1)
    assert listed(tmp_path).rows() == [
        ("a/E1", "a/E1.hea"),
        ("E10", "a/E10.hea"),
        ("b/E1", "b/E1.hea"),
        ("E2", "b/E2.hea"),
    ]
    assert not has_diagnoses(tmp_path)


@pytest.mark.parametrize(
    ("comments", "codes", "age", "sex"),
    [
        (["# Age: 78", "# Sex: Female", "# Dx: 1,2"], ("1", "2"), 78, "female"),
        (["#Age: 85", "#Sex: Male", "#Dx: 2, 1,2"], ("2", "1"), 85, "male"),
        (["# age: NaN", "# sex: Unknown", "# dx: Unknown"], (), None, None),
        (["# Age: 300", "# Dx: 7"], ("7",), None, None),
        ([], (), None, None),
    ],
)
def test_comments_are_read_in_every_spelling(
    comments: list[str], codes: tuple[str, ...], age: float | None, sex: str | None, tmp_path: Path
) -> None:
    ecg_folders.write_wfdb(tmp_path / "E1", 1, comments=comments, rate_hz=100, seconds=1)
    said = header_facts(tmp_path / "E1.hea")
    assert (said.codes, said.age_years, said.sex) == (codes, age, sex)


@pytest.mark.parametrize("name", ["../x", "/etc/passwd", "a/../../x", "..", "", "a\\..\\x", "a\0b"])
def test_a_path_of_a_table_cannot_leave_the_folder(name: str, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="leads out of the folder"):
        inside(tmp_path, name)


def test_a_header_is_found_with_and_without_its_suffix(tmp_path: Path) -> None:
    ecg_folders.write_wfdb(tmp_path / "records500" / "1_hr", 1, rate_hz=100, seconds=1)
    assert header_of(tmp_path, "records500/1_hr") == header_of(tmp_path, "records500/1_hr.hea")
    assert header_of(tmp_path, "records500/2_hr") is None
    assert header_of(tmp_path, None) is None


def test_a_header_that_leads_nowhere_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / "A.hea").symlink_to(tmp_path / "nowhere")
    assert not has_diagnoses(tmp_path)
    ecg_folders.write_wfdb(tmp_path / "E1", 1, comments=["# Dx: 426783006"], rate_hz=100, seconds=1)
    assert has_diagnoses(tmp_path)
