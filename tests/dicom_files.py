"""Make DICOM waveform files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import UID, ExplicitVRLittleEndian, TwelveLeadECGWaveformStorage, generate_uid

__all__ = ["MDC_NUMBERS", "channel", "group", "write_dicom"]

MDC_NUMBERS = dict(
    zip(
        ["I", "II", "III", "aVR", "aVL", "aVF", "V1", "V2", "V3", "V4", "V5", "V6"],
        [1, 2, 61, 62, 63, 64, 3, 4, 5, 6, 7, 8],
        strict=True,
    )
)


def channel(
    code: str = "",
    *,
    scheme: str = "MDC",
    meaning: str = "",
    label: str = "",
    sensitivity: float | None = 5.0,
    unit: str | None = "uV",
    correction: float | None = 1.0,
    baseline: float = 0.0,
    **others: Any,
) -> Dataset:
    """Define a channel."""
    source = Dataset()
    source.CodeValue, source.CodingSchemeDesignator, source.CodeMeaning = code, scheme, meaning
    made = Dataset()
    made.ChannelSourceSequence = [source]
    if label:
        made.ChannelLabel = label
    if sensitivity is not None:
        made.ChannelSensitivity = sensitivity
        made.ChannelBaseline = baseline
        if correction is not None:
            made.ChannelSensitivityCorrectionFactor = correction
        if unit is not None:
            units = Dataset()
            units.CodeValue, units.CodingSchemeDesignator, units.CodeMeaning = unit, "UCUM", unit
            made.ChannelSensitivityUnitsSequence = [units]
    for name, value in others.items():
        setattr(made, name, value)
    return made


def group(
    counts: np.ndarray,
    channels: Sequence[Dataset],
    *,
    rate: float = 500.0,
    label: str = "RHYTHM",
    originality: str = "ORIGINAL",
    kind: tuple[str, int, str] = ("SS", 16, "<i2"),
    **others: Any,
) -> Dataset:
    """Make a multiplex group of counts, shape (channels, samples)."""
    made = Dataset()
    made.WaveformOriginality = originality
    made.MultiplexGroupLabel = label
    made.SamplingFrequency = rate
    made.NumberOfWaveformChannels, made.NumberOfWaveformSamples = counts.shape
    made.ChannelDefinitionSequence = list(channels)
    made.WaveformSampleInterpretation, made.WaveformBitsAllocated, dtype = kind
    made.WaveformData = counts.T.astype(dtype).tobytes()
    for name, value in others.items():
        setattr(made, name, value)
    return made


def write_dicom(
    path: Path,
    groups: Sequence[Dataset] | None,
    *,
    sop_class: str = TwelveLeadECGWaveformStorage,
    transfer_syntax: UID = ExplicitVRLittleEndian,
    **others: Any,
) -> Path:
    """Write a waveform object."""
    dataset = Dataset()
    dataset.SOPClassUID, dataset.SOPInstanceUID = UID(sop_class), generate_uid()
    dataset.PatientID, dataset.PatientAge, dataset.PatientSex = "P-17", "061Y", "F"
    dataset.PatientName = "Doe^Jane"
    if groups is not None:
        dataset.WaveformSequence = list(groups)
    for name, value in others.items():
        setattr(dataset, name, value)
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = transfer_syntax
    dataset.file_meta.MediaStorageSOPClassUID = dataset.SOPClassUID
    dataset.file_meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
    dataset.save_as(path, enforce_file_format=True)
    return path
