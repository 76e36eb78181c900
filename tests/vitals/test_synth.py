import numpy as np
import pytest

from bedside.vitals.assessment import assess
from bedside.vitals.figures import Ectopy, NotAssessed
from bedside.vitals.metrics import measure
from bedside.vitals.synth import KINDS, synthesize


def many(kind, count=40):
    rng = np.random.default_rng(1)
    return [measure(synthesize(kind, rng=rng, subject_id=f"s{n}")) for n in range(count)]


def test_the_same_seed_gives_the_same_record():
    first, second = (
        synthesize("tachycardia", rng=np.random.default_rng(7), subject_id="a") for _ in range(2)
    )
    assert first.header == second.header
    assert first.rows.signals.keys() == second.rows.signals.keys()
    for name in first.rows.signals:
        np.testing.assert_array_equal(first.rows.signals[name], second.rows.signals[name])


@pytest.mark.parametrize("kind", KINDS)
def test_a_record_shows_what_it_was_made_to_show(kind):
    for measured in many(kind):
        heart, oxygen = assess(measured).split("\n")[:2]
        assert ("tachycardia" in heart) == (kind == "tachycardia")
        assert ("bradycardia" in heart) == (kind == "bradycardia")
        assert ("desaturation" in oxygen and "no desaturation" not in oxygen) == (kind == "desaturation")


def test_assessments_differ_in_degree():
    texts = {assess(measured) for kind in KINDS for measured in many(kind)}
    degrees = (
        "regular where analysed",
        "irregular at times",
        "irregular often",
        "irregular most of the time",
    )
    for words in ("at times", "most of the time", "desaturation often", "not assessed", *degrees):
        assert any(words in text for text in texts)


def test_every_cohort_occurs_and_can_be_asked_for():
    assert {measured.header.cohort for measured in many("normal", 60)} == {
        "adult",
        "adolescent",
        "child",
        "neonate",
    }
    record = synthesize("normal", rng=np.random.default_rng(0), subject_id="n", cohort="neonate")
    assert record.header.cohort == "neonate"
    assert record.header.demographics == {}


def test_beats_add_up_and_exist_only_at_one_minute():
    rng = np.random.default_rng(3)
    records = [synthesize("normal", rng=rng, subject_id="a", cohort="adult") for _ in range(20)]
    counted = [record for record in records if "all_beat_count" in record.rows.signals]
    assert counted
    for record in counted:
        values = record.rows.signals
        total = values["normal_beat_count"] + values["pvc_count"] + values["svpb_count"]
        np.testing.assert_array_equal(values["all_beat_count"], total)
        assert isinstance(measure(record).ectopy, Ectopy)
    seconds = synthesize("normal", rng=rng, subject_id="a", cohort="adult", minutes=10, interval_s=1.0)
    assert seconds.span_s == 600
    assert isinstance(measure(seconds).ectopy, NotAssessed)
