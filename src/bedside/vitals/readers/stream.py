"""What every reader of vital signs gives: a header, then batches of rows, and a tally of what was read.

A recording may be larger than memory, so its rows come in batches of bounded size; nothing measured may
depend on where one batch ends.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from bedside.records import VitalsHeader, VitalsRows

__all__ = ["Stream", "Tally"]


@dataclass
class Tally:
    """What reading a file met; complete once the last batch has been taken.

    Attributes:
        encoding: `utf-8`, `utf-8 with BOM`, `cp1252`, or `binary` where the file holds no text.
        rows_read: rows in the file.
        rows_left_out: rows of it that no batch holds, by reason.
        columns_ignored: columns that bedside does not know, as the file names them.
        notes: what else a user should know, in words.
    """

    encoding: str = "utf-8"
    rows_read: int = 0
    rows_left_out: dict[str, int] = field(default_factory=dict[str, int])
    columns_ignored: tuple[str, ...] = ()
    notes: list[str] = field(default_factory=list[str])

    def leave_out(self, reason: str, rows: int) -> None:
        """Count `rows` rows that no batch holds."""
        if rows:
            self.rows_left_out[reason] = self.rows_left_out.get(reason, 0) + rows


@dataclass(frozen=True)
class Stream:
    """An open recording.

    Attributes:
        header: what is known before the rows.
        batches: the rows; taking them may raise `DataError`, which names the line.
        tally: filled while `batches` is taken.
    """

    header: VitalsHeader
    batches: Iterator[VitalsRows]
    tally: Tally
