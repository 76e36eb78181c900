import gzip

import numpy as np
import pytest

from bedside.errors import DataError
from bedside.vitals.readers.column_map import ColumnMap
from bedside.vitals.readers.generic import open_generic
from bedside.vitals.readers.interval import GIVEN
from bedside.vitals.readers.recording import Recording

SIGNALS = {"hr": "HR", "spo2": "Sat"}


def column_map(read_as="seconds", **changes):
    time = {"column": "t", "read_as": read_as, **changes.pop("time", {})}
    return ColumnMap.model_validate({"time": time, "signals": SIGNALS, **changes})


def read(tmp_path, text, mapped=None, *, interval_s=None, name="bed_1.csv"):
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    recording = Recording(path, path.name, "generic csv", False, "1", "adult", {"age_years": 50.0})
    stream = open_generic(recording, column_map=mapped or column_map(), interval_s=interval_s)
    batches = list(stream.batches)
    ticks = np.concatenate([batch.ticks for batch in batches])
    signals = {name: np.concatenate([b.signals[name] for b in batches]) for name in batches[0].signals}
    return stream, ticks.tolist(), signals


def test_rows_come_on_a_clock_and_what_is_left_out_is_counted(tmp_path):
    text = "t,HR,Sat,x\n0,70,97,a\n5,71,,b\n5,71,,c\n11,72,96,d\n12,73,96,e\n15,,,f\n30,74,,g\n35,75,95,h\n"
    stream, ticks, signals = read(tmp_path, text)
    assert ticks == [0, 1, 2, 6, 7]
    np.testing.assert_array_equal(signals["hr"], [70, 71, 72, 74, 75])
    np.testing.assert_array_equal(signals["spo2"], [97, np.nan, 96, np.nan, 95])
    assert stream.header.interval_s == 5
    assert stream.header.interval_evidence == "t: the median step of 6 is 5 s"
    assert (stream.header.subject_id, stream.header.record_name) == ("1", "bed_1")
    assert (stream.header.clock_known, stream.header.demographics) == (False, {"age_years": 50.0})
    assert stream.tally.rows_read == 8
    assert stream.tally.rows_left_out == {
        "repeated row": 1,
        "no value in any known column": 1,
        "another row is on the same clock tick": 1,
    }
    assert stream.tally.columns_ignored == ("x",)


def test_semicolons_decimal_commas_and_windows_letters(tmp_path):
    mapped = ColumnMap.model_validate(
        {
            "separator": ";",
            "decimal": ",",
            "time": {"column": "Zeit", "read_as": "datetime", "format": "%d.%m.%Y %H:%M:%S"},
            "signals": {"hr": "Schläge", "temperature": {"column": "Temp", "unit": "F"}},
        }
    )
    text = "Zeit;Schläge;Temp\n24.12.2024 06:00:00;70,5;98,6\n24.12.2024 06:01:00;71,25;\n"
    stream, ticks, signals = read(tmp_path, text.encode("cp1252"), mapped)
    assert ticks == [360, 361]
    assert signals["hr"].tolist() == [70.5, 71.25]
    assert signals["temperature"][0] == pytest.approx(37.0)
    assert (stream.tally.encoding, stream.header.clock_known) == ("cp1252", True)


@pytest.mark.parametrize(
    ("read_as", "cells", "interval_s", "ticks"),
    [
        ("milliseconds", ["1500", "2000", "3000"], 0.5, [0, 1, 3]),
        ("seconds", ["100.2", "101.1", "103.0"], 1.0, [0, 1, 3]),
        ("index", ["7", "8", "10"], 30.0, [0, 1, 3]),
        ("clock", ["23:58", "23:59", "00:01"], 60.0, [1438, 1439, 1441]),
        ("clock", ["9:00:30", "9:01:30", "9:03:30"], 60.0, [540, 541, 543]),
        (
            "datetime",
            ["2024-01-01 00:00:00", "2024-01-01T00:00:10", "2024-01-02T00:00:00"],
            10.0,
            [0, 1, 8640],
        ),
        ("datetime", ["2024-01-01T10:00Z", "2024-01-01T10:01Z", "2024-01-01T10:03Z"], 60.0, [600, 601, 603]),
        # summer time ends between the rows: the clock reads 02:59 twice, an hour apart
        (
            "datetime",
            ["2019-10-27T02:59+02:00", "2019-10-27T02:00+01:00", "2019-10-27T02:59+0100"],
            60.0,
            [179, 180, 239],
        ),
    ],
)
def test_times_are_read_in_each_way(tmp_path, read_as, cells, interval_s, ticks):
    text = "t,HR,Sat\n" + "".join(f"{cell},70,97\n" for cell in cells)
    stream, found, _ = read(tmp_path, text, column_map(read_as), interval_s=interval_s)
    assert found == ticks
    assert (stream.header.interval_s, stream.header.interval_evidence) == (interval_s, GIVEN)


def test_a_format_with_an_offset_keeps_the_local_midnight(tmp_path):
    mapped = column_map("datetime", time={"format": "%d/%m/%Y %H:%M %z"}, interval_s=60)
    text = "t,HR,Sat\n01/06/2024 00:30 +0200,70,97\n01/06/2024 00:31 +0200,70,97\n"
    stream, ticks, _ = read(tmp_path, text, mapped)
    assert ticks == [30, 31]
    assert stream.header.interval_evidence == "stated in the column map"


@pytest.mark.parametrize(
    ("written_as", "cells"),
    [
        ("%F %T", ["2024-06-01 00:30:00", "2024-06-01 00:31:00"]),
        ("%d.%m.%Y %H:%M:%S.%f", ["01.06.2024 00:30:00.123456789", "01.06.2024 00:31:00.1"]),
        ("%m/%d/%y %I:%M %p", ["06/01/24 12:30 AM", "06/01/24 12:31 AM"]),
        ("%Y-%m-%dT%H:%M:%S%z", ["2024-06-01T00:30:00+0200", "2024-06-01T00:31:00+0200"]),
    ],
)
def test_formats_put_midnight_where_the_clock_had_it(tmp_path, written_as, cells):
    mapped = column_map("datetime", time={"format": written_as}, interval_s=60)
    _, ticks, _ = read(tmp_path, "t,HR,Sat\n" + "".join(f"{cell},70,97\n" for cell in cells), mapped)
    assert ticks == [30, 31]


@pytest.mark.parametrize("where", ["in the map", "given"])
def test_an_interval_that_the_times_contradict_is_refused(tmp_path, where):
    text = "t,HR,Sat\n" + "".join(f"{60 * row},70,97\n" for row in range(20))
    in_map, given = (1.0, None) if where == "in the map" else (None, 1.0)
    with pytest.raises(DataError, match="t advances by 60 s or more; 1 s are stated"):
        read(tmp_path, text, column_map("seconds", interval_s=in_map), interval_s=given)


def test_units_are_converted(tmp_path):
    mapped = column_map(
        signals={"hr": {"column": "HR", "unit": "1/s"}, "spo2": {"column": "Sat", "unit": "fraction"}}
    )
    _, _, signals = read(tmp_path, "t,HR,Sat\n0,1.2,0.97\n1,1.3,0.96\n", mapped)
    np.testing.assert_allclose(signals["hr"], [72, 78])
    np.testing.assert_allclose(signals["spo2"], [97, 96])


def test_batches_of_any_size_give_the_same_rows(tmp_path, monkeypatch):
    from bedside.vitals.readers import blocks, generic

    rows = "".join(
        f"{s % 86400 // 3600:02d}:{s // 60 % 60:02d},{70 + s % 7},\n" for s in range(0, 3 * 86400, 600)
    )
    mapped = column_map("clock")
    _, ticks, signals = read(tmp_path, "t,HR,Sat\n" + rows, mapped)

    def small(path, **options):
        return blocks.open_table(path, block_bytes=97, **options)

    monkeypatch.setattr(generic, "open_table", small)
    _, again, cut = read(tmp_path, "t,HR,Sat\n" + rows, mapped)
    assert ticks == again == list(range(432))
    np.testing.assert_array_equal(signals["hr"], cut["hr"])


def test_gzip_is_read(tmp_path):
    _, ticks, _ = read(tmp_path, gzip.compress(b"t,HR,Sat\n0,70,97\n1,71,97\n"), name="bed_1.csv.gz")
    assert ticks == [0, 1]


@pytest.mark.parametrize(
    ("text", "options", "message"),
    [
        ("t,HR,Sat\n0,70,97\n2,71,97\n1,72,97\n", {}, r"bed_1\.csv:4: t: 1 after t: 2; times must rise"),
        (
            "t,HR,Sat\n0,70,97\n1,71,0.97\n",
            {},
            r"bed_1\.csv:3: Sat: mixed units: 1 of 2 readings look like 'fraction'",
        ),
        (
            "t,HR,Sat\n0,70,0.98\n1,71,0.97\n",
            {},
            r"bed_1\.csv:2: Sat: 2 of 2 readings look like 'fraction', not like '%'",
        ),
        ("t,HR,Sat\n0,70,97\n1e30,71,97\n", {}, r"bed_1\.csv:3: t: 1e\+30 cannot be read as seconds"),
        (
            "t,HR,Sat\n0,70,97\n5,71,97\n5,72,97\n",
            {},
            r"bed_1\.csv:4: t: 5 stands twice, with different values",
        ),
        (
            "t,HR,Sat\n٣:00,70,97\n",
            {"read_as": "clock"},
            r"bed_1\.csv:2: t: '٣:00' cannot be read as clock",
        ),
        ("t,HR,Sat\n0,x,97\n", {}, r"bed_1\.csv:2: HR: 'x' is not a number"),
        ("t,HR,Sat\n0,70,97\n,70,97\n", {}, r"bed_1\.csv:3: t: '' cannot be read as seconds"),
        ("t,HR,Sat\n0,70\n", {}, r"bed_1\.csv:2: 2 fields where the header has 3"),
        ("t,HR,Sat\n", {}, r"bed_1\.csv: the file has a header and no rows"),
        ("t,HR\n0,70\n", {}, r"bed_1\.csv:1: no column 'Sat'; the file has t, HR"),
        ("t;HR;Sat\n0;70;97\n", {}, r"bed_1\.csv:1: the header's names are separated by ';'"),
        ("t,HR,Sat\n0,70,97\n", {}, r"the time between rows cannot be told from 't'"),
        ("t,HR,Sat\n0,70,97\n1,70,97\n", {"read_as": "index"}, r"the time between rows cannot be told"),
        (
            "t,HR,Sat\n0,70,97\n1.5,70,97\n",
            {"read_as": "index"},
            r"bed_1\.csv:3: t: 1\.5 cannot be read as index",
        ),
        (
            "t,HR,Sat\n10:00,70,97\n25:00,70,97\n",
            {"read_as": "clock"},
            r"bed_1\.csv:3: t: '25:00' cannot be read as clock",
        ),
        (
            "t,HR,Sat\n1.1.2024 10:00,70,97\n",
            {"read_as": "datetime"},
            r"bed_1\.csv:2: t: '1\.1\.2024 10:00' cannot be read",
        ),
        (
            "t,HR,Sat\n2019-10-27T02:59,70,97\n2019-10-27T02:00,70,97\n",
            {"read_as": "datetime"},
            r"bed_1\.csv:3: t: 2019-10-27T02:00 after t: 2019-10-27T02:59",
        ),
    ],
)
def test_bad_files_are_named_with_line_and_field(tmp_path, text, options, message):
    with pytest.raises(DataError, match=message) as caught:
        read(tmp_path, text, column_map(**options))
    assert caught.value.fix


def test_the_column_map_says_whether_it_was_worn(tmp_path):
    text = "t,HR,Sat\n0,70,97\n5,71,96\n"
    assert not read(tmp_path, text)[0].header.worn
    assert read(tmp_path, text, column_map(worn=True))[0].header.worn
