"""Write an audit as one HTML page that needs nothing else: verdicts, drawings, repetitions, commands.

Arranges what was counted; counts nothing.
"""

from __future__ import annotations

from pathlib import Path

from bedside import pages
from bedside.calibration.audit import Audit
from bedside.calibration.audit.drawings import MOST_CHUNKS, chunk_map, histograms

__all__ = ["write_page"]


def write_page(audit: Audit, path: Path) -> None:
    """Write the page.

    Raises:
        MissingExtraError: jinja2 is not installed.
    """
    chunks = audit.facts.chunks
    values = {
        "audit": audit,
        "facts": audit.facts,
        "map": chunk_map(audit.records, chunks, bos=audit.facts.tokens.bos),
        "drawn": min(chunks.chunks, MOST_CHUNKS),
        "histograms": histograms(_panels(audit)),
        "counts": {
            kind: sum(check.verdict == kind for check in audit.checks) for kind in ("ok", "warn", "fail")
        },
    }
    template = Path(__file__).with_name("page.html")
    pages.write_page(path, template, values, purpose="Writing the audit's page")


def _panels(audit: Audit) -> list[tuple[str, list[int]]]:
    if audit.facts.turns is None:
        return [("text", [record.tokens for record in audit.records])]
    return [
        ("user", [record.user for record in audit.records]),
        ("model", [record.model for record in audit.records]),
        ("control and white space", [record.control for record in audit.records]),
    ]
