"""Draw what happens to one picture, as it happens to pictures of paper ECGs.

A picture is photographed, scanned or faxed, and each of the three has its own likely kinds of distortion.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Literal, get_args

import numpy as np

from bedside.ecg.distort.parameters import (
    ALL_KINDS,
    Blur,
    Border,
    CastShadow,
    Colour,
    Crease,
    Curl,
    Distortion,
    Fax,
    Jpeg,
    Kind,
    Light,
    LowResolution,
    Moire,
    Noise,
    Perspective,
    Rotation,
    Stain,
)
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
        "low_resolution": 0.3,
        "noise": 0.6,
        "fax": 1.0,
    },
}
"""The probability of each kind in each medium."""

DESKS = (
    (92, 64, 44),
    (128, 92, 60),
    (58, 56, 54),
    (150, 148, 144),
    (206, 204, 198),
    (48, 66, 88),
    (24, 24, 26),
)
"""Colours of wood, stone, plastic and cloth below a photographed page."""

LIDS = ((6, 6, 8), (30, 30, 32), (250, 250, 250), (225, 226, 228))
"""Colours of a scanner's lid, open or shut."""

STRONGEST = 2.0

Random = np.random.Generator


def draw_distortion(rng: Random, *, kinds: Sequence[Kind] = ALL_KINDS, strength: float = 1.0) -> Distortion:
    """Draw a distortion: one medium, some of its kinds, and how strong each is.

    At least one of `kinds` is in it, so that with one kind given that one is. An ECG stays readable at
    strength 1.

    Args:
        rng: where chance comes from.
        kinds: what may happen; each at most as often as it does in reality.
        strength: 0 = nothing happens, 1 = as usual, up to 2; displacements and changes of brightness grow with
            it, how often a kind is seen does not.

    Raises:
        DataError: an unknown kind, no kind at all, or a strength out of range.
    """
    _check(kinds, strength)
    if strength == 0:
        return Distortion()
    medium = _medium(rng, kinds)
    likely = {kind: LIKELY[medium][kind] for kind in ALL_KINDS if kind in kinds and kind in LIKELY[medium]}
    chosen = [kind for kind, probability in likely.items() if rng.random() < probability]
    if not chosen:
        weights = np.array(list(likely.values()))
        chosen = [list(likely)[rng.choice(len(likely), p=weights / weights.sum())]]
    return Distortion.model_validate({kind: _DRAW[kind](rng, medium, strength) for kind in chosen})


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


def _between(rng: Random, low: float, high: float) -> float:
    return round(float(rng.uniform(low, high)), 5)


def _about(rng: Random, middle: float, sigma: float, limit: float) -> float:
    """Draw from a normal distribution, no farther from `middle` than `limit`."""
    return round(middle + float(np.clip(rng.normal(0.0, sigma), -limit, limit)), 5)


def _rotation(rng: Random, medium: Medium, strength: float) -> Rotation:
    if medium == "photo" and rng.random() < 0.08:
        return Rotation(degrees=min(45.0, _between(rng, 5.0, 25.0) * strength) * float(rng.choice([-1, 1])))
    sigma = 2.2 if medium == "photo" else 1.0
    return Rotation(degrees=_about(rng, 0.0, sigma * strength, 5.0 * strength))


def _perspective(rng: Random, medium: Medium, strength: float) -> Perspective:
    across, down = (_about(rng, 0.0, 0.08 * strength, 0.2 * strength) for _ in range(2))
    return Perspective(across=across, down=down)


def _curl(rng: Random, medium: Medium, strength: float) -> Curl:
    return Curl(
        degrees=_about(rng, float(rng.choice([0.0, 90.0])), 8.0, 25.0),
        cycles=_between(rng, 0.3, 1.0),
        phase=_between(rng, -np.pi, np.pi),
        slope=_between(rng, 0.08, 0.28) * strength,
        slant=_between(rng, 0.2, 0.7) * float(rng.choice([-1, 1])),
        shading=_between(rng, 0.2, 0.6) * float(rng.choice([-1, 1])),
    )


def _creases(rng: Random, medium: Medium, strength: float) -> tuple[Crease, ...]:
    return tuple(_crease(rng, strength) for _ in range(rng.integers(1, 4)))


def _crease(rng: Random, strength: float) -> Crease:
    """Draw a fold: two in three lie where a page is folded to go into an envelope or a pocket."""
    folded = rng.random() < 0.67
    fold = float(rng.choice([-1 / 6, 0.0, 1 / 6]))
    return Crease(
        degrees=_about(rng, float(rng.choice([0.0, 90.0])), 1.5, 4.0)
        if folded
        else _between(rng, 0.0, 180.0),
        offset=_about(rng, fold, 0.01, 0.03) if folded else _between(rng, -0.35, 0.35),
        width=_between(rng, 0.0015, 0.005),
        depth=_between(rng, 0.12, 0.38) * strength,
        shift=_between(rng, -0.03, 0.03) * strength,
    )


def _border(rng: Random, medium: Medium, strength: float) -> Border:
    if medium == "photo":
        sides = [_between(rng, 0.005, 0.06) * strength for _ in range(4)]
        colour = DESKS[rng.integers(len(DESKS))]
    else:
        sides = [_between(rng, 0.004, 0.035) * strength * float(rng.random() < 0.4) for _ in range(4)]
        sides[rng.integers(4)] = _between(rng, 0.01, 0.04) * strength
        colour = LIDS[rng.integers(len(LIDS))]
    left, top, right, bottom = sides
    contact = _between(rng, 0.1, 0.5)
    return Border(left=left, top=top, right=right, bottom=bottom, colour=colour, contact_shadow=contact)


def _stains(rng: Random, medium: Medium, strength: float) -> tuple[Stain, ...]:
    return tuple(_stain(rng, strength) for _ in range(rng.integers(1, 3)))


def _stain(rng: Random, strength: float) -> Stain:
    """Draw the ring of a cup, or a drop of coffee, tea or water."""
    ring = rng.random() < 0.4
    absorbed = np.array([(0.22, 0.36, 0.55), (0.12, 0.22, 0.4), (0.08, 0.08, 0.09)][rng.integers(3)])
    red, green, blue = (round(1.0 - min(0.8, part * strength), 5) for part in absorbed.tolist())
    return Stain(
        x=_between(rng, 0.0, 1.0),
        y=_between(rng, 0.0, 1.0),
        radius=_between(rng, 0.07, 0.11) if ring else _between(rng, 0.012, 0.05),
        edge=_between(rng, 0.05, 0.1) if ring else _between(rng, 0.08, 0.3),
        inside=_between(rng, 0.0, 0.08) if ring else _between(rng, 0.4, 0.8),
        wobble=_between(rng, 0.0, 0.01) if ring else _between(rng, 0.03, 0.12),
        colour=(red, green, blue),
    )


def _moire(rng: Random, medium: Medium, strength: float) -> Moire:
    depth = _between(rng, 0.03, 0.08) * strength
    return Moire(degrees=_between(rng, 0.0, 180.0), period=_between(rng, 0.006, 0.03), depth=depth)


def _light(rng: Random, medium: Medium, strength: float) -> Light:
    fall, vignette = _between(rng, 0.08, 0.35) * strength, _between(rng, 0.0, 0.22) * strength
    return Light(degrees=_between(rng, 0.0, 360.0), fall=fall, vignette=vignette)


def _shadow(rng: Random, medium: Medium, strength: float) -> CastShadow:
    return CastShadow(
        degrees=_between(rng, 0.0, 360.0),
        offset=_between(rng, -0.1, 0.35),
        bend=_between(rng, -1.2, 1.2),
        softness=_between(rng, 0.04, 0.4),
        depth=_between(rng, 0.15, 0.4) * strength,
    )


def _colour(rng: Random, medium: Medium, strength: float) -> Colour:
    warmth, tint = _about(rng, 0.0, 0.06 * strength, 0.2), _about(rng, 0.0, 0.02 * strength, 0.08)
    return Colour(
        gains=(round(1.0 + warmth, 5), round(1.0 + tint, 5), round(1.0 - warmth, 5)),
        gamma=round(float(np.exp(_about(rng, 0.0, 0.15 * strength, 0.6))), 5),
        black=round(_between(rng, 0.0, 35.0) * strength),
        white=255 - round(_between(rng, 0.0, 25.0) * strength),
        grey=bool(rng.random() < (0.1 if medium == "photo" else 0.4)),
    )


def _blur(rng: Random, medium: Medium, strength: float) -> Blur:
    moved = medium == "photo" and rng.random() < 0.3
    return Blur(
        defocus=_between(rng, 0.0004, 0.0013) * strength,
        motion=_between(rng, 0.0015, 0.0045) * strength if moved else 0.0,
        degrees=_between(rng, 0.0, 180.0) if moved else 0.0,
    )


def _low_resolution(rng: Random, medium: Medium, strength: float) -> LowResolution:
    return LowResolution(factor=max(0.3, round(1.0 - _between(rng, 0.2, 0.45) * strength, 5)))


def _noise(rng: Random, medium: Medium, strength: float) -> Noise:
    return Noise(
        seed=int(rng.integers(2**63)),
        sigma=_between(rng, 1.0, 6.0) * strength,
        shot=_between(rng, 1.0, 7.0) * strength,
        colour=bool(rng.random() < (0.6 if medium == "photo" else 0.2)),
    )


def _fax(rng: Random, medium: Medium, strength: float) -> Fax:
    return Fax(threshold=int(rng.integers(115, 176)), points=2 if rng.random() < 0.7 else 1)


def _jpeg(rng: Random, medium: Medium, strength: float) -> Jpeg:
    quality = round(95.0 - _between(rng, 5.0, 65.0) * strength)
    return Jpeg(quality=max(10, quality), full_colour=bool(rng.random() < 0.2))


_DRAW: Mapping[Kind, Callable[[Random, Medium, float], object]] = {
    "rotation": _rotation,
    "perspective": _perspective,
    "curl": _curl,
    "crease": _creases,
    "border": _border,
    "stain": _stains,
    "moire": _moire,
    "light": _light,
    "shadow": _shadow,
    "colour": _colour,
    "blur": _blur,
    "low_resolution": _low_resolution,
    "noise": _noise,
    "fax": _fax,
    "jpeg": _jpeg,
}
