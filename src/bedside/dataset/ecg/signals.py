"""Read the signals that facts belong to, and tell which must not be drawn.

A picture that is out of scale, or that does not show what its labels are about, teaches a model nonsense.
Knows how the published data sets store signals where the files themselves do not say it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path

from bedside.dataset.ecg.facts import EcgFacts
from bedside.ecg.readers import read_ecg, read_rows
from bedside.ecg.reading import EcgReading
from bedside.errors import DataError
from bedside.records import LEADS

__all__ = ["readings", "why_unusable"]

LONGEST_S = 12.0
"""Of a longer record the labels may be about what the page does not show."""
_CHAPMAN_RATE_HZ = 500.0
_CHAPMAN_UNIT = "uV"


def readings(facts: Sequence[EcgFacts], *, amplitude_gain: float | None) -> Iterator[EcgReading | DataError]:
    """Read the signal of each of `facts`, in order; one that cannot be read gives its error instead.

    Args:
        facts: of one data set; those in one HDF5 file stand together.
        amplitude_gain: what the tracings of CODE-15 % are multiplied with.
    """
    for file, some in groupby(facts, key=_hdf5_file):
        if file is None:
            yield from (_read(it) for it in some)
        else:
            rows = [int(it.location.rpartition("#")[2]) for it in some]
            yield from _read_rows(Path(file), rows, amplitude_gain)


def why_unusable(reading: EcgReading, source: str) -> str | None:
    """Return why a picture of this record would mislead, `None` where it would not."""
    record = reading.record
    codes = {warning.code: warning for warning in reading.warnings}
    if record.duration_s > LONGEST_S:
        return f"is longer than {LONGEST_S:g} s: its labels may be about what the page does not show"
    if (
        "uncalibrated" in codes and source != "code-15"
    ):  # CODE-15 % states no unit at all; its gain is a setting
        return "its amplitude is not calibrated, so a picture would have no true scale"
    if "flat" in codes and set(record.leads) <= set(codes["flat"].leads):
        return "every lead is flat"
    return None


def _hdf5_file(facts: EcgFacts) -> str | None:
    return facts.location.rpartition("#")[0] if facts.source == "code-15" else None


def _read_rows(path: Path, rows: Sequence[int], gain: float | None) -> Iterator[EcgReading | DataError]:
    try:
        yield from read_rows(path, rows, gain=gain)
    except DataError as error:  # the file as a whole cannot be opened
        yield from (error for _ in rows)


def _read(facts: EcgFacts) -> EcgReading | DataError:
    path = Path(facts.location)
    try:
        if path.suffix != ".csv":
            return read_ecg(path)
        leads = LEADS if _without_header(path) else None
        return read_ecg(path, sampling_rate_hz=_CHAPMAN_RATE_HZ, unit=_CHAPMAN_UNIT, leads=leads)
    except DataError as error:
        return error


def _without_header(path: Path) -> bool:
    """Tell whether the first line of a CSV file holds numbers."""
    try:
        with path.open(encoding="utf-8", errors="replace") as file:
            float(file.readline(1000).split(",")[0])
    except ValueError:
        return False
    return True
