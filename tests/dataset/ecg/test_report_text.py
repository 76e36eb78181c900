from __future__ import annotations

import pytest

from bedside.dataset.ecg.language import is_english, is_foreign
from bedside.dataset.ecg.report_text import english_report, usable_lines


@pytest.mark.parametrize(
    "text",
    [
        "sinus rhythm. normal ecg.",
        "Sinus rhythm normal EKG",
        "atrial fibrillation with rapid ventricular response. left axis deviation.",
        "premature atrial contraction(s). sinus tachycardia. st segments are depressed in i, v4,5,6.",
        "Ventricular extrasystole(s), sinus rhythm, P-wave broadening, inferior infarction, probably old.",
        "voltages are high in limb leads suggesting lvh. this is probably due to lv strain.",
    ],
)
def test_english_reports_are_english(text: str) -> None:
    assert is_english(text)
    assert not is_foreign(text)


@pytest.mark.parametrize(
    "text",
    [
        "sinusrhythmus lagetyp normal",
        "sinus rhythm linkstyp",
        "normales ekg",
        "vorhofflimmern/-flattern linkstyp t abnormal in anterioren ableitungen",
        "sinus arrhythmie lagetyp normal t abnormal",
        "sinusrytm. normalt ekg",
        "ritmo sinusal normal",
        "rythme sinusal normal",
        "4.46",
        "",
    ],
)
def test_reports_in_other_languages_are_not(text: str) -> None:
    assert not is_english(text)


def test_a_report_becomes_sentences_without_trailer_and_curators_note() -> None:
    text = "sinus rhythm.   prolonged pr interval 4.46     unconfirmed report"
    assert english_report(text, name="x", said_to_be_english=False) == (
        ("sinus rhythm.", "prolonged pr interval"),
        (),
    )
    noted = "sinus rhythm. no definite pathology. Edit: IVCB, allgemein flache T-Wellen(NDT)"
    assert english_report(noted, name="x", said_to_be_english=False)[0] == (
        "sinus rhythm.",
        "no definite pathology.",
    )


def test_german_is_not_used_and_counted() -> None:
    kept, dropped = english_report("sinusrhythmus normales ekg", name="ecg_id 3", said_to_be_english=False)
    assert kept == ()
    assert dropped[0].name == "ecg_id 3, report"
    assert "codes of the record are used" in dropped[0].reason
    assert dropped[0].superseded


def test_a_leftover_in_a_translation_is_not_used_either() -> None:
    kept, dropped = english_report("Sinus rhythm, Linkstyp.", name="x", said_to_be_english=True)
    assert kept == ()
    assert [it.superseded for it in dropped] == [False]
    unusual = english_report("Sinus rhythm with aberrancy.", name="x", said_to_be_english=True)
    assert unusual == (("Sinus rhythm with aberrancy.",), ())


def test_a_refusal_is_no_report() -> None:
    text = "Sure, please provide the ECG report that you would like translated."
    kept, dropped = english_report(text, name="x", said_to_be_english=True)
    assert kept == ()
    assert dropped[0].reason.startswith("report is a refusal: ")


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("--- Warning: Data quality may affect interpretation ---", "quality"),
        ("--- Suspect arm lead reversal - only aVF, V1-V6 analyzed ---", "quality"),
        ("*** report made without knowing patient's sex ***", "how the report was made"),
        ("Age not entered, assumed to be 50 years old for purpose of ECG interpretation", "how the report"),
        ("Confirmed by Dr. X", "how the report was made"),
        ("compared with tracing of 3:8:92, rate is a little slower.", "another recording"),
        ("Since previous tracing, no significant change", "another recording"),
    ],
)
def test_remarks_are_kept_out_and_counted_by_kind(line: str, kind: str) -> None:
    kept, dropped = usable_lines(["Sinus rhythm", line, "Abnormal ECG"], name="study_id 1")
    assert kept == ("Sinus rhythm", "Abnormal ECG")
    assert kind in dropped[0].reason
    assert dropped[0].name == f"study_id 1, report: {line}"


@pytest.mark.parametrize(
    "line",
    [
        "*** CONSIDER ACUTE ST ELEVATION MI ***",
        "Possible left atrial abnormality",
        "Baseline artifact in chest leads",
        "Borderline ECG",
    ],
)
def test_findings_stay_as_they_stand(line: str) -> None:
    assert usable_lines([line], name="x") == ((line,), ())
