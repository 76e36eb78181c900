"""The plots of the page, each an SVG text that stands in the page itself.

Pure functions of results: the same results give the same text. Drawn with matplotlib; letters stay letters,
so that the page's fonts are used and a reader can search and copy them.
"""

from __future__ import annotations

import functools
import io
import math
import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, ParamSpec

from bedside.extras import require
from bedside.report.evidence import Stage, TrainingStep
from bedside.report.headline import HeadlineRow
from bedside.report.number_text import bytes_text, duration
from bedside.report.results import Result
from bedside.stored_answers import StoredAnswer

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Arguments = ParamSpec("Arguments")

__all__ = ["accuracy_plot", "class_plot", "confusion_plot", "loss_plot", "size_plot", "time_plot"]

INK, MUTED, LINE, ACCENT, WARM = "#1b2733", "#66758a", "#d5dce4", "#155a86", "#b3541e"
WIDTH = 8.8
"""Inches; as wide as the page's text."""
STYLE: dict[str, Any] = {
    "svg.fonttype": "none",
    "svg.hashsalt": "bedside",
    "font.family": "sans-serif",
    "font.size": 10,
    "text.color": INK,
    "axes.edgecolor": LINE,
    "axes.labelcolor": MUTED,
    "axes.titlecolor": INK,
    "axes.titlesize": 10.5,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "xtick.color": MUTED,
    "ytick.color": INK,
    "ytick.major.size": 0,
    "xtick.major.size": 0,
    "grid.color": LINE,
    "grid.linewidth": 0.8,
    "legend.frameon": False,
}
_ABOVE_SVG = re.compile(r"^.*?(?=<svg)", re.DOTALL)
_METADATA = re.compile(r"\s*<metadata>.*?</metadata>", re.DOTALL)
_GROUP_ID = re.compile(r'<g id="[a-zA-Z0-9_.]+">')
_SIZE = re.compile(r'(<svg[^>]*?) width="([\d.]+)pt" height="[\d.]+pt"', re.DOTALL)


def _in_style(draw: Callable[Arguments, str]) -> Callable[Arguments, str]:
    """Draw with the page's style, which matplotlib reads at every call."""

    @functools.wraps(draw)
    def styled(*args: Arguments.args, **kwargs: Arguments.kwargs) -> str:
        matplotlib = require("matplotlib", extra="report", purpose="Drawing the report's plots")
        with matplotlib.rc_context(STYLE):
            return draw(*args, **kwargs)

    return styled


@_in_style
def accuracy_plot(rows: Sequence[HeadlineRow], *, base: str) -> str:
    """Draw finding and form accuracy of every model with their intervals, the base model's in grey."""
    figure = _figure(WIDTH, 0.75 + 0.34 * len(rows), columns=2)
    panels = (("Right finding", "finding_accuracy"), ("Right form", "form_accuracy"))
    for axes, (title, field) in zip(figure.axes, panels, strict=True):
        results = [getattr(row, field) for row in rows]
        colours = [MUTED if row.subject == base else ACCENT for row in rows]
        _forest(axes, [row.subject for row in rows], [(results, colours, 0.0)])
        axes.set_title(title)
    figure.axes[1].tick_params(labelleft=False)
    return _svg(figure)


@_in_style
def class_plot(results: Sequence[Result], *, subjects: Sequence[str]) -> str:
    """Draw sensitivity and specificity per finding of one or two models, the last one in colour."""
    findings = _findings(results)
    figure = _figure(WIDTH, 0.95 + 0.42 * len(findings), columns=2)
    styles = (
        [(subjects[-1], ACCENT, 0.16)]
        if len(subjects) == 1
        else [(subjects[0], MUTED, -0.16), (subjects[-1], ACCENT, 0.16)]
    )
    for axes, name in zip(figure.axes, ("sensitivity", "specificity"), strict=True):
        series = [
            ([_figure_of(results, name, subject, f) for f in findings], [colour] * len(findings), shift)
            for subject, colour, shift in styles
        ]
        _forest(axes, findings, series)
        axes.set_title(name.capitalize())
    figure.axes[1].tick_params(labelleft=False)
    handles = [
        figure.axes[0].plot([], [], "o", color=colour, label=subject)[0] for subject, colour, _ in styles
    ]
    figure.legend(handles=handles, loc="outside lower right", ncols=len(styles))
    return _svg(figure)


@_in_style
def confusion_plot(answers: Sequence[StoredAnswer], *, title: str) -> str:
    """Draw which findings are named for the ECGs with each finding, in percent of those ECGs."""
    closed = [answer for answer in answers if answer.target is not None]
    rows = sorted({name for a in closed for name in a.target or ()})
    named = sorted({name for a in closed for name in a.findings} | set(rows))
    columns = [*named, "no finding"]
    figure = _figure(1.75 + 0.42 * len(columns), 1.45 + 0.34 * len(rows))
    axes = figure.axes[0]
    for y, row in enumerate(rows):
        of_row = [a for a in closed if row in (a.target or ())]
        for x, column in enumerate(columns):
            hits = sum(column in a.findings or (column == "no finding" and not a.findings) for a in of_row)
            share = hits / len(of_row)
            axes.add_patch(_cell(x, y, share, right=row == column))
            axes.text(
                x, y, f"{100 * share:.0f}" if hits else "·", ha="center", va="center",
                color="white" if share > 0.55 else INK if hits else LINE,
            )  # fmt: skip
    axes.set(xlim=(-0.5, len(columns) - 0.5), ylim=(len(rows) - 0.5, -0.5), ylabel="reference")
    axes.set_yticks(range(len(rows)), rows)
    axes.set_xticks(range(len(columns)), columns, rotation=35, ha="right")
    axes.spines[:].set_visible(False)
    axes.set_title(title)
    return _svg(figure)


@_in_style
def loss_plot(steps: Sequence[TrainingStep]) -> str:
    """Draw the training loss by step; a step whose loss is no number is left out."""
    figure = _figure(WIDTH, 2.5)
    axes = figure.axes[0]
    points = [(s.step, s.loss) for s in steps if s.loss is not None and math.isfinite(s.loss)]
    if points:
        axes.plot(*zip(*points, strict=True), color=ACCENT, lw=1.6)
    axes.set(xlabel="step", ylabel="loss, nat per token", ylim=(0, None))
    axes.grid(axis="y")
    return _svg(figure)


@_in_style
def size_plot(rows: Sequence[tuple[Result, Result]]) -> str:
    """Draw KL divergence against file size, one point for each pair (file_bytes, kl_divergence)."""
    figure = _figure(WIDTH, 2.6)
    axes = figure.axes[0]
    for size, divergence in rows:
        assert size.value is not None
        assert divergence.value is not None
        axes.plot(size.value, divergence.value, "o", color=ACCENT, ms=6, clip_on=False)
        axes.annotate(
            f"{size.subject}, {bytes_text(size.value)}",
            (size.value, divergence.value),
            xytext=(0, 9),
            textcoords="offset points",
            ha="center",
        )
    largest = [max((row.value or 0.0) for row in column) for column in zip(*rows, strict=True)]
    axes.set(xlim=(0, 1.12 * largest[0]), ylim=(0, 1.15 * largest[1] or None))
    axes.set(xlabel="size of the file", ylabel="KL divergence, nat")
    axes.xaxis.set_major_formatter(lambda value, _: bytes_text(value))
    axes.grid()
    return _svg(figure)


@_in_style
def time_plot(stages: Sequence[Stage]) -> str:
    """Draw how long each stage took."""
    figure = _figure(WIDTH, 0.5 + 0.26 * len(stages))
    axes = figure.axes[0]
    names, seconds = [stage.name for stage in stages], [stage.seconds for stage in stages]
    axes.barh(names, seconds, color=ACCENT, height=0.62)
    for y, value in enumerate(seconds):
        axes.annotate(
            duration(value), (value, y), xytext=(5, 0), textcoords="offset points", va="center", color=MUTED
        )
    axes.set(xticks=[], xlim=(0, 1.15 * max(seconds, default=1.0) or 1.0))
    axes.invert_yaxis()
    axes.spines["bottom"].set_visible(False)
    return _svg(figure)


def _forest(
    axes: Axes, labels: Sequence[str], series: Sequence[tuple[Sequence[Result | None], Sequence[str], float]]
) -> None:
    """Draw shares as points with intervals on a 0–100 % axis, the first label on top."""
    for results, colours, shift in series:
        for y, (row, colour) in enumerate(zip(results, colours, strict=True)):
            if row is None or row.value is None:
                axes.text(1, y + shift, "undefined", va="center", color=MUTED, fontsize=8)
                continue
            if row.low is not None and row.high is not None:
                axes.plot([100 * row.low, 100 * row.high], [y + shift] * 2, color=colour, lw=2.4, alpha=0.45)
            axes.plot(100 * row.value, y + shift, "o", color=colour, ms=5.5, clip_on=False)
    axes.set(xlim=(0, 100), ylim=(len(labels) - 0.5, -0.5), xlabel="percent")
    axes.set_yticks(range(len(labels)), labels)
    axes.grid(axis="x")


def _findings(results: Sequence[Result]) -> list[str]:
    return sorted({row.finding for row in results if row.finding is not None})


def _figure_of(results: Sequence[Result], name: str, subject: str, finding: str) -> Result | None:
    matching = (r for r in results if (r.name, r.subject, r.finding) == (name, subject, finding))
    return next(matching, None)


def _cell(x: int, y: int, share: float, *, right: bool) -> Any:
    patches = require("matplotlib.patches", extra="report", purpose="Drawing the report's plots")
    colour = ACCENT if right else WARM
    return patches.Rectangle((x - 0.47, y - 0.45), 0.94, 0.9, color=colour, alpha=max(share, 0.03), lw=0)


def _figure(width: float, height: float, *, columns: int = 1) -> Figure:
    """Return an empty figure of `width` × `height` inches."""
    module = require("matplotlib.figure", extra="report", purpose="Drawing the report's plots")
    figure: Figure = module.Figure(figsize=(width, height), layout="constrained")
    figure.subplots(1, columns)
    return figure


def _svg(figure: Figure) -> str:
    """Return the figure as SVG for a page: no XML header, no date, as wide as it was drawn at most."""
    stream = io.StringIO()
    figure.savefig(stream, format="svg", transparent=True, metadata={"Date": None})
    text = _METADATA.sub("", _ABOVE_SVG.sub("", stream.getvalue()))
    text = _GROUP_ID.sub("<g>", text)
    return _SIZE.sub(r'\1 style="max-width:\2pt"', text, count=1)
