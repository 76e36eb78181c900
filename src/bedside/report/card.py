"""The model card: what was measured and what was not, for those who get the file without the report.

Holds no clock readings: the same run gives the same card.
"""

from __future__ import annotations

from pathlib import Path

from bedside.extras import require
from bedside.report.evidence import Evidence
from bedside.report.headline import headline_rows, subjects
from bedside.report.page import class_rows
from bedside.report.wording import shown
from bedside.report.words import summary, unmeasured

__all__ = ["card"]


def card(evidence: Evidence, *, title: str, base_model: str, licence: str) -> str:
    """Return the model card as Markdown.

    Args:
        evidence: what the run left behind.
        title: the card's heading.
        base_model: what the model was trained from; empty where the recipe does not say.
        licence: the base model's licence; empty where the recipe does not say.
    """
    jinja2 = require("jinja2", extra="report", purpose="Writing the model card")
    environment = jinja2.Environment(
        autoescape=False,
        trim_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    template = environment.from_string(Path(__file__).with_name("card.md").read_text(encoding="utf-8"))
    results = evidence.results
    shipped = subjects(results)[-1]
    text: str = template.render(
        title=title,
        base_model=base_model,
        licence=licence,
        summary=summary(results),
        headline=headline_rows(results),
        shipped=shipped,
        classes=class_rows(results, shipped),
        unmeasured=unmeasured(evidence),
        stages=evidence.stages,
        shown=shown,
    )
    return text.rstrip("\n") + "\n"
