"""Stage 9: everything a run has measured, in one list, on one page and on one card.

Reads the other stages' manifests and metric files and nothing else; measures nothing itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from bedside.artifact import Artifact, Draft, Plan, write
from bedside.report.evidence import gather, run_artifacts
from bedside.report.headline import headline
from bedside.report.results import NAMES, Result, read_results, write_results

__all__ = ["NAMES", "ReportConfig", "Result", "headline", "read_results", "report"]

VERSION = 3


class ReportConfig(BaseModel):
    """What the report says beside the numbers.

    Attributes:
        title: heading of the page and the card.
        licence: the base model's licence, where it is not what the model itself states.
        cases: how many answers are shown with their pictures, the worst first.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    title: str = Field(default="An ECG model, measured", min_length=1)
    licence: str = ""
    cases: int = Field(default=8, ge=0)


def report(
    config: ReportConfig, *, run_dir: Path, out_dir: Path, require: Mapping[str, float] | None = None
) -> Artifact:
    """Write `results.json`, `report.html` and `card.md` of a run.

    Args:
        config: what the report says beside the numbers.
        run_dir: the run's folder; must hold a verification and an evaluation.
        out_dir: the report's folder.
        require: least lower bounds that the evaluation's figures had to reach, shown as limits.

    Raises:
        ArtifactError: the run has no verification or no evaluation, or an artifact was altered.
        MissingExtraError: jinja2 or matplotlib is not installed.
    """
    artifacts = run_artifacts(run_dir)
    plan = Plan(
        kind="report",
        stage="report",
        version=VERSION,
        config=config.model_dump(mode="json") | {"require": dict(require or {})},
        inputs={name: artifact.digest for name, artifact in artifacts.items()},
    )

    def work(draft: Draft) -> dict[str, Any]:
        from bedside.report.card import card
        from bedside.report.page import page

        evidence = gather(artifacts, require=require or {})
        draft.clock("results.json", "report.html")
        write_results(draft.path / "results.json", evidence.results)
        html = page(evidence, title=config.title, cases=config.cases)
        (draft.path / "report.html").write_text(html, encoding="utf-8", newline="\n")
        text = card(evidence, title=config.title, licence=config.licence)
        (draft.path / "card.md").write_text(text, encoding="utf-8", newline="\n")
        return {
            "results": len(evidence.results),
            "limits_not_met": sum(not limit.is_met for limit in evidence.limits),
            "undefined": sum(row.value is None for row in evidence.results),
        }

    return write(out_dir, plan, work)
