import pytest

from bedside.vitals.ranges import COHORTS, cohort_of_age, heart_rate_range


@pytest.mark.parametrize(
    ("age", "band", "low", "high"),
    [
        (0.01, "neonate", 90, 205),
        (0.5, "infant", 90, 180),
        (2, "toddler", 80, 140),
        (5, "preschool", 65, 120),
        (11, "school age", 58, 118),
        (14, "adolescent", 50, 100),
        (40, "adult", 60, 100),
    ],
)
def test_the_age_gives_the_range(age, band, low, high):
    found = heart_rate_range("adult", age)
    assert (found.band, found.low_bpm, found.high_bpm) == (band, low, high)


@pytest.mark.parametrize(
    ("cohort", "low", "high"),
    [
        ("neonate", 90, 205),
        ("infant", 90, 180),
        ("child", 58, 118),
        ("adolescent", 50, 100),
        ("adult", 60, 100),
    ],
)
def test_the_cohort_gives_the_range_where_the_age_is_unknown(cohort, low, high):
    found = heart_rate_range(cohort, None)
    assert (found.low_bpm, found.high_bpm) == (low, high)


def test_an_unknown_subject_has_no_range():
    assert heart_rate_range("unknown", None) is None
    assert heart_rate_range("unknown", 40).band == "adult"


@pytest.mark.parametrize(
    ("age", "cohort"),
    [
        (0.0, "neonate"),
        (0.08, "infant"),
        (0.99, "infant"),
        (1.0, "child"),
        (9, "child"),
        (10, "adolescent"),
        (18, "adult"),
    ],
)
def test_the_age_gives_the_cohort(age, cohort):
    assert cohort_of_age(age) == cohort
    assert cohort in COHORTS
