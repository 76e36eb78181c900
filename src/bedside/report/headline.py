"""The table a run ends with: every model side by side, on the page and on the terminal.

A pure function of the results; a number that was not measured is a dash.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bedside.report.number_text import NOT_MEASURED, shown
from bedside.report.results import Result, find

__all__ = ["HeadlineRow", "file_type", "headline", "headline_rows", "items", "shipped", "subjects"]


@dataclass(frozen=True)
class HeadlineRow:
    """The main figures of one model; `None` where one was not measured."""

    subject: str
    finding_accuracy: Result | None
    form_accuracy: Result | None
    answer_exact: Result | None
    kl_divergence: Result | None
    file_bytes: Result | None
    tokens_per_second: Result | None


def headline(results: Sequence[Result]) -> tuple[dict[str, str], ...]:
    """Return the headline table as text, one row for each evaluated model; the heads tell n."""
    rows = headline_rows(results)
    columns = {
        "right finding\n% (95 %)": [row.finding_accuracy for row in rows],
        "right form\n% (95 %)": [row.form_accuracy for row in rows],
        "exact text\n% (95 %)": [row.answer_exact for row in rows],
        "KL divergence\nnat (95 %)": [row.kl_divergence for row in rows],
    }
    if not any(columns["exact text\n% (95 %)"]):
        del columns["exact text\n% (95 %)"]
    measured = {f"{head}\nn = {items(figures)}": figures for head, figures in columns.items()}
    return tuple(
        {
            "model": row.subject,
            **{head: _narrow(figures[number]) for head, figures in measured.items()},
            "size": shown(row.file_bytes),
            "tokens/s\n(range)": _narrow(row.tokens_per_second),
        }
        for number, row in enumerate(rows)
    )


def items(figures: Iterable[Result | None]) -> str:
    """Return how many items figures of one column rest on, all that occur; a dash where none was measured."""
    counts = sorted({row.n for row in figures if row is not None})
    return ", ".join(map(str, counts)) or NOT_MEASURED


def shipped(results: Sequence[Result], *, base: str) -> str:
    """Return the model that ships: the smallest file but the base model's, which is also what is served."""
    sizes = {row.subject: row.file_bytes for row in headline_rows(results) if row.subject != base}
    known = {name: size.value for name, size in sizes.items() if size is not None and size.value is not None}
    return min(known, key=known.__getitem__) if known else subjects(results)[-1]


def _narrow(row: Result | None) -> str:
    """Word a figure for a terminal, where a column is dear: its unit in the head, its interval below it."""
    return shown(row).replace(" %", "").replace(" to ", "–").replace(" (", "\n(")


def headline_rows(results: Sequence[Result]) -> tuple[HeadlineRow, ...]:
    """Return the main figures of every evaluated model, in the order they were evaluated.

    Speed is that of the verification alone, which repeats it on the same task for every file; what the
    evaluated answers took depends on when they were asked.
    """
    rows: list[HeadlineRow] = []
    for name in subjects(results):
        verified = file_type(name)
        rows.append(
            HeadlineRow(
                subject=name,
                finding_accuracy=find(results, "finding_accuracy", name),
                form_accuracy=find(results, "form_accuracy", name),
                answer_exact=find(results, "answer_exact", name),
                kl_divergence=find(results, "kl_divergence", verified),
                file_bytes=find(results, "file_bytes", verified) or find(results, "file_bytes", name),
                tokens_per_second=find(results, "tokens_per_second", verified, stage="verify"),
            )
        )
    return tuple(rows)


def subjects(results: Sequence[Result]) -> tuple[str, ...]:
    """Return the evaluated models in the order they were evaluated."""
    return tuple(dict.fromkeys(row.subject for row in results if row.name == "answer_empty"))


def file_type(subject: str) -> str:
    """Return the file type of an evaluated model, by which the verification names its file."""
    return subject.removeprefix("tuned-")
