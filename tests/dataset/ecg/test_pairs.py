"""Questions and answers: true, traceable, found again, and the same every time."""

from __future__ import annotations

import ast
from collections import Counter

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bedside.dataset.ecg.facts import EcgFacts, KnownAbsent, KnownCode, Measured
from bedside.dataset.ecg.fairness import Fairness
from bedside.dataset.ecg.pairs import TASKS, pairs
from bedside.ecg.findings import findings_in
from bedside.ecg.reading import EcgWarning
from bedside.ecg.statements import kinds_of, phrases, resolve, statements, surely_absent
from bedside.prompts import ECG_PROMPTS

EVERYTHING = tuple(dict.fromkeys(it.phrase for it in statements("scp").values()))
EACH = dict.fromkeys(phrases(), 1.0)
EVEN = Fairness(EACH, EACH, EACH, EACH, {it: next(iter(kinds_of(it)), "") for it in EACH})
"""Every finding is drawn as readily as any other."""
RATE = Measured("heart_rate", 71.5, "bpm", "table, row 1, rate 71.5")
LIKELIHOODS = (None, 0.0, 15.0, 35.0, 50.0, 80.0, 100.0)


def scp(code: str, likelihood: float | None = None) -> KnownCode:
    it = resolve(code, "scp")
    assert it is not None
    classes = (it.superclass,) if it.superclass else ()
    return KnownCode(code, it.phrase, it.kind, classes, f"table, row 1, {code} {likelihood}", likelihood)


def facts(*codes: KnownCode, assessed=EVERYTHING, **more) -> EcgFacts:
    return EcgFacts("ptb-xl", "1", "1", "1", codes=codes, assessed=assessed, **more)


def ask(known: EcgFacts, *tasks, seed: int = 0, flags=(), fairness=EVEN):
    rng = np.random.default_rng(seed)
    return pairs(known, tasks=tasks or TASKS, fairness=fairness, rng=rng, flags=flags)


def answers(known: EcgFacts, task: str, flags=()) -> set[tuple[str, str]]:
    """Return every question with its answer that can be drawn."""
    return {
        (it.question, it.answer) for seed in range(120) for it in ask(known, task, seed=seed, flags=flags)
    }


def test_rhythm() -> None:
    said = answers(facts(scp("AFIB"), scp("PVC"), measured=(RATE,)), "rhythm")
    both = {answer for question, answer in said if question == ECG_PROMPTS["rate_and_rhythm"]}
    assert both == {
        "The heart rate is 72 bpm and the rhythm is atrial fibrillation.",
        "Atrial fibrillation at 72 bpm.",
    }
    assert {answer for _, answer in said} - both == {
        "The rhythm is atrial fibrillation.",
        "This ECG shows atrial fibrillation.",
    }
    sinus = answers(facts(scp("SR"), measured=(RATE,)), "rhythm")
    assert {answer for _, answer in sinus} == {
        "Sinus rhythm.",
        "This ECG shows sinus rhythm.",
        "Sinus rhythm at 72 bpm.",
        "The heart rate is 72 bpm. The ECG shows sinus rhythm.",
    }
    assert ("What is the rhythm in this ECG?", "This ECG shows a paced rhythm.") in answers(
        facts(scp("PACE")), "rhythm"
    )
    several = {answer for _, answer in answers(facts(scp("SARRH"), scp("BIGU"), measured=(RATE,)), "rhythm")}
    assert "The heart rate is 72 bpm. The ECG shows sinus arrhythmia and bigeminy." in several


def test_no_rate_no_question_about_the_rate() -> None:
    said = answers(facts(scp("AFIB")), "rhythm")
    assert ECG_PROMPTS["rate_and_rhythm"] not in {question for question, _ in said}
    assert ask(facts(scp("IMI"), measured=(RATE,)), "rhythm") == ()


def test_report_from_codes() -> None:
    said = {
        it
        for _, it in answers(
            facts(scp("IMI", 15.0), scp("SR"), scp("1AVB", 100.0), scp("NORM", 80.0)), "report"
        )
    }
    assert said == {
        (
            "Probably a normal ECG. Sinus rhythm. First degree AV block. "
            "Possible inferior myocardial infarction."
        ),
        *(
            f"{normal} is probably a normal ECG. "
            f"{begin} sinus rhythm, first degree AV block and possible inferior myocardial infarction."
            for begin in ("This ECG shows", "The ECG shows", "The findings are")
            for normal in ("This", "The tracing")
        ),
    }
    plain = {it for _, it in answers(facts(scp("NORM"), scp("SR")), "report")}
    assert "Sinus rhythm. Normal ECG." in plain
    assert "This ECG shows sinus rhythm. It is a normal ECG." in plain
    minor = {it for _, it in answers(facts(scp("NORM"), scp("SBRAD"), scp("LVOLT")), "report")}
    assert "Sinus bradycardia. Low QRS voltage. Otherwise normal ECG." in minor
    assert "The ECG shows sinus bradycardia and low QRS voltage. Otherwise it is a normal ECG." in minor


def test_report_is_that_of_the_source_where_there_is_one() -> None:
    sentences = ("Sinus  rhythm.", " Left axis deviation. ", "")
    known = facts(scp("SR"), report=sentences, report_evidence="table, row 1, report")
    (pair,) = ask(known, "report")
    assert pair.answer == "Sinus rhythm. Left axis deviation."
    assert pair.target is None
    assert [it.statement for it in pair.evidence] == ["Sinus rhythm.", "Left axis deviation."]
    assert {it.source for it in pair.evidence} == {"table, row 1, report"}
    (lines,) = ask(facts(report=("Sinus rhythm", "Abnormal ECG")), "report")
    assert lines.answer == "Sinus rhythm\nAbnormal ECG"


def test_morphology() -> None:
    said = answers(facts(scp("SR"), scp("IMI", 100.0), scp("QWAVE", 0.0), scp("LVH", 50.0)), "morphology")
    assert {answer for question, answer in said if question == ECG_PROMPTS["diagnosis"]} == {
        "The most likely diagnosis is inferior myocardial infarction.",
        "Inferior myocardial infarction.",
    }
    listed = "inferior myocardial infarction, abnormal Q waves and possible left ventricular hypertrophy."
    assert {answer for question, answer in said if question == ECG_PROMPTS["abnormalities"]} == {
        f"{begin} {listed}" for begin in ("This ECG shows", "The ECG shows", "The findings are")
    }


@pytest.mark.parametrize("codes", [("NDT",), ("AFIB",), ("STACH", "NST_"), ("PVC",)])
def test_no_diagnosis_is_asked_for_where_only_form_or_rhythm_is_stated(codes) -> None:
    said = answers(facts(*(scp(code, 100.0) for code in codes), scp("IMI", 50.0)), "morphology")
    assert {question for question, _ in said} == {ECG_PROMPTS["abnormalities"]}


def test_a_diagnosis_is_what_is_plainly_stated_and_in_the_singular() -> None:
    said = answers(facts(scp("AFIB"), scp("WPW"), scp("LVH", 80.0), scp("NDT")), "morphology")
    assert {answer for question, answer in said if question == ECG_PROMPTS["diagnosis"]} == {
        "The most likely diagnosis is a Wolff-Parkinson-White pattern.",
        "Wolff-Parkinson-White pattern.",
    }
    plural = answers(facts(scp("ISC_")), "morphology")
    assert {answer for question, answer in plural if question == ECG_PROMPTS["diagnosis"]} == {
        "Non-specific ischemic ST-T changes."
    }


def test_findings_have_their_articles() -> None:
    said = answers(facts(scp("LNGQT")), "morphology") | answers(facts(scp("LNGQT")), "yes_no")
    assert {answer for _, answer in said if "prolonged" in answer} >= {
        "This ECG shows a prolonged QT interval.",
        "Yes, this ECG shows a prolonged QT interval.",
    }
    assert "Can a prolonged QT interval be seen in this ECG?" in {question for question, _ in said}
    assert "The finding is" not in " ".join(answer for _, answer in answers(facts(scp("NST_")), "morphology"))


def test_a_finding_that_the_source_itself_denies_is_denied_with_its_cell() -> None:
    cell = KnownAbsent("atrial fibrillation", "exams.csv, exam_id 1, AF: False")
    (pair,) = ask(facts(assessed=("atrial fibrillation",), absent=(cell,)), "yes_no")
    assert [it.source for it in pair.evidence] == ["exams.csv, exam_id 1, AF: False"]


def test_what_is_not_fair_to_ask_is_not_asked() -> None:
    known = facts(scp("AFIB"), scp("CLBBB", 100.0))
    rare = Fairness({"atrial fibrillation": 0.25}, {}, EACH, {}, EVEN.group)
    made = [ask(known, "yes_no", "multiple_choice", seed=seed, fairness=rare) for seed in range(2000)]
    assert {pair.evidence[0].statement for some in made for pair in some} == {"atrial fibrillation"}
    assert abs(sum(map(len, made)) - 500) < 5 * np.sqrt(2000 * 0.25 * 0.75)


def test_choices_are_of_one_kind() -> None:
    known = facts(scp("AFIB"), scp("CLBBB", 100.0))
    kinds = [
        {kinds_of(it)[0] for pair in ask(known, "multiple_choice", seed=seed) for it in pair.choices or ()}
        for seed in range(50)
    ]
    assert {"rhythm"} in kinds
    assert {"diagnostic"} in kinds
    assert all(len(it) == 1 for it in kinds)


def test_morphology_of_a_normal_ecg_and_of_nothing() -> None:
    said = {answer for _, answer in answers(facts(scp("SR"), scp("NORM", 100.0)), "morphology")}
    assert said == {"This is a normal ECG.", "The tracing is a normal ECG."}
    assert ask(facts(scp("SR")), "morphology") == ()


@pytest.mark.parametrize(
    ("measured", "words"),
    [
        (Measured("heart_rate", 71.5, "bpm", "t"), "72 bpm"),
        (Measured("qrs", 96, "ms", "t"), "96 ms"),
        (Measured("axis", -30.5, "degrees", "t"), "-30 degrees"),
        (Measured("axis", 1, "degrees", "t"), "1 degree"),
    ],
)
def test_measurement(measured, words) -> None:
    (pair,) = ask(facts(measured=(measured,)), "measurement", seed=1)
    assert words in pair.answer
    assert pair.target is None
    (evidence,) = pair.evidence
    assert evidence.statement == words
    unit = {"degrees": "degree"}.get(measured.unit, measured.unit)
    assert evidence.source.endswith(f", rounded to a whole {unit}") == (measured.value % 1 != 0)


def test_every_figure_is_asked_for_that_can_be_read() -> None:
    known = facts(measured=(Measured("axis", 40, "degrees", "t"), RATE))
    assert {it for _, it in answers(known, "measurement")} == {
        "40 degrees.",
        "72 bpm.",
        "The QRS axis is 40 degrees.",
        "The heart rate is 72 bpm.",
    }
    swapped = (EcgWarning("lead_reversal", "I is upside down"),)
    assert {it for _, it in answers(known, "measurement", swapped)} == {
        "72 bpm.",
        "The heart rate is 72 bpm.",
    }


def test_yes_and_no_in_equal_numbers_and_about_the_right_things() -> None:
    known = facts(scp("AFIB"), scp("LVH", 15.0), scp("CLBBB", 100.0))
    counts = Counter()
    for seed in range(300):
        for pair in ask(known, "yes_no", seed=seed):
            yes = pair.answer.startswith("Yes, ")
            counts[yes] += 1
            (evidence,) = pair.evidence
            assert evidence.statement in pair.question
            assert (evidence.statement in {"atrial fibrillation", "complete left bundle branch block"}) == yes
            if not yes:
                assert pair.answer.startswith("No, ")
                assert surely_absent(evidence.statement, present=[it.phrase for it in known.codes])
            assert pair.choices == ("yes", "no")
            assert pair.target is None
    assert counts == {True: 300, False: 300}


def test_the_published_yes_no_question_is_put_verbatim() -> None:
    said = answers(facts(scp("AFIB"), assessed=()), "yes_no")
    assert (
        "Does this ECG show signs of atrial fibrillation?",
        "Yes, this ECG shows atrial fibrillation.",
    ) in said
    assert {answer[:4] for _, answer in said} == {"Yes,"}


def test_nothing_is_denied_where_the_source_does_not_say_what_it_looked_for() -> None:
    assert all(it.answer.startswith("Yes") for it in ask(facts(scp("AFIB"), assessed=()), "yes_no"))
    assert ask(facts(assessed=()), *TASKS) == ()
    assert ask(facts(scp("AFIB"), assessed=()), "multiple_choice") == ()


def test_multiple_choice() -> None:
    places = Counter()
    known = facts(scp("AFIB"), scp("CLBBB", 100.0), scp("IMI", 15.0))
    for seed in range(2000):
        (pair,) = ask(known, "multiple_choice", seed=seed)
        letter, right = pair.answer.split(". ", 1)
        assert pair.choices is not None
        assert len(set(pair.choices)) == 4
        assert pair.choices["ABCD".index(letter)] == right
        assert right in {"atrial fibrillation", "complete left bundle branch block"}
        wrong = set(pair.choices) - {right}
        assert all(surely_absent(it, present=[code.phrase for code in known.codes]) for it in wrong)
        assert pair.question.endswith(
            "\n".join(f"{a}. {b}" for a, b in zip("ABCD", pair.choices, strict=True))
        )
        places[letter] += 1
    assert all(abs(places[letter] - 500) < 5 * np.sqrt(2000 * 0.25 * 0.75) for letter in "ABCD")


def test_a_normal_ecg_beside_something_abnormal_is_not_asked_with_one_right_answer() -> None:
    known = facts(scp("NORM", 100.0), scp("IRBBB", 100.0), scp("SR"))
    for seed in range(100):
        for pair in ask(known, "yes_no", "multiple_choice", seed=seed):
            assert "normal ECG" not in {*(pair.choices or ()), *(it.statement for it in pair.evidence)}


def test_flags_leave_out_what_the_picture_does_not_show() -> None:
    known = facts(scp("SR"), scp("LVOLT"), measured=(Measured("axis", 40, "degrees", "t"),))
    flags = (EcgWarning("uncalibrated", "no gain"), EcgWarning("lead_reversal", "I is upside down"))
    for seed in range(100):
        made = ask(known, *TASKS, seed=seed, flags=flags)
        assert {it.task for it in made} == {"rhythm", "yes_no", "multiple_choice"}
        words = " ".join(f"{it.question} {it.answer}" for it in made)
        assert not {"low QRS voltage", "left ventricular hypertrophy", "axis"} & set(findings_in(words))


def test_pairs_come_in_the_order_of_the_tasks() -> None:
    known = facts(scp("AFIB"), scp("IMI"), measured=(RATE,))
    assert [it.task for it in ask(known, "measurement", "report", "rhythm")] == [
        "measurement",
        "report",
        "rhythm",
    ]


codes_with_likelihood = st.lists(
    st.builds(scp, st.sampled_from(sorted(statements("scp"))), st.sampled_from(LIKELIHOODS)), max_size=7
)
figures = st.lists(
    st.sampled_from([RATE, Measured("pr", 221, "ms", "t"), Measured("axis", -45.2, "degrees", "t")]),
    max_size=2,
)


@given(codes_with_likelihood, figures, st.integers(0, 2**32))
def test_every_statement_is_traceable_and_every_target_is_found(codes, measured, seed) -> None:
    known = facts(*codes, measured=tuple(measured))
    made = ask(known, *TASKS, seed=seed)
    assert made == ask(known, *TASKS, seed=seed)
    present = {code.phrase for code in codes}
    sources = {code.evidence for code in codes} | {it.evidence for it in measured}
    for pair in made:
        assert pair.evidence
        for evidence in pair.evidence:
            assert evidence.statement in pair.answer or evidence.statement in pair.question
            stated = any(evidence.source.startswith(source) for source in sources)
            assert stated or (
                evidence.source.startswith("ptb-xl, record 1: ") and evidence.statement not in present
            )
        if pair.target is not None:
            assert findings_in(pair.answer) == set(pair.target)
            assert present.issuperset(pair.target)
            assert len(pair.target) == len(set(pair.target))
            assert pair.choices is None
        assert pair.answer[0].isupper() or pair.answer[0] in "-0123456789"
        assert pair.question == pair.question.strip()


def test_on_real_codes(data_dir) -> None:
    """Every record of the sample gives a report and what is abnormal."""
    table = pl.read_csv(data_dir / "ecg/ptbxl/ptbxl_database.csv")
    for ecg_id, codes in zip(table["ecg_id"], table["scp_codes"], strict=True):
        known = facts(*(scp(code, value) for code, value in ast.literal_eval(codes).items()))
        made = ask(known, seed=ecg_id)
        assert {"report", "morphology"} <= {it.task for it in made} or set(ast.literal_eval(codes)) <= {"SR"}
        for pair in made:
            if pair.target is not None:
                assert findings_in(pair.answer) == set(pair.target)
            if pair.task == "multiple_choice":
                assert len(set(pair.choices or ())) == 4
