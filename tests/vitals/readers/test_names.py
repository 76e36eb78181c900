import pytest

from bedside.vitals.ranges import cohort_of_age
from bedside.vitals.readers.names import (
    age_fits,
    cohort_of_folders,
    is_processed,
    stem,
    subject_and_cohort,
)


@pytest.mark.parametrize(
    ("name", "subject_id", "cohort"),
    [
        ("adult_3618048n", "3618048n", "adult"),
        ("neonate_3182898n", "3182898n", "neonate"),
        ("Infant-7", "7", "infant"),
        ("child_a.b-c", "a.b-c", "child"),
        ("adolescent_12", "12", "adolescent"),
        ("subject_907_hr", "907", None),
        ("3618048n", "3618048n", None),
        ("somebody", "somebody", None),
        ("adult", "adult", None),
    ],
)
def test_a_name_gives_subject_and_cohort(name, subject_id, cohort):
    assert subject_and_cohort(name) == (subject_id, cohort)


def test_a_pattern_finds_the_id_in_other_names():
    assert subject_and_cohort("ward3_bed12_monday", r"bed(\d+)") == ("12", None)
    assert subject_and_cohort("adult_bed12", r"bed(\d+)") == ("12", "adult")
    assert subject_and_cohort("somebody", r"bed(\d+)") == ("somebody", None)


@pytest.mark.parametrize(
    ("folders", "cohort"),
    [
        (("vitals", "neonates"), "neonate"),
        (("adults", "hr_adolescent", "raw"), "adolescent"),
        (("Children",), "child"),
        (("adults_and_neonates",), None),
        (("vitals", "adulthood"), None),
        ((), None),
    ],
)
def test_the_nearest_folder_gives_the_cohort(folders, cohort):
    assert cohort_of_folders(folders) == cohort


@pytest.mark.parametrize(
    ("folders", "processed"),
    [
        (("vitals", "processed"), True),
        (("processed", "hr_adolescent"), True),
        (("processed", "raw"), False),
        (("unprocessed",), False),
    ],
)
def test_the_nearest_of_raw_and_processed_counts(folders, processed):
    assert is_processed(folders) == processed


def test_suffixes_are_taken_off():
    names = ("a_1.csv", "a_1.csv.gz", "a_1.TXT", "a_1.hea", "a_1.tsv", "a_1")
    assert {stem(name) for name in names} == {"a_1"}


@pytest.mark.parametrize("age", [0.01, 0.5, 5.0, 12.0, 17.9, 18.0, 90.0])
def test_an_age_fits_the_cohort_that_it_gives(age):
    assert age_fits(cohort_of_age(age), age)


def test_an_age_may_contradict_a_cohort():
    assert not age_fits("neonate", 3.0)
    assert not age_fits("adult", 11.0)
    assert not age_fits("adolescent", 40.0)
    assert age_fits("adolescent", 19.0)
