"""Units of voltage as files spell them. Knows nothing of files."""

from __future__ import annotations

from bedside.errors import DataError

__all__ = ["UNITS", "known_unit", "millivolts_per"]

UNITS = "mV, uV, µV, V, nV"
"""What a user may write; spelling in words and other case is understood too."""

_MILLIVOLTS = {"v": 1e3, "mv": 1.0, "uv": 1e-3, "nv": 1e-6}
_PREFIXES = {"milli": "m", "micro": "u", "nano": "n"}


def millivolts_per(unit: str) -> float | None:
    """Return how many millivolts one `unit` is, or `None` where it is no voltage."""
    return _MILLIVOLTS.get(_short(unit))


def known_unit(unit: str) -> float:
    """Return how many millivolts one `unit` is.

    Raises:
        DataError: it is no voltage.
    """
    factor = millivolts_per(unit)
    if factor is None:
        raise DataError(f"the unit {unit!r} is not one of {UNITS}", fix=f"give one of {UNITS}")
    return factor


def _short(unit: str) -> str:
    """Bring `Microvolts`, `µV` (either of its two letters) and `uV` to one spelling."""
    text = unit.strip().replace("\N{MICRO SIGN}", "u").replace("\N{GREEK SMALL LETTER MU}", "u").casefold()
    for word, letter in _PREFIXES.items():
        if text.startswith(word):
            text = letter + text.removeprefix(word)
    for word in ("volts", "volt"):
        if text.endswith(word):
            return text.removesuffix(word) + "v"
    return text
