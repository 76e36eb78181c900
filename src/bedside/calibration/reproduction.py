"""Build the published profile: the published files, reproduced with their errors, and marked as such.

Each subject is read in the form that the published texts were made from. What the published texts do not
state is "not assessed" in `records.jsonl`, so that `bedside calibration diff` can show both profiles side by
side.
"""

from __future__ import annotations

from collections.abc import Sequence

from bedside.calibration import published as form
from bedside.calibration.config import CalibrationConfig
from bedside.calibration.corpus import Corpus, nothing_usable
from bedside.calibration.exclusion import HeldOut
from bedside.calibration.log import FileLog, Log, Totals
from bedside.calibration.rows import BurdenEntry, EctopyEntry, NotAssessedEntry, Row, SignalEntry
from bedside.calibration.sources import Found
from bedside.calibration.subjects import Hashed, known, read_subjects
from bedside.calibration.tokens import Counter
from bedside.vitals.published import PublishedRecord, measure_published
from bedside.vitals.readers import Recording

__all__ = ["published_corpus"]

_UNSTATED = NotAssessedEntry(reason="the published texts do not state it")


def published_corpus(config: CalibrationConfig, found: Found, without: HeldOut, counter: Counter) -> Corpus:
    """Reproduce the published files from the subjects that are there.

    Raises:
        DataError: nothing usable is there, or a test subject came in.
    """
    read = read_subjects(_read, found.subjects, without=without, config=config)
    logs = sorted([*found.excluded, *read.logs], key=lambda log: log.name)
    records = form.in_published_order([record for record, _ in read.results], subjects=found.people)
    if not records:
        raise nothing_usable(found, logs)
    recordings = {record.name: recording for record, recording in read.results}
    rows = tuple(_row(record, recordings[record.name]) for record in records)
    names, files = _files(records)
    cohorts = sorted({record.population for record in records})
    return Corpus(
        files=files,
        names=names,
        rows=rows,
        log=Log(
            profile="published",
            warning=form.WARNING,
            seed=config.seed,
            files=tuple(logs),
            notes=found.notes,
            dataset=None,
            general=None,
            exclusion_check=without.check({row.subject_id for row in rows}, read.left_out),
            totals=Totals(
                texts=len(records),
                distinct_texts=len({record.narrative for record in records}),
                subjects=len(records),
                by_cohort={name: sum(r.population == name for r in records) for name in cohorts},
                tokens=counter.by_file({name: files[name] for name in names.values()}),
                tokens_wanted=None,
                tokens_reached=None,
            ),
        ),
    )


def _files(records: Sequence[PublishedRecord]) -> tuple[dict[str, str], dict[str, str]]:
    """Return the file names by what they hold, and the contents by file name."""
    narratives = [record.narrative for record in records]
    plain = form.plain_text(narratives)
    names = {"plain": form.PLAIN_FILE, "chat": form.CHAT_FILE}
    names |= {f"chat-{variant}": name for variant, name in form.VARIANT_FILES.items()}
    files = {form.PLAIN_FILE: plain, form.CHAT_FILE: form.chat_text(narratives, form.USUAL_VARIANT)}
    files |= {name: form.chat_text(narratives, variant) for variant, name in form.VARIANT_FILES.items()}
    return names, files | {form.LOG_FILE: form.log_json(records, plain)}


def _read(form: Hashed) -> tuple[FileLog, tuple[PublishedRecord, Recording]]:
    record = measure_published(form.recording)
    return _used(form, record), (record, form.recording)


def _used(hashed: Hashed, record: PublishedRecord) -> FileLog:
    tally = record.tally
    return FileLog(
        status="used",
        reason=None,
        **known(hashed),
        encoding=tally.encoding,
        rows_read=tally.rows_read,
        rows_used=record.data_points,
        rows_excluded=tally.rows_left_out,
        readings_used={"hr": record.heart_rate.n},
        columns_ignored=tally.columns_ignored,
        interval_s=_interval_s(record),
        interval_evidence=_evidence(record),
        span_s=_span_s(record),
        analysed_s=record.heart_rate.n * _interval_s(record),
        texts=1,
        notes=tuple(tally.notes),
    )


def _interval_s(record: PublishedRecord) -> float:
    return 60.0 if record.monitor is None else 1.0


def _span_s(record: PublishedRecord) -> float:
    return record.duration * (3600.0 if record.monitor is None else 1.0)


def _evidence(record: PublishedRecord) -> str:
    unit = "minute" if record.monitor is None else "second"
    return f"none: the published texts take every row for a {unit}"


def _row(record: PublishedRecord, recording: Recording) -> Row:
    span_s = _span_s(record)
    analysed_s = record.heart_rate.n * _interval_s(record)
    paragraphs = record.narrative.split("\n\n")
    return Row(
        subject_id=recording.subject_id,
        cohort=record.population,
        source=recording.name,
        window="all",
        start_s=0.0,
        interval_s=_interval_s(record),
        interval_evidence=_evidence(record),
        span_s=span_s,
        analysed_s=analysed_s,
        coverage=_UNSTATED,
        gaps=_UNSTATED,
        longest_gap_s=_UNSTATED,
        signals=_signals(record),
        burden=BurdenEntry(
            hr_range=_UNSTATED,
            hr_low_percent=_UNSTATED,
            hr_high_percent=_UNSTATED,
            spo2_below_90_percent=_UNSTATED,
            spo2_below_85_percent=_UNSTATED,
            hr_pulse_disagreement_percent=_UNSTATED,
        ),
        ectopy=_ectopy(record),
        rhythm=_UNSTATED,
        st=_UNSTATED,
        resting_hr=_UNSTATED,
        nocturnal_dip=_UNSTATED,
        conclusion=paragraphs[-1],
        text=record.narrative,
    )


def _signals(record: PublishedRecord) -> dict[str, SignalEntry | NotAssessedEntry]:
    heart_rate, monitor = record.heart_rate, record.monitor
    signals: dict[str, SignalEntry | NotAssessedEntry] = {
        "hr": _entry("bpm", heart_rate.mean).model_copy(
            update={
                "n": heart_rate.n,
                "sd": heart_rate.sd,
                "min": heart_rate.minimum,
                "max": heart_rate.maximum,
            }
        )
    }
    if monitor is not None:
        means = (
            ("pulse", "bpm", monitor.pulse_mean),
            ("resp", "1/min", monitor.respiration_mean),
            ("spo2", "%", monitor.spo2_mean),
        )
        signals |= {name: _entry(unit, mean) for name, unit, mean in means if mean}
    return signals


def _entry(unit: str, mean: float) -> SignalEntry:
    """A signal of which only the mean is stated."""
    return SignalEntry(
        unit=unit,
        n=_UNSTATED,
        mean=mean,
        sd=_UNSTATED,
        median=_UNSTATED,
        p05=_UNSTATED,
        p95=_UNSTATED,
        min=_UNSTATED,
        max=_UNSTATED,
        excluded={},
    )


def _ectopy(record: PublishedRecord) -> EctopyEntry | NotAssessedEntry:
    monitor = record.monitor
    if monitor is None or not monitor.beats:
        return NotAssessedEntry(reason="no beats were counted; the published text calls the rhythm stable")
    share = 100.0 / monitor.beats
    return EctopyEntry(
        analysed_minutes=_UNSTATED,
        beats=monitor.beats,
        pvc_count=monitor.pvc_count,
        pvc_per_hour=_UNSTATED,
        pvc_percent=monitor.pvc_count * share,
        svpb_count=monitor.svpb_count,
        svpb_per_hour=_UNSTATED,
        svpb_percent=monitor.svpb_count * share,
        pvc_runs=_UNSTATED,
        svpb_runs=_UNSTATED,
        pvc_pairs=_UNSTATED,
        bigeminy_minutes=_UNSTATED,
        trigeminy_minutes=_UNSTATED,
        paced_percent=monitor.paced_beats * share,
    )
