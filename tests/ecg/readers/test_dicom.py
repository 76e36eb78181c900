"""DICOM waveforms: the right group, every channel's own scale and name, nothing taken for granted."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("pydicom")

from pydicom.dataset import Dataset
from pydicom.uid import (
    CTImageStorage,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    GeneralECGWaveformStorage,
)

from bedside.ecg.readers.dicom import read_dicom
from bedside.ecg.reading import EcgReading
from bedside.errors import DataError
from bedside.records import LEADS
from dicom_files import MDC_NUMBERS, channel, group, write_dicom


def counts(leads: int = 12, samples: int = 600) -> np.ndarray:
    return np.random.default_rng([9, leads]).integers(-400, 400, (leads, samples))


def twelve(**options: object) -> list[Dataset]:
    return [channel(f"2:{MDC_NUMBERS[lead]}", meaning=lead, **options) for lead in LEADS]


def codes(reading: EcgReading) -> list[str]:
    return [warning.code for warning in reading.warnings]


def refused(path: Path, **options: object) -> DataError:
    with pytest.raises(DataError) as caught:
        read_dicom(path, **options)
    assert str(path) in str(caught.value)
    assert caught.value.fix
    return caught.value


def test_twelve_leads(tmp_path: Path) -> None:
    reading = read_dicom(write_dicom(tmp_path / "ecg.dcm", [group(counts(), twelve())]))
    assert reading.format == "dicom"
    assert reading.record.leads == LEADS
    assert reading.record.record_name == "ecg"
    assert reading.record.subject_id == "P-17"
    assert reading.record.sampling_rate_hz == 500.0
    assert (reading.age_years, reading.sex) == (61.0, "female")
    assert np.allclose(reading.record.signals_mv, counts() * 0.005, atol=1e-12)
    assert reading.record.signals_mv.flags.c_contiguous
    assert reading.warnings == ()
    assert reading.comments == ()


def test_every_channel_has_its_own_scale(tmp_path: Path) -> None:
    channels = [
        channel("2:1", sensitivity=2.0, correction=1.5, baseline=100.0),
        channel("2:2", sensitivity=0.001, unit="mV", correction=None),
        channel("2:3", sensitivity=1e-6, unit="V", baseline=-1e-4),
    ]
    record = read_dicom(write_dicom(tmp_path / "ecg.dcm", [group(counts(3), channels)])).record
    expected = [counts(3)[0] * 0.003 + 0.1, counts(3)[1] * 0.001, counts(3)[2] * 0.001 - 0.1]
    assert np.allclose(record.signals_mv, expected, atol=1e-12)


@pytest.mark.parametrize(
    ("kind", "low"),
    [(("US", 16, "<u2"), 0), (("SB", 8, "i1"), -100), (("UB", 8, "u1"), 0), (("SL", 32, "<i4"), -70000)],
)
def test_kinds_of_samples(tmp_path: Path, kind: tuple[str, int, str], low: int) -> None:
    values = np.arange(low, low + 101)[None, :]
    path = write_dicom(tmp_path / "ecg.dcm", [group(values, [channel("2:1")], kind=kind)])
    assert np.allclose(read_dicom(path).record.signals_mv, values * 0.005)


@pytest.mark.parametrize(
    ("made", "name"),
    [
        (channel("2:62", meaning="aVR, augmented voltage, right"), "aVR"),
        (channel("5.6.3-9-61", scheme="SCPECG", meaning="Lead III"), "III"),
        (channel("5.6.3-9-1", scheme="SCPECG", meaning="Lead I (Einthoven)"), "I"),
        (channel("MDC_ECG_LEAD_V3", meaning="V3"), "V3"),
        (channel("X", scheme="L", meaning="Lead V5"), "V5"),
        (channel("", scheme="", meaning="", label="Lead II"), "II"),
        (channel("2:11", meaning="Lead V3R"), "Lead V3R"),
        (channel("", meaning=""), "channel 1"),
    ],
)
def test_names_of_leads(tmp_path: Path, made: Dataset, name: str) -> None:
    record = read_dicom(write_dicom(tmp_path / "ecg.dcm", [group(counts(1), [made])])).record
    assert record.leads == (name,)


def test_inverted_and_derived_leads(tmp_path: Path) -> None:
    channels = [channel("2:65", meaning="-aVR"), channel("2:112", meaning="Derived Lead aVR")]
    record = read_dicom(write_dicom(tmp_path / "ecg.dcm", [group(counts(2)[:1], channels[:1])])).record
    assert record.leads == ("aVR",)
    assert np.allclose(record.signals_mv, -counts(2)[:1] * 0.005)
    record = read_dicom(write_dicom(tmp_path / "derived.dcm", [group(counts(1), channels[1:])])).record
    assert record.leads == ("aVR",)
    assert record.derived == {"aVR"}


def test_the_recorded_rhythm_is_read_and_not_the_median_beat(tmp_path: Path) -> None:
    rhythm = group(counts(), twelve())
    longer_beat = group(counts(12, 900), twelve(), label="MEDIAN BEAT", originality="DERIVED")
    unmarked_beat = group(counts(12, 900), twelve(), label="Median beat")
    path = write_dicom(tmp_path / "ecg.dcm", [longer_beat, rhythm, unmarked_beat])
    reading = read_dicom(path)
    assert reading.record.signals_mv.shape == (12, 600)
    assert reading.comments == ("read: multiplex group 2 of 3 (RHYTHM, 12 channels, 1.2 s)",)
    beat_only = read_dicom(write_dicom(tmp_path / "beat.dcm", [longer_beat]))
    assert beat_only.record.signals_mv.shape == (12, 900)


def test_padding_is_missing(tmp_path: Path) -> None:
    values = counts()
    values[3, 100:120] = -32768
    padded = group(values, twelve(), WaveformPaddingValue=np.int16(-32768).tobytes())
    signals = read_dicom(write_dicom(tmp_path / "ecg.dcm", [padded])).record.signals_mv
    assert np.isnan(signals[3, 100:120]).all()
    assert np.isnan(signals).sum() == 20


def test_skewed_channels_are_moved(tmp_path: Path) -> None:
    channels = [
        channel("2:1"),
        channel("2:2", ChannelSampleSkew="3"),
        channel("2:3", ChannelTimeSkew="-0.004"),
        channel("2:4", ChannelTimeSkew="0.0004"),
    ]
    signals = read_dicom(write_dicom(tmp_path / "ecg.dcm", [group(counts(4), channels)])).record.signals_mv
    raw = counts(4) * 0.005
    assert np.allclose(signals[0], raw[0])
    assert np.isnan(signals[1, :3]).all()
    assert np.allclose(signals[1, 3:], raw[1, :-3])
    assert np.isnan(signals[2, -2:]).all()
    assert np.allclose(signals[2, :-2], raw[2, 2:])
    assert np.allclose(signals[3], raw[3])


def test_missing_sensitivity_and_unit_are_said(tmp_path: Path) -> None:
    channels = [channel("2:1", sensitivity=None), channel("2:2", unit=None), channel("2:3")]
    path = write_dicom(tmp_path / "ecg.dcm", [group(counts(3), channels)])
    reading = read_dicom(path)
    assert [(warning.code, warning.leads) for warning in reading.warnings] == [
        ("uncalibrated", ("I",)),
        ("unit_assumed", ("II",)),
    ]
    assert np.allclose(reading.record.signals_mv[0], counts(3)[0])
    scaled = read_dicom(path, gain=0.01)
    assert np.allclose(scaled.record.signals_mv[0], counts(3)[0] * 0.01)
    assert np.allclose(scaled.record.signals_mv[2], counts(3)[2] * 0.005)
    assert "0.01" in scaled.warnings[0].message
    known = write_dicom(tmp_path / "known.dcm", [group(counts(), twelve())])
    assert "sensitivity" in refused(known, gain=0.5).what


def test_channels_that_are_no_voltage_are_left_out_and_named(tmp_path: Path) -> None:
    channels = [channel("2:1"), channel("", meaning="Arterial pressure", unit="mm[Hg]")]
    path = write_dicom(
        tmp_path / "ecg.dcm", [group(counts(2), channels)], sop_class=GeneralECGWaveformStorage
    )
    reading = read_dicom(path)
    assert reading.record.leads == ("I",)
    assert reading.comments == ("left out, not in volts: Arterial pressure (mm[Hg])",)
    none = write_dicom(tmp_path / "none.dcm", [group(counts(1), channels[1:])])
    assert "no voltage" in refused(none).what


def test_what_a_device_wrote_is_kept_and_the_name_is_not(tmp_path: Path) -> None:
    note = Dataset()
    note.UnformattedTextValue = "Sinus rhythm"
    path = write_dicom(tmp_path / "ecg.dcm", [group(counts(), twelve())], WaveformAnnotationSequence=[note])
    reading = read_dicom(path)
    assert reading.comments == ("Sinus rhythm",)
    assert "Doe" not in repr(reading)


@pytest.mark.parametrize(
    ("age", "years"), [("018M", 1.5), ("002W", 14 / 365.25), ("010D", 10 / 365.25), ("", None)]
)
def test_age(tmp_path: Path, age: str, years: float | None) -> None:
    path = write_dicom(tmp_path / "ecg.dcm", [group(counts(), twelve())], PatientAge=age, PatientSex="O")
    reading = read_dicom(path)
    assert reading.age_years == pytest.approx(years)
    assert reading.sex is None


def broken(made: Dataset, **others: object) -> Dataset:
    for name, value in others.items():
        if value is None:
            delattr(made, name)
        else:
            setattr(made, name, value)
    return made


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"NumberOfWaveformSamples": 10**9}, "14400 bytes, where 1000000000 samples of 12 channels"),
        ({"NumberOfWaveformSamples": 0}, "0 samples"),
        ({"NumberOfWaveformChannels": 8}, "12 channels are defined, 8 are stored"),
        ({"NumberOfWaveformChannels": None}, "damaged"),
        ({"ChannelDefinitionSequence": None}, "damaged"),
        ({"WaveformData": None}, "damaged"),
        ({"SamplingFrequency": 0}, "0 Hz"),
        ({"SamplingFrequency": None}, "0 Hz"),
        ({"WaveformSampleInterpretation": "MB", "WaveformBitsAllocated": 8}, "kind MB"),
    ],
)
def test_groups_that_contradict_themselves(tmp_path: Path, change: dict[str, object], words: str) -> None:
    path = write_dicom(tmp_path / "ecg.dcm", [broken(group(counts(), twelve()), **change)])
    assert words in refused(path).what


def test_other_objects_are_named(tmp_path: Path) -> None:
    assert (
        "CT Image Storage" in refused(write_dicom(tmp_path / "ct.dcm", None, sop_class=CTImageStorage)).what
    )


def test_deflated_file(tmp_path: Path) -> None:
    groups = [group(counts(), twelve())]
    path = write_dicom(tmp_path / "ecg.dcm", groups, transfer_syntax=DeflatedExplicitVRLittleEndian)
    assert "deflated" in refused(path).what


def test_big_endian_file(tmp_path: Path) -> None:
    big = group(counts(), twelve(), kind=("SS", 16, ">i2"))
    path = write_dicom(tmp_path / "ecg.dcm", [big], transfer_syntax=ExplicitVRBigEndian)
    assert np.allclose(read_dicom(path).record.signals_mv, counts() * 0.005)


@pytest.mark.parametrize("keep", [140, 400, 1000, 4000, -50])
def test_truncated_file(tmp_path: Path, keep: int) -> None:
    path = write_dicom(tmp_path / "ecg.dcm", [group(counts(), twelve())])
    path.write_bytes(path.read_bytes()[:keep])
    refused(path)


def test_flipped_bytes_never_end_in_another_error(tmp_path: Path) -> None:
    content = write_dicom(tmp_path / "ecg.dcm", [group(counts(12, 20), twelve())]).read_bytes()
    path = tmp_path / "flipped.dcm"
    rng = np.random.default_rng(5)
    for _ in range(150):
        damaged = bytearray(content)
        for place in rng.integers(128, len(content), 4):
            damaged[place] = rng.integers(256)
        path.write_bytes(damaged)
        try:
            read_dicom(path)
        except DataError:
            continue


def test_importing_the_readers_imports_no_optional_package() -> None:
    code = (
        "import sys, bedside.ecg.readers, bedside.ecg.summary\n"
        "print([name for name in ('wfdb', 'h5py', 'pydicom', 'numba', 'PIL') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def spread(**options: object) -> list[Dataset]:
    """Spread twelve leads over four groups, in an order of their own."""
    defined = twelve()
    return [
        group(counts()[first : first + 3], defined[first : first + 3], **options) for first in (6, 0, 9, 3)
    ]


def test_leads_spread_over_several_groups_come_together(tmp_path: Path) -> None:
    beat = group(counts(12), twelve(), label="MEDIAN BEAT", originality="DERIVED")
    reading = read_dicom(write_dicom(tmp_path / "ecg.dcm", [*spread(), beat]))
    together = dict(zip(reading.record.leads, reading.record.signals_mv, strict=True))
    assert together.keys() == set(LEADS)
    for lead, values in zip(LEADS, counts(), strict=True):
        assert np.allclose(together[lead], values * 0.005, atol=1e-12)
    assert reading.comments == ("read: multiplex group 1, 2, 3, 4 of 5 (RHYTHM, 12 channels, 1.2 s)",)


@pytest.mark.parametrize(
    "options", [{"rate": 250.0}, {"MultiplexGroupTimeOffset": 2500.0}, {"originality": "DERIVED"}]
)
def test_groups_that_were_not_recorded_together_stay_apart(
    tmp_path: Path, options: dict[str, object]
) -> None:
    first, *_ = spread()
    _, second, *_ = spread(**options)
    record = read_dicom(write_dicom(tmp_path / "ecg.dcm", [first, second])).record
    assert record.leads in (("V1", "V2", "V3"), ("I", "II", "III"))
    shorter = group(counts()[:3, :599], twelve()[:3])
    reading = read_dicom(write_dicom(tmp_path / "ecg.dcm", [first, shorter]))
    assert reading.record.leads == ("V1", "V2", "V3")
    assert reading.comments[-1] == "left out: multiplex group 2 (RHYTHM, 1.198 s)"


def test_a_lead_that_is_there_already_is_not_taken_from_another_group(tmp_path: Path) -> None:
    strip = group(counts(1), twelve()[1:2])
    record = read_dicom(write_dicom(tmp_path / "ecg.dcm", [strip, group(counts(), twelve())])).record
    assert record.leads == LEADS
    assert np.allclose(record.signals_mv[1], counts()[1] * 0.005)


def test_no_beat_is_joined_with_another(tmp_path: Path) -> None:
    beats = spread(originality="DERIVED", label="MEDIAN BEAT")
    assert len(read_dicom(write_dicom(tmp_path / "ecg.dcm", beats)).record.leads) == 3
