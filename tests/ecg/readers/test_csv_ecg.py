"""Tables of samples: every dialect gives the same ECG, and what is not stated is never guessed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bedside.ecg.readers.csv_ecg import read_csv
from bedside.ecg.reading import EcgReading
from bedside.errors import DataError
from bedside.records import LEADS

RATE = 500.0


def signals(samples: int = 300, leads: int = 12) -> np.ndarray:
    """Millivolts with whole microvolts, shape (leads, samples)."""
    return np.random.default_rng([4, leads]).integers(-1500, 1500, (leads, samples)) / 1000.0


def table(
    values: np.ndarray,
    *,
    header: str | None = ",".join(LEADS),
    sep: str = ",",
    cell: str = "{:.3f}",
    first: list[str] | None = None,
    end: str = "\n",
) -> str:
    rows = [sep.join(cell.format(value) for value in row) for row in values.T]
    if first is not None:
        rows = [f"{begin}{sep}{row}" for begin, row in zip(first, rows, strict=True)]
    return end.join(([header] if header is not None else []) + rows) + end


def write(folder: Path, text: str | bytes, name: str = "ecg.csv") -> Path:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def codes(reading: EcgReading) -> list[str]:
    return [warning.code for warning in reading.warnings]


def refused(path: Path, **options: object) -> DataError:
    with pytest.raises(DataError) as caught:
        read_csv(path, **options)
    assert str(path) in str(caught.value)
    assert caught.value.fix
    return caught.value


def times(samples: int, cell: str = "{:.3f}", step: float = 0.002) -> list[str]:
    return [cell.format(step * number) for number in range(samples)]


def test_plain_table_is_read_to_the_last_digit(tmp_path: Path) -> None:
    reading = read_csv(write(tmp_path, table(signals())), sampling_rate_hz=RATE)
    assert reading.record.leads == LEADS
    assert reading.record.record_name == "ecg"
    assert reading.record.sampling_rate_hz == RATE
    assert reading.format == "csv"
    assert np.array_equal(reading.record.signals_mv, signals())
    assert reading.record.signals_mv.flags.c_contiguous
    assert codes(reading) == ["unit_assumed"]
    assert reading.warnings[0].leads == LEADS


@pytest.mark.parametrize("sep", [",", ";", "\t", " ", ", ", " ; ", "   "])
def test_separators(tmp_path: Path, sep: str) -> None:
    text = table(signals(), header=sep.join(LEADS), sep=sep)
    assert np.array_equal(read_csv(write(tmp_path, text), sampling_rate_hz=RATE).record.signals_mv, signals())


@pytest.mark.parametrize("sep", [";", "\t", " "])
def test_decimal_comma(tmp_path: Path, sep: str) -> None:
    text = table(signals(), header=sep.join(LEADS), sep=sep).replace(".", ",")
    assert np.array_equal(read_csv(write(tmp_path, text), sampling_rate_hz=RATE).record.signals_mv, signals())


def test_quoted_numbers_with_decimal_commas_between_commas(tmp_path: Path) -> None:
    text = table(signals(), cell='"{:.3f}"').replace(".", ",")
    assert np.array_equal(read_csv(write(tmp_path, text), sampling_rate_hz=RATE).record.signals_mv, signals())


@pytest.mark.parametrize(
    "encode",
    [
        lambda text: text.encode(),
        lambda text: b"\xef\xbb\xbf" + text.encode(),
        lambda text: text.encode("cp1252"),
        lambda text: text.encode("utf-16"),
        lambda text: text.replace("\n", "\r\n").encode(),
        lambda text: text.replace("\n", "\r").encode(),
        lambda text: ("sep=,\n" + text).encode(),
        lambda text: ("# Studie Größe\n% x, y\n\n// z\n" + text).encode(),
        lambda text: (text + "\n\n  \n").encode(),
        lambda text: text.replace(",", " , ").encode(),
        lambda text: text.replace("\n", ",\n").encode(),
        lambda text: text.replace("µV)\n", "µV)\n\n").encode(),
    ],
)
def test_encodings_line_ends_and_comments(tmp_path: Path, encode: object) -> None:
    text = table(signals() * 1000, header=",".join(f"{lead} (µV)" for lead in LEADS), cell="{:.0f}")
    reading = read_csv(write(tmp_path, encode(text)), sampling_rate_hz=RATE)
    assert np.allclose(reading.record.signals_mv, signals(), atol=1e-12)
    assert reading.record.leads == LEADS
    assert codes(reading) == []


def test_comments_above_the_table_are_kept(tmp_path: Path) -> None:
    reading = read_csv(
        write(tmp_path, "# device: A\n#\n# filter off\n" + table(signals())), sampling_rate_hz=1
    )
    assert reading.comments == ("device: A", "filter off")


def test_heading_that_numpy_writes_as_a_comment(tmp_path: Path) -> None:
    path = tmp_path / "ecg.txt"
    np.savetxt(path, signals().T, delimiter=",", header=",".join(LEADS), fmt="%.3f")
    assert np.array_equal(read_csv(path, sampling_rate_hz=RATE).record.signals_mv, signals())
    np.savetxt(path, signals().T, header="leads: I, II and so on", fmt="%.18e")
    assert np.array_equal(read_csv(path, sampling_rate_hz=RATE, leads=LEADS).record.signals_mv, signals())


@pytest.mark.parametrize(
    "form", ["{} (uV)", "{} [uV]", "{}_uV", "{}/uV", "{}(µV)", "{} uV", "{} [microvolts]", "{}_μV"]
)
def test_unit_in_the_heading(tmp_path: Path, form: str) -> None:
    header = ",".join(form.format(lead) for lead in LEADS)
    reading = read_csv(write(tmp_path, table(signals() * 1000, header=header)), sampling_rate_hz=RATE)
    assert reading.record.leads == LEADS
    assert np.allclose(reading.record.signals_mv, signals(), atol=1e-12)
    assert codes(reading) == []


def test_row_of_units(tmp_path: Path) -> None:
    header = "time," + ",".join(LEADS) + "\nms," + ",".join(["uV"] * 6 + ["mV"] * 6)
    values = signals()
    values[:6] *= 1000
    text = table(values, header=header, first=times(300, "{:.0f}", 2))
    reading = read_csv(write(tmp_path, text))
    assert np.allclose(reading.record.signals_mv, signals(), atol=1e-12)
    assert reading.record.sampling_rate_hz == RATE
    assert codes(reading) == []


def test_only_leads_without_unit_are_named_in_the_warning(tmp_path: Path) -> None:
    text = table(signals(leads=3), header="I (mV),II,V1 [mV]")
    (warning,) = read_csv(write(tmp_path, text), sampling_rate_hz=RATE).warnings
    assert warning.code == "unit_assumed"
    assert warning.leads == ("II",)


@pytest.mark.parametrize(("unit", "factor"), [("uV", 1e-3), ("µV", 1e-3), ("V", 1e3), ("mv", 1.0)])
def test_unit_given(tmp_path: Path, unit: str, factor: float) -> None:
    reading = read_csv(write(tmp_path, table(signals())), sampling_rate_hz=RATE, unit=unit)
    assert np.allclose(reading.record.signals_mv, signals() * factor)
    assert codes(reading) == []


def test_gain_given(tmp_path: Path) -> None:
    path = write(tmp_path, table(signals() * 1000, cell="{:.0f}"))
    reading = read_csv(path, sampling_rate_hz=RATE, gain=0.005)
    assert np.allclose(reading.record.signals_mv, signals() * 5)
    assert codes(reading) == ["uncalibrated"]
    assert "0.005" in reading.warnings[0].message
    stated = write(tmp_path, table(signals(leads=2), header="I (mV),II (mV)"), "stated.csv")
    assert "state units" in refused(stated, sampling_rate_hz=RATE, gain=0.5).what


def test_counts_are_no_voltage(tmp_path: Path) -> None:
    path = write(tmp_path, table(signals(leads=2), header="I (adu),II (adu)"))
    assert "'adu'" in refused(path, sampling_rate_hz=RATE).what
    assert read_csv(path, sampling_rate_hz=RATE, gain=0.1).record.leads == ("I", "II")


def test_columns_in_other_units_are_left_out_and_named(tmp_path: Path) -> None:
    text = table(signals(leads=3), header="I (mV),HR (bpm),II (mV)")
    reading = read_csv(write(tmp_path, text), sampling_rate_hz=RATE)
    assert reading.record.leads == ("I", "II")
    assert np.array_equal(reading.record.signals_mv, signals(leads=3)[[0, 2]])
    assert reading.comments == ("left out, not in volts: HR (bpm)",)
    assert read_csv(tmp_path / "ecg.csv", sampling_rate_hz=RATE, unit="uV").record.leads == ("I", "II")


@pytest.mark.parametrize(
    "header",
    [
        "i,ii,iii,avr,avl,avf,v1,v2,v3,v4,v5,v6",
        "DI,DII,DIII,AVR,AVL,AVF,C1,C2,C3,C4,C5,C6",
        "Lead I,Lead II,Lead III,aVR,aVL,aVF,lead_v1,V2,V3,V4,V5,V6",
        '"I","II","III","aVR","aVL","aVF","V1","V2","V3","V4","V5","V6"',
    ],
)
def test_spellings_of_leads(tmp_path: Path, header: str) -> None:
    reading = read_csv(write(tmp_path, table(signals(), header=header)), sampling_rate_hz=RATE)
    assert reading.record.leads == LEADS


def test_inverted_lead_is_turned(tmp_path: Path) -> None:
    reading = read_csv(write(tmp_path, table(signals(leads=2), header="-aVR,I")), sampling_rate_hz=RATE)
    assert reading.record.leads == ("aVR", "I")
    assert np.array_equal(reading.record.signals_mv[0], -signals(leads=2)[0])


@pytest.mark.parametrize(
    ("heading", "cell", "step"),
    [
        ("time", "{:.3f}", 0.002),
        ("t", "{:.4f}", 0.002),
        ("time_s", "{:.3f}", 0.002),
        ("time (ms)", "{:.0f}", 2),
        ("Time [s]", "{:.3f}", 0.002),
        ("t/ms", "{:.1f}", 2),
        ("sec", "{:.3f}", 0.002),
        ("Zeit (ms)", "{:.0f}", 2),
        ("elapsed time", "0:{:06.3f}", 0.002),
        ("time", "00:01:{:06.3f}", 0.002),
        ("timestamp_us", "{:.0f}", 2000),
        ("datetime", "2024-05-17 23:59:{:06.3f}", 0.002),
        ("recorded", "2024-05-17T10:00:{:06.3f}Z", 0.002),
        ("", "{:.3f}", 0.002),
    ],
)
def test_time_column_gives_the_sampling_rate(tmp_path: Path, heading: str, cell: str, step: float) -> None:
    header = f"{heading},{','.join(LEADS)}"
    text = table(signals(), header=header, first=times(300, cell, step))
    reading = read_csv(write(tmp_path, text))
    assert reading.record.sampling_rate_hz == RATE
    assert np.array_equal(reading.record.signals_mv, signals())
    assert codes(reading) == ["unit_assumed"]


def test_milliseconds_without_a_unit_are_assumed_and_said(tmp_path: Path) -> None:
    text = table(signals(), header="time," + ",".join(LEADS), first=times(300, "{:.0f}", 4))
    reading = read_csv(write(tmp_path, text), unit="mV")
    assert reading.record.sampling_rate_hz == 250.0
    assert codes(reading) == ["unit_assumed"]
    assert "ms" in reading.warnings[0].message


@pytest.mark.parametrize(("rate", "digits"), [(360, 3), (257, 4), (1000, 3), (128, 3), (500, 6), (333, 3)])
def test_times_rounded_by_their_writer_are_regular(tmp_path: Path, rate: int, digits: int) -> None:
    first = [f"{number / rate:.{digits}f}" for number in range(3000)]
    text = table(signals(3000, 2), header="time,I,II", first=first)
    assert read_csv(write(tmp_path, text)).record.sampling_rate_hz == rate


def test_steps_of_one_are_sample_numbers_or_milliseconds(tmp_path: Path) -> None:
    path = write(tmp_path, table(signals(leads=2), header="time,I,II", first=times(300, "{:.0f}", 1)))
    assert "--sampling-rate" in refused(path).fix
    assert read_csv(path, sampling_rate_hz=RATE).record.sampling_rate_hz == RATE


@pytest.mark.parametrize("heading", ["", "index", "sample", "Sample #", "Unnamed: 0"])
@pytest.mark.parametrize("begin", [0, 1])
def test_sample_numbers_are_no_lead(tmp_path: Path, heading: str, begin: int) -> None:
    first = [str(begin + number) for number in range(300)]
    path = write(tmp_path, table(signals(), header=f"{heading},{','.join(LEADS)}", first=first))
    reading = read_csv(path, sampling_rate_hz=RATE)
    assert np.array_equal(reading.record.signals_mv, signals())
    assert "--sampling-rate" in refused(path).fix


def test_table_written_by_pandas(tmp_path: Path) -> None:
    pd = pytest.importorskip("pandas")
    path = tmp_path / "ecg.csv"
    pd.DataFrame(signals().T, columns=list(LEADS)).to_csv(path)
    assert np.array_equal(read_csv(path, sampling_rate_hz=RATE).record.signals_mv, signals())
    pd.DataFrame(signals().T).to_csv(path)
    assert "'0'" in refused(path, sampling_rate_hz=RATE).what
    assert np.array_equal(read_csv(path, sampling_rate_hz=RATE, leads=LEADS).record.signals_mv, signals())


def test_missing_cells_are_nan(tmp_path: Path) -> None:
    text = "I,II,V1\n0.1,,1\nNaN,nan,2\n-,NA,3\n0.2, ,4\n"
    record = read_csv(write(tmp_path, text), sampling_rate_hz=RATE).record
    expected = [[0.1, np.nan, np.nan, 0.2], [np.nan] * 4, [1, 2, 3, 4]]
    assert np.array_equal(record.signals_mv, expected, equal_nan=True)


def test_without_heading_the_leads_have_to_be_given(tmp_path: Path) -> None:
    path = write(tmp_path, table(signals(), header=None))
    error = refused(path, sampling_rate_hz=RATE)
    assert "12 columns" in error.what
    assert "--leads I,II,III" in error.fix
    reading = read_csv(path, sampling_rate_hz=RATE, leads=LEADS)
    assert np.array_equal(reading.record.signals_mv, signals())
    assert "11 leads were given for 12 columns" in refused(path, sampling_rate_hz=RATE, leads=LEADS[:11]).what
    assert "3 leads were given for 12 columns" in refused(path, sampling_rate_hz=RATE, leads=LEADS[:3]).what


def test_without_heading_a_column_more_than_leads_is_time(tmp_path: Path) -> None:
    path = write(tmp_path, table(signals(), header=None, first=times(300)))
    reading = read_csv(path, leads=LEADS)
    assert reading.record.sampling_rate_hz == RATE
    assert np.array_equal(reading.record.signals_mv, signals())


def test_leads_given_must_not_contradict_the_heading(tmp_path: Path) -> None:
    path = write(tmp_path, table(signals(leads=2), header="I,II"))
    assert read_csv(path, sampling_rate_hz=RATE, leads=["DI", "DII"]).record.leads == ("I", "II")
    assert "'V1'" in refused(path, sampling_rate_hz=RATE, leads=["V1", "II"]).what
    other = write(tmp_path, table(signals(leads=2), header="ch1,ch2"), "other.csv")
    assert "'ch1'" in refused(other, sampling_rate_hz=RATE).what
    assert read_csv(other, sampling_rate_hz=RATE, leads=["I", "V1"]).record.leads == ("I", "V1")


def test_sampling_rate_must_be_known_and_agree(tmp_path: Path) -> None:
    assert "--sampling-rate" in refused(write(tmp_path, table(signals()))).fix
    path = write(tmp_path, table(signals(leads=2), header="time,I,II", first=times(300)), "timed.csv")
    assert read_csv(path, sampling_rate_hz=500).record.sampling_rate_hz == 500
    error = refused(path, sampling_rate_hz=400)
    assert "500" in error.what
    assert "400" in error.what


@pytest.mark.parametrize(
    ("row", "value", "words"),
    [
        (100, "0.2013", "a step of 0.0033"),
        (100, "0.198", "again"),
        (100, "0.100", "after"),
        (100, "", "no time"),
    ],
)
def test_irregular_times_are_refused_with_line(tmp_path: Path, row: int, value: str, words: str) -> None:
    first = times(300)
    first[row] = value
    error = refused(write(tmp_path, table(signals(leads=2), header="time,I,II", first=first)))
    assert error.line == row + 2
    assert words in error.what


def test_a_missing_row_is_refused(tmp_path: Path) -> None:
    lines = table(signals(leads=2), header="time,I,II", first=times(300)).splitlines()
    del lines[150]
    assert refused(write(tmp_path, "\n".join(lines))).line == 151


def test_a_drifting_clock_is_refused(tmp_path: Path) -> None:
    seconds = np.cumsum(np.linspace(0.0020, 0.0023, 300))
    text = table(signals(leads=2), header="time,I,II", first=[f"{second:.6f}" for second in seconds])
    refused(write(tmp_path, text))


@pytest.mark.parametrize(
    ("line", "row", "words"),
    [
        (5, "0.1,0.2", "2 cells where rows have 3"),
        (5, "0.1,0.2,0.3,0.4", "4 cells where rows have 3"),
        (5, "", "an empty line"),
        (5, "0.1,lead off,0.3", "column 2 (II): 'lead off'"),
        (5, "0.1,1.2.3,0.3", "'1.2.3'"),
        (5, "0.1,inf,0.3", "'inf'"),
        (5, "0.1,1e999,0.3", "'1e999'"),
        (5, "0.1,1_0,0.3", "'1_0'"),
        (5, "0.1,#DIV/0!,0.3", "'#DIV/0!'"),
        (5, "0.1,0 2,0.3", "'0 2'"),
        (5, "0.1,0:02,0.3", "'0:02'"),
    ],
)
def test_bad_rows_are_refused_with_line_and_column(tmp_path: Path, line: int, row: str, words: str) -> None:
    lines = ["I,II,V1", *["0.1,0.2,0.3"] * 9]
    lines[line - 1] = row
    error = refused(write(tmp_path, "\n".join(lines)), sampling_rate_hz=RATE)
    assert error.line == line
    assert words in error.what


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (b"", "empty"),
        (b"\n \n", "empty"),
        (b"# nothing\n", "no row of samples"),
        (b"I,II\n", "no row of samples"),
        (b"I,II\nmV,mV\n", "no row of samples"),
        (b"I,II\n1,\x00\n", "NUL"),
        (b"I,II\n1,\x81\n", "neither UTF-8 nor cp1252"),
        (b"I," * 600_000 + b"\n", "a line of 1200000 bytes"),
        (b"1" * 1_200_000, "a line of 1200000 bytes"),
        (b"I,II,V1\n0,1\n", "2 cells under a heading of 3"),
        (b"HR,SpO2\n70,98\n", "no column is headed as an ECG lead; found 'HR', 'SpO2'"),
    ],
)
def test_what_is_no_table_of_samples(tmp_path: Path, text: bytes, words: str) -> None:
    assert words in refused(write(tmp_path, text), sampling_rate_hz=RATE).what


@pytest.mark.parametrize("named", [True, False])
def test_leads_in_rows_are_refused(tmp_path: Path, named: bool) -> None:
    rows = [",".join(([lead] if named else []) + ["0.123"] * 500) for lead in LEADS]
    error = refused(write(tmp_path, "\n".join(rows)), sampling_rate_hz=RATE, leads=None if named else LEADS)
    assert "leads seem to stand in rows" in error.what
    assert error.line == 1


def test_a_file_beyond_the_limit_is_not_swallowed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bedside.ecg.readers.text_file._LARGEST_BYTES", 1000)
    assert "larger than" in refused(write(tmp_path, table(signals())), sampling_rate_hz=RATE).what


def test_subject(tmp_path: Path) -> None:
    path = write(tmp_path, table(signals()))
    assert read_csv(path, sampling_rate_hz=RATE).record.subject_id == "ecg"


def test_an_empty_cell_at_the_very_end_is_a_missing_sample(tmp_path: Path) -> None:
    for end in ("", "\n", "\r\n", "\n \n\n"):
        record = read_csv(write(tmp_path, f"I\tII\n1\t2\n3\t{end}"), sampling_rate_hz=RATE).record
        assert np.array_equal(record.signals_mv, [[1, 3], [2, np.nan]], equal_nan=True)


@pytest.mark.parametrize(("heading", "step"), [("time (s)", 1e-310), ("time (us)", 1e-320), ("t", 1e-310)])
def test_times_that_hardly_rise_are_refused(tmp_path: Path, heading: str, step: float) -> None:
    rows = "".join(f"{number * step},{number}\n" for number in range(20))
    assert "too little for an ECG" in refused(write(tmp_path, f"{heading},I\n{rows}")).what


def test_times_beyond_any_clock_are_refused(tmp_path: Path) -> None:
    rows = "".join(f"{(number - 5) * 1.7e307},{number}\n" for number in range(10))
    assert ":2: column 'time (s)': no time" in refused(write(tmp_path, f"time (s),I\n{rows}")).what


numbers = st.floats(-20, 20, allow_nan=False).map(lambda value: round(value, 4)) | st.just(float("nan"))


@settings(max_examples=60, deadline=None)
@given(
    rows=st.lists(st.lists(numbers, min_size=3, max_size=3), min_size=2, max_size=12),
    sep=st.sampled_from([",", ";", "\t", " "]),
    comma=st.booleans(),
    quoted=st.booleans(),
)
def test_any_table_reads_as_written(
    tmp_path_factory: pytest.TempPathFactory, rows: list[list[float]], sep: str, comma: bool, quoted: bool
) -> None:
    lines = [sep.join(("NaN" if value != value else repr(value)) for value in row) for row in rows]
    if comma and sep != ",":
        lines = [line.replace(".", ",") for line in lines]
    if quoted:
        lines = [sep.join(f'"{cell}"' for cell in line.split(sep)) for line in lines]
    path = write(tmp_path_factory.mktemp("table"), "\n".join([sep.join(["I", "II", "V1"]), *lines]) + "\n")
    record = read_csv(path, sampling_rate_hz=RATE).record
    assert np.array_equal(record.signals_mv, np.array(rows).T, equal_nan=True)


def test_signals_as_a_clinical_archive_prints_them(tmp_path: Path) -> None:
    text = (
        "'Elapsed time','MLII','V5'\n'seconds','mV','mV'\n"
        "'0:00.000',-0.145,-0.065\n'0:00.004',-0.15,-\n'0:00.008',-0.16,-0.07\n"
    )
    reading = read_csv(write(tmp_path, text))
    assert reading.record.leads == ("MLII", "V5")
    assert reading.record.sampling_rate_hz == 250.0
    expected = [[-0.145, -0.15, -0.16], [-0.065, np.nan, -0.07]]
    assert np.array_equal(reading.record.signals_mv, expected, equal_nan=True)
    assert codes(reading) == []


def test_a_bad_clock_is_refused_with_its_line(tmp_path: Path) -> None:
    lines = ["time,I,II", *(f"0:{0.002 * number:06.3f},1,2" for number in range(6))]
    lines[4] = "later,1,2"
    error = refused(write(tmp_path, "\n".join(lines)))
    assert error.line == 5
    assert "'later' is no time" in error.what


@pytest.mark.parametrize("name", ["SpO2", "PLETH", "RESP", "ABP", "HR", "heart_rate", "label", "annotation"])
def test_a_column_that_is_plainly_no_lead_is_left_out_and_named(tmp_path: Path, name: str) -> None:
    text = table(signals(leads=3), header=f"I,{name},II")
    reading = read_csv(write(tmp_path, text), sampling_rate_hz=RATE)
    assert reading.record.leads == ("I", "II")
    assert np.array_equal(reading.record.signals_mv, signals(leads=3)[[0, 2]])
    assert reading.comments == (f"left out, no ECG lead: {name}",)
    in_volts = table(signals(leads=3), header=f"I,{name} (mV),II")
    assert read_csv(write(tmp_path, in_volts), sampling_rate_hz=RATE).record.leads[1] == name


def test_a_column_of_annotations_may_hold_words(tmp_path: Path) -> None:
    text = "time,I,II,label\n0.000,0.1,0.2,N\n0.002,0.3,0.4,\n0.004,0.5,0.6,PVC beat\n"
    record = read_csv(write(tmp_path, text)).record
    assert (record.leads, record.sampling_rate_hz) == (("I", "II"), 500.0)
    assert record.signals_mv.tolist() == [[0.1, 0.3, 0.5], [0.2, 0.4, 0.6]]
    assert "column 2 (I)" in refused(write(tmp_path, text.replace("0.3", "x"))).what


def test_a_heading_with_a_comma_before_its_unit(tmp_path: Path) -> None:
    text = table(signals(leads=2), header='"I, uV","II, uV"')
    record = read_csv(write(tmp_path, text), sampling_rate_hz=RATE).record
    assert record.leads == ("I", "II")
    assert np.allclose(record.signals_mv, signals(leads=2) / 1000)


def test_a_gap_in_time_is_found_where_it_is(tmp_path: Path) -> None:
    seconds = np.arange(4000) * 0.002
    seconds[2000:] += 1.0
    text = table(signals(4000, 2), header="time_s,I,II", first=[f"{at:.3f}" for at in seconds])
    error = refused(write(tmp_path, text))
    assert error.line == 2002
    assert "a step of 1.002 after 3.998, where steps are 0.002" in error.what


def test_times_that_drift_are_refused_where_they_are_farthest_off(tmp_path: Path) -> None:
    steps = np.where(np.arange(2000) < 1200, 0.002, 0.0025)
    seconds = np.cumsum(steps)
    text = table(signals(2000, 2), header="time_s,I,II", first=[f"{at:.4f}" for at in seconds])
    error = refused(write(tmp_path, text))
    assert error.line == 1202 - 1
    assert "from where equal steps of" in error.what


def test_a_leading_column_that_is_no_time_is_named_in_one_sentence(tmp_path: Path) -> None:
    path = write(tmp_path, table(signals(leads=3), header=None))
    error = refused(path, sampling_rate_hz=RATE, leads=["I", "II"])
    assert (
        "2 leads were given for 3 columns, and the first column holds no times and no row num" in error.what
    )
