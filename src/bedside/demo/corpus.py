"""What the demo model reads before anyone fine-tunes it: captions of ECG pictures, and medical text.

The captions name fewer findings than the ECG task asks for, and never in the task's form, so that
fine-tuning has something to teach. The text uses every word of the task, because LoRA leaves the
embeddings alone and so cannot spell a word the model has not met. Knows nothing of models.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bedside.ecg import synth
from bedside.ecg.findings import FINDINGS
from bedside.ecg.render import DEMO_OPTIONS, draw
from bedside.ecg.render.geometry import span_s
from bedside.examples import Message
from bedside.prompts import ECG_QUESTION
from bedside.vitals.assessment import assess, describe, note
from bedside.vitals.figures import VitalsFigures
from bedside.vitals.metrics import measure
from bedside.vitals.synth import KINDS, synthesize

if TYPE_CHECKING:
    from PIL import Image

__all__ = ["TAUGHT_FINDINGS", "Item", "Picture", "captioned", "draw_pictures", "text_items"]

TAUGHT_FINDINGS = ("normal sinus rhythm", "sinus bradycardia", "sinus tachycardia")
"""The findings that the demo model can name in a picture before it is fine-tuned."""

CAPTIONS = (
    "The ECG shows {}.",
    "There is {} on this tracing.",
    "This ECG is consistent with {}.",
    "I see {} here.",
)
QUESTIONS = (ECG_QUESTION, ECG_QUESTION, ECG_QUESTION, "What does this ECG show?")

FACTS = (
    ("What is atrial fibrillation?", "Atrial fibrillation is an irregular rhythm without P waves."),
    ("What is sinus bradycardia?", "Sinus bradycardia is a regular rhythm below 60 beats per minute."),
    ("What is sinus tachycardia?", "Sinus tachycardia is a regular rhythm above 100 beats per minute."),
    ("What is normal sinus rhythm?", "Normal sinus rhythm is regular, 60 to 100 beats per minute."),
    (
        "What does inferior ST elevation mean?",
        "Inferior ST elevation in leads II, III and aVF means that a heart attack is likely.",
    ),
    ("What treats high blood pressure?", "ACE inhibitors, thiazide diuretics and calcium channel blockers."),
    ("What is the first drug for type 2 diabetes?", "Metformin, which lowers glucose production."),
    ("What are signs of pneumonia?", "Fever, cough, dyspnea and a new shadow on the chest radiograph."),
    ("What shows myocardial injury?", "Troponin is a sensitive marker of myocardial injury."),
)
"""Plain medical knowledge, for text that is neither about findings nor about figures."""


@dataclass(frozen=True)
class Picture:
    """A drawn ECG and the finding it shows."""

    finding: str
    image: Image.Image


@dataclass(frozen=True)
class Item:
    """One question and its answer, about a picture or about none."""

    asked: str
    said: str
    picture: Image.Image | None = None

    @property
    def messages(self) -> tuple[Message, Message]:
        """The two turns."""
        return (Message(role="user", content=self.asked), Message(role="assistant", content=self.said))


def draw_pictures(count: int, rng: np.random.Generator, *, name: str) -> list[Picture]:
    """Draw `count` pictures of new subjects, each finding equally often.

    Args:
        count: how many.
        rng: source of every draw.
        name: what the made-up subjects are called, so that no two sets share one.
    """
    pictures: list[Picture] = []
    for number in range(count):
        finding = FINDINGS[number % len(FINDINGS)]
        subject_id = f"{name}-{number:06d}"
        made = synth.synthesize(
            finding.synthetic_kind,
            rng=rng,
            subject_id=subject_id,
            record_name=subject_id,
            duration_s=math.ceil(span_s(DEMO_OPTIONS)),
        )
        pictures.append(Picture(finding.name, draw(made.record, DEMO_OPTIONS).image()))
    return pictures


def captioned(pictures: Sequence[Picture], rng: np.random.Generator) -> list[Item]:
    """Ask about each picture of a taught finding and answer with a caption; leave the others out."""
    return [
        Item(
            QUESTIONS[rng.integers(len(QUESTIONS))],
            CAPTIONS[rng.integers(len(CAPTIONS))].format(picture.finding),
            picture.image,
        )
        for picture in pictures
        if picture.finding in TAUGHT_FINDINGS
    ]


def text_items(count: int, rng: np.random.Generator) -> list[Item]:
    """Draw `count` questions with their answers, without pictures."""
    kinds = (_fact, _action, _occasion, _repeat, _repeat, _note, _figure, _figure)
    return [Item(*kinds[rng.integers(len(kinds))](rng)) for _ in range(count)]


def _fact(rng: np.random.Generator) -> tuple[str, str]:
    return FACTS[rng.integers(len(FACTS))]


def _action(rng: np.random.Generator) -> tuple[str, str]:
    finding = FINDINGS[rng.integers(len(FINDINGS))]
    return f"What should be done about {finding.name}?", f"For {finding.name}: {finding.action}."


def _occasion(rng: np.random.Generator) -> tuple[str, str]:
    finding = FINDINGS[rng.integers(len(FINDINGS))]
    return f"When do you {finding.action}?", f"When there is {finding.name}."


def _repeat(rng: np.random.Generator) -> tuple[str, str]:
    """Ask to repeat phrases of the tasks in an order of chance, which teaches to spell them."""
    phrases = [text for finding in FINDINGS for text in (finding.name, finding.action)]
    phrases += ["Findings:", "Action:", *assess(_measured(rng)).split("\n")]
    phrases += [f"{rng.integers(200)}" for _ in range(4)]
    said = " ".join(phrases[index] for index in rng.integers(len(phrases), size=rng.integers(2, 6)))
    return f"Repeat: {said}", said


def _note(rng: np.random.Generator) -> tuple[str, str]:
    return "Write an example of a monitoring note.", note(_measured(rng))


def _figure(rng: np.random.Generator) -> tuple[str, str]:
    """Ask what one kind of figure says: the figure's own sentence, and the judgement of it."""
    metrics = _measured(rng)
    sentences = re.split(r"(?<=\.) ", describe(metrics))
    judged = dict(line.removesuffix(".").split(": ", 1) for line in assess(metrics).split("\n"))
    name, word = (("Heart rate", "Heart rate"), ("Oxygen", "SpO2"), ("Rhythm", "hythm"))[rng.integers(3)]
    shown = " ".join(sentence for sentence in sentences if word in sentence)
    return f"What does this say? {shown}", f"It says: {judged[name]}."


def _measured(rng: np.random.Generator) -> VitalsFigures:
    kind = KINDS[rng.integers(len(KINDS))]
    return measure(synthesize(kind, rng=rng, subject_id="corpus"))
