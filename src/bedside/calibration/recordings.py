"""Take calibration text from recordings: each as a whole, and in windows.

Each file is read once and in batches; what is kept of it are its figures, some windows and their text. Where
a subject is given in several forms they are tried in the order of preference: one that cannot be read is
logged with its reason, and the next one is read.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

from bedside import prompts
from bedside.calibration.log import FileLog
from bedside.calibration.provenance import provenance
from bedside.calibration.rows import row_of
from bedside.calibration.texts import Text
from bedside.chat import as_text, render
from bedside.errors import DataError
from bedside.examples import Message
from bedside.vitals.assessment import assess, describe
from bedside.vitals.figures import NotAssessed, VitalsFigures
from bedside.vitals.metrics import Measurement, measure
from bedside.vitals.narrative import Narrative, Section, narrate
from bedside.vitals.readers import ColumnMap, Recording, Tally, open_recording
from bedside.vitals.windows import WindowKind, WindowSampler

__all__ = ["Hashed", "SubjectTexts", "Wording", "file_log", "first_readable", "known", "read_subject"]

Result = TypeVar("Result")
CONCLUSION: Section = "conclusion"


@dataclass(frozen=True)
class Hashed:
    """A recording with what its file was when it was hashed, so that a later change is noticed."""

    recording: Recording
    sha256: str
    bytes: int
    modified_ns: int


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


@dataclass(frozen=True)
class SubjectTexts:
    """What one subject gave: its texts, and a log line for each of its files."""

    files: tuple[FileLog, ...]
    texts: tuple[Text, ...]


def read_subject(forms: Sequence[Hashed], *, wording: Wording) -> SubjectTexts:
    """Read one subject from the first of `forms` that can be read, and word it."""
    files, texts = first_readable(forms, lambda form: _read(form, wording))
    return SubjectTexts(files, texts or ())


def first_readable(
    forms: Sequence[Hashed], read: Callable[[Hashed], tuple[FileLog, Result]]
) -> tuple[tuple[FileLog, ...], Result | None]:
    """Read the first of `forms` that can be read; return a log line for each, and what was read."""
    logs: list[FileLog] = []
    for position, form in enumerate(forms):
        try:
            log, result = read(form)
            _require_unchanged(form)
        except DataError as error:
            where = "" if error.line is None else f"line {error.line}: "
            logs.append(file_log(form, status="excluded", reason=f"{where}{error.reason}"))
            continue
        reason = f"the same subject is read from {form.recording.name}"
        others = [file_log(other, status="superseded", reason=reason) for other in forms[position + 1 :]]
        return (*logs, log, *others), result
    return tuple(logs), None


def file_log(form: Hashed, *, status: Literal["superseded", "excluded"], reason: str) -> FileLog:
    """Log a recording that is not used."""
    return FileLog(status=status, reason=reason, **known(form))


def _require_unchanged(form: Hashed) -> None:
    """Check that a file is still what was hashed.

    Raises:
        DataError: it was written to since.
    """
    status = form.recording.path.stat()
    if (status.st_size, status.st_mtime_ns) != (form.bytes, form.modified_ns):
        raise DataError(
            "changed while it was read",
            file=form.recording.path,
            fix="run the command again when it is whole",
        )


def known(form: Hashed) -> dict[str, Any]:
    """Return the fields of a log line that are known before a file is read."""
    recording, origin = form.recording, provenance(form.recording)
    return {
        "name": recording.name,
        "sha256": form.sha256,
        "form": recording.form,
        "subject_id": recording.subject_id,
        "cohort": recording.cohort,
        "licence": None if origin is None else origin.licence,
        "attribution": None if origin is None else origin.attribution,
    }


def _read(form: Hashed, wording: Wording) -> tuple[FileLog, tuple[Text, ...]]:
    stream = open_recording(form.recording, interval_s=wording.interval_s, column_map=wording.column_map)
    whole = Measurement(stream.header)
    sampler = WindowSampler(stream.header, kinds=wording.kinds, most=wording.most_per_kind)
    rows_used = 0
    for rows in stream.batches:
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
    texts = [_text(figures, "all", 0.0, wording)] if wording.whole else []
    texts += [_text(measure(w.record), w.name, w.start_s, wording) for w in sampler.windows()]
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
        readings_excluded={
            name: dict(summary.excluded) for name, summary in summaries.items() if summary.excluded
        },
        columns_ignored=tally.columns_ignored,
        interval_s=header.interval_s,
        interval_evidence=header.interval_evidence,
        span_s=figures.coverage.span_s,
        analysed_s=figures.coverage.analysed_s,
        not_assessed={name: part.reason for name, part in parts.items() if isinstance(part, NotAssessed)},
        texts=texts,
        notes=tuple(tally.notes),
    )
