import json

import numpy as np
import pytest

from bedside.artifact import Plan, write
from bedside.calibration import CalibrationConfig, calibrate
from bedside.errors import DataError
from bedside.examples import Example, Message, write_examples

CONFIG = CalibrationConfig(workers=1, window_hours=1.0, windows_per_recording=3)


def example(subject, *, images=()):
    turns = (Message(role="user", content=f"How is {subject}?"), Message(role="assistant", content="Well."))
    return Example(id=subject, subject_id=subject, messages=turns, images=images)


def dataset(folder, *, train, test):
    def work(draft):
        for name, subjects in (("train", train), ("validation", []), ("test", test)):
            write_examples(draft.path / f"{name}.jsonl", [example(subject) for subject in subjects])

    return write(folder, Plan("dataset", "test", 1, {"train": train, "test": test}, {}), work)


def put_recordings(folder):
    folder.mkdir()
    rates = 70 + 5 * np.sin(np.arange(300) / 20)
    rows = "".join(f"{index},{rate:.3f}\n" for index, rate in enumerate(rates))
    (folder / "adult_1n.csv").write_text("Elapsed_Time_Sec,HR\n" + rows)
    zeros = "".join(f"{60 * index},{0 if index < 5 else 70}\n" for index in range(60))
    (folder / "adult_2n.csv").write_text("Elapsed_Time_Sec,HR\n" + zeros)
    (folder / "neonate_3n.csv").write_text("Elapsed_Time_Sec,NBP Sys\n0,60\n")
    (folder / "adult_4n.csv").write_text("Elapsed_Time_Sec,HR\n0,70\n1,seventy\n")
    (folder / "subjects_info.json").write_text('[{"subject_code": "1n", "age_years": 44, "gender": "M"}]')
    return folder


def read_log(artifact):
    return json.loads(artifact.file("log.json").read_text(encoding="utf-8"))


def test_recordings_become_text_and_every_exclusion_is_logged(tmp_path):
    artifact = calibrate(CONFIG, records_dir=put_recordings(tmp_path / "in"), out_dir=tmp_path / "out")
    chat = artifact.file("chat.txt").read_text(encoding="utf-8")
    assert chat.startswith(
        "<start_of_turn>user\nAssess these vital signs.\nAdult, 44 years, male. 5 hours recorded"
    )
    assert chat.count("<start_of_turn>model\n") == chat.count("<bos>") + 1 == 5
    assert artifact.file("plain.txt").read_text(encoding="utf-8").count("\n\n") == 4
    log = read_log(artifact)
    assert {item["name"]: item["reason"] for item in log["excluded"]} == {
        "adult_4n.csv": "line 3: HR: 'seventy' is not a number in bpm",
        "neonate_3n.csv": "no heart rate (column HR); the file has NBP Sys",
    }
    first, second = log["recordings"]
    assert (first["name"], first["interval_s"], first["texts"]) == ("adult_1n.csv", 60.0, 4)
    assert "minute averages" in first["interval_evidence"]
    assert second["readings_excluded"] == {"hr": {"zero (lead off)": 5}}
    assert second["not_assessed"]["rhythm"] == "no rhythm analysis recorded"
    assert artifact.manifest.figures["texts"] == 5
    assert artifact.manifest.figures["files_excluded"] == 2


def test_every_row_and_column_that_is_left_out_is_logged(tmp_path):
    folder = tmp_path / "in"
    folder.mkdir()
    rows = "".join(f"{60 * index},{'' if 5 <= index < 9 else 70},35\n" for index in range(60))
    (folder / "adult_1n.csv").write_text("Elapsed_Time_Sec,HR,CPCO2\n" + rows)
    (folder / "subject_2_hr.csv").write_text(
        "Local datetime [ISO8601],heart rate [#/min],steps\n"
        "2019-10-26T23:59:00+0200,61,4\n2019-10-27T00:00:00+0200,62,5\n"
    )
    log = read_log(calibrate(CONFIG, records_dir=folder, out_dir=tmp_path / "out"))
    monitor, wearable = log["recordings"]
    assert (monitor["rows_read"], monitor["rows_used"]) == (60, 56)
    assert monitor["rows_left_out"] == {"no value in any known column": 4}
    assert monitor["columns_ignored"] == ["CPCO2"]
    assert (wearable["rows_left_out"], wearable["columns_ignored"]) == ({}, ["steps"])


def test_demographics_stay_out_of_the_log(tmp_path):
    artifact = calibrate(CONFIG, records_dir=put_recordings(tmp_path / "in"), out_dir=tmp_path / "out")
    text = artifact.file("log.json").read_text(encoding="utf-8")
    assert "44" not in json.dumps(read_log(artifact)["recordings"][0]["not_assessed"])
    for word in ("age_years", "male", "sex"):
        assert word not in text


def test_the_same_input_gives_the_same_bytes_with_any_number_of_workers(tmp_path):
    folder = put_recordings(tmp_path / "in")
    one = calibrate(CONFIG, records_dir=folder, out_dir=tmp_path / "one")
    two = calibrate(CONFIG.model_copy(update={"workers": 2}), records_dir=folder, out_dir=tmp_path / "two")
    assert one.digest == two.digest
    assert one.key == two.key


def test_a_dataset_gives_its_training_split_only(tmp_path):
    source = dataset(tmp_path / "data", train=["a", "b"], test=["c"])
    artifact = calibrate(CONFIG, dataset=source, out_dir=tmp_path / "out")
    text = artifact.file("chat.txt").read_text(encoding="utf-8")
    assert "How is a?" in text
    assert "How is c?" not in text
    assert artifact.manifest.figures["test_subjects"] == 1
    assert artifact.manifest.figures["test_subjects_in_calibration"] == 0
    assert read_log(artifact)["dataset"]["examples_used"] == 2


def test_a_test_subject_in_the_training_split_is_refused(tmp_path):
    source = dataset(tmp_path / "data", train=["a", "c"], test=["c"])
    with pytest.raises(DataError, match="test subjects came into the calibration text: c"):
        calibrate(CONFIG, dataset=source, out_dir=tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_recordings_of_test_subjects_are_left_out(tmp_path):
    source = dataset(tmp_path / "data", train=["a"], test=["1n"])
    artifact = calibrate(
        CONFIG, dataset=source, records_dir=put_recordings(tmp_path / "in"), out_dir=tmp_path / "out"
    )
    log = read_log(artifact)
    assert [item["name"] for item in log["recordings"]] == ["adult_2n.csv"]
    reasons = {item["name"]: item["reason"] for item in log["excluded"]}
    assert reasons["adult_1n.csv"] == "its subject is in the test split"


def test_another_input_or_setting_is_another_artifact(tmp_path):
    folder = put_recordings(tmp_path / "in")
    first = calibrate(CONFIG, records_dir=folder, out_dir=tmp_path / "out")
    assert calibrate(CONFIG, records_dir=folder, out_dir=tmp_path / "out").manifest == first.manifest
    other = CONFIG.model_copy(update={"windows_per_recording": 0})
    assert calibrate(other, records_dir=folder, out_dir=tmp_path / "other").key != first.key


def test_nothing_usable_is_an_error_with_the_reasons(tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "neonate_3n.csv").write_text("Elapsed_Time_Sec,NBP Sys\n0,60\n")
    with pytest.raises(DataError, match=r"no usable recording \(neonate_3n\.csv: no heart rate"):
        calibrate(CONFIG, records_dir=tmp_path / "in", out_dir=tmp_path / "out")
    with pytest.raises(DataError, match="nothing to calibrate on"):
        calibrate(CONFIG, out_dir=tmp_path / "out")
    with pytest.raises(DataError, match="no such folder"):
        calibrate(CONFIG, records_dir=tmp_path / "absent", out_dir=tmp_path / "out")


def test_real_recordings_are_named_where_they_are_excluded(tmp_path, data_dir, capsys):
    folder = data_dir / "vitals" / "mimic3_numerics" / "raw"
    artifact = calibrate(CalibrationConfig(), records_dir=folder, out_dir=tmp_path / "out")
    assert "excluded: neonate_3479334n.csv: no heart rate (column HR)" in capsys.readouterr().err
    log = read_log(artifact)
    assert log["excluded"] == [
        {
            "name": "neonate_3479334n.csv",
            "reason": "no heart rate (column HR); the file has NBP Sys, NBP Dias, NBP Mean",
            "superseded": False,
        }
    ]
    zeros = {item["name"]: item["readings_excluded"].get("hr") for item in log["recordings"]}
    assert zeros["neonate_3182898n.csv"] == {"zero (lead off)": 249}
    assert len(artifact.file("chat.txt").read_text(encoding="utf-8")) > 20_000
