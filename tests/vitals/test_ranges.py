import pytest

from bedside.vitals.ranges import cohort_of_age, heart_rate_range


@pytest.mark.parametrize(
    ("age", "low", "high"),
    [
        (0.01, 90, 205),
        (0.5, 90, 180),
        (2, 80, 140),
        (5, 65, 120),
        (11, 58, 118),
        (14, 50, 100),
        (40, 60, 100),
    ],
)
def test_the_age_gives_the_range(age, low, high):
    band = heart_rate_range("adult", age)
    assert (band.low_bpm, band.high_bpm) == (low, high)


def test_the_cohort_gives_the_range_where_the_age_is_unknown():
    assert heart_rate_range("neonate", None).high_bpm == 205
    assert heart_rate_range("adult", None).high_bpm == 100


@pytest.mark.parametrize(
    ("age", "cohort"), [(0.0, "neonate"), (0.5, "child"), (9, "child"), (10, "adolescent"), (18, "adult")]
)
def test_the_age_gives_the_cohort(age, cohort):
    assert cohort_of_age(age) == cohort
