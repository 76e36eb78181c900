"""The figures that are known to be true of real recordings, read through every layer."""

import pytest

from bedside.vitals.metrics import Ectopy, NotAssessed, PrematureBeats, Summary, measure
from bedside.vitals.assessment import assess
from bedside.vitals.readers import read_folder


@pytest.fixture(scope="module")
def folder(data_dir):
    return read_folder(data_dir / "vitals")


@pytest.fixture(scope="module")
def measured(folder):
    return {record.subject_id: measure(record) for record in folder.records}


@pytest.mark.parametrize(
    ("subject", "interval_s", "mean", "sd", "low", "high"),
    [
        ("3190202n", 60, 72.0, 9.6, 54, 119),
        ("3297027n", 1, 66.9, 11.7, 43, 105),
        ("3570073n", 60, 69.7, 10.0, 54, 96),
        ("3618048n", 60, 71.4, 6.8, 57, 105),
        ("3924317n", 60, 85.1, 5.2, 75, 100),
        ("3182898n", 1, 129.5, 18.3, 87, 211),
        ("3716249n", 1, 156.7, 12.7, 85, 200),
        ("3875566n", 1, 127.1, 3.2, 119, 133),
    ],
)
def test_heart_rate(measured, subject, interval_s, mean, sd, low, high):
    metrics = measured[subject]
    heart = metrics.signal("hr")
    assert isinstance(heart, Summary)
    assert metrics.interval_s == interval_s
    assert (round(heart.mean, 1), round(heart.sd, 1)) == (mean, sd)
    assert (round(heart.minimum), round(heart.maximum)) == (low, high)


@pytest.mark.parametrize(
    ("subject", "hours"),
    [
        ("3190202n", 44.08),
        ("3297027n", 12.82),
        ("3570073n", 49.50),
        ("3618048n", 25.33),
        ("3924317n", 23.28),
        ("3182898n", 25.96),
        ("3716249n", 2.68),
        ("3875566n", 127 / 3600),
        ("907", 1963.15),
        ("919", 2088.0),
        ("964", 1952.48),
    ],
)
def test_true_span(measured, subject, hours):
    assert measured[subject].coverage.span_s / 3600 == pytest.approx(hours, abs=0.006)


@pytest.mark.parametrize(
    ("subject", "pvc", "percent", "per_hour", "svpb"),
    [
        ("3190202n", 81, 0.044, 1.86, 964),
        ("3570073n", 51, 0.218, 10.81, 52),
        ("3618048n", 255, 0.238, 10.07, 20),
        ("3924317n", 8, 0.007, 0.35, 4),
    ],
)
def test_premature_beats(measured, subject, pvc, percent, per_hour, svpb):
    ectopy = measured[subject].ectopy
    assert isinstance(ectopy, Ectopy)
    assert isinstance(ectopy.ventricular, PrematureBeats)
    assert isinstance(ectopy.supraventricular, PrematureBeats)
    assert (ectopy.ventricular.count, ectopy.supraventricular.count) == (pvc, svpb)
    assert round(ectopy.ventricular.percent, 3) == percent
    assert round(ectopy.ventricular.per_hour, 2) == per_hour


def test_irregular_minutes_of_3190202n(measured):
    rhythm = measured["3190202n"].rhythm
    assert round(rhythm.irregular_percent, 1) == 12.9
    assert round(rhythm.irregular_minutes_percent, 1) == 52.1


@pytest.mark.parametrize("subject", ["3297027n", "3618048n", "3182898n", "3716249n"])
def test_a_recording_with_a_critical_reading_is_never_only_monitored(measured, subject):
    assert "Action: continue monitoring." not in assess(measured[subject])


def test_respiration_without_zeros(measured):
    breaths = measured["3570073n"].signal("resp")
    assert isinstance(breaths, Summary)
    assert round(breaths.mean, 1) == 12.2
    assert breaths.excluded == {"zero (apnoea or disconnection)": 81}


@pytest.mark.parametrize(("subject", "zeros"), [("3182898n", 249), ("3716249n", 7)])
def test_zeros_of_leads_that_were_off(measured, subject, zeros):
    heart = measured[subject].signal("hr")
    assert isinstance(heart, Summary)
    assert heart.excluded == {"zero (lead off)": zeros}


def test_desaturation_in_a_neonate(measured):
    assert round(measured["3716249n"].desaturation.below_90_percent, 1) == 16.5


def test_a_wearable_knows_nothing_of_rhythm(measured):
    metrics = measured["907"]
    assert metrics.coverage.fraction == pytest.approx(0.918, abs=0.001)
    assert (metrics.cohort, metrics.age_years, metrics.sex) == ("adolescent", 11, "female")
    for part in (metrics.ectopy, metrics.rhythm, metrics.desaturation):
        assert isinstance(part, NotAssessed)


def test_every_file_left_out_has_its_reason(folder):
    excluded = {item.name: item for item in folder.excluded}
    neonate = excluded["mimic3_numerics/raw/neonate_3479334n.csv"]
    assert neonate.reason == "no heart rate (column HR); the file has NBP Sys, NBP Dias, NBP Mean"
    assert not neonate.superseded
    assert excluded["mimic3_numerics/processed/adult_3570073n.csv"].superseded
    assert excluded["mimic3_numerics/neonate_3716249n.txt"].superseded
    assert "never a source" in excluded["published/cardiology_calibration_imatrix.txt"].reason
    assert len(folder.records) == 11


def test_the_text_rendering_tells_the_same_as_the_csv(data_dir, measured, tmp_path):
    name = "neonate_3716249n.txt"
    (tmp_path / name).write_bytes((data_dir / "vitals" / "mimic3_numerics" / name).read_bytes())
    (record,) = read_folder(tmp_path).records
    heart, expected = measure(record).signal("hr"), measured["3716249n"].signal("hr")
    assert isinstance(heart, Summary)
    assert isinstance(expected, Summary)
    assert heart.n == expected.n
    assert heart.mean == pytest.approx(expected.mean)


def test_cleaned_recordings_keep_their_interval(data_dir, measured):
    for record in read_folder(data_dir / "vitals" / "mimic3_numerics" / "processed").records:
        assert record.interval_s == measured[record.subject_id].interval_s
        assert record.span_s == pytest.approx(measured[record.subject_id].coverage.span_s, rel=0.01)
