"""The model card: what was measured and what was not, for those who get the file without the report.

Holds no clock readings: the same run gives the same card.
"""

from __future__ import annotations

from pathlib import Path

from bedside.extras import require
from bedside.report.evidence import Evidence
from bedside.report.headline import headline_rows, items, shipped
from bedside.report.number_text import shown
from bedside.report.page import class_rows
from bedside.report.sentences import asks_of_vitals, broken, summary, unmeasured

__all__ = ["card"]

NOT_STATED = "not stated; see the base model's own page"


def card(evidence: Evidence, *, title: str, licence: str) -> str:
    """Return the model card as Markdown.

    Args:
        evidence: what the run left behind.
        title: the card's heading.
        licence: the base model's licence where the recipe overrides what the model itself states.
    """
    jinja2 = require("jinja2", extra="report", purpose="Writing the model card")
    environment = jinja2.Environment(
        autoescape=False,
        trim_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    template = environment.from_string(Path(__file__).with_name("card.md").read_text(encoding="utf-8"))
    results = evidence.results
    ships = shipped(results, base=evidence.base)
    rows = headline_rows(results)
    text: str = template.render(
        title=title,
        base_model=evidence.base_model,
        licence=licence or evidence.base_licence or NOT_STATED,
        vitals=any(map(asks_of_vitals, evidence.examples.values())),
        summary=summary(evidence),
        broken=broken(evidence.limits),
        headline=rows,
        ecgs=items(row.finding_accuracy for row in rows),
        tokens=items(row.kl_divergence for row in rows),
        texts=items(row.answer_exact for row in rows) if any(row.answer_exact for row in rows) else "",
        shipped=ships,
        classes=class_rows(results, ships),
        unmeasured=unmeasured(evidence),
        stages=evidence.stages,
        shown=shown,
    )
    return text.rstrip("\n") + "\n"
