"""Every exception bedside raises on purpose.

BedsideError(what, fix)
├─ RecipeError        file, line, field path, value, allowed
├─ DataError          file:line, field, unit expected and found
├─ ArtifactError      missing, unfinished, altered, wrong kind
├─ MissingExtraError  purpose, package, install line
├─ ToolError          argv, exit status, last lines
└─ ThresholdError     metric, estimate, limit

A message has three parts: what happened, where (path, line, field, the value found), and what to type
next. The command line prints it without a traceback. Anything that is not a BedsideError is a bug.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

__all__ = [
    "ArtifactError",
    "BedsideError",
    "DataError",
    "MissingExtraError",
    "RecipeError",
    "ThresholdError",
    "ToolError",
]


class BedsideError(Exception):
    """An expected failure.

    Args:
        what: what happened and where, one sentence.
        fix: what the user should do or type next.
    """

    exit_code = 1

    def __init__(self, what: str, fix: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.fix = fix

    def __str__(self) -> str:
        return f"{self.what}\n  → {self.fix}" if self.fix else self.what


class RecipeError(BedsideError):
    """A recipe that cannot be used: names the file, the line, the field path and what is allowed."""


class DataError(BedsideError):
    """Input data that cannot be read as what it claims to be.

    Args:
        what: what is wrong.
        file: the file it is in.
        line: one-based line number, where there is one.
        fix: what the user should do next.
    """

    def __init__(
        self, what: str, *, file: Path | str | None = None, line: int | None = None, fix: str = ""
    ) -> None:
        where = "" if file is None else f"{file}:{line}: " if line is not None else f"{file}: "
        super().__init__(where + what, fix)
        self.reason = what
        self.file = None if file is None else Path(file)
        self.line = line


class ArtifactError(BedsideError):
    """An artifact that is missing, unfinished, altered or of another kind than the command needs."""


class MissingExtraError(BedsideError):
    """An optional package is absent: names what it is needed for and the line that installs it."""


class ToolError(BedsideError):
    """A program bedside started did not do its work.

    Args:
        what: what failed.
        argv: the command line that was run.
        status: its exit status, `None` when it never started.
        tail: the last lines it printed.
        fix: what the user should do next.
    """

    def __init__(
        self,
        what: str,
        *,
        argv: Sequence[str] = (),
        status: int | None = None,
        tail: str = "",
        fix: str = "",
    ) -> None:
        parts = [what]
        if argv:
            parts.append(f"  command: {' '.join(argv)}")
        if status is not None:
            parts.append(f"  exit status: {status}")
        parts += [f"  | {line}" for line in tail.splitlines()]
        super().__init__("\n".join(parts), fix)
        self.argv = tuple(argv)
        self.status = status
        self.tail = tail


class ThresholdError(BedsideError):
    """A declared threshold was not met; the command exits with 3."""

    exit_code = 3
