import numpy as np
import pytest

from bedside.records import Signal
from bedside.vitals.signals import SIGNALS, clean, kind_of_column


def signal(name, *values):
    return Signal(name, "?", np.array(values, dtype=float))


@pytest.mark.parametrize(
    ("column", "name"),
    [
        ("%SpO2", "spo2"),
        ("SpO2", "spo2"),
        ("NBP SYS", "nbp_sys"),
        ("NBP Sys", "nbp_sys"),
        ("ST-III", "st_iii"),
        ("ST III", "st_iii"),
        ("RESP", "resp"),
        ("Irregular HR Percent", "irregular_hr_percent"),
    ],
)
def test_the_name_variants_of_monitors_are_known(column, name):
    kind = kind_of_column(column)
    assert kind is not None
    assert kind.name == name


@pytest.mark.parametrize("column", ["[63131]", "Elapsed_Time_Sec", "NBP", "CPCO2", "Rhythm Status"])
def test_a_column_that_is_not_known_is_none(column):
    assert kind_of_column(column) is None


def test_names_and_columns_are_unique():
    assert len({kind.name for kind in SIGNALS}) == len(SIGNALS)


def test_a_heart_rate_of_zero_is_a_lead_that_is_off():
    cleaned = clean(signal("hr", 0, 80, np.nan, 310, 15), cohort="adult")
    np.testing.assert_array_equal(cleaned.values, [np.nan, 80, np.nan, np.nan, np.nan])
    assert cleaned.excluded == {"zero (lead off)": 1, "below 20 bpm": 1, "above 300 bpm": 1}


def test_a_counter_of_zero_is_a_reading():
    cleaned = clean(signal("pvc_count", 0, 2), cohort="adult")
    np.testing.assert_array_equal(cleaned.values, [0, 2])
    assert cleaned.excluded == {}


def test_a_respiration_of_zero_is_kept_apart_from_a_low_one():
    cleaned = clean(signal("resp", 0, 0.5, 12), cohort="adult")
    assert cleaned.excluded == {"zero (apnoea or disconnection)": 1}
    np.testing.assert_array_equal(cleaned.values, [np.nan, 0.5, 12])


def test_limits_depend_on_the_cohort():
    assert clean(signal("resp", 130), cohort="neonate").excluded == {}
    assert clean(signal("resp", 130), cohort="adult").excluded == {"above 100 1/min": 1}
