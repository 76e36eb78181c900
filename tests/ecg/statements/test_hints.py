"""What reports in other languages may mean."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bedside.ecg.statements import hinted, phrases, surely_absent
from bedside.ecg.statements.hints import _hints


@pytest.mark.parametrize(
    ("report", "named"),
    [
        ("unvollständiger linksschenkelblock", "incomplete left bundle branch block"),
        ("unvollstaendiger rechtsschenkelblock", "incomplete right bundle branch block"),
        ("schenkelblock unvollstaendig links", "incomplete left bundle branch block"),
        ("sinusrhythmus p-sinistrocardiale linkstyp", "left atrial enlargement"),
        ("verdacht auf p-dextrocardiale", "right atrial enlargement"),
        ("QT-VERLÄNGERUNG", "prolonged QT interval"),
        ("qt-verlaengerung", "prolonged QT interval"),
        ("a-v block i p-verbreiterung", "first degree AV block"),
        ("av-block ii. grades", "second degree AV block"),
        ("a-v block iii", "third degree AV block"),
        ("intraventr. leitungsstoerungen ii, iii", "non-specific intraventricular conduction disturbance"),
        ("intraventrikuläre leitungsstörung", "non-specific intraventricular conduction disturbance"),
        ("linksanteriorer hemiblock", "left anterior fascicular block"),
        ("linkstyp", "left axis deviation"),
        ("linkshypertrophie möglich", "left ventricular hypertrophy"),
        ("linksbelastung", "left ventricular strain"),
        ("rechtshypertrophie", "right ventricular hypertrophy"),
        ("inferiorer infarkt, alter unbest.", "inferior myocardial infarction"),
        ("vorderwandinfarkt", "anterior myocardial infarction"),
        ("anterolaterale ischämie", "myocardial ischemia"),
        ("inferiorer myokardschaden nicht auszuschliessen", "myocardial infarction"),
        ("vorhofflimmern/-flattern", "atrial fibrillation"),
        ("vorhofflimmern/-flattern", "atrial flutter"),
        ("ventrikuläre extrasystole(n)", "premature ventricular complexes"),
        ("supraventrikuläre extrasystole(n)", "premature atrial complexes"),
        ("periphere niederspannung", "low QRS voltage"),
        ("t negativ in v1", "T-wave abnormality"),
        ("st-senkung", "ST depression"),
        ("digitaliswirkung", "digitalis effect"),
        ("schrittmacher-ekg", "paced rhythm"),
        ("wpw-syndrom", "Wolff-Parkinson-White pattern"),
        ("vänstersidigt skänkelblock", "left bundle branch block"),
        ("sinus rhythm. Edit: ASMI, ISC(IVCB 50)", "anteroseptal myocardial infarction"),
        ("sinus rhythm. Edit: ASMI, ISC(IVCB 50)", "non-specific ischemic ST-T changes"),
        ("sonst normales ekg", "normal ECG"),
    ],
)
def test_what_a_report_may_mean(report, named) -> None:
    assert named in hinted(report)
    assert hinted(unicodedata.normalize("NFD", report.upper())) == hinted(report)


def test_the_wall_of_an_infarction_is_told_from_others() -> None:
    found = hinted("inferiorer infarkt, wahrscheinlich alt")
    assert surely_absent("anteroseptal myocardial infarction", present=found)
    assert not surely_absent("inferior myocardial infarction", present=found)


def test_every_pattern_stands_for_known_findings() -> None:
    pattern, meanings = _hints()
    assert pattern.groups == len(meanings) - 1
    assert all(set(some) <= set(phrases()) and some for some in meanings[1:])


@pytest.mark.parametrize("text", ["", "lagetyp normal", "4.46 unbestätigter bericht", "artefakte"])
def test_words_that_name_no_finding(text) -> None:
    assert hinted(text) == frozenset()


@given(st.text(max_size=200))
def test_any_text_is_read(text) -> None:
    assert hinted(text) <= set(phrases())
