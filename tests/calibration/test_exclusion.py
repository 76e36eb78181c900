import pytest

from bedside.calibration.exclusion import held_out
from bedside.errors import ArtifactError, DataError
from bedside.examples import write_examples
from calibration_folders import example, make_dataset


def test_test_subjects_come_from_artifacts_and_files_of_examples(tmp_path):
    make_dataset(tmp_path / "data", train=["a"], test=["b", "c"])
    write_examples(tmp_path / "more.jsonl", [example("d")])
    own = make_dataset(tmp_path / "own", train=["x"], test=["y"])
    found = held_out([tmp_path / "data", tmp_path / "more.jsonl"], own)
    assert found.subjects == {"b", "c", "d", "y"}
    assert found.elsewhere == {"b", "c", "d"}
    check = found.check({"a", "x"}, ["adult_b.csv"])
    assert (check.held_out_subjects, check.held_out_subjects_in_calibration) == (4, 0)
    assert len(check.datasets) == 3
    assert check.files_left_out == ("adult_b.csv",)


def test_a_test_subject_that_came_in_is_an_error(tmp_path):
    make_dataset(tmp_path / "data", train=["a"], test=["b"])
    with pytest.raises(DataError, match="held-out subjects came into the calibration text: b"):
        held_out([tmp_path / "data"], None).check({"a", "b"}, [])


def test_what_is_no_data_set_is_refused(tmp_path):
    (tmp_path / "notes.txt").write_text("x")
    with pytest.raises(DataError, match="no data set whose test subjects"):
        held_out([tmp_path / "notes.txt"], None)
    with pytest.raises(DataError, match="no data set whose test subjects"):
        held_out([tmp_path], None)
    (tmp_path / "manifest.json").write_text('{"kind": "dataset", "stage": "", "digest": "", "files": []}')
    with pytest.raises(ArtifactError):
        held_out([tmp_path], None)
