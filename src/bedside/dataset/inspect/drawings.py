"""The drawings of the page, as SVG text that takes its colours from the page's style.

Pure functions of counts: the same counts give the same text.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from html import escape

__all__ = ["bars", "histogram"]

_WIDTH = 880.0
_NAME = 250.0
_ROW = 21.0
_BINS = 44
_TALL, _FOOT = 110.0, 130.0


def bars(rows: Mapping[str, Sequence[int]], kinds: Sequence[str]) -> str:
    """Draw for each name a bar whose pieces are counts of `kinds`; the number beside it is their sum."""
    most = max((sum(counts) for counts in rows.values()), default=0) or 1
    scale = (_WIDTH - _NAME - 90) / most
    parts: list[str] = []
    for row, (name, counts) in enumerate(rows.items()):
        y, x = row * _ROW, _NAME
        parts.append(f'<text class="name" x="{_NAME - 8:.0f}" y="{y + 14:.1f}">{escape(_short(name))}</text>')
        for kind, count in zip(kinds, counts, strict=True):
            title = f"<title>{escape(name)}, {kind}: {count:,}</title>"
            parts.append(
                f'<rect class="{kind}" x="{x:.1f}" y="{y + 3:.1f}" width="{count * scale:.1f}" height="15">'
                f"{title}</rect>"
            )
            x += count * scale
        parts.append(f'<text class="tick" x="{x + 6:.1f}" y="{y + 14:.1f}">{sum(counts):,}</text>')
    return _svg("".join(parts), len(rows) * _ROW + 4, "bars: " + ", ".join(rows))


def histogram(counts: Mapping[int, int], *, unit: str, what: str) -> str:
    """Draw how often each whole number stands, in at most 44 bins; names the tallest and both ends."""
    if not counts:
        return ""
    least, most = min(counts), max(counts)
    step = _round_step((most - least + 1) / _BINS)
    start = least // step * step
    bins = [0] * ((most - start) // step + 1)
    for number, count in counts.items():
        bins[(number - start) // step] += count
    width, tallest = min(_WIDTH / len(bins), 40.0), max(bins)
    parts = [
        f'<rect class="bin" x="{index * width:.1f}" y="{_FOOT - _TALL * count / tallest:.1f}" '
        f'width="{width - 1:.1f}" height="{_TALL * count / tallest:.1f}">'
        f"<title>{_range(start + index * step, step)} {unit}: {_counted(count, what)}</title></rect>"
        for index, count in enumerate(bins)
    ]
    peak = bins.index(tallest) * width
    anchor = "tick end" if peak > _WIDTH - 120 else "tick"
    parts += [
        f'<line class="axis" x1="0" x2="{_WIDTH:.0f}" y1="{_FOOT:.0f}" y2="{_FOOT:.0f}"/>',
        f'<text class="{anchor}" x="{peak:.1f}" y="{_FOOT - _TALL - 5:.1f}">{_counted(tallest, what)}</text>',
        f'<text class="tick" x="0" y="{_FOOT + 16:.1f}">{least:,}{f" {unit}" * (most == least)}</text>',
    ]
    if most > least:
        end = max(len(bins) * width, 160.0)
        parts.append(f'<text class="tick end" x="{end:.1f}" y="{_FOOT + 16:.1f}">{most:,} {unit}</text>')
    return _svg("".join(parts), _FOOT + 24, f"{what} by {unit}, {least} to {most}")


def _round_step(width: float) -> int:
    """Return the least of 1, 2, 5, 10, 20, 50, … that is not below `width`."""
    power = 10 ** max(0, math.floor(math.log10(max(width, 1.0))))
    return next(int(power * factor) for factor in (1, 2, 5, 10) if power * factor >= width)


def _range(low: int, step: int) -> str:
    return f"{low}" if step == 1 else f"{low} to {low + step - 1}"


def _counted(count: int, what: str) -> str:
    return f"{count:,} {what.removesuffix('s') if count == 1 else what}"


def _short(name: str) -> str:
    return name if len(name) <= 40 else name[:39] + "…"


def _svg(content: str, height: float, label: str) -> str:
    return (
        f'<svg viewBox="0 0 {_WIDTH:.0f} {height:.0f}" role="img" aria-label="{escape(label, quote=True)}" '
        f'xmlns="http://www.w3.org/2000/svg">{content}</svg>'
    )
