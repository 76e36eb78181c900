import numpy as np
import pytest

from bedside.vitals.ranges import COHORTS
from bedside.vitals.signals import LEADS, SIGNALS, is_valid, kind_of, kind_of_column, to_celsius


@pytest.mark.parametrize(
    ("column", "name"),
    [
        ("HR", "hr"),
        ("PULSE", "pulse"),
        ("%SpO2", "spo2"),
        ("SpO2", "spo2"),
        ("NBP SYS", "nbp_sys"),
        ("NBP Sys", "nbp_sys"),
        ("NBP Mean", "nbp_mean"),
        ("ABP DIAS", "abp_dias"),
        ("ST-III", "st_iii"),
        ("ST III", "st_iii"),
        ("ST-V", "st_v"),
        ("RESP", "resp"),
        ("Trect", "temperature"),
        ("Irregular HR Percent", "irregular_hr_percent"),
        ("pNN50 Percent", "pnn50_percent"),
        ("HR Variability", "hr_variability"),
        ("Paced Beat Count", "paced_beat_count"),
        ("PVC Pair Count", "pvc_pair_count"),
        ("Poor Signal", "poor_signal_percent"),
    ],
)
def test_the_name_variants_of_monitors_are_known(column, name):
    kind = kind_of_column(column)
    assert kind is not None
    assert kind.name == name


@pytest.mark.parametrize(
    "column",
    [
        "[63131]",
        "Elapsed_Time_Sec",
        "NBP",
        "PlsNBP",
        "CPO2",
        "CPCO2",
        "Rhythm Status",
        "Ectopic Count",
        "Atrial Paced Beat Count",
        "V Rate Max",
        "Paced Beat Percent",
    ],
)
def test_a_column_that_is_not_known_is_none(column):
    assert kind_of_column(column) is None


def test_names_and_columns_are_unique():
    assert len({kind.name for kind in SIGNALS}) == len(SIGNALS)
    assert all(kind_of_column(column) is kind for kind in SIGNALS for column in kind.columns)
    assert all(kind_of(kind.name) is kind for kind in SIGNALS)


def test_every_lead_has_its_signal():
    assert {kind.name for kind in SIGNALS if kind.unit == "mm"} == {f"st_{lead.lower()}" for lead in LEADS}


def test_every_kind_has_limits_for_every_cohort():
    for kind in SIGNALS:
        for cohort in COHORTS:
            low, high = kind.limits_for(cohort)
            assert low < high
            assert not (kind.zero and low <= 0.0), f"zero of {kind.name} would pass as a reading"


def test_what_cannot_be_true_is_not_valid():
    values = np.array([0, 15, 20, 80, 300, 310, np.nan, np.inf])
    valid = is_valid("hr", values, cohort="adult")
    assert valid.tolist() == [False, False, True, True, True, False, False, False]


def test_a_respiration_of_zero_is_no_reading_and_a_low_one_is():
    assert is_valid("resp", np.array([0.0, 0.5, 12.0]), cohort="adult").tolist() == [False, True, True]


def test_a_counter_of_zero_is_a_reading():
    assert is_valid("pvc_count", np.array([0.0, 2.0]), cohort="adult").all()


@pytest.mark.parametrize(("cohort", "valid"), [("neonate", True), ("infant", True), ("unknown", False)])
def test_limits_depend_on_the_cohort(cohort, valid):
    assert is_valid("resp", np.array([130.0]), cohort=cohort).tolist() == [valid]


def test_a_flushed_transducer_is_no_pressure():
    assert not is_valid("abp_mean", np.array([0.0, 299.7]), cohort="adult").any()
    assert not is_valid("cvp", np.array([325.0, 331.1]), cohort="adult").any()
    assert is_valid("cvp", np.array([-4.0, 0.0, 12.0]), cohort="adult").all()


def test_fahrenheit_is_told_by_its_size():
    values, converted = to_celsius(np.array([98.6, 37.0, np.nan, 60.0]))
    assert converted == 1
    np.testing.assert_allclose(values, [37.0, 37.0, np.nan, 60.0])
    assert not is_valid("temperature", np.array([60.0]), cohort="adult").any()
