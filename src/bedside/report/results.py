"""Every figure of a run in one list: the rows of `results.json`, with the names they may have.

Knows names, units and meaning; where a row comes from is said by its stage and its artifact's digest.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, cast

from bedside.errors import DataError
from bedside.estimates import Estimate
from bedside.measurements import Measurement, write_rows

__all__ = ["CLOCK_NAMES", "NAMES", "Result", "find", "read_results", "result", "write_results"]

NAMES: Mapping[str, str] = {
    "finding_accuracy": "share of ECGs whose answer names exactly the right set of findings",
    "form_accuracy": "share of ECGs whose answer has the form of a report, right or wrong",
    "answer_exact": "share of texts answered with the reference answer, word for word",
    "answer_empty": "share of all answers that are empty",
    "answer_cut": "share of all answers that were cut at the token limit",
    "answer_refused": "share of all questions that could not be asked, such as one longer than the context",
    "finding_accuracy_difference": "paired difference of two models' finding_accuracy, first − second",
    "form_accuracy_difference": "paired difference of two models' form_accuracy, first − second",
    "sensitivity": "share of the ECGs with a finding whose answer names it",
    "specificity": "share of the ECGs without a finding whose answer does not name it",
    "ppv": "share of the answers naming a finding that are right about it",
    "npv": "share of the answers not naming a finding that are right about it",
    "f1": "harmonic mean of sensitivity and ppv of a finding",
    "macro_f1": "mean f1 over the findings with enough positives",
    "hf_f16_max_abs_delta_logprob": "largest |Δ log-probability| of transformers and the unquantized GGUF",
    "hf_f16_mean_abs_delta_logprob": "mean |Δ log-probability| of transformers and the unquantized GGUF",
    "perplexity": "perplexity on held-out text",
    "kl_divergence": "mean KL divergence from the transformers model in float32, per token of held-out text",
    "kl_divergence_p999": "99.9th percentile of that KL divergence",
    "top1_agreement": "share of tokens whose most probable successor is the transformers model's",
    "file_bytes": "size of the language model's file",
    "tokens_per_second": "speed of generating an answer",
    "prompt_tokens_per_second": "speed of reading a prompt",
    "seconds_per_answer": "time from a question to the end of its answer",
    "train_loss": "training loss at the last logged step",
    "stage_seconds": "time a stage took when it was run",
}
"""What each name means."""

CLOCK_NAMES = frozenset(
    {"tokens_per_second", "prompt_tokens_per_second", "seconds_per_answer", "stage_seconds"}
)
"""Names of clock readings, which differ from run to run and so stay out of the card."""


@dataclass(frozen=True)
class Result:
    """One row of `results.json`.

    Attributes:
        stage: the stage that measured it.
        name: what was measured, one of `NAMES`.
        subject: which model or file.
        value: the number; `None` where undefined, with the reason in `method`.
        low: lower end of the interval, where there is one.
        high: upper end of the interval, where there is one.
        n: how many items it rests on.
        method: how it was measured.
        unit: its unit; `1` for a share.
        artifact: digest of the artifact it comes from.
        finding: the class, where it is a figure of one class.
    """

    stage: str
    name: str
    subject: str
    value: float | None
    low: float | None
    high: float | None
    n: int
    method: str
    unit: str
    artifact: str
    finding: str | None = None

    @property
    def estimate(self) -> Estimate:
        """The number with its interval, n and method."""
        return Estimate(self.value, self.low, self.high, self.n, self.method)

    def as_json(self) -> dict[str, Any]:
        """Return the documented row; `finding` only where there is one."""
        return {key: value for key, value in asdict(self).items() if key != "finding" or value is not None}


def result(row: Measurement, *, stage: str, artifact: str) -> Result:
    """Return a measurement with where it comes from."""
    e = row.estimate
    return Result(
        stage, row.name, row.subject, e.value, e.low, e.high, e.n, e.method, row.unit, artifact, row.finding
    )


def find(
    results: Sequence[Result], name: str, subject: str, *, finding: str | None = None, stage: str = ""
) -> Result | None:
    """Return the first row of that name, subject and finding (of that stage, where one is given)."""
    for row in results:
        if (row.name, row.subject, row.finding) == (name, subject, finding) and stage in {"", row.stage}:
            return row
    return None


def write_results(path: Path, rows: Iterable[Result]) -> None:
    """Write `results.json`: a JSON list with one row per line."""
    write_rows(path, (row.as_json() for row in rows))


def read_results(path: Path) -> tuple[Result, ...]:
    """Read `results.json`.

    Raises:
        DataError: the file is absent or is no list of documented rows.
    """
    try:
        rows = cast("list[dict[str, Any]]", json.loads(path.read_text(encoding="utf-8")))
        return tuple(Result(**row) for row in rows)
    except (OSError, ValueError, TypeError) as error:
        raise DataError(
            f"not the results of a run ({type(error).__name__}: {error})",
            file=path,
            fix="write it again with `bedside report`",
        ) from error
