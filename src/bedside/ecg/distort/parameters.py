"""What can happen to a paper ECG between the printer and the model, as numbers; no pixels.

Lengths are shares of the picture's longer side, so that a picture of any size gets the same; angles are
degrees, clockwise as seen.
"""

from __future__ import annotations

from typing import Annotated, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field

__all__ = [
    "ALL_KINDS",
    "Blur",
    "Border",
    "CastShadow",
    "Colour",
    "Crease",
    "Curl",
    "Distortion",
    "Fax",
    "Jpeg",
    "Kind",
    "Light",
    "LowResolution",
    "Moire",
    "Noise",
    "Perspective",
    "Rotation",
    "Stain",
]

Kind = Literal[
    "rotation",
    "perspective",
    "curl",
    "crease",
    "border",
    "stain",
    "moire",
    "light",
    "shadow",
    "colour",
    "blur",
    "low_resolution",
    "noise",
    "fax",
    "jpeg",
]

ALL_KINDS: tuple[Kind, ...] = get_args(Kind)
"""Every kind, in the order in which they happen."""

Share = Annotated[float, Field(ge=0.0, le=1.0)]
Angle = Annotated[float, Field(ge=-360.0, le=360.0)]
Level = Annotated[int, Field(ge=0, le=255)]
Gain = Annotated[float, Field(ge=0.5, le=1.5)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Rotation(_Part):
    """The page lies askew."""

    degrees: Annotated[float, Field(ge=-45.0, le=45.0)]


class Perspective(_Part):
    """The camera is not straight above the page.

    Attributes:
        across: how much nearer the right side is than the left one, 0.1 = a tenth.
        down: how much nearer the lower side is than the upper one.
    """

    across: Annotated[float, Field(ge=-0.5, le=0.5)]
    down: Annotated[float, Field(ge=-0.5, le=0.5)]


class Curl(_Part):
    """The page is bent like a piece of a cylinder, seen at a slant.

    Attributes:
        degrees: the direction in which it bends; 0 = from left to right.
        cycles, phase: waves over the longer side, and where the first begins, radians.
        slope: rise over run where it is steepest.
        slant: share of the height that the camera sees as a shift; 0 = from above.
        shading: how much darker or brighter a slope of 45 degrees is.
    """

    degrees: Angle
    cycles: Annotated[float, Field(ge=0.1, le=3.0)]
    phase: float
    slope: Annotated[float, Field(ge=0.0, le=0.7)]
    slant: Annotated[float, Field(ge=-1.0, le=1.0)]
    shading: Annotated[float, Field(ge=-1.0, le=1.0)]


class Crease(_Part):
    """A straight fold of the paper, flattened again.

    Attributes:
        degrees: the direction across the fold.
        offset: where it is, from the middle of the page along that direction.
        width: how wide the bent strip is.
        depth: how dark its dark side is and, half as much, how bright its bright side.
        shift: how far the paper beside it moves, as a share of the strip that moves: six widths on each side.
    """

    degrees: Angle
    offset: Annotated[float, Field(ge=-1.0, le=1.0)]
    width: Annotated[float, Field(ge=0.0005, le=0.1)]
    depth: Share
    shift: Annotated[float, Field(ge=-0.06, le=0.06)]


class Border(_Part):
    """What is seen around the page: a desk, or the scanner's lid.

    Attributes:
        left, top, right, bottom: what is seen of it at least, as a share of the picture's width or height.
        colour: its colour.
        contact_shadow: how dark it is where it touches the page.
    """

    left: Annotated[float, Field(ge=0.0, le=0.3)]
    top: Annotated[float, Field(ge=0.0, le=0.3)]
    right: Annotated[float, Field(ge=0.0, le=0.3)]
    bottom: Annotated[float, Field(ge=0.0, le=0.3)]
    colour: tuple[Level, Level, Level]
    contact_shadow: Share


class Stain(_Part):
    """A dried drop or the ring of a cup on the paper.

    Attributes:
        x, y: its centre, 0 to 1 over the page's width and height.
        radius: to the edge.
        edge: width of the edge, as a share of the radius.
        inside: how much of the edge's colour there is inside.
        wobble: how much the outline departs from a circle, as a share of the radius.
        colour: the share of the light that the edge leaves, in red, green and blue.
    """

    x: Share
    y: Share
    radius: Annotated[float, Field(ge=0.005, le=0.3)]
    edge: Annotated[float, Field(ge=0.02, le=1.0)]
    inside: Share
    wobble: Annotated[float, Field(ge=0.0, le=0.2)]
    colour: tuple[Share, Share, Share]


class Moire(_Part):
    """Waves of brightness: the page was photographed from a screen.

    Attributes:
        degrees: the direction across the waves.
        period: from wave to wave.
        depth: from mean to crest.
    """

    degrees: Angle
    period: Annotated[float, Field(ge=0.002, le=0.2)]
    depth: Annotated[float, Field(ge=0.0, le=0.3)]


class Light(_Part):
    """Uneven light.

    Attributes:
        degrees: the direction in which it falls off.
        fall: the share of the light that is lost from the brightest side to the darkest.
        vignette: the share that the lens loses in the corners.
    """

    degrees: Angle
    fall: Annotated[float, Field(ge=0.0, le=0.7)]
    vignette: Annotated[float, Field(ge=0.0, le=0.5)]


class CastShadow(_Part):
    """The shadow of a hand, a phone or a head, with one bent soft edge.

    Attributes:
        degrees: the direction from the light into the shadow.
        offset: where the edge is, from the middle of the picture along that direction.
        bend: how much the edge bends.
        softness: width of the half-shadow.
        depth: the share of the light that is lost in it.
    """

    degrees: Angle
    offset: Annotated[float, Field(ge=-1.0, le=1.0)]
    bend: Annotated[float, Field(ge=-3.0, le=3.0)]
    softness: Annotated[float, Field(ge=0.02, le=1.0)]
    depth: Annotated[float, Field(ge=0.0, le=0.8)]


class Colour(_Part):
    """How brightness and colour are rendered.

    Attributes:
        gains: of red, green and blue: white balance and tint of the paper.
        gamma: exponent of brightness; above 1 darkens the middle.
        black: the level that ink is rendered with, 0 to 255.
        white: the level that the brightest paper is rendered with, 0 to 255.
        grey: no colour is kept.
    """

    gains: tuple[Gain, Gain, Gain]
    gamma: Annotated[float, Field(ge=0.4, le=2.5)]
    black: Annotated[int, Field(ge=0, le=120)]
    white: Annotated[int, Field(ge=135, le=255)]
    grey: bool = False


class Blur(_Part):
    """Out of focus, moved, or both.

    Attributes:
        defocus: half the width of the blur.
        motion: the length of the movement.
        degrees: the direction of the movement.
    """

    defocus: Annotated[float, Field(ge=0.0, le=0.01)]
    motion: Annotated[float, Field(ge=0.0, le=0.02)] = 0.0
    degrees: Angle = 0.0


class LowResolution(_Part):
    """The picture is reduced by `factor` in each direction, and enlarged again to its size."""

    factor: Annotated[float, Field(ge=0.1, le=1.0)]


class Noise(_Part):
    """Noise of the sensor.

    Attributes:
        seed: of the noise.
        sigma: standard deviation in black, levels of 255.
        shot: standard deviation that light adds in white; its square grows with brightness.
        colour: the three colours have noise of their own.
    """

    seed: Annotated[int, Field(ge=0, lt=2**63)]
    sigma: Annotated[float, Field(ge=0.0, le=60.0)]
    shot: Annotated[float, Field(ge=0.0, le=60.0)]
    colour: bool


class Fax(_Part):
    """Black or white, nothing between.

    Attributes:
        threshold: the level of red from which on a point of white paper is white; less on darker paper.
        points: black or white points per pixel, in each direction.
    """

    threshold: Level
    points: Literal[1, 2]


class Jpeg(_Part):
    """A JPEG file of this quality, with the colour of every pixel or of every fourth only."""

    quality: Annotated[int, Field(ge=5, le=95)]
    full_colour: bool


class Distortion(_Part):
    """Everything that happens to one picture; nothing, where a part is absent."""

    rotation: Rotation | None = None
    perspective: Perspective | None = None
    curl: Curl | None = None
    crease: Annotated[tuple[Crease, ...], Field(max_length=4)] = ()
    border: Border | None = None
    stain: tuple[Stain, ...] = ()
    moire: Moire | None = None
    light: Light | None = None
    shadow: CastShadow | None = None
    colour: Colour | None = None
    blur: Blur | None = None
    low_resolution: LowResolution | None = None
    noise: Noise | None = None
    fax: Fax | None = None
    jpeg: Jpeg | None = None

    @property
    def kinds(self) -> tuple[Kind, ...]:
        """The kinds that it has, in the order of `ALL_KINDS`."""
        return tuple(kind for kind in ALL_KINDS if getattr(self, kind))
