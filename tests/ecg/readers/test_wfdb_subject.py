from __future__ import annotations

import pytest

from bedside.ecg.readers.wfdb_subject import age_years, sex


@pytest.mark.parametrize(
    ("line", "age"),
    [
        ("Age: 84", 84.0),
        ("age: 81", 81.0),
        ("Age (years): 45", 45.0),
        ("<age>: 65 <sex>: M", 65.0),
        ("Sex: F Age: 40", 40.0),
        ("Sex: Male, Age: 40.5", 40.5),
        ("Age=7", 7.0),
        ("age 3 months", 0.25),
        ("Age: 2 weeks", 14 / 365.25),
        ("Age: 10 days", 10 / 365.25),
        ("Age: 62 y", 62.0),
        ("69 M 1085 1629 x1", 69.0),
        ("Age: 0", 0.0),
        ("Age: NaN", None),
        ("Age: Unknown", None),
        ("<age>: ?? <sex>: ?", None),
        ("Age: >89", None),
        ("Age: 90+", None),
        ("Age: 300", None),
        ("Age: -1", None),
        ("Average: 80", None),
        ("Gestational age: 30 weeks", None),
        ("stage: 3", None),
        ("12 leads", None),
        ("", None),
    ],
)
def test_age(line, age):
    assert age_years([line]) == (None if age is None else pytest.approx(age))


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("Sex: Male", "male"),
        ("sex: female", "female"),
        ("Gender: F", "female"),
        ("<age>: 65 <sex>: M", "male"),
        ("69 M 1085 1629 x1", "male"),
        ("51 F 2080 x3", "female"),
        ("Sex: Unknown", None),
        ("Sex: NaN", None),
        ("<age>: ?? <sex>: ?", None),
        ("Sex: 1", None),
        ("males only", None),
        ("Sex: Feline", None),
    ],
)
def test_sex(line, expected):
    assert sex([line]) == expected


def test_the_first_line_that_tells_counts():
    lines = ["Dx: 426783006", "Age: Unknown", "Age: 50", "Age: 60", "Sex: Unknown", "Sex: F"]
    assert (age_years(lines), sex(lines)) == (50.0, "female")
    assert age_years(["Age: >89", "Age: 50"]) is None


def test_nothing_is_made_up():
    assert age_years([]) is None
    assert sex([]) is None
