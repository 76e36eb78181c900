"""The PNG file of a picture."""

from __future__ import annotations

import io
import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from bedside.ecg.render import DEMO_OPTIONS, RenderOptions, draw, parse_paper
from bedside.ecg.render.png import blank, png
from bedside.prompts import open_image
from drawn_ecgs import record

PALETTE = np.arange(48, dtype=np.uint8).reshape(16, 3)


@pytest.mark.parametrize(
    "options", [RenderOptions(), RenderOptions(paper=parse_paper("letter@100")), DEMO_OPTIONS]
)
@pytest.mark.parametrize("level_mv", [0.0, 0.4, 9.0])
def test_the_file_holds_the_picture(options: RenderOptions, level_mv: float):
    picture = draw(record(np.random.default_rng(0).normal(0, level_mv, 5000)), options)
    with Image.open(io.BytesIO(picture.png())) as opened:
        assert opened.format == "PNG"
        assert opened.size == (options.paper.width_px, options.paper.height_px)
        assert (np.asarray(opened.convert("RGB")) == picture.rgb()).all()
        assert opened.info["dpi"][0] == pytest.approx(options.paper.px_per_mm * 25.4, rel=1e-3)
    assert (np.asarray(picture.image()) == picture.rgb()).all()


@given(
    st.integers(1, 200),
    st.integers(1, 40),
    st.lists(st.tuples(st.integers(0, 199), st.integers(1, 30)), max_size=4),
    st.integers(0, 99),
)
def test_parts_of_the_empty_page_and_new_ones_make_one_file(
    height: int, width: int, touched: list[tuple[int, int]], seed: int
):
    rng = np.random.default_rng(seed)
    pixels = rng.integers(0, 16, (height, width), dtype=np.uint8)
    page = blank(pixels.copy())
    for first, rows in touched:
        pixels[first : first + rows] = rng.integers(0, 16, pixels[first : first + rows].shape)
    data = png(pixels, PALETTE, px_per_mm=3.5, page=page)
    with Image.open(io.BytesIO(data)) as opened:
        assert (np.asarray(opened.convert("RGB")) == PALETTE[pixels]).all()
    stream = data[data.index(b"IDAT") + 4 : data.index(b"IEND") - 8]
    inflated = np.frombuffer(zlib.decompress(stream), np.uint8).reshape(height, width + 1)  # checks Adler-32
    assert (inflated[:, 1:] == pixels).all()


def test_the_model_sees_the_demo_s_picture_as_it_was_drawn():
    picture = draw(record(np.zeros(5000)), DEMO_OPTIONS)
    shown = open_image(picture.png(), size=128)
    assert (np.asarray(shown) == picture.rgb()).all()
