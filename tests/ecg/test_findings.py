from __future__ import annotations

import pytest

from bedside.ecg.findings import FINDINGS, action_for, findings_in
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
