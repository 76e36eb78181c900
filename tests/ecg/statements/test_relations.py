"""What follows from a finding, and what can be denied beside it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bedside.ecg.statements import implied, phrases, surely_absent

some = st.sampled_from(sorted(phrases()))


@pytest.mark.parametrize(
    ("asked", "present"),
    [
        ("myocardial infarction", "inferior myocardial infarction"),
        ("inferior myocardial infarction", "myocardial infarction"),
        ("inferior myocardial infarction", "inferoposterolateral myocardial infarction"),
        ("lateral myocardial infarction", "inferolateral myocardial infarction"),
        ("inferolateral myocardial infarction", "inferior myocardial infarction"),
        ("anterior myocardial infarction", "anteroseptal myocardial infarction"),
        ("old myocardial infarction", "inferior myocardial infarction"),
        ("left bundle branch block", "complete left bundle branch block"),
        ("complete left bundle branch block", "left bundle branch block"),
        ("incomplete right bundle branch block", "right bundle branch block"),
        ("bundle branch block", "incomplete left bundle branch block"),
        ("left anterior fascicular block", "complete left bundle branch block"),
        ("left axis deviation", "left anterior fascicular block"),
        ("prolonged PR interval", "first degree AV block"),
        ("first degree AV block", "prolonged PR interval"),
        ("sinus rhythm", "sinus bradycardia"),
        ("sinus arrhythmia", "sinus rhythm"),
        ("atrial flutter", "atrial fibrillation"),
        ("supraventricular tachycardia", "atrial flutter"),
        ("premature ventricular complexes", "bigeminy"),
        ("premature complexes", "premature atrial complexes"),
        ("voltage criteria for left ventricular hypertrophy", "left ventricular hypertrophy"),
        ("ventricular hypertrophy", "right ventricular hypertrophy"),
        ("T-wave abnormality", "T-wave inversion"),
        ("non-specific ST depression", "digitalis effect"),
        ("T-wave inversion", "left bundle branch block"),
        ("ST elevation", "anterior myocardial infarction"),
        ("abnormal QRS complexes", "incomplete right bundle branch block"),
        ("complete left bundle branch block", "ventricular paced rhythm"),
    ],
)
def test_not_denied(asked, present) -> None:
    assert not surely_absent(asked, present=[present])


@pytest.mark.parametrize(
    ("asked", "present"),
    [
        ("atrial fibrillation", "sinus rhythm"),
        ("atrial fibrillation", "atrial flutter"),
        ("sinus tachycardia", "sinus rhythm"),
        ("sinus bradycardia", "sinus rhythm"),
        ("sinus tachycardia", "sinus bradycardia"),
        ("sinus rhythm", "atrial fibrillation"),
        ("right bundle branch block", "left bundle branch block"),
        ("anterior myocardial infarction", "inferior myocardial infarction"),
        ("right ventricular hypertrophy", "left ventricular hypertrophy"),
        ("left ventricular hypertrophy", "first degree AV block"),
        ("first degree AV block", "normal ECG"),
        ("inferior myocardial infarction", "non-specific T-wave changes"),
    ],
)
def test_denied(asked, present) -> None:
    assert surely_absent(asked, present=[present])


def test_one_of_several_is_enough() -> None:
    assert not surely_absent(
        "myocardial infarction", present=["sinus rhythm", "inferior myocardial infarction"]
    )
    assert surely_absent("myocardial infarction", present=[])


def test_relations_name_only_known_phrases_and_go_in_no_circle() -> None:
    for phrase in phrases().values():
        assert phrases().keys() >= {*phrase.implies, *phrase.unsure_with}
        assert all(phrase.text not in implied(parent) for parent in phrase.implies)


@given(some, some)
def test_nothing_present_or_implied_is_denied(one, other) -> None:
    for present in ([one], [one, other]):
        assert not any(surely_absent(it, present=present) for it in implied(one))


@given(some, st.lists(some, max_size=4), some)
def test_more_findings_never_make_a_denial_surer(asked, present, another) -> None:
    if surely_absent(asked, present=[*present, another]):
        assert surely_absent(asked, present=present)
