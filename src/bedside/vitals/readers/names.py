"""Tell from the name of a file, and of the folders it lies in, whose recording it holds.

`adult_<id>`, `neonate_<id>`, `child_<id>`, `infant_<id>` and `adolescent_<id>` name id and cohort,
`subject_<id>_hr` the id; of any other name the whole is the id. A folder may be called `neonates` or
`hr_adolescent`. An age is only told to be contradictory where no one of that cohort could have it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

__all__ = ["age_fits", "cohort_of_folders", "is_processed", "stem", "subject_and_cohort"]

_SUFFIX = re.compile(r"\.(csv|tsv|txt|hea)(\.gz)?$", re.IGNORECASE)
_MONITOR = re.compile(r"(adult|adolescent|child|infant|neonate)[_-](\w[\w.-]*)", re.IGNORECASE)
_WEARABLE = re.compile(r"subject[_-](\w[\w.-]*?)[_-]hr", re.IGNORECASE)
_PLURALS = {
    "adult": "adult",
    "adults": "adult",
    "adolescent": "adolescent",
    "adolescents": "adolescent",
    "child": "child",
    "children": "child",
    "infant": "infant",
    "infants": "infant",
    "neonate": "neonate",
    "neonates": "neonate",
}
_AGES = {
    "neonate": (0.0, 0.5),
    "infant": (0.0, 2.0),
    "child": (0.5, 18.0),
    "adolescent": (9.0, 20.0),
    "adult": (16.0, 150.0),
}
"""Widest use of each word: neonates born too early, adolescents of the WHO (10 to 19 years)."""


def stem(name: str) -> str:
    """Return a file's name without the suffixes of a recording."""
    return _SUFFIX.sub("", name)


def subject_and_cohort(name: str, pattern: str | None = None) -> tuple[str, str | None]:
    """Return a subject's id and cohort; the cohort is `None` where the name does not say it.

    Args:
        name: the file's name without suffixes.
        pattern: a regular expression whose first group is the id; for names of another kind.
    """
    monitor = _MONITOR.fullmatch(name)
    cohort = monitor[1].lower() if monitor else None
    if pattern is not None and (found := re.search(pattern, name)) and found[1]:
        return found[1], cohort
    if monitor:
        return monitor[2], cohort
    wearable = _WEARABLE.fullmatch(name)
    return (wearable[1] if wearable else name), None


def cohort_of_folders(folders: Sequence[str]) -> str | None:
    """Return the cohort that the nearest folder names; `None` where none does, or one names two."""
    for folder in reversed(folders):
        named = {_PLURALS[word] for word in re.split(r"[^a-z]+", folder.lower()) if word in _PLURALS}
        if named:
            return named.pop() if len(named) == 1 else None
    return None


def is_processed(folders: Sequence[str]) -> bool:
    """Tell whether the nearest folder called `raw` or `processed` is called `processed`."""
    kinds = [folder.lower() for folder in folders if folder.lower() in ("raw", "processed")]
    return bool(kinds) and kinds[-1] == "processed"


def age_fits(cohort: str, age_years: float) -> bool:
    """Tell whether somebody of `age_years` could be called by the name of `cohort`."""
    low, high = _AGES[cohort]
    return low <= age_years <= high
