"""Heart rate ranges by age, and the cohort that an age belongs to.

Children: Pediatric Advanced Life Support Provider Manual (American Heart Association, 2020), vital signs
in children; the lower limit is the one asleep and the upper one the one awake, because a recording holds
both. Adults: 60 to 100 bpm at rest (American Heart Association). Adolescence is 10 to 19 years (World
Health Organization); from 18 years on bedside speaks of adults. An age is never guessed: where it is
unknown the cohort gives the range.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["HeartRateRange", "cohort_of_age", "heart_rate_range"]


@dataclass(frozen=True)
class HeartRateRange:
    """The heart rates that are usual at one age.

    Attributes:
        band: name of the age band.
        low_bpm: below it the heart is slow for the age.
        high_bpm: above it the heart is fast for the age.
    """

    band: str
    low_bpm: float
    high_bpm: float


NEONATE = HeartRateRange("neonate", 90.0, 205.0)
SCHOOL_AGE = HeartRateRange("school age", 58.0, 118.0)
ADOLESCENT = HeartRateRange("adolescent", 50.0, 100.0)
ADULT = HeartRateRange("adult", 60.0, 100.0)
_BY_COHORT = {"neonate": NEONATE, "child": SCHOOL_AGE, "adolescent": ADOLESCENT, "adult": ADULT}
_UP_TO_AGE = (
    (28 / 365.25, NEONATE),
    (1.0, HeartRateRange("infant", 90.0, 180.0)),
    (3.0, HeartRateRange("toddler", 80.0, 140.0)),
    (6.0, HeartRateRange("preschool", 65.0, 120.0)),
    (12.0, SCHOOL_AGE),
    (18.0, ADOLESCENT),
)


def heart_rate_range(cohort: str, age_years: float | None) -> HeartRateRange:
    """Return the range for a subject; the age decides where it is known, the cohort where it is not."""
    if age_years is None:
        return _BY_COHORT[cohort]
    return next((band for limit, band in _UP_TO_AGE if age_years < limit), ADULT)


def cohort_of_age(age_years: float) -> str:
    """Return the cohort of a subject of `age_years`."""
    if age_years < 28 / 365.25:
        return "neonate"
    if age_years < 10:
        return "child"
    return "adolescent" if age_years < 18 else "adult"
