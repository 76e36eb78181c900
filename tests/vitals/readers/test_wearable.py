import numpy as np
import pytest

from bedside.errors import DataError
from bedside.vitals.readers.text import Source
from bedside.vitals.readers.wearable import read_wearable_csv, read_wearable_text

HEADER = (
    "Subject code number,Local datetime [ISO8601],Local date [yyyy-mm-dd],Local time [hh:mm],"
    "UTC offset [hr],heart rate [#/min]\n"
)


def source(tmp_path, text):
    return Source(tmp_path / "subject_1_hr.txt", text, "utf-8", "0")


def line(clock, rate):
    return f"Time: {clock} - heart rate [#/min]: {rate}"


def dated(moment, rate):
    return f"1,{moment},x,x,2,{rate}\n"


def test_midnight_begins_a_new_day_and_gaps_stay(tmp_path):
    lines = [line("23:58", 60), line("23:59", 61), line("00:00", 62), line("00:05", 63), line("00:04", 64)]
    numerics = read_wearable_text(source(tmp_path, "\n".join(lines)))
    np.testing.assert_array_equal(numerics.ticks, [1438, 1439, 1440, 1445, 2884])
    np.testing.assert_array_equal(numerics.signals["hr"].values, [60, 61, 62, 63, 64])
    assert numerics.interval.seconds == 60


@pytest.mark.parametrize("bad", ["Time: 7:01 - heart rate [#/min]: 60", line("07:01", "x"), ""])
def test_a_line_of_another_form_is_named(tmp_path, bad):
    with pytest.raises(DataError, match=r"subject_1_hr\.txt:2: .*has not the form"):
        read_wearable_text(source(tmp_path, f"{line('07:00', 60)}\n{bad}\n{line('07:02', 60)}"))


def test_a_clock_time_that_does_not_exist_is_named(tmp_path):
    with pytest.raises(DataError, match=r"subject_1_hr\.txt:1: there is no clock time 24:00") as caught:
        read_wearable_text(source(tmp_path, line("24:00", 60)))
    assert caught.value.fix


def test_the_dated_form_keeps_days_and_the_change_to_winter_time(tmp_path):
    rows = (
        dated("2019-10-26T23:59:00+0200", 60)
        + dated("2019-10-27T01:59:00+0200", 61)
        + dated("2019-10-27T02:00:00+0100", 62)
        + dated("2019-10-29T00:00:00+0100", 63)
    )
    numerics = read_wearable_csv(source(tmp_path, HEADER + rows))
    np.testing.assert_array_equal(numerics.ticks, [1439, 1439 + 120, 1439 + 181, 1440 + 2 * 1440 + 60])
    np.testing.assert_array_equal(numerics.signals["hr"].values, [60, 61, 62, 63])


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (
            dated("2019-10-26T23:59:00+0200", 60) + dated("26.10.2019", 60),
            r":3: Local datetime.*'26.10.2019'",
        ),
        (dated("2019-10-26T23:59:00+0200", "sixty"), r":2: heart rate \[#/min\]: 'sixty' cannot be read"),
        (dated("2019-10-26T23:59:00+0200", 60) * 2, r":3: Local datetime.*not later"),
        ("", r":1: the file has a header and no rows"),
        (
            dated("2019-10-26T23:59:00+0200", 60) + dated("2019-10-27T00:00:00+0200", "61,5"),
            r"subject_1_hr\.txt:3: 7 fields where the header has 6",
        ),
        (dated("2019-10-26T23:59:00+0200", '"61,5"'), r":2: heart rate \[#/min\]: '61,5' cannot be read"),
    ],
)
def test_bad_rows_are_named(tmp_path, rows, message):
    with pytest.raises(DataError, match=message) as caught:
        read_wearable_csv(source(tmp_path, HEADER + rows))
    assert caught.value.fix


def test_an_absent_column_is_named(tmp_path):
    with pytest.raises(DataError, match=r"no column 'Local datetime \[ISO8601\]'") as caught:
        read_wearable_csv(source(tmp_path, "heart rate [#/min]\n60\n"))
    assert "separate the columns by commas" in caught.value.fix
