from __future__ import annotations

import re
from collections import Counter

import numpy as np
import pytest

from bedside.demo.corpus import CAPTIONS, TAUGHT_FINDINGS, Item, captioned, draw_pictures, text_items
from bedside.ecg.findings import FINDINGS, action_for, findings_in
from bedside.prompts import ECG_QUESTION, ecg_report, is_ecg_report, vitals_question
from bedside.vitals.assessment import assess, describe
from bedside.vitals.metrics import measure
from bedside.vitals.synth import KINDS, synthesize


@pytest.fixture(scope="module")
def captions() -> list[Item]:
    rng = np.random.default_rng(0)
    return captioned(draw_pictures(100, rng, name="s"), rng)


@pytest.fixture(scope="module")
def texts() -> list[Item]:
    return text_items(4000, np.random.default_rng(0))


def words(text: str) -> set[str]:
    return set(re.findall(r"[A-Za-z]+", text))


def test_every_finding_is_drawn_equally_often_and_no_picture_twice():
    pictures = draw_pictures(20, np.random.default_rng(0), name="s")
    assert Counter(picture.finding for picture in pictures) == {finding.name: 4 for finding in FINDINGS}
    assert len({picture.image.tobytes() for picture in pictures}) == 20


def test_taught_findings_are_captioned_with_what_the_picture_shows():
    rng = np.random.default_rng(0)
    pictures = draw_pictures(20, rng, name="s")
    items = captioned(pictures, rng)
    shown = {picture.image.tobytes(): picture.finding for picture in pictures}
    assert len(items) == 12
    assert all(findings_in(item.said) == {shown[item.picture.tobytes()]} for item in items)
    assert {shown[item.picture.tobytes()] for item in items} == set(TAUGHT_FINDINGS)


def test_the_base_is_taught_fewer_findings_than_the_task_asks_for():
    left = [finding.name for finding in FINDINGS if finding.name not in TAUGHT_FINDINGS]
    assert left == ["atrial fibrillation", "inferior ST elevation"]


def test_no_caption_and_no_text_has_the_form_of_a_report(captions, texts):
    assert not any(is_ecg_report(item.said) for item in [*captions, *texts])
    assert not any(is_ecg_report(form.format(finding)) for form in CAPTIONS for finding in TAUGHT_FINDINGS)


def test_the_task_s_question_is_the_commonest(captions):
    assert sum(item.asked == ECG_QUESTION for item in captions) > len(captions) / 2


def test_every_word_of_the_tasks_is_met_in_text(texts):
    """LoRA leaves the embeddings alone: a word that was never met cannot be spelled."""
    met = set().union(*(words(item.said) for item in texts))
    rng = np.random.default_rng(1)
    figures = [measure(synthesize(KINDS[n % 4], rng=rng, subject_id="s")) for n in range(200)]
    needed = set().union(
        *(words(ecg_report([f.name], action_for([f.name]))) for f in FINDINGS),
        *(words(assess(measured)) for measured in figures),
        *(words(describe(measured)) for measured in figures),
    )
    assert needed - met == set()
    assert set("0123456789%") <= set("".join(item.said for item in texts))


def test_figures_are_judged_as_the_rules_judge_them(texts):
    judged = [item for item in texts if item.asked.startswith("What does this say?")]
    assert {item.said for item in judged} >= {
        "It says: no desaturation.",
        "It says: tachycardia most of the time.",
    }
    for item in judged:
        if "SpO2 not assessed" in item.asked:
            assert item.said == "It says: not assessed."
    assert not any(item.asked.startswith(vitals_question("")[0].content[:10]) for item in texts)


def test_the_same_seed_gives_the_same_corpus(texts):
    assert text_items(4000, np.random.default_rng(0)) == texts
