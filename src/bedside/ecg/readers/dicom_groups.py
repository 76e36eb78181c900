"""Decode one multiplex group of a DICOM waveform: samples, channels, scale.

A group holds channels that were sampled together. Knows nothing of files and of the other groups.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bedside.ecg.leads import standard_name
from bedside.ecg.readers.voltage import millivolts_per
from bedside.errors import DataError

__all__ = ["Channel", "Group", "channel_of", "group_of", "signals_of"]

_TYPES = {
    ("SB", 8): "i1", ("UB", 8): "u1", ("SS", 16): "i2", ("US", 16): "u2", ("SL", 32): "i4", ("UL", 32): "u4",
}  # fmt: skip
_CODED = re.compile(r"(?:2:|5\.6\.3-9-)0*(\d+)")
_LEAD_NUMBERS = {
    1: "I", 2: "II", 3: "V1", 4: "V2", 5: "V3", 6: "V4", 7: "V5", 8: "V6",
    61: "III", 62: "aVR", 63: "aVL", 64: "aVF", 65: "-aVR",
}  # fmt: skip
_DERIVED_NUMBERS = {
    31: "I", 32: "II", 33: "V1", 34: "V2", 35: "V3", 36: "V4", 37: "V5", 38: "V6",
    111: "III", 112: "aVR", 113: "aVL", 114: "aVF",
}  # fmt: skip
"""Lead numbers of ISO/IEEE 11073-10101 and of SCP-ECG (EN 1064), DICOM PS3.16 CID 3001."""


@dataclass(frozen=True)
class Channel:
    """A channel as it is defined.

    Attributes:
        name: of its lead, standard where its code or its words mean a standard one.
        derived: it was computed by the device, not recorded.
        unit: as written; `None` where none is.
        sensitivity: of one count in `unit`, corrected; `None` where the file gives none.
        baseline: what a count of 0 stands for, in `unit`.
        skew: samples by which it begins after the group.
    """

    name: str
    derived: bool
    unit: str | None
    sensitivity: float | None
    baseline: float
    skew: int

    @property
    def is_voltage(self) -> bool:
        """Whether it is in volts, which it is taken for where no unit is known."""
        return self.unit is None or millivolts_per(self.unit) is not None


@dataclass(frozen=True)
class Group:
    """A multiplex group.

    Attributes:
        number: from 1.
        label: as written.
        is_original: recorded, not made from other samples, as a median beat is.
        rate_hz: samples per second.
        offset_s: when it begins.
        counts: as stored, shape (samples, channels).
        padding: the count that means that there is no sample, `None` where none does.
        channels: of the columns of `counts`.
    """

    number: int
    label: str
    is_original: bool
    rate_hz: float
    offset_s: float
    counts: NDArray[Any]
    padding: int | None
    channels: tuple[Channel, ...]

    @property
    def duration_s(self) -> float:
        """Seconds that it lasts."""
        return self.counts.shape[0] / self.rate_hz

    @property
    def standard_leads(self) -> frozenset[str]:
        """Which of the twelve leads it holds, as written or upside down."""
        known = (standard_name(channel.name) for channel in self.channels)
        return frozenset(lead.name for lead in known if lead)

    def is_recorded_with(self, other: Group) -> bool:
        """Tell whether two groups are parts of one recording, sample by sample."""
        return (
            (self.is_original and other.is_original)
            and (self.rate_hz, self.offset_s) == (other.rate_hz, other.offset_s)
            and self.counts.shape[0] == other.counts.shape[0]
        )


def group_of(item: Any, number: int, *, little_endian: bool) -> Group:
    """Decode an item of a waveform sequence.

    Raises:
        DataError: what it says of itself does not fit, or its samples are cut off or stored in another way.
    """
    kind = (str(item.WaveformSampleInterpretation), int(item.WaveformBitsAllocated))
    if kind not in _TYPES:
        raise DataError(
            f"group {number}: samples of kind {kind[0]} with {kind[1]} bits are not read",
            fix="export the ECG with 16-bit samples",
        )
    dtype = np.dtype(_TYPES[kind]).newbyteorder("<" if little_endian else ">")
    channels, samples = int(item.NumberOfWaveformChannels), int(item.NumberOfWaveformSamples)
    defined = list(item.ChannelDefinitionSequence)
    data = bytes(item.WaveformData)
    if channels < 1 or channels != len(defined):
        raise DataError(
            f"group {number}: {len(defined)} channels are defined, {channels} are stored",
            fix="export it again",
        )
    if samples < 1 or len(data) < samples * channels * dtype.itemsize:
        raise DataError(
            f"group {number}: {len(data)} bytes, where {samples} samples of {channels} channels take"
            f" {samples * channels * dtype.itemsize}",
            fix="copy or export the file again",
        )
    rate = float(item.get("SamplingFrequency") or 0.0)
    if not 0.0 < rate < np.inf:
        raise DataError(f"group {number}: a sampling frequency of {rate:g} Hz", fix="export it again")
    label = str(item.get("MultiplexGroupLabel") or "").strip()
    return Group(
        number=number,
        label=label,
        is_original=str(item.get("WaveformOriginality") or "ORIGINAL") != "DERIVED"
        and "MEDIAN" not in label.upper(),
        rate_hz=rate,
        offset_s=float(item.get("MultiplexGroupTimeOffset") or 0.0) / 1e3,
        counts=np.frombuffer(data, dtype, samples * channels).reshape(samples, channels),
        padding=_padding(item, dtype),
        channels=tuple(channel_of(channel, position, rate) for position, channel in enumerate(defined, 1)),
    )


def channel_of(item: Any, position: int, rate_hz: float) -> Channel:
    """Understand the definition of the channel at `position` of its group."""
    name, derived = _lead(item, position)
    sensitivity, correction = item.get("ChannelSensitivity"), item.get("ChannelSensitivityCorrectionFactor")
    units = item.get("ChannelSensitivityUnitsSequence") or ()
    skew = item.get("ChannelSampleSkew")
    if skew is None:
        skew = float(item.get("ChannelTimeSkew") or 0.0) * rate_hz
    return Channel(
        name=name,
        derived=derived,
        unit=str(units[0].get("CodeValue") or units[0].get("CodeMeaning") or "").strip() or None
        if units
        else None,
        sensitivity=None if sensitivity is None else float(sensitivity) * float(correction or 1.0),
        baseline=float(item.get("ChannelBaseline") or 0.0),
        skew=round(float(skew)),
    )


def signals_of(group: Group, columns: Sequence[int], *, gain: float) -> NDArray[np.float64]:
    """Return channels of a group in millivolts, shape (channels, samples); NaN where there is no sample.

    Args:
        group: the group.
        columns: of `group.counts`.
        gain: millivolts that one count stands for in a channel without sensitivity.
    """
    counts = group.counts[:, list(columns)].T
    signals = counts.astype(np.float64)
    if group.padding is not None:
        signals[counts == group.padding] = np.nan
    for row, column in enumerate(columns):
        channel = group.channels[column]
        if channel.sensitivity is None:
            signals[row] *= gain
        else:
            in_unit = signals[row] * channel.sensitivity + channel.baseline
            signals[row] = in_unit * (millivolts_per(channel.unit or "mV") or 1.0)
        if channel.skew:
            signals[row] = _moved(signals[row], channel.skew)
    return signals


def _moved(signal: NDArray[np.float64], samples: int) -> NDArray[np.float64]:
    """Return a signal that begins so many samples later (negative: earlier), NaN where it holds nothing."""
    size = signal.size
    late, early = min(max(samples, 0), size), min(max(-samples, 0), size)
    moved = np.full(size, np.nan)
    moved[late : size - early] = signal[early : size - late]
    return moved


def _padding(item: Any, dtype: np.dtype[Any]) -> int | None:
    value = item.get("WaveformPaddingValue")
    if isinstance(value, bytes):
        return int(np.frombuffer(value, dtype, 1)[0]) if len(value) >= dtype.itemsize else None
    return None if value is None else int(value)


def _lead(item: Any, position: int) -> tuple[str, bool]:
    """Return the name of a channel's lead and whether the device computed it."""
    sources = item.get("ChannelSourceSequence") or ()
    source = sources[0] if sources else {}
    code, meaning = str(source.get("CodeValue") or "").strip(), str(source.get("CodeMeaning") or "").strip()
    if coded := _CODED.fullmatch(code):
        number = int(coded[1])
        known = _LEAD_NUMBERS.get(number) or _DERIVED_NUMBERS.get(number)
        if known:
            return known, number in _DERIVED_NUMBERS
    label = str(item.get("ChannelLabel") or "").strip()
    derived = meaning.lower().startswith("derived ")
    words = [code, meaning.removeprefix("Derived ") if derived else meaning, label]
    named = next(
        (known.name if known.sign > 0 else f"-{known.name}" for known in map(standard_name, words) if known),
        None,
    )
    return named or label or meaning or code or f"channel {position}", derived
