"""Unpack the sample formats of WFDB signal files, as signal(5) defines them.

Formats 8, 16, 24, 32, 61, 80, 160, 212, 310 and 311 by numpy alone; 508, 516 and 524 (FLAC) by the
`soundfile` package, which comes with `wfdb`. Knows bytes and ADC values, nothing of headers, gains or leads.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bedside.errors import DataError
from bedside.extras import require

__all__ = ["DIFFERENCES", "INVALID", "bytes_of", "read_samples", "samples_in"]

Samples = NDArray[np.signedinteger]

DIFFERENCES = 8
"""The format that stores what is added to the sample before."""

INVALID = {
    16: -(1 << 15),
    24: -(1 << 23),
    32: -(1 << 31),
    61: -(1 << 15),
    80: -(1 << 7),
    160: -(1 << 15),
    212: -(1 << 11),
    310: -(1 << 9),
    311: -(1 << 9),
    508: -(1 << 7),
    516: -(1 << 15),
    524: -(1 << 23),
}
"""The ADC value that says that nothing was recorded, by format; differences have none."""

_ALIGNED = {8: "<i1", 16: "<i2", 32: "<i4", 61: ">i2", 80: "<u1", 160: "<u2"}
_BYTES_AT_PLACE = {24: (3,), 212: (2, 1), 310: (2, 2, 0), 311: (2, 1, 1)}
"""Formats whose samples share bytes: by how many each sample of a block makes it longer."""
_FLAC_BITS = {508: 8, 516: 16, 524: 24}
_FLAC_BLOCK = 1 << 20
"""Samples that are unpacked at once: a file that ends early takes no more memory than it fills."""
_FLAC_SAMPLES_A_BYTE = 1 << 13
"""More than fit into a byte: the longest block of constant silence, 65 535 samples, takes at least nine."""


def samples_in(path: Path, *, stored_as: int, byte_offset: int) -> int:
    """Return how many samples a signal file can hold at most, judged by its size.

    Raises:
        DataError: the file is absent or no file, or its format is unknown.
    """
    if stored_as not in INVALID and stored_as != DIFFERENCES:
        known = ", ".join(str(number) for number in sorted({*INVALID, DIFFERENCES}))
        raise DataError(
            f"is stored in format {stored_as}, which signal(5) does not define ({known})",
            file=path,
            fix="correct the format in the header, or convert the record with `xform` from the WFDB software",
        )
    try:
        if not path.is_file():
            what = (
                "is not a file" if path.exists() else "there is no such signal file, and the header names it"
            )
            raise DataError(what, file=path, fix="copy the signal file to the folder of the header")
        size = path.stat().st_size
    except OSError as error:
        raise DataError(f"cannot be read: {error}", file=path, fix="copy the file again") from error
    if stored_as in _FLAC_BITS:
        return min(_flac_samples(path, stored_as, byte_offset), size * _FLAC_SAMPLES_A_BYTE)
    return _samples_of_bytes(stored_as, max(size - byte_offset, 0))


def bytes_of(stored_as: int, samples: int) -> int:
    """Return how many bytes `samples` samples take, 0 where that is not known before they are compressed."""
    if stored_as in _FLAC_BITS:
        return 0
    if stored_as in _ALIGNED:
        return samples * np.dtype(_ALIGNED[stored_as]).itemsize
    places = _BYTES_AT_PLACE[stored_as]
    blocks, rest = divmod(samples, len(places))
    return blocks * sum(places) + sum(places[:rest])


def read_samples(path: Path, *, stored_as: int, byte_offset: int, frames: int, width: int) -> Samples:
    """Read the ADC values of a signal file.

    Args:
        path: the file; `samples_in` has looked at it.
        stored_as: its format.
        byte_offset: where the first sample begins; in a FLAC file the number of the first sample.
        frames: how many frames to read.
        width: samples in a frame, of all signals together.

    Returns:
        Shape (width, frames), C order. Differences (format 8) are as stored, not added up.

    Raises:
        DataError: the file is shorter than that, or no FLAC file where it should be one.
    """
    if stored_as in _FLAC_BITS:
        return _read_flac(path, stored_as=stored_as, first=byte_offset, frames=frames, width=width)
    samples = frames * width
    needed = bytes_of(stored_as, samples)
    try:
        content = np.fromfile(path, np.uint8, count=needed, offset=byte_offset)
    except OSError as error:
        raise DataError(f"cannot be read: {error}", file=path, fix="copy the file again") from error
    if content.size < needed:
        raise DataError(f"ends after {content.size} of {needed} bytes", file=path, fix="copy the file again")
    return np.ascontiguousarray(_unpack(content, stored_as, samples).reshape(frames, width).T)


def _samples_of_bytes(stored_as: int, size: int) -> int:
    if stored_as in _ALIGNED:
        return size // np.dtype(_ALIGNED[stored_as]).itemsize
    places = _BYTES_AT_PLACE[stored_as]
    blocks, rest = divmod(size, sum(places))
    return blocks * len(places) + sum(sum(places[: n + 1]) <= rest for n in range(len(places) - 1))


def _unpack(content: NDArray[np.uint8], stored_as: int, samples: int) -> Samples:
    """Return `samples` ADC values from the bytes that hold them."""
    if stored_as == 80:
        return (content ^ 0x80).view(np.int8)
    if stored_as == 160:
        return (content.view("<u2") ^ 0x8000).view("<i2")
    if stored_as in _ALIGNED:
        return content.view(_ALIGNED[stored_as])
    if stored_as == 24:
        words = np.zeros((samples, 4), np.uint8)
        words[:, 1:] = content.reshape(-1, 3)
        return words.reshape(-1).view("<i4") >> 8
    if stored_as == 212:
        return _unpack_12_bits(content, samples)
    return _unpack_10_bits(content, stored_as, samples)


def _unpack_12_bits(content: NDArray[np.uint8], samples: int) -> Samples:
    """Unpack two samples from three bytes: the middle byte holds the high bits of both, the first's below."""
    blocks = _whole_blocks(content, 3).astype(np.uint16)
    # The sign stands in bit 11: up to bit 15 and back down spreads it.
    pairs = np.empty((len(blocks), 2), np.uint16)
    pairs[:, 0] = (blocks[:, 0] << 4) | (blocks[:, 1] << 12)
    pairs[:, 1] = (blocks[:, 2] << 4) | ((blocks[:, 1] & 0xF0) << 8)
    return (pairs.view(np.int16) >> 4).reshape(-1)[:samples]


def _unpack_10_bits(content: NDArray[np.uint8], stored_as: int, samples: int) -> Samples:
    """Unpack three samples from four bytes.

    Format 311 fills a 32-bit word from its low end. Format 310 holds the first two samples in bits 1 to 10 of
    each half of the word, and the third in the five bits above: low half first.
    """
    words = _whole_blocks(content, 4).reshape(-1).view("<u4")
    if stored_as == 311:
        thirds = [words, words >> 10, words >> 20]
    else:
        thirds = [words >> 1, words >> 17, ((words >> 11) & 0x1F) | ((words >> 22) & 0x3E0)]
    # As above: the sign goes from bit 9 to bit 31 and back.
    return (np.stack(thirds, axis=1) << 22).view(np.int32).reshape(-1)[:samples] >> 22


def _whole_blocks(content: NDArray[np.uint8], size: int) -> NDArray[np.uint8]:
    if content.size % size:
        content = np.concatenate([content, np.zeros(-content.size % size, np.uint8)])
    return content.reshape(-1, size)


def _flac_samples(path: Path, stored_as: int, first: int) -> int:
    soundfile = _soundfile(stored_as)
    try:
        found = soundfile.info(path)
        bits = _flac_bits(found.subtype)
    except (OSError, ValueError, RuntimeError) as error:
        raise _no_flac(path, stored_as, str(error)) from error
    if found.format != "FLAC" or bits > _FLAC_BITS[stored_as]:
        raise _no_flac(path, stored_as, f"it holds {found.format} {found.subtype}")
    return max(found.frames - first, 0) * found.channels


def _read_flac(path: Path, *, stored_as: int, first: int, frames: int, width: int) -> Samples:
    try:
        with _soundfile(stored_as).SoundFile(path) as flac:
            channels, bits = flac.channels, _flac_bits(flac.subtype)
            per_frame = width // channels
            flac.seek(first)
            blocks = list(_flac_blocks(flac, frames * per_frame))
    except (OSError, ValueError, RuntimeError) as error:
        raise _no_flac(path, stored_as, str(error)) from error
    found = np.concatenate(blocks) if blocks else np.empty((0, channels), np.int32)
    if found.size != frames * width:
        raise _no_flac(
            path, stored_as, f"{len(found)} samples of {channels} signals are no {frames} of {width}"
        )
    # soundfile gives samples of fewer than 32 bits in the upper ones. Rows: signal by signal, and within a
    # signal by place in the frame.
    values = found.T.reshape(channels, frames, per_frame).swapaxes(1, 2).reshape(width, frames)
    return np.ascontiguousarray(values) >> (32 - bits)


def _flac_blocks(flac: Any, samples: int) -> Iterator[NDArray[np.int32]]:
    """Yield samples of all channels, shape (samples, channels), until there are enough or no more."""
    while samples > 0:
        block = flac.read(min(samples, _FLAC_BLOCK), dtype="int32", always_2d=True)
        if not len(block):
            return
        samples -= len(block)
        yield block


def _soundfile(stored_as: int) -> ModuleType:
    return require("soundfile", extra="ecg", purpose=f"reading WFDB format {stored_as} (FLAC)")


def _flac_bits(subtype: str) -> int:
    """Return the bits of a sample from `PCM_S8`, `PCM_16` or `PCM_24`."""
    return int(subtype.removeprefix("PCM_").removeprefix("S"))


def _no_flac(path: Path, stored_as: int, why: str) -> DataError:
    return DataError(
        f"is not the FLAC file that its header describes (format {stored_as}): {why}",
        file=path,
        fix="copy the file and its header again",
    )
