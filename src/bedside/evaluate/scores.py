"""Figures of stored answers: finding and form, per class, and the difference of two models.

A *finding* is right when the answer names exactly the set of findings of the target; its *form* is right
when it is worded as a report must be, which is asked only where the reference itself is worded so. The two
are kept apart: a model can learn one without the other.

An empty answer, one cut at the token limit, and a question that the model could not be asked are wrong and
never left out: per class each counts as a miss where the finding is present and as a false alarm where it is
absent (the intention-to-diagnose rule: G. M. Schuetz et al., BMJ 345 (2012) e6717). A share whose denominator
is empty is undefined, not 0.

Knows stored answers only; asks nobody.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from operator import attrgetter

import numpy as np
from numpy.typing import NDArray

from bedside.estimates import (
    FEW_POSITIVES,
    Estimate,
    bootstrap,
    mean,
    paired_bootstrap,
    proportion,
    undefined,
    wilson,
)
from bedside.measurements import Measurement
from bedside.prompts import is_ecg_report
from bedside.stored_answers import StoredAnswer

__all__ = ["Resampling", "compare", "f1", "macro_f1", "score"]

Marks = NDArray[np.bool_]
NO_FORM = "no reference answer has the form of an ECG report"


@dataclass(frozen=True)
class Resampling:
    """How bootstrap intervals are drawn."""

    seed: int = 0
    resamples: int = 2000


def score(answers: Sequence[StoredAnswer], *, subject: str, resampling: Resampling) -> list[Measurement]:
    """Return every figure of one model's answers.

    Args:
        answers: the stored answers, with a closed target (ECGs) or without one (texts).
        subject: the model's name.
        resampling: how bootstrap intervals are drawn.
    """
    closed = [answer for answer in answers if answer.target is not None]
    texts = [answer for answer in answers if answer.target is None]
    rows = [
        _share(
            "answer_empty", subject, answers, lambda answer: not answer.text.strip() and not answer.refused
        ),
        _share("answer_cut", subject, answers, lambda answer: not answer.finished and not answer.refused),
        _share("answer_refused", subject, answers, lambda answer: bool(answer.refused)),
    ]
    if closed:
        rows.append(_share("finding_accuracy", subject, closed, attrgetter("is_right")))
        formed = [answer for answer in closed if is_ecg_report(answer.reference)]
        form = _share("form_accuracy", subject, formed, is_right_form)
        rows.append(form if formed else Measurement("form_accuracy", subject, undefined(0, NO_FORM), "1"))
        rows += _class_rows(closed, subject, resampling)
    if texts:
        rows.append(_share("answer_exact", subject, texts, attrgetter("is_exact")))
    return rows


def compare(
    first: Sequence[StoredAnswer],
    second: Sequence[StoredAnswer],
    *,
    names: tuple[str, str],
    resampling: Resampling,
) -> list[Measurement]:
    """Return the paired differences first − second of two models on the same examples.

    Args:
        first: answers of one model, in the order of the examples.
        second: answers of the other, in the same order.
        names: the two models' names.
        resampling: how bootstrap intervals are drawn.
    """
    if [answer.id for answer in first] != [answer.id for answer in second]:
        raise ValueError("paired answers must be to the same questions in the same order")
    closed = [pair for pair in zip(first, second, strict=True) if pair[0].target is not None]
    if not closed:
        return []
    formed = [pair for pair in closed if is_ecg_report(pair[0].reference)]
    subject = " vs ".join(names)
    finding = _difference(closed, attrgetter("is_right"), resampling)
    form = _difference(formed, is_right_form, resampling) if formed else undefined(0, NO_FORM)
    return [
        Measurement("finding_accuracy_difference", subject, finding, "1"),
        Measurement("form_accuracy_difference", subject, form, "1"),
    ]


def is_right_form(answer: StoredAnswer) -> bool:
    """Tell whether the answer has the form of a report."""
    return answer.is_usable and is_ecg_report(answer.text)


def f1(
    weights: NDArray[np.float64], truth: NDArray[np.float64], named: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return 2·TP / (2·TP + FP + FN) of each resample; NaN where a resample holds no positive.

    Args:
        weights: how often each item was drawn, shape (resamples, items).
        truth: 1 where the finding is present, shape (items,) or (items, classes).
        named: 1 where the answer names it, the same shape.
    """
    positives, claimed = weights @ truth, weights @ named
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(positives > 0, 2 * (weights @ (truth * named)) / (positives + claimed), np.nan)


def macro_f1(
    weights: NDArray[np.float64], truth: NDArray[np.float64], named: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the mean F1 over classes of each resample; NaN where a class has no positive in it."""
    return f1(weights, truth, named).mean(axis=1)


def _share(
    name: str, subject: str, answers: Sequence[StoredAnswer], hit: Callable[[StoredAnswer], bool]
) -> Measurement:
    estimate = proportion(list(map(hit, answers)), clusters=[answer.subject_id for answer in answers])
    return Measurement(name, subject, estimate, "1")


def _class_rows(answers: Sequence[StoredAnswer], subject: str, resampling: Resampling) -> list[Measurement]:
    classes = sorted({name for a in answers for name in (*(a.target or ()), *a.findings)})
    clusters = np.array([answer.subject_id for answer in answers])
    truth = np.array([[name in (a.target or ()) for name in classes] for a in answers], dtype=bool)
    named = np.array([[name in a.findings for name in classes] for a in answers], dtype=bool)
    unusable = np.array([not answer.is_usable for answer in answers])
    named[unusable] = ~truth[unusable]
    rows: list[Measurement] = []
    for column, finding in enumerate(classes):
        figures = _class_figures(truth[:, column], named[:, column], clusters, resampling)
        rows += [Measurement(name, subject, figure, "1", finding) for name, figure in figures.items()]
    rows.append(Measurement("macro_f1", subject, _macro(truth, named, clusters, resampling), "1"))
    return rows


def _class_figures(
    truth: Marks, named: Marks, clusters: NDArray[np.str_], resampling: Resampling
) -> dict[str, Estimate]:
    def share(hits: Marks, of: Marks, reason: str) -> Estimate:
        if not of.any():
            return undefined(0, reason)
        return proportion(hits[of], clusters=list(clusters[of]))

    return {
        "sensitivity": share(named, truth, "no ECG has this finding"),
        "specificity": share(~named, ~truth, "every ECG has this finding"),
        "ppv": share(truth, named, "no answer names this finding"),
        "npv": share(~truth, ~named, "every answer names this finding"),
        "f1": _f1(truth, named, clusters, resampling),
    }


def _f1(truth: Marks, named: Marks, clusters: NDArray[np.str_], resampling: Resampling) -> Estimate:
    if not truth.any():
        return undefined(truth.size, "no ECG has this finding")
    estimate = _boot(f1, truth, named, clusters, resampling)
    return estimate if _has_spread(estimate) else _f1_by_wilson(truth, named, clusters)


def _f1_by_wilson(truth: Marks, named: Marks, clusters: NDArray[np.str_]) -> Estimate:
    """Return F1 with an interval where every resample gives the same value, that is, at 0 and at 1.

    F1 = 2J/(1+J) grows with J = TP/(TP+FP+FN), a proportion, whose Wilson interval is carried over.
    """
    either = truth | named
    jaccard = proportion((truth & named)[either], clusters=list(clusters[either]))
    assert jaccard.value is not None and jaccard.low is not None and jaccard.high is not None  # noqa: PT018
    value, low, high = (2 * j / (1 + j) for j in (jaccard.value, jaccard.low, jaccard.high))
    return Estimate(value, low, high, truth.size, f"{jaccard.method} of TP/(TP+FP+FN), carried over to F1")


def _macro(truth: Marks, named: Marks, clusters: NDArray[np.str_], resampling: Resampling) -> Estimate:
    enough = truth.sum(axis=0) >= FEW_POSITIVES
    if not enough.any():
        return undefined(len(truth), f"no finding has {FEW_POSITIVES} positives")
    kept = [(truth[:, column], named[:, column]) for column in np.flatnonzero(enough)]
    estimate = _boot(macro_f1, truth[:, enough], named[:, enough], clusters, resampling)
    method = (
        f"{estimate.method}; mean of {len(kept)} findings, {int((~enough).sum())} with few positives left out"
    )
    if _has_spread(estimate) or estimate.value is None:
        return Estimate(estimate.value, estimate.low, estimate.high, estimate.n, method)
    bounds = [_f1_by_wilson(*column, clusters) for column in kept]
    low = sum(bound.low or 0.0 for bound in bounds) / len(bounds)
    high = sum(bound.high or 0.0 for bound in bounds) / len(bounds)
    return Estimate(
        estimate.value, low, high, estimate.n, f"mean of {len(kept)} intervals: {bounds[0].method}"
    )


def _boot(
    statistic: Callable[..., NDArray[np.float64]],
    truth: Marks,
    named: Marks,
    clusters: NDArray[np.str_],
    resampling: Resampling,
) -> Estimate:
    return bootstrap(
        statistic,
        (truth, named),
        clusters=list(clusters),
        seed=resampling.seed,
        resamples=resampling.resamples,
    )


def _difference(
    pairs: Sequence[tuple[StoredAnswer, StoredAnswer]],
    right: Callable[[StoredAnswer], bool],
    resampling: Resampling,
) -> Estimate:
    """Return the paired difference of two shares of right answers.

    Where every resample gives the same difference the bootstrap cannot tell how large another one could be.
    Items of another kind are then taken to be as frequent as 0 of all subjects allow; where all items tell
    the same way, such an item could even tell the other way, which counts twice.
    """
    one, two = (np.array([right(pair[side]) for pair in pairs]) for side in (0, 1))
    clusters = [pair[0].subject_id for pair in pairs]
    estimate = paired_bootstrap(
        mean, (one,), (two,), clusters=clusters, seed=resampling.seed, resamples=resampling.resamples
    )
    if estimate.value is None or estimate.low is None or _has_spread(estimate):
        return estimate
    subjects = len(set(clusters))
    unseen = wilson(0, subjects).high
    assert unseen is not None
    reach = unseen if estimate.value == 0 else 2 * unseen
    low, high = max(-1.0, estimate.value - reach), min(1.0, estimate.value + reach)
    method = f"every item alike; bounds by Wilson 95 % of 0 in {subjects} subjects"
    return Estimate(estimate.value, low, high, one.size, method)


def _has_spread(estimate: Estimate) -> bool:
    return estimate.low is not None and estimate.low != estimate.high
