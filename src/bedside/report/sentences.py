"""Sentences about a run: what was found, what was not measured, and where an artifact comes from.

Every sentence follows from the evidence; none says more than was measured.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence

from bedside.examples import Example
from bedside.measurements import Limit
from bedside.prompts import vitals_question
from bedside.report.evidence import Evidence, Stage
from bedside.report.headline import HeadlineRow, headline_rows, shipped, subjects
from bedside.report.number_text import shown
from bedside.report.results import CLOCK_NAMES, Result, find

__all__ = ["asks_of_vitals", "broken", "origin", "summary", "unmeasured", "unusable"]

LISTED = 6
"""How many kinds of undefined figure are named."""
_DIGEST = re.compile(r"[0-9a-f]{64}")
UNUSABLE = (("answer_empty", "empty"), ("answer_cut", "cut"), ("answer_refused", "not asked"))


def summary(evidence: Evidence) -> list[str]:
    """Say in a few sentences how good the models are, and whether the one that ships beats the base model."""
    return [*_about_findings(evidence.results, evidence.base), *_about_texts(evidence)]


def asks_of_vitals(example: Example) -> bool:
    """Tell whether an example asks for an assessment of vital signs in bedside's own words."""
    return example.prompt[-1].content.startswith(vitals_question("")[0].content)


def _about_findings(results: Sequence[Result], base: str) -> list[str]:
    rows = headline_rows(results)
    scored = [row for row in rows if row.finding_accuracy is not None]
    if not scored or scored[0].finding_accuracy is None:
        return ["No ECG with a closed target was evaluated."]
    sentences = [
        f"On {scored[0].finding_accuracy.n} held-out ECGs the right findings were named by "
        + ", by ".join(f"{row.subject} in {shown(row.finding_accuracy)}" for row in scored)
        + "."
    ]
    by_name = {row.subject: row for row in scored}
    before, after = by_name.get(base), by_name.get(shipped(results, base=base))
    if before is not None and after is not None and before is not after:
        sentences.append(_compared(before, after))
    return sentences


def _about_texts(evidence: Evidence) -> list[str]:
    rows = [row.answer_exact for row in headline_rows(evidence.results) if row.answer_exact is not None]
    if not rows:
        return []
    texts = [example for example in evidence.asked if example.target is None]
    kind = "texts on vital signs" if texts and all(map(asks_of_vitals, texts)) else "questions in text"
    shares = ", by ".join(f"{row.subject} in {shown(row)}" for row in rows)
    return [f"Of {rows[0].n} held-out {kind} the reference answer was given word for word by {shares}."]


def unusable(results: Sequence[Result]) -> str:
    """Say how many answers were empty or cut and how many questions refused; empty where none was."""
    parts: list[str] = []
    for subject in subjects(results):
        counts = [
            (round((row.value or 0) * row.n), word)
            for name, word in UNUSABLE
            if (row := find(results, name, subject)) is not None
        ]
        told = [f"{count} {word}" for count, word in counts if count]
        if told:
            parts.append(f"{subject}: {', '.join(told)}")
    if not parts:
        return ""
    return f"Answers that count as wrong because they say nothing or do not end: {'; '.join(parts)}."


def broken(limits: Sequence[Limit]) -> str:
    """Name the declared limits that are not met; empty where all are."""
    named = [f"{limit.row.name} of {limit.row.subject}" for limit in limits if not limit.is_met]
    return f"Declared limits that are not met: {', '.join(named)}." if named else ""


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
        sentences.append(_about_undefined(undefined))
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
        told.append(" + ".join(dict.fromkeys(known)) if known else _foreign(name, digest))
    return ", ".join(dict.fromkeys(told)) or "its configuration alone"


def _foreign(name: str, digest: str) -> str:
    """Word an input from outside the run: a model by its shortened digest, a program as it names itself."""
    if _DIGEST.fullmatch(digest):
        return f"{name} {digest[:12]}"
    return digest if digest.startswith(name) else f"{name} {digest}"


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


def _about_undefined(rows: Sequence[Result]) -> str:
    """List what has no value, with the models and the reason; what does not fit in is counted."""
    alike: dict[tuple[str, str], list[str]] = defaultdict(list)
    for row in rows:
        named = f"{row.name} of {row.finding}" if row.finding else row.name
        alike[named, row.method.removeprefix("undefined: ")].append(row.subject)
    told = [
        f"{named} ({', '.join(who)}): {reason}" for (named, reason), who in sorted(alike.items())[:LISTED]
    ]
    left = len(rows) - sum(len(who) for _, who in sorted(alike.items())[:LISTED])
    more = f"; and {left} more" if left else ""
    counted = "1 figure is" if len(rows) == 1 else f"{len(rows)} figures are"
    return f"{counted} undefined for want of cases: {'; '.join(told)}{more}."


def _about_sources(evidence: Evidence) -> str:
    sources = sorted({example.source for example in evidence.asked})
    if not sources:
        return "Where the test data comes from: the run holds no data set."
    if all("synthetic" in source for source in sources):
        return "Real patients: every test example is synthetic, so nothing here holds for them."
    return f"Patients of other places: the test examples come from {', '.join(sources)}."
