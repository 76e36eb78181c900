"""Pages, scales and what cannot be asked for."""

from __future__ import annotations

import numpy as np
import pytest

from bedside.ecg.render import draw
from bedside.ecg.render.options import Paper, RenderOptions, parse_paper
from bedside.errors import DataError
from bedside.records import EcgRecord


def test_a_square_page_holds_ten_seconds_and_896_is_three_and_a_half_pixels_a_millimetre():
    assert Paper.square(896).px_per_mm == 3.5
    for size in (224, 448, 512, 1024):
        assert Paper.square(size).width_mm == pytest.approx(256)


def test_common_pages_have_their_size_in_millimetres():
    page = Paper.landscape("a4", dpi=300)
    assert (page.width_px, page.height_px) == (3508, 2480)
    assert page.width_mm == pytest.approx(297, abs=0.1)
    assert Paper.landscape("letter", dpi=100).height_px == 850


def test_pages_are_read_from_text():
    assert parse_paper("896") == Paper.square()
    assert parse_paper("A4") == Paper.landscape("a4", dpi=150)
    assert parse_paper("letter@100") == Paper.landscape("letter", dpi=100)
    assert parse_paper("1200x800@4.5") == Paper(1200, 800, 4.5)


@pytest.mark.parametrize(
    "text",
    ["", "0", "-5", "a5", "a4@0", "a4@99999", "100x0@3", "100x100@0", "999999", "20000x20000@1", "1e9", "٣٢"],
)
def test_a_page_that_cannot_be_drawn_is_refused(text: str):
    with pytest.raises(DataError):
        parse_paper(text)


@pytest.mark.parametrize(("small", "works"), [("1", "64"), ("a4@1", "a4@7"), ("letter@6", "letter@7")])
def test_the_smallest_page_that_works_is_told_and_works(small: str, works: str):
    with pytest.raises(DataError, match="too small") as raised:
        parse_paper(small)
    assert works in raised.value.fix
    shown = EcgRecord("s", "r", np.zeros((12, 5000)), 500.0)
    assert draw(shown, RenderOptions(paper=parse_paper(works))).png()


@pytest.mark.parametrize(
    "wrong",
    [{"mm_per_s": 0}, {"mm_per_s": 30}, {"mm_per_mv": 7}, {"start_s": -1.0}, {"start_s": float("nan")}],
)
def test_scales_that_no_paper_has_are_refused(wrong: dict[str, float]):
    with pytest.raises(DataError, match=r"paper speed|gain|starts at"):
        RenderOptions(**wrong)


def test_options_are_values():
    assert RenderOptions() == RenderOptions()
    assert hash(RenderOptions()) == hash(RenderOptions())
    assert RenderOptions().scale.split() == ["25", "mm/s", "10", "mm/mV"]
