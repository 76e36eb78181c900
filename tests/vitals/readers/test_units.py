import numpy as np
import pytest

from bedside.vitals.readers.units import Conversion, conversion, doubt, usual_units
from bedside.vitals.signals import SIGNALS, kind_of


@pytest.mark.parametrize(
    ("signal", "unit", "value", "expected"),
    [
        ("hr", "bpm", 70, 70),
        ("hr", "1/s", 1.2, 72),
        ("hr", "/min", 70, 70),
        ("resp", "pm", 12, 12),
        ("spo2", "fraction", 0.97, 97),
        ("spo2", "%", 97, 97),
        ("temperature", "F", 98.6, 37.0),
        ("temperature", "°C", 37, 37),
        ("abp_mean", "kPa", 12.0, 90.0074),
        ("nbp_sys", "mmHg", 120, 120),
        ("st_ii", "mV", 0.1, 1.0),
        ("pvc_count", "count", 3, 3),
    ],
)
def test_usual_units_are_converted(signal, unit, value, expected):
    found = conversion(unit, kind=kind_of(signal))
    assert found.apply(np.array([value, np.nan]))[0] == pytest.approx(expected, rel=1e-6)


def test_an_unknown_unit_is_not_guessed():
    assert conversion("furlong", kind=kind_of("hr")) is None
    assert conversion("mmHg", kind=kind_of("hr")) is None
    assert usual_units(kind_of("spo2")) == ("%", "percent", "fraction")


@pytest.mark.parametrize("kind", SIGNALS, ids=lambda kind: kind.name)
def test_every_signal_knows_its_own_unit(kind):
    assert conversion(kind.unit, kind=kind) == Conversion()
    assert usual_units(kind)[0] == kind.unit


@pytest.mark.parametrize(
    ("signal", "declared", "values", "unit", "suspect"),
    [
        ("spo2", "%", [0.97, 0.95, np.nan, 0.0, 0.99], "fraction", 3),
        ("spo2", "%", [97, 96, 0.97, 95], "fraction", 1),
        ("spo2", "fraction", [97, 96, 95], "%", 3),
        ("temperature", "F", [36.9, 37.2], "°c", 2),
        ("abp_sys", "mmHg", [16.0, 15.2], "kpa", 2),
        ("abp_sys", "kPa", [120.0, 118.0], "mmhg", 2),
        ("hr", "bpm", [1.1, 1.2, 1.3], "1/s", 3),
    ],
)
def test_readings_of_another_unit_are_doubted(signal, declared, values, unit, suspect):
    kind = kind_of(signal)
    found = doubt(np.array(values, dtype=float), kind=kind, declared=conversion(declared, kind=kind))
    assert (found.unit, found.suspect) == (unit, suspect)
    assert values[found.first_row] > 0


@pytest.mark.parametrize(
    ("signal", "values"),
    [
        ("spo2", [97.0, 60.0, 0.0, np.nan]),
        ("hr", [25.0, 250.0]),
        ("temperature", [98.6, 37.0]),  # told apart when it is measured
        ("bigeminy_percent", [0.4, 0.9]),
        ("nbp_sys", [41.0, 250.0]),
        ("spo2", []),
    ],
)
def test_readings_of_a_patient_are_not(signal, values):
    kind = kind_of(signal)
    assert doubt(np.array(values, dtype=float), kind=kind, declared=Conversion()) is None


def test_a_single_artefact_is_no_other_unit():
    values = np.full(100, 97.0)
    values[3] = 1.0
    assert doubt(values, kind=kind_of("spo2"), declared=Conversion()) is None
