"""No answer can be told without the picture, whatever a source is like."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bedside.dataset.ecg import ptbxl
from bedside.dataset.ecg.codes import assessed_rhythms, assessed_scp, scp_codes, snomed_codes
from bedside.dataset.ecg.facts import EcgFacts, KnownAbsent, KnownCode
from bedside.dataset.ecg.fairness import balance, draw
from bedside.ecg.statements import statements
from bedside.ecg.synth.kinds import KINDS
from ecg_blind import asked, blind_accuracy

WEIGHTS = st.lists(st.one_of(st.just(0.0), st.floats(1e-5, 1)), min_size=1, max_size=8)


def record(number: int, codes: object, assessed, **more) -> EcgFacts:
    known = tuple(it for it in codes if isinstance(it, KnownCode))
    return EcgFacts("s", str(number), str(number), "", codes=known, assessed=assessed(known), **more)


def synthetic(count: int) -> list[EcgFacts]:
    """Records as `bedside ecg synth` makes them: every kind in turn."""
    kinds = list(KINDS.values())
    return [
        record(
            it, scp_codes(dict.fromkeys(sorted(kinds[it % len(kinds)].codes)), where=f"{it}"), assessed_scp
        )
        for it in range(count)
    ]


def common_and_rare(count: int) -> list[EcgFacts]:
    """Records of which most are in sinus rhythm, and each SCP diagnosis is rarer than the one before."""
    rng = np.random.default_rng(1)
    diagnoses = [code for code, it in statements("scp").items() if it.kinds == ("diagnostic",)]
    odds = np.geomspace(1, 0.01, len(diagnoses))
    return [
        record(
            it,
            scp_codes(
                {
                    str(rng.choice(diagnoses, p=odds / odds.sum())): 100.0,
                    str(rng.choice(["SR", "AFIB", "STACH", "SBRAD"], p=[0.8, 0.1, 0.07, 0.03])): 0.0,
                },
                where=f"{it}",
            ),
            assessed_scp,
        )
        for it in range(count)
    ]


def challenge(count: int) -> list[EcgFacts]:
    """Records as the Challenge has them: of what is not stated only the rhythms are known to be absent."""
    rng = np.random.default_rng(2)
    rhythms = ["426783006", "426177001", "427084000", "164889003", "164890007", "426761007"]
    others = ["164873001", "59118001", "164934002", "39732003"]
    return [
        record(
            it,
            snomed_codes([str(rng.choice(rhythms)), str(rng.choice(others))], where=f"{it}"),
            assessed_rhythms,
        )
        for it in range(count)
    ]


@pytest.mark.parametrize("some", [synthetic(600), common_and_rare(600), challenge(600)])
def test_answers_cannot_be_told_without_the_picture(some) -> None:
    reached = blind_accuracy(some)
    assert reached["yes_no"] < 0.6
    assert reached["multiple_choice"] < 0.35
    assert reached["yes_no per record"] > 0.4
    assert reached["multiple_choice per record"] > 0.1


def test_nor_of_real_records(data_dir: Path, tmp_path: Path) -> None:
    table = ptbxl.rows(data_dir / "ecg" / "ptbxl", rate="lr").frame
    for path in table["first"]:
        (tmp_path / f"{path}.hea").parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / f"{path}.hea").touch()
    some = [it for it in ptbxl.facts(table, tmp_path) if isinstance(it, EcgFacts)]
    assert len(some) == 401
    reached = blind_accuracy(some)
    assert reached["yes_no"] < 0.6
    assert reached["multiple_choice"] < 0.35
    assert reached["yes_no per record"] > 1
    assert reached["multiple_choice per record"] > 0.2


def test_each_finding_is_as_often_a_yes_as_a_no_and_right_in_a_quarter_of_its_choices() -> None:
    yes, no, right, offered = Counter(), Counter(), Counter(), Counter()
    for some in (made for seed in range(4) for made in asked(common_and_rare(600), seed=seed)):
        for pair in some:
            if pair.task == "yes_no":
                (yes if pair.answer.startswith("Yes") else no)[pair.evidence[0].statement] += 1
            else:
                right[pair.answer[3:]] += 1
                offered.update(pair.choices)
    assert sum(yes.values()) > 1000
    for it in yes | no:
        assert abs(yes[it] - no[it]) <= 5 * np.sqrt(yes[it] + no[it]), it
    for it in offered:
        assert abs(right[it] - offered[it] / 4) <= 5 * np.sqrt(offered[it] * 3 / 16), it


def test_what_is_never_present_is_never_named_and_what_cannot_be_denied_never_asked() -> None:
    fair = balance(synthetic(100))
    present = {code.phrase for it in synthetic(100) for code in it.codes}
    for weights in (fair.yes, fair.no, fair.right, fair.wrong):
        assert present.issuperset(weights)
        assert all(0 < it <= 1 for it in weights.values())
    assert "premature ventricular complexes" in present
    assert "premature ventricular complexes" not in fair.yes
    assert balance([]).yes == {}


def test_where_the_source_answers_for_every_finding_kinds_may_stand_beside_each_other() -> None:
    cell = KnownAbsent("atrial fibrillation", "AF: False")
    codes = list(scp_codes({"1AVB": None}, where="x"))
    assert set(balance([record(1, codes, assessed_scp, absent=(cell,))]).group.values()) == {"any"}
    assert set(balance([record(1, codes, assessed_scp)]).group.values()) == {"diagnostic"}


@given(WEIGHTS, st.integers(1, 3), st.integers(0, 2**32))
def test_a_draw_is_of_different_places_that_have_a_weight(weights, count, seed) -> None:
    drawn = draw(np.random.default_rng(seed), weights, count)
    assert len(set(drawn)) == len(drawn)
    assert len(drawn) in (0, count)
    assert all(weights[it] > 0 for it in drawn)
    if sum(it > 0 for it in weights) < count:
        assert drawn == ()


@pytest.mark.parametrize(
    ("weights", "count", "chances"),
    [
        ([0.2], 1, [0.2]),
        ([1, 0.5, 0.5], 1, [0.5, 0.25, 0.25]),
        ([1, 1, 1, 1], 3, [0.75] * 4),
        ([1, 1, 0.1], 3, [0.1] * 3),
        ([1, 0.4, 0.4, 0.4], 3, [0.6, 0.4, 0.4, 0.4]),
    ],
)
def test_everything_is_drawn_as_often_as_its_weight_says(weights, count, chances) -> None:
    rng = np.random.default_rng(0)
    drawn = Counter(place for _ in range(4000) for place in draw(rng, weights, count))
    for place, chance in enumerate(chances):
        assert abs(drawn[place] - 4000 * chance) < 5 * np.sqrt(4000 * chance * (1 - chance))
