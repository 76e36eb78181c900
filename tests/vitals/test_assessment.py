import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bedside.records import VitalsHeader, VitalsRecord, VitalsRows
from bedside.vitals.assessment import assess, describe, note
from bedside.vitals.metrics import measure
from bedside.vitals.synth import KINDS, synthesize


def metrics(*, demographics=None, cohort="adult", worn=False, **signals):
    header = VitalsHeader(
        subject_id="s",
        record_name="r",
        cohort=cohort,
        interval_s=60.0,
        interval_evidence="given",
        demographics=demographics or {},
        worn=worn,
    )
    columns = {name: np.array(values, dtype=float) for name, values in signals.items()}
    return measure(VitalsRecord(header, VitalsRows(np.arange(len(signals["hr"])), columns)))


FULL = {
    "hr": [110.0] * 110 + [90.0] * 10,
    "spo2": [95.0] * 100 + [85.0] * 20,
    "resp": [18.0] * 120,
    "all_beat_count": [100.0] * 120,
    "pvc_count": [1.0] * 120,
    "svpb_count": [0.0] * 119 + [1.0],
    "irregular_hr_percent": [2.0] * 120,
}


def test_the_figures_of_a_whole_record():
    assert describe(metrics(demographics={"age_years": 61.0, "sex": "male"}, **FULL)) == (
        "Adult, 61 years, male. 2 hours recorded, heart rate in 100 % of it. "
        "Heart rate mean 108, 90 to 110 bpm; above 100 in 92 %, below 60 in 0 %. "
        "SpO2 in 100 % of the time, mean 93 %, lowest 85 %; below 90 % in 17 %. "
        "Respiration mean 18 per minute. "
        "Premature beats: ventricular 60 per hour, supraventricular under 1 per hour. "
        "Rhythm: above 10 % irregular beats in 0 % of 120 minutes."
    )


def test_the_assessment_of_a_whole_record():
    assert assess(metrics(**FULL)) == (
        "Heart rate: tachycardia most of the time.\n"
        "Oxygen: desaturation often.\n"
        "Rhythm: regular where analysed, frequent premature ventricular beats.\n"
        "Action: clinical review now."
    )


def test_what_was_not_measured_is_not_called_normal():
    alone = metrics(hr=[75.0] * 60)
    assert "SpO2 not assessed. Premature beats not assessed. Rhythm not assessed." in describe(alone)
    assert assess(alone) == (
        "Heart rate: within the range for age.\nOxygen: not assessed.\nRhythm: not assessed.\n"
        "Action: continue monitoring."
    )
    text = note(alone)
    for word in ("regular", "sinus", "stable", "arrhythmia", "desaturation", "ventricular"):
        assert word not in text


def test_beats_that_were_not_counted_are_not_none():
    counted = {"hr": [75.0] * 60, "all_beat_count": [75.0] * 60}
    assert "Premature beats not assessed." in describe(metrics(**counted))
    ventricular = describe(metrics(**counted, pvc_count=[0.0] * 60))
    assert "Premature beats: ventricular 0 per hour, supraventricular not assessed." in ventricular
    supraventricular = metrics(**counted, svpb_count=[1.0] * 60)
    assert "ventricular not assessed, supraventricular 60 per hour." in describe(supraventricular)
    assert "Rhythm: not assessed.\n" in assess(supraventricular)


def test_no_heart_rate_asks_for_a_review():
    assert "Heart rate: not assessed." in assess(metrics(hr=[0.0] * 5))


@pytest.mark.parametrize(
    ("fast", "slow", "text"),
    [
        (0, 0, "within the range for age"),
        (9, 0, "mostly within the range for age"),
        (10, 0, "tachycardia at times"),
        (0, 49, "bradycardia at times"),
        (0, 50, "bradycardia most of the time"),
        (20, 30, "tachycardia and bradycardia at times"),
    ],
)
def test_the_rules_of_heart_rate(fast, slow, text):
    values = [120.0] * fast + [50.0] * slow + [80.0] * (100 - fast - slow)
    assert assess(metrics(hr=values, pulse=values)).startswith(f"Heart rate: {text}.\n")


def test_a_rule_reads_the_figure_that_is_shown():
    values = [120.0] * 96 + [80.0] * 904  # 9.6 % is shown as 10 %
    measured = metrics(hr=values, pulse=values)
    assert "above 100 in 10 %" in describe(measured)
    assert "tachycardia at times" in assess(measured)


@pytest.mark.parametrize(
    ("low", "text"),
    [
        (0, "no desaturation"),
        (5, "brief desaturation"),
        (10, "desaturation at times"),
        (100, "desaturation often"),
    ],
)
def test_the_rules_of_oxygen(low, text):
    spo2 = [85.0] * low + [97.0] * (1000 - low)
    assert f"\nOxygen: {text}.\n" in assess(metrics(hr=[75.0] * 1000, spo2=spo2))


@pytest.mark.parametrize(
    ("readings", "said", "oxygen"),
    [
        (12, "SpO2 in 10 % of the time, lowest 97 %, not assessed.", "not assessed"),
        (59, "SpO2 in 49 % of the time, lowest 97 %, not assessed.", "not assessed"),
        (
            60,
            "SpO2 in 50 % of the time, mean 97 %, lowest 97 %; below 90 % in 0 %.",
            "no desaturation",
        ),
    ],
)
def test_too_few_readings_of_oxygen_are_not_assessed(readings, said, oxygen):
    spo2 = [97.0] * readings + [np.nan] * (120 - readings)
    measured = metrics(hr=[75.0] * 120, spo2=spo2)
    assert said in describe(measured)
    assert f"\nOxygen: {oxygen}.\n" in assess(measured)


@pytest.mark.parametrize(
    ("lowest", "readings", "said"),
    [
        (80.0, 1000, "Oxygen: brief desaturation.\nRhythm: not assessed.\nAction: continue monitoring."),
        (67.0, 1000, "Oxygen: brief desaturation.\nRhythm: not assessed.\nAction: clinical review."),
        (67.0, 100, "Oxygen: not assessed.\nRhythm: not assessed.\nAction: clinical review."),
    ],
)
def test_one_critical_reading_of_oxygen_asks_for_a_review(lowest, readings, said):
    spo2 = [lowest] + [97.0] * (readings - 1) + [np.nan] * (1000 - readings)
    measured = metrics(hr=[75.0] * 1000, spo2=spo2)
    assert f"lowest {lowest:.0f} %" in describe(measured)
    assert assess(measured).endswith(said)


@pytest.mark.parametrize(
    ("irregular", "word", "action"),
    [
        (0, "regular where analysed", "continue monitoring"),
        (1, "irregular at times", "continue monitoring"),
        (94, "irregular at times", "continue monitoring"),
        (96, "irregular often", "clinical review"),
        (494, "irregular often", "clinical review"),
        (496, "irregular most of the time", "clinical review"),
        (1000, "irregular most of the time", "clinical review"),
    ],
)
def test_the_words_for_rhythm_follow_the_share_of_minutes(irregular, word, action):
    shares = [11.0] * irregular + [10.0] * (1000 - irregular)
    judged = assess(metrics(hr=[75.0] * 1000, irregular_hr_percent=shares))
    assert judged.endswith(f"\nRhythm: {word}.\nAction: {action}.")


def test_a_fast_heart_at_a_wrist_may_be_running():
    values = [150.0] * 30 + [80.0] * 70
    assert assess(metrics(hr=values, worn=True)) == (
        "Heart rate: tachycardia at times, activity not known.\nOxygen: not assessed.\n"
        "Rhythm: not assessed.\nAction: continue monitoring."
    )


def test_a_monitor_that_gives_heart_rate_alone_is_no_wearable():
    values = [150.0] * 40 + [80.0] * 60
    monitor, wearable = metrics(hr=values), metrics(hr=values, worn=True)
    assert assess(monitor) == (
        "Heart rate: tachycardia at times.\nOxygen: not assessed.\nRhythm: not assessed.\n"
        "Action: clinical review."
    )
    assert "Action: continue monitoring." in assess(wearable)
    assert describe(monitor) == describe(wearable).replace("Adult.", "Adult. Monitor, heart rate only.")
    assert "heart rate only" not in describe(metrics(hr=values, pulse=values))


def test_what_a_wearable_gives_beside_heart_rate_does_not_tell_its_activity():
    values = [150.0] * 40 + [80.0] * 60
    assert "tachycardia at times, activity not known" in assess(metrics(hr=values, pulse=values, worn=True))


@pytest.mark.parametrize(
    ("beyond", "line", "action"),
    [
        (0, "no deviation", "continue monitoring"),
        (1, "deviation at times in lead II", "continue monitoring"),
        (494, "deviation at times in lead II", "continue monitoring"),
        (496, "deviation most of the time in lead II", "clinical review"),
        (1000, "deviation most of the time in lead II", "clinical review"),
    ],
)
@pytest.mark.parametrize("level", [1.9, -1.0])
def test_the_rules_of_st(level, beyond, line, action):
    st_ii = [level] * beyond + [0.9] * (1000 - beyond)
    judged = assess(metrics(hr=[75.0] * 1000, st_ii=st_ii, st_v=[0.2] * 1000))
    assert judged.endswith(f"Rhythm: not assessed.\nST: {line}.\nAction: {action}.")


def test_st_in_figures():
    told = describe(metrics(hr=[75.0] * 4, st_ii=[1.9, 1.9, 1.9, 0.7], st_v=[-0.02, np.nan] + [0.0] * 2))
    assert told.endswith(
        " ST 1 mm or more: lead II in 75 % of 4 minutes, mean 1.6 mm; "
        "lead V in 0 % of 3 minutes, mean 0.0 mm."
    )
    several = metrics(hr=[75.0] * 2, st_i=[1.0] * 2, st_ii=[2.0] * 2, st_v=[-1.5, 3.0])
    assert "\nST: deviation most of the time in leads I, II and V.\n" in assess(several)


def test_st_is_spoken_of_where_the_recording_holds_it():
    absent, empty = metrics(hr=[75.0] * 2, pulse=[75.0] * 2), metrics(hr=[75.0] * 2, st_ii=[np.nan] * 2)
    assert "ST" not in note(absent)
    assert "ST not assessed." in describe(empty)
    assert "\nST: not assessed.\nAction: continue monitoring." in assess(empty)


@pytest.mark.parametrize(
    ("cohort", "demographics", "said"),
    [
        ("adult", {"age_years": 93.0}, "Adult, over 89 years."),
        ("adult", {"age_years": 90.0}, "Adult, over 89 years."),
        ("adult", {"age_years": 89.7}, "Adult, 89 years."),
        ("child", {"age_years": 1.2}, "Child, 1 year."),
        ("infant", {"age_years": 0.55, "sex": "male"}, "Infant, 6 months, male."),
        ("infant", {"age_years": 0.08}, "Infant, under 1 month."),
        ("neonate", {"age_years": 0.01, "sex": "female"}, "Neonate, female."),
        ("unknown", {}, "Age unknown."),
        ("unknown", {"sex": "female"}, "Age unknown, female."),
        ("unknown", {"age_years": 40.0}, "40 years."),
    ],
)
def test_who_was_recorded(cohort, demographics, said):
    told = describe(metrics(cohort=cohort, demographics=demographics, worn=True, hr=[75.0] * 10))
    assert told.startswith(f"{said} 10 minutes recorded")


def test_without_an_age_the_heart_rate_is_told_but_not_assessed():
    measured = metrics(cohort="unknown", hr=[70.0, 80.0], pulse=[70.0, 80.0])
    assert "Heart rate mean 75, 70 to 80 bpm; range for age not known." in describe(measured)
    assert assess(measured) == (
        "Heart rate: not assessed.\nOxygen: not assessed.\nRhythm: not assessed.\nAction: clinical review."
    )


def test_an_infant_has_a_range_of_its_own():
    assert "above 180 in 50 %, below 90 in 0 %" in describe(metrics(cohort="infant", hr=[150.0, 190.0]))


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32), st.sampled_from(KINDS))
def test_a_rare_thing_is_never_rounded_to_none_nor_an_absent_one_to_some(seed, kind):
    measured = measure(synthesize(kind, rng=np.random.default_rng(seed), subject_id="s"))
    text = describe(measured)
    shown = re.search(r"below 90 % in (under 1|over 99|\d+) %", text)
    if shown is not None:
        share = measured.desaturation.below_90_percent
        assert (shown[1] == "0") == (share == 0)
        assert (shown[1] == "100") == (share == 100)
    assert ("Rhythm: not assessed" in assess(measured)) == ("Rhythm not assessed" in text)
