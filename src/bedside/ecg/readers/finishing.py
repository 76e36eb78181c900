"""What every reading goes through after its file was read: leads named and completed, quality looked at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import get_args

import numpy as np

from bedside.ecg.leads import complete, standard_name, standardize
from bedside.ecg.quality import assess
from bedside.ecg.readers.voltage import known_unit
from bedside.ecg.reading import EcgReading, EcgWarning, WarningCode
from bedside.errors import DataError

__all__ = ["finish", "rename", "with_unit"]

_SLOWEST_HZ, _FASTEST_HZ = 1e-4, 1e6
"""Beyond what any monitor or amplifier records, a sampling rate is a damaged number."""
_MOST_MV = 1e100
"""Beyond it a sample is a damaged number, and sums of such samples overflow."""
_ORDER = {code: place for place, code in enumerate(get_args(WarningCode))}


def finish(reading: EcgReading, *, file: Path) -> EcgReading:
    """Put leads in order, derive those that can be, and add what their signals show.

    Raises:
        DataError: no lead holds a sample, one is no finite voltage, the sampling rate is none of an ECG, or a
            lead stands there twice with other samples.
    """
    record = reading.record
    if not _SLOWEST_HZ <= record.sampling_rate_hz <= _FASTEST_HZ:
        raise DataError(
            f"record {record.record_name} has {record.sampling_rate_hz:g} samples a second,"
            f" not {_SLOWEST_HZ:g} to {_FASTEST_HZ:g}",
            file=file,
            fix="correct the sampling rate",
        )
    if not record.signals_mv.size or np.isnan(record.signals_mv).all():
        raise DataError(
            f"record {record.record_name} holds no sample in any lead", file=file, fix="leave it out"
        )
    if (np.abs(record.signals_mv) > _MOST_MV).any():
        raise DataError(
            f"record {record.record_name} holds infinite samples, or some beyond {_MOST_MV:g} mV",
            file=file,
            fix="export it again, or leave it out",
        )
    completed = complete(record.signals_mv, record.leads, file=file)
    record = replace(
        record,
        signals_mv=completed.signals,
        leads=completed.leads,
        derived=record.derived | completed.derived,
    )
    warnings: tuple[EcgWarning, ...] = (*reading.warnings, *assess(record))
    return replace(
        reading, record=record, warnings=tuple(sorted(warnings, key=lambda warning: _ORDER[warning.code]))
    )


def rename(reading: EcgReading, leads: Sequence[str], *, file: Path) -> EcgReading:
    """Name the leads of a recording that does not name them itself.

    Raises:
        DataError: there are not as many, or one is a standard lead under another name or upside down.
    """
    record = reading.record
    if len(leads) != len(record.leads):
        raise DataError(
            f"{len(leads)} leads were given for {len(record.leads)} signals: {', '.join(record.leads)}",
            file=file,
            fix="name each signal once, in their order",
        )
    for own, given in zip(record.leads, leads, strict=True):
        known, meant = standard_name(own), standard_name(given)
        if known and meant != known:  # the reader has turned it upright: it is not to be turned again
            raise DataError(
                f"the file names a signal {own!r}, but lead {given!r} was given",
                file=file,
                fix="leave the leads out",
            )
    signals, names = standardize(record.signals_mv, leads)
    renamed = dict(zip(record.leads, names, strict=True))
    warnings = tuple(
        replace(warning, leads=tuple(renamed[lead] for lead in warning.leads)) for warning in reading.warnings
    )
    return replace(reading, record=replace(record, signals_mv=signals, leads=names), warnings=warnings)


def with_unit(reading: EcgReading, unit: str, *, file: Path) -> EcgReading:
    """Take the leads whose unit the file does not state, and that were taken as mV, as `unit`.

    Raises:
        DataError: there is no such lead.
    """
    record = reading.record
    assumed = {
        lead for warning in reading.warnings if warning.code == "unit_assumed" for lead in warning.leads
    }
    if not assumed and reading.format == "dicom" and _has(reading, "uncalibrated"):
        raise DataError(
            "the file states no sensitivity, so that its counts are in no unit",
            file=file,
            fix=f"--amplitude-gain with the millivolts of one count ({known_unit(unit):g} if it is 1 {unit})",
        )
    if not assumed:
        raise DataError("the file states its units, but one was given", file=file, fix="leave the unit out")
    factors = np.array([known_unit(unit) if lead in assumed else 1.0 for lead in record.leads])
    return replace(
        reading,
        record=replace(record, signals_mv=record.signals_mv * factors[:, None]),
        warnings=tuple(warning for warning in reading.warnings if warning.code != "unit_assumed"),
    )


def _has(reading: EcgReading, code: WarningCode) -> bool:
    return any(warning.code == code for warning in reading.warnings)
