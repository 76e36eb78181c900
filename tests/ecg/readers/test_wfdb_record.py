"""Whole records: against the `wfdb` package on every real one at hand, and everything that can go wrong."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bedside.ecg.leads import standard_name
from bedside.ecg.readers.wfdb_record import read_wfdb
from bedside.errors import DataError
from bedside.records import LEADS
from made_wfdb import BITS, encode, made_samples, signal_lines, write_record


def assert_equal_to_wfdb(path: Path) -> None:
    """Compare what we read with what `wfdb` does, sample by sample, at each signal's own rate."""
    wfdb = pytest.importorskip("wfdb")
    ours = read_wfdb(path).record
    theirs = wfdb.rdrecord(str(path.with_suffix("")), smooth_frames=False)
    voltages = [
        (name, samples)
        for name, samples, unit in zip(theirs.sig_name, theirs.e_p_signal, theirs.units, strict=True)
        if unit.lower() in ("mv", "uv")
    ]
    assert len(voltages) == len(ours.leads)
    for lead, row, (name, samples) in zip(ours.leads, ours.signals_mv, voltages, strict=True):
        standard = standard_name(name)
        assert lead == (standard.name if standard else name.strip())
        step = row.size // samples.size
        np.testing.assert_array_equal(row[::step], samples)
    assert ours.sampling_rate_hz == theirs.fs * max(theirs.samps_per_frame)


def test_every_real_record_is_read_as_wfdb_reads_it(data_dir):
    headers = sorted((data_dir / "ecg").rglob("*.hea"))
    assert len(headers) >= 20
    numerics = [path for path in headers if path.parent.name == "s25047"]
    for path in headers:
        if path not in numerics:
            assert_equal_to_wfdb(path)
            assert not {"checksum", "uncalibrated"} & {warning.code for warning in read_wfdb(path).warnings}


def test_a_real_record_of_numbers_is_no_ecg(data_dir):
    (path,) = (data_dir / "ecg" / "mimic3wdb" / "s25047").glob("*.hea")
    with pytest.raises(DataError, match=r"no signal in volts; it has HR \(bpm\)") as caught:
        read_wfdb(path)
    assert caught.value.fix


def test_a_real_record_with_fast_and_slow_signals(data_dir):
    read = read_wfdb(data_dir / "ecg" / "mimic3wdb" / "041s" / "041s")
    assert read.record.leads == ("III", "I", "V", "PLETH", "RESP")
    assert read.record.sampling_rate_hz == 500.0
    assert read.record.signals_mv.shape == (5, 8000)
    assert read.comments[-1] == "left out, not in volts: ABP (mmHg), PAP (mmHg)"


@pytest.mark.parametrize(
    ("path", "age", "sex"),
    [
        ("mitbih/100", 69.0, "male"),
        ("ptb_15lead/s0010_re", 81.0, "female"),
        ("cinc2021_ptbxl/HR06001", 78.0, "female"),
        ("ptbxl/records100/00000/00001_lr", None, None),
    ],
)
def test_age_and_sex_of_real_records(data_dir, path, age, sex):
    read = read_wfdb(data_dir / "ecg" / path)
    assert (read.age_years, read.sex) == (age, sex)


@pytest.mark.parametrize("stored_as", ["16", "24", "32", "80", "212", "508", "516", "524"])
@pytest.mark.parametrize("samples", [300, 299])
def test_what_wfdb_writes_is_read_as_wfdb_reads_it(tmp_path, stored_as, samples):
    wfdb = pytest.importorskip("wfdb")
    bits = {"80": 7, "508": 7, "212": 11, "24": 23, "524": 23, "32": 31}.get(stored_as, 15)
    digital = np.random.default_rng([3]).integers(-(2**bits), 2**bits - 1, (samples, 3))
    digital[5:9, 1] = -(2**bits)
    wfdb.wrsamp(
        "rec",
        fs=360,
        units=["mV", "uV", "mV"],
        sig_name=["I", "II", "V1"],
        d_signal=digital,
        fmt=[stored_as] * 3,
        adc_gain=[200.0, 1.5, 1000.0],
        baseline=[0, -3, 40],
        write_dir=str(tmp_path),
    )
    read = read_wfdb(tmp_path / "rec")
    theirs = wfdb.rdrecord(str(tmp_path / "rec")).p_signal.T * [[1], [1e-3], [1]]
    assert np.isnan(theirs[1, 5:9]).all()
    np.testing.assert_allclose(read.record.signals_mv, theirs, rtol=1e-12, atol=0)
    assert not read.warnings


CROSS_CHECKED = [
    *((stored_as, ("", "", ""), frames) for stored_as in sorted(BITS) for frames in (100, 99, 98)),
    *((stored_as, ("x4", "", "x2"), 97) for stored_as in sorted(BITS)),
    # wfdb 4.3 cannot read signals of different skew, nor skew in format 8, which has no invalid value.
    *((stored_as, (":7", "", ":7"), 97) for stored_as in sorted(BITS) if stored_as != 8),
]


@pytest.mark.parametrize(("stored_as", "fields", "frames"), CROSS_CHECKED)
def test_every_format_is_read_as_wfdb_reads_it(tmp_path, stored_as, fields, frames):
    width = sum(int(field[1:]) if field.startswith("x") else 1 for field in fields)
    half = 2 ** (BITS[stored_as] - 1)
    values = np.random.default_rng([stored_as]).integers(-half, half, frames * width).tolist()
    (tmp_path / "rec.dat").write_bytes(encode(values, stored_as))
    lines = [f"rec.dat {stored_as}{field} 10(3)/mV 8 0 5 0 0 V1\n" for field in fields]
    (tmp_path / "rec.hea").write_text(f"rec 3 125 {frames}\n" + "".join(lines))
    assert_equal_to_wfdb(tmp_path / "rec.hea")


@settings(max_examples=30, deadline=None)
@given(
    st.integers(1, 15),
    st.integers(1, 60),
    st.floats(0.01, 1e5),
    st.integers(-(10**6), 10**6),
    st.sampled_from([100, 250, 257, 360, 500, 1000]),
)
def test_records_of_any_shape_gain_and_baseline(tmp_path_factory, leads, samples, gain, baseline, rate):
    digital = made_samples(leads, samples, seed=leads)
    names = (*LEADS, "vx", "vy", "vz")[:leads]
    path = write_record(
        tmp_path_factory.mktemp("r"), digital, rate=str(rate), leads=names, gain=f"{gain!r}({baseline})/mV"
    )
    read = read_wfdb(path)
    assert (read.record.leads, read.record.sampling_rate_hz, read.warnings) == (names, rate, ())
    np.testing.assert_allclose(read.record.signals_mv, (digital - baseline) / gain, rtol=1e-12)


def test_the_record_and_what_the_file_says(tmp_path):
    path = write_record(tmp_path, made_samples(), comments="# Age: 84\n# Sex: Female\n# Dx: 164889003\n")
    read = read_wfdb(path)
    assert (read.format, read.age_years, read.sex) == ("wfdb", 84.0, "female")
    assert read.comments == ("Age: 84", "Sex: Female", "Dx: 164889003")
    assert (read.record.record_name, read.record.subject_id) == ("rec", "rec")
    assert read.record.derived == frozenset()
    assert read.record.duration_s == 0.1


@pytest.mark.parametrize("given_as", ["rec", "rec.hea", "rec.dat", "rec.mat", "rec.xyz"])
def test_a_record_is_found_by_any_of_its_names(tmp_path, given_as):
    write_record(tmp_path, made_samples())
    assert read_wfdb(tmp_path / given_as).record.record_name == "rec"


def test_a_record_with_a_point_in_its_name(tmp_path):
    write_record(tmp_path, made_samples(), name="a.b")
    assert read_wfdb(tmp_path / "a.b").record.record_name == "a.b"
    assert read_wfdb(tmp_path / "a.b.dat").record.record_name == "a.b"


def test_a_matlab_file_with_its_24_bytes(tmp_path):
    digital = made_samples()
    path = write_record(tmp_path, digital, name="JS1", stored_as="16x1+24", gain="1000.0(0)/mv")
    path.write_text(path.read_text().replace(".dat", ".mat"))
    (tmp_path / "JS1.mat").write_bytes(bytes(24) + (tmp_path / "JS1.dat").read_bytes())
    read = read_wfdb(tmp_path / "JS1.mat")
    np.testing.assert_array_equal(read.record.signals_mv, digital / 1000)
    assert not read.warnings


def test_names_become_standard_and_stay_in_the_order_of_the_file(tmp_path):
    names = ("v6", "AVR", "lead i", "MLII")
    read = read_wfdb(write_record(tmp_path, made_samples(4), leads=names))
    assert read.record.leads == ("V6", "aVR", "I", "MLII")


def test_a_header_without_gain_or_unit_is_warned_of(tmp_path):
    read = read_wfdb(write_record(tmp_path, made_samples(2), gain="0"))
    assert [(warning.code, warning.leads) for warning in read.warnings] == [
        ("uncalibrated", ("I", "II")),
        ("unit_assumed", ("I", "II")),
    ]
    assert not any("I, II" in warning.message for warning in read.warnings)  # all signals: no list of them
    np.testing.assert_array_equal(read.record.signals_mv, made_samples(2) / 200)
    read = read_wfdb(write_record(tmp_path, made_samples(2), gain="100"))
    assert [warning.code for warning in read.warnings] == ["unit_assumed"]


def test_a_flipped_byte_is_warned_of(tmp_path):
    path = write_record(tmp_path, made_samples())
    content = bytearray((tmp_path / "rec.dat").read_bytes())
    content[2 * (12 * 7 + 1)] ^= 4
    (tmp_path / "rec.dat").write_bytes(content)
    (warning,) = read_wfdb(path).warnings
    assert (warning.code, warning.leads) == ("checksum", ("II",))
    assert "II" in warning.message


def test_length_zero_in_the_header_leaves_it_to_the_file(tmp_path):
    read = read_wfdb(write_record(tmp_path, made_samples(samples=33), frames="0"))
    assert read.record.signals_mv.shape == (12, 33)


def _damage(folder, path, kind):
    signals = folder / "rec.dat"
    text = path.read_text()
    if kind == "cut off":
        signals.write_bytes(signals.read_bytes()[:-3])
    elif kind == "no signal file":
        signals.unlink()
    elif kind == "signal file is a folder":
        signals.unlink()
        signals.mkdir()
    elif kind == "empty":
        signals.write_bytes(b"")
    elif kind == "no samples":
        signals.write_bytes(b"")
        path.write_text(text.replace(" 500 50\n", " 500 0\n"))
    elif kind == "header is a folder":
        path.unlink()
        path.mkdir()
    elif kind == "no header":
        path.unlink()
    else:
        old, new = kind
        assert old in text
        path.write_text(text.replace(old, new))


DAMAGE = [
    (
        "cut off",
        "header promises 50 frames of 12 samples in format 16 = 1200 bytes, the file holds 49 frames = 1197",
    ),
    ("no signal file", "no such signal file"),
    ("signal file is a folder", "not a file"),
    ("empty", "the file holds 0 frames = 0 bytes"),
    ("no samples", "holds no samples"),
    ("header is a folder", "not a file"),
    ("no header", "no such header"),
    ((" 500 50\n", " 500 1000000000000\n"), "1000000000000 frames"),
    ((" 500 50\n", " 0 50\n"), "sampling rate is '0'"),
    ((" 500 50\n", " -500 50\n"), "sampling rate is '-500'"),
    ((" 500 50\n", " five 50\n"), "sampling rate is 'five'"),
    (("rec 12", "rec 11"), "says 11 signals, 12 lines"),
    (("rec 12", "rec 13"), "says 13 signals, 12 lines"),
    (("rec.dat", "../rec.dat"), "does not leave that folder"),
    (("rec.dat", "/rec.dat"), "does not leave that folder"),
    (("rec.dat 16", "rec.dat 99"), "format 99"),
    (("/mV", "/NU"), "no signal in volts; it has I (NU), II (NU)"),
]


@pytest.mark.parametrize(("kind", "named"), DAMAGE)
def test_a_damaged_record_says_what_where_and_what_next(tmp_path, kind, named):
    path = write_record(tmp_path, made_samples())
    _damage(tmp_path, path, kind)
    with pytest.raises(DataError) as caught:
        read_wfdb(path)
    assert named in caught.value.reason
    assert caught.value.file in (path, tmp_path / "rec.dat")
    assert caught.value.fix


@pytest.mark.parametrize("path", ["", ".", "..", "/", "none", "none.dat", "a\0b", "x" * 5000])
def test_paths_that_lead_nowhere(path):
    with pytest.raises(DataError):
        read_wfdb(Path(path))


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 10**6), st.binary(min_size=1, max_size=6))
def test_a_header_damaged_anywhere_gives_a_record_or_a_data_error(tmp_path_factory, at, noise):
    folder = tmp_path_factory.mktemp("h")
    path = write_record(folder, made_samples(3, 10))
    content = bytearray(path.read_bytes())
    at %= len(content)
    content[at : at + len(noise)] = noise
    path.write_bytes(content)
    try:
        record = read_wfdb(path).record
    except DataError as error:
        assert error.fix, str(error)  # noqa: PT017 - both ends are right
    else:
        assert record.signals_mv.shape[0] == len(record.leads)
        assert record.sampling_rate_hz > 0


def test_signal_lines_are_those_of_the_published_sets():
    assert (
        signal_lines(np.array([[-119, 1627]]), file="x.dat") == "x.dat 16 1000.0(0)/mV 16 0 -119 1508 0 I\n"
    )
