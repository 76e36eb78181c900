from __future__ import annotations

from pathlib import Path

import pytest

import ecg_folders
from bedside.dataset.ecg import mimic
from bedside.dataset.ecg.facts import EcgFacts
from bedside.dataset.gathered import Dropped

ROW = {"subject_id": 10000032, "study_id": 40689238}


def read(root: Path) -> tuple[list[EcgFacts], list[Dropped]]:
    table = mimic.rows(root)
    found = list(mimic.facts(table.frame, root))
    dropped = [*table.dropped, *(it for it in found if isinstance(it, Dropped))]
    return [it for it in found if isinstance(it, EcgFacts)], dropped


def figures(facts: EcgFacts) -> dict[str, tuple[float, str]]:
    return {it.name: (it.value, it.unit) for it in facts.measured}


def test_report_and_wave_limits_become_facts(tmp_path: Path) -> None:
    row = {**ROW, "report_0": "Sinus rhythm", "report_1": "", "report_2": "Abnormal ECG", "rr_interval": 750}
    (facts,), dropped = read(ecg_folders.mimic(tmp_path, [row]))
    assert dropped == []
    assert (facts.record_name, facts.subject_id) == ("40689238", "mimic-iv-ecg/10000032")
    assert facts.location.endswith("files/p1000/p10000032/s40689238/40689238.hea")
    assert facts.report == ("Sinus rhythm", "Abnormal ECG")
    assert facts.report_evidence == "machine_measurements.csv, study_id 40689238, report_0 to report_17"
    assert (facts.split, facts.age_years, facts.sex) == (None, None, None)
    assert facts.licence == "ODbL 1.0 (as published)"
    assert figures(facts) == {
        "rr": (750, "ms"),
        "heart_rate": (80, "bpm"),
        "pr": (160, "ms"),
        "qrs": (90, "ms"),
        "qt": (390, "ms"),
        "axis": (40, "degrees"),
    }
    evidence = {it.name: it.evidence for it in facts.measured}
    assert evidence["pr"] == "machine_measurements.csv, study_id 40689238, qrs_onset: 200, p_onset: 40"
    assert evidence["heart_rate"] == "machine_measurements.csv, study_id 40689238, rr_interval: 750"


@pytest.mark.parametrize(
    ("cells", "missing"),
    [
        ({"p_onset": 29999, "p_end": 29999}, {"pr"}),
        ({"p_end": 29999}, {"pr"}),
        ({"qrs_onset": 29999}, {"pr", "qrs", "qt"}),
        ({"qrs_end": 29999}, {"qrs"}),
        ({"t_end": 29999}, {"qt"}),
        ({"qrs_axis": 32767}, {"axis"}),
        ({"qrs_axis": -32768}, {"axis"}),
        ({"rr_interval": 65535}, {"rr", "heart_rate"}),
        ({"rr_interval": ""}, {"rr", "heart_rate"}),
    ],
)
def test_what_could_not_be_measured_is_no_figure_and_no_fault(
    cells: dict[str, object], missing: set[str], tmp_path: Path
) -> None:
    (facts,), dropped = read(ecg_folders.mimic(tmp_path, [{**ROW, **cells}]))
    assert set(figures(facts)) == {"rr", "heart_rate", "pr", "qrs", "qt", "axis"} - missing
    assert dropped == []


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        ({"qrs_end": 190}, "qrs is not between 30 and 300 ms"),
        ({"t_end": 1300}, "qt is not between 150 and 800 ms"),
        ({"qrs_axis": 400}, "axis is not between -180 and 270 degrees"),
        ({"qrs_axis": "left"}, "the cell is not a number"),
        ({"rr_interval": 0}, "rr is not between 170 and 3000 ms"),
    ],
)
def test_an_impossible_figure_is_left_out_and_listed(
    cells: dict[str, object], reason: str, tmp_path: Path
) -> None:
    (facts,), (dropped,) = read(ecg_folders.mimic(tmp_path, [{**ROW, **cells}]))
    assert dropped.reason == reason
    assert dropped.name.startswith("machine_measurements.csv, study_id 40689238, ")
    assert len(facts.measured) >= 4


def test_an_axis_counted_to_270_degrees_is_turned_back(tmp_path: Path) -> None:
    (facts,), _ = read(ecg_folders.mimic(tmp_path, [{**ROW, "qrs_axis": 250}]))
    assert figures(facts)["axis"] == (-110, "degrees")


def test_remarks_are_counted_and_studies_without_file_or_row_are_listed(tmp_path: Path) -> None:
    rows = [
        {
            **ROW,
            "report_0": "--- Warning: Data quality may affect interpretation ---",
            "report_1": "Sinus rhythm",
        },
        {"subject_id": 10000032, "study_id": 40689239},
        {"subject_id": 10000033, "study_id": 40689240},
    ]
    root = ecg_folders.mimic(tmp_path, rows)
    (root / "files/p1000/p10000032/s40689239/40689239.hea").unlink()
    table = root / "machine_measurements.csv"
    lines = table.read_text(encoding="utf-8").splitlines()
    table.write_text("\n".join([*lines[:3], "short,row", lines[1]]) + "\n", encoding="utf-8")
    used, dropped = read(root)
    assert [(it.record_name, it.report, len(it.measured)) for it in used] == [
        ("40689238", ("Sinus rhythm",), 6),
        ("40689240", (), 0),
    ]
    assert [it.reason for it in dropped] == [
        "the row does not fit the header",
        "the same study_id stands above",
        "a remark about the quality of the recording is not used",
        "its file is not in the folder",
    ]


def test_the_record_list_alone_gives_records_without_labels(tmp_path: Path) -> None:
    root = ecg_folders.mimic(tmp_path, [ROW])
    (root / "machine_measurements.csv").unlink()
    (facts,), dropped = read(root)
    assert (facts.report, facts.measured, dropped) == ((), (), [])


def test_a_path_out_of_the_folder_is_refused(tmp_path: Path) -> None:
    root = ecg_folders.mimic(tmp_path, [ROW])
    table = root / "record_list.csv"
    table.write_text(table.read_text(encoding="utf-8").replace("files/", "../files/"), encoding="utf-8")
    used, (dropped,) = read(root)
    assert used == []
    assert "leads out of the folder" in dropped.reason
