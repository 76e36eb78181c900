from __future__ import annotations

import json
from pathlib import Path

import pytest

import ecg_folders
from bedside.dataset.ecg import ptbxl
from bedside.dataset.ecg.facts import EcgFacts
from bedside.dataset.ecg.report_text import NOT_ENGLISH
from bedside.dataset.gathered import Dropped


def read(root: Path, *, rate: str = "hr") -> tuple[list[EcgFacts], list[Dropped]]:
    table = ptbxl.rows(root, rate=rate)
    found = list(ptbxl.facts(table.frame, root))
    dropped = [*table.dropped, *(it for it in found if isinstance(it, Dropped))]
    return [it for it in found if isinstance(it, EcgFacts)], dropped


def test_a_row_becomes_facts_with_their_place(tmp_path: Path) -> None:
    row = {
        "ecg_id": 260,
        "patient_id": "5471.0",
        "age": "48.0",
        "sex": "0",
        "scp_codes": "{'LNGQT': 80.0, 'LAFB': 100.0, 'SR': 0.0}",
        "report": "sinus rhythm. prolonged qt.",
        "strat_fold": "7",
    }
    (facts,), dropped = read(ecg_folders.ptbxl(tmp_path, [row]))
    assert dropped == []
    assert (facts.source, facts.record_name, facts.subject_id) == ("ptb-xl", "260", "ptb-xl/5471")
    assert (facts.age_years, facts.sex, facts.split) == (48, "male", "train")
    assert facts.licence == "CC BY 4.0 (as published)"
    assert facts.location == str(tmp_path / "records500/00000/00260_hr.hea")
    assert [(it.code, it.kind, it.superclasses, it.likelihood) for it in facts.codes] == [
        ("LNGQT", "diagnostic", ("STTC",), 80),
        ("LAFB", "diagnostic", ("CD",), 100),
        ("SR", "rhythm", (), 0),
    ]
    assert facts.codes[0].evidence == "ptbxl_database.csv, ecg_id 260, scp_codes: LNGQT 80"
    assert facts.report == ("sinus rhythm.", "prolonged qt.")
    assert facts.report_evidence == "ptbxl_database.csv, ecg_id 260, report"


@pytest.mark.parametrize(
    ("fold", "split"), [(1, "train"), (8, "train"), (9, "validation"), (10, "test"), ("9.0", "validation")]
)
def test_folds_are_the_recommended_parts(fold: object, split: str, tmp_path: Path) -> None:
    (facts,), _ = read(ecg_folders.ptbxl(tmp_path, [{"ecg_id": 1, "strat_fold": fold}], rates=["lr"]))
    assert facts.split == split


def test_everyone_over_89_has_no_known_age(tmp_path: Path) -> None:
    (facts,), _ = read(ecg_folders.ptbxl(tmp_path, [{"ecg_id": 1, "age": "300.0"}], rates=["lr"]))
    assert facts.age_years is None


def test_the_other_signal_file_serves_where_the_preferred_one_is_absent(tmp_path: Path) -> None:
    root = ecg_folders.ptbxl(tmp_path, [{"ecg_id": 1}])
    assert read(root)[0][0].location.endswith("00001_hr.hea")
    assert read(root, rate="lr")[0][0].location.endswith("00001_lr.hea")
    (root / "records500/00000/00001_hr.hea").unlink()
    assert read(root)[0][0].location.endswith("00001_lr.hea")


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ({"patient_id": ""}, "has no patient_id"),
        ({"strat_fold": "11"}, "strat_fold is '11'"),
        ({"scp_codes": "__import__('os')"}, "not {'CODE': likelihood}"),
        ({"scp_codes": "{'NORM': 'much'}"}, "not {'CODE': likelihood}"),
        ({"scp_codes": "(" * 5000}, "not {'CODE': likelihood}"),
        ({"filename_hr": "../out", "filename_lr": ""}, "leads out of the folder"),
        ({"filename_hr": "nowhere", "filename_lr": "nowhere"}, "its file is not in the folder"),
    ],
)
def test_a_row_that_cannot_be_used_is_listed_and_the_others_are_read(
    row: dict[str, object], reason: str, tmp_path: Path
) -> None:
    root = ecg_folders.ptbxl(tmp_path, [{"ecg_id": 1, **row}, {"ecg_id": 2}], rates=["lr"])
    used, dropped = read(root)
    assert [it.record_name for it in used] == ["2"]
    assert dropped[0].name == "ecg_id 1"
    assert reason in dropped[0].reason


def test_an_unknown_code_is_listed_and_nothing_is_denied_beside_it(tmp_path: Path) -> None:
    row = {"ecg_id": 1, "scp_codes": "{'NORM': 100.0, '1.0AVB': 100.0}"}
    (facts,), (dropped,) = read(ecg_folders.ptbxl(tmp_path, [row], rates=["lr"]))
    assert [it.code for it in facts.codes] == ["NORM"]
    assert facts.assessed == ()
    assert dropped.name == "ptbxl_database.csv, ecg_id 1, scp_codes: 1.0AVB"


@pytest.mark.parametrize(
    ("codes", "looked_for", "not_known"),
    [
        (
            "{'NORM': 100.0, 'SR': 0.0}",
            ("inferior myocardial infarction", "atrial fibrillation"),
            ("low QRS voltage",),
        ),
        ("{'SR': 0.0}", ("atrial fibrillation",), ("inferior myocardial infarction", "low QRS voltage")),
        ("{'IMI': 35.0}", ("left bundle branch block", "normal ECG"), ("atrial fibrillation",)),
        ("{'LVOLT': 0.0, 'PACE': 0.0}", ("low QRS voltage",), ("normal ECG", "atrial fibrillation")),
    ],
)
def test_what_was_looked_for_follows_from_what_is_stated(
    codes: str, looked_for: tuple[str, ...], not_known: tuple[str, ...], tmp_path: Path
) -> None:
    (facts,), _ = read(ecg_folders.ptbxl(tmp_path, [{"ecg_id": 1, "scp_codes": codes}], rates=["lr"]))
    assert not set(not_known) & set(facts.assessed)
    looked = {"left bundle branch block": "complete left bundle branch block"}
    assert {looked.get(it, it) for it in looked_for} <= set(facts.assessed)


def test_a_german_report_is_not_used_a_translation_is(tmp_path: Path) -> None:
    german = {"ecg_id": 1, "report": "sinusrhythmus linkstyp"}
    (facts,), (dropped,) = read(ecg_folders.ptbxl(tmp_path / "a", [german], rates=["lr"]))
    assert facts.report == ()
    assert (dropped.name, "not English" in dropped.reason) == ("ecg_id 1, report", True)
    translated = {**german, "report_en": "Sinus rhythm, left axis deviation."}
    (facts,), dropped = read(ecg_folders.ptbxl(tmp_path / "b", [translated], rates=["lr"]))
    assert facts.report == ("Sinus rhythm, left axis deviation.",)
    assert facts.report_evidence == "ptbxl_database.csv, ecg_id 1, report_en"
    assert dropped == []


def test_translations_stand_in_a_file_of_their_own(tmp_path: Path) -> None:
    rows = [{"ecg_id": number, "report": "sinusrhythmus"} for number in (1, 2)]
    root = ecg_folders.ptbxl(tmp_path, rows, rates=["lr"])
    refusal = "Sure, please provide the ECG report that you would like translated."
    lines = [
        json.dumps({"ecg_id": 1, "report_en": "Sinus rhythm."}),
        "{",
        json.dumps({"ecg_id": 2, "report_en": refusal}),
    ]
    (root / "reports_en.jsonl").write_text("\n".join(lines), encoding="utf-8")
    (first, second), dropped = read(root)
    assert (first.report, first.report_evidence) == (
        ("Sinus rhythm.",),
        "reports_en.jsonl, ecg_id 1, report_en",
    )
    assert second.report == ()
    assert dropped[0].name == "reports_en.jsonl:2"
    assert dropped[1].reason.startswith("report is a refusal")


def test_the_real_table_is_read_whole(data_dir: Path) -> None:
    table = ptbxl.rows(data_dir / "ecg" / "ptbxl", rate="hr")
    assert (table.frame.height, table.dropped) == (401, ())
    used, dropped = read(data_dir / "ecg" / "ptbxl")
    assert [(it.record_name, it.subject_id, it.split) for it in used] == [("1", "ptb-xl/15709", "train")]
    assert {it.reason for it in dropped} == {
        "its file is not in the folder",
        NOT_ENGLISH,
    }
