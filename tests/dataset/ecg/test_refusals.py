"""Texts that are no answers, and answers that look a little like them."""

from __future__ import annotations

import json

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bedside.dataset.ecg.facts import EcgFacts, KnownCode, Measured
from bedside.dataset.ecg.fairness import balance
from bedside.dataset.ecg.pairs import TASKS, pairs
from bedside.dataset.ecg.refusals import refusal
from bedside.ecg.statements import statements


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("Sure, please provide the ECG report that you would like translated.", "asks for"),
        ("Please provide me with the full ECG image.", "asks for"),
        ("No image was provided.", "asks for"),
        ("Sure, I can help with that. Please upload your report.", "asks for"),
        ("As an AI language model, I do not diagnose.", "language model"),
        ("I'm just an AI and this is no advice.", "language model"),
        ("I cannot see the image you uploaded.", "language model"),
        ("I'm sorry, but I can't assist with that.", "refuses"),
        ("I\u2019m sorry, but I cannot provide a diagnosis.", "refuses"),
        ("I am unable to interpret this ECG.", "refuses"),
        ("Unfortunately, it is not possible to say more.", "refuses"),
        ("Here is the translation: Sinus rhythm.", "introduces"),
        ("Certainly! Here's the translated report:\nSinus rhythm.", "introduces"),
        ("Translation: sinus rhythm.", "introduces"),
        ("Only the ECG trace was requested.", "no report"),
        ("No report available.", "no report"),
        ("N/A", "placeholder"),
        ("<image>", "placeholder"),
        ("Sinus rhythm.<end_of_turn>", "chat template"),
        ("[INST] Interpret [/INST]", "chat template"),
        ("", "no word"),
        (" \n", "no word"),
        ("... --", "no word"),
        ("Sinusrhythmus, Lagetyp normal, normales EKG", "German"),
        ("sinusrhythmus linkstyp qrs(t) abnorm inferiorer infarkt wahrscheinlich alt", "German"),
        ("Es liegt ein Vorhofflimmern mit schneller Überleitung vor.", "German"),
        ("inferiorer Infarkt mÃ¶glich", "encoding"),
        ("patient\u00e2\u20ac\u2122s ECG", "encoding"),
        ("sinus rhythm \ufffd", "encoding"),
    ],
)
def test_tells_why(text, why) -> None:
    assert why in (refusal(text) or "")


@pytest.mark.parametrize(
    "text",
    [
        "Yes.",
        "B",
        "72",
        "None",
        "Na",
        "-30 degrees.",
        "Sinus rhythm, normal ECG",
        "I cannot see any P waves.",
        "I don't see any ST elevation in this ECG.",
        "I'm sorry to hear that. Sit down and rest.",
        "Patients die of the disease in the end.",
        "If there is chest pain, please provide the patient with oxygen.",
        "Sjögren syndrome",
        "Ménière disease; Wolff-Parkinson-White",
        "This tracing cannot be adequately interpreted without the full clinical picture.",
        "A report was requested; the tracing shows sinus rhythm.",
        "The answer is not available from the ECG alone, but ischemia is likely.",
        "T < 3 and x > 2",
    ],
)
def test_leaves_answers_alone(text) -> None:
    assert refusal(text) is None


def test_on_real_reports(data_dir) -> None:
    """All that are none are found, and no other."""
    lines = (data_dir / "ecg/ptbxl_reports/reports_en.jsonl").read_text(encoding="utf-8").splitlines()
    found = {row["ecg_id"]: refusal(row["report_en"]) for row in map(json.loads, lines)}
    reasons = {ecg_id: reason for ecg_id, reason in found.items() if reason}
    assert reasons == {
        **dict.fromkeys((12941, 9110, 3805, 16239), "it asks for what to work on"),
        **dict.fromkeys((6670, 1186), "it says that there is no report"),
    }


def test_on_real_reports_in_german_and_english(data_dir) -> None:
    reports = pl.read_csv(data_dir / "ecg/ptbxl/ptbxl_database.csv")["report"].to_list()
    german = [text for text in reports if "sinusrhythmus" in text or "lagetyp" in text]
    english = [text for text in reports if "sinus rhythm" in text or "atrial fibrillation" in text]
    assert len(german) > 200
    assert len(english) > 100
    assert {refusal(text) for text in german} == {"it is German"}
    assert {refusal(text) for text in english} == {None}


def test_on_medical_questions_and_answers(data_dir) -> None:
    """No false alarm in four thousand texts of other fields; two of them are a lone slash."""

    def strings(value):
        if isinstance(value, str):
            yield value
        elif isinstance(value, (dict, list)):
            for part in value.values() if isinstance(value, dict) else value:
                yield from strings(part)

    texts = []
    for path in sorted((data_dir / "ecg/medical_qa").iterdir()):
        whole = path.read_text(encoding="utf-8")
        rows = map(json.loads, whole.splitlines()) if path.suffix == ".jsonl" else [json.loads(whole)]
        texts += [text for row in rows for text in strings(row) if text.strip(" /")]
    assert len(texts) > 4000
    assert [text for text in texts if refusal(text)] == []


@given(st.sampled_from(sorted(statements("scp"))), st.integers(0, 2**32), st.sampled_from([None, 15.0, 80.0]))
def test_never_fires_on_answers_of_our_own(code, seed, likelihood) -> None:
    it = statements("scp")[code]
    facts = EcgFacts(
        "ptb-xl",
        "1",
        "1",
        "1",
        codes=(KnownCode(code, it.phrase, it.kind, (), "table", likelihood),),
        assessed=tuple(other.phrase for other in statements("scp").values()),
        measured=(Measured("axis", seed % 360 - 180.0, "degrees", "table"),),
    )
    made = pairs(facts, tasks=TASKS, fairness=balance([facts]), rng=np.random.default_rng(seed))
    assert made
    assert all(refusal(text) is None for pair in made for text in (pair.question, pair.answer))


@given(st.text(max_size=200))
def test_any_text_can_be_asked_about(text) -> None:
    assert isinstance(refusal(text), (str, type(None)))
