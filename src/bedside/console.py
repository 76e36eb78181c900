"""Progress and short notices on stderr: on rank 0 only, plain where stderr is not a terminal.

Results never come this way; they go to stdout.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

__all__ = ["ProgressBar", "is_main_process", "progress", "say"]

PLAIN_INTERVAL_S = 10.0


def is_main_process() -> bool:
    """Tell whether this is rank 0 (also true when nothing is distributed)."""
    return int(os.environ.get("RANK", "0")) == 0


def say(text: str) -> None:
    """Print one line on stderr."""
    if is_main_process():
        print(text, file=sys.stderr, flush=True)  # noqa: T201 - the one place that prints notices


@dataclass
class ProgressBar:
    """One line of progress: a rich bar on a terminal, a line every ten seconds elsewhere."""

    description: str
    total: float | None
    bar: Progress | None
    task: TaskID | None
    done: float = 0.0
    started: float = field(default_factory=time.monotonic)
    spoken: float = field(default_factory=time.monotonic)

    def advance(self, amount: float = 1.0) -> None:
        """Count `amount` more as done."""
        self.done += amount
        if self.bar is not None and self.task is not None:
            self.bar.advance(self.task, amount)
        elif time.monotonic() - self.spoken >= PLAIN_INTERVAL_S:
            self.spoken = time.monotonic()
            say(self._line())

    def update(self, description: str) -> None:
        """Change what is said beside the bar."""
        self.description = description
        if self.bar is not None and self.task is not None:
            self.bar.update(self.task, description=description)

    def _line(self) -> str:
        if not self.total:
            return f"{self.description}: {self.done:g}"
        elapsed = time.monotonic() - self.started
        left = elapsed / self.done * (self.total - self.done) if self.done else float("nan")
        return f"{self.description}: {self.done:g}/{self.total:g}, about {left:.0f} s left"


@contextmanager
def progress(description: str, total: float | None = None) -> Generator[ProgressBar]:
    """Show the progress of a piece of work with its estimated time to the end."""
    if not is_main_process() or not sys.stderr.isatty():
        yield ProgressBar(description, total, None, None)
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(elapsed_when_finished=True),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        yield ProgressBar(description, total, bar, bar.add_task(description, total=total))
