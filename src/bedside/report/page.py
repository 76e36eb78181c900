"""The page: evidence put into words, tables and plots, in one file that needs nothing else.

Arranges what was measured; measures nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bedside.estimates import FEW_POSITIVES
from bedside.extras import require
from bedside.measurements import Limit
from bedside.report import plots
from bedside.report.cases import worst_cases
from bedside.report.evidence import Evidence, Stage
from bedside.report.headline import file_type, headline_rows, items, shipped, subjects
from bedside.report.number_text import number, shown
from bedside.report.results import Result, find, result
from bedside.report.sentences import broken, origin, summary, unmeasured, unusable

__all__ = ["CLASS_FIGURES", "page"]

CLASS_FIGURES = ("sensitivity", "specificity", "ppv", "npv", "f1")
FILE_FIGURES = (
    ("file_bytes", "size"),
    ("perplexity", "perplexity"),
    ("kl_divergence", "KL divergence, nat"),
    ("kl_divergence_p999", "99.9th percentile"),
    ("top1_agreement", "same first choice"),
    ("tokens_per_second", "tokens/s"),
)
SECTIONS = (
    ("result", "Result"),
    ("classes", "Findings"),
    ("cases", "Answers"),
    ("training", "Training"),
    ("files", "Files"),
    ("origin", "Origin"),
    ("limits", "Not measured"),
)


@dataclass(frozen=True)
class ClassRow:
    """One finding of one model: its figures in the order of `CLASS_FIGURES`."""

    finding: str
    positives: int
    few: bool
    figures: tuple[Result | None, ...]


def page(evidence: Evidence, *, title: str, cases: int) -> str:
    """Return the report as one HTML text.

    Args:
        evidence: what the run left behind.
        title: the page's heading.
        cases: how many answers are shown with their pictures.
    """
    jinja2 = require("jinja2", extra="report", purpose="Writing the report")
    environment = jinja2.Environment(autoescape=True, trim_blocks=True, undefined=jinja2.StrictUndefined)
    template = environment.from_string(Path(__file__).with_name("page.html").read_text(encoding="utf-8"))
    results = evidence.results
    names = subjects(results)
    base, ships = evidence.base, shipped(results, base=evidence.base)
    rows = headline_rows(results)
    return template.render(
        title=title,
        subtitle=_subtitle(evidence),
        sections=SECTIONS,
        summary=summary(evidence),
        broken=broken(evidence.limits),
        limits=[(limit, result(limit.row, stage="", artifact="")) for limit in evidence.limits],
        headline=rows,
        ecgs=items(row.finding_accuracy for row in rows),
        tokens=items(row.kl_divergence for row in rows),
        texts=items(row.answer_exact for row in rows) if any(row.answer_exact for row in rows) else "",
        speeds=any(row.tokens_per_second for row in rows),
        differences=_differences(results),
        unusable=unusable(results),
        base=base if base in names else "",
        shipped=ships,
        class_figures=CLASS_FIGURES,
        classes=[(name, class_rows(results, name)) for name in names],
        few_positives=FEW_POSITIVES,
        cases=worst_cases(evidence, base=base, limit=cases),
        parity=_parity(results),
        files=_files(results),
        file_figures=FILE_FIGURES,
        plots=_plots(evidence, [name for name in names if name in {base, ships}]),
        lineage=[_lineage(stage, evidence.stages) for stage in evidence.stages],
        environment=_environment(evidence.stages),
        unmeasured=unmeasured(evidence),
        shown=shown,
        bound=_bound,
        cell=_cell,
    )


def class_rows(results: Sequence[Result], subject: str) -> tuple[ClassRow, ...]:
    """Return the figures of every finding of one model."""
    findings = sorted({r.finding for r in results if r.subject == subject and r.finding is not None})
    rows: list[ClassRow] = []
    for finding in findings:
        figures = tuple(find(results, name, subject, finding=finding) for name in CLASS_FIGURES)
        positives = 0 if figures[0] is None else figures[0].n
        rows.append(ClassRow(finding, positives, positives < FEW_POSITIVES, figures))
    return tuple(rows)


def _subtitle(evidence: Evidence) -> str:
    made = max(stage.created for stage in evidence.stages).partition("T")[0]
    return " · ".join(
        [*([f"trained from {evidence.base_model}"] if evidence.base_model else []), f"measured {made}"]
    )


def _differences(results: Sequence[Result]) -> list[tuple[str, Result | None, Result | None]]:
    pairs = dict.fromkeys(row.subject for row in results if row.name == "finding_accuracy_difference")
    return [
        (
            pair.replace(" vs ", " − "),
            find(results, "finding_accuracy_difference", pair),
            find(results, "form_accuracy_difference", pair),
        )
        for pair in pairs
    ]


def _parity(results: Sequence[Result]) -> list[tuple[str, Result | None, Result | None]]:
    kinds = dict.fromkeys(row.subject for row in results if row.name.startswith("hf_f16_"))
    largest, average = "hf_f16_max_abs_delta_logprob", "hf_f16_mean_abs_delta_logprob"
    return [(kind, find(results, largest, kind), find(results, average, kind)) for kind in kinds]


def _files(results: Sequence[Result]) -> list[tuple[str, list[Result | None]]]:
    named = {name for name, _ in FILE_FIGURES}
    verified = dict.fromkeys(r.subject for r in results if r.stage == "verify" and r.name in named)
    return [
        (name, [find(results, figure, name, stage="verify") for figure, _ in FILE_FIGURES])
        for name in verified
    ]


def _plots(evidence: Evidence, compared: Sequence[str]) -> dict[str, Any]:
    results = evidence.results
    has_classes = any(row.finding is not None for row in results)
    pairs = [
        (size, divergence)
        for name in dict.fromkeys(file_type(subject) for subject in subjects(results))
        if (size := find(results, "file_bytes", name, stage="verify")) is not None
        and (divergence := find(results, "kl_divergence", name)) is not None
        and size.value is not None
        and divergence.value is not None
    ]
    return {
        "accuracy": plots.accuracy_plot(headline_rows(results), base=evidence.base),
        "classes": plots.class_plot(results, subjects=compared) if has_classes else "",
        "confusion": [plots.confusion_plot(evidence.answers[name], title=name) for name in compared]
        if has_classes
        else [],
        "loss": plots.loss_plot(evidence.training) if evidence.training else "",
        "size": plots.size_plot(pairs) if pairs else "",
        "time": plots.time_plot(evidence.stages),
    }


def _lineage(stage: Stage, stages: Sequence[Stage]) -> dict[str, str]:
    return {
        "name": stage.name,
        "digest": stage.digest[:12],
        "inputs": origin(stage, stages),
        "figures": "; ".join(f"{name} {value}" for name, value in stage.figures[:6]),
    }


def _environment(stages: Sequence[Stage]) -> str:
    merged = {name: value for stage in stages for name, value in stage.environment}
    return " · ".join(f"{name} {value}" for name, value in sorted(merged.items()))


def _bound(limit: Limit) -> str:
    """Word a declared limit in the unit of its figure."""
    word = f"{100 * limit.bound:g} %" if limit.row.unit == "1" else number(limit.bound)
    return f"at {'least' if limit.least else 'most'} {word}"


def _cell(row: Result | None) -> Any:
    """Return a table cell: the value, and its interval in small print below."""
    markupsafe = require("markupsafe", extra="report", purpose="Writing the report")
    text = shown(row)
    if row is None or row.value is None or row.low is None or row.high is None:
        return text
    value, _, bounds = text.partition(" (")
    interval = bounds.removesuffix(")") or f"{number(row.low)} to {number(row.high)}"
    return markupsafe.Markup("{}<small>{}</small>").format(value, interval)
