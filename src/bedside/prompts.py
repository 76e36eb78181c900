"""The prompts and the image preparation that training, calibration, evaluation and serving share.

A prompt that differs between training and serving costs accuracy without any error, so each stands here
once. Knows words and pixels; knows nothing of models or engines.
"""

from __future__ import annotations

import io
import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING

from bedside.errors import DataError
from bedside.examples import Message

if TYPE_CHECKING:
    from PIL import Image

__all__ = [
    "CALIBRATION_OPENINGS",
    "CALIBRATION_PROMPTS",
    "DEPLOYMENT",
    "ECG_PROMPTS",
    "ECG_QUESTION",
    "calibration_question",
    "ecg_report",
    "is_ecg_report",
    "open_image",
    "png_bytes",
    "vitals_question",
]

ECG_QUESTION = "Interpret this ECG."
ECG_PROMPTS: Mapping[str, str] = MappingProxyType(
    {
        "interpretation": "Analyze this ECG and provide a detailed interpretation.",
        "abnormalities": "What abnormalities are present in this ECG?",
        "diagnosis": "Based on this ECG, what is the most likely diagnosis?",
        "finding": "Does this ECG show signs of {finding}?",
        "rate_and_rhythm": "What is the heart rate and rhythm in this ECG?",
    }
)
"""The prompts that ECG models of this family were published with, by what they ask for; `{finding}` is to be
filled in."""
DEPLOYMENT = "deployment"
"""The name of the prompt that serving sends."""
CALIBRATION_OPENINGS: Mapping[str, str] = MappingProxyType(
    {
        "quantization_calibration": (
            "[QUANTIZATION CALIBRATION]\n"
            "Process the following cardiac monitoring interpretation for model quantization calibration:"
        ),
        "night_sentinel": (
            "[NIGHT SENTINEL SYSTEM]\n"
            "You are a cardiac monitoring specialist in night shift ICU surveillance mode. Analyze the "
            "following continuous cardiac monitoring data and provide a concise risk assessment:"
        ),
        "clinical_analysis": (
            "[CLINICAL CARDIOLOGY ANALYSIS]\n"
            "As a cardiologist, analyze the following patient cardiac monitoring data and provide clinical "
            "interpretation:"
        ),
    }
)
"""How the prompts begin that a calibration data set was once published with, by name."""
CALIBRATION_PROMPTS = (DEPLOYMENT, *CALIBRATION_OPENINGS)
"""The names of the prompts that calibration text can be written with."""

_ECG_REPORT = re.compile(r"Findings: [^\n.]+\.\nAction: [^\n.]+\.")


def ecg_report(findings: Sequence[str], action: str) -> str:
    """Word an ECG report in the required form."""
    return f"Findings: {'; '.join(findings)}.\nAction: {action}."


def is_ecg_report(text: str) -> bool:
    """Tell whether `text` has the required form of an ECG report, whatever it finds."""
    return _ECG_REPORT.fullmatch(text.strip()) is not None


def vitals_question(figures: str) -> tuple[Message, ...]:
    """Ask for an assessment of the vital signs that `figures` describes."""
    return (Message(role="user", content=f"Assess these vital signs.\n{figures}"),)


def calibration_question(name: str, description: str) -> tuple[Message, ...]:
    """Ask about a recording by the prompt `name` of `CALIBRATION_PROMPTS`.

    Raises:
        KeyError: there is no such prompt.
    """
    if name == DEPLOYMENT:
        return vitals_question(description)
    return (Message(role="user", content=f"{CALIBRATION_OPENINGS[name]}\n{description}"),)


def open_image(data: bytes, *, size: int) -> Image.Image:
    """Decode a picture and bring it to the square RGB form that the model sees.

    The picture is turned upright, put on white where it is transparent, padded with white to a square (a
    squeezed ECG has a false scale, and transformers and llama.cpp treat other shapes differently), and
    resized with an antialiased bilinear filter to `size` × `size` pixels. Of 16-bit greyscale the upper eight
    bits are kept: 0 stays black, 65535 stays white.

    Raises:
        DataError: `data` is not a picture that can be decoded, or its grey values have no known range.
    """
    from PIL import Image, ImageOps, UnidentifiedImageError

    try:
        image = _eight_bit(ImageOps.exif_transpose(Image.open(io.BytesIO(data)))).convert("RGBA")
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        reason = "its format is not known" if isinstance(error, UnidentifiedImageError) else error
        raise DataError(f"not a readable picture: {reason}", fix="give a PNG or JPEG file") from error
    flat = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image).convert("RGB")
    side = max(flat.size)
    square = ImageOps.pad(flat, (side, side), color="white") if flat.width != flat.height else flat
    return square if side == size else square.resize((size, size), Image.Resampling.BILINEAR)


def _eight_bit(image: Image.Image) -> Image.Image:
    """Scale 16-bit greyscale to 8 bits; Pillow's own conversion makes white of every value above 255."""
    if image.mode in {"I", "F"}:
        raise DataError(
            f"32 bits of grey (mode {image.mode}) do not say which value is black and which is white",
            fix="save the picture with 8 or 16 bits, as PNG",
        )
    if not image.mode.startswith("I;16"):
        return image
    import numpy as np
    from PIL import Image

    return Image.fromarray((np.asarray(image) >> 8).astype(np.uint8))


def png_bytes(image: Image.Image) -> bytes:
    """Encode a picture as PNG, the same bytes every time."""
    buffer = io.BytesIO()
    image.save(buffer, "PNG", compress_level=6)
    return buffer.getvalue()
