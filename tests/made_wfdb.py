"""Write small WFDB records, byte by byte, for the tests of what reads them."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from bedside.records import LEADS

BITS = {8: 8, 16: 16, 24: 24, 32: 32, 61: 16, 80: 8, 160: 16, 212: 12, 310: 10, 311: 10}


def encode(values: list[int], stored_as: int) -> bytes:
    """Return the bytes of ADC values as signal(5) stores them, in whole blocks."""
    unsigned = [value % (1 << BITS[stored_as]) for value in values]
    size = BITS[stored_as] // 8
    if stored_as == 61:
        return b"".join(value.to_bytes(2, "big") for value in unsigned)
    if stored_as in (80, 160):
        return b"".join((value + (1 << (8 * size - 1))).to_bytes(size, "little") for value in values)
    if stored_as in (8, 16, 24, 32):
        return b"".join(value.to_bytes(size, "little") for value in unsigned)
    if stored_as == 212:
        unsigned += [0] * (len(values) % 2)
        pairs = zip(unsigned[::2], unsigned[1::2], strict=True)
        return b"".join(bytes([a & 0xFF, a >> 8 | (b >> 8) << 4, b & 0xFF]) for a, b in pairs)
    unsigned += [0] * (-len(values) % 3)
    blocks = zip(unsigned[::3], unsigned[1::3], unsigned[2::3], strict=True)
    if stored_as == 311:
        words = [a | b << 10 | c << 20 for a, b, c in blocks]
    else:
        words = [a << 1 | (c & 31) << 11 | b << 17 | (c >> 5) << 27 for a, b, c in blocks]
    return b"".join(word.to_bytes(4, "little") for word in words)


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
