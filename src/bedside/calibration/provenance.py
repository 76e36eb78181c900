"""Which public data set a recording comes from, where the file itself shows it, with licence and attribution.

A file that shows nothing gets no licence: none is guessed from a name alone.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from bedside.vitals.readers import Recording

__all__ = ["Provenance", "provenance"]


@dataclass(frozen=True)
class Provenance:
    """A data set with its licence and the line that its use asks for."""

    name: str
    licence: str
    attribution: str


MIMIC = Provenance(
    "MIMIC-III Waveform Database, numerics",
    "ODbL 1.0",
    "MIMIC-III Waveform Database, PhysioNet, https://doi.org/10.13026/c2607m "
    "(Johnson et al., Sci Data 2016;3:160035; Goldberger et al., Circulation 2000;101:e215)",
)
DDATSHR = Provenance(
    "Diabetes adolescents time series with heart rate (DDATSHR)",
    "CC BY 4.0",
    "DDATSHR, ictinnovaties-zorg/dataset-diabetes-adolescents-time-series-with-heart-rate, CC BY 4.0",
)
_MIMIC_RECORD = re.compile(r"3\d{6}n")


def provenance(recording: Recording) -> Provenance | None:
    """Tell where a recording comes from.

    Monitor numerics of a record numbered as in MIMIC-III (`3` and six digits, then `n`) are that
    database's; wearable rows in the form that only DDATSHR uses (`heart rate [#/min]`) are DDATSHR's.
    """
    if recording.form in {"monitor csv", "monitor text", "wfdb"}:
        return MIMIC if _MIMIC_RECORD.fullmatch(recording.subject_id) else None
    return DDATSHR if recording.form in {"wearable csv", "wearable text"} else None
