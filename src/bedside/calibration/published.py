"""Write the files of the once published calibration data set: plain text, conversations, log.

The texts equal the published ones character for character, also where those are wrong. What is untrue in the
figures stands in `bedside.vitals.published`. Here it is this: the turns are not Gemma's (a line break before
`<end_of_turn>`, an empty line between conversations), the model answers every record with one and the same
sentence, its prompt is no deployment's, and `total_tokens` is characters / 4. The published files were in two
encodings; ours are UTF-8.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from types import MappingProxyType

from bedside.chat import END_OF_TURN, START_OF_TURN, as_text
from bedside.prompts import CALIBRATION_OPENINGS
from bedside.vitals.published import PublishedRecord

__all__ = [
    "CHAT_FILE",
    "DIVIDER",
    "HEADING",
    "LOG_FILE",
    "PLAIN_FILE",
    "REPLY",
    "USUAL_VARIANT",
    "VARIANT_FILES",
    "WARNING",
    "chat_text",
    "in_published_order",
    "log_json",
    "plain_text",
]

PLAIN_FILE = "cardiology_calibration_imatrix.txt"
USUAL_VARIANT = "quantization_calibration"
CHAT_FILE = "medgemma_calibration_imatrix_formatted.txt"
"""The conversations with the prompt `USUAL_VARIANT`."""
LOG_FILE = "calibration_dataset_log.json"
VARIANT_FILES = MappingProxyType(
    {
        "night_sentinel": "medgemma_calibration_night_sentinel.txt",
        "clinical_analysis": "medgemma_calibration_clinical_analysis.txt",
        USUAL_VARIANT: "medgemma_calibration_quantization.txt",
    }
)
"""The file of each prompt where all are written."""
WARNING = (
    "For comparison only: reproduces a published data set with its known untruths. Recordings with one row a "
    "minute are told as 60 times too short; zeros count as heart beats; oxygen saturation is lost where its "
    "column is not called %SpO2; a rhythm is called normal or stable without rhythm data; the largest single "
    "minute of bigeminy and trigeminy stands as their share; wearable hours ignore gaps, and a mean of weeks "
    "is called resting; no neonate is judged by its age; every reply is the same sentence; the turns are not "
    "Gemma's."
)
HEADING = "Below is a cardiology topic:"
DIVIDER = "=" * 80
REPLY = (
    "Clinical assessment complete. I have processed the cardiac monitoring data and documented the rhythm "
    "analysis, vital signs, and clinical recommendations. This record is calibrated for quantization-aware "
    "model optimization in cardiology domain."
)


def plain_text(narratives: Sequence[str]) -> str:
    """Join narratives as `cardiology_calibration_imatrix.txt` does."""
    return f"\n{DIVIDER}\n\n".join(f"{HEADING}\n\n{as_text(narrative)}\n" for narrative in narratives)


def chat_text(narratives: Sequence[str], variant: str) -> str:
    """Put each narrative as a question, in the published turns, answered by the one published reply.

    Args:
        narratives: the texts of the records, in order.
        variant: which prompt opens the question, a key of `VARIANT_FILES`.
    """
    opening = CALIBRATION_OPENINGS[variant]
    return "".join(
        f"{START_OF_TURN}user\n{opening}\n{as_text(narrative)}\n{END_OF_TURN}\n"
        f"{START_OF_TURN}model\n{REPLY}\n{END_OF_TURN}\n\n"
        for narrative in narratives
    )


def in_published_order(
    records: Sequence[PublishedRecord], *, subjects: Sequence[str]
) -> tuple[PublishedRecord, ...]:
    """Sort records as the published files do: adolescents first, then monitors by file name.

    Args:
        records: in any order.
        subjects: the adolescents' ids in the order of `subjects_info.json`; who is not among them comes last
            of the adolescents, in the order given.
    """
    place = {subject: number for number, subject in enumerate(subjects)}
    adolescents = [record for record in records if record.population == "adolescent"]
    monitored = [record for record in records if record.population != "adolescent"]
    return (
        *sorted(adolescents, key=lambda record: place.get(record.name, len(place))),
        *sorted(monitored, key=lambda record: record.name),
    )


def log_json(records: Sequence[PublishedRecord], plain: str) -> str:
    """Write the log of `records`, whose plain text is `plain`; it has no line break at its end."""
    populations = {
        population: [_log_row(record) for record in records if record.population == population]
        for population in ("adolescent", "adult", "neonate")
    }
    log = {
        "total_records": len(records),
        "populations": {name: {"count": len(rows), "records": rows} for name, rows in populations.items()},
        "total_tokens": len(plain) // 4,
        "output_file": PLAIN_FILE,
    }
    return json.dumps(log, indent=2)


def _log_row(record: PublishedRecord) -> dict[str, str | int | float]:
    if record.population == "adolescent":
        subject = int(record.name) if record.name.isdecimal() else record.name
        return {
            "subject_id": subject,
            "data_points": record.data_points,
            "duration_hours": record.duration,
        }
    return {
        "patient_id": record.name,
        "data_points": record.data_points,
        "duration_sec": record.duration,
    }
