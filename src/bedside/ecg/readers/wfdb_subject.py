"""Find age and sex in the comments of a WFDB header.

They stand there in many ways: `Age: 84`, `age: 81`, `<age>: 65 <sex>: M`, `Sex: Female`, and MIT-BIH's
`69 M 1085 1629 x1`. An age that is hidden (`>89`, `90+`, 300) is no age. Knows nothing else of headers.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal

__all__ = ["age_years", "sex"]

# After the start of a line, a separator or the sex: `Gestational age` and the like are of no one here.
_AGE = re.compile(
    r"(?:^|[<;,|(]\s*|\b(?:male|female|m|f|\?)\s+)age\b>?\s*(?:\(years\)\s*)?[:=]?\s*"
    r"(?P<hidden>>\s*)?(?P<number>\d{1,3}(?:\.\d+)?)(?P<plus>\s*\+)?\s*(?P<unit>[a-z]*)",
    re.IGNORECASE,
)
_SEX = re.compile(r"\b(?:sex|gender)\b>?\s*[:=]?\s*(?P<sex>male|female|m|f)\b", re.IGNORECASE)
_AGE_AND_SEX = re.compile(r"(?P<number>\d{1,3})\s+(?P<sex>[MF])\b")
_YEARS = {"d": 1 / 365.25, "w": 7 / 365.25, "m": 1 / 12, "y": 1.0}
_OLDEST = 120.0


def age_years(comments: Sequence[str]) -> float | None:
    """Return the age that the first comment to tell one tells."""
    for line in comments:
        if found := _AGE.search(line):
            if found["hidden"] or found["plus"]:
                return None
            years = float(found["number"]) * _YEARS.get(found["unit"][:1].lower(), 1.0)
            return years if years <= _OLDEST else None
        if found := _AGE_AND_SEX.match(line):
            return float(found["number"]) if float(found["number"]) <= _OLDEST else None
    return None


def sex(comments: Sequence[str]) -> Literal["female", "male"] | None:
    """Return the sex that the first comment to tell one tells."""
    for line in comments:
        if found := _SEX.search(line) or _AGE_AND_SEX.match(line):
            return "male" if found["sex"][0].lower() == "m" else "female"
    return None
