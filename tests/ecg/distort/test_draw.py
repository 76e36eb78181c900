"""What is drawn, how often, and how it is stored."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from bedside.ecg.distort import ALL_KINDS, Distortion, Kind, draw_distortion
from bedside.errors import DataError


def draws(count: int) -> list[Distortion]:
    return [draw_distortion(np.random.default_rng([7, number])) for number in range(count)]


def test_the_default_mix_has_every_kind_and_never_all_at_once() -> None:
    drawn = draws(1500)
    seen = Counter(kind for distortion in drawn for kind in distortion.kinds)
    assert set(seen) == set(ALL_KINDS)
    sizes = [len(distortion.kinds) for distortion in drawn]
    assert min(sizes) >= 1
    assert max(sizes) < len(ALL_KINDS) - 1
    assert 4 < np.mean(sizes) < 9
    assert seen["rotation"] > seen["crease"] > seen["stain"] > 0


def test_a_fax_has_no_perspective_and_no_cast_shadow() -> None:
    for distortion in draws(600):
        if distortion.fax is not None:
            assert not {"perspective", "shadow", "jpeg", "colour"} & set(distortion.kinds)


def test_rotation_is_mostly_within_5_degrees_and_never_beyond_25() -> None:
    degrees = np.array([abs(drawn.rotation.degrees) for drawn in draws(1500) if drawn.rotation])
    assert np.mean(degrees <= 5) > 0.9
    assert 10 < degrees.max() <= 25


@given(
    seed=st.integers(0, 2**32),
    kinds=st.sets(st.sampled_from(ALL_KINDS), min_size=1),
    strength=st.floats(1e-9, 2.0),
)
def test_only_the_kinds_that_were_asked_for_and_at_least_one(
    seed: int, kinds: set[Kind], strength: float
) -> None:
    distortion = draw_distortion(np.random.default_rng(seed), kinds=sorted(kinds), strength=strength)
    assert distortion.kinds
    assert set(distortion.kinds) <= kinds


def test_the_same_seed_gives_the_same_distortion() -> None:
    assert draws(20) == draws(20)
    assert len({distortion.model_dump_json() for distortion in draws(20)}) == 20


def test_a_distortion_never_changes_and_takes_no_impossible_number() -> None:
    distortion = draw_distortion(np.random.default_rng(0), kinds=["rotation"])
    with pytest.raises(ValidationError):
        distortion.rotation = None
    with pytest.raises(ValidationError):
        Distortion.model_validate({"rotation": {"degrees": 90.0}})
    with pytest.raises(ValidationError):
        Distortion.model_validate({"rotatoin": {"degrees": 1.0}})


def test_wrong_requests_are_refused() -> None:
    rng = np.random.default_rng(0)
    with pytest.raises(DataError, match="unknown kind of distortion 'smoke'"):
        draw_distortion(rng, kinds=["smoke"])  # type: ignore[list-item]
    with pytest.raises(DataError, match="no kind"):
        draw_distortion(rng, kinds=[])
    for strength in (-0.1, 2.5, float("nan")):
        with pytest.raises(DataError, match="strength"):
            draw_distortion(rng, strength=strength)
