"""Running text: true to its figures, grammatical for every seed, and varied."""

from __future__ import annotations

import re
import zlib
from bisect import bisect_left
from dataclasses import fields, is_dataclass, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

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
from bedside.vitals.judgements import judge
from bedside.vitals.narrative import SECTIONS, narrate
from bedside.vitals.narrative.digits import counted, duration, part_of, percent, share_of
from bedside.vitals.narrative.phrasing import Phrasing, enumerate_words, house_styles, wording
from bedside.vitals.ranges import COHORTS, heart_rate_range

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


def figures(*, cohort="adult", demographics=None, clock_known=False, interval_s=60.0, signals=None, **others):
    header = VitalsHeader(
        subject_id="s",
        record_name=f"{cohort}_s",
        cohort=cohort,
        interval_s=interval_s,
        interval_evidence="given",
        demographics=demographics or {},
        clock_known=clock_known,
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
        "resting": NotAssessed("not a recording of heart rate alone"),
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
    st=(StDeviation("II", 1519, 0.6, 34.0), StDeviation("V", 1519, -0.3, 0.0)),
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
EXAMPLES = {
    "adult": ADULT,
    "neonate": NEONATE,
    "wearable": WEARABLE,
    "infant": INFANT,
    "age unknown": AGE_UNKNOWN,
    "no heart rate": NO_HEART_RATE,
}


# Grammar


def sentences(text):
    return [sentence for line in text.split("\n") for sentence in re.split(r"(?<=\.) ", line)]


def check_grammar(text):
    assert "  " not in text
    assert not re.search(r"\bNone\b(?! of)|\bnan\b|\binf\b|[{}\[\]|~]|\.\.| [,.;:)]|\( |-0\.0\b", text), text
    assert text.count("(") == text.count(")")
    for sentence in sentences(text):
        assert sentence.endswith("."), sentence
        assert sentence[0].isupper(), sentence
        assert not re.search(r";.*?\.$", sentence) or not sentence.endswith(";.")
    for never in ("sinus", "ediatric", "Icu", "icu ", "PNN50", "1 minutes", " 1 gaps", "1 beats", "1 hours"):
        assert not re.search(rf"(?<![\d.,]){re.escape(never)}", text), (never, text)


@pytest.mark.parametrize("name", EXAMPLES)
@pytest.mark.parametrize("window", WINDOWS)
def test_every_seed_gives_whole_sentences(name, window):
    for seed in range(15):
        check_grammar(narrate(EXAMPLES[name], seed=seed, window=window).text)


def expansions(template):
    """Every alternative of a template once, the others being the first."""
    for place, options in enumerate(template):
        for option in options:
            yield "".join(option if at == place else piece[0] for at, piece in enumerate(template))


WHOLE_SENTENCES = {
    "subject": {"monitor", "wearable", "heart-rate recorder", "body", "height_cm", "weight_kg", "unknown"},
    "recording": {"whole", "partly", "never"},
    "signs": {
        "heart_rate", "steady_heart_rate", "constant_oxygen", "constant_pressure", "constant_mean_pressure",
        "pressure", "mean_pressure", "oxygen", "low_oxygen", "no_low_oxygen", "left_out",
    },
    "rhythm": {
        "premature", "grouped", "absent", "paced", "irregular", "regular", "poor", "disagree", "agree",
        "st_beyond", "st_within",
    },
    "conclusion": {"missing", "continue", "continue_noted", "review", "review_now"},
}  # fmt: skip
ALL_SENTENCES = {"missing", "rate", "variability"}
"""Tables of the wording that hold nothing but sentences."""


@pytest.mark.parametrize("name", wording())
def test_every_phrasing_is_well_formed(name):
    table, entry = name.split(".", 1)
    is_sentence = table in ALL_SENTENCES or entry in WHOLE_SENTENCES.get(table, set())
    for template in wording()[name]:
        for text in expansions(template):
            assert "[" not in text, text
            assert "]" not in text, text
            assert "|" not in text, text
            assert "  " not in text, text
            filled = re.sub(r"\{(gaps|clusters|covered|below_85)\}", "", text)
            assert not re.search(r" [,.;:]|,,|,\.", filled), text
            if is_sentence:
                assert text.endswith("."), text
                assert text[0].isupper() or text.startswith("{"), text
                assert not re.match(r"\{(share|n|mean|low|count|gaps|time)\}", text), (
                    f"begins with a figure: {text}"
                )
            else:
                assert not text.endswith("."), text


def test_every_phrasing_is_used(monkeypatch):
    """No wording is left over from an earlier form of the text."""
    used = set()
    phrase = Phrasing.phrase

    def recorded(self, name, /, **figures):
        used.add(name)
        return phrase(self, name, **figures)

    monkeypatch.setattr(Phrasing, "phrase", recorded)
    for example in (*EXAMPLES.values(), *variants()):
        for seed in range(25):
            narrate(example, seed=seed, window=WINDOWS[seed % len(WINDOWS)])
    assert set(wording()) - used == set()


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
        st=(StDeviation("II", 9, 0.2, 0.0), StDeviation("V", 9, -0.3, 0.0)),
    )
    yield steady
    yield CALM
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
    header = replace(WEARABLE.header, clock_known=False, demographics={"weight_kg": 20.0})
    yield replace(WEARABLE, header=header, burden=burden("adult", 12.0, 13.0))
    yield replace(
        NO_HEART_RATE,
        signals={"hr": NO_HEART_RATE.signals["hr"], "spo2": summary("%", 90.0, 3.0, 71.0, 99.0)},
        desaturation=Desaturation(10, 0.2, 30.0, 20.0),
    )


# Numbers


CONSTANTS = {0, 1, 2, 5, 6, 8, 10, 15, 20, 30, 50, 60, 80, 85, 89, 90, 95}
"""Limits and window lengths that stand in the wording itself."""


def leaves(value):
    if is_dataclass(value):
        for field in fields(value):
            yield from leaves(getattr(value, field.name))
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from leaves(key)
            yield from leaves(item)
    elif isinstance(value, tuple):
        for item in value:
            yield from leaves(item)
    elif isinstance(value, str):
        yield from (float(number) for number in re.findall(r"\d+(?:\.\d+)?", value))
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        yield float(value)


def true_numbers(measured):
    """Every figure, and what follows from one: in other units, as a count, as a width."""
    numbers = set(map(float, CONSTANTS)) | set(leaves(measured))
    heart = measured.signal("hr")
    if isinstance(heart, Summary):
        numbers.add(heart.p95 - heart.p05)
    for part in (measured.burden, measured.desaturation):
        if not isinstance(part, NotAssessed):
            numbers |= {round(share * part.n / 100) for share in leaves(part)}
    age = measured.age_years or 0.0
    numbers |= {float(int(12 * age)), float(int(365.25 * age))}
    shares = {100 * measured.coverage.fraction}
    if not isinstance(measured.desaturation, NotAssessed):
        shares.add(100 * measured.desaturation.coverage)
    times = {number / unit for number in numbers for unit in (60, 3600, 86400)}
    return numbers | shares | times | {abs(number) for number in numbers}


def numbers_told(text):
    text = re.sub(r"\d\d:\d\d|\b\d+th\b|(?<=[A-Za-z])\d+", "", text)
    return [
        number.replace(",", "") for number in re.findall(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?", text)
    ]


def check_numbers(measured, text):
    known = sorted(true_numbers(measured))
    for number in numbers_told(text):
        half = 0.5 * 10 ** -len(number.partition(".")[2]) + 1e-9
        nearest = bisect_left(known, float(number) - half)
        assert nearest < len(known), (number, text)
        assert known[nearest] <= float(number) + half, (number, text)


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_number_is_a_figure(name):
    for seed in range(40):
        check_numbers(EXAMPLES[name], narrate(EXAMPLES[name], seed=seed, window=WINDOWS[seed % 5]).text)


def test_a_number_that_is_no_figure_would_be_found():
    with pytest.raises(AssertionError):
        check_numbers(ADULT, "The heart rate averaged 73.3 bpm.")


shares = st.sampled_from([0.0, 0.02, 0.7, 3.4, 10.0, 48.9, 66.6, 99.96, 100.0])
values = st.floats(0.5, 290.0).map(lambda value: round(value, 2))


@st.composite
def any_summary(draw, unit="bpm"):
    low, p05, median, p95, high = sorted(draw(st.tuples(values, values, values, values, values)))
    excluded = draw(st.sampled_from([{}, {"zero (lead off)": 3}, {"above 300 bpm": 1}]))
    return Summary(
        unit, draw(st.integers(1, 99999)), median + 0.04, draw(values), median, p05, p95, low, high, excluded
    )


def maybe(strategy, reason="not recorded"):
    return st.one_of(strategy, st.just(NotAssessed(reason)))


def any_premature():
    count = st.none() | st.integers(0, 9)
    return st.builds(PrematureBeats, st.integers(1, 900), st.integers(0, 2000), values, shares, count, count)


@st.composite
def any_figures(draw):
    cohort = draw(st.sampled_from(COHORTS))
    ages = {"adult": 40.0, "adolescent": 15.0, "child": 4.0, "infant": 0.4, "neonate": 0.02, "unknown": 93.0}
    known = {"age_years": ages[cohort], "sex": "male", "height_cm": 111.1, "weight_kg": 22.2}
    kept = draw(st.sets(st.sampled_from(sorted(known))))
    units = {
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
    names = draw(st.sets(st.sampled_from(sorted(units))))
    signals = {"hr": draw(maybe(any_summary(), "no valid reading"))}
    signals |= {name: draw(maybe(any_summary(units[name]), "no valid reading")) for name in sorted(names)}
    heart = not isinstance(signals["hr"], NotAssessed)
    demographics = {name: known[name] for name in sorted(kept)}
    band = heart_rate_range(cohort, demographics.get("age_years"))
    oxygen = isinstance(signals.get("spo2"), Summary)
    span = draw(st.integers(60, 10**7))
    return figures(
        cohort=cohort,
        demographics=demographics,
        clock_known=draw(st.booleans()),
        interval_s=draw(st.sampled_from([1.0, 60.0, 300.0])),
        signals=signals,
        coverage=Coverage(span, span * 0.7, 0.7, draw(st.integers(0, 1500)), span * 0.1)
        if heart and draw(st.booleans())
        else Coverage(span, span * float(heart), float(heart), 0, 0.0),
        burden=Burden(band, draw(st.integers(1, 99999)), draw(shares), draw(shares))
        if heart and band
        else NotAssessed("age not known" if heart else "no valid heart rate"),
        desaturation=Desaturation(draw(st.integers(1, 9999)), draw(st.sampled_from([0.2, 0.61, 1.0])), draw(shares), draw(shares))
        if oxygen
        else NotAssessed("no valid SpO2"),
        disagreement=draw(maybe(st.builds(Disagreement, st.integers(1, 9999), shares), "no pulse recorded")),
        ectopy=draw(maybe(st.builds(
            Ectopy, st.integers(1, 900), st.integers(1, 99999), maybe(any_premature(), "not counted"),
            maybe(any_premature(), "not counted"), st.none() | st.integers(0, 9), st.none() | st.integers(0, 9),
            st.none() | shares), "no beat counts")),
        rhythm=draw(maybe(st.builds(
            Rhythm, st.integers(1, 900), shares, shares, st.none() | shares, st.none() | st.integers(0, 99)),
            "no rhythm analysis recorded")),
        st=draw(maybe(st.lists(st.builds(
            StDeviation, st.sampled_from(["I", "II", "V"]), st.integers(1, 900), st.floats(-3, 3),
            st.integers(0, 99).map(float)), min_size=1, max_size=3, unique_by=lambda lead: lead.lead).map(tuple),
            "no ST analysis recorded")),
        resting=draw(maybe(st.builds(RestingHeartRate, values, st.none() | values), "rows are 600 s apart")),
        nocturnal_dip=draw(maybe(st.builds(NocturnalDip, values, values, st.floats(-30, 30)), "time of day not known")),
    )  # fmt: skip


@settings(max_examples=80, deadline=None)
@given(any_figures(), st.integers(0, 2**32), st.sampled_from(WINDOWS))
def test_any_figures_give_true_and_whole_sentences(measured, seed, window):
    told = narrate(measured, seed=seed, window=window)
    check_grammar(told.text)
    check_numbers(measured, told.text)
    assert 2 <= len(sentences(told.conclusion)) <= 5
    if isinstance(measured.rhythm, NotAssessed):
        assert not re.search(r"regular", told.text), told.text
    if isinstance(measured.ectopy, NotAssessed) and isinstance(measured.rhythm, NotAssessed):
        assert "not assessed" in dict(told.sections)["rhythm"]
    goes_on = "onitoring" in sentences(told.conclusion)[-1]
    assert goes_on == (judge(measured).urgency == 0), told.conclusion


# Drawing


def test_the_same_input_gives_the_same_bytes_and_another_seed_others():
    assert narrate(ADULT, seed=7) == narrate(ADULT, seed=7)
    assert len({narrate(ADULT, seed=seed).text for seed in range(50)}) == 50
    assert narrate(ADULT, seed=7, window="1h-00001").text != narrate(ADULT, seed=7, window="1h-00002").text


def test_sections_are_chosen_and_ordered_and_do_not_change_each_other():
    whole = dict(narrate(ADULT, seed=3).sections)
    assert tuple(whole) == SECTIONS
    some = narrate(ADULT, seed=3, sections=("conclusion", "rhythm", "vitals"))
    assert some.sections == tuple((name, whole[name]) for name in ("conclusion", "rhythm", "vitals"))
    assert some.description == f"{whole['rhythm']}\n{whole['vitals']}"
    assert some.text == f"{whole['conclusion']}\n{some.description}"
    assert narrate(ADULT, seed=3, sections=("rate",)).conclusion == ""


def test_a_narrative_keeps_to_one_style():
    for seed in range(80):
        text = narrate(ADULT, seed=seed).text
        units = [unit for unit in (" bpm", " beats/min", " beats per minute") if f"{unit}" in text]
        assert len(units) <= 1, units
        assert not (re.search(r"\d %", text) and re.search(r"\d%", text))
        assert "~" not in text


def test_styles_replace_what_the_wording_holds():
    """A style whose words are never written would be dead."""
    written = " ".join(
        "".join(options) for lists in wording().values() for template in lists for options in template
    )
    written += (
        " ~seconds ~second ~minutes ~hours apnoea premature ventricular beat Premature ventricular beat "
    )
    written += "premature supraventricular beat Premature supraventricular Ventricular premature beat premature ventricular"
    for variants_of_style in house_styles():
        for pairs in variants_of_style:
            assert any(plain in written for plain, _ in pairs) or not pairs, pairs


def test_the_texts_of_many_windows_differ():
    """The published corpus has 128 distinct of 268 sentences and a zlib ratio of 12.3."""
    texts = [
        narrate(replace(example, signals={**example.signals, "hr": summary("bpm", 70 + n / 7, 5 + n / 31, 50.0 + n % 9, 99.0)}),
                seed=1, window=f"1h-{n:05d}").text
        for n in range(60) for example in (ADULT, NEONATE, WEARABLE)
    ]  # fmt: skip
    told = [sentence for text in texts for sentence in sentences(text)]
    assert len(set(told)) / len(told) > 0.85
    packed = "\n".join(texts).encode()
    assert len(packed) / len(zlib.compress(packed, 9)) < 7


def test_draws_reach_every_option_evenly():
    draw = Phrasing("even")
    counts = [0] * 7
    for _ in range(7000):
        counts[draw.draw(range(7))] += 1
    assert min(counts) > 850
    assert max(counts) < 1150


# What is said


def test_an_age_above_89_is_not_told():
    old = replace(ADULT, header=replace(ADULT.header, demographics={"age_years": 93.4, "sex": "female"}))
    for seed in range(30):
        text = narrate(old, seed=seed, sections=("demographics",)).text
        assert "93" not in text
        assert re.search(r"woman (aged over|of over|older than) 89 years", text)


@pytest.mark.parametrize(
    ("cohort", "demographics", "said"),
    [
        ("adult", {"age_years": 18.0, "sex": "male"}, r"[Aa]n 18-year-old man|[Aa] man (of|aged) 18 years"),
        ("child", {"age_years": 8.9}, r"[Aa]n 8-year-old child|[Aa] child (of|aged) 8 years"),
        ("infant", {"age_years": 0.55}, r"[Aa] 6-month-old infant|[Aa]n infant (of|aged) 6 months"),
        ("neonate", {"age_years": 0.0028}, r"[Aa] 1-day-old newborn|[Aa] newborn (of|aged) 1 day\b"),
        ("neonate", {"age_years": 0.0}, r"[Aa] newborn"),
        ("adolescent", {"sex": "female"}, r"[Aa]n adolescent girl"),
        ("unknown", {}, r"[Aa] patient"),
    ],
)
def test_who_was_recorded(cohort, demographics, said):
    who = replace(ADULT, header=replace(ADULT.header, cohort=cohort, demographics=demographics))
    for seed in range(20):
        text = narrate(who, seed=seed, sections=("demographics",)).text
        assert re.search(said, text), text
        assert ("sex" in text.lower()) == ("sex" not in demographics), text


def test_every_age_band_has_words():
    bands = {heart_rate_range(cohort, None) for cohort in COHORTS} - {None}
    bands |= {heart_rate_range("adult", age) for age in (0.01, 0.5, 2.0, 4.0, 8.0, 14.0, 40.0)}
    assert {f"people.{band.band}" for band in bands} == {
        name for name in wording() if name.startswith("people.")
    }


def test_what_is_urgent_comes_first():
    for seed in range(20):
        assert re.search(r"16.5( ?%| per cent)", sentences(narrate(NEONATE, seed=seed).conclusion)[0])


def test_st_deviation_is_told_and_left_to_a_clinician():
    assert judge(CALM).urgency == 0
    for seed in range(20):
        last = sentences(narrate(CALM, seed=seed).conclusion)[-1]
        assert "ST deviation in lead II" in last
        assert "clinician" in last


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (0.0, "0~%"), (0.0439, "0.044~%"), (0.00712, "0.0071~%"), (0.238, "0.238~%"), (4.25, "4.2~%"), (16.5, "16.5~%"),
        (99.04, "99.04~%"), (99.5, "99.5~%"), (99.9561, "99.956~%"), (100.0, "100~%"),
    ],
)  # fmt: skip
def test_percentages_keep_the_digits_they_need(value, said):
    assert percent(value) == said


@given(st.floats(0.0, 100.0))
def test_a_percentage_is_never_rounded_to_none_or_all(value):
    assert (percent(value) == "0~%") == (value == 0.0)
    assert (percent(value) == "100~%") == (value == 100.0)


def test_a_rare_thing_is_told_as_a_count_too():
    assert share_of(0.044, 184211) == "0.044~% (81)"
    assert share_of(12.0, 184211) == "12.0~%"


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (1.0, "1~second"), (90.0, "90~seconds"), (900.0, "15~minutes"), (3600.0, "60~minutes"), (91200.0, "25.3~hours"),
        (7067340.0, "81.8~days"),
    ],
)  # fmt: skip
def test_durations(seconds, said):
    assert duration(seconds) == said


def test_a_part_of_a_time_is_told_from_the_whole():
    assert part_of(28740.0, 28800.0) == "7.98~hours"
    assert part_of(28800.0, 28800.0) == "8~hours"
    assert part_of(3540.0, 3600.0) == "59~minutes"


def test_counts_and_lists():
    assert [counted(n, "gap", "gaps") for n in (0, 1, 1204)] == ["no gaps", "1 gap", "1,204 gaps"]
    assert enumerate_words(["a", "b", "c"]) == "a, b and c"
    assert enumerate_words(["a", "b"], "or") == "a or b"
