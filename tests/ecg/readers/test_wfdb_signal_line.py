from __future__ import annotations

import contextlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bedside.ecg.readers.wfdb_signal_line import parse_signal, refuse_outside
from bedside.errors import DataError

HEADER = Path("rec.hea")


def parsed(line):
    return parse_signal(line, HEADER, 2)


def test_every_field():
    signal = parsed("rec.mat 16x4:7+24 34043.467(-167477)/mV 16 3 -19 24947 0 ECG lead I")
    assert (signal.file, signal.format, signal.samples_per_frame) == ("rec.mat", 16, 4)
    assert (signal.skew, signal.byte_offset) == (7, 24)
    assert (signal.gain, signal.baseline, signal.unit, signal.millivolts) == (34043.467, -167477, "mV", 1.0)
    assert (signal.initial, signal.checksum, signal.name) == (-19, 24947, "ECG lead I")
    assert signal.is_voltage
    assert signal.unit_known


def test_only_file_and_format():
    signal = parsed("rec.dat 212")
    assert (signal.samples_per_frame, signal.skew, signal.byte_offset) == (1, 0, 0)
    assert (signal.gain, signal.baseline, signal.unit, signal.millivolts) == (None, 0, "", 1.0)
    assert (signal.initial, signal.checksum, signal.name) == (0, None, "")
    assert signal.is_voltage
    assert not signal.unit_known


def test_baseline_and_initial_value_are_the_adc_zero_where_they_are_missing():
    assert parsed("d 16 200 11 1024").baseline == 1024
    assert parsed("d 16 200 11 1024").initial == 1024
    assert parsed("d 16 200(7) 11 1024 995 5 0 I").baseline == 7
    assert parsed("d 16 200 11 1024 995 5 0 I").baseline == 1024


@pytest.mark.parametrize(
    ("field", "gain", "baseline", "unit"),
    [
        ("200", 200.0, 0, ""),
        ("1e3/uV", 1000.0, 0, "uV"),
        ("2.5(-3.0)/V", 2.5, -3, "V"),
        (".5(12)", 0.5, 12, ""),
        ("0/mV", None, 0, "mV"),
        ("0.0(5)/mv", None, 5, "mv"),
        ("(9)/mV", None, 9, "mV"),
        ("/mV", None, 0, "mV"),
        ("-1000/mV", -1000.0, 0, "mV"),
        ("1000.0(0)/", 1000.0, 0, ""),
    ],
)
def test_gain_baseline_unit(field, gain, baseline, unit):
    signal = parsed(f"rec.dat 16 {field} 16 0 1 2 0 I")
    assert (signal.gain, signal.baseline, signal.unit, signal.name) == (gain, baseline, unit, "I")


@pytest.mark.parametrize(
    ("unit", "millivolts"),
    [
        ("mV", 1.0),
        ("mv", 1.0),
        ("uV", 1e-3),
        ("UV", 1e-3),
        ("µV", 1e-3),
        ("μV", 1e-3),
        ("V", 1e3),
        ("nV", 1e-6),
        ("?", 1),
    ]
    + [(unit, None) for unit in ("mmHg", "NU", "bpm", "%", "pm", "Ohm", "degC")],
)
def test_units(unit, millivolts):
    signal = parsed(f"rec.dat 16 10/{unit} 16 0 1 2 0 x")
    assert signal.millivolts == (None if millivolts is None else pytest.approx(millivolts))
    assert signal.is_voltage == (millivolts is not None)
    assert signal.unit_known == (unit != "?")


def test_a_signal_without_file_is_not_recorded():
    assert not parsed("~ 0 200/mV 12 0 0 0 0 II").is_voltage


def test_a_checksum_is_kept_as_it_is_written():
    assert parsed("d 16 200 16 0 0 64758 0 I").checksum == 64758
    assert parsed("d 16 200 16 0 0 -778 0 I").checksum == -778


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("d 16 I", "I"),
        ("d 16 1000/mV V1", "V1"),
        ("d 16 1000/mV 16 0 ECG lead", "ECG lead"),
        ("d 16 1 2 3 4 5 6 7", "7"),
    ],
)
def test_a_short_line_may_go_on_with_the_name(line, name):
    assert parsed(line).name == name


@pytest.mark.parametrize(
    ("line", "named"),
    [
        ("rec.dat", "signal format is absent"),
        ("rec.dat sixteen 1000 16 0 1 2 0 I", "signal format is 'sixteen'"),
        ("rec.dat 16x 1000 16 0 1 2 0 I", "signal format is '16x'"),
        ("rec.dat 16 10O0(0)/mV 16 0 1 2 0 I", "gain is '10O0"),
        ("rec.dat 16 1e999/mV 16 0 1 2 0 I", "gain is '1e999'"),
        ("rec.dat 16 1e-320/mV 16 0 1 2 0 I", "gain is '1e-320'"),
        ("rec.dat 16 1000/mV l6 0 1 2 0 I", "ADC resolution is 'l6'"),
        ("rec.dat 16 1000/mV 16 0 1 2x 0 I", "checksum is '2x'"),
        (f"rec.dat 16 1000/mV 16 0 1 {'9' * 30} 0 I", "checksum is"),
    ],
)
def test_a_damaged_field_is_named(line, named):
    with pytest.raises(DataError, match=r"rec\.hea:2: ") as caught:
        parsed(line)
    assert named in str(caught.value)
    assert caught.value.fix


@pytest.mark.parametrize(
    "name", ["/etc/passwd", "../rec.dat", "a/../../rec.dat", "C:rec.dat", "..\\rec.dat", "http://x/y"]
)
def test_files_elsewhere_are_refused(name):
    with pytest.raises(DataError, match="folder"):
        parsed(f"{name} 16 1000/mV 16 0 1 2 0 I")
    with pytest.raises(DataError, match="folder"):
        refuse_outside(HEADER, name, None)


@pytest.mark.parametrize("name", ["rec.dat", "3234460n.dat", "a-b_c+d.xyz", "~", "sub/rec.dat", "a..b"])
def test_files_in_the_folder_are_not(name):
    refuse_outside(HEADER, name, None)


@given(st.text(st.characters(blacklist_characters="\n\r"), max_size=80), st.integers(0, 9))
def test_any_line_is_a_signal_or_a_data_error(noise, at):
    fields = ["rec.dat", "16x1+24", "1000.0(0)/mV", "16", "0", "-19", "24947", "0", "I"]
    fields.insert(at, noise)
    line = " ".join(fields).strip()
    with contextlib.suppress(DataError):
        parsed(line)


@pytest.mark.parametrize("junk", ["1" * 200_000 + "x", " " * 200_000 + "x", "(" * 200_000, "1 " * 100_000])
def test_long_lines_take_no_time(junk):
    signal = parsed("d 16 1000/mV 1 2 3 4 5 " + junk.strip())
    assert signal.checksum == 4
    with contextlib.suppress(DataError):
        parsed("d 16 " + junk)
