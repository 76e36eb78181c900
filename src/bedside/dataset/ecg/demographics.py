"""Age and sex of a subject as tables and headers write them; what is not clear is unknown."""

from __future__ import annotations

from typing import Literal

__all__ = ["age_in_years", "sex_of"]

OLDEST = 120
"""Above it a figure is no age: PTB-XL writes 300 for everyone over 89, so that nobody can be recognised."""


def age_in_years(text: str | None) -> float | None:
    """Return an age in years; `None` where none is stated or it cannot be one."""
    try:
        age = float(text or "")
    except ValueError:
        return None
    return age if 0 <= age <= OLDEST else None


def sex_of(text: str | None) -> Literal["female", "male"] | None:
    """Return the sex that `Male`, `F`, `FEMALE`, … states."""
    match (text or "").casefold():
        case "m" | "male":
            return "male"
        case "f" | "female":
            return "female"
        case _:
            return None
