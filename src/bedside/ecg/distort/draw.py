"""Draw what happens to one picture, as it happens to pictures of paper ECGs.

A picture is photographed, scanned or faxed, and each of the three has its own likely kinds of distortion.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal, get_args

import numpy as np

from bedside.ecg.distort.parameters import ALL_KINDS, Distortion, Kind
from bedside.ecg.distort.parts import PARTS, Dice
from bedside.errors import DataError

__all__ = ["draw_distortion"]

Medium = Literal["photo", "scan", "fax"]

MEDIA: Mapping[Medium, float] = {"photo": 0.55, "scan": 0.33, "fax": 0.12}
"""How a picture is taken, with its probability."""

LIKELY: Mapping[Medium, Mapping[Kind, float]] = {
    "photo": {
        "rotation": 0.9,
        "perspective": 0.9,
        "curl": 0.5,
        "crease": 0.3,
        "border": 0.6,
        "stain": 0.08,
        "moire": 0.06,
        "light": 0.9,
        "shadow": 0.4,
        "colour": 0.85,
        "blur": 0.5,
        "low_resolution": 0.1,
        "noise": 0.7,
        "jpeg": 0.9,
    },
    "scan": {
        "rotation": 0.8,
        "crease": 0.25,
        "border": 0.5,
        "stain": 0.08,
        "moire": 0.05,
        "light": 0.2,
        "colour": 0.6,
        "blur": 0.2,
        "low_resolution": 0.2,
        "noise": 0.5,
        "jpeg": 0.7,
    },
    "fax": {
        "rotation": 0.7,
        "crease": 0.15,
        "border": 0.3,
        "noise": 0.6,
        "fax": 1.0,
    },
}
"""The probability of each kind in each medium. A fax has 4 to 8 points a millimetre, no fewer than a page
of 896 pixels, so that it does not lose resolution too."""

STRONGEST = 2.0

Random = np.random.Generator


def draw_distortion(rng: Random, *, kinds: Sequence[Kind] = ALL_KINDS, strength: float = 1.0) -> Distortion:
    """Draw a distortion: one medium, some of its kinds, and how strong each is.

    At least one of `kinds` is in it, so that with one kind given that one is. An ECG stays readable at
    strength 1.

    Args:
        rng: where chance comes from.
        kinds: what may happen; each at most as often as it does in reality.
        strength: 0 = nothing happens, 1 = as usual, up to 2; how often a kind is seen does not grow with it.

    Raises:
        DataError: an unknown kind, no kind at all, or a strength out of range.
    """
    _check(kinds, strength)
    if strength == 0:
        return Distortion()
    medium = _medium(rng, kinds)
    likely: dict[Kind, float] = {
        kind: probability for kind, probability in LIKELY[medium].items() if kind in kinds
    }
    dice = Dice(rng, photo=medium == "photo", strength=strength)
    chosen: list[Kind] = [kind for kind, probability in likely.items() if dice.chance(probability)]
    if not chosen:
        weights = np.array(list(likely.values()))
        chosen = [tuple(likely)[rng.choice(len(likely), p=weights / weights.sum())]]
    return Distortion.model_validate({kind: PARTS[kind](dice) for kind in chosen})


def _check(kinds: Sequence[Kind], strength: float) -> None:
    unknown = [kind for kind in kinds if kind not in ALL_KINDS]
    if unknown or not kinds:
        said = f"unknown kind of distortion {unknown[0]!r}" if unknown else "no kind of distortion is given"
        raise DataError(said, fix=f"choose from {', '.join(ALL_KINDS)}")
    if not 0 <= strength <= STRONGEST:
        raise DataError(
            f"strength {strength} is not between 0 and {STRONGEST:g}", fix="give 1 for the usual one"
        )


def _medium(rng: Random, kinds: Sequence[Kind]) -> Medium:
    """Draw a medium in which at least one of `kinds` happens."""
    media = [medium for medium in get_args(Medium) if any(kind in LIKELY[medium] for kind in kinds)]
    weights = np.array([MEDIA[medium] for medium in media])
    return media[rng.choice(len(media), p=weights / weights.sum())]
