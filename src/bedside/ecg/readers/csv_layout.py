"""See how a table of samples is laid out: comments, separator, heading, units, where the samples begin.

Looks at the first lines only. Knows nothing of what the samples mean.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from bedside.ecg.leads import standard_name
from bedside.ecg.readers.csv_cells import cells_of, is_number, separator_of
from bedside.ecg.readers.csv_heading import Heading, is_unit, read_heading
from bedside.ecg.readers.sample_times import seconds_of_clock
from bedside.ecg.readers.text_file import Text
from bedside.errors import DataError

__all__ = ["Layout", "read_layout"]

_COMMENT = ("#", "%", "//")
_LOOKED_AT = 40
_MOST_COLUMNS = 256


@dataclass(frozen=True)
class Layout:
    """How a table is laid out.

    Attributes:
        separator: between cells.
        first_row: one-based line number of the first row of samples.
        width: cells in a row.
        headings: of each column; empty where the file has none.
        comments: lines above the table, without the comment mark.
        first_cells: cells of the first row of samples.
    """

    separator: str
    first_row: int
    width: int
    headings: tuple[Heading, ...]
    comments: tuple[str, ...]
    first_cells: tuple[str, ...]

    def is_clock(self, number: int) -> bool:
        """Tell whether a column holds times as a clock shows them, `0:00.002`."""
        return seconds_of_clock(self.first_cells[number]) is not None


def read_layout(text: Text) -> Layout:
    """See how a table is laid out.

    Raises:
        DataError: there is no row of samples, it is not as wide as the heading, or leads stand in rows.
    """
    comments, begin, separator = _comments(text)
    numbered = _first_lines(text, begin)
    separator = separator or separator_of([line for _, line in numbered])
    rows = [cells_of(line, separator) for _, line in numbered[:3]]
    _check_orientation(text, rows, numbered[0][0])
    heading, units, skipped = _heading(rows, comments, separator)
    if skipped >= len(rows):
        raise DataError("there is no row of samples", file=text.path, fix="export the recording again")
    first = rows[skipped]
    layout = Layout(separator, numbered[skipped][0], len(first), (), comments, tuple(first))
    if not heading:
        return layout
    return replace(layout, headings=_matched(text, layout, heading, units))


def _first_lines(text: Text, begin: int) -> list[tuple[int, str]]:
    """Return the first lines of the table that are not empty, with their numbers."""
    numbers = range(begin, min(begin + _LOOKED_AT, text.lines + 1))
    return [(number, line) for number in numbers if (line := text.line(number)).strip()]


def _comments(text: Text) -> tuple[tuple[str, ...], int, str]:
    """Return what stands above the table, the line it begins in, and the separator that Excel states."""
    comments: list[str] = []
    separator = ""
    for number in range(1, text.lines + 1):
        line = text.line(number)
        if line.lstrip().startswith(_COMMENT):
            comments.append(line.strip().lstrip("#%/ "))
        elif line.lower().startswith("sep=") and len(line) == 5:
            separator = line[4]
        elif line.strip():
            return tuple(comment for comment in comments if comment), number, separator
    raise DataError("there is no row of samples", file=text.path, fix="export the recording again")


def _heading(
    rows: list[list[str]], comments: tuple[str, ...], separator: str
) -> tuple[list[str], list[str], int]:
    """Return the heading, the row of units below it, and how many rows these take."""
    if _is_samples(rows[0]) and not _is_numbering(rows[0]):
        last = cells_of(comments[-1], separator) if comments else []
        # NumPy writes headings as comments.
        return (last if len(last) == len(rows[0]) and _names_leads(last) else []), [], 0
    if len(rows) > 1 and not _is_samples(rows[1]) and any(map(is_unit, rows[1])):
        return rows[0], rows[1], 2
    return rows[0], [], 1


def _is_samples(cells: list[str]) -> bool:
    return all(is_number(cell) or seconds_of_clock(cell) is not None for cell in cells)


def _is_numbering(cells: list[str]) -> bool:
    """Tell whether a row numbers the columns, as pandas does where they have no names."""
    numbers = cells[1:] if cells[0] == "" else cells
    expected = [[str(number + first) for number in range(len(numbers))] for first in (0, 1)]
    return (cells[0] == "" or len(numbers) > 5) and numbers in expected


def _names_leads(cells: list[str]) -> bool:
    return any(standard_name(read_heading(cell).name) for cell in cells)


def _matched(text: Text, layout: Layout, heading: list[str], units: list[str]) -> tuple[Heading, ...]:
    """Give every column its heading, also where rows have an index or a separator at the end."""
    missing = layout.width - len(heading)
    if missing == 1:
        if layout.first_cells[-1] == "":
            heading = [*heading, ""]
        else:
            heading, units = ["", *heading], ["", *units] if units else []
    elif missing:
        raise DataError(
            f"{layout.width} cells under a heading of {len(heading)}",
            file=text.path,
            line=layout.first_row,
            fix="give every column one heading",
        )
    units = [*units, *[""] * (layout.width - len(units))]
    return tuple(read_heading(cell, unit) for cell, unit in zip(heading, units, strict=False))


def _check_orientation(text: Text, rows: list[list[str]], line: int) -> None:
    """Refuse a table in which leads stand in rows: far too wide, or with a lead's name before each row."""
    named = [standard_name(read_heading(row[0]).name) for row in rows]
    width = len(rows[-1])
    if width > _MOST_COLUMNS or (width > 2 and len(named) > 1 and all(named)):
        raise DataError(
            f"{text.lines - line + 1} rows of {width} cells: leads seem to stand in rows",
            file=text.path,
            line=line,
            fix="turn rows into columns: one row a sample, one column a lead",
        )
