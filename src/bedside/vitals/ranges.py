"""Heart rate ranges by age, and the cohort that an age belongs to.

Children: Pediatric Advanced Life Support Provider Manual (American Heart Association, 2015 and 2020), vital
signs in children; the lower limit is the one asleep and the upper one the one awake, because a recording
holds both:

| band       | age           | awake, bpm | asleep, bpm |
|------------|---------------|------------|-------------|
| neonate    | under 28 days | 100 to 205 | 90 to 160   |
| infant     | under 1 year  | 100 to 180 | 90 to 160   |
| toddler    | 1 to 2 years  | 98 to 140  | 80 to 120   |
| preschool  | 3 to 5 years  | 80 to 120  | 65 to 100   |
| school age | 6 to 11 years | 75 to 118  | 58 to 90    |
| adolescent | from 12 years | 60 to 100  | 50 to 90    |

Healthy children leave such ranges more often than adults do (Fleming et al., Lancet 2011;377:1011). Adults:
60 to 100 bpm at rest (American Heart Association). Adolescence is 10 to 19 years (World Health Organization);
from 18 years on bedside speaks of adults. An age is never guessed: where it is unknown the cohort gives the
range, that of school age for a child, and where the cohort is unknown too there is none.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["COHORTS", "HeartRateRange", "cohort_of_age", "heart_rate_range"]

COHORTS = ("adult", "adolescent", "child", "infant", "neonate", "unknown")
"""Every cohort, oldest first."""


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


_FOUR_WEEKS = 28 / 365.25
_NEONATE = HeartRateRange("neonate", 90.0, 205.0)
_INFANT = HeartRateRange("infant", 90.0, 180.0)
_SCHOOL_AGE = HeartRateRange("school age", 58.0, 118.0)
_ADOLESCENT = HeartRateRange("adolescent", 50.0, 100.0)
_ADULT = HeartRateRange("adult", 60.0, 100.0)
_BY_COHORT = {
    "neonate": _NEONATE,
    "infant": _INFANT,
    "child": _SCHOOL_AGE,
    "adolescent": _ADOLESCENT,
    "adult": _ADULT,
}
_UP_TO_AGE = (
    (_FOUR_WEEKS, _NEONATE),
    (1.0, _INFANT),
    (3.0, HeartRateRange("toddler", 80.0, 140.0)),
    (6.0, HeartRateRange("preschool", 65.0, 120.0)),
    (12.0, _SCHOOL_AGE),
    (18.0, _ADOLESCENT),
)


def heart_rate_range(cohort: str, age_years: float | None) -> HeartRateRange | None:
    """Return the range for a subject: by age where it is known, else by cohort, `None` for an unknown one."""
    if age_years is None:
        return _BY_COHORT.get(cohort)
    return next((band for limit, band in _UP_TO_AGE if age_years < limit), _ADULT)


def cohort_of_age(age_years: float) -> str:
    """Return the cohort of a subject of `age_years`."""
    bounds = ((_FOUR_WEEKS, "neonate"), (1.0, "infant"), (10.0, "child"), (18.0, "adolescent"))
    return next((cohort for limit, cohort in bounds if age_years < limit), "adult")
