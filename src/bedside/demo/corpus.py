"""What the demo model reads before anyone fine-tunes it: captions of ECG pictures, and medical text.

The captions name fewer findings than the ECG task asks for, and never in the task's form, so that
fine-tuning has something to teach. The text uses every word of the task, because LoRA leaves the
embeddings alone and so cannot spell a word the model has not met. Knows nothing of models or pixels.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from bedside.ecg.statements import FINDINGS
from bedside.examples import Message
from bedside.prompts import ECG_QUESTION

__all__ = ["TAUGHT_FINDINGS", "caption", "question", "text_rows"]

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


def question(rng: np.random.Generator) -> str:
    """Draw how a picture is asked about: mostly the task's own question."""
    return QUESTIONS[rng.integers(len(QUESTIONS))]


def caption(finding: str, rng: np.random.Generator) -> str:
    """Word the caption of a picture that shows `finding`."""
    return CAPTIONS[rng.integers(len(CAPTIONS))].format(finding)


def text_rows(count: int, rng: np.random.Generator) -> list[tuple[Message, Message]]:
    """Draw `count` questions with their answers, no pictures."""
    kinds = (_fact, _action, _urgent, _copy)
    rows = [kinds[rng.integers(len(kinds))](rng) for _ in range(count)]
    return [
        (Message(role="user", content=asked), Message(role="assistant", content=said)) for asked, said in rows
    ]


def _fact(rng: np.random.Generator) -> tuple[str, str]:
    return FACTS[rng.integers(len(FACTS))]


def _action(rng: np.random.Generator) -> tuple[str, str]:
    finding = FINDINGS[rng.integers(len(FINDINGS))]
    return f"What should be done about {finding.name}?", f"For {finding.name}: {finding.action}."


def _urgent(rng: np.random.Generator) -> tuple[str, str]:
    finding = FINDINGS[rng.integers(len(FINDINGS))]
    return f"When do you {finding.action}?", f"When there is {finding.name}."


def _copy(rng: np.random.Generator) -> tuple[str, str]:
    """Ask to repeat words of the task in an order of chance, which teaches their spelling and copying."""
    words = _words()
    chosen = [words[index] for index in rng.integers(len(words), size=rng.integers(3, 9))]
    return f"Repeat: {' '.join(chosen)}", " ".join(chosen)


def _words() -> Sequence[str]:
    phrases = [text for finding in FINDINGS for text in (finding.name, finding.action)]
    return [*phrases, "Findings:", "Action:", "Findings: ", "rate.", "rhythm;", "12", "85", "97.4", "103 bpm"]
