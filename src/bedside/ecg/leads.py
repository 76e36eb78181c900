"""Leads by name and by arithmetic: understand how files spell them, derive limb leads that are missing.

Einthoven's and Goldberger's equations make the six limb leads a plane: any two of them give the other four.
Chest leads depend on nothing else and are never made up; neither are leads that only resemble a standard one
(`MLII`, `V4R`, Frank's `vx`). Knows no file formats, and does not judge signals.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from bedside.errors import DataError
from bedside.records import LEADS

__all__ = [
    "LIMB_LEADS",
    "CompletedLeads",
    "LeadName",
    "complete",
    "is_blank",
    "standard_name",
    "standardize",
]

LIMB_LEADS = LEADS[:6]

_IN_I_AND_II = {
    "I": (1.0, 0.0),
    "II": (0.0, 1.0),
    "III": (-1.0, 1.0),
    "aVR": (-0.5, -0.5),
    "aVL": (1.0, -0.5),
    "aVF": (-0.5, 1.0),
}
"""Each limb lead as a sum of I and II: III = II − I (Einthoven 1912), aVR = −(I + II)/2, aVL = I − II/2,
aVF = II − I/2 (Goldberger 1942)."""

_SPELLING = re.compile(
    r"""
    (?:(?:mdc[_ ]ecg[_ ](?:lead|elec[_ ]potl)|ecg|ekg|lead|limb|chest|einthoven|goldberger|wilson)
       (?:-|[\s_:.]+)?)*
    (?P<minus>-\s*)?
    (?:d?(?P<bipolar>i{1,3})|d(?P<numbered>[123])|a\W?v[\s_-]?(?P<augmented>[rlf])|[vc][\s_-]?0?(?P<chest>[1-6]))
    (?:\s*\((?:einthoven|goldberger|wilson)\)|,\s*augmented\s+voltage,\s*(?:right|left|foot))?
    (?P<inverted>[\s_(-]*(?:neg|negative|inv|inverted)\)?|\s*-)?
    (?:[\s_]lead)?
    (?:\s*[(\[](?:m|u|\u03bc|n)?v(?:olts?)?[)\]])?
    """,
    re.VERBOSE | re.IGNORECASE,
)
_DASHES = dict.fromkeys(map(ord, "\u2010\u2011\u2012\u2013\u2212"), "-")


class LeadName(NamedTuple):
    """What the name of a lead means.

    Attributes:
        name: one of `LEADS`.
        sign: −1 where the lead was recorded upside down, as Cabrera's −aVR is; otherwise 1.
    """

    name: str
    sign: int


class CompletedLeads(NamedTuple):
    """Leads in the order of `EcgRecord`.

    Attributes:
        signals: shape (leads, samples), in the unit of what was given.
        leads: names of the rows.
        derived: those that were computed.
    """

    signals: NDArray[np.float64]
    leads: tuple[str, ...]
    derived: frozenset[str]


@lru_cache(maxsize=1024)
def standard_name(written: str) -> LeadName | None:
    """Tell which standard lead a name means, `None` where it means none of the twelve.

    Case, blanks, and words and prefixes around the name do not matter: `AVR`, `lead_ii`, `DIII`, `C4`,
    `MDC_ECG_LEAD_V1`, `Lead I (Einthoven)`. A leading minus sign, `neg` or `inverted` means the lead upside
    down, and so does a minus sign behind it. A unit in brackets says nothing of the lead.
    """
    if written in LEADS:
        return LeadName(written, 1)
    found = _SPELLING.fullmatch(unicodedata.normalize("NFKC", written).translate(_DASHES).strip())
    if found is None:
        return None
    if found["bipolar"] or found["numbered"]:
        name = "I" * int(found["numbered"] or len(found["bipolar"]))
    elif found["augmented"]:
        name = "aV" + found["augmented"].upper()
    else:
        name = "V" + found["chest"]
    return LeadName(name, -1 if found["minus"] or found["inverted"] else 1)


def standardize(
    signals: NDArray[np.float64], names: Sequence[str]
) -> tuple[NDArray[np.float64], tuple[str, ...]]:
    """Name the standard leads as bedside does, turn those recorded upside down, leave others as they are.

    Args:
        signals: shape (leads, samples); not changed.
        names: the rows' names as a file gives them.
    """
    known = [standard_name(name) for name in names]
    leads = tuple(lead.name if lead else name.strip() for lead, name in zip(known, names, strict=True))
    signs = np.array([lead.sign if lead else 1 for lead in known], dtype=np.float64)
    return (signals if (signs == 1).all() else signals * signs[:, None]), leads


def complete(
    signals: NDArray[np.float64], leads: Sequence[str], *, file: Path | str | None = None
) -> CompletedLeads:
    """Put leads in the order of `LEADS`, others after them, and derive the limb leads that are missing.

    Derived leads are NaN wherever one of the two leads they come from is. These two are the first in the
    order of `LEADS` that hold any sample; with fewer than two nothing is derived. A limb lead that stands
    there without any sample is as good as missing. Leads that are not standard
    and share one name are numbered: `ECG`, `ECG 2`.

    Args:
        signals: shape (leads, samples); not changed.
        leads: names of the rows, standard leads as `LEADS` writes them.
        file: where they come from, for the error.

    Raises:
        DataError: two rows are the same standard lead with different samples.
    """
    rows = {name: signals[row] for row, name in _distinct(signals, leads, file)}
    recorded = [name for name in LIMB_LEADS if name in rows and not is_blank(rows[name])]
    derived = frozenset(LIMB_LEADS).difference(recorded if len(recorded) > 1 else LIMB_LEADS)
    for name in derived:
        first, second = _weights(name, recorded[0], recorded[1])
        rows[name] = first * rows[recorded[0]] + second * rows[recorded[1]]
    order = (*(name for name in LEADS if name in rows), *(name for name in rows if name not in LEADS))
    if order == tuple(leads) and not derived:
        return CompletedLeads(signals, order, derived)
    return CompletedLeads(np.stack([rows[name] for name in order]), order, derived)


def is_blank(signal: NDArray[np.float64]) -> bool:
    """Tell whether a lead holds no sample at all."""
    return not signal.size or bool(np.isnan(signal[0]) and np.isnan(signal).all())


def _distinct(
    signals: NDArray[np.float64], leads: Sequence[str], file: Path | str | None
) -> list[tuple[int, str]]:
    """Return rows under names that are all different, without the repetitions of a standard lead."""
    taken: dict[str, int] = {}
    for row, name in enumerate(leads):
        if name not in taken:
            taken[name] = row
        elif name not in LEADS:
            number = next(n for n in range(2, len(leads) + 2) if f"{name} {n}" not in taken)
            taken[f"{name} {number}"] = row
        elif not np.array_equal(signals[row], signals[taken[name]], equal_nan=True):
            raise DataError(
                f"holds lead {name} twice, as signals {taken[name] + 1} and {row + 1}, and they differ",
                file=file,
                fix="rename or remove the one that is not this lead",
            )
    return [(row, name) for name, row in taken.items()]


def _weights(wanted: str, first: str, second: str) -> tuple[float, float]:
    """Return w1 and w2 of `wanted = w1 · first + w2 · second`: Cramer's rule in the plane of I and II."""
    (a, c), (b, d), (x, y) = _IN_I_AND_II[first], _IN_I_AND_II[second], _IN_I_AND_II[wanted]
    determinant = a * d - b * c
    return (x * d - b * y) / determinant, (a * y - x * c) / determinant
