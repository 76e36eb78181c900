"""What is present, how surely, and what can be denied."""

from __future__ import annotations

import ast

import polars as pl
import pytest

from bedside.dataset.ecg.askable import can_be_read, deniable, present_findings
from bedside.dataset.ecg.facts import EcgFacts, KnownCode, Measured
from bedside.ecg.reading import EcgWarning
from bedside.ecg.statements import resolve, statements
from bedside.errors import DataError


def scp(code: str, likelihood: float | None = None) -> KnownCode:
    it = resolve(code, "scp")
    assert it is not None
    classes = (it.superclass,) if it.superclass else ()
    return KnownCode(code, it.phrase, it.kind, classes, f"table, row 1, {code} {likelihood}", likelihood)


def facts(*codes: KnownCode, assessed=None, **more) -> EcgFacts:
    everything = tuple(dict.fromkeys(it.phrase for it in statements("scp").values()))
    looked_for = everything if assessed is None else assessed
    return EcgFacts("ptb-xl", "1", "1", "1", codes=codes, assessed=looked_for, **more)


@pytest.mark.parametrize(
    ("likelihood", "certainty"),
    [
        (None, "stated"),
        (0.0, "stated"),
        (15.0, "possible"),
        (50.0, "possible"),
        (51.0, "probable"),
        (80.0, "probable"),
        (99.9, "probable"),
        (100.0, "stated"),
    ],
)
def test_likelihoods_become_words(likelihood, certainty) -> None:
    assert present_findings(facts(scp("IMI", likelihood)))[0].certainty == certainty


def test_the_surest_and_gravest_comes_first_and_normal_last() -> None:
    codes = ("NORM", "PVC", "NDT", "LVH", "CRBBB", "AFIB")
    found = present_findings(facts(*map(scp, codes), scp("ASMI", 15.0), scp("PMI", 100.0), scp("LAFB", 80.0)))
    assert [it.phrase for it in found] == [
        "posterior myocardial infarction",
        "atrial fibrillation",
        "complete right bundle branch block",
        "left ventricular hypertrophy",
        "non-diagnostic T-wave abnormalities",
        "premature ventricular complexes",
        "normal ECG",
        "left anterior fascicular block",
        "anteroseptal myocardial infarction",
    ]


def test_codes_with_one_phrase_are_one_finding_with_the_evidence_of_the_surest() -> None:
    def premature(code, likelihood):
        return KnownCode(code, "premature ventricular complexes", "form", (), f"Dx {code}", likelihood)

    found = present_findings(
        facts(premature("427172004", 100.0), premature("17338001", None), premature("1", 15.0))
    )
    assert [(it.phrase, it.certainty, it.evidence) for it in found] == [
        ("premature ventricular complexes", "stated", "Dx 427172004; Dx 17338001")
    ]


def test_what_a_finding_implies_is_not_repeated_unless_it_is_surer() -> None:
    def phrases(*codes):
        return {it.phrase for it in present_findings(facts(*codes))}

    assert phrases(scp("SR"), scp("SBRAD")) == {"sinus bradycardia"}
    assert phrases(scp("LPR"), scp("1AVB")) == {"first degree AV block"}
    assert phrases(scp("LPR"), scp("1AVB", 50.0)) == {"first degree AV block", "prolonged PR interval"}


def test_a_phrase_that_is_not_known_is_refused() -> None:
    odd = KnownCode("X", "odd beats", "form", (), "table")
    with pytest.raises(DataError, match="odd beats"):
        present_findings(facts(odd))
    with pytest.raises(DataError, match="odd beats"):
        deniable(facts(assessed=("odd beats",)))


def test_only_what_was_looked_for_is_denied() -> None:
    assert deniable(facts(scp("SR"), assessed=())) == ()
    assert deniable(facts(scp("SR"), assessed=("atrial fibrillation", "sinus rhythm"))) == (
        "atrial fibrillation",
    )


def test_what_may_be_meant_is_not_denied_however_unlikely() -> None:
    absent = deniable(facts(scp("SR"), scp("IMI", 15.0)))
    assert not {"inferior myocardial infarction", "inferolateral myocardial infarction"} & set(absent)
    assert "anterior myocardial infarction" in absent


def test_the_report_counts_against_a_denial() -> None:
    """Codes and report of public records contradict each other now and then."""
    said = ("Sinus rhythm, normal axis, left bundle branch block.",)
    absent = deniable(facts(scp("SR"), scp("NORM"), report=said))
    assert not {"complete left bundle branch block", "incomplete left bundle branch block"} & set(absent)
    assert "complete right bundle branch block" in absent


@pytest.mark.parametrize(
    ("name", "value", "phrase"),
    [
        ("heart_rate", 104, "sinus tachycardia"),
        ("heart_rate", 57, "sinus bradycardia"),
        ("pr", 212, "first degree AV block"),
        ("qrs", 130, "complete left bundle branch block"),
        ("qtc", 470, "prolonged QT interval"),
    ],
)
def test_figures_count_against_a_denial(name, value, phrase) -> None:
    unit = "bpm" if name == "heart_rate" else "ms"
    assert phrase in deniable(facts(scp("SR")))
    assert phrase not in deniable(facts(scp("SR"), measured=(Measured(name, value, unit, "table"),)))


def test_a_normal_ecg_is_denied_only_beside_a_sure_abnormal_one() -> None:
    assert "normal ECG" in deniable(facts(scp("CLBBB", 100.0)))
    assert "normal ECG" not in deniable(facts(scp("CLBBB", 50.0)))
    assert "normal ECG" not in deniable(facts(scp("STACH")))
    assert "normal ECG" not in deniable(facts())
    assert "normal ECG" not in deniable(facts(scp("NORM"), scp("CLBBB", 100.0)))


def test_flags_hide_what_a_picture_does_not_show() -> None:
    no_scale, swapped = EcgWarning("uncalibrated", ""), EcgWarning("lead_reversal", "")
    assert not can_be_read("low QRS voltage", [no_scale])
    assert can_be_read("low QRS voltage", [swapped])
    assert not can_be_read("axis", [no_scale, swapped])
    assert can_be_read("atrial fibrillation", [no_scale, swapped])


@pytest.mark.parametrize(
    ("ecg_id", "phrase"),
    [
        (15595, "incomplete left bundle branch block"),
        *((it, "left atrial enlargement") for it in (7222, 12656, 14624, 15335, 16668, 19102)),
        (9031, "prolonged QT interval"),
        (19383, "prolonged QT interval"),
        (5137, "first degree AV block"),
        (18076, "incomplete right bundle branch block"),
        (7986, "non-specific intraventricular conduction disturbance"),
        (9165, "non-specific intraventricular conduction disturbance"),
    ],
)
def test_what_a_german_report_names_is_not_denied(ecg_id, phrase, data_dir) -> None:
    table = pl.read_csv(data_dir / "ecg/ptbxl/ptbxl_database.csv").filter(pl.col("ecg_id") == ecg_id)
    codes = [scp(code, likelihood) for code, likelihood in ast.literal_eval(table["scp_codes"][0]).items()]
    assert phrase in deniable(facts(*codes))
    assert phrase not in deniable(facts(*codes, stated=table["report"][0]))
