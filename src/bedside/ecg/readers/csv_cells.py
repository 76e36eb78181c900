"""Cells of a table of samples: which are numbers, which mean missing, and how to split a line.

Knows nothing of leads or times.
"""

from __future__ import annotations

import csv
import re

__all__ = ["MISSING", "WHITESPACE", "cells_of", "holds_decimal_comma", "is_number", "separator_of"]

WHITESPACE = " "
"""The separator of files whose columns are parted by any number of blanks and tabs."""

MISSING = (
    *("", "NA", "N/A", "n/a", "na", "nan", "NaN", "NAN", "null", "NULL", "Null", "None", "none"),
    *("-", "--", "?", ".", "NIL", "#N/A"),
)
"""What programs write where there is no sample."""

_NUMBER = re.compile(r"[-+\u2212]?(\d+([.,]\d*)?|[.,]\d+)([eE][-+]?\d+)?|[-+]?inf(inity)?", re.IGNORECASE)
_DECIMAL_COMMA = re.compile(r"[-+\u2212]?\d*,\d+([eE][-+]?\d+)?")

_BLANK_PARTED = re.compile(r'"[^"]*"|\S+')


def is_number(cell: str) -> bool:
    """Tell whether a cell holds a number or says that there is none."""
    return cell in MISSING or _NUMBER.fullmatch(cell) is not None


def holds_decimal_comma(cell: str) -> bool:
    """Tell whether a cell is a number with a comma before its decimals."""
    return _DECIMAL_COMMA.fullmatch(cell) is not None


def cells_of(line: str, separator: str) -> list[str]:
    """Split a line into cells without quotes and blanks around them."""
    if separator == WHITESPACE:
        cells = _BLANK_PARTED.findall(line)
    else:
        cells = next(csv.reader([line], delimiter=separator, skipinitialspace=True), [])
    return [_unquoted(cell) for cell in cells]


def separator_of(lines: list[str]) -> str:
    """Find the separator of the lines at the beginning of a table, the last of which hold samples.

    A tab or semicolon parts columns wherever every line has one: then a comma can be a decimal comma.
    """
    for separator in "\t;":
        if all(separator in line for line in lines):
            return separator
    blank = cells_of(lines[-1], WHITESPACE)
    if len(blank) > 1 and all(map(is_number, blank)) and not all(cell.endswith(",") for cell in blank[:-1]):
        return WHITESPACE
    if all("," in line for line in lines):
        return ","
    in_last = next((separator for separator in "\t;," if separator in lines[-1]), None)
    return in_last or (WHITESPACE if len(blank) > 1 and all(map(is_number, blank)) else ",")


def _unquoted(cell: str) -> str:
    cell = cell.strip()
    if len(cell) > 1 and cell[0] == cell[-1] and cell[0] in "'\"":
        cell = cell[1:-1].strip()
    return cell
