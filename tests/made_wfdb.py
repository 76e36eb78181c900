"""Write small WFDB records, byte by byte, for the tests of what reads them."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from bedside.records import LEADS


def made_samples(leads: int = 12, samples: int = 50, seed: int = 0) -> np.ndarray:
    """ADC values, shape (leads, samples), of 16 bits or fewer."""
    return np.random.default_rng([seed]).integers(-900, 900, (leads, samples))


def checksum(row: np.ndarray) -> int:
    """The sum that a header keeps, signed as in most headers."""
    return (int(row.sum()) + 32768) % 65536 - 32768


def signal_lines(digital, *, leads=LEADS, file="rec.dat", stored_as="16", gain="1000.0(0)/mV") -> str:
    return "".join(
        f"{file} {stored_as} {gain} 16 0 {row[0]} {checksum(row)} 0 {lead}\n"
        for lead, row in zip(leads, digital, strict=False)
    )


def write_record(
    folder: Path,
    digital: np.ndarray,
    *,
    name: str = "rec",
    rate: str = "500",
    frames: str | None = None,
    comments: str = "",
    **line,
) -> Path:
    """Write a record in format 16 and return the path of its header."""
    content = np.ascontiguousarray(digital.T).astype("<i2").tobytes()
    (folder / f"{name}.dat").write_bytes(content)
    count = str(digital.shape[1]) if frames is None else frames
    text = f"{name} {len(digital)} {rate} {count}\n"
    text += signal_lines(digital, file=f"{name}.dat", **line) + comments
    path = folder / f"{name}.hea"
    path.write_text(text, encoding="utf-8")
    return path
