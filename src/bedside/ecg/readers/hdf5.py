"""Read ECGs from HDF5 in the layout of CODE-15 %: `tracings` (records, samples, 12) and `exam_id` (records).

Recordings are shorter than their rows and padded with zeros on both sides; the padding is trimmed. The layout
states neither unit nor sampling rate: CODE-15 % is sampled at 400 Hz. Opens nothing outside the file.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bedside.ecg.leads import standardize
from bedside.ecg.reading import EcgReading, EcgWarning
from bedside.errors import DataError
from bedside.extras import require
from bedside.records import LEADS, EcgRecord

__all__ = ["SAMPLING_RATE_HZ", "count", "read_hdf5", "read_rows"]

SAMPLING_RATE_HZ = 400.0
"""Of CODE-15 %, which its files do not state."""

_TRACINGS, _IDS = "tracings", "exam_id"
_CACHE_BYTES = 2**26
_LARGEST_CHUNK_BYTES = 2**30
_MOST_SAMPLES = 3_600_000
_DAMAGE = (OSError, RuntimeError, KeyError, ValueError, TypeError, OverflowError, MemoryError)
"""What h5py raises for damaged files."""


def count(path: Path) -> int:
    """Return how many records a file holds.

    Raises:
        DataError: it is no HDF5 file in this layout.
    """
    with _opened(path) as (tracings, _):
        return int(tracings.shape[0])


def read_hdf5(
    path: Path,
    index: int | None,
    *,
    gain: float | None = None,
    sampling_rate_hz: float | None = None,
    leads: Sequence[str] | None = None,
) -> EcgReading:
    """Read one record.

    Args:
        path: the file.
        index: number of the row, from 0; may be left out where the file holds one record.
        gain: what stored numbers are multiplied by to be millivolts; 1 where it is not given.
        sampling_rate_hz: 400 where it is not given.
        leads: names of the twelve columns where they are not in the order of CODE-15 %.

    Raises:
        DataError: there is no such record, or its row holds no ECG.
    """
    if index is None:
        records = count(path)
        if records != 1:
            raise DataError(
                f"holds {records} records", file=path, fix=f"write {path.name}#0 … {path.name}#{records - 1}"
            )
    reading = next(read_rows(path, [index or 0], gain=gain, sampling_rate_hz=sampling_rate_hz, leads=leads))
    if isinstance(reading, DataError):
        raise reading
    return reading


def read_rows(
    path: Path,
    indices: Sequence[int],
    *,
    gain: float | None = None,
    sampling_rate_hz: float | None = None,
    leads: Sequence[str] | None = None,
) -> Iterator[EcgReading | DataError]:
    """Read records, opening the file once; a row that cannot be used gives its error and stops nothing.

    Arguments are those of `read_hdf5`.

    Raises:
        DataError: the file is no HDF5 file in this layout.
    """
    names = tuple(leads or LEADS)
    with _opened(path) as (tracings, ids):
        if len(names) != tracings.shape[2]:
            raise DataError(
                f"{len(names)} leads were given for {tracings.shape[2]} columns",
                file=path,
                fix=f"give {tracings.shape[2]}",
            )
        for index in indices:
            try:
                name, row = _row(path, tracings, ids, index)
                reading = _reading(
                    path, name, row, names=names, gain=gain, rate=sampling_rate_hz or SAMPLING_RATE_HZ
                )
            except DataError as error:
                yield error
            else:
                yield reading


@contextmanager
def _damage_told(path: Path, what: str) -> Generator[None]:
    try:
        yield
    except _DAMAGE as error:
        reason = (str(error).strip("'\"").splitlines() or [type(error).__name__])[0]
        raise DataError(f"{what}: {reason}", file=path, fix="copy the file again") from error


@contextmanager
def _opened(path: Path) -> Generator[tuple[Any, Any | None]]:
    """Open a file and give its tracings and, where it has them, their ids."""
    h5py = require("h5py", extra="ecg", purpose="reading HDF5")
    if not path.is_file():  # opening a pipe would wait for ever
        what = "not a regular file" if path.exists() else "there is no such file"
        raise DataError(what, file=path, fix="give an HDF5 file")
    with _damage_told(path, "cannot be opened as HDF5"):
        file = h5py.File(path, "r", rdcc_nbytes=_CACHE_BYTES)
    with file:
        with _damage_told(path, "damaged"):
            datasets = _datasets(h5py, path, file)
        yield datasets


def _datasets(h5py: Any, path: Path, file: Any) -> tuple[Any, Any | None]:
    """Return the tracings of an open file, and their ids where they fit."""
    tracings, ids = _dataset(h5py, file, _TRACINGS), _dataset(h5py, file, _IDS)
    if tracings is None:
        raise DataError(
            f"no dataset {_TRACINGS!r}; found {', '.join(_names(h5py, file)) or 'none'}",
            file=path,
            fix="give a file in the layout of CODE-15 %: tracings (records, samples, 12), exam_id",
        )
    _check_tracings(path, tracings)
    usable = ids is not None and ids.shape == tracings.shape[:1] and ids.dtype.kind in "iu"
    return tracings, ids if usable else None


def _dataset(h5py: Any, file: Any, name: str) -> Any | None:
    """Return a dataset that lies in the file itself, `None` where there is none."""
    if not isinstance(file.get(name, getlink=True), h5py.HardLink):
        return None
    found = file[name]
    return found if isinstance(found, h5py.Dataset) else None


def _names(h5py: Any, file: Any) -> list[str]:
    """List the first datasets with their shapes."""
    found: list[str] = []

    def note(name: str, item: Any) -> bool | None:
        if isinstance(item, h5py.Dataset):
            found.append(f"{name} {item.shape}")
        return True if len(found) == 8 else None

    file.visititems(note)
    return found


def _check_tracings(path: Path, tracings: Any) -> None:
    shape = tracings.shape
    if shape is None or len(shape) != 3 or shape[2] != len(LEADS) or tracings.dtype.kind not in "fiu":
        raise DataError(
            f"{_TRACINGS!r} is {tracings.dtype} {shape}, not numbers of shape (records, samples, 12)",
            file=path,
            fix="give a file in the layout of CODE-15 %",
        )
    if tracings.external or tracings.is_virtual:
        raise DataError(
            f"{_TRACINGS!r} lies in another file", file=path, fix="copy the samples into this file"
        )
    chunk = int(np.prod(tracings.chunks, dtype=object)) * tracings.dtype.itemsize if tracings.chunks else 0
    if shape[1] > _MOST_SAMPLES or chunk > _LARGEST_CHUNK_BYTES:
        raise DataError(
            f"{_TRACINGS!r} has {shape[1]} samples a record, in pieces of {chunk} bytes;"
            f" at most {_MOST_SAMPLES} are read, in pieces of 1 GiB",
            file=path,
            fix="store shorter records, in smaller chunks",
        )


def _row(path: Path, tracings: Any, ids: Any | None, index: int) -> tuple[str, NDArray[np.float64]]:
    """Return the name of a record and its samples, shape (leads, samples)."""
    records = tracings.shape[0]
    if not 0 <= index < records:
        raise DataError(
            f"there is no record {index}; the file holds {records}",
            file=path,
            fix=f"write {path.name}#0 … {path.name}#{records - 1}" if records else "give another file",
        )
    with _damage_told(path, f"record {index} is damaged"):
        stored = tracings[index]
        name = f"{path.stem}#{index}" if ids is None else str(int(ids[index]))
    return name, np.ascontiguousarray(stored.T, dtype=np.float64)


def _reading(
    path: Path,
    name: str,
    row: NDArray[np.float64],
    *,
    names: tuple[str, ...],
    gain: float | None,
    rate: float,
) -> EcgReading:
    used = np.flatnonzero((row != 0.0).any(axis=0))
    if not used.size:
        raise DataError(f"record {name} holds zeros only", file=path, fix="leave it out")
    before, after = int(used[0]), row.shape[1] - 1 - int(used[-1])
    signals, leads = standardize(row[:, before : row.shape[1] - after], names)
    if gain is not None:
        signals = signals * gain
    warnings = [_calibration(leads, gain)]
    if before or after:
        message = f"{before} samples of zeros before the recording and {after} after it were trimmed"
        warnings.append(EcgWarning("padding_trimmed", message))
    record = EcgRecord(name, name, np.ascontiguousarray(signals), rate, leads, source=path.name)
    return EcgReading(record, "hdf5", tuple(warnings))


def _calibration(leads: tuple[str, ...], gain: float | None) -> EcgWarning:
    about = "the file states no unit"
    if gain is None:
        message = f"{about}; taken as mV. CODE-15 % is about twice mV: --amplitude-gain 0.5 halves it"
    else:
        message = f"{about}; its numbers were multiplied by {gain:g}, as given, to be mV"
    return EcgWarning("uncalibrated", message, leads)
