"""Where points of the page go."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bedside.ecg.distort import Distortion, Kind, distort, draw_distortion, page_to_picture, picture_to_page
from bedside.ecg.distort.parameters import Border, Crease, Curl, Perspective, Rotation

MOVING: tuple[Kind, ...] = ("rotation", "perspective", "curl", "crease", "border")


@pytest.mark.parametrize("kinds", [(kind,) for kind in MOVING] + [MOVING])
@pytest.mark.parametrize("size", [(448, 448), (420, 300)])
def test_a_dot_lands_where_the_map_says(kinds: tuple[Kind, ...], size: tuple[int, int]) -> None:
    width, height = size
    rng = np.random.default_rng([11, len(kinds), width])
    dots = np.stack(np.meshgrid(np.linspace(30, width - 30, 5), np.linspace(30, height - 30, 4)), -1).reshape(
        -1, 2
    )
    dots = np.rint(dots)
    clean = np.full((height, width, 3), 255, dtype=np.uint8)
    for x, y in dots.astype(int):
        clean[y - 1 : y + 2, x - 1 : x + 2] = 0
    for _ in range(3):
        distortion = draw_distortion(rng, kinds=kinds)
        if distortion.crease:  # their shading is not what is looked for
            flat = tuple(crease.model_copy(update={"depth": 0.0}) for crease in distortion.crease)
            distortion = distortion.model_copy(update={"crease": flat})
        darkness = 255.0 - distort(clean, distortion).astype(float).mean(axis=2)
        for x, y in page_to_picture(dots, distortion, width=width, height=height):
            left, top = round(x) - 5, round(y) - 5
            patch = darkness[top : top + 11, left : left + 11]
            patch = np.where(patch > patch.max() / 2, patch, 0.0)
            down, across = np.mgrid[top : top + 11, left : left + 11]
            found = np.array([(patch * across).sum(), (patch * down).sum()]) / patch.sum()
            assert np.hypot(*(found - [x, y])) < 0.5


@settings(deadline=None)
@given(
    seed=st.integers(0, 2**32),
    strength=st.floats(0.0, 2.0),
    width=st.integers(2, 3000),
    height=st.integers(2, 3000),
)
def test_back_and_forth_is_the_same_point(seed: int, strength: float, width: int, height: int) -> None:
    distortion = draw_distortion(np.random.default_rng(seed), kinds=MOVING, strength=strength)
    points = np.random.default_rng([seed, 1]).uniform(0, 1, (20, 2)) * [width - 1, height - 1]
    seen = page_to_picture(points, distortion, width=width, height=height)
    back = picture_to_page(seen, distortion, width=width, height=height)
    assert np.abs(back - points).max() < 0.01 * max(1.0, max(width, height) / 1000)


@settings(deadline=None)
@given(seed=st.integers(0, 2**32), width=st.integers(100, 1500), height=st.integers(100, 1500))
def test_no_part_of_the_page_leaves_the_picture(seed: int, width: int, height: int) -> None:
    distortion = draw_distortion(np.random.default_rng(seed), kinds=MOVING, strength=1.0)
    x, y = np.meshgrid(np.linspace(0, width - 1, 12), np.linspace(0, height - 1, 12))
    seen = page_to_picture(np.stack([x.ravel(), y.ravel()], 1), distortion, width=width, height=height)
    slack = 0.002 * max(width, height)
    assert seen.min() > -slack
    assert (seen <= [width - 1 + slack, height - 1 + slack]).all()


def test_a_turn_is_clockwise_and_shrinks_the_page_to_fit() -> None:
    middle_right = [[100.0, 50.0]]
    seen = page_to_picture(middle_right, Distortion(rotation=Rotation(degrees=30.0)), width=101, height=101)[
        0
    ]
    scale = 1 / (np.cos(np.pi / 6) + np.sin(np.pi / 6))
    assert seen == pytest.approx(
        [50 + 50 * scale * np.cos(np.pi / 6), 50 + 50 * scale * np.sin(np.pi / 6)], abs=1e-6
    )


def test_perspective_makes_the_near_side_longer_and_keeps_lines_straight() -> None:
    distortion = Distortion(perspective=Perspective(across=0.2, down=0.0))
    left, right = (
        page_to_picture([[x, 0.0], [x, 200.0]], distortion, width=201, height=201) for x in (0.0, 200.0)
    )
    assert np.ptp(right[:, 1]) > 1.15 * np.ptp(left[:, 1])
    line = page_to_picture([[0.0, 10.0], [70.0, 80.0], [190.0, 200.0]], distortion, width=201, height=201)
    one, other = line[1] - line[0], line[2] - line[0]
    assert one[0] * other[1] - one[1] * other[0] == pytest.approx(0.0, abs=1e-6)


def test_a_curled_page_is_foreshortened_where_it_is_steep() -> None:
    curl = Curl(degrees=0.0, cycles=0.5, phase=0.0, slope=0.5, slant=0.0, shading=0.0)
    x = np.array([95.0, 105.0, 185.0, 195.0])
    seen = page_to_picture(np.stack([x, 0 * x], 1), Distortion(curl=curl), width=201, height=201)[:, 0]
    assert seen[1] - seen[0] > 1.05 * (seen[3] - seen[2])


def test_a_crease_without_shift_and_no_geometry_move_nothing() -> None:
    crease = Crease(degrees=10.0, offset=0.0, width=0.003, depth=0.3, shift=0.0)
    points = [[3.0, 4.0], [50.0, 20.0]]
    for distortion in (Distortion(), Distortion(crease=(crease,))):
        assert page_to_picture(points, distortion, width=60, height=40) == pytest.approx(np.array(points))


def test_a_border_leaves_its_room() -> None:
    border = Border(left=0.2, top=0.0, right=0.0, bottom=0.0, colour=(0, 0, 0), contact_shadow=0.0)
    corners = page_to_picture([[0.0, 0.0], [99.0, 99.0]], Distortion(border=border), width=100, height=100)
    assert corners[0, 0] == pytest.approx(20.0, abs=0.5)
    assert corners[1, 0] == pytest.approx(99.0, abs=0.5)
    assert np.ptp(corners[:, 1]) == pytest.approx(np.ptp(corners[:, 0]))
