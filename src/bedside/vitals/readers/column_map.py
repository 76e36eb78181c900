r"""The column map: a small YAML file that says what the columns of somebody's CSV export mean.

```yaml
separator: ";"                # , (default), ; or tab
decimal: ","                  # . (default) or ,
time: {column: Zeit, read_as: datetime, format: "%d.%m.%Y %H:%M"}
interval_s: 60                # where it is not to be found from the times
signals:
  hr: Herzfrequenz            # bedside's name: the file's column
  temperature: {column: Temp, unit: F}
subject_id: 'bett_(\d+)_.*'   # found in the file's name; its first group is the id
cohort: adult                 # where neither name, folder nor age tells
worn: true                    # a wearable; left out for a monitor
```

Knows nothing about the rows.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic import model_validator as check_model

from bedside.errors import RecipeError
from bedside.vitals.readers.datetime_format import why_unreadable
from bedside.vitals.readers.units import Conversion, conversion, usual_units
from bedside.vitals.signals import SIGNALS, SignalKind

__all__ = ["ColumnMap", "SignalColumn", "TimeColumn", "read_column_map"]

_KINDS = {kind.name: kind for kind in SIGNALS}
_STRICT = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)
_YAML_ERRORS = (OSError, ValueError, TypeError, AttributeError, RecursionError, yaml.YAMLError)
"""What PyYAML raises; over a date like 2019-13-45 and other values that a tag does not fit, not its own."""


class TimeColumn(BaseModel):
    """Where the time stands and how it is read.

    Attributes:
        column: the file's column.
        read_as: `seconds` or `milliseconds` since any start, `index` (the number of the row), `datetime`, or
            `clock` (HH:MM or HH:MM:SS without a date; an earlier time begins a new day).
        format: how a datetime is written, in the codes of Python's `strftime`; ISO 8601 where not given.
    """

    model_config = _STRICT

    column: str = Field(min_length=1)
    read_as: Literal["seconds", "milliseconds", "index", "datetime", "clock"]
    format: str | None = None

    @check_model(mode="after")
    def _format_can_be_read(self) -> TimeColumn:
        if self.format is not None and self.read_as != "datetime":
            raise ValueError("format belongs to `read_as: datetime` only")
        if self.format is not None and (reason := why_unreadable(self.format)):
            raise ValueError(
                f"format: {self.format!r} cannot be read ({reason}); write date and time of day like "
                "'%d.%m.%Y %H:%M:%S'"
            )
        return self


class SignalColumn(BaseModel):
    """Where a signal stands, and its unit where that is not bedside's own."""

    model_config = _STRICT

    column: str = Field(min_length=1)
    unit: str | None = None


def _tab(value: object) -> object:
    return "\t" if value in ("tab", "\\t") else value


def _column_alone(value: object) -> object:
    return {"column": value} if isinstance(value, str) else value


def _pattern(value: str) -> str:
    try:
        groups = re.compile(value).groups
    except re.error as error:
        raise ValueError(f"not a regular expression: {error}") from error
    if groups == 0:
        raise ValueError("has no group; put the part that is the id in parentheses")
    return value


class ColumnMap(BaseModel):
    """What the columns of one kind of CSV file mean.

    Attributes:
        separator: what stands between fields.
        decimal: what stands before decimals.
        time: the time column.
        interval_s: seconds between rows; found from the times where not given.
        signals: the file's column by bedside's name of the signal.
        subject_id: a regular expression whose first group, found in the file's name, is the subject's id.
        cohort: cohort of subjects of whom neither name, folder nor age tells it.
        worn: the files come from a wearable, so that activity is not known.
    """

    model_config = _STRICT

    separator: Annotated[Literal[",", ";", "\t"], BeforeValidator(_tab)] = ","
    decimal: Literal[".", ","] = "."
    time: TimeColumn
    interval_s: float | None = Field(default=None, gt=0)
    signals: dict[str, Annotated[SignalColumn, BeforeValidator(_column_alone)]] = Field(min_length=1)
    subject_id: Annotated[str, AfterValidator(_pattern)] | None = None
    cohort: Literal["adult", "adolescent", "child", "infant", "neonate"] | None = None
    worn: bool = False

    @check_model(mode="after")
    def _is_consistent(self) -> ColumnMap:
        if self.decimal == self.separator:
            raise ValueError("separator and decimal are both ','; such numbers cannot be told apart")
        for name, signal in self.signals.items():
            _check_signal(name, signal)
        if "hr" not in self.signals:
            raise ValueError("signals: hr is missing; without a heart rate there is nothing to measure")
        doubled = [name for name in self.columns if self.columns.count(name) > 1]
        if doubled:
            raise ValueError(f"the column {doubled[0]!r} stands for two things")
        return self

    @property
    def columns(self) -> tuple[str, ...]:
        """All columns that a file must have, the time first."""
        return (self.time.column, *(signal.column for signal in self.signals.values()))

    def kind(self, name: str) -> SignalKind:
        """Return what is known of one of `signals`."""
        return _KINDS[name]

    def conversion(self, name: str) -> Conversion:
        """Return how the readings of one of `signals` become readings in bedside's unit."""
        unit = self.signals[name].unit
        found = None if unit is None else conversion(unit, kind=_KINDS[name])
        return found or Conversion()


def read_column_map(path: Path) -> ColumnMap:
    """Read a column map.

    Raises:
        RecipeError: the file cannot be read, or a field is unknown, missing or wrong.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
        data: Any = yaml.safe_load(text)
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except _YAML_ERRORS as error:
        raise RecipeError(
            f"The column map {path} cannot be read: {error}.", fix="write it as YAML, in UTF-8"
        ) from error
    try:
        return ColumnMap.model_validate({} if data is None else data)
    except ValidationError as error:
        problems = [_problem(path, root, item) for item in error.errors(include_url=False)]
        fix = "correct the column map; docs/calibration.md shows one"
        raise RecipeError("\n".join(problems), fix=fix) from error


def _check_signal(name: str, signal: SignalColumn) -> None:
    if name not in _KINDS:
        raise ValueError(f"signals: unknown signal {name!r}{_choice(name, _KINDS)}")
    if signal.unit is not None and conversion(signal.unit, kind=_KINDS[name]) is None:
        units = usual_units(_KINDS[name])
        raise ValueError(f"signals.{name}: unknown unit {signal.unit!r}{_choice(signal.unit, units)}")


def _problem(path: Path, root: yaml.Node | None, item: Any) -> str:
    """Word one of pydantic's findings: file, line of the outermost key, field, what is wrong."""
    location = [str(part) for part in item["loc"]]
    field = ".".join(location)
    where = f"{path}{_line(root, location)}: {f'{field}: ' if field else ''}"
    if item["type"] == "missing":
        return f"{where}this field is missing"
    if item["type"] == "extra_forbidden":
        owner = {"time": TimeColumn, "signals": SignalColumn}.get(location[0], ColumnMap)
        allowed = (ColumnMap if len(location) == 1 else owner).model_fields
        return f"{where}unknown field{_choice(location[-1], allowed)}"
    message = str(item["msg"]).removeprefix("Value error, ")
    found = "" if item["type"] == "value_error" else f" (found {item['input']!r})"
    return f"{where}{message[0].lower()}{message[1:]}{found}"


def _line(node: yaml.Node | None, location: list[str]) -> str:
    """Return `:line` of the innermost key of `location` that the file has, "" where it has none."""
    line = ""
    for part in location:
        pairs: list[tuple[yaml.Node, yaml.Node]] = node.value if isinstance(node, yaml.MappingNode) else []
        found = next(((key, value) for key, value in pairs if key.value == part), None)
        if found is None:
            break
        line, node = f":{found[0].start_mark.line + 1}", found[1]
    return line


def _choice(name: str, allowed: Iterable[str]) -> str:
    names = list(allowed)
    near = difflib.get_close_matches(name, names, n=1, cutoff=0.5)
    return f"{f'; did you mean {near[0]!r}?' if near else '.'} Allowed: {', '.join(names)}"
