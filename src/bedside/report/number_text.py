"""Numbers in words, the same on the terminal, on the page and on the card."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from bedside.report.results import Result

__all__ = ["NOT_MEASURED", "bytes_text", "duration", "interval", "number", "shown"]

NOT_MEASURED = "–"
DIVERGENCES = frozenset({"kl_divergence", "kl_divergence_p999"})
"""Names of figures whose tool prints six decimals, so that its 0 is only known to be less than 0.000001."""
RATIOS = frozenset({"perplexity"})
"""Names without a unit that are no shares, and so are not shown in percent."""


def shown(row: Result | None) -> str:
    """Word a result with its interval, in the way its unit asks for."""
    if row is None or row.value is None:
        return NOT_MEASURED if row is None else "undefined"
    if row.unit == "byte":
        return bytes_text(row.value)
    if row.unit == "s":
        return duration(row.value)
    if row.unit == "1" and row.name not in RATIOS:
        return f"{_percent(row.value)} %{interval(row, _percent)}"
    if row.name in DIVERGENCES:
        return "< 0.000001" if row.value == 0 else f"{number(row.value)}{interval(row, number)}"
    return number(row.value) + (interval(row, number) if row.unit == "token/s" else "")


def interval(row: Result, word: Callable[[float], str]) -> str:
    """Word an interval with a space before it; empty where there is none.

    Args:
        row: the result.
        word: words one end.
    """
    if row.low is None or row.high is None:
        return ""
    return f" ({word(row.low)} to {word(row.high)})"


def number(value: float) -> str:
    """Word a number with three significant digits, without an exponent where it is not tiny."""
    if value == 0:
        return "0"
    if abs(value) < 1e-6:
        return f"{value:.1e}"
    return f"{Decimal(f'{value:.3g}'):f}" if abs(value) < 1000 else f"{value:,.0f}"


def bytes_text(value: float) -> str:
    """Word a file size in powers of 1000."""
    for unit, size in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if value >= size:
            return f"{value / size:.3g} {unit}"
    return f"{value:.0f} B"


def duration(seconds: float) -> str:
    """Word a time span."""
    if seconds < 1:
        return f"{1000 * seconds:.0f} ms"
    if seconds < 90:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s"


def _percent(value: float) -> str:
    return f"{100 * value:.1f}".replace("-0.0", "0.0").replace("-", "−")
