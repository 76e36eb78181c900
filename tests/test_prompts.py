"""Prompts and pictures: one form for training, evaluation and serving."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from bedside import prompts
from bedside.errors import DataError


def encoded(image: Image.Image, form: str = "PNG") -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, form)
    return buffer.getvalue()


def test_a_wide_picture_is_padded_with_white_not_squeezed() -> None:
    """Trap 7: transformers squeezes and llama.cpp pads, so only a square means the same to both."""
    wide = Image.new("RGB", (200, 100), "black")
    pixels = np.asarray(prompts.open_image(encoded(wide), size=200))
    assert pixels.shape == (200, 200, 3)
    assert (pixels[60:140] == 0).all()
    assert (pixels[:45] == 255).all()
    assert (pixels[155:] == 255).all()


def test_a_picture_of_the_models_size_is_not_touched() -> None:
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    seen = prompts.open_image(encoded(Image.fromarray(noise)), size=64)
    assert (np.asarray(seen) == noise).all()


def test_transparency_becomes_white_and_exif_turns_the_picture() -> None:
    clear = Image.new("RGBA", (8, 8), (0, 0, 0, 0))
    assert (np.asarray(prompts.open_image(encoded(clear), size=8)) == 255).all()
    tall = Image.new("RGB", (10, 20), "black")
    exif = tall.getexif()
    exif[0x0112] = 6
    buffer = io.BytesIO()
    tall.save(buffer, "PNG", exif=exif)
    turned = np.asarray(prompts.open_image(buffer.getvalue(), size=20))
    assert (turned[10, :] == 0).all()
    assert (turned[0, :] == 255).all()


def test_the_same_picture_gives_the_same_bytes() -> None:
    image = Image.new("RGB", (32, 32), (1, 2, 3))
    assert prompts.png_bytes(image) == prompts.png_bytes(image.copy())


@pytest.mark.parametrize("form", ["PNG", "TIFF"])
def test_sixteen_bits_of_grey_keep_their_shades(form: str) -> None:
    """Pillow's conversion makes white of all values above 255, and so of a whole picture."""
    grey = np.repeat(np.array([0, 255, 256, 32768, 65535, 4096, 0, 0], dtype=np.uint16)[None], 8, axis=0)
    seen = np.asarray(prompts.open_image(encoded(Image.fromarray(grey), form), size=8))
    assert seen[0, :6, 0].tolist() == [0, 0, 1, 128, 255, 16]
    assert (seen == seen[..., :1]).all()


@pytest.mark.parametrize("dtype", [np.int32, np.float32])
def test_grey_values_without_a_known_range_are_refused(dtype: type) -> None:
    data = encoded(Image.fromarray(np.zeros((8, 8), dtype=dtype)), "TIFF")
    with pytest.raises(DataError, match="32 bits") as caught:
        prompts.open_image(data, size=8)
    assert "8 or 16 bits" in caught.value.fix


@pytest.mark.parametrize("data", [b"", b"not a picture", encoded(Image.new("RGB", (8, 8)))[:40]])
def test_what_is_not_a_picture_is_refused(data: bytes) -> None:
    with pytest.raises(DataError, match="not a readable picture") as caught:
        prompts.open_image(data, size=64)
    assert "0x" not in caught.value.reason


def test_the_report_form_is_recognised_whatever_it_finds() -> None:
    report = prompts.ecg_report(["sinus bradycardia", "first degree AV block"], "cardiology clinic")
    assert report == "Findings: sinus bradycardia; first degree AV block.\nAction: cardiology clinic."
    assert prompts.is_ecg_report(report)
    for other in ("", "The ECG shows sinus bradycardia.", report + "\nMore.", report.replace("Action", "Do")):
        assert not prompts.is_ecg_report(other)


def test_the_deployment_prompt_of_calibration_is_the_one_that_serving_sends() -> None:
    figures = "Adult. 2 hours recorded."
    assert prompts.calibration_question(prompts.DEPLOYMENT, figures) == prompts.vitals_question(figures)


QUANTIZATION = """[QUANTIZATION CALIBRATION]
Process the following cardiac monitoring interpretation for model quantization calibration:
"""
SENTINEL = (
    "[NIGHT SENTINEL SYSTEM]\nYou are a cardiac monitoring specialist in night shift ICU surveillance mode. "
    "Analyze the following continuous cardiac monitoring data and provide a concise risk assessment:\n"
)
CLINICAL = (
    "[CLINICAL CARDIOLOGY ANALYSIS]\nAs a cardiologist, analyze the following patient cardiac monitoring "
    "data and provide clinical interpretation:\n"
)


@pytest.mark.parametrize(
    ("name", "opening"),
    [
        ("quantization_calibration", QUANTIZATION),
        ("night_sentinel", SENTINEL),
        ("clinical_analysis", CLINICAL),
    ],
)
def test_calibration_prompts_open_as_published(name: str, opening: str) -> None:
    (message,) = prompts.calibration_question(name, "Mean heart rate 72 bpm.")
    assert (message.role, message.content) == ("user", f"{opening}Mean heart rate 72 bpm.")
    assert name in prompts.CALIBRATION_PROMPTS


def test_an_unknown_calibration_prompt_is_an_error() -> None:
    with pytest.raises(KeyError):
        prompts.calibration_question("other", "")


def test_the_five_published_ecg_prompts_stand_verbatim() -> None:
    assert tuple(text.format(finding="atrial fibrillation") for text in prompts.ECG_PROMPTS.values()) == (
        "Analyze this ECG and provide a detailed interpretation.",
        "What abnormalities are present in this ECG?",
        "Based on this ECG, what is the most likely diagnosis?",
        "Does this ECG show signs of atrial fibrillation?",
        "What is the heart rate and rhythm in this ECG?",
    )


def test_a_png_that_is_damaged_in_the_middle_is_an_error_that_says_so():
    whole = prompts.png_bytes(Image.effect_noise((64, 64), 80).convert("RGB"))
    at = whole.index(b"IDAT")
    with pytest.raises(DataError, match="not a readable picture"):
        prompts.open_image(whole[: at + 8] + b"\0\1\2\3" * 8 + whole[at + 40 :], size=32)
    with pytest.raises(DataError, match="not a readable picture"):
        prompts.open_image(whole[:at] + b"ID\0T" + whole[at + 4 :], size=32)
