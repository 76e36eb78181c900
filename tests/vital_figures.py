"""Figures of vital-signs recordings, made by hand, for the tests of what is said of them."""

from __future__ import annotations

from dataclasses import replace

from bedside.records import VitalsHeader
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
    VitalsFigures,
)
from bedside.vitals.ranges import heart_rate_range

WINDOWS = ("all", "15min-00003", "1h-00017", "8h-00001", "night-00002")
ABSENT = NotAssessed("not recorded")


def summary(unit, mean, sd, low, high, *, n=1520, excluded=None):
    return Summary(
        unit=unit,
        n=n,
        mean=mean,
        sd=sd,
        median=mean - 0.3,
        p05=max(low, mean - 1.6 * sd),
        p95=min(high, mean + 1.6 * sd),
        minimum=low,
        maximum=high,
        excluded=excluded or {},
    )


def figures(
    *,
    cohort="adult",
    demographics=None,
    clock_known=False,
    worn=False,
    interval_s=60.0,
    signals=None,
    **others,
):
    header = VitalsHeader(
        subject_id="s",
        record_name=f"{cohort}_s",
        cohort=cohort,
        interval_s=interval_s,
        interval_evidence="given",
        demographics=demographics or {},
        clock_known=clock_known,
        worn=worn,
    )
    signals = {"hr": summary("bpm", 71.4, 6.8, 57.0, 105.0)} if signals is None else signals
    nothing = {
        "coverage": Coverage(91200.0, 91200.0, 1.0, 0, 0.0),
        "burden": NotAssessed("age not known"),
        "desaturation": NotAssessed("no valid SpO2"),
        "disagreement": NotAssessed("no pulse recorded"),
        "ectopy": NotAssessed("no beat counts"),
        "rhythm": NotAssessed("no rhythm analysis recorded"),
        "st": NotAssessed("no ST analysis recorded"),
        "resting": NotAssessed("not a wearable's recording"),
        "nocturnal_dip": NotAssessed("time of day not known"),
    }
    return VitalsFigures(header=header, signals=signals, **(nothing | others))


def burden(cohort, low, high, *, n=1520, age=None):
    return Burden(heart_rate_range(cohort, age), n, low, high)


ADULT = figures(
    demographics={"age_years": 61.0, "sex": "male"},
    signals={
        "hr": summary("bpm", 71.4, 6.8, 57.0, 105.0, excluded={"zero (lead off)": 24}),
        "pulse": summary("bpm", 71.1, 6.9, 44.0, 104.0),
        "resp": summary("1/min", 17.2, 3.1, 6.0, 31.0, excluded={"above 120 1/min": 2}),
        "spo2": summary("%", 96.3, 1.9, 78.0, 100.0),
        "nbp_sys": summary("mmHg", 128.4, 14.0, 92.0, 171.0),
        "nbp_dias": summary("mmHg", 63.7, 8.0, 41.0, 88.0),
        "nbp_mean": summary("mmHg", 84.6, 9.1, 59.0, 113.0),
        "cvp": summary("mmHg", 8.4, 2.2, -1.0, 19.0),
        "temperature": summary("°C", 37.2, 0.4, 36.3, 38.1),
        "hr_variability": summary("monitor index", 37.9, 21.0, 0.0, 246.0),
        "pvc_count": summary("count", 0.2, 0.5, 0.0, 5.0),
    },
    coverage=Coverage(91200.0, 90120.0, 0.98816, 7, 480.0),
    burden=burden("adult", 4.2, 0.066),
    desaturation=Desaturation(1502, 0.988, 0.4, 0.2),
    disagreement=Disagreement(1490, 1.21),
    ectopy=Ectopy(
        analysed_minutes=1519,
        beats=107143,
        ventricular=PrematureBeats(1519, 255, 10.07, 0.238, 1, 8),
        supraventricular=PrematureBeats(1519, 0, 0.0, 0.0, 0, None),
        bigeminy_minutes=3,
        trigeminy_minutes=0,
        paced_percent=0.0,
    ),
    rhythm=Rhythm(1519, 2.9, 11.8, 6.7, 19),
    st=(StDeviation("II", 1519, 0.6, 34.0, 2.24), StDeviation("V", 1519, -0.3, 0.0, 0.0)),
)
CALM = replace(
    ADULT,
    signals=ADULT.signals | {"spo2": summary("%", 97.0, 1.0, 93.0, 100.0)},
    burden=burden("adult", 0.0, 0.0),
    desaturation=Desaturation(1520, 1.0, 0.0, 0.0),
    rhythm=Rhythm(1519, 0.1, 0.0, None, 0),
)
NEONATE = figures(
    cohort="neonate",
    interval_s=1.0,
    signals={
        "hr": summary("bpm", 156.7, 12.7, 85.0, 200.0, n=9638),
        "resp": summary("1/min", 51.3, 11.0, 14.0, 112.0, n=9600),
        "spo2": summary("%", 93.1, 4.4, 61.0, 100.0, n=9500),
        "nbp_sys": NotAssessed("no valid reading; excluded: 2 × zero (no pressure measured)"),
    },
    coverage=Coverage(9645.0, 9638.0, 0.99927, 1, 7.0),
    burden=burden("neonate", 0.3, 0.0, n=9638),
    desaturation=Desaturation(9500, 0.985, 16.5, 3.9),
)
WEARABLE = figures(
    cohort="adolescent",
    demographics={"age_years": 15.0, "sex": "female", "height_cm": 172.0, "weight_kg": 59.8},
    clock_known=True,
    worn=True,
    signals={"hr": summary("bpm", 84.0, 16.9, 44.0, 186.0, n=108150)},
    coverage=Coverage(7067340.0, 6489000.0, 0.91817, 412, 79200.0),
    burden=burden("adolescent", 0.6, 17.3, n=108150, age=15.0),
    disagreement=NotAssessed("no pulse recorded"),
    resting=RestingHeartRate(54.3, 71.0),
    nocturnal_dip=NocturnalDip(92.2, 73.8, 19.96),
)
INFANT = figures(
    cohort="infant",
    demographics={"age_years": 0.55, "sex": "female"},
    signals={
        "hr": summary("bpm", 141.2, 11.9, 108.0, 176.0),
        "spo2": summary("%", 97.1, 1.2, 93.0, 100.0),
        "resp": summary("1/min", 34.4, 6.0, 18.0, 58.0),
        "nbp_mean": summary("mmHg", 52.0, 0.0, 52.0, 52.0),
    },
    burden=burden("infant", 0.0, 0.0, age=0.55),
    desaturation=Desaturation(1520, 1.0, 0.0, 0.0),
)
AGE_UNKNOWN = figures(
    cohort="unknown", signals={"hr": summary("bpm", 71.4, 6.8, 57.0, 105.0), "spo2": ABSENT}
)
NO_HEART_RATE = figures(
    signals={"hr": NotAssessed("no valid reading; excluded: 5 × zero (lead off)"), "pulse": ABSENT},
    coverage=Coverage(300.0, 0.0, 0.0, 0, 0.0),
    burden=NotAssessed("no valid heart rate"),
)
ELEVATED = replace(
    CALM, st=(StDeviation("II", 1400, 1.9, 1380.0, 98.57), StDeviation("V", 1400, 0.3, 4.0, 0.29))
)
ONCE = replace(
    ADULT,
    header=replace(ADULT.header, demographics={}),
    signals={
        name: replace(
            part, n=1, median=part.mean, p05=part.mean, p95=part.mean, minimum=part.mean, maximum=part.mean
        )
        for name, part in ADULT.signals.items()
    },
    coverage=Coverage(60.0, 60.0, 1.0, 0, 0.0),
    burden=burden("adult", 0.0, 0.0, n=1),
    desaturation=Desaturation(1, 1.0, 0.0, 0.0),
    disagreement=Disagreement(1, 0.0),
    ectopy=Ectopy(
        1, 71, PrematureBeats(1, 1, 60.0, 1.4, 0, 0), PrematureBeats(1, 0, 0.0, 0.0, 0, 0), 0, 0, 0.0
    ),
    rhythm=Rhythm(1, 2.9, 0.0, 6.7, 0),
    st=(StDeviation("II", 1, 0.6, 0.0, 0.0),),
)
"""Each thing read once, nothing out of the way."""
ONCE_EACH = (
    ONCE,
    replace(
        ONCE,
        signals={**ONCE.signals, "spo2": summary("%", 82.0, 0.0, 82.0, 82.0, n=1)},
        burden=burden("adult", 0.0, 100.0, n=1),
        desaturation=Desaturation(1, 1.0, 100.0, 100.0),
        disagreement=Disagreement(1, 100.0),
        rhythm=Rhythm(1, 11.0, 100.0, 6.7, 1),
        st=(StDeviation("II", 1, 1.6, 1.0, 100.0),),
    ),
    replace(ONCE, burden=burden("adult", 100.0, 0.0, n=1), desaturation=Desaturation(1, 1.0, 100.0, 0.0)),
    replace(ONCE, header=replace(ONCE.header, cohort="unknown"), burden=NotAssessed("age not known")),
)
EXAMPLES = {
    "adult": ADULT,
    "neonate": NEONATE,
    "wearable": WEARABLE,
    "infant": INFANT,
    "age unknown": AGE_UNKNOWN,
    "no heart rate": NO_HEART_RATE,
}


def variants():
    """Figures that bring up what the examples do not."""
    adult = ADULT.signals
    steady = replace(
        ADULT,
        signals=adult
        | {
            "hr": summary("bpm", 70.0, 0.0, 70.0, 70.0),
            "pulse": summary("bpm", 70.0, 0.0, 70.0, 70.0),
            "spo2": summary("%", 100.0, 0.0, 100.0, 100.0),
            "nbp_sys": summary("mmHg", 120.0, 0.0, 120.0, 120.0),
            "nbp_dias": summary("mmHg", 60.0, 0.0, 60.0, 60.0),
            "nbp_mean": summary("mmHg", 80.0, 0.0, 80.0, 80.0),
            "abp_sys": summary("mmHg", 120.0, 9.0, 90.0, 140.0),
            "abp_dias": summary("mmHg", 60.0, 5.0, 50.0, 80.0),
            "abp_mean": summary("mmHg", 80.0, 5.0, 60.0, 99.0),
        },
        burden=burden("adult", 0.0, 0.0),
        coverage=Coverage(9000.0, 8000.0, 0.889, 0, 0.0),
        desaturation=Desaturation(1520, 1.0, 0.0, 0.0),
        disagreement=Disagreement(1490, 0.0),
        ectopy=replace(
            ADULT.ectopy,
            ventricular=PrematureBeats(1519, 1300, 51.3, 1.2, 0, 0),
            paced_percent=3.1,
        ),
        rhythm=Rhythm(1519, 0.9, 0.0, None, 0),
        st=(StDeviation("II", 9, 0.2, 0.0, 0.0), StDeviation("V", 9, -0.3, 0.0, 0.0)),
    )
    yield steady
    yield CALM
    yield ELEVATED
    yield from ONCE_EACH
    yield replace(
        ADULT,
        burden=burden("adult", 20.0, 30.0),
        ectopy=replace(ADULT.ectopy, ventricular=PrematureBeats(60, 0, 0.0, 0.0, 0, 0)),
        desaturation=Desaturation(10, 0.3, 5.0, 0.0),
        st=NotAssessed("no ST analysis recorded"),
        nocturnal_dip=NocturnalDip(80.0, 84.0, -5.0),
    )
    counted_once = PrematureBeats(15, 1, 4.0, 0.089, None, None)
    for reason in (
        "only a running PVC rate, no beat counts",
        "the monitor analysed no minute of the ECG",
        "beats were counted, premature beats were not",
    ):
        yield replace(
            INFANT,
            ectopy=NotAssessed(reason),
            signals={**INFANT.signals, "resp": NotAssessed("no valid reading")},
        )
    yield replace(
        ADULT,
        burden=burden("adult", 0.0, 60.0),
        ectopy=replace(ADULT.ectopy, ventricular=NotAssessed("not counted"), supraventricular=counted_once),
        rhythm=Rhythm(10, 4.0, 5.0, None, None),
        desaturation=Desaturation(1500, 1.0, 3.0, 0.0),
        signals={
            **adult,
            "pulse": ABSENT,
            "cvp": ABSENT,
            "temperature": ABSENT,
            "abp_sys": ABSENT,
            "nbp_sys": ABSENT,
            "nbp_dias": ABSENT,
            "nbp_mean": ABSENT,
        },
    )
    yield replace(
        ADULT,
        rhythm=Rhythm(10, 4.0, 60.0, None, None),
        ectopy=replace(ADULT.ectopy, supraventricular=NotAssessed("not counted")),
    )
    for cohort, age in (("child", 2.0), ("child", 4.0), ("child", 8.0), ("adult", 93.0)):
        yield replace(
            WEARABLE,
            header=replace(
                WEARABLE.header, cohort=cohort, demographics={"age_years": age, "height_cm": 90.0}
            ),
            burden=burden(cohort, 12.0, 0.0, age=age),
            resting=NotAssessed("no 30 consecutive minutes with a reading in each"),
            nocturnal_dip=NotAssessed("less than one hour of readings by night"),
        )
    header = replace(WEARABLE.header, clock_known=False, worn=False, demographics={"weight_kg": 20.0})
    for worn in (header, replace(header, worn=True)):
        yield replace(WEARABLE, header=worn, burden=burden("adult", 12.0, 13.0))
    yield replace(
        NO_HEART_RATE,
        signals={"hr": NO_HEART_RATE.signals["hr"], "spo2": summary("%", 90.0, 3.0, 71.0, 99.0)},
        desaturation=Desaturation(10, 0.2, 30.0, 20.0),
    )
