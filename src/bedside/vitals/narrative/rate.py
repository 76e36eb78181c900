"""The heart rate against the range for the age, and how it varies.

The spread of readings over minutes or hours is named as what it is: it is not heart rate variability, which
is measured between beats. A monitor's own index and its pNN50 are given as the monitor's. A wearable is asked
for the resting heart rate and the fall at night instead.
"""

from __future__ import annotations

from bedside.vitals.figures import Burden, NotAssessed, Summary, VitalsFigures
from bedside.vitals.narrative.digits import decimals, duration, percent, reading, share_of, whole
from bedside.vitals.narrative.missing import not_assessed
from bedside.vitals.narrative.phrasing import Phrasing, upper_first
from bedside.vitals.narrative.subject import device_of

__all__ = ["heart_rate_level", "variability"]


def heart_rate_level(figures: VitalsFigures, draw: Phrasing) -> list[str]:
    """Hold the heart rate against the range for the age."""
    burden, heart = figures.burden, figures.signal("hr")
    if isinstance(heart, NotAssessed):
        return not_assessed({"heart rate": heart}, draw)
    if isinstance(burden, NotAssessed):
        name = "rate.one_no_range" if heart.n == 1 else "rate.no_range"
        return [draw.sentence(name, reason=burden.reason, mean=decimals(heart.mean))]
    return [_level(burden, draw)]


def _level(burden: Burden, draw: Phrasing) -> str:
    limits = {
        "people": draw.phrase(f"people.{burden.range.band}"),
        "low_limit": whole(burden.range.low_bpm),
        "high_limit": whole(burden.range.high_bpm),
        "n": f"{burden.n:,}",
    }
    low, high = share_of(burden.low_percent, burden.n), share_of(burden.high_percent, burden.n)
    if burden.low_percent and burden.high_percent:
        return draw.sentence("rate.both_sides", low=low, high=high, **limits)
    one = "one_" if burden.n == 1 else ""
    if not burden.low_percent and not burden.high_percent:
        return draw.sentence(f"rate.{one}within", **limits)
    fast = burden.high_percent > 0.0
    side, other = ("above", "below") if fast else ("below", "above")
    pace, opposite = ("fast", "slow") if fast else ("slow", "fast")
    limit, other_limit = ("high_limit", "low_limit") if fast else ("low_limit", "high_limit")
    return draw.sentence(
        f"rate.{one}outside",
        side=side,
        Side=upper_first(side),
        other=other,
        pace=pace,
        opposite=opposite,
        limit=limits[limit],
        other_limit=limits[other_limit],
        share=high if fast else low,
        **limits,
    )


def variability(figures: VitalsFigures, draw: Phrasing, *, window: str) -> list[str]:
    """Say how the heart rate varies, as far as the device shows it.

    The resting heart rate and the nocturnal dip are asked for where the whole recording is told; in a window
    of it they are given where they could be measured.
    """
    heart = figures.signal("hr")
    if isinstance(heart, NotAssessed):
        return not_assessed({"variability": heart}, draw)
    beats = _between_beats(figures, draw)
    if heart.n == 1:
        spread = not_assessed({"variability": NotAssessed("only one reading")}, draw)
    else:
        spread = [_spread(figures, heart, draw, alone=not beats)]
    return [*spread, *beats, *_by_day(figures, draw, window=window)]


def _spread(figures: VitalsFigures, heart: Summary, draw: Phrasing, *, alone: bool) -> str:
    """Word the spread of the readings; `alone` where nothing is known of the variability between beats."""
    return draw.sentence(
        "variability.spread_alone" if alone else "variability.spread",
        sd=decimals(heart.sd),
        span=duration(figures.coverage.span_s),
        every=_pace(figures.header.interval_s),
        p05=reading(heart.p05),
        p95=reading(heart.p95),
        width=reading(heart.p95 - heart.p05),
    )


def _pace(interval_s: float) -> str:
    names = {1.0: "every second", 60.0: "every minute"}
    return names.get(interval_s, f"every {duration(interval_s)}")


def _between_beats(figures: VitalsFigures, draw: Phrasing) -> list[str]:
    index, rhythm = figures.signal("hr_variability"), figures.rhythm
    sentences: list[str] = []
    if isinstance(index, Summary):
        words = {"mean": index.mean, "low": index.minimum, "high": index.maximum, "median": index.median}
        name = "variability.one_index" if index.n == 1 else "variability.index"
        sentences.append(draw.sentence(name, **{name: decimals(value) for name, value in words.items()}))
    pnn50 = None if isinstance(rhythm, NotAssessed) else rhythm.pnn50_percent
    if pnn50 is not None:
        sentences.append(draw.sentence("variability.pnn50", mean=percent(pnn50)))
    return sentences


def _by_day(figures: VitalsFigures, draw: Phrasing, *, window: str) -> list[str]:
    """Give the resting heart rate and the nocturnal dip; only of a wearable are they missed."""
    resting, dip = figures.resting, figures.nocturnal_dip
    asked = window == "all" and device_of(figures) == "wearable"
    missing = {
        name: figure
        for name, figure in (("resting heart rate", resting), ("nocturnal dip", dip))
        if asked and isinstance(figure, NotAssessed)
    }
    sentences: list[str] = []
    if not isinstance(resting, NotAssessed):
        sentences.append(draw.sentence("variability.resting", lowest=decimals(resting.lowest_30_min_bpm)))
        if resting.early_morning_median_bpm is not None:
            sentences.append(
                draw.sentence("variability.early", median=decimals(resting.early_morning_median_bpm))
            )
    if not isinstance(dip, NotAssessed):
        sentences.append(
            draw.sentence(
                "variability.dip" if dip.percent >= 0.0 else "variability.rise",
                percent=percent(abs(dip.percent)),
                day=decimals(dip.day_mean_bpm),
                night=decimals(dip.night_mean_bpm),
            )
        )
    return [*sentences, *not_assessed(missing, draw)]
