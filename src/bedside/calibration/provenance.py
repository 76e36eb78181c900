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
_DDATSHR_SUBJECT = re.compile(
    "90[37]|91[12489]|92[69]|936|94[134]|959|96[247]|97[346]|98[17]|99[05]"  # its 24 subject codes
)


def provenance(recording: Recording) -> Provenance | None:
    """Tell where a recording comes from.

    Monitor numerics of a record numbered as in MIMIC-III (`3` and six digits, then `n`) are that
    database's; wearable rows with the columns and one of the 24 subject codes of DDATSHR are that set's.
    """
    if recording.form in {"monitor csv", "monitor text", "wfdb"}:
        return MIMIC if _MIMIC_RECORD.fullmatch(recording.subject_id) else None
    is_worn = recording.form in {"wearable csv", "wearable text"}
    return DDATSHR if is_worn and _DDATSHR_SUBJECT.fullmatch(recording.subject_id) else None
