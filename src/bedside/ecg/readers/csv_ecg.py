"""Read an ECG from a table: one row a sample, one column a lead.

Commas, semicolons, tabs or blanks between cells; point or comma before decimals; headings with or without
units; times in seconds or milliseconds. What a table does not state has to be given, with two exceptions that
are said in a warning: without a unit the samples are taken as millivolts, and steps that can be nothing but
milliseconds as those.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bedside.ecg.leads import standard_name, standardize
from bedside.ecg.readers.csv_heading import Heading
from bedside.ecg.readers.csv_layout import Layout, read_layout
from bedside.ecg.readers.csv_table import read_table
from bedside.ecg.readers.sample_times import Clock, read_clock, time_factor
from bedside.ecg.readers.text_file import load_text
from bedside.ecg.readers.voltage import known_unit, millivolts_per
from bedside.ecg.reading import LEFT_OUT, EcgReading, EcgWarning
from bedside.errors import DataError
from bedside.records import LEADS, EcgRecord

__all__ = ["read_csv"]

_ALL_LEADS = ",".join(LEADS)


@dataclass(frozen=True)
class _Column:
    """A column of the table: its place, heading, and the name its lead has been given."""

    number: int
    heading: Heading
    lead: str = ""


@dataclass(frozen=True)
class _Scaled:
    """Signals in millivolts under the names of their columns, and what was assumed of their unit."""

    signals: NDArray[np.float64]
    names: tuple[str, ...]
    warnings: tuple[EcgWarning, ...]
    notes: tuple[str, ...]


def read_csv(
    path: Path,
    *,
    sampling_rate_hz: float | None = None,
    unit: str | None = None,
    leads: Sequence[str] | None = None,
    gain: float | None = None,
) -> EcgReading:
    """Read an ECG from a table; the leads as they stand there, none derived.

    Args:
        path: the file.
        sampling_rate_hz: needed where the table has no times; must agree with them where it has.
        unit: of all leads, whatever their headings say: mV, uV, V or nV.
        leads: names of the columns that hold leads, in their order, where the headings do not name them.
        gain: what the numbers are multiplied by to be millivolts, where they are in no unit.

    Raises:
        DataError: the file is no such table; or sampling rate, leads or unit are neither stated nor given.
    """
    text = load_text(path)
    layout = read_layout(text)
    try:
        _check_headings(layout, leads)
        values = read_table(text, layout)
        columns = _columns(layout, values, leads)
        clock = _clock(columns, values, layout, sampling_rate_hz)
        scaled = _scaled([column for column in columns if column.lead], values, unit=unit, gain=gain)
    except DataError as error:
        raise DataError(error.reason, file=path, line=error.line, fix=error.fix) from error
    signals, names = standardize(scaled.signals, scaled.names)
    record = EcgRecord(
        subject_id=path.stem,
        record_name=path.stem,
        signals_mv=signals,
        sampling_rate_hz=float(clock.sampling_rate_hz),
        leads=names,
        source=path.name,
    )
    assumed = (EcgWarning("unit_assumed", clock.assumed),) if clock.assumed else ()
    others = [heading.written for heading in layout.headings if heading.role == "other"]
    left_out = (f"{LEFT_OUT}, no ECG lead: {', '.join(others)}",) if others else ()
    notes = (*layout.comments, *left_out, *scaled.notes)
    return EcgReading(record, "csv", (*scaled.warnings, *assumed), comments=notes)


def _check_headings(layout: Layout, leads: Sequence[str] | None) -> None:
    """Refuse a table that names no lead: one named as a standard lead, or one in volts."""
    if leads is not None:
        return
    if not layout.headings:
        raise DataError(
            f"no heading names the {layout.width} columns of numbers",
            line=layout.first_row,
            fix=f"--leads {_ALL_LEADS} (the columns in their order)",
        )
    signals = [heading for heading in layout.headings if heading.role in {"signal", "other"}]
    if not any(standard_name(each.name) or millivolts_per(each.unit or "") is not None for each in signals):
        found = ", ".join(repr(each.written) for each in signals[:6]) or "none"
        raise DataError(f"no column is headed as an ECG lead; found {found}", fix="--leads I,II,…")


def _columns(layout: Layout, values: NDArray[np.float64], leads: Sequence[str] | None) -> list[_Column]:
    """Tell what each column holds; columns without heading and samples are left out."""
    headings = layout.headings or (Heading("", "", "unnamed"),) * layout.width
    columns = [
        _Column(number, replace(heading, role="time") if layout.is_clock(number) else heading)
        for number, heading in enumerate(headings)
        if heading.role != "other"
        and (heading.name or not layout.headings or not np.isnan(values[number]).all())
    ]
    others = [column for column in columns if column.heading.role in {"time", "index"}]
    signals = [column for column in columns if column not in others]
    begins_unnamed = signals and signals[0].heading.role == "unnamed"
    if begins_unnamed and (layout.headings or len(signals) == len(leads or ()) + 1) and not others:
        others, signals = [signals[0]], signals[1:]
    return others + _named(signals, leads, layout)


def _named(columns: list[_Column], leads: Sequence[str] | None, layout: Layout) -> list[_Column]:
    if leads is not None and len(leads) != len(columns):
        raise DataError(
            f"{len(leads)} leads were given for {len(columns)} columns of samples",
            line=layout.first_row,
            fix="name each column of samples once, in their order",
        )
    named: list[_Column] = []
    for column, given in zip(columns, leads or [column.heading.name for column in columns], strict=True):
        known = standard_name(column.heading.name)
        if not given:
            raise DataError(f"column {column.number + 1} has no heading", fix="name it, or give --leads")
        if known and known != (standard_name(given) or known._replace(name="")):
            raise DataError(
                f"lead {given!r} was given for column {column.number + 1}, headed {column.heading.written!r}",
                fix="leave the leads out, or give them in the order of the columns",
            )
        named.append(_Column(column.number, column.heading, given))
    return named


def _clock(
    columns: list[_Column], values: NDArray[np.float64], layout: Layout, given_hz: float | None
) -> Clock:
    """Find the sampling rate from the columns of times and of sample numbers, which must agree."""
    clock: Clock | None = None
    for column in columns:
        heading, times = column.heading, values[column.number]
        if column.lead or (heading.role != "time" and (np.diff(times) == 1.0).all()):
            continue  # a lead, or numbers of the samples with none missing
        if heading.role == "index":
            raise DataError(
                f"column {heading.written!r} does not number the rows one by one", fix="remove it"
            )
        try:
            clock = read_clock(
                times,
                factor=1.0 if layout.is_clock(column.number) else _factor_of_time(heading),
                name=heading.written or f"{column.number + 1}",
                first_line=layout.first_row,
                given_hz=clock.sampling_rate_hz if clock else given_hz,
            )
        except DataError as error:
            raise error if heading.role == "time" else _unnamed(column, layout, error) from error
    if clock is None and given_hz is None:
        raise DataError("no column of times tells the sampling rate", fix="--sampling-rate HZ")
    return clock or Clock(given_hz or 0.0)


def _unnamed(column: _Column, layout: Layout, error: DataError) -> DataError:
    """Say that a column without heading holds no times either."""
    what = (
        f"column {column.number + 1} has no heading and"
        if layout.headings
        else f"{layout.width - 1} leads were given for {layout.width} columns, and the first column"
    )
    return DataError(
        f"{what} holds no times and no row numbers: {error.reason}",
        line=error.line,
        fix="name each column once",
    )


def _factor_of_time(heading: Heading) -> float | None:
    if heading.unit is None:
        return None
    factor = time_factor(heading.unit)
    if factor is None:
        raise DataError(
            f"column {heading.written!r}: {heading.unit!r} is no unit of time", fix="write s or ms"
        )
    return factor


def _scaled(
    columns: list[_Column], values: NDArray[np.float64], *, unit: str | None, gain: float | None
) -> _Scaled:
    """Bring the leads to millivolts."""
    if gain is not None and any(millivolts_per(column.heading.unit or "") is not None for column in columns):
        raise DataError("the headings state units, but a gain was given", fix="leave the gain out")
    factors: list[float] = []
    kept: list[_Column] = []
    notes: list[str] = []
    for column in columns:
        stated = column.heading.unit
        factor = millivolts_per(stated or "mV")
        if factor is not None or standard_name(column.lead):
            factor = gain if gain is not None else known_unit(unit) if unit else factor
        if factor is not None:
            kept.append(column)
            factors.append(factor)
        elif standard_name(column.lead):
            raise DataError(
                f"column {column.heading.written!r}: {stated!r} is no unit of voltage",
                fix="--unit mV (or uV, V), or --amplitude-gain with the millivolts of one count",
            )
        else:
            notes.append(f"{LEFT_OUT}, not in volts: {column.heading.written}")
    signals = values[[column.number for column in kept]]
    scale = np.array(factors)
    if (scale != 1.0).any():
        signals *= scale[:, None]
    names = tuple(column.lead for column in kept)
    return _Scaled(signals, names, _unit_warnings(kept, unit=unit, gain=gain), tuple(notes))


def _unit_warnings(columns: list[_Column], *, unit: str | None, gain: float | None) -> tuple[EcgWarning, ...]:
    leads = [column.lead for column in columns if gain is not None or column.heading.unit is None]
    named = tuple(known.name if (known := standard_name(lead)) else lead for lead in leads)
    if gain is not None:
        message = f"numbers without unit were multiplied by {gain:g}, as given, to be millivolts"
        return (EcgWarning("uncalibrated", message, named),)
    if unit is not None or not named:
        return ()
    which = "the file states no unit" if len(named) == len(columns) else f"{', '.join(named)}: no unit stated"
    return (EcgWarning("unit_assumed", f"{which}; samples are taken as mV (--unit says otherwise)", named),)
