"""The figures that are known to be true of real recordings, read through every layer."""

import re

import pytest

from bedside.vitals.assessment import assess
from bedside.vitals.figures import (
    Burden,
    Desaturation,
    Ectopy,
    NocturnalDip,
    NotAssessed,
    PrematureBeats,
    RestingHeartRate,
    Rhythm,
    Summary,
)
from bedside.vitals.judgements import judge
from bedside.vitals.metrics import measure
from bedside.vitals.narrative import narrate
from bedside.vitals.readers import read_folder
from bedside.vitals.windows import WindowSampler
from narrative_checks import sentences


@pytest.fixture(scope="module")
def folder(data_dir):
    return read_folder(data_dir / "vitals")


@pytest.fixture(scope="module")
def measured(folder):
    return {record.header.subject_id: measure(record) for record in folder.records}


@pytest.mark.parametrize(
    ("subject", "interval_s", "mean", "sd", "low", "high"),
    [
        ("3190202n", 60, 72.0, 9.6, 54, 119),
        ("3297027n", 1, 66.9, 11.7, 43, 105),
        ("3570073n", 60, 69.7, 10.0, 54, 96),
        ("3618048n", 60, 71.4, 6.8, 57, 105),
        ("3182898n", 1, 129.5, 18.3, 87, 211),
        ("3716249n", 1, 156.7, 12.7, 85, 200),
        ("3875566n", 1, 127.1, 3.2, 119, 133),
        ("3924317n", 60, 85.1, 5.2, 75, 100),
        ("907", 60, 84.0, 16.9, 44, 186),
        ("919", 60, 76.3, 20.6, 39, 162),
    ],
)
def test_heart_rate(measured, subject, interval_s, mean, sd, low, high):
    figures = measured[subject]
    heart = figures.signal("hr")
    assert isinstance(heart, Summary)
    assert figures.header.interval_s == interval_s
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
    ("subject", "readings", "covered", "gaps"),
    [("907", 108150, 0.918, 379), ("919", 111615, 0.891, 557), ("964", 102367, 0.874, 710)],
)
def test_what_a_wearable_missed(measured, subject, readings, covered, gaps):
    figures = measured[subject]
    assert figures.signal("hr").n == readings
    assert figures.coverage.fraction == pytest.approx(covered, abs=0.001)
    assert figures.coverage.gaps == gaps
    assert 19 * 3600 < figures.coverage.longest_gap_s < 23 * 3600


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
    assert ectopy.paced_percent == 0


def test_runs_pairs_and_bigeminy(measured):
    ectopy = measured["3618048n"].ectopy
    assert (ectopy.ventricular.pairs, ectopy.ventricular.runs) == (8, 1)
    ectopy = measured["3190202n"].ectopy
    assert (ectopy.beats, ectopy.supraventricular.runs) == (184211, 292)
    assert round(ectopy.supraventricular.percent, 3) == 0.523
    assert round(ectopy.supraventricular.per_hour, 1) == 22.2
    assert (ectopy.bigeminy_minutes, ectopy.trigeminy_minutes) == (1, 1)


def test_ecg_analysis_that_covers_few_minutes(measured):
    ectopy = measured["3570073n"].ectopy
    assert (ectopy.analysed_minutes, ectopy.beats) == (283, 23411)
    assert measured["3570073n"].coverage.span_s == 2970 * 60


def test_irregular_rhythm_of_3190202n(measured):
    rhythm = measured["3190202n"].rhythm
    assert isinstance(rhythm, Rhythm)
    assert round(rhythm.irregular_percent, 1) == 12.9
    assert round(rhythm.irregular_minutes_percent, 1) == 52.1
    assert round(rhythm.pnn50_percent, 1) == 43.5
    assert rhythm.poor_signal_minutes == 19


def test_a_running_rate_is_no_beat_count(measured):
    assert measured["3297027n"].ectopy == NotAssessed("only a running PVC rate, no beat counts")
    rate = measured["3297027n"].signal("pvc_rate")
    assert (rate.minimum, rate.maximum) == (0, 2)


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


def test_a_transducer_is_no_blood_pressure(measured):
    arterial, central = (measured["3570073n"].signal(name) for name in ("abp_mean", "cvp"))
    assert arterial.excluded == {
        "zero (no pressure measured)": 1,
        "above 260 mmHg (transducer)": 7,
    }
    assert central.excluded == {"above 60 mmHg (transducer)": 52}
    assert (round(arterial.maximum), round(central.maximum)) == (167, 43)


def test_a_temperature_in_fahrenheit_is_one_in_celsius(measured):
    temperature = measured["3570073n"].signal("temperature")
    assert (temperature.n, temperature.converted, temperature.unit) == (379, 379, "°C")
    assert (round(temperature.mean, 1), round(temperature.maximum, 1)) == (36.5, 37.6)


def test_desaturation_in_a_neonate(measured):
    low = measured["3716249n"].desaturation
    assert isinstance(low, Desaturation)
    assert round(low.below_90_percent, 1) == 16.5
    assert round(low.below_85_percent, 1) == 1.9


def test_a_neonate_is_judged_as_a_neonate(measured):
    burden = measured["3182898n"].burden
    assert isinstance(burden, Burden)
    assert burden.range.band == "neonate"
    assert burden.high_percent < 0.1


@pytest.mark.parametrize(
    ("subject", "early", "lowest"), [("907", 71, 54.3), ("919", 57, 43.5), ("964", 61, 52.9)]
)
def test_resting_heart_rate(measured, subject, early, lowest):
    resting = measured[subject].resting
    assert isinstance(resting, RestingHeartRate)
    assert resting.early_morning_median_bpm == early
    assert round(resting.lowest_30_min_bpm, 1) == lowest


def test_what_was_worn_and_what_was_not(measured):
    worn = {subject for subject, figures in measured.items() if figures.header.worn}
    assert worn == {"907", "919", "964"}


@pytest.mark.parametrize(
    ("subject", "leads"), [("3924317n", ("II", "V")), ("3570073n", ("V",)), ("3618048n", ())]
)
def test_st_deviation_that_lasts_asks_for_a_review(measured, subject, leads):
    judged = judge(measured[subject]).st
    assert judged.urgency == bool(leads)
    assert (judged.leads if judged.finding == "mostly" else ()) == leads
    last = sentences(narrate(measured[subject], seed=3).conclusion)[-1]
    assert bool(re.search("ST dev", last)) == bool(leads)


def test_nights_are_slower_than_days(measured):
    for subject in ("907", "919", "964"):
        dip = measured[subject].nocturnal_dip
        assert isinstance(dip, NocturnalDip)
        assert 15 < dip.percent < 30


def test_a_wearable_knows_nothing_of_rhythm(measured):
    figures = measured["907"]
    assert (figures.header.cohort, figures.age_years, figures.sex) == ("adolescent", 11, "female")
    for part in (figures.ectopy, figures.rhythm, figures.desaturation, figures.st, figures.disagreement):
        assert isinstance(part, NotAssessed)


def test_the_windows_of_81_days(folder):
    (record,) = (record for record in folder.records if record.header.subject_id == "964")
    sampler = WindowSampler(record.header, kinds=("15min", "night"), most=10_000)
    sampler.add(record.rows)
    windows = sampler.windows()
    assert 6_500 < sum(window.kind == "15min" for window in windows) < 7_810
    nights = [window for window in windows if window.kind == "night"]
    assert 70 < len(nights) <= 82
    assert all(window.start_s % 86_400 == 0 for window in nights)
    assert max(window.figures.coverage.span_s for window in nights) == 6 * 3600


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
        expected = measured[record.header.subject_id]
        assert record.header.interval_s == expected.header.interval_s
        assert record.span_s == pytest.approx(expected.coverage.span_s, rel=0.01)
