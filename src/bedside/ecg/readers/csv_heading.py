"""Understand the heading of a column: what it holds, and in which unit.

`I (mV)`, `II [uV]`, `V1_uV`, `I/mV`, `aVR(µV)`, `time (ms)`, `Zeit [s]`, `sample #`. Knows nothing of rows.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from bedside.ecg.leads import standard_name
from bedside.ecg.readers.sample_times import time_factor
from bedside.ecg.readers.voltage import millivolts_per

__all__ = ["Heading", "is_unit", "read_heading"]

_TIME = re.compile(
    r"(elapsed[ _]?)?(time|times|zeit|uhrzeit|t|timestamps?|date[ _]?time|temps|tiempo)", re.IGNORECASE
)
_INDEX = re.compile(
    r"(index|idx|i?sample|samples|n|nr|row|#)[ _]?(#|no\.?|nr\.?|number|index)?|unnamed: 0", re.IGNORECASE
)
_OTHER = re.compile(
    r"spo2|sp02|sao2|o2sat|pleth\w*|ppg\w*|resp\w*|rr|abp\w*|art\w*|n?i?bp\w*|cvp|pap|icp|(et)?co2|temp\w*"
    r"|hr|heart[ _]?rate|pulse([ _]?rate)?|acc[ _]?[xyz]|acceleration[ _]?[xyz]|gyro[ _]?[xyz]"
    r"|labels?|class(es)?|targets?|annotations?|ann|events?|markers?|triggers?|notes?|comments?|diagnos[ie]s"
    r"|beats?([ _]?type)?|r[ _]?peaks?|symbols?|rhythm|quality|sqi",
    re.IGNORECASE,
)
"""Columns that monitors and annotators write beside leads."""
_BRACKETS = re.compile(r"(?P<name>.*\S)\s*[(\[{<](?P<unit>[^()\[\]{}<>]*)[)\]}>]", re.DOTALL)
_SUFFIX = re.compile(
    r"(?P<name>.*[^\s_/.:,-])(?:\s*/\s*|[\s_.:,-]+)(?:in[\s_]+)?(?P<unit>[^\s_/.:,-]+)", re.DOTALL
)


@dataclass(frozen=True)
class Heading:
    """What a column's heading says.

    Attributes:
        written: the heading as it stands in the file.
        name: without unit.
        role: `signal`, `time`, `index` (numbers of the samples), `other` (plainly no
            lead, and no unit says what it is), or `unnamed`.
        unit: as written, `None` where none is.
    """

    written: str
    name: str
    role: Literal["signal", "time", "index", "other", "unnamed"]
    unit: str | None = None


def read_heading(written: str, unit: str = "") -> Heading:
    """Understand a heading; `unit` is what a row of units says below it."""
    name, own = _parted(written)
    if own is None or (standard_name(written) and millivolts_per(own) is None):
        name, own = written, None
    stated = own or unit.strip("()[]{}<> ") or None
    if not name:
        return Heading(written, "", "unnamed", stated)
    if _TIME.fullmatch(name) or (own is None and time_factor(name) is not None):
        return Heading(written, name, "time", stated or (name if time_factor(name) else None))
    if _INDEX.fullmatch(name):
        return Heading(written, name, "index", stated)
    if stated is None and _OTHER.fullmatch(name):
        return Heading(written, name, "other", stated)
    return Heading(written, name, "signal", stated)


def is_unit(cell: str) -> bool:
    """Tell whether a cell is the name of a unit of voltage or time."""
    text = cell.strip("()[]{}<> ")
    return bool(text) and (millivolts_per(text) is not None or time_factor(text) is not None)


def _parted(written: str) -> tuple[str, str | None]:
    """Part a heading into name and unit."""
    if found := _BRACKETS.fullmatch(written):
        return found["name"], found["unit"].strip() or None
    found = _SUFFIX.fullmatch(written)
    if found is None:
        return written, None
    name, unit = found["name"], found["unit"]
    if millivolts_per(unit) is not None and (len(unit) > 1 or standard_name(name)):
        return name, unit
    if time_factor(unit) is not None and _TIME.fullmatch(name):
        return name, unit
    return written, None
