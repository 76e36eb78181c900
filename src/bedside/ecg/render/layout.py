"""Which lead stands where on the page: rows of leads, as the usual names say or as they are spelled out.

Knows nothing of millimetres, of time or of records.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from bedside.errors import DataError
from bedside.records import LEADS

__all__ = ["LAYOUTS", "MINUS", "Layout", "parse_layout"]

MINUS = "\N{MINUS SIGN}"
"""What stands before the name of a lead that is drawn upside down."""

CABRERA = ("aVL", "I", f"{MINUS}aVR", "II", "aVF", "III")
"""The limb leads in the order of their angle in the frontal plane (Cabrera), from −30° to 120°."""

RHYTHM = {"1R": ("II",), "3R": ("V1", "II", "V5")}
SUFFIX = "-cabrera"
BASES = {"3x4": 3, "6x2": 6, "12x1": 12}

MAX_ROWS = 64
MAX_COLUMNS = 16

FIX = (
    "use 3x4, 6x2 or 12x1; add -cabrera for the Cabrera order; add +1R (II), +3R (V1, II, V5) or a lead "
    "such as +V1 for rhythm strips; or spell the rows out, such as I,V1/II,V2/II"
)


@dataclass(frozen=True)
class Layout:
    """Leads by place.

    Attributes:
        name: how it was asked for.
        rows: from the top; the leads of a row follow each other in time and share its width equally, so a
            row of one lead is a strip of the whole span. A `−` before a name turns the lead upside down.
    """

    name: str
    rows: tuple[tuple[str, ...], ...]

    @property
    def leads(self) -> tuple[str, ...]:
        """Every lead that is drawn, each once, without sign, in the order of the rows."""
        return tuple(dict.fromkeys(unsigned(lead)[0] for row in self.rows for lead in row))


def unsigned(lead: str) -> tuple[str, int]:
    """Split the name of a lead in a layout into the recorded lead and its sign."""
    return (lead[1:], -1) if lead.startswith((MINUS, "-")) else (lead, 1)


def parse_layout(text: str) -> Layout:
    """Read a layout from its name.

    Args:
        text: `3x4`, `6x2` or `12x1`, perhaps `-cabrera`, and rhythm strips: `+1R`, `+3R` or leads, as in
            `3x4+V1+V5`; `-cabrera` may stand at the end too. Or rows of lead names:
            `I,aVR,V1,V4/II,aVL,V2,V5/II` has three rows.

    Raises:
        DataError: it is neither.
    """
    base, *strips = text.strip().split("+")
    cabrera = text.count(SUFFIX) == 1 and (base.endswith(SUFFIX) or text.strip().endswith(SUFFIX))
    shape = base.removesuffix(SUFFIX) if cabrera else base
    if shape in BASES:
        if cabrera and strips:
            strips[-1] = strips[-1].removesuffix(SUFFIX)
        rows = _standard_rows(BASES[shape], cabrera=cabrera)
        return Layout(text.strip(), rows + tuple((lead,) for lead in _rhythm_leads(strips, text)))
    if strips or not (unsigned(base)[0][:1].isalpha() or re.search("[,/]", base)):
        raise DataError(f"unknown layout {text!r}", fix=FIX)
    return Layout(text.strip(), _spelled_rows(base, text))


def _standard_rows(count: int, *, cabrera: bool) -> tuple[tuple[str, ...], ...]:
    """Fill `count` rows column by column with the twelve leads."""
    order = (*CABRERA, *LEADS[6:]) if cabrera else LEADS
    return tuple(order[row::count] for row in range(count))


def _rhythm_leads(strips: list[str], text: str) -> list[str]:
    leads: list[str] = []
    for strip in strips:
        leads += RHYTHM.get(strip, [strip])
    if not all(lead and unsigned(lead)[0] in LEADS for lead in leads):
        raise DataError(f"layout {text!r} asks for a rhythm strip of something that is no lead", fix=FIX)
    return leads


def _spelled_rows(base: str, text: str) -> tuple[tuple[str, ...], ...]:
    rows = tuple(
        tuple(lead.strip().replace("-", MINUS, 1) for lead in row.split(",")) for row in base.split("/")
    )
    if len(rows) > MAX_ROWS or any(len(row) > MAX_COLUMNS for row in rows):
        raise DataError(f"layout has more than {MAX_ROWS} rows or {MAX_COLUMNS} leads in a row", fix=FIX)
    if not all(unsigned(lead)[0][:1].isalpha() for row in rows for lead in row):
        raise DataError(f"layout {text!r} has a place without the name of a lead", fix=FIX)
    return rows


LAYOUTS = {
    name: parse_layout(name)
    for base in ("3x4", "3x4+1R", "3x4+3R", "6x2", "12x1")
    for name in (
        base,
        base.replace("x4", "x4-cabrera").replace("x2", "x2-cabrera").replace("x1", "x1-cabrera"),
    )
}
"""The usual layouts by name."""
