from __future__ import annotations

import json
import pickle
from pathlib import Path

import pytest
from PIL import Image
from pydantic import ValidationError

import ecg_folders
from bedside.dataset import ecg
from bedside.dataset.ecg.config import EcgSource
from bedside.dataset.gathered import Gathered
from bedside.ecg.distort import Distortion
from bedside.errors import DataError

SEED = (7, 0)
CODES = (
    "{'NORM': 100.0, 'SR': 0.0}",
    "{'IMI': 100.0, 'SR': 0.0}",
    "{'AFIB': 0.0, 'CLBBB': 100.0}",
    "{'1AVB': 100.0, 'SBRAD': 0.0}",
    "{'LVH': 100.0, 'STACH': 0.0}",
    "{'CRBBB': 100.0, 'SR': 0.0}",
)


def made(root: Path, out: Path, **settings: object) -> Gathered:
    parts = [
        ecg.gather(pickle.loads(pickle.dumps(chunk)), folder=out)
        for chunk in ecg.chunks(EcgSource(kind="ecg", path=root, **settings), seed=SEED)
    ]
    return Gathered(
        tuple(it for part in parts for it in part.examples),
        tuple(it for part in parts for it in part.dropped),
    )


def files(folder: Path) -> dict[str, bytes]:
    return {it.relative_to(folder).as_posix(): it.read_bytes() for it in folder.rglob("*") if it.is_file()}


@pytest.fixture(scope="module")
def ptbxl(tmp_path_factory: pytest.TempPathFactory) -> Path:
    rows = [
        {
            "ecg_id": number,
            "patient_id": f"{number // 2}.0",
            "scp_codes": CODES[number % 6],
            "strat_fold": fold,
        }
        for number, fold in enumerate((1, 1, 2, 2, 9, 10), start=2)
    ]
    return ecg_folders.ptbxl(tmp_path_factory.mktemp("ptbxl"), rows, rates=["lr"])


def test_a_record_becomes_a_picture_and_questions_with_evidence(ptbxl: Path, tmp_path: Path) -> None:
    found = made(ptbxl, tmp_path)
    assert found.dropped == ()
    assert len({it.id for it in found.examples}) == len(found.examples)
    tasks = {it.task for it in found.examples}
    assert tasks == {"report", "rhythm", "morphology", "yes_no", "multiple_choice"}
    for example in found.examples:
        assert example.id.startswith(f"ptb-xl/{example.id.split('/')[1]}/")
        assert (example.source, example.licence) == ("ptb-xl", "CC BY 4.0 (as published)")
        assert example.evidence
        assert (example.age_years, example.sex) == (56, "female")
        with Image.open(tmp_path / example.images[0]) as picture:
            assert (picture.size, picture.format) == ((896, 896), "PNG")
    assert {it.split for it in found.examples if it.subject_id == "ptb-xl/3"} == {"validation", "test"}


def test_the_same_comes_out_however_the_records_are_cut_and_whatever_was_there(
    ptbxl: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = made(ptbxl, tmp_path / "a", distorted=0.5)
    again = made(ptbxl, tmp_path / "a", distorted=0.5)
    monkeypatch.setattr(ecg, "PER_CHUNK", 2)
    pieces = made(ptbxl, tmp_path / "b", distorted=0.5)
    assert whole == again == pieces
    images = {name: data for name, data in files(tmp_path / "a").items() if name.startswith("images/")}
    assert images == {k: v for k, v in files(tmp_path / "b").items() if k.startswith("images/")}
    assert len(list((tmp_path / "b" / "pictures").iterdir())) == 3


def test_another_seed_words_and_distorts_otherwise(ptbxl: Path, tmp_path: Path) -> None:
    source = EcgSource(kind="ecg", path=ptbxl, distorted=1)
    out = [
        ecg.gather(ecg.chunks(source, seed=seed)[0], folder=tmp_path / str(seed[0]))
        for seed in ((1, 0), (2, 0))
    ]
    assert out[0].examples != out[1].examples
    assert files(tmp_path / "1" / "images") != files(tmp_path / "2" / "images")


def test_distortions_are_stored_and_do_not_change_the_words(ptbxl: Path, tmp_path: Path) -> None:
    clean = made(ptbxl, tmp_path / "clean")
    distorted = made(ptbxl, tmp_path / "distorted", distorted=1)
    assert [it.messages for it in clean.examples] == [it.messages for it in distorted.examples]
    lines = (
        (tmp_path / "distorted" / "pictures" / "7-0-000000.jsonl").read_text(encoding="utf-8").splitlines()
    )
    entries = [json.loads(line) for line in lines]
    assert {it["image"] for it in entries} == {image for it in distorted.examples for image in it.images}
    for entry in entries:
        assert Distortion.model_validate(entry["distortion"]).kinds
        with Image.open(tmp_path / "distorted" / entry["image"]) as picture:
            assert (picture.format, picture.size) == ("JPEG", (896, 896))
    (entry,) = {
        json.loads(line)["distortion"]
        for line in files(tmp_path / "clean")["pictures/7-0-000000.jsonl"].splitlines()
    }
    assert entry is None


def test_settings_shape_the_picture_and_the_questions(ptbxl: Path, tmp_path: Path) -> None:
    found = made(
        ptbxl, tmp_path, tasks=("report", "yes_no"), pairs_per_record=1, layout="12x1", size=448, gain=5
    )
    assert len(found.examples) == 6
    assert {it.task for it in found.examples} <= {"report", "yes_no"}
    assert Image.open(tmp_path / found.examples[0].images[0]).size == (448, 448)


@pytest.mark.parametrize("setting", [{"layout": "9x9"}, {"gain": 7}, {"tasks": ("sing",)}, {"distorted": 2}])
def test_wrong_settings_are_refused_before_anything_is_read(
    setting: dict[str, object], tmp_path: Path
) -> None:
    with pytest.raises((DataError, ValidationError)):
        made(tmp_path / "nowhere", tmp_path, **setting)


def test_a_record_that_cannot_be_read_or_would_mislead_is_listed_and_stops_nothing(tmp_path: Path) -> None:
    said = ["# Dx: 426783006"]
    root = ecg_folders.challenge(tmp_path / "data", dict.fromkeys(("E1", "E2", "E3", "E4", "E5", "E6"), said))
    (root / "E1.mat").write_bytes((root / "E1.mat").read_bytes()[:100])
    (root / "E2.mat").unlink()
    header = (root / "E3.hea").read_text(encoding="utf-8")
    (root / "E3.hea").write_text(header.replace("E3.mat", "../../E3.mat"), encoding="utf-8")
    ecg_folders.write_wfdb(root / "E4", 4, comments=said, skip=24, seconds=60)
    header = (root / "E5.hea").read_text(encoding="utf-8")
    (root / "E5.hea").write_text(header.replace("1000(0)/mV", "0"), encoding="utf-8")
    found = made(root, tmp_path / "out")
    assert {it.id.split("/")[1] for it in found.examples} == {"E6"}
    reasons = {it.name: it.reason for it in found.dropped}
    assert sorted(reasons) == [f"record E{number}" for number in range(1, 6)]
    assert "is longer than 12 s" in reasons["record E4"]
    assert "not calibrated" in reasons["record E5"]
    assert all(reasons.values())


def test_records_of_which_nothing_is_known_are_listed(tmp_path: Path) -> None:
    said = {"E1": ["# Dx: 84114007"], "E2": ["# Dx: 426783006"], "E3": ["# Sex: Male"]}
    found = made(ecg_folders.challenge(tmp_path / "data", said), tmp_path / "out")
    assert {it.id.split("/")[1] for it in found.examples} == {"E2"}
    assert [(it.name, it.reason) for it in found.dropped] == [
        ("E1.hea, Dx: 84114007", "no ECG shows what the code means"),
        ("record E1", "no label, report or measurement is known of it"),
        ("record E3", "no label, report or measurement is known of it"),
    ]
    ecg_folders.write_wfdb(tmp_path / "plain" / "100", 1)
    assert made(tmp_path / "plain", tmp_path / "out").dropped[0].name == "100.hea"


def test_tasks_that_the_labels_cannot_answer_drop_the_record(tmp_path: Path) -> None:
    root = ecg_folders.challenge(tmp_path / "data", {"E1": ["# Dx: 426783006"]})
    found = made(root, tmp_path / "out", tasks=("measurement",))
    assert (found.examples, len(found.dropped)) == ((), 1)
    assert not (tmp_path / "out" / "images").exists()


def test_the_gain_of_code_15_scales_the_drawing_and_no_voltage_is_asked_about(tmp_path: Path) -> None:
    parts = {"exams_part0.hdf5": [5, 6, 0], "exams_part1.hdf5": [8]}
    rows = [{"exam_id": exam, "RBBB": "True"} for exam in (5, 6, 8)]
    root = ecg_folders.code15(tmp_path / "data", parts, rows)
    chunks = ecg.chunks(EcgSource(kind="ecg", path=root), seed=SEED)
    assert [chunk.rows["part"].to_list() for chunk in chunks] == [
        ["exams_part0.hdf5"] * 2,
        ["exams_part1.hdf5"],
    ]
    plain, halved = made(root, tmp_path / "a"), made(root, tmp_path / "b", amplitude_gain=0.5)
    assert [it.reason for it in plain.dropped] == ["its exam_id is 0: no exam"]
    assert [it.messages for it in plain.examples] == [it.messages for it in halved.examples]
    ecg_folders.write_wfdb(tmp_path / "mv" / "5", 5, comments=["# Dx: 59118001"], rate_hz=400)
    in_mv = made(tmp_path / "mv", tmp_path / "c")
    drawn = [
        (tmp_path / place / it.examples[0].images[0]).read_bytes()
        for place, it in (("a", plain), ("b", halved), ("c", in_mv))
    ]
    assert drawn[0] != drawn[1] == drawn[2]
    entry = json.loads(files(tmp_path / "a")["pictures/7-0-000000.jsonl"].splitlines()[0])
    assert "about twice" in entry["warnings"]["uncalibrated"]


def test_a_gain_for_anything_but_code_15_is_refused(ptbxl: Path, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"amplitude_gain is for the tracings of CODE-15 %; ptb-xl") as caught:
        made(ptbxl, tmp_path, amplitude_gain=0.5)
    assert "leave amplitude_gain out" in str(caught.value)


def test_a_no_of_code_15_cites_the_cell(tmp_path: Path) -> None:
    parts = {"exams_part0.hdf5": [5, 6]}
    rows = [{"exam_id": 5, "RBBB": "True"}, {"exam_id": 6, "AF": "True"}]
    found = made(ecg_folders.code15(tmp_path / "data", parts, rows), tmp_path / "out", tasks=("yes_no",))
    said = {it.evidence[0].source for it in found.examples if it.answer.startswith("No, ")}
    assert said == {"exams.csv, exam_id 5, AF: False", "exams.csv, exam_id 6, RBBB: False"}


@pytest.mark.parametrize("header", [True, False])
def test_chapmans_csv_files_are_microvolts(header: bool, tmp_path: Path) -> None:
    row = {"FileName": "MUSE_1", "Rhythm": "SR", "Beat": "NONE", "VentricularRate": 75}
    signals = "ECGData" if header else "ECGDataDenoised"
    root = ecg_folders.chapman_figshare(tmp_path / "csv", [row], signals=signals, header=header)
    from_csv = made(root, tmp_path / "a")
    wfdb = ecg_folders.chapman_physionet(tmp_path / "wfdb", {"JS00001": "426783006"})
    from_wfdb = made(wfdb, tmp_path / "b")
    assert (from_csv.dropped, from_wfdb.dropped) == ((), ())
    pictures = [
        tmp_path / "a" / from_csv.examples[0].images[0],
        tmp_path / "b" / from_wfdb.examples[0].images[0],
    ]
    assert pictures[0].read_bytes() == pictures[1].read_bytes()


def test_mimic_figures_are_asked_for(tmp_path: Path) -> None:
    row = {"subject_id": 10000032, "study_id": 40689238, "report_0": "Sinus rhythm", "report_1": "Normal ECG"}
    found = made(ecg_folders.mimic(tmp_path / "data", [row]), tmp_path / "out")
    tasks = {it.task: it for it in found.examples}
    assert set(tasks) == {"report", "measurement"}
    assert tasks["report"].answer == "Sinus rhythm\nNormal ECG"
    assert tasks["measurement"].evidence[0].source.startswith("machine_measurements.csv, study_id 40689238, ")
