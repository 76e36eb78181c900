"""Sentences about a run: what was found, what was not measured, and where an artifact comes from.

Every sentence follows from the evidence; none says more than was measured.
"""

from __future__ import annotations

from collections.abc import Sequence

from bedside.report.evidence import Evidence, Stage
from bedside.report.headline import HeadlineRow, headline_rows, subjects
from bedside.report.results import CLOCK_NAMES, Result, find
from bedside.report.wording import shown

__all__ = ["origin", "summary", "unmeasured", "unusable"]


def summary(results: Sequence[Result]) -> list[str]:
    """Say in a few sentences how good the models are."""
    rows = headline_rows(results)
    scored = [row for row in rows if row.finding_accuracy is not None]
    if not scored or scored[0].finding_accuracy is None:
        return ["No ECG with a closed target was evaluated."]
    sentences = [
        f"On {scored[0].finding_accuracy.n} held-out ECGs the right findings were named by "
        + ", by ".join(f"{row.subject} in {shown(row.finding_accuracy)}" for row in scored)
        + "."
    ]
    if len(scored) > 1:
        sentences.append(_compared(scored[0], scored[1]))
    return sentences


def unusable(results: Sequence[Result]) -> str:
    """Say how many answers were empty or cut; empty where there was none."""
    parts: list[str] = []
    for subject in subjects(results):
        counts = [
            (round((row.value or 0) * row.n), word)
            for name, word in (("answer_empty", "empty"), ("answer_cut", "cut"))
            if (row := find(results, name, subject)) is not None
        ]
        told = [f"{count} {word}" for count, word in counts if count]
        if told:
            parts.append(f"{subject}: {', '.join(told)}")
    return f"Answers that count as wrong because they say nothing or do not end: {'; '.join(parts)}." * bool(
        parts
    )


def unmeasured(evidence: Evidence) -> list[str]:
    """Say what a reader could expect here and will not find."""
    results = evidence.results
    sentences = [_about_sources(evidence)]
    accuracy = next((row for row in results if row.name == "finding_accuracy"), None)
    if accuracy is None or accuracy.n < 100:
        asked = 0 if accuracy is None else accuracy.n
        sentences.append(
            f"Rare mistakes: with {asked} ECGs, one made once in a hundred may well not have been seen."
        )
    undefined = [row for row in results if row.value is None and row.name not in CLOCK_NAMES]
    if undefined:
        words = sorted({f"{row.name} of {row.finding or row.subject}" for row in undefined})
        listed = ", ".join(words[:6]) + (", …" if len(words) > 6 else "")
        sentences.append(f"{len(undefined)} figures are undefined for want of cases: {listed}.")
    if not any(row.name.startswith("hf_f16_") for row in results):
        sentences.append("Whether the GGUF file gives the probabilities of the trained model.")
    if not any(row.name == "kl_divergence" for row in results):
        sentences.append("What quantization changed.")
    return [
        *sentences,
        "Other tasks, languages, recording devices and patient groups than those of the test data.",
        "How well the model knows when it is wrong, and what its answers do to those who read them.",
        "Speed on any other machine than the one the run was made on.",
    ]


def origin(stage: Stage, stages: Sequence[Stage]) -> str:
    """Say what an artifact was made from: artifacts of this run by name, others by digest."""
    names = {other.digest: other.name for other in stages}
    told: list[str] = []
    for name, digest in stage.inputs:
        known = [names[part] for part in digest.split("+") if part in names]
        told.append(" + ".join(dict.fromkeys(known)) if known else f"{name} {digest[:12]}")
    return ", ".join(dict.fromkeys(told)) or "its configuration alone"


def _compared(first: HeadlineRow, second: HeadlineRow) -> str:
    one, two = first.finding_accuracy, second.finding_accuracy
    if (
        one is None
        or two is None
        or one.high is None
        or two.low is None
        or one.low is None
        or two.high is None
    ):
        return f"{second.subject} and {first.subject} cannot be compared: one has no interval."
    if two.low > one.high:
        return f"The interval of {second.subject} lies wholly above that of {first.subject}."
    if two.high < one.low:
        return f"The interval of {second.subject} lies wholly below that of {first.subject}."
    return f"The intervals of {second.subject} and {first.subject} overlap."


def _about_sources(evidence: Evidence) -> str:
    asked = {answer.id for answers in evidence.answers.values() for answer in answers}
    sources = sorted({e.source for e in evidence.examples.values() if e.id in asked})
    if not sources:
        return "Where the test data comes from: the run holds no data set."
    if all("synthetic" in source for source in sources):
        return "Real patients: every test example is synthetic, so nothing here holds for them."
    return f"Patients of other places: the test examples come from {', '.join(sources)}."
