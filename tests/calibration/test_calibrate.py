import json
from pathlib import Path

import pytest

from bedside.calibration import CalibrationConfig, calibrate, recordings, sources
from bedside.calibration.provenance import provenance
from bedside.errors import DataError, RecipeError
from bedside.recipe import validate
from bedside.vitals.readers import Recording
from bedside.vitals.readers.text import read_source
from calibration_folders import CONFIG, make_dataset, put_recordings


def read_log(artifact):
    return json.loads(artifact.file("log.json").read_text(encoding="utf-8"))


def rows_of(artifact):
    lines = artifact.file("records.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def text_of(artifact, name):
    return artifact.file(name).read_text(encoding="utf-8")


def with_(config, **changes):
    return CalibrationConfig(**{**config.model_dump(), **changes})


def test_recordings_become_text_and_every_exclusion_is_logged(tmp_path):
    artifact = calibrate(CONFIG, sources=[put_recordings(tmp_path / "in")], out_dir=tmp_path / "out")
    chat = text_of(artifact, "chat.txt")
    assert chat.startswith(
        "<start_of_turn>user\nAssess these vital signs.\n"
        "Adult, 44 years, male. Monitor, heart rate only. 5 hours recorded"
    )
    assert chat.count("<start_of_turn>model\n") == chat.count("<bos>") + 1 == 5
    rows = rows_of(artifact)
    assert text_of(artifact, "plain.txt") == "\n\n".join(row["text"] for row in rows) + "\n"
    assert [(row["subject_id"], row["window"]) for row in rows][::4] == [("1n", "all"), ("2n", "all")]
    log = read_log(artifact)
    reasons = {item["name"]: item["reason"] for item in log["files"] if item["status"] == "excluded"}
    assert reasons == {
        "adult_4n.csv": "line 3: HR: 'seventy' is not a number",
        "neonate_3n.csv": "no heart rate (column HR); the file has NBP Sys",
    }
    first, second = (item for item in log["files"] if item["status"] == "used")
    assert (first["name"], first["interval_s"], first["texts"]) == ("adult_1n.csv", 60.0, 4)
    assert second["readings_excluded"] == {"hr": {"zero (lead off)": 5}}
    assert "rhythm" in second["not_assessed"]
    assert len(second["sha256"]) == 64
    assert artifact.manifest.figures["texts"] == 5
    assert artifact.manifest.figures["files_excluded"] == 2


def test_every_text_ends_in_its_conclusion_and_its_row_holds_the_figures(tmp_path):
    artifact = calibrate(CONFIG, sources=[put_recordings(tmp_path / "in")], out_dir=tmp_path / "out")
    for row in rows_of(artifact):
        assert row["text"].endswith(row["conclusion"])
        assert row["conclusion"]
    whole = rows_of(artifact)[-1]
    assert whole["signals"]["hr"] | {"excluded": {}} == {
        "unit": "bpm",
        "n": 55,
        **dict.fromkeys(("mean", "median", "p05", "p95", "min", "max"), 70.0),
        "sd": 0.0,
        "excluded": {},
        "converted": 0,
    }
    assert (whole["span_s"], whole["analysed_s"]) == (3600.0, 3300.0)
    assert whole["ectopy"]["status"] == whole["rhythm"]["status"] == "not assessed"


def test_sections_are_chosen_and_ordered_and_conversations_still_have_an_answer(tmp_path):
    folder = put_recordings(tmp_path / "in")
    config = with_(CONFIG, narrative={"sections": ["rate", "demographics"]}, prompt="clinical_analysis")
    artifact = calibrate(config, sources=[folder], out_dir=tmp_path / "out")
    for row in rows_of(artifact):
        assert row["conclusion"] not in row["text"]
        assert len(row["text"].split("\n")) == 2
        assert f"model\n{row['conclusion']}<end_of_turn>" in text_of(artifact, "chat.txt")


def test_every_row_and_column_that_is_left_out_is_logged(tmp_path):
    folder = tmp_path / "in"
    folder.mkdir()
    rows = "".join(f"{60 * index},{'' if 5 <= index < 9 else 70},35\n" for index in range(60))
    (folder / "adult_1n.csv").write_text("Elapsed_Time_Sec,HR,CPCO2\n" + rows)
    (folder / "subject_2_hr.csv").write_text(
        "Local datetime [ISO8601],heart rate [#/min],steps\n"
        "2019-10-26T23:59:00+0200,61,4\n2019-10-27T00:00:00+0200,62,5\n"
    )
    monitor, wearable = read_log(calibrate(CONFIG, sources=[folder], out_dir=tmp_path / "out"))["files"]
    assert (monitor["rows_read"], monitor["rows_used"]) == (60, 56)
    assert monitor["rows_excluded"] == {"no value in any known column": 4}
    assert monitor["columns_ignored"] == ["CPCO2"]
    assert (wearable["rows_excluded"], wearable["columns_ignored"]) == ({}, ["steps"])


def test_demographics_stay_out_of_the_log(tmp_path):
    artifact = calibrate(CONFIG, sources=[put_recordings(tmp_path / "in")], out_dir=tmp_path / "out")
    for word in ("age_years", "male", "sex", "44"):
        assert word not in json.dumps(
            [{**item, "sha256": "", "interval_evidence": ""} for item in read_log(artifact)["files"]]
        )


def test_the_same_input_gives_the_same_bytes_with_any_number_of_workers(tmp_path):
    folder = put_recordings(tmp_path / "in")
    one = calibrate(CONFIG, sources=[folder], out_dir=tmp_path / "one")
    two = calibrate(with_(CONFIG, workers=2), sources=[folder], out_dir=tmp_path / "two")
    assert one.digest == two.digest
    assert one.key == two.key


def test_another_seed_words_the_same_figures_otherwise(tmp_path):
    folder = put_recordings(tmp_path / "in")
    one = calibrate(CONFIG, sources=[folder], out_dir=tmp_path / "one")
    two = calibrate(with_(CONFIG, seed=1), sources=[folder], out_dir=tmp_path / "two")
    assert text_of(one, "plain.txt") != text_of(two, "plain.txt")
    wordless = [{**row, "text": "", "conclusion": ""} for row in rows_of(one)]
    assert wordless == [{**row, "text": "", "conclusion": ""} for row in rows_of(two)]


def test_a_dataset_gives_its_training_split_only(tmp_path):
    source = make_dataset(tmp_path / "data", train=["a", "b"], test=["c"])
    artifact = calibrate(CONFIG, dataset=source, out_dir=tmp_path / "out")
    text = text_of(artifact, "chat.txt")
    assert "How is a?" in text
    assert "How is c?" not in text
    assert artifact.manifest.figures["held_out_subjects"] == 1
    assert artifact.manifest.figures["held_out_subjects_in_calibration"] == 0
    assert read_log(artifact)["dataset"]["examples_used"] == 2


def test_a_test_subject_in_the_training_split_is_refused(tmp_path):
    source = make_dataset(tmp_path / "data", train=["a", "c"], test=["c"])
    with pytest.raises(DataError, match="held-out subjects came into the calibration text: c"):
        calibrate(CONFIG, dataset=source, out_dir=tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_test_subjects_of_any_data_set_are_left_out_and_the_check_is_logged(tmp_path):
    own = make_dataset(tmp_path / "own", train=["a", "b"], test=["1n"])
    make_dataset(tmp_path / "other", train=["x"], test=["b"])
    config = with_(CONFIG, exclude=[tmp_path / "other"])
    folder = put_recordings(tmp_path / "in")
    log = read_log(calibrate(config, dataset=own, sources=[folder], out_dir=tmp_path / "out"))
    assert [item["name"] for item in log["files"] if item["status"] == "used"] == ["adult_2n.csv"]
    assert log["dataset"]["examples_held_out"] == 1
    assert log["dataset"]["examples_used"] == 1
    assert log["exclusion_check"]["files_left_out"] == ["adult_1n.csv"]
    assert log["exclusion_check"]["held_out_subjects"] == 2
    assert log["exclusion_check"]["held_out_subjects_in_calibration"] == 0


def test_another_input_or_setting_is_another_artifact(tmp_path):
    folder = put_recordings(tmp_path / "in")
    first = calibrate(CONFIG, sources=[folder], out_dir=tmp_path / "out")
    assert calibrate(CONFIG, sources=[folder], out_dir=tmp_path / "out").manifest == first.manifest
    other = with_(CONFIG, windows_per_kind=0)
    assert calibrate(other, sources=[folder], out_dir=tmp_path / "other").key != first.key
    (folder / "adult_2n.csv").write_text("Elapsed_Time_Sec,HR\n0,70\n60,71\n120,72\n")
    assert calibrate(CONFIG, sources=[folder], out_dir=tmp_path / "changed").key != first.key


def test_nothing_usable_is_an_error_with_the_reasons(tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "neonate_3n.csv").write_text("Elapsed_Time_Sec,NBP Sys\n0,60\n")
    with pytest.raises(DataError, match=r"no usable recording \(neonate_3n\.csv: no heart rate"):
        calibrate(CONFIG, sources=[tmp_path / "in"], out_dir=tmp_path / "out")
    with pytest.raises(DataError, match="nothing to calibrate on"):
        calibrate(CONFIG, out_dir=tmp_path / "out")
    with pytest.raises(DataError, match="no such"):
        calibrate(CONFIG, sources=[tmp_path / "absent"], out_dir=tmp_path / "out")


def test_every_prompt_has_its_file_and_no_reply_is_boilerplate(tmp_path):
    config = with_(CONFIG, prompt="all", windows_per_kind=24)
    artifact = calibrate(config, sources=[put_recordings(tmp_path / "in")], out_dir=tmp_path / "out")
    files = artifact.manifest.figures["files"]
    openings = {
        "chat-deployment": "Assess these vital signs.",
        "chat-quantization_calibration": "[QUANTIZATION CALIBRATION]",
        "chat-night_sentinel": "[NIGHT SENTINEL SYSTEM]",
        "chat-clinical_analysis": "[CLINICAL CARDIOLOGY ANALYSIS]",
    }
    assert set(files) == {"plain", *openings}
    for kind, opening in openings.items():
        text = text_of(artifact, files[kind])
        turns = text.removesuffix("\n").split("<start_of_turn>user\n")[1:]
        assert len(turns) == artifact.manifest.figures["texts"]
        assert all(turn.startswith(opening) for turn in turns)
        assert all("<end_of_turn>\n<start_of_turn>model\n" in turn for turn in turns)
    assert not (artifact.path / "chat.txt").exists()


def test_general_text_has_its_share(tmp_path):
    general = tmp_path / "general.txt"
    general.write_text("\n\n".join(f"Paragraph {number} of nothing in particular." for number in range(500)))
    config = with_(CONFIG, general=general, general_share=0.5)
    artifact = calibrate(config, sources=[put_recordings(tmp_path / "in")], out_dir=tmp_path / "out")
    log = read_log(artifact)["general"]
    assert log["measured_in"] == "characters"
    assert log["share"] == pytest.approx(0.5, abs=0.02)
    assert text_of(artifact, "plain.txt").count("nothing in particular") == log["texts_used"]
    assert len(rows_of(artifact)) == artifact.manifest.figures["texts"] - log["texts_used"]


@pytest.mark.train
def test_a_token_budget_is_reached_by_the_models_own_tokenizer(tmp_path, tiny_model):
    config = with_(CONFIG, windows=("all", "1h", "15min"), tokens=6000, tokenizer=tiny_model)
    artifact = calibrate(config, sources=[put_recordings(tmp_path / "in")], out_dir=tmp_path / "out")
    totals = read_log(artifact)["totals"]
    assert totals["tokens_reached"]
    assert 6000 <= totals["tokens"]["chat.txt"] < 6000 + 1500
    assert artifact.manifest.figures["tokens"] == totals["tokens"]


def test_settings_that_do_not_go_together_are_refused():
    for text, words in (
        ("tokens: 100", "tokens needs tokenizer"),
        ("{profile: published, windows: [1h]}", "the published profile has no windows"),
        ("windows: [2h]", "windows"),
        ("general_share: 1.5", "general_share"),
    ):
        with pytest.raises(RecipeError, match=words):
            validate(CalibrationConfig, text, source="recipe", folder=None)


def test_the_readme_names_who_is_in_it_and_where_it_comes_from(tmp_path):
    folder = put_recordings(tmp_path / "in")
    (folder / "adult_1n.csv").rename(folder / "adult_3190202n.csv")
    artifact = calibrate(CONFIG, sources=[folder], out_dir=tmp_path / "out")
    text = text_of(artifact, "README.md")
    assert "| adult | 2 | 6.0 | 5.9 |" in text
    assert "| MIMIC-III Waveform Database" in text
    assert "| ODbL 1.0 | 1 |" in text
    assert "| not shown by the file | not shown by the file | 1 |" in text
    assert "| neonate_3n.csv | no heart rate" in text
    assert "--parse-special" in text
    assert "--calibration" not in text


def test_real_recordings_are_named_where_they_are_excluded(tmp_path, data_dir, capsys):
    folder = data_dir / "vitals" / "mimic3_numerics" / "raw"
    artifact = calibrate(CalibrationConfig(), sources=[folder], out_dir=tmp_path / "out")
    reason = "no heart rate (column HR); the file has NBP Sys, NBP Dias, NBP Mean"
    assert f"excluded: neonate_3479334n.csv: {reason}" in capsys.readouterr().err
    files = {item["name"]: item for item in read_log(artifact)["files"]}
    assert [name for name, item in files.items() if item["status"] != "used"] == ["neonate_3479334n.csv"]
    assert files["neonate_3479334n.csv"]["reason"] == reason
    assert files["neonate_3182898n.csv"]["readings_excluded"]["hr"] == {"zero (lead off)": 249}
    whole = {row["subject_id"]: row for row in rows_of(artifact) if row["window"] == "all"}
    assert whole["3182898n"]["signals"]["hr"]["min"] == 87
    assert whole["3618048n"]["span_s"] == 25 * 3600 + 20 * 60
    assert whole["3618048n"]["ectopy"]["pvc_count"] == 255
    assert whole["3618048n"]["ectopy"]["pvc_percent"] == pytest.approx(0.238, abs=5e-4)
    assert whole["3716249n"]["burden"]["spo2_below_90_percent"] == pytest.approx(16.5, abs=0.05)


def test_the_published_profile_equals_the_published_files(tmp_path, data_dir):
    folder = data_dir / "vitals"
    artifact = calibrate(
        CalibrationConfig(profile="published", workers=1), sources=[folder], out_dir=tmp_path / "out"
    )
    subjects = {row["subject_id"] for row in rows_of(artifact)}
    assert {"907", "919", "964", "3190202n", "3924317n", "3182898n"} <= subjects
    published = read_source(folder / "published" / "cardiology_calibration_imatrix.txt").text
    ours = text_of(artifact, "cardiology_calibration_imatrix.txt")
    records = [part.strip() for part in ours.split("=" * 80)]
    assert len(records) == len(subjects) == 11
    theirs = [part.strip() for part in published.split("=" * 80)]
    assert [part for part in theirs if part in records] == records
    chat = read_source(folder / "published" / "medgemma_calibration_imatrix_formatted.txt").text
    turns = chat.split("<start_of_turn>user\n")
    own = text_of(artifact, "medgemma_calibration_imatrix_formatted.txt").split("<start_of_turn>user\n")
    assert len(own) == 12
    assert [turn for turn in turns if turn in own] == own
    log = json.loads(text_of(artifact, "calibration_dataset_log.json"))
    known = json.loads((folder / "published" / "calibration_dataset_log.json").read_text())
    for name, population in log["populations"].items():
        for row in population["records"]:
            assert row in known["populations"][name]["records"]
    assert artifact.manifest.config["profile"] == artifact.manifest.figures["profile"] == "published"
    assert "60 times too short" in artifact.manifest.figures["warning"]
    assert "Do not use this to calibrate a model" in text_of(artifact, "README.md")
    for name in ("night_sentinel", "clinical_analysis", "quantization"):
        assert text_of(artifact, f"medgemma_calibration_{name}.txt").count("<start_of_turn>user") == 11


def test_a_folder_that_changes_whose_data_it_holds_is_another_input(tmp_path):
    (tmp_path / "in" / "adults").mkdir(parents=True)
    rows = "".join(f"{60 * index},{70 + index % 3}\n" for index in range(60))
    (tmp_path / "in" / "adults" / "17.csv").write_text("Elapsed_Time_Sec,HR\n" + rows)
    first = calibrate(CONFIG, sources=[tmp_path / "in"], out_dir=tmp_path / "out")
    assert rows_of(first)[0]["cohort"] == "adult"
    (tmp_path / "in" / "adults").rename(tmp_path / "in" / "neonates")
    second = calibrate(CONFIG, sources=[tmp_path / "in"], out_dir=tmp_path / "out")
    assert second.key != first.key
    assert rows_of(second)[0]["cohort"] == "neonate"


def test_the_published_profile_holds_out_the_test_subjects_of_a_data_set(tmp_path):
    data = make_dataset(tmp_path / "data", train=["a"], test=["1n"])
    folder = put_recordings(tmp_path / "in")
    config = CalibrationConfig(profile="published", workers=1)
    artifact = calibrate(config, dataset=data, sources=[folder], out_dir=tmp_path / "out")
    assert [row["subject_id"] for row in rows_of(artifact)] == ["2n"]
    assert read_log(artifact)["exclusion_check"]["held_out_subjects"] == 1
    assert "How is a?" not in text_of(artifact, "cardiology_calibration_imatrix.txt")
    with pytest.raises(DataError, match="nothing to calibrate on"):
        calibrate(config, dataset=data, out_dir=tmp_path / "none")


def test_a_file_that_cannot_be_read_is_logged_and_the_others_go_on(tmp_path, monkeypatch):
    folder = put_recordings(tmp_path / "in")
    whole = sources._sha256

    def failing(path):
        if path.name == "adult_1n.csv":
            raise PermissionError(13, "Permission denied", str(path))
        return whole(path)

    monkeypatch.setattr(sources, "_sha256", failing)
    log = read_log(calibrate(CONFIG, sources=[folder], out_dir=tmp_path / "out"))
    files = {item["name"]: item for item in log["files"]}
    assert (files["adult_1n.csv"]["status"], files["adult_1n.csv"]["sha256"]) == ("excluded", None)
    assert files["adult_2n.csv"]["status"] == "used"


def test_a_file_that_changes_while_it_is_read_is_not_used(tmp_path, monkeypatch):
    folder = put_recordings(tmp_path / "in")
    whole = recordings.open_recording

    def touching(recording, **options):
        if recording.path.name == "adult_1n.csv":
            recording.path.write_text(recording.path.read_text() + "300,70.5\n")
        return whole(recording, **options)

    monkeypatch.setattr(recordings, "open_recording", touching)
    files = read_log(calibrate(CONFIG, sources=[folder], out_dir=tmp_path / "out"))["files"]
    reasons = {item["name"]: item["reason"] for item in files}
    assert reasons["adult_1n.csv"] == "changed while it was read"
    assert reasons["adult_2n.csv"] is None


def test_windows_and_wholes_start_on_the_same_clock(tmp_path):
    folder = tmp_path / "in"
    folder.mkdir()
    lines = [f"Time: {9 + n // 60:02d}:{n % 60:02d} - heart rate [#/min]: {60 + n % 9}" for n in range(180)]
    (folder / "subject_5_hr.txt").write_text("\n".join(lines))
    rows = rows_of(calibrate(CONFIG, sources=[folder], out_dir=tmp_path / "out"))
    starts = {row["window"]: row["start_s"] for row in rows}
    assert starts["all"] == starts["1h-00000"] == 9 * 3600


@pytest.mark.parametrize(
    ("name", "form", "subject", "licence"),
    [
        ("adult_3190202n.csv", "monitor csv", "3190202n", "ODbL 1.0"),
        ("adult_12.csv", "monitor csv", "12", None),
        ("subject_907_hr.txt", "wearable text", "907", "CC BY 4.0"),
        ("subject_77_hr.txt", "wearable text", "77", None),
        ("907.csv", "generic csv", "907", None),
    ],
)
def test_a_licence_is_given_only_where_the_file_shows_its_origin(name, form, subject, licence):
    recording = Recording(Path(name), name, form, False, subject, "adult", {})
    origin = provenance(recording)
    assert (None if origin is None else origin.licence) == licence
