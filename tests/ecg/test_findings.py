from __future__ import annotations

import pytest

from bedside.ecg.findings import FINDINGS, action_for, findings_in
from bedside.ecg.statements import phrases, statements
from bedside.errors import DataError
from bedside.prompts import ecg_report, is_ecg_report

AF = "atrial fibrillation"
STE = "inferior ST elevation"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("The ECG shows sinus bradycardia.", {"sinus bradycardia"}),
        ("Atrial Fibrillation, rate 90", {AF}),
        ("AF with rapid response", {AF}),
        ("new afib and A-fib", {AF}),
        ("NSR", {"normal sinus rhythm"}),
        ("ST elevation in the inferior leads", {STE}),
        ("ST-segment elevation in II, III and aVF", {STE}),
        ("ST elevations in leads II, III, aVF", {STE}),
        ("inferior STEMI; sinus tachycardia", {STE, "sinus tachycardia"}),
        ("atrial\n  fibrillation", {AF}),
        ("", set()),
        ("sinus", set()),
        ("after the shaft", set()),
        ("subatrial fibrillations", set()),
        ("ST elevation in V1 to V4", {"ST elevation"}),
        ("abnormal sinus rhythm", {"sinus rhythm"}),
    ],
)
def test_finds_whole_phrases(text, found):
    assert findings_in(text) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("incomplete right bundle branch block", {"incomplete right bundle branch block"}),
        ("LBBB and LAFB", {"left bundle branch block", "left anterior fascicular block"}),
        ("voltage criteria for LVH", {"voltage criteria for left ventricular hypertrophy"}),
        (
            "LVH by voltage, LVH",
            {"voltage criteria for left ventricular hypertrophy", "left ventricular hypertrophy"},
        ),
        ("A-V block I", {"first degree AV block"}),
        ("1st-degree atrioventricular block", {"first degree AV block"}),
        ("Inferior myocardial ischaemia", {"inferior ischemia"}),
        (
            "Ventricular extrasystole(s), nonspecific T wave change",
            {"premature ventricular complexes", "non-specific T-wave changes"},
        ),
        ("possible old inferior infarct", {"inferior myocardial infarction"}),
        ("anterior STEMI", set()),
        ("right bundle branch. Block of the left", set()),
        ("normal EKG; sinus\trhythm", {"normal ECG", "sinus rhythm"}),
        ("abnormal ECG", set()),
        ("NORMAL SINUS RHYTHM, otherwise normal ECG", {"normal sinus rhythm", "normal ECG"}),
        ("no atrial fibrillation", {AF}),
        ("Atrial fibrillation/flutter", {AF}),
    ],
)
def test_the_longest_phrase_counts_however_it_is_written(text, found):
    assert findings_in(text) == found


def test_every_phrase_and_every_other_way_to_write_it_is_found_as_itself_alone():
    for phrase in phrases().values():
        for written in (phrase.text, *phrase.synonyms, phrase.text.upper(), f"({phrase.text})."):
            assert findings_in(written) == {phrase.text}, written


def test_the_scp_statements_are_described_in_words_that_are_found():
    for statement in statements("scp").values():
        assert findings_in(statement.description) == {statement.phrase}


def test_two_findings_beside_each_other_stay_two():
    names = sorted(phrases())
    for one in names:
        text = " and ".join((one, *names))
        assert findings_in(text) == set(names)
        assert findings_in(f"{one} and {names[0]}") == {one, names[0]}


def test_reads_back_every_report_it_can_write():
    for finding in FINDINGS:
        report = ecg_report([finding.name], action_for([finding.name]))
        assert is_ecg_report(report)
        assert findings_in(report) == {finding.name}


def test_no_action_names_a_finding():
    assert all(not findings_in(finding.action) for finding in FINDINGS)


def test_actions_tell_the_findings_apart():
    assert len({finding.action for finding in FINDINGS}) == len(FINDINGS)


def test_the_most_urgent_finding_decides():
    assert action_for([AF, STE, "sinus tachycardia"]) == action_for([STE])
    assert action_for(["normal sinus rhythm", AF]) == action_for([AF])


@pytest.mark.parametrize("findings", [[], ["asystole"]])
def test_no_action_is_invented(findings):
    with pytest.raises(DataError, match="action"):
        action_for(findings)
