"""The figures of one vital-signs recording: what `metrics` measures and words are made from.

What could not be measured is `NotAssessed` with its reason, never zero and never "normal". Shares are in
per cent, 0 to 100, unless a name says `fraction`. Knows nothing about how anything is measured.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from bedside.records import VitalsHeader
from bedside.vitals.ranges import HeartRateRange

__all__ = [
    "Burden",
    "Coverage",
    "Desaturation",
    "Disagreement",
    "Ectopy",
    "NocturnalDip",
    "NotAssessed",
    "PrematureBeats",
    "RestingHeartRate",
    "Rhythm",
    "StDeviation",
    "Summary",
    "VitalsFigures",
]


@dataclass(frozen=True)
class NotAssessed:
    """A figure that could not be measured, and why; of a signal, `excluded` counts its readings by reason."""

    reason: str
    excluded: Mapping[str, int] = field(default_factory=dict[str, int], compare=False)


@dataclass(frozen=True)
class Summary:
    """The distribution of one signal's valid readings; `excluded` counts the others by reason.

    `sd` is that of the population (ddof 0); percentiles interpolate linearly, as numpy's do. `converted`
    counts the readings that the monitor gave in another unit than `unit`: temperatures in °F.
    """

    unit: str
    n: int
    mean: float
    sd: float
    median: float
    p05: float
    p95: float
    minimum: float
    maximum: float
    excluded: Mapping[str, int]
    converted: int = 0


@dataclass(frozen=True)
class Coverage:
    """How much of the recorded time has a valid heart rate.

    Attributes:
        span_s: seconds from the first to the end of the last row, gaps included; of a window all of it.
        analysed_s: seconds with a valid heart rate.
        fraction: `analysed_s / span_s`, 0 to 1.
        gaps: how many times the heart rate is missing between two valid readings, in a window also before
            the first and after the last.
        longest_gap_s: seconds of the longest of them.
    """

    span_s: float
    analysed_s: float
    fraction: float
    gaps: int
    longest_gap_s: float


@dataclass(frozen=True)
class Burden:
    """Share of valid heart-rate readings outside the range for the age."""

    range: HeartRateRange
    n: int
    low_percent: float
    high_percent: float


@dataclass(frozen=True)
class Desaturation:
    """Shares of valid SpO2 readings below 90 and 85 %; `coverage` is the share of time with one, 0 to 1."""

    n: int
    coverage: float
    below_90_percent: float
    below_85_percent: float


@dataclass(frozen=True)
class Disagreement:
    """Share of the rows with both a valid heart rate and a valid pulse where they differ by over 20 bpm."""

    n: int
    percent: float


@dataclass(frozen=True)
class PrematureBeats:
    """Premature beats of one origin.

    Attributes:
        minutes: minutes in which the monitor counted them.
        count: how many there were.
        per_hour: the same for an hour of those minutes.
        percent: the same as a share of all beats of those minutes.
        runs: how many runs of them, `None` where the monitor does not count runs.
        pairs: how many pairs, `None` where the monitor does not count pairs.
    """

    minutes: int
    count: int
    per_hour: float
    percent: float
    runs: int | None
    pairs: int | None


@dataclass(frozen=True)
class Ectopy:
    """Premature and paced beats over the minutes that the monitor's ECG analysis covered.

    `bigeminy_minutes` and `trigeminy_minutes` count the minutes in which there was any; these and
    `paced_percent` (of all beats) are `None` where the monitor does not give them.
    """

    analysed_minutes: int
    beats: int
    ventricular: PrematureBeats | NotAssessed
    supraventricular: PrematureBeats | NotAssessed
    bigeminy_minutes: int | None
    trigeminy_minutes: int | None
    paced_percent: float | None


@dataclass(frozen=True)
class Rhythm:
    """The monitor's irregular-heart-rate figure, one per analysed minute.

    Attributes:
        analysed_minutes: minutes with a figure.
        irregular_percent: its mean.
        irregular_minutes_percent: share of minutes in which it is above 10 %.
        pnn50_percent: mean of the monitor's pNN50, `None` where it gives none.
        poor_signal_minutes: minutes in which the monitor calls more than half of the signal poor, `None`
            where it does not say.
    """

    analysed_minutes: int
    irregular_percent: float
    irregular_minutes_percent: float
    pnn50_percent: float | None
    poor_signal_minutes: int | None


@dataclass(frozen=True)
class StDeviation:
    """ST deviation in one lead: its mean, and for how long it is 1 mm or more either way.

    `beyond_1_mm_percent` is the same as a share of the lead's valid readings.
    """

    lead: str
    n: int
    mean_mm: float
    minutes_beyond_1_mm: float
    beyond_1_mm_percent: float


@dataclass(frozen=True)
class RestingHeartRate:
    """Heart rate at rest, as a wearable shows it.

    Attributes:
        lowest_30_min_bpm: lowest mean of 30 consecutive minutes, each with a reading.
        early_morning_median_bpm: median of the readings between 02:00 and 05:00, `None` where the time of day
            is not known or there is none.
    """

    lowest_30_min_bpm: float
    early_morning_median_bpm: float | None


@dataclass(frozen=True)
class NocturnalDip:
    """Fall of the mean heart rate from day (10:00 to 20:00) to night (00:00 to 06:00), in % of the day's."""

    day_mean_bpm: float
    night_mean_bpm: float
    percent: float


@dataclass(frozen=True)
class VitalsFigures:
    """Everything measured in one recording or window of it; `signals` has each signal that was recorded."""

    header: VitalsHeader
    coverage: Coverage
    signals: Mapping[str, Summary | NotAssessed]
    burden: Burden | NotAssessed
    desaturation: Desaturation | NotAssessed
    disagreement: Disagreement | NotAssessed
    ectopy: Ectopy | NotAssessed
    rhythm: Rhythm | NotAssessed
    st: tuple[StDeviation, ...] | NotAssessed
    resting: RestingHeartRate | NotAssessed
    nocturnal_dip: NocturnalDip | NotAssessed

    @property
    def age_years(self) -> float | None:
        """The subject's age, `None` where it is not known."""
        age = self.header.demographics.get("age_years")
        return None if age is None else float(age)

    @property
    def sex(self) -> str | None:
        """The subject's sex, `female` or `male`, `None` where it is not known."""
        sex = self.header.demographics.get("sex")
        return None if sex is None else str(sex)

    @property
    def heart_rate_alone(self) -> bool:
        """Whether heart rate is the only signal that was recorded."""
        return set(self.signals) == {"hr"}

    def signal(self, name: str) -> Summary | NotAssessed:
        """Return the summary of one signal; not assessed where the recording does not hold it."""
        return self.signals.get(name, NotAssessed("not recorded"))
