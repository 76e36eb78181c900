"""The PNG file of a picture."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from bedside.ecg.render import DEMO_OPTIONS, Picture, RenderOptions, draw, parse_paper
from bedside.prompts import open_image
from drawn_ecgs import record


@pytest.mark.parametrize(
    "options", [RenderOptions(), RenderOptions(paper=parse_paper("letter@100")), DEMO_OPTIONS]
)
def test_the_file_holds_the_picture(options: RenderOptions):
    picture = draw(record(np.random.default_rng(0).normal(0, 0.4, 5000)), options)
    with Image.open(io.BytesIO(picture.png())) as opened:
        assert opened.format == "PNG"
        assert opened.size == (options.paper.width_px, options.paper.height_px)
        assert (np.asarray(opened.convert("RGB")) == picture.rgb()).all()
        assert opened.info["dpi"][0] == pytest.approx(options.paper.px_per_mm * 25.4, rel=1e-3)
    assert (np.asarray(picture.image()) == picture.rgb()).all()


def test_any_picture_of_indices_can_be_written():
    pixels = np.arange(15, dtype=np.uint8).reshape(3, 5)
    palette = np.arange(45, dtype=np.uint8).reshape(15, 3)
    with Image.open(io.BytesIO(Picture(pixels, palette, 1.0).png())) as opened:
        assert (np.asarray(opened.convert("RGB")) == palette[pixels]).all()


def test_the_model_sees_the_demo_s_picture_as_it_was_drawn():
    picture = draw(record(np.zeros(5000)), DEMO_OPTIONS)
    shown = open_image(picture.png(), size=128)
    assert (np.asarray(shown) == picture.rgb()).all()
