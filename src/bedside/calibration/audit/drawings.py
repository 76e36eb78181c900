"""The drawings of the audit's page, as SVG text that takes its colours from the page's style.

Pure functions of counts: the same counts give the same text.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bedside.calibration.audit.facts import ChunkFacts, RecordTokens

__all__ = ["MOST_CHUNKS", "chunk_map", "histograms"]

MOST_CHUNKS = 200
"""Chunks drawn; a longer text is drawn as far as these go."""
_WIDTH = 880.0
_LABEL = 46.0
_GAP = 26.0
_BINS = 24
_TALL, _FOOT = 112.0, 156.0


def chunk_map(records: Sequence[RecordTokens], chunks: ChunkFacts, *, bos: int) -> str:
    """Draw every chunk as a bar in which the records are bands; what is cut and what is dropped stand out."""
    whole = min(chunks.chunks, MOST_CHUNKS)
    drawn = whole + (whole == chunks.chunks and chunks.dropped > 0)
    columns = 1 if drawn <= 30 else 2 if drawn <= 80 else 4
    rows = math.ceil(drawn / columns)
    column = (_WIDTH - _GAP * (columns - 1)) / columns
    grid = _Grid(rows, column, (column - _LABEL) / chunks.context, 22.0 if columns == 1 else 16.0)
    parts = [grid.frame(index, chunks, drawn) for index in range(drawn)]
    if bos:
        parts.append(grid.band(0, 0, 1, "bos", "the token llama.cpp puts before the text"))
    for record in records:
        parts += _record(record, chunks, drawn, grid)
    height = rows * grid.pitch + 2
    label = f"{chunks.chunks} chunks of {chunks.context} tokens and the records in them"
    return _svg("".join(parts), height, label)


@dataclass(frozen=True)
class _Grid:
    """Where chunks lie: rows, the width of a column and of a token, and the distance of two rows."""

    rows: int
    column: float
    token: float
    pitch: float

    def place(self, chunk: int) -> tuple[float, float]:
        """Return the upper left corner of a chunk's bar."""
        column, row = divmod(chunk, self.rows)
        return column * (self.column + _GAP) + _LABEL, row * self.pitch + 2

    def band(self, chunk: int, start: int, end: int, kind: str, title: str) -> str:
        """Draw tokens `start` to `end` of a chunk."""
        x, y = self.place(chunk)
        return (
            f'<rect class="{kind}" x="{x + start * self.token:.1f}" y="{y:.1f}" '
            f'width="{max(0.4, (end - start) * self.token - 0.8):.1f}" height="{self.pitch - 4:.1f}">'
            f"<title>{title}</title></rect>"
        )

    def frame(self, chunk: int, chunks: ChunkFacts, drawn: int) -> str:
        """Draw a chunk's ground and its number."""
        x, y = self.place(chunk)
        is_rest = chunk == chunks.chunks and chunk == drawn - 1
        width = chunks.dropped if is_rest else chunks.context
        text = "rest" if is_rest else str(chunk + 1)
        return (
            f'<text class="label" x="{x - 8:.1f}" y="{y + self.pitch / 2 + 2:.1f}">{text}</text>'
            f'<rect class="ground" x="{x:.1f}" y="{y:.1f}" width="{width * self.token:.1f}" '
            f'height="{self.pitch - 4:.1f}"/>'
        )


def _record(record: RecordTokens, chunks: ChunkFacts, drawn: int, grid: _Grid) -> Iterator[str]:
    """Draw a record's bands, one in each chunk that it reaches into."""
    end = record.first + record.tokens
    tint = ("even", "odd")[record.number % 2]
    title = f"record {record.number}, line {record.line}: {record.tokens} tokens{', cut' * record.cut}"
    for chunk in range(record.first // chunks.context, min(drawn, -(-end // chunks.context))):
        start = chunk * chunks.context
        kind = "dropped" if chunk >= chunks.chunks else "cut" if record.cut else tint
        inside = max(record.first, start) - start, min(end, start + chunks.context) - start
        yield grid.band(chunk, *inside, kind, title)


def histograms(panels: Sequence[tuple[str, Sequence[int]]]) -> str:
    """Draw for each named list of counts how many records have how many tokens."""
    width = (_WIDTH - _GAP * (len(panels) - 1)) / len(panels)
    drawn = (
        _histogram(name, counts, index * (width + _GAP), width) for index, (name, counts) in enumerate(panels)
    )
    names = ", ".join(name for name, _ in panels)
    return _svg("".join(drawn), _FOOT + 20, f"Tokens per record: {names}")


def _histogram(name: str, counts: Sequence[int], left: float, width: float) -> str:
    least, most = min(counts), max(counts)
    step = max(1, math.ceil((most - least + 1) / _BINS))
    bins = [0] * ((most - least) // step + 1)
    for count in counts:
        bins[(count - least) // step] += 1
    bar = min(width / len(bins), 40.0)
    kind = name.partition(" ")[0]
    bars = "".join(
        f'<rect class="{kind}" x="{left + index * bar:.1f}" y="{_FOOT - _TALL * number / max(bins):.1f}" '
        f'width="{bar - 1:.1f}" height="{_TALL * number / max(bins):.1f}">'
        f"<title>{_range(least + index * step, step)} tokens: {number} records</title></rect>"
        for index, number in enumerate(bins)
    )
    tallest, right = left + bins.index(max(bins)) * bar, left + len(bins) * bar
    texts = [
        ("title", left, 14.0, name),
        ("tick", tallest, _FOOT - _TALL - 5, f"{max(bins):,} records"),
        ("tick", left, _FOOT + 16, f"{least:,}" + " tokens" * (most == least)),
        *([("tick end", max(right, left + 110), _FOOT + 16, f"{most:,} tokens")] if most > least else []),
    ]
    axis = f'<line class="axis" x1="{left:.1f}" x2="{left + width:.1f}" y1="{_FOOT:.0f}" y2="{_FOOT:.0f}"/>'
    return (
        bars + axis + "".join(f'<text class="{k}" x="{x:.1f}" y="{y:.1f}">{t}</text>' for k, x, y, t in texts)
    )


def _range(low: int, step: int) -> str:
    return f"{low}" if step == 1 else f"{low} to {low + step - 1}"


def _svg(content: str, height: float, label: str) -> str:
    return (
        f'<svg viewBox="0 0 {_WIDTH:.0f} {height:.0f}" role="img" aria-label="{label}" '
        f'xmlns="http://www.w3.org/2000/svg">{content}</svg>'
    )
