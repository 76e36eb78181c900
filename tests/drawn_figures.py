"""Figures of vital-signs recordings drawn at random: any that can be measured, likely or not."""

from __future__ import annotations

from hypothesis import strategies as st

from bedside.vitals.figures import (
    Burden,
    Coverage,
    Desaturation,
    Disagreement,
    Ectopy,
    NocturnalDip,
    NotAssessed,
    PrematureBeats,
    RestingHeartRate,
    Rhythm,
    StDeviation,
    Summary,
)
from bedside.vitals.ranges import COHORTS, heart_rate_range
from vital_figures import figures

AGES = {"adult": 40.0, "adolescent": 15.0, "child": 4.0, "infant": 0.4, "neonate": 0.02, "unknown": 93.0}
UNITS = {
    "pulse": "bpm",
    "resp": "1/min",
    "spo2": "%",
    "cvp": "mmHg",
    "temperature": "°C",
    "nbp_sys": "mmHg",
    "nbp_dias": "mmHg",
    "nbp_mean": "mmHg",
    "abp_sys": "mmHg",
    "hr_variability": "monitor index",
}

shares = st.sampled_from([0.0, 0.02, 0.7, 3.4, 10.0, 48.9, 66.6, 99.96, 100.0])
values = st.floats(0.5, 290.0).map(lambda value: round(value, 2))


counts = st.just(1) | st.integers(2, 99999)


def share_of(count):
    """Draw a share that so many readings can have."""
    return shares if count > 1 else st.sampled_from([0.0, 100.0])


def minutes_of(share):
    return st.integers(1, 99).map(float) if share else st.just(0.0)


@st.composite
def any_summary(draw, unit="bpm"):
    count = draw(counts)
    drawn = st.tuples(values, values, values, values, values)
    low, p05, median, p95, high = sorted(draw(drawn if count > 1 else values.map(lambda value: [value] * 5)))
    excluded = draw(st.sampled_from([{}, {"zero (lead off)": 3}, {"above 300 bpm": 1}]))
    mean, sd = (median + 0.04, draw(values)) if count > 1 else (median, 0.0)
    return Summary(unit, count, mean, sd, median, p05, p95, low, high, excluded)


def maybe(strategy, reason="not recorded"):
    return st.one_of(strategy, st.just(NotAssessed(reason)))


def any_premature():
    count = st.none() | st.integers(0, 9)
    return st.builds(PrematureBeats, st.integers(1, 900), st.integers(0, 2000), values, shares, count, count)


def any_ectopy():
    minutes = st.none() | st.integers(0, 9)
    beats = maybe(any_premature(), "not counted")
    return st.builds(
        Ectopy,
        st.integers(1, 900),
        st.integers(1, 99999),
        beats,
        beats,
        minutes,
        minutes,
        st.none() | shares,
    )


def any_rhythm():
    return counts.flatmap(any_rhythm_of)


def any_rhythm_of(minutes):
    irregular = share_of(minutes)
    return st.builds(
        Rhythm, st.just(minutes), shares, irregular, st.none() | shares, st.none() | st.integers(0, 99)
    )


def any_st():
    lead = st.sampled_from(["I", "II", "V"])
    deviation = counts.flatmap(
        lambda n: share_of(n).flatmap(
            lambda share: st.builds(
                StDeviation, lead, st.just(n), st.floats(-3, 3), minutes_of(share), st.just(share)
            )
        )
    )
    leads = st.lists(deviation, min_size=1, max_size=3, unique_by=lambda measured: measured.lead)
    return leads.map(tuple)


def any_desaturation():
    covered = st.sampled_from([0.2, 0.61, 1.0])
    return counts.flatmap(lambda n: st.builds(Desaturation, st.just(n), covered, share_of(n), share_of(n)))


@st.composite
def any_signals(draw):
    names = draw(st.sets(st.sampled_from(sorted(UNITS))))
    return {
        name: draw(maybe(any_summary(UNITS.get(name, "bpm")), "no valid reading"))
        for name in ("hr", *sorted(names))
    }


@st.composite
def any_figures(draw):
    cohort = draw(st.sampled_from(COHORTS))
    known = {"age_years": AGES[cohort], "sex": "male", "height_cm": 111.1, "weight_kg": 22.2}
    demographics = {name: known[name] for name in sorted(draw(st.sets(st.sampled_from(sorted(known)))))}
    signals = draw(any_signals())
    heart = not isinstance(signals["hr"], NotAssessed)
    band = heart_rate_range(cohort, demographics.get("age_years"))
    burden = NotAssessed("age not known" if heart else "no valid heart rate")
    if heart and band:
        count = signals["hr"].n
        low = draw(share_of(count))
        burden = Burden(band, count, low, draw(share_of(count)) if count > 1 or not low else 0.0)
    oxygen = isinstance(signals.get("spo2"), Summary)
    span = draw(st.integers(60, 10**7))
    coverage = Coverage(span, span * float(heart), float(heart), 0, 0.0)
    if heart and draw(st.booleans()):
        coverage = Coverage(span, span * 0.7, 0.7, draw(st.integers(0, 1500)), span * 0.1)
    dip = st.builds(NocturnalDip, values, values, st.floats(-30, 30))
    disagreement = counts.flatmap(lambda n: st.builds(Disagreement, st.just(n), share_of(n)))
    return figures(
        cohort=cohort,
        demographics=demographics,
        clock_known=draw(st.booleans()),
        worn=draw(st.booleans()),
        interval_s=draw(st.sampled_from([1.0, 60.0, 300.0])),
        signals=signals,
        coverage=coverage,
        burden=burden,
        desaturation=draw(any_desaturation()) if oxygen else NotAssessed("no valid SpO2"),
        disagreement=draw(maybe(disagreement, "no pulse recorded")),
        ectopy=draw(maybe(any_ectopy(), "no beat counts")),
        rhythm=draw(maybe(any_rhythm(), "no rhythm analysis recorded")),
        st=draw(maybe(any_st(), "no ST analysis recorded")),
        resting=draw(maybe(st.builds(RestingHeartRate, values, st.none() | values), "rows are 600 s apart")),
        nocturnal_dip=draw(maybe(dip, "time of day not known")),
    )
