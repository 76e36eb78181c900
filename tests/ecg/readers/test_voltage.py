"""Units of voltage in every spelling, and nothing that only resembles one."""

from __future__ import annotations

import pytest

from bedside.ecg.readers.voltage import known_unit, millivolts_per
from bedside.errors import DataError


@pytest.mark.parametrize(
    ("unit", "millivolts"),
    [
        *(("mV", 1.0), ("mv", 1.0), (" MV ", 1.0), ("millivolt", 1.0), ("Millivolts", 1.0)),
        *(("uV", 1e-3), ("\u00b5V", 1e-3), ("\u03bcV", 1e-3), ("microvolts", 1e-3), ("µvolt", 1e-3)),
        *(("V", 1e3), ("volt", 1e3), ("Volts", 1e3), ("nV", 1e-6), ("nanovolts", 1e-6)),
    ],
)
def test_spellings(unit: str, millivolts: float) -> None:
    assert millivolts_per(unit) == millivolts
    assert known_unit(unit) == millivolts


@pytest.mark.parametrize(
    "unit", ["", "adu", "mmHg", "bpm", "s", "Vs", "m", "micro", "mV/mm", "%", "kV", "lt"]
)
def test_what_is_no_voltage(unit: str) -> None:
    assert millivolts_per(unit) is None
    with pytest.raises(DataError, match="is not one of mV"):
        known_unit(unit)
