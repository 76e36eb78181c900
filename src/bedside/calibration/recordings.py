"""Take calibration text from recordings: each as a whole, and in windows.

Each file is read once and in batches; what is kept of it are its figures, some windows and their text.
"""

from __future__ import annotations

from dataclasses import dataclass

from bedside import prompts
from bedside.calibration.log import FileLog
from bedside.calibration.rows import row_of
from bedside.calibration.subjects import Hashed, known
from bedside.calibration.texts import Text
from bedside.chat import as_text, render
from bedside.errors import DataError
from bedside.examples import Message
from bedside.vitals.assessment import assess, describe
from bedside.vitals.figures import NotAssessed, VitalsFigures
from bedside.vitals.metrics import Measurement
from bedside.vitals.narrative import Narrative, Section, narrate
from bedside.vitals.readers import ColumnMap, Tally, open_recording
from bedside.vitals.windows import WindowKind, WindowSampler

__all__ = ["Wording", "word_recording"]

CONCLUSION: Section = "conclusion"


@dataclass(frozen=True)
class Wording:
    """How a subject becomes texts; see `CalibrationConfig`."""

    kinds: tuple[WindowKind, ...]
    whole: bool
    most_per_kind: int
    sections: tuple[Section, ...]
    prompts: tuple[str, ...]
    seed: int
    interval_s: float | None
    column_map: ColumnMap | None


def word_recording(form: Hashed, *, wording: Wording) -> tuple[FileLog, tuple[Text, ...]]:
    """Read and word one recording.

    Raises:
        DataError: it cannot be read, or has no valid heart rate.
    """
    stream = open_recording(form.recording, interval_s=wording.interval_s, column_map=wording.column_map)
    whole = Measurement(stream.header)
    sampler = WindowSampler(stream.header, kinds=wording.kinds, most=wording.most_per_kind)
    rows_used, start_s = 0, 0.0
    for rows in stream.batches:
        if not rows_used and rows.ticks.size:
            start_s = float(rows.ticks[0]) * stream.header.interval_s
        whole.add(rows)
        sampler.add(rows)
        rows_used += int(rows.ticks.size)
    figures = whole.figures()
    heart_rate = figures.signal("hr")
    if isinstance(heart_rate, NotAssessed):
        raise DataError(
            f"no valid heart rate: {heart_rate.reason}",
            file=form.recording.path,
            fix="give a recording during which the ECG leads were on",
        )
    texts = [_text(figures, "all", start_s, wording)] if wording.whole else []
    texts += [_text(w.figures, w.name, w.start_s, wording) for w in sampler.windows()]
    return _used(form, figures, stream.tally, rows_used, len(texts)), tuple(texts)


def _text(figures: VitalsFigures, window: str, start_s: float, wording: Wording) -> Text:
    """Word one recording or window; the conversations need a conclusion also where the text has none."""
    concludes = CONCLUSION in wording.sections
    sections = wording.sections if concludes else (*wording.sections, CONCLUSION)
    told = narrate(figures, seed=wording.seed, window=window, sections=sections)
    text = told.text if concludes else told.description
    row = row_of(figures, window=window, start_s=start_s, text=text, conclusion=told.conclusion)
    return Text(
        subject_id=row.subject_id,
        group=row.cohort,
        stratum=assess(figures),
        plain=as_text(row.text),
        chats=tuple(_chat(prompt, figures, told) for prompt in wording.prompts),
        row=row,
    )


def _chat(prompt: str, figures: VitalsFigures, told: Narrative) -> str:
    """Render a conversation: the figures as the prompt shows them, answered by the text's own conclusion."""
    if prompt == prompts.DEPLOYMENT:
        question = prompts.vitals_question(describe(figures))
    else:
        question = prompts.calibration_question(prompt, told.description)
    return render((*question, Message(role="assistant", content=told.conclusion)))


def _used(form: Hashed, figures: VitalsFigures, tally: Tally, rows_used: int, texts: int) -> FileLog:
    header = figures.header
    parts = {
        "heart rate burden": figures.burden,
        "oxygen saturation": figures.desaturation,
        "heart rate against pulse": figures.disagreement,
        "premature beats": figures.ectopy,
        "rhythm": figures.rhythm,
        "ST deviation": figures.st,
        "resting heart rate": figures.resting,
        "nocturnal dip": figures.nocturnal_dip,
        **figures.signals,
    }
    summaries = {name: part for name, part in figures.signals.items() if not isinstance(part, NotAssessed)}
    return FileLog(
        status="used",
        reason=None,
        **known(form),
        encoding=tally.encoding,
        rows_read=tally.rows_read,
        rows_used=rows_used,
        rows_excluded=tally.rows_left_out,
        readings_used={name: summary.n for name, summary in summaries.items()},
        readings_excluded={n: dict(part.excluded) for n, part in figures.signals.items() if part.excluded},
        columns_ignored=tally.columns_ignored,
        interval_s=header.interval_s,
        interval_evidence=header.interval_evidence,
        span_s=figures.coverage.span_s,
        analysed_s=figures.coverage.analysed_s,
        not_assessed={name: part.reason for name, part in parts.items() if isinstance(part, NotAssessed)},
        texts=texts,
        notes=tuple(tally.notes),
    )
