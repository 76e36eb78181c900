"""The wording as it stands in its file, and how it is drawn."""

from __future__ import annotations

import re

import pytest

from bedside.vitals.narrative import narrate
from bedside.vitals.narrative.phrasing import HouseStyle, Phrasing, enumerate_words, house_styles, wording
from bedside.vitals.ranges import COHORTS, heart_rate_range
from vital_figures import EXAMPLES, WINDOWS, variants


def expansions(template):
    """Every alternative of a template once, the others being the first."""
    for place, options in enumerate(template):
        for option in options:
            yield "".join(option if at == place else piece[0] for at, piece in enumerate(template))


WHOLE_SENTENCES = {
    "subject": {"monitor", "wearable", "heart-rate recorder", "body", "height_cm", "weight_kg", "unknown"},
    "recording": {"whole", "partly", "never", "one"},
    "signs": {
        "heart_rate", "steady_heart_rate", "constant_oxygen", "constant_pressure", "constant_mean_pressure",
        "pressure", "mean_pressure", "oxygen", "low_oxygen", "no_low_oxygen", "left_out", "one_heart_rate",
        "one_oxygen", "one_pressure", "one_mean_pressure", "one_low_oxygen", "one_no_low_oxygen",
    },
    "rhythm": {
        "premature", "grouped", "absent", "paced", "irregular", "regular", "poor", "disagree", "agree",
        "st_beyond", "st_within", "one_regular", "one_irregular", "one_agree", "one_disagree",
    },
    "conclusion": {"missing", "continue", "continue_noted", "review", "review_now"},
}  # fmt: skip
ALL_SENTENCES = {"missing", "rate", "variability"}
"""Tables of the wording that hold nothing but sentences."""


@pytest.mark.parametrize("name", wording())
def test_every_phrasing_is_well_formed(name):
    table, entry = name.split(".", 1)
    is_sentence = table in ALL_SENTENCES or entry in WHOLE_SENTENCES.get(table, set())
    for template in wording()[name]:
        for text in expansions(template):
            assert "[" not in text, text
            assert "]" not in text, text
            assert "|" not in text, text
            assert "  " not in text, text
            filled = re.sub(r"\{(gaps|clusters|covered|below_85)\}", "", text)
            assert not re.search(r" [,.;:]|,,|,\.", filled), text
            if is_sentence:
                assert text.endswith("."), text
                assert text[0].isupper() or text.startswith("{"), text
                assert not re.match(r"\{(share|n|mean|low|count|gaps|time)\}", text), (
                    f"begins with a figure: {text}"
                )
            else:
                assert not text.endswith("."), text


def test_every_phrasing_is_used(monkeypatch):
    """No wording is left over from an earlier form of the text."""
    used = set()
    phrase = Phrasing.phrase

    def recorded(self, name, /, **figures):
        used.add(name)
        return phrase(self, name, **figures)

    monkeypatch.setattr(Phrasing, "phrase", recorded)
    for example in (*EXAMPLES.values(), *variants()):
        for seed in range(25):
            narrate(example, seed=seed, window=WINDOWS[seed % len(WINDOWS)])
    assert set(wording()) - used == set()


def test_every_style_has_something_to_replace(monkeypatch):
    """A style whose words are never written is left over from an earlier form of the text."""
    monkeypatch.setattr(HouseStyle, "write", lambda self, text: text)
    written = "\n".join(
        narrate(example, seed=seed, window=window).text
        for example in (*EXAMPLES.values(), *variants())
        for window in WINDOWS
        for seed in range(8)
    )
    for variants_of_style in house_styles():
        for pairs in variants_of_style:
            assert not pairs or any(plain in written for plain, _ in pairs), pairs


def test_every_age_band_has_words():
    bands = {heart_rate_range(cohort, None) for cohort in COHORTS} - {None}
    bands |= {heart_rate_range("adult", age) for age in (0.01, 0.5, 2.0, 4.0, 8.0, 14.0, 40.0)}
    assert {f"people.{band.band}" for band in bands} == {
        name for name in wording() if name.startswith("people.")
    }


def test_draws_reach_every_option_evenly():
    draw = Phrasing("even")
    counts = [0] * 7
    for _ in range(7000):
        counts[draw.draw(range(7))] += 1
    assert min(counts) > 850
    assert max(counts) < 1150


def test_words_are_joined():
    assert enumerate_words(["a", "b", "c"]) == "a, b and c"
    assert enumerate_words(["a", "b"], "or") == "a or b"
    assert enumerate_words(["a"]) == "a"
