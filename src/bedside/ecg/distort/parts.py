"""Draw the numbers of each kind of distortion.

Displacements and changes of brightness grow with the strength; where something is and which form it has do
not.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from bedside.ecg.distort.parameters import (
    Blur,
    Border,
    CastShadow,
    Colour,
    Crease,
    Curl,
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

__all__ = ["PARTS", "Dice"]

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


@dataclass(frozen=True)
class Dice:
    """Where the numbers of one picture come from.

    Attributes:
        rng: chance.
        photo: the picture is photographed, not laid on a scanner.
        strength: 1 = as usual.
    """

    rng: np.random.Generator
    photo: bool
    strength: float

    def between(self, low: float, high: float) -> float:
        """Draw evenly from `low` to `high`."""
        return round(float(self.rng.uniform(low, high)), 5)

    def grown(self, low: float, high: float) -> float:
        """Draw evenly from `low` to `high`, times the strength."""
        return round(float(self.rng.uniform(low, high)) * self.strength, 5)

    def about(self, middle: float, sigma: float, limit: float) -> float:
        """Draw from a normal distribution, no farther from `middle` than `limit`."""
        return round(middle + float(np.clip(self.rng.normal(0.0, sigma), -limit, limit)), 5)

    def chance(self, probability: float) -> bool:
        """Draw yes or no."""
        return bool(self.rng.random() < probability)

    def sign(self) -> float:
        """Draw −1 or 1."""
        return float(self.rng.choice([-1, 1]))


def _rotation(dice: Dice) -> Rotation:
    if dice.photo and dice.chance(0.08):
        return Rotation(degrees=min(45.0, dice.grown(5.0, 25.0)) * dice.sign())
    sigma = 2.2 if dice.photo else 1.0
    return Rotation(degrees=dice.about(0.0, sigma * dice.strength, 5.0 * dice.strength))


def _perspective(dice: Dice) -> Perspective:
    across, down = (dice.about(0.0, 0.08 * dice.strength, 0.2 * dice.strength) for _ in range(2))
    return Perspective(across=across, down=down)


def _curl(dice: Dice) -> Curl:
    return Curl(
        degrees=dice.about(float(dice.rng.choice([0.0, 90.0])), 8.0, 25.0),
        cycles=dice.between(0.3, 1.0),
        phase=dice.between(-np.pi, np.pi),
        slope=dice.grown(0.08, 0.28),
        slant=dice.between(0.2, 0.7) * dice.sign(),
        shading=dice.between(0.2, 0.6) * dice.sign(),
    )


def _creases(dice: Dice) -> tuple[Crease, ...]:
    return tuple(_crease(dice) for _ in range(dice.rng.integers(1, 4)))


def _crease(dice: Dice) -> Crease:
    """Draw a fold: two in three lie where a page is folded to go into an envelope or a pocket."""
    folded = dice.chance(0.67)
    fold, side = float(dice.rng.choice([-1 / 6, 0.0, 1 / 6])), float(dice.rng.choice([0.0, 90.0]))
    return Crease(
        degrees=dice.about(side, 1.5, 4.0) if folded else dice.between(0.0, 180.0),
        offset=dice.about(fold, 0.01, 0.03) if folded else dice.between(-0.35, 0.35),
        width=dice.between(0.0015, 0.005),
        depth=dice.grown(0.12, 0.38),
        shift=dice.grown(-0.03, 0.03),
    )


def _border(dice: Dice) -> Border:
    if dice.photo:
        sides = [dice.grown(0.005, 0.06) for _ in range(4)]
        colour = DESKS[dice.rng.integers(len(DESKS))]
    else:
        sides = [dice.grown(0.004, 0.035) if dice.chance(0.4) else 0.0 for _ in range(4)]
        sides[dice.rng.integers(4)] = dice.grown(0.01, 0.04)
        colour = LIDS[dice.rng.integers(len(LIDS))]
    left, top, right, bottom = sides
    contact = dice.between(0.1, 0.5)
    return Border(left=left, top=top, right=right, bottom=bottom, colour=colour, contact_shadow=contact)


def _stains(dice: Dice) -> tuple[Stain, ...]:
    return tuple(_stain(dice) for _ in range(dice.rng.integers(1, 3)))


def _stain(dice: Dice) -> Stain:
    """Draw the ring of a cup, or a drop of coffee, tea or water."""
    ring = dice.chance(0.4)
    absorbed = np.array([(0.22, 0.36, 0.55), (0.12, 0.22, 0.4), (0.08, 0.08, 0.09)][dice.rng.integers(3)])
    red, green, blue = (round(1.0 - min(0.8, part * dice.strength), 5) for part in absorbed.tolist())
    return Stain(
        x=dice.between(0.0, 1.0),
        y=dice.between(0.0, 1.0),
        radius=dice.between(0.07, 0.11) if ring else dice.between(0.012, 0.05),
        edge=dice.between(0.05, 0.1) if ring else dice.between(0.08, 0.3),
        inside=dice.between(0.0, 0.08) if ring else dice.between(0.4, 0.8),
        wobble=dice.between(0.0, 0.01) if ring else dice.between(0.03, 0.12),
        colour=(red, green, blue),
    )


def _moire(dice: Dice) -> Moire:
    depth = dice.grown(0.03, 0.08)
    return Moire(degrees=dice.between(0.0, 180.0), period=dice.between(0.006, 0.03), depth=depth)


def _light(dice: Dice) -> Light:
    fall, vignette = dice.grown(0.08, 0.35), dice.grown(0.0, 0.22)
    return Light(degrees=dice.between(0.0, 360.0), fall=fall, vignette=vignette)


def _shadow(dice: Dice) -> CastShadow:
    return CastShadow(
        degrees=dice.between(0.0, 360.0),
        offset=dice.between(-0.1, 0.35),
        bend=dice.between(-1.2, 1.2),
        softness=dice.between(0.04, 0.4),
        depth=dice.grown(0.15, 0.4),
    )


def _colour(dice: Dice) -> Colour:
    warmth, tint = dice.about(0.0, 0.06 * dice.strength, 0.2), dice.about(0.0, 0.02 * dice.strength, 0.08)
    return Colour(
        gains=(round(1.0 + warmth, 5), round(1.0 + tint, 5), round(1.0 - warmth, 5)),
        gamma=round(float(np.exp(dice.about(0.0, 0.15 * dice.strength, 0.6))), 5),
        black=round(dice.grown(0.0, 35.0)),
        white=255 - round(dice.grown(0.0, 25.0)),
        grey=dice.chance(0.1 if dice.photo else 0.4),
    )


def _blur(dice: Dice) -> Blur:
    moved = dice.photo and dice.chance(0.3)
    return Blur(
        defocus=dice.grown(0.0004, 0.0013),
        motion=dice.grown(0.0015, 0.0045) if moved else 0.0,
        degrees=dice.between(0.0, 180.0) if moved else 0.0,
    )


def _low_resolution(dice: Dice) -> LowResolution:
    return LowResolution(factor=max(0.3, round(1.0 - dice.grown(0.2, 0.45), 5)))


def _noise(dice: Dice) -> Noise:
    return Noise(
        seed=int(dice.rng.integers(2**63)),
        sigma=dice.grown(1.0, 6.0),
        shot=dice.grown(1.0, 7.0),
        colour=dice.chance(0.6 if dice.photo else 0.2),
    )


def _fax(dice: Dice) -> Fax:
    return Fax(threshold=int(dice.rng.integers(228, 238)), points=2 if dice.chance(0.7) else 1)


def _jpeg(dice: Dice) -> Jpeg:
    quality = round(95.0 - dice.grown(5.0, 65.0))
    return Jpeg(quality=max(10, quality), full_colour=dice.chance(0.2))


PARTS: Mapping[Kind, Callable[[Dice], object]] = {
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
"""How the numbers of each kind are drawn."""
