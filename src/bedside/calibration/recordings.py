"""Take calibration text from recordings: each as a whole, and in windows.

Each file is read, measured and worded in one pass, so only text is kept. A file that cannot be read is left
out with its reason, and the others go on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from bedside import prompts
from bedside.calibration.texts import Text, text_of
from bedside.errors import DataError
from bedside.examples import Message
from bedside.executor import map_items
from bedside.records import VitalsRecord
from bedside.vitals.metrics import NotAssessed, VitalsMetrics, measure
from bedside.vitals.assessment import assess, describe, note
from bedside.vitals.readers import Excluded, Reading, Recording, read_recording
from bedside.vitals.windows import cut_windows

__all__ = ["RecordingTexts", "read_texts"]

NO_VALUE = "no value in any known column"


@dataclass(frozen=True)
class RecordingTexts:
    """The texts of one recording, and what is logged of it.

    Attributes:
        name: the file's path inside the folder.
        form: which form of recording it is.
        cohort: the subject's cohort.
        encoding: how its bytes were decoded.
        sha256: hash of the file.
        rows_read: rows in the file.
        rows_used: rows in which a known signal was recorded.
        rows_left_out: the other rows, by reason.
        columns_ignored: columns that bedside does not know, as the file names them.
        interval_s: seconds between rows.
        interval_evidence: how that was found.
        readings: valid readings by signal.
        readings_excluded: excluded readings by signal and reason.
        not_assessed: what could not be measured, and why.
        texts: the texts.
    """

    name: str
    form: str
    cohort: str
    encoding: str
    sha256: str
    rows_read: int
    rows_used: int
    rows_left_out: Mapping[str, int]
    columns_ignored: tuple[str, ...]
    interval_s: float
    interval_evidence: str
    readings: Mapping[str, int]
    readings_excluded: Mapping[str, Mapping[str, int]]
    not_assessed: Mapping[str, str]
    texts: tuple[Text, ...]


def read_texts(
    recordings: Sequence[Recording], *, window_hours: float, most_windows: int, workers: int
) -> list[RecordingTexts | Excluded]:
    """Read and word every recording, in the order given."""
    work = partial(_texts, window_hours=window_hours, most_windows=most_windows)
    return map_items(work, recordings, workers=workers, description="reading recordings")


def _texts(recording: Recording, *, window_hours: float, most_windows: int) -> RecordingTexts | Excluded:
    try:
        reading = read_recording(recording)
    except DataError as error:
        where = "" if error.line is None else f"line {error.line}: "
        return Excluded(recording.name, f"{where}{error.reason}")
    whole = measure(reading.record)
    windows = cut_windows(reading.record, hours=window_hours, most=most_windows)
    texts = tuple(_text(metrics) for metrics in (whole, *map(measure, windows)))
    return _logged(recording, reading, whole, texts)


def _text(metrics: VitalsMetrics) -> Text:
    answer = Message(role="assistant", content=assess(metrics))
    messages = (*prompts.vitals_question(describe(metrics)), answer)
    return text_of(messages, subject_id=metrics.subject_id, plain=note(metrics))


def _logged(
    recording: Recording, reading: Reading, metrics: VitalsMetrics, texts: tuple[Text, ...]
) -> RecordingTexts:
    record: VitalsRecord = reading.record
    rows_used = int(record.ticks.size)
    parts = {
        "heart rate burden": metrics.burden,
        "oxygen saturation": metrics.desaturation,
        "premature beats": metrics.ectopy,
        "rhythm": metrics.rhythm,
    }
    summaries = {n: s for n, s in metrics.signals.items() if not isinstance(s, NotAssessed)}
    return RecordingTexts(
        name=recording.name,
        form=recording.form,
        cohort=record.cohort,
        encoding=reading.encoding,
        sha256=reading.sha256,
        rows_read=reading.rows_read,
        rows_used=rows_used,
        rows_left_out={NO_VALUE: empty} if (empty := reading.rows_read - rows_used) else {},
        columns_ignored=reading.columns_ignored,
        interval_s=record.interval_s,
        interval_evidence=record.interval_evidence,
        readings={name: summary.n for name, summary in summaries.items()},
        readings_excluded={n: s.excluded for n, s in summaries.items() if s.excluded},
        not_assessed={name: part.reason for name, part in parts.items() if isinstance(part, NotAssessed)},
        texts=texts,
    )
