import gzip
import json

import pytest

from bedside.errors import DataError
from bedside.vitals.readers import survey
from bedside.vitals.readers.column_map import ColumnMap

CSV = "Elapsed_Time_Sec,HR\n0,70\n1,70\n2,70\n"
TEXT = "Time: 0s - HR: 80\nTime: 1s - HR: 80"
WEARABLE = "Time: 00:00 - heart rate [#/min]: 70\nTime: 00:01 - heart rate [#/min]: 71"
WEARABLE_CSV = "Local datetime [ISO8601],heart rate [#/min]\n2019-10-15T00:00:00+0200,70\n"
HEADER = "3618048n 1 0.0166666 2\n3618048n.dat 16 1/bpm 16 0 70 140 0 HR\n# Age: 65 Sex: F\n"
GENERIC = "Zeit;Rate\n0;70\n1;71\n"
CALIBRATION = "Below is a cardiology topic:\n\nAdult"
MAP = ColumnMap.model_validate(
    {"separator": ";", "time": {"column": "Zeit", "read_as": "seconds"}, "signals": {"hr": "Rate"}}
)


def put(root, name, content=CSV):
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def names(found):
    return {item.subject_id: [it.name for it in item.recordings] for item in found.subjects}


def reasons(found):
    return {item.name: item.reason for item in found.excluded}


def only(found):
    ((recording,),) = [subject.recordings for subject in found.subjects]
    return recording


def test_forms_are_put_in_the_order_that_is_preferred(tmp_path):
    put(tmp_path, "adult_1n.txt", TEXT)
    put(tmp_path, "processed/adult_1n.csv")
    put(tmp_path, "raw/adult_1n.csv")
    put(tmp_path, "wfdb/1n.hea", HEADER)
    put(tmp_path, "processed/adult_2n.csv")
    put(tmp_path, "adult_2n.txt", TEXT)
    raw, wfdb, processed = "raw/adult_1n.csv", "wfdb/1n.hea", "processed/adult_1n.csv"
    assert names(survey([tmp_path])) == {
        "2n": ["processed/adult_2n.csv", "adult_2n.txt"],
        "1n": [raw, wfdb, processed, "adult_1n.txt"],
    }
    published = survey([tmp_path], prefer="processed")
    assert names(published)["1n"] == [processed, raw, wfdb, "adult_1n.txt"]
    assert [item.processed for item in published.subjects[0].recordings] == [True, False, False, False]
    assert published.excluded == ()


def test_the_same_bytes_twice_are_read_once(tmp_path):
    put(tmp_path, "a/adult_1n.csv")
    put(tmp_path, "b/adult_1n.csv")
    put(tmp_path, "c/adult_1n.csv.gz", gzip.compress(CSV.encode()))
    found = survey([tmp_path])
    assert names(found) == {"1n": ["a/adult_1n.csv"]}
    assert [(it.name, it.reason, it.superseded) for it in found.excluded] == [
        ("b/adult_1n.csv", "the same bytes as a/adult_1n.csv", True),
        ("c/adult_1n.csv.gz", "the same bytes as a/adult_1n.csv", True),
    ]


@pytest.mark.parametrize("broken", ["a", "b"])
def test_a_second_file_is_used_where_the_first_cannot_be_read(tmp_path, broken):
    packed = gzip.compress(CSV.encode() + b"".join(b"%d,70\n" % n for n in range(3, 99_999)))
    for name in ("a", "b"):
        put(tmp_path, f"{name}/adult_1n.csv.gz", packed[: 60_000 if name == broken else None])
    found = survey([tmp_path])
    good = "b" if broken == "a" else "a"
    assert names(found) == {"1n": [f"{good}/adult_1n.csv.gz"]}
    (left_out,) = found.excluded
    assert left_out.name == f"{broken}/adult_1n.csv.gz"
    assert left_out.reason.startswith("cannot be read: Compressed file ended")
    assert not left_out.superseded


def test_a_folder_of_files_none_of_which_can_be_read_says_so_of_each(tmp_path):
    packed = gzip.compress(CSV.encode() + b"".join(b"%d,70\n" % n for n in range(3, 99_999)))
    for name in ("a", "b"):
        put(tmp_path, f"{name}/adult_1n.csv.gz", packed[:60_000])
    found = survey([tmp_path])
    assert found.subjects == ()
    assert [item.reason.split(":")[0] for item in found.excluded] == ["cannot be read"] * 2


def test_a_wfdb_record_is_the_same_only_with_the_same_samples(tmp_path):
    for folder, samples in (
        ("a", b"\x46\x00\x47\x00"),
        ("b", b"\x46\x00\x47\x00"),
        ("c", b"\x46\x00\x48\x00"),
    ):
        put(tmp_path, f"{folder}/3618048n.hea", HEADER)
        put(tmp_path, f"{folder}/3618048n.dat", samples)
    found = survey([tmp_path])
    recording = only(found)
    assert [path.relative_to(tmp_path).as_posix() for path in recording.files] == [
        "a/3618048n.hea",
        "a/3618048n.dat",
    ]
    assert found.files == tuple(sorted(recording.files))
    assert [(item.name, item.superseded) for item in found.excluded] == [
        ("b/3618048n.hea", True),
        ("c/3618048n.hea", False),
    ]


def test_a_record_without_heart_rate_is_refused_as_its_reader_would(tmp_path):
    put(tmp_path, "1n.hea", "1n 1 1 2\n1n.dat 16 1/bpm 16 0 70 140 0 PULSE\n")
    assert reasons(survey([tmp_path])) == {"1n.hea": "no heart rate (signal HR); the record has PULSE"}


def test_two_different_files_of_one_subject_are_never_added(tmp_path):
    put(tmp_path, "a/subject_907_hr.txt", WEARABLE)
    put(tmp_path, "b/subject_907_hr.txt", WEARABLE + "\nTime: 00:02 - heart rate [#/min]: 71")
    found = survey([tmp_path])
    assert names(found) == {"907": ["a/subject_907_hr.txt"]}
    (second,) = found.excluded
    assert not second.superseded
    assert second.path == tmp_path / "b/subject_907_hr.txt"
    assert second.reason == (
        "subject 907 is already read from a/subject_907_hr.txt; give one of them, or give them different ids"
    )


def test_a_source_given_twice_is_read_once_and_noted(tmp_path):
    folder = tmp_path / "data"
    file = put(folder, "raw/adult_1n.csv")
    (tmp_path / "link").symlink_to(folder)
    for sources in ([folder, folder], [folder, tmp_path / "link"], [folder, folder / "raw"], [folder, file]):
        found = survey(sources)
        assert names(found) == {"1n": ["data/raw/adult_1n.csv"]}
        assert len(found.notes) == 1
        assert "it is read once" in found.notes[0]
        assert found.excluded == ()
    found = survey([file, folder])
    assert names(found) == {"1n": ["raw/adult_1n.csv"]}
    assert found.notes == ("data/raw/adult_1n.csv: the same as raw/adult_1n.csv; it is read once",)


def test_a_link_in_a_circle_ends(tmp_path):
    put(tmp_path, "raw/adult_1n.csv")
    (tmp_path / "raw/again").symlink_to(tmp_path)
    assert names(survey([tmp_path])) == {"1n": ["raw/adult_1n.csv"]}


def test_several_sources_are_told_apart(tmp_path):
    one, two = tmp_path / "a/data", tmp_path / "b/data"
    put(one, "adult_1n.csv")
    put(two, "adult_2n.csv")
    file = put(tmp_path, "ward/adult_3n.csv")
    found = survey([one, two, file])
    assert names(found) == {
        "1n": ["data/adult_1n.csv"],
        "2n": ["data (2)/adult_2n.csv"],
        "3n": ["ward/adult_3n.csv"],
    }


def test_a_file_of_any_name_can_be_given(tmp_path):
    found = survey([put(tmp_path, "monitor.export")])
    assert (only(found).subject_id, only(found).form, only(found).name) == (
        "monitor.export",
        "monitor csv",
        "monitor.export",
    )


def test_what_is_an_output_is_no_source(tmp_path):
    put(tmp_path, "published/adult_1n.csv")
    put(tmp_path, "published/plain.txt", CALIBRATION)
    put(tmp_path, "chats/chat.txt", "<start_of_turn>user\nAdult")
    put(tmp_path, "old/calibration_dataset_log.json", "{}")
    put(tmp_path, "old/adult_4n.csv")
    put(tmp_path, "rows/records.jsonl", '{"cohort": "adult", "interval_evidence": "x"}')
    put(tmp_path, "rows/adult_5n.csv")
    manifest = {"kind": "calibration", "stage": "calibrate", "digest": "0", "files": []}
    put(tmp_path, "build/manifest.json", json.dumps(manifest))
    put(tmp_path, "build/README.md", "# Recordings")
    put(tmp_path, "build/inner/adult_2n.csv")
    put(tmp_path, "other/manifest.json", '{"name": "a web page"}')
    put(tmp_path, "other/adult_3n.csv")
    found = survey([tmp_path])
    assert names(found) == {"3n": ["other/adult_3n.csv"]}
    assert reasons(found) == {
        "build/inner/adult_2n.csv": "in an output of bedside (manifest.json), which is never a source",
        "chats/chat.txt": "a calibration text, which is an output and never a source",
        "old/adult_4n.csv": "in a folder of outputs (calibration_dataset_log.json), which is never a source",
        "published/adult_1n.csv": "in a folder of outputs (plain.txt), which is never a source",
        "published/plain.txt": "a calibration text, which is an output and never a source",
        "rows/adult_5n.csv": "in a folder of outputs (records.jsonl), which is never a source",
    }
    given = survey([tmp_path / "published/plain.txt"])
    assert (given.subjects, list(reasons(given))) == ((), ["plain.txt"])


def test_what_is_no_recording_says_why(tmp_path):
    put(tmp_path, "notes.txt", "call the ward\n")
    put(tmp_path, "empty.csv", "\n\n")
    put(tmp_path, "packed.csv.gz", b"\x1f\x8b\x08nothing")
    put(tmp_path, "picture.png", "x")
    put(tmp_path, ".hidden/adult_1n.csv")
    put(tmp_path, "._adult_1n.csv", "x")
    found = survey([tmp_path])
    assert found.subjects == ()
    assert reasons(found)["empty.csv"] == "the file is empty"
    assert reasons(found)["packed.csv.gz"].startswith("cannot be read: ")
    assert reasons(found)["notes.txt"].startswith("no known form of recording; it begins 'call the ward'")
    assert len(found.excluded) == 3


@pytest.mark.parametrize(
    ("name", "content", "form"),
    [
        ("a.csv", CSV, "monitor csv"),
        ("a.csv", "\ufeff" + CSV, "monitor csv"),
        ("a.txt", CSV, "monitor csv"),
        ("a.csv", CSV.replace(",", ";"), "monitor csv"),  # its reader says what is wrong
        ("a.csv", WEARABLE_CSV, "wearable csv"),
        ("a.csv", WEARABLE_CSV.replace(",", ";"), "wearable csv"),
        ("a.txt", TEXT, "monitor text"),
        ("a.txt.gz", gzip.compress(WEARABLE.encode()), "wearable text"),
        ("a.csv", GENERIC, "generic csv"),
        ("a.tsv", '"Zeit";"Rate" ;x\n', "generic csv"),
        ("a.hea", HEADER, "wfdb"),
    ],
)
def test_the_first_line_says_the_form(tmp_path, name, content, form):
    put(tmp_path, name, content)
    assert only(survey([tmp_path], column_map=MAP)).form == form


def test_a_column_map_is_for_what_has_no_other_form(tmp_path):
    put(tmp_path, "a.csv", GENERIC)
    put(tmp_path, "b.csv", "Zeit;Sat\n0;97\n")
    put(tmp_path, "c.csv", CSV)
    mapped = ColumnMap.model_validate(
        {
            "time": {"column": "Elapsed_Time_Sec", "read_as": "index"},
            "signals": {"hr": "HR"},
            "cohort": "infant",
        }
    )
    assert only(survey([tmp_path], column_map=mapped)).form == "monitor csv"
    found = survey([tmp_path], column_map=MAP.model_copy(update={"cohort": "infant"}))
    assert {s.subject_id: s.recordings[0].cohort for s in found.subjects} == {"a": "infant", "c": "unknown"}
    assert reasons(found) == {
        "b.csv": "no known form of recording; it begins 'Zeit;Sat'; of the column map it has no column 'Rate'"
    }
    semicolons = mapped.model_copy(update={"separator": ";"})
    put(tmp_path, "c.csv", CSV.replace(",", ";"))
    assert only(survey([tmp_path / "c.csv"], column_map=semicolons)).form == "generic csv"


def test_ages_folders_and_names_give_the_cohort(tmp_path):
    put(tmp_path, "neonate_3n.csv")
    put(tmp_path, "somebody.csv")
    put(tmp_path, "hr_adolescent/subject_907_hr.txt", WEARABLE)
    put(tmp_path, "subject_40_hr.txt", WEARABLE)
    put(tmp_path, "wfdb/3618048n.hea", HEADER)
    people = [{"subject_code": 40, "age_years": 40, "gender": "M", "length_cm": 180, "weight_kg": 80}]
    put(tmp_path, "subjects_info.json", json.dumps(people))
    found = survey([tmp_path])
    recordings = {subject.subject_id: subject.recordings[0] for subject in found.subjects}
    assert {name: it.cohort for name, it in recordings.items()} == {
        "3n": "neonate",
        "somebody": "unknown",
        "907": "adolescent",
        "40": "adult",
        "3618048n": "adult",
    }
    assert recordings["40"].demographics["sex"] == "male"
    assert recordings["3618048n"].demographics == {"age_years": 65.0, "sex": "female"}
    assert found.notes == ("subject 907: no demographics",)


def test_contradictions_are_noted_and_never_settled_by_a_guess(tmp_path):
    put(tmp_path, "adult_8.csv")
    put(tmp_path, "adolescents/subject_40_hr.txt", WEARABLE)
    put(tmp_path, "wfdb/3618048n.hea", HEADER)
    rows = [
        {"subject_code": 8, "age_years": 8},
        {"subject_code": 40, "age_years": 40, "gender": "M", "length_cm": 180},
        {"subject_code": "3618048n", "gender": "M"},
    ]
    put(tmp_path, "subjects_info.json", json.dumps(rows))
    found = survey([tmp_path])
    recordings = {subject.subject_id: subject.recordings[0] for subject in found.subjects}
    assert (recordings["8"].cohort, recordings["8"].demographics) == ("adult", {})
    assert (recordings["40"].cohort, recordings["40"].demographics["age_years"]) == ("adult", 40.0)
    assert recordings["3618048n"].demographics == {"age_years": 65.0}
    assert set(found.notes) == {
        "subject 8: the name says adult, the age is 8 years; the age is left out",
        "subject 40: no weight_kg",
        "subject 40: the folder says adolescent, the age is 40 years; the age stands",
        "subject 3618048n: wfdb/3618048n.hea and the demographics disagree on sex, which is left out",
    }


def test_waveforms_and_segments_are_no_recordings_of_their_own(tmp_path):
    put(tmp_path, "1.hea", "1 2 125 9\n1.dat 16 1/mV 12 0 0 0 0 II\n1.dat 16 1/NU 12 0 0 0 0 RESP\n")
    put(tmp_path, "2n.hea", "2n/2 1 1 4\n2n_1 2\n2n_2 2\n")
    for part in ("2n_1", "2n_2"):
        put(tmp_path, f"{part}.hea", f"{part} 1 1 2\n{part}.dat 16 1/bpm 16 0 70 140 0 HR\n")
        put(tmp_path, f"{part}.dat", b"\x46\x00\x46\x00")
    put(tmp_path, "3.hea", "no header")
    found = survey([tmp_path])
    assert names(found) == {"2n": ["2n.hea"]}
    assert reasons(found) == {
        "1.hea": "no heart rate (signal HR); the record has II, RESP",
        "3.hea": "does not begin with the record line of a WFDB header",
    }
    assert [path.name for path in found.files] == ["2n.hea", "2n_1.dat", "2n_1.hea", "2n_2.dat", "2n_2.hea"]


def test_files_are_those_that_matter(tmp_path):
    put(tmp_path, "a/adult_1n.csv")
    put(tmp_path, "b/adult_1n.csv", CSV + "3,71\n")
    put(tmp_path, "population.csv", "Subject code number,Age [yr]\n1n,40\n")
    put(tmp_path, "notes.txt", "call the ward\n")
    found = survey([tmp_path])
    assert found.files == (tmp_path / "a/adult_1n.csv", tmp_path / "population.csv")


def test_a_source_that_is_none_is_an_error(tmp_path):
    with pytest.raises(DataError, match="no such file or folder"):
        survey([tmp_path / "absent"])


def test_a_folder_that_may_not_be_looked_into_is_an_error(tmp_path, monkeypatch):
    def refused(_path):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(type(tmp_path), "iterdir", refused)
    with pytest.raises(DataError, match=r"cannot be looked through: .*Permission denied"):
        survey([tmp_path])


def test_real_recordings_are_found(data_dir):
    found = survey([data_dir / "vitals"])
    by_subject = {subject.subject_id: subject for subject in found.subjects}
    assert [it.name for it in by_subject["3716249n"].recordings] == [
        "mimic3_numerics/raw/neonate_3716249n.csv",
        "mimic3_numerics/processed/neonate_3716249n.csv",
        "mimic3_numerics/neonate_3716249n.txt",
    ]
    assert by_subject["907"].recordings[0].cohort == "adolescent"
    assert by_subject["907"].recordings[0].demographics["age_years"] == 11.0
    assert {item.reason for item in found.excluded} == {
        "a calibration text, which is an output and never a source"
    }
    assert list(found.people[:3]) == ["903", "907", "911"]
    assert found.notes == ()
