"""Figures against scikit-learn, and the rules for answers that say nothing."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from sklearn import metrics

from bedside.estimates import wilson
from bedside.evaluate.scores import Resampling, compare, f1, score
from bedside.prompts import ecg_report
from bedside.stored_answers import StoredAnswer

AF, TACHY, NORMAL = "atrial fibrillation", "sinus tachycardia", "normal sinus rhythm"
FAST = Resampling(seed=0, resamples=200)


def answer(number, target, findings, *, text=None, finished=True, reference=None, subject=None):
    return StoredAnswer(
        id=f"e{number}",
        subject_id=subject or f"p{number}",
        prompt_sha256="0",
        image_sha256=(),
        text=ecg_report(findings or ("nothing",), "none") if text is None else text,
        finished=finished,
        tokens=3,
        findings=tuple(findings),
        target=target,
        reference=ecg_report(target or (), "none") if reference is None else reference,
    )


def figures(answers, **options):
    rows = score(answers, subject="Q8_0", resampling=FAST, **options)
    assert all(row.subject == "Q8_0" for row in rows)
    return {(row.name, row.finding): row.estimate for row in rows}


def test_finding_and_form_are_two_things():
    got = figures(
        [
            answer(0, (AF,), (AF,)),
            answer(1, (AF,), (AF,), text="It is atrial fibrillation, I think."),
            answer(2, (AF,), (TACHY,)),
            answer(3, (AF, TACHY), (AF,)),
        ]
    )
    assert got["finding_accuracy", None] == wilson(2, 4)
    assert got["form_accuracy", None] == wilson(3, 4)


def test_empty_and_cut_answers_are_wrong_and_counted():
    got = figures(
        [
            answer(0, (AF,), (AF,)),
            answer(1, (AF,), (), text=" \n"),
            answer(2, (TACHY,), (TACHY,), finished=False),
            answer(3, (TACHY,), (TACHY,)),
        ]
    )
    assert got["finding_accuracy", None] == wilson(2, 4)
    assert got["form_accuracy", None] == wilson(2, 4)
    assert got["answer_empty", None] == wilson(1, 4)
    assert got["answer_cut", None] == wilson(1, 4)
    assert got["sensitivity", AF] == wilson(1, 2)
    assert got["specificity", AF] == wilson(1, 2)
    assert got["sensitivity", TACHY] == wilson(1, 2)


def test_an_empty_answer_is_no_right_answer_to_an_empty_target():
    got = figures([answer(0, (), (), text=""), answer(1, (), ())])
    assert got["finding_accuracy", None] == wilson(1, 2)


def test_classes_agree_with_scikit_learn():
    rng = np.random.default_rng(4)
    classes = sorted((AF, TACHY, NORMAL))
    truth = rng.random((200, 3)) < 0.4
    named = np.where(rng.random((200, 3)) < 0.8, truth, ~truth)
    pick = lambda row: tuple(name for name, there in zip(classes, row, strict=True) if there)  # noqa: E731
    got = figures([answer(i, pick(truth[i]), pick(named[i])) for i in range(200)])
    assert got["finding_accuracy", None].value == metrics.accuracy_score(truth, named)
    assert got["macro_f1", None].value == pytest.approx(metrics.f1_score(truth, named, average="macro"))
    for column, name in enumerate(classes):
        t, c = truth[:, column], named[:, column]
        assert got["sensitivity", name].value == pytest.approx(metrics.recall_score(t, c))
        assert got["specificity", name].value == pytest.approx(metrics.recall_score(~t, ~c))
        assert got["ppv", name].value == pytest.approx(metrics.precision_score(t, c))
        assert got["npv", name].value == pytest.approx(metrics.precision_score(~t, ~c))
        assert got["f1", name].value == pytest.approx(metrics.f1_score(t, c))
        assert got["f1", name].low < got["f1", name].value < got["f1", name].high
        assert got["sensitivity", name].n == t.sum()


def test_weighted_f1_agrees_with_scikit_learn():
    rng = np.random.default_rng(6)
    truth, named = rng.random(30) < 0.3, rng.random(30) < 0.3
    weights = rng.integers(0, 4, size=(50, 30)).astype(float)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        expected = [metrics.f1_score(truth, named, sample_weight=row) for row in weights]
    assert f1(weights, truth.astype(float), named.astype(float)) == pytest.approx(expected)


def test_what_has_no_denominator_is_undefined():
    got = figures([answer(i, (NORMAL,), (NORMAL,) if i else (NORMAL, AF)) for i in range(4)])
    assert got["sensitivity", AF].value is None
    assert got["sensitivity", AF].method == "undefined: no ECG has this finding"
    assert got["f1", AF].value is None
    assert got["specificity", AF] == wilson(3, 4)
    assert got["specificity", NORMAL].method == "undefined: every ECG has this finding"
    assert got["npv", NORMAL].method == "undefined: every answer names this finding"
    assert got["macro_f1", None].value is None


def test_few_positives_stay_out_of_the_macro_average():
    answers = [answer(i, (NORMAL,), (NORMAL,) if i % 4 else (TACHY,)) for i in range(40)]
    answers += [answer(100 + i, (AF,), ()) for i in range(9)]
    got = figures(answers)
    assert got["f1", AF].value == 0.0
    assert got["macro_f1", None].value == pytest.approx(got["f1", NORMAL].value)
    assert "2 with few positives left out" in got["macro_f1", None].method


def test_a_perfect_score_still_has_an_interval():
    got = figures(
        [answer(i, (AF,) if i % 2 else (NORMAL,), (AF,) if i % 2 else (NORMAL,)) for i in range(40)]
    )
    lower = wilson(20, 20).low
    assert got["f1", AF].value == 1.0
    assert got["f1", AF].low == pytest.approx(2 * lower / (1 + lower))
    assert got["macro_f1", None].low == pytest.approx(2 * lower / (1 + lower))
    assert got["macro_f1", None].high == 1.0


def test_texts_are_scored_apart_from_ecgs():
    got = figures(
        [
            answer(0, (AF,), (AF,)),
            answer(1, None, (), text="Stable. ", reference="Stable."),
            answer(2, None, (), text="Unstable.", reference="Stable."),
        ]
    )
    assert got["answer_exact", None] == wilson(1, 2)
    assert got["finding_accuracy", None].n == 1


def test_a_difference_is_paired():
    right = [answer(i, (AF,), (AF,)) for i in range(40)]
    worse = [answer(i, (AF,), (AF,) if i % 4 else (TACHY,)) for i in range(40)]
    rows = {r.name: r for r in compare(right, worse, names=("tuned", "base"), resampling=FAST)}
    difference = rows["finding_accuracy_difference"]
    assert difference.subject == "tuned vs base"
    assert difference.estimate.value == pytest.approx(0.25)
    assert 0 < difference.estimate.low < 0.25 < difference.estimate.high


def test_no_difference_seen_is_not_proof_of_none():
    same = [answer(i, (AF,), (AF,), subject=f"p{i % 20}") for i in range(40)]
    rows = {r.name: r.estimate for r in compare(same, same, names=("a", "b"), resampling=FAST)}
    bound = wilson(0, 20).high
    assert rows["form_accuracy_difference"].value == 0
    assert (rows["form_accuracy_difference"].low, rows["form_accuracy_difference"].high) == (-bound, bound)


def test_a_complete_difference_has_an_interval_too():
    right = [answer(i, (AF,), (AF,)) for i in range(40)]
    wrong = [answer(i, (AF,), (TACHY,)) for i in range(40)]
    rows = {r.name: r.estimate for r in compare(wrong, right, names=("a", "b"), resampling=FAST)}
    difference = rows["finding_accuracy_difference"]
    assert (difference.value, difference.low) == (-1, -1)
    assert difference.high == pytest.approx(-1 + 2 * wilson(0, 40).high)


def test_answers_to_other_questions_cannot_be_paired():
    with pytest.raises(ValueError, match="same questions"):
        compare([answer(0, (AF,), ())], [answer(1, (AF,), ())], names=("a", "b"), resampling=FAST)


def test_form_is_asked_only_where_the_reference_has_it():
    own = [answer(number, (AF,), (AF,), reference="This is AF.") for number in range(3)]
    form = figures(own)["form_accuracy", None]
    assert (form.value, form.n) == (None, 0)
    assert form.method == "undefined: no reference answer has the form of an ECG report"
    rows = {row.name: row.estimate for row in compare(own, own, names=("a", "b"), resampling=FAST)}
    assert rows["form_accuracy_difference"].value is None
    assert rows["finding_accuracy_difference"].value == 0
    mixed = [*own, answer(3, (AF,), (AF,), reference=ecg_report((AF,), "none"))]
    assert figures(mixed)["form_accuracy", None] == wilson(1, 1)
    assert figures(mixed)["finding_accuracy", None] == wilson(4, 4)
