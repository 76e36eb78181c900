"""Judge the figures of a recording by stated rules: one set, for the short assessment and the running text.

| figure                                     | judgement                        | asks for a review |
|--------------------------------------------|----------------------------------|-------------------|
| heart rate above (below) the range for the | tachycardia (bradycardia) at     | yes               |
| age in 10 to 49 % of readings              | times                            |                   |
| in 50 % and more                           | most of the time                 | now               |
| no heart rate, or no age to judge it by    | not assessed                     | yes               |
| SpO2 below 90 % in under 1 % of readings   | brief desaturation               | no                |
| in 1 to 9 %                                | desaturation at times            | yes               |
| in 10 % and more                           | desaturation often               | now               |
| a reading of SpO2 below 80 %               | critical, however rare           | yes               |
| SpO2 read in less than half of the time    | not assessed                     | no                |
| over 10 % irregular beats in no minute     | regular where analysed           | no                |
| in under 10 % of analysed minutes          | irregular at times               | no                |
| in 10 to 49 %                              | irregular often                  | yes               |
| in 50 % and more                           | irregular most of the time       | yes               |
| over 30 premature ventricular beats an hour| frequent                         | yes               |
| ST 1 mm or more from zero in no reading    | no deviation                     | no                |
| in under 50 % of the readings of each lead | deviation at times               | no                |
| in 50 % and more of those of a lead        | deviation most of the time       | yes               |

Sources: the ranges for the age are those of `ranges`. SpO2 below 80 % is severe hypoxaemia in Casey et al.,
N Engl J Med 2019;380:811. More than 30 premature ventricular beats an hour is grade 2 of Lown and Wolf,
Circulation 1971;44:130. ST elevation of 1 mm (0.1 mV) is the limit of Thygesen et al., Fourth Universal
Definition of Myocardial Infarction, Circulation 2018;138:e618, which asks for it to be new and in two
contiguous leads; numerics tell neither, so the rule asks for a review and names no cause. The shares of time
(1, 10 and 50 %) are bedside's own.

The rules read the figures as they are shown, rounded to whole numbers. Of a wearable the activity is not
known: what is fast may be running, so only "most of the time" asks for a review. Knows nothing about wording.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from bedside.vitals.figures import Desaturation, NotAssessed, VitalsFigures

__all__ = [
    "HeartRateJudgement",
    "Judgement",
    "OxygenJudgement",
    "RhythmJudgement",
    "StJudgement",
    "Urgency",
    "assessed_desaturation",
    "judge",
]

OFTEN_PERCENT = 10.0
MOSTLY_PERCENT = 50.0
BRIEF_PERCENT = 1.0
CRITICAL_SPO2 = 80.0
LEAST_SPO2_COVERAGE = 0.5
FREQUENT_PVC_PER_HOUR = 30.0

Urgency = Literal[0, 1, 2]
"""0: continue monitoring; 1: clinical review; 2: clinical review now."""


@dataclass(frozen=True)
class HeartRateJudgement:
    """How the heart rate stands to the range for the age.

    Attributes:
        finding: `mostly within` has some readings outside, but neither side has 10 % of them.
        mostly: the finding holds in half of the readings or more.
        activity_known: false for a wearable, whose fast readings may be running.
        urgency: what it asks for.
    """

    finding: Literal["not assessed", "within", "mostly within", "fast", "slow", "fast and slow"]
    mostly: bool
    activity_known: bool
    urgency: Urgency


@dataclass(frozen=True)
class OxygenJudgement:
    """How often SpO2 is below 90 %; `critical` where one reading is below 80 %, assessed or not."""

    finding: Literal["not assessed", "none", "brief", "at times", "often"]
    critical: bool
    urgency: Urgency


@dataclass(frozen=True)
class RhythmJudgement:
    """How much of the analysed time is irregular, and whether ventricular premature beats are frequent."""

    finding: Literal["not assessed", "regular", "at times", "often", "mostly"]
    frequent_ventricular: bool
    urgency: Urgency


@dataclass(frozen=True)
class StJudgement:
    """Whether the ST segment deviates by 1 mm or more, and in which leads it does so for as long as found."""

    finding: Literal["not assessed", "none", "at times", "mostly"]
    leads: tuple[str, ...]
    urgency: Urgency


@dataclass(frozen=True)
class Judgement:
    """What the rules make of a recording."""

    heart_rate: HeartRateJudgement
    oxygen: OxygenJudgement
    rhythm: RhythmJudgement
    st: StJudgement

    @property
    def urgency(self) -> Urgency:
        """What the most urgent of the four asks for."""
        parts = (self.heart_rate, self.oxygen, self.rhythm, self.st)
        return max(part.urgency for part in parts)


def judge(figures: VitalsFigures) -> Judgement:
    """Judge the figures of a recording by the rules of this module."""
    return Judgement(_heart_rate(figures), _oxygen(figures), _rhythm(figures), _st(figures))


def assessed_desaturation(figures: VitalsFigures) -> Desaturation | NotAssessed:
    """Return the shares of low SpO2, not assessed where it was read in less than half of the time."""
    low = figures.desaturation
    if isinstance(low, NotAssessed) or low.coverage >= LEAST_SPO2_COVERAGE:
        return low
    return NotAssessed(f"too few SpO2 readings: in less than {100 * LEAST_SPO2_COVERAGE:.0f} % of the time")


def _heart_rate(figures: VitalsFigures) -> HeartRateJudgement:
    burden, activity_known = figures.burden, not figures.header.worn
    if isinstance(burden, NotAssessed):
        return HeartRateJudgement("not assessed", mostly=False, activity_known=activity_known, urgency=1)
    high, low = round(burden.high_percent), round(burden.low_percent)
    if max(high, low) < OFTEN_PERCENT:
        outside = burden.high_percent + burden.low_percent
        finding = "mostly within" if outside else "within"
        return HeartRateJudgement(finding, mostly=False, activity_known=activity_known, urgency=0)
    mostly = max(high, low) >= MOSTLY_PERCENT
    finding = "fast" if high >= low else "slow"
    if not mostly and min(high, low) >= OFTEN_PERCENT:
        finding = "fast and slow"
    urgency = (2 if mostly else 1) if activity_known else (1 if mostly else 0)
    return HeartRateJudgement(finding, mostly=mostly, activity_known=activity_known, urgency=urgency)


def _oxygen(figures: VitalsFigures) -> OxygenJudgement:
    oxygen, low = figures.signal("spo2"), assessed_desaturation(figures)
    critical = not isinstance(oxygen, NotAssessed) and round(oxygen.minimum) < CRITICAL_SPO2
    if isinstance(low, NotAssessed):
        return OxygenJudgement("not assessed", critical, urgency=1 if critical else 0)
    if low.below_90_percent < BRIEF_PERCENT:
        finding = "brief" if low.below_90_percent else "none"
        return OxygenJudgement(finding, critical, urgency=1 if critical else 0)
    if round(low.below_90_percent) >= OFTEN_PERCENT:
        return OxygenJudgement("often", critical, urgency=2)
    return OxygenJudgement("at times", critical, urgency=1)


def _rhythm(figures: VitalsFigures) -> RhythmJudgement:
    rhythm, frequent = figures.rhythm, _frequent_ventricular(figures)
    if isinstance(rhythm, NotAssessed):
        return RhythmJudgement("not assessed", frequent, urgency=1 if frequent else 0)
    shown = round(rhythm.irregular_minutes_percent)
    if not rhythm.irregular_minutes_percent:
        finding = "regular"
    elif shown < OFTEN_PERCENT:
        finding = "at times"
    else:
        finding = "often" if shown < MOSTLY_PERCENT else "mostly"
    urgency = 1 if frequent or shown >= OFTEN_PERCENT else 0
    return RhythmJudgement(finding, frequent, urgency)


def _st(figures: VitalsFigures) -> StJudgement:
    if isinstance(figures.st, NotAssessed):
        return StJudgement("not assessed", (), urgency=0)
    mostly = tuple(lead.lead for lead in figures.st if round(lead.beyond_1_mm_percent) >= MOSTLY_PERCENT)
    if mostly:
        return StJudgement("mostly", mostly, urgency=1)
    some = tuple(lead.lead for lead in figures.st if lead.beyond_1_mm_percent)
    return StJudgement("at times" if some else "none", some, urgency=0)


def _frequent_ventricular(figures: VitalsFigures) -> bool:
    if isinstance(figures.ectopy, NotAssessed) or isinstance(figures.ectopy.ventricular, NotAssessed):
        return False
    return round(figures.ectopy.ventricular.per_hour) > FREQUENT_PVC_PER_HOUR
