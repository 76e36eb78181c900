import math
from dataclasses import dataclass, fields

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bedside.vitals.figures import (
    Burden,
    Desaturation,
    Ectopy,
    NotAssessed,
    PrematureBeats,
    StDeviation,
    Summary,
)
from bedside.vitals.metrics import Measurement, measure, readings
from bedside.vitals.ranges import COHORTS
from bedside.vitals.signals import SIGNALS, kind_of
from made_vitals import made, measured_in_batches

NAN = float("nan")


def test_the_distribution_of_valid_readings():
    heart = measure(made(hr=[60, 70, 0, 80, NAN])).signal("hr")
    assert heart == Summary(
        unit="bpm",
        n=3,
        mean=70,
        sd=pytest.approx(math.sqrt(200 / 3)),
        median=70,
        p05=61,
        p95=79,
        minimum=60,
        maximum=80,
        excluded={"zero (lead off)": 1},
    )


def test_every_excluded_reading_has_its_reason():
    figures = measure(
        made(hr=[0, 80, NAN, 310, 15.5], abp_mean=[0, 299.7, 90, 12, 88], cvp=[0, 325, 8, -20, 9])
    )
    assert figures.signal("hr").excluded == {
        "zero (lead off)": 1,
        "below 20 bpm": 1,
        "above 300 bpm": 1,
    }
    assert figures.signal("abp_mean").excluded == {
        "zero (no pressure measured)": 1,
        "below 15 mmHg": 1,
        "above 260 mmHg (transducer)": 1,
    }
    assert figures.signal("cvp").excluded == {"below -15 mmHg": 1, "above 60 mmHg (transducer)": 1}
    assert figures.signal("cvp").n == 3


def test_a_respiration_of_zero_is_kept_apart_from_a_low_one():
    breaths = measure(made(resp=[0, 0.5, 12])).signal("resp")
    assert (breaths.n, breaths.minimum) == (2, 0.5)
    assert breaths.excluded == {"zero (apnoea or disconnection)": 1}


def test_a_signal_without_valid_reading_is_not_assessed():
    assert measure(made(hr=[0, 0])).signal("hr") == NotAssessed(
        "no valid reading; excluded: 2 × zero (lead off)"
    )
    assert measure(made(hr=[70])).signal("spo2") == NotAssessed("not recorded")


def test_burden_is_a_share_of_valid_readings_in_the_range_for_the_age():
    burden = measure(made(hr=[50, 70, 101, 120, 0])).burden
    assert isinstance(burden, Burden)
    assert (burden.n, burden.low_percent, burden.high_percent) == (4, 25, 50)
    child = measure(made(hr=[110, 110], age_years=8.0)).burden
    assert isinstance(child, Burden)
    assert child.high_percent == 0


def test_without_an_age_there_is_no_range_to_judge_by():
    assert measure(made(hr=[50], cohort="unknown")).burden == NotAssessed("age not known")
    assert isinstance(measure(made(hr=[50], cohort="unknown", age_years=50)).burden, Burden)
    assert measure(made(hr=[0])).burden == NotAssessed("no valid heart rate")


def test_desaturation_leaves_zeros_out_and_says_how_much_it_covers():
    figures = measure(made(hr=[70] * 5, spo2=[0, 84, 89, 90, 98]))
    assert figures.desaturation == Desaturation(n=4, coverage=0.8, below_90_percent=50, below_85_percent=25)
    assert measure(made(hr=[70], spo2=[0])).desaturation == NotAssessed("no valid SpO2")


def test_st_deviation_by_lead():
    figures = measure(made(interval_s=30.0, hr=[70] * 4, st_v=[0.2, -1.0, 1.5, 0.9], st_ii=[NAN] * 4))
    assert figures.st == (StDeviation("V", 4, pytest.approx(0.4), 1.0, beyond_1_mm_percent=50),)
    assert measure(made(hr=[70])).st == NotAssessed("no ST analysis recorded")


def test_temperature_in_fahrenheit_is_converted_and_counted():
    temperature = measure(made(hr=[70] * 4, temperature=[98.6, 37.2, 60.0, NAN])).signal("temperature")
    assert isinstance(temperature, Summary)
    assert (temperature.unit, temperature.n, temperature.converted) == ("°C", 2, 1)
    assert temperature.mean == pytest.approx(37.1)
    assert temperature.excluded == {"above 45 °C": 1}


def test_nothing_recorded_is_nothing_measured():
    figures = Measurement(made(hr=[70]).header).figures()
    assert figures.signals == {}
    assert figures.coverage.span_s == 0
    parts = (
        figures.burden,
        figures.desaturation,
        figures.ectopy,
        figures.rhythm,
        figures.st,
        figures.resting,
    )
    assert all(isinstance(part, NotAssessed) for part in parts)


@dataclass
class Truth:
    """What a drawn record is known to hold."""

    minutes: int
    low: int
    normal: int
    high: int
    lead_off: int
    gap_rows: int
    spo2_low: int
    pvc: int
    pairs: int
    svpb: int


@st.composite
def truths(draw):
    numbers = {field.name: draw(st.integers(0, 40)) for field in fields(Truth)}
    return Truth(**numbers)


SLOW_NORMAL_FAST = {
    "adult": (45, 80, 130),
    "adolescent": (45, 80, 130),
    "child": (45, 80, 130),
    "infant": (80, 130, 190),
    "neonate": (80, 130, 210),
    "unknown": (45, 80, 130),
}


@settings(deadline=None)
@given(
    truths(),
    st.sampled_from(COHORTS),
    st.sampled_from([1.0, 5.0, 60.0]),
    st.lists(st.integers(0, 200), max_size=5),
)
def test_a_known_truth_comes_back(truth, cohort, interval_s, places):
    slow, normal, fast = SLOW_NORMAL_FAST[cohort]
    heart_rate = np.array(
        [normal] + [slow] * truth.low + [normal] * truth.normal + [fast] * truth.high + [0] * truth.lead_off
    )
    rng = np.random.default_rng(truth.low)
    heart_rate[1:] = rng.permutation(heart_rate[1:])
    rows = heart_rate.size
    ticks = np.arange(rows)
    middle = rows // 2
    ticks[middle:] += truth.gap_rows
    spo2 = np.where(np.arange(rows) < min(truth.spo2_low, rows), 84.0, 97.0)
    pvc, pairs, svpb = (spread(count, rows) for count in (truth.pvc, truth.pairs, truth.svpb))
    record = made(
        interval_s=interval_s,
        cohort=cohort,
        ticks=ticks,
        hr=heart_rate,
        spo2=spo2,
        all_beat_count=np.full(rows, 80.0),
        pvc_count=pvc,
        pvc_pair_count=pairs,
        svpb_count=svpb,
    )
    figures = measured_in_batches(record, places)
    valid = 1 + truth.low + truth.normal + truth.high
    heart = figures.signal("hr")
    assert heart.n == valid
    assert heart.excluded == ({"zero (lead off)": truth.lead_off} if truth.lead_off else {})
    assert figures.coverage.span_s == (rows + (truth.gap_rows if rows > 1 else 0)) * interval_s
    assert figures.coverage.analysed_s == valid * interval_s
    assert (figures.coverage.gaps, figures.coverage.longest_gap_s) == gaps(ticks[heart_rate > 0], interval_s)
    if cohort == "unknown":
        assert figures.burden == NotAssessed("age not known")
    else:
        assert figures.burden.low_percent * valid / 100 == pytest.approx(truth.low)
        assert figures.burden.high_percent * valid / 100 == pytest.approx(truth.high)
    below = 100 * min(truth.spo2_low, rows) / rows
    assert figures.desaturation.below_90_percent == pytest.approx(below)
    assert figures.desaturation.below_85_percent == pytest.approx(below)
    if interval_s == 60.0:
        assert isinstance(figures.ectopy, Ectopy)
        assert figures.ectopy.beats == 80 * rows
        assert figures.ectopy.ventricular == PrematureBeats(
            minutes=rows,
            count=truth.pvc,
            per_hour=pytest.approx(60 * truth.pvc / rows),
            percent=pytest.approx(100 * truth.pvc / (80 * rows)),
            runs=None,
            pairs=truth.pairs,
        )
        assert figures.ectopy.supraventricular.count == truth.svpb
    else:
        assert isinstance(figures.ectopy, NotAssessed)


def spread(count, rows):
    return np.bincount(np.arange(count) % rows, minlength=rows).astype(float)


def gaps(ticks, interval_s):
    missing = [int(step) - 1 for step in np.diff(ticks) if step > 1]
    return len(missing), max(missing, default=0) * interval_s


READINGS = st.one_of(
    st.just(NAN),
    st.sampled_from([0.0, 310.0, -20.0, 98.6]),
    st.integers(0, 160).map(float),
    st.floats(0, 150),
)


@st.composite
def records(draw):
    names = draw(st.lists(st.sampled_from([kind.name for kind in SIGNALS]), unique=True, max_size=5))
    rows = draw(st.integers(1, 40))
    values = np.array(draw(st.lists(READINGS, min_size=rows, max_size=rows)))
    steps = draw(st.lists(st.sampled_from([1, 1, 1, 2, 30]), min_size=rows, max_size=rows))
    return made(
        interval_s=draw(st.sampled_from([1.0, 5.0, 60.0, 60.001, 1800.0, 3600.0])),
        cohort=draw(st.sampled_from(COHORTS)),
        ticks=np.cumsum(steps),
        clock_known=draw(st.booleans()),
        worn=draw(st.booleans()),
        **{name: np.roll(values, 3 * place) for place, name in enumerate(["hr", *{*names} - {"hr"}])},
    )


@settings(deadline=None, max_examples=200)
@given(records(), st.lists(st.integers(0, 40), max_size=5))
def test_it_makes_no_difference_where_the_batches_are_cut(record, places):
    assert measured_in_batches(record, places) == measure(record)


@pytest.mark.parametrize("interval_s", [1.0, 60.0])
def test_fractions_give_the_same_bits_in_any_batches(interval_s, monkeypatch):
    monkeypatch.setattr(readings, "_STRETCH", 1000)
    monkeypatch.setattr(readings, "_SAMPLE", 100)
    rng = np.random.default_rng(0)
    heart_rate = rng.uniform(40, 180, 90_000)
    heart_rate[20_000:50_000] = np.round(heart_rate[20_000:50_000], 1)
    counts = {name: rng.uniform(0, 9, heart_rate.size) for name in ("all_beat_count", "pvc_count")}
    record = made(interval_s=interval_s, hr=heart_rate, clock_known=True, worn=True, **counts)
    whole = measure(record)
    assert not isinstance(whole.nocturnal_dip, NotAssessed)
    assert isinstance(whole.ectopy, Ectopy if interval_s == 60.0 else NotAssessed)
    for places in ([1, 999, 1000, 4000], [1500, 20_100, 77_777], range(0, 90_000, 777)):
        assert measured_in_batches(record, places) == whole


def test_every_signal_is_summed_up_in_its_unit():
    names = [kind.name for kind in SIGNALS]
    figures = measure(
        made(**{name: [38.0, 39.0] if name == "temperature" else [50.0, 60.0] for name in names})
    )
    assert list(figures.signals) == names
    for name in names:
        summary = figures.signals[name]
        if isinstance(summary, Summary):
            assert summary.unit == kind_of(name).unit
        else:
            assert name.startswith("st_")
