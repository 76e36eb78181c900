"""Chapman-Shaoxing and the Challenge 2021: folders whose findings are SNOMED CT codes."""

from __future__ import annotations

from pathlib import Path

import pytest

import ecg_folders
from bedside.dataset.ecg import challenge, chapman
from bedside.dataset.ecg.facts import EcgFacts
from bedside.dataset.gathered import Dropped
from bedside.ecg.statements import phrases, resolve
from bedside.errors import DataError

FIGSHARE = {
    "FileName": "MUSE_20180113_171327_27000",
    "Rhythm": "AFIB",
    "Beat": "RBBB TWC",
    "PatientAge": 85,
    "Gender": "MALE",
    "VentricularRate": 117,
    "AtrialRate": 234,
    "QRSDuration": 114,
    "QTInterval": 356,
    "QTCorrected": 496,
    "RAxis": 258,
}


def read(module: object, root: Path) -> tuple[list[EcgFacts], list[Dropped]]:
    table = module.rows(root)
    found = list(module.facts(table.frame, root))
    dropped = [*table.dropped, *(it for it in found if isinstance(it, Dropped))]
    return [it for it in found if isinstance(it, EcgFacts)], dropped


def test_the_release_of_physionet(tmp_path: Path) -> None:
    root = ecg_folders.chapman_physionet(tmp_path, {"JS00001": "164889003,59118001", "JS00002": "251148003"})
    (first, second), dropped = read(chapman, root)
    assert dropped == []
    assert (first.source, first.subject_id) == ("chapman-shaoxing", "chapman-shaoxing/JS00001")
    assert first.location == str(root / "WFDBRecords/01/010/JS00001.hea")
    assert (first.age_years, first.sex, first.split) == (85, "male", None)
    assert [(it.code, it.phrase, it.evidence) for it in first.codes] == [
        ("164889003", "atrial fibrillation", "WFDBRecords/01/010/JS00001.hea, Dx: 164889003"),
        ("59118001", "right bundle branch block", "WFDBRecords/01/010/JS00001.hea, Dx: 59118001"),
    ]
    assert "sinus rhythm" in first.assessed
    assert [it.phrase for it in second.codes] == ["low QRS voltage"]
    assert second.assessed == ()


def test_the_release_of_figshare(tmp_path: Path) -> None:
    (facts,), dropped = read(chapman, ecg_folders.chapman_figshare(tmp_path, [FIGSHARE]))
    assert dropped == []
    where = "Diagnostics.csv, FileName MUSE_20180113_171327_27000"
    assert [(it.phrase, it.evidence) for it in facts.codes] == [
        ("atrial fibrillation", f"{where}, Rhythm: AFIB"),
        ("right bundle branch block", f"{where}, Beat: RBBB"),
        ("T-wave abnormality", f"{where}, Beat: TWC"),
    ]
    assert {it.name: it.value for it in facts.measured} == {
        "heart_rate": 117,
        "qrs": 114,
        "qt": 356,
        "qtc": 496,
        "axis": -102,
    }
    assert facts.measured[0].evidence == f"{where}, VentricularRate: 117"
    assert (facts.age_years, facts.sex) == (85, "male")


def test_acronyms_without_a_code_of_their_own_and_absent_files_are_listed(tmp_path: Path) -> None:
    rows = [
        {**FIGSHARE, "Beat": "LFBBB NONE", "Rhythm": "AF", "VentricularRate": 0, "QRSDuration": "?"},
        {**FIGSHARE, "FileName": "MUSE_2"},
    ]
    root = ecg_folders.chapman_figshare(tmp_path, rows)
    (root / "ECGData" / "MUSE_2.csv").unlink()
    (facts,), dropped = read(chapman, root)
    assert [it.phrase for it in facts.codes] == ["atrial flutter"]  # AF is flutter here, AFIB is fibrillation
    assert [it.reason for it in dropped] == [
        "the acronym has no code of its own",
        "heart_rate is not between 20 and 350 bpm",
        "the cell is not a number",
        "its file is not in the folder",
    ]


def test_every_acronym_has_a_meaning_and_every_meaning_words() -> None:
    for acronym, code in chapman._SNOMED_OF.items():
        statement = chapman._ONLY_HERE.get(code) or resolve(code, "snomed")
        assert statement is not None, acronym
        assert statement.kind is not None, acronym
        assert statement.phrase in phrases(), acronym


def test_an_excel_file_is_to_be_saved_as_csv(tmp_path: Path) -> None:
    (tmp_path / "Diagnostics.xlsx").write_bytes(b"PK\x03\x04")
    with pytest.raises(DataError, match=r"save it beside itself as Diagnostics\.csv"):
        chapman.rows(tmp_path)


def test_the_challenge_knows_no_patients_but_where_a_table_names_them(tmp_path: Path) -> None:
    said = ["# Age: 60", "# Sex: Female", "# Dx: 426783006"]
    names = ("training/ptb-xl/g1/HR00001", "training/ningbo/g1/JS10647", "training/georgia/g1/E00001")
    root = ecg_folders.challenge(tmp_path, dict.fromkeys(names, said))
    used, _ = read(challenge, root)
    assert [it.subject_id for it in used] == [
        "challenge-2021/E00001",
        "chapman-shaoxing/JS10647",
        "challenge-2021/HR00001",
    ]
    row = {"record": "HR00001", "patient_id": "15709", "strat_fold": "10", "report_en": "Sinus rhythm."}
    ecg_folders.write_table(root / "labels.csv", list(row), [row])
    used, dropped = read(challenge, root)
    assert dropped == []
    assert (used[2].subject_id, used[2].split, used[2].report) == ("ptb-xl/15709", "test", ("Sinus rhythm.",))
    assert used[2].report_evidence == "labels.csv, record HR00001, report_en"
    assert used[0].split is None


def test_codes_that_are_unknown_or_that_no_ecg_shows_are_listed_and_synonyms_said_once(
    tmp_path: Path,
) -> None:
    records = {"E1": ["# Dx: 164889003,426749004,84114007,999"], "E2": ["# Dx: 427172004"]}
    root = ecg_folders.challenge(tmp_path, records)
    (first, second), dropped = read(challenge, root)
    assert [it.phrase for it in first.codes] == ["atrial fibrillation"]
    assert [(it.name, it.reason) for it in dropped] == [
        ("E1.hea, Dx: 84114007", "no ECG shows what the code means"),
        ("E1.hea, Dx: 999", "the code is not known (snomed)"),
    ]
    assert second.assessed == ()  # an extra beat says nothing of the rhythm


def test_a_broken_header_is_listed_and_the_others_are_read(tmp_path: Path) -> None:
    root = ecg_folders.challenge(tmp_path, {"E1": ["# Dx: 426783006"], "E2": ["# Dx: 426783006"]})
    (root / "E1.hea").write_text("E1 12\n# Dx: 426783006\n", encoding="utf-8")
    used, (dropped,) = read(challenge, root)
    assert [it.record_name for it in used] == ["E2"]
    assert dropped.name == "record E1"


@pytest.mark.parametrize("folder", ["cinc2021_ptbxl", "cinc2021_chapman_ningbo", "cinc2021_georgia"])
def test_real_records_are_all_used(folder: str, data_dir: Path) -> None:
    used, dropped = read(challenge, data_dir / "ecg" / folder)
    assert len(used) == len(list((data_dir / "ecg" / folder).glob("*.hea")))
    assert dropped == []
    assert all(it.codes and it.age_years and it.sex for it in used)
