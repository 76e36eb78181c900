"""Read ECG recordings from the kinds of file they are published in: WFDB, CSV, HDF5 and DICOM.

What comes out is always the same: leads in millivolts in the order of `EcgRecord`, limb leads that could be
derived marked as such, and a warning for everything that is not as it should be.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from bedside.ecg.readers import hdf5
from bedside.ecg.readers.csv_ecg import read_csv
from bedside.ecg.readers.dicom import read_dicom
from bedside.ecg.readers.finishing import finish, rename, with_unit
from bedside.ecg.readers.kinds import kind_of
from bedside.ecg.readers.voltage import known_unit
from bedside.ecg.readers.wfdb_record import read_wfdb
from bedside.ecg.reading import EcgReading
from bedside.errors import DataError

__all__ = ["read_ecg", "read_rows"]

_SAME_RATE = 2e-3
_SLOWEST_HZ, _FASTEST_HZ = 1.0, 20_000.0
"""What a user may say an ECG was sampled at."""


def read_ecg(
    location: str | Path,
    *,
    sampling_rate_hz: float | None = None,
    unit: str | None = None,
    leads: Sequence[str] | None = None,
    gain: float | None = None,
    subject_id: str | None = None,
) -> EcgReading:
    """Read one ECG, whatever kind of file it is in.

    What a file states itself cannot be given too, unless it is the same; only the unit of a CSV can be
    overruled.

    Args:
        location: a file, a WFDB record's name without suffix, or `FILE#INDEX` (from 0) for HDF5.
        sampling_rate_hz: samples per second, where the file does not say.
        unit: of the samples (mV, uV, V, nV), where the file does not say.
        leads: names of the signals in the file's order, where the file does not name them.
        gain: what stored numbers are multiplied by to be millivolts, where they are not calibrated; more
            than 0.
        subject_id: the patient, where the file does not say.

    Raises:
        DataError: there is no such recording, it cannot be read, or it holds no sample.
    """
    _check_options(sampling_rate_hz=sampling_rate_hz, unit=unit, gain=gain)
    path, index = _parted(location)
    kind = kind_of(path)
    if index is not None and kind != "hdf5":
        raise DataError(
            f"holds one record, so that it has no #{index}", file=path, fix=f"write {path.name} alone"
        )
    if kind == "csv":
        reading = read_csv(path, sampling_rate_hz=sampling_rate_hz, unit=unit, leads=leads, gain=gain)
    elif kind == "hdf5":
        factor = known_unit(unit) if unit is not None else gain
        reading = hdf5.read_hdf5(path, index, gain=factor, sampling_rate_hz=sampling_rate_hz, leads=leads)
    else:
        reading = _self_describing(
            path, kind=kind, sampling_rate_hz=sampling_rate_hz, unit=unit, leads=leads, gain=gain
        )
    if subject_id is not None:
        reading = replace(reading, record=replace(reading.record, subject_id=subject_id))
    return finish(reading, file=path)


def read_rows(
    path: Path, indices: Sequence[int], *, gain: float | None = None
) -> Iterator[EcgReading | DataError]:
    """Read many records of one HDF5 file, opening it once; a record that cannot be read gives its error.

    Args:
        path: the file.
        indices: rows, from 0.
        gain: what stored numbers are multiplied by to be millivolts.

    Raises:
        DataError: the file is no HDF5 file in the layout of CODE-15 %.
    """
    for reading in hdf5.read_rows(path, indices, gain=gain):
        if isinstance(reading, DataError):
            yield reading
            continue
        try:
            finished = finish(reading, file=path)
        except DataError as error:
            yield error
        else:
            yield finished


def _self_describing(
    path: Path,
    *,
    kind: str,
    sampling_rate_hz: float | None,
    unit: str | None,
    leads: Sequence[str] | None,
    gain: float | None,
) -> EcgReading:
    """Read a WFDB record or a DICOM waveform, which states most things itself."""
    if kind == "wfdb" and gain is not None:
        raise DataError(
            "a WFDB header states the gain of each lead, but one was given",
            file=path,
            fix="leave it out, or correct the header",
        )
    reading = read_wfdb(path) if kind == "wfdb" else read_dicom(path, gain=gain)
    rate = reading.record.sampling_rate_hz
    if sampling_rate_hz is not None and abs(rate - sampling_rate_hz) > _SAME_RATE * rate:
        raise DataError(
            f"the file says {rate:g} samples a second, but {sampling_rate_hz:g} were given",
            file=path,
            fix="leave the sampling rate out",
        )
    if unit is not None:
        reading = with_unit(reading, unit, file=path)
    return reading if leads is None else rename(reading, leads, file=path)


def _parted(location: str | Path) -> tuple[Path, int | None]:
    """Part `FILE#INDEX`; a file that itself has such a name is taken whole."""
    text = str(location)
    name, mark, number = text.rpartition("#")
    try:
        if not mark or Path(text).exists() or not Path(name).is_file():
            return Path(text), None
    except (OSError, ValueError):
        return Path(text), None
    if not (number.isascii() and number.isdigit() and len(number) < 19):
        raise DataError(f"{number!r} is no number of a record", file=name, fix=f"write {Path(name).name}#0")
    return Path(name), int(number)


def _check_options(*, sampling_rate_hz: float | None, unit: str | None, gain: float | None) -> None:
    if sampling_rate_hz is not None and not _SLOWEST_HZ <= sampling_rate_hz <= _FASTEST_HZ:
        raise DataError(
            f"a sampling rate of {sampling_rate_hz:g} Hz",
            fix=f"give samples per second, {_SLOWEST_HZ:g} to {_FASTEST_HZ:g}, such as 500",
        )
    if gain is not None and not 0.0 < gain < math.inf:
        raise DataError(
            f"a gain of {gain:g}", fix="give the millivolts that one count stands for, such as 0.005"
        )
    if unit is not None:
        known_unit(unit)
        if gain is not None:
            raise DataError("both a unit and a gain were given", fix="give one of them")
