"""Reproduce the arithmetic and the words of a once published calibration data set, its untruths included.

The published texts are compared with, so each figure is computed as it was then, not as it should be:

- Monitors: zeros count as heart beats. Column 0 of the last row is taken as seconds although it is the row
  number, so that a recording of one row a minute is told as 60 times shorter than it is. Oxygen saturation
  is read from `%SpO2` only and is lost where the column is called `SpO2`. Where no beat was counted the
  rhythm is called stable; where any was, it is "predominantly normal sinus rhythm" all the same. The largest
  single minute of bigeminy and trigeminy stands as their share. Who is not called `adult…` is a neonate.
- Wearables: hours are readings / 60, gaps ignored. The mean of weeks is called resting, the SD of weeks
  "HR variability", and a regular sinus rhythm is read from a pulse on the wrist.

A raw monitor file first goes through the clean-up that the published texts were made after: rows in which the
first ten signals are all missing leave, then columns with more than 90 % missing of the rows that stay.
Knows nothing of files that are written: see `bedside.calibration.published`. `bedside.vitals.metrics` is
what is true. Whether times rise is not looked at, as it was not then.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from bedside.errors import DataError
from bedside.vitals.published_frames import monitor_frames, wearable_frames
from bedside.vitals.readers.monitor import INDEX_COLUMN
from bedside.vitals.readers.recording import Recording
from bedside.vitals.readers.stream import Tally
from bedside.vitals.readers.wearable_text import HEART_RATE_COLUMN
from bedside.vitals.running_sums import ColumnSums, RunningSums

__all__ = ["MonitorFigures", "Population", "PublishedRecord", "measure_published"]

Population = Literal["adolescent", "adult", "neonate"]

_HR = "HR"
_MEANS = ("PULSE", "RESP", "%SpO2")
_COUNTERS = ("Normal Beat Count", "PVC Count", "SVPB Count", "Paced Beat Count")
_PEAKS = ("Bigeminy Percent", "Trigeminy Percent")
_MOST_MISSING = 0.9
_UNKNOWN = "unknown"
_WEARABLE_RHYTHM = (
    "Rhythm assessment: Regular sinus rhythm throughout monitoring period with no significant arrhythmias "
    "detected. No evidence of ectopic beats or conduction abnormalities. Cardiac rate response to daily "
    "activities appears appropriate for age."
)
_ABNORMAL = (
    "Patient demonstrates rhythm abnormalities requiring ongoing cardiac assessment and possible "
    "intervention."
)
_STABLE = "Cardiac rhythm remains stable with appropriate rate control."


@dataclass(frozen=True)
class MonitorFigures:
    """What the text of a monitor states besides the heart rate.

    Attributes:
        pulse_mean: of all readings, zeros included; so the others. `None` where there is none.
        respiration_mean: the same.
        spo2_mean: the same, of the column `%SpO2` only.
        normal_beats: counted over the whole recording; so the three that follow.
        pvc_count: the same.
        svpb_count: the same.
        paced_beats: the same.
        bigeminy_percent: of the minute that has most of it.
        trigeminy_percent: the same.
    """

    pulse_mean: float | None
    respiration_mean: float | None
    spo2_mean: float | None
    normal_beats: int
    pvc_count: int
    svpb_count: int
    paced_beats: int
    bigeminy_percent: float
    trigeminy_percent: float

    @property
    def beats(self) -> int:
        """All beats, of four kinds."""
        return self.normal_beats + self.pvc_count + self.svpb_count + self.paced_beats


@dataclass(frozen=True)
class PublishedRecord:
    """One subject as the published files tell of it.

    Attributes:
        population: the group in which it is counted.
        name: the subject as the published log names it: `907`, `adult_3618048n`.
        data_points: readings (wearables), or rows after the clean-up, also without heart rate (monitors).
        duration: hours (wearables), or seconds (monitors; untrue where rows are not a second apart).
        heart_rate: over all readings, zeros included.
        monitor: what else a monitor recorded; `None` for wearables.
        demographics: what is known of the subject.
        tally: what reading the file met.
    """

    population: Population
    name: str
    data_points: int
    duration: float
    heart_rate: ColumnSums
    monitor: MonitorFigures | None
    demographics: Mapping[str, str | float]
    tally: Tally = field(compare=False, repr=False)

    @property
    def narrative(self) -> str:
        """The published text of these figures, character for character: three paragraphs."""
        paragraphs = _of_wearable(self) if self.monitor is None else _of_monitor(self, self.monitor)
        return "\n\n".join(paragraphs)


def measure_published(recording: Recording) -> PublishedRecord:
    """Read a recording in bounded memory and measure it as the published data set did.

    Raises:
        DataError: the file cannot be read as what it claims to be, has no heart rate, or is of a form that
            the published data set did not know.
    """
    tally = Tally()
    if recording.form in {"monitor csv", "monitor text"}:
        return _measure_monitor(recording, tally)
    if recording.form in {"wearable csv", "wearable text"}:
        return _measure_wearable(recording, tally)
    raise DataError(
        f"the published data set has no text for a recording in the form {recording.form!r}",
        file=recording.path,
        fix="give the monitor's or wearable's CSV or text, or use --profile clinical",
    )


def _measure_wearable(recording: Recording, tally: Tally) -> PublishedRecord:
    sums = RunningSums((HEART_RATE_COLUMN,))
    for frame in wearable_frames(recording, tally):
        sums.add(frame)
    heart_rate = _heart_rate(recording, sums.column(HEART_RATE_COLUMN))
    return PublishedRecord(
        population="adolescent",
        name=recording.subject_id,
        data_points=heart_rate.n,
        duration=heart_rate.n / 60,
        heart_rate=heart_rate,
        monitor=None,
        demographics=recording.demographics,
        tally=tally,
    )


def _measure_monitor(recording: Recording, tally: Tally) -> PublishedRecord:
    is_raw = recording.form == "monitor csv" and not recording.processed
    sums, elapsed = RunningSums((_HR, *_MEANS, *_COUNTERS, *_PEAKS)), None
    for frame in monitor_frames(recording, tally, signals=sums.names):
        if frame.height:
            sums.add(frame)
            elapsed = frame[INDEX_COLUMN][-1]
    most_missing = _MOST_MISSING if is_raw else 1.0
    columns = {name: sums.column(name, most_missing=most_missing) for name in sums.names}
    name = recording.path.name.split(".", 1)[0]
    return PublishedRecord(
        population="adult" if name.startswith("adult") else "neonate",
        name=name,
        data_points=sums.rows,
        duration=float(elapsed or 0),
        heart_rate=_heart_rate(recording, columns[_HR]),
        monitor=_monitor_figures(columns),
        demographics=recording.demographics,
        tally=tally,
    )


def _monitor_figures(columns: Mapping[str, ColumnSums]) -> MonitorFigures:
    pulse, resp, spo2 = (columns[name].mean if columns[name].n else None for name in _MEANS)
    normal, pvc, svpb, paced = (int(columns[name].total) for name in _COUNTERS)
    bigeminy, trigeminy = (columns[name].maximum if columns[name].n else 0.0 for name in _PEAKS)
    return MonitorFigures(
        pulse_mean=pulse,
        respiration_mean=resp,
        spo2_mean=spo2,
        normal_beats=normal,
        pvc_count=pvc,
        svpb_count=svpb,
        paced_beats=paced,
        bigeminy_percent=bigeminy,
        trigeminy_percent=trigeminy,
    )


def _heart_rate(recording: Recording, readings: ColumnSums) -> ColumnSums:
    if readings.n:
        return readings
    raise DataError(
        "no heart rate: its column is absent or empty, or goes in the clean-up of a raw file, where more "
        "than 90 % of it are missing",
        file=recording.path,
        fix="give a recording with a heart rate (column HR, or 'heart rate [#/min]' of a wearable)",
    )


def _of_wearable(record: PublishedRecord) -> tuple[str, ...]:
    known, rate = record.demographics, record.heart_rate
    level = "normal" if 60 <= rate.mean <= 100 else "elevated" if rate.mean > 100 else "low"
    steadiness = "excellent" if rate.sd < 5 else "good" if rate.sd < 10 else "moderate"
    meaning = (
        "good cardiac stability and healthy autonomic tone"
        if rate.sd < 10
        else "adequate cardiac response to stimuli"
    )
    age = known.get("age_years", _UNKNOWN)
    person = (
        f"Adolescent patient, {int(age) if isinstance(age, float) else age} years old, "
        f"{'Female' if known.get('sex') == 'female' else 'Male'}. "
        f"Height: {known.get('height_cm', _UNKNOWN)} cm, Weight: {known.get('weight_kg', _UNKNOWN)} kg."
    )
    heart_rate = (
        f"Continuous heart rate monitoring over {record.duration:.1f} hours shows {level} baseline resting "
        f"heart rate of {rate.mean:.1f} bpm (±{rate.sd:.1f} bpm). Heart rate range: {rate.minimum:.0f} to "
        f"{rate.maximum:.0f} bpm. HR variability is {steadiness}, indicating {meaning}."
    )
    return person, heart_rate, _WEARABLE_RHYTHM


def _of_monitor(record: PublishedRecord, monitor: MonitorFigures) -> tuple[str, ...]:
    rate = record.heart_rate
    vitals = (
        f"Mean heart rate {rate.mean:.1f} bpm (±{rate.sd:.1f} bpm), "
        f"range {rate.minimum:.0f}-{rate.maximum:.0f} bpm"
    )
    # a mean of exactly zero was left out like a missing one
    vitals += f"; pulse {monitor.pulse_mean:.1f} bpm" if monitor.pulse_mean else ""
    vitals += f"; respiration {monitor.respiration_mean:.1f} /min" if monitor.respiration_mean else ""
    vitals += f"; SpO2 {monitor.spo2_mean:.1f}%" if monitor.spo2_mean else ""
    return (
        "Adult icu patient, with complex cardiac monitoring."
        if record.population == "adult"
        else "Pediatric icu patient, requiring continuous cardiac monitoring.",
        f"Continuous cardiac monitoring over {record.duration / 60:.1f} minutes. {vitals}.",
        _rhythm(monitor),
    )


def _rhythm(monitor: MonitorFigures) -> str:
    """Word the rhythm: no space stands before "Stable", and what was found begins with a small letter."""
    paced, pvc, svpb = monitor.paced_beats, monitor.pvc_count, monitor.svpb_count
    found: list[str] = []
    if paced > 0:
        found.append(f"paced rhythm ({_share(paced, monitor)} paced beats)")
    if pvc > 0:
        found.append(
            f"premature ventricular contractions (PVC) present ({_share(pvc, monitor)}, {pvc} total)"
        )
    if svpb > 0:
        found.append(f"supraventricular premature beats ({_share(svpb, monitor)}, {svpb} total)")
    for percent, name in ((monitor.bigeminy_percent, "bigeminy"), (monitor.trigeminy_percent, "trigeminy")):
        if percent > 0:
            found.append(f"{name} detected ({percent:.1f}%)")
    listed = f" {', '.join(found)}." if found else "Stable cardiac rhythm without significant arrhythmias."
    closing = _ABNORMAL if pvc > 0 or svpb > 0 or paced > 0 else _STABLE
    return (
        f"Cardiac rhythm analysis: Predominantly normal sinus rhythm with {len(found)} abnormality features "
        f"documented.{listed} {closing}"
    )


def _share(count: int, monitor: MonitorFigures) -> str:
    return f"{count / monitor.beats * 100 if monitor.beats > 0 else 0:.1f}%"
