import numpy as np
import pytest

from bedside.errors import DataError
from bedside.vitals.readers.monitor import read_monitor_csv, read_monitor_text
from bedside.vitals.readers.text import Source

HEADER = "Elapsed_Time_Sec,HR,PULSE,%SpO2,[63131]\n"


def source(tmp_path, text):
    return Source(tmp_path / "adult_1.csv", text, "utf-8", "0")


def test_known_columns_are_read_and_empty_rows_become_gaps(tmp_path):
    rows = "0,,,,5\n1,70,70,97,\n2,70,,97,\n3,,,,\n4,70,71,0,\n"
    numerics = read_monitor_csv(source(tmp_path, HEADER + rows))
    np.testing.assert_array_equal(numerics.ticks, [1, 2, 4])
    assert set(numerics.signals) == {"hr", "pulse", "spo2"}
    np.testing.assert_array_equal(numerics.signals["pulse"].values, [70, np.nan, 71])
    np.testing.assert_array_equal(numerics.signals["spo2"].values, [97, 97, 0])  # judged when measured
    assert (numerics.signals["spo2"].unit, numerics.rows_read) == ("%", 5)
    assert numerics.interval.seconds == 1


def test_an_index_that_advances_by_more_than_one_holds_seconds(tmp_path):
    numerics = read_monitor_csv(source(tmp_path, HEADER + "60,70,70,97,\n120,75,71,97,\n240,80,80,96,\n"))
    assert numerics.interval.seconds == 60
    assert numerics.interval.evidence == "Elapsed_Time_Sec advances by 60, so it holds seconds"
    np.testing.assert_array_equal(numerics.ticks, [1, 2, 4])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (HEADER + "0,70,70,97,\n1,abc,70,97,\n", r"adult_1\.csv:3: HR: 'abc' is not a number in bpm"),
        (HEADER + "0,70,70,97,\n1,inf,70,97,\n", r"adult_1\.csv:3: HR: 'inf' is not a number"),
        (HEADER + "0,70,70,97,\n1,70,70,97\n", r"adult_1\.csv:3: 4 fields where the header has 5"),
        (HEADER + "0,70,70,97,5,\n1,70,70,,\n", r"adult_1\.csv:2: 6 fields where the header has 5"),
        (HEADER + "1,70,70,97,\n1,70,70,97,\n", r"adult_1\.csv:3: Elapsed_Time_Sec: 1 after 1"),
        (HEADER + "5,70,70,97,\n4,70,70,97,\n", r"adult_1\.csv:3: Elapsed_Time_Sec: 4 after 5"),
        (HEADER + "0,70,70,97,5,\n1,70,70,97\n", r"adult_1\.csv:2: 6 fields where the header has 5"),
        (HEADER + '0,"70,5",70,97,\n', r"adult_1\.csv:2: HR: '70,5' is not a number in bpm"),
        (HEADER, r"adult_1\.csv:1: the file has a header and no rows"),
        (HEADER + HEADER + "1,70,70,97,\n", r"adult_1\.csv:2: Elapsed_Time_Sec: 'Elapsed_Time_Sec'"),
        ("Elapsed_Time_Sec;HR\n0;70\n", r"adult_1\.csv:1: the first column is 'Elapsed_Time_Sec;HR'"),
        ("Elapsed_Time_Sec,HR,HR\n0,70,70\n", r"adult_1\.csv:1: the column 'HR' stands twice"),
        ("Elapsed_Time_Sec,NBP Sys\n0,70\n", r"no heart rate \(column HR\); the file has NBP Sys"),
    ],
)
def test_bad_files_are_named_with_line_field_and_unit(tmp_path, text, message):
    with pytest.raises(DataError, match=message) as caught:
        read_monitor_csv(source(tmp_path, text))
    assert caught.value.fix


def test_the_text_form_gives_the_same_rows(tmp_path):
    text = (
        "Time: 1s - HR: 70, PULSE: 70, %SpO2: 97.00\n"
        "Time: 2s - HR: 70, [63131]: 0\n"
        "Time: 4s - HR: 70, PULSE: 71"
    )
    numerics = read_monitor_text(source(tmp_path, text))
    np.testing.assert_array_equal(numerics.ticks, [1, 2, 4])
    np.testing.assert_array_equal(numerics.signals["hr"].values, [70, 70, 70])
    np.testing.assert_array_equal(numerics.signals["spo2"].values, [97, np.nan, np.nan])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("Time: 1s - HR: 70\nTime 2s: HR 70", r"adult_1\.csv:2: 'Time 2s: HR 70' has not the form"),
        ("Time: 1s - HR: 70\nTime: 2s - HR: x", r"adult_1\.csv:2: HR: 'x' is not a number in bpm"),
        ("Time: 2s - HR: 70\nTime: 1s - HR: 70", r"adult_1\.csv:2: Elapsed_Time_Sec: 1 after 2"),
    ],
)
def test_bad_lines_are_named(tmp_path, text, message):
    with pytest.raises(DataError, match=message) as caught:
        read_monitor_text(source(tmp_path, text))
    assert caught.value.fix
