import gzip
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bedside.errors import DataError
from bedside.vitals.readers.recording import Recording
from bedside.vitals.readers.wearable import open_wearable_csv, open_wearable_text

HEADER = (
    "Subject code number,Local datetime [ISO8601],Local date [yyyy-mm-dd],Local time [hh:mm],"
    "UTC offset [hr],heart rate [#/min]\n"
)
OPENERS = {".csv": open_wearable_csv, ".txt": open_wearable_text}
AMSTERDAM = ZoneInfo("Europe/Amsterdam")


def recording(path):
    return Recording(path, path.name, "wearable csv", False, "1", "adolescent", {})


@pytest.fixture
def opened(tmp_path):
    def write(text, name, **options):
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return OPENERS[path.suffix](recording(path), **options)

    return write


@pytest.fixture
def opened_csv(opened):
    return lambda rows, **options: opened(HEADER + rows, "subject_1_hr.csv", **options)


@pytest.fixture
def opened_text(opened):
    return lambda lines, **options: opened("\n".join(lines), "subject_1_hr.txt", **options)


def joined(stream):
    batches = list(stream.batches)
    ticks = np.concatenate([batch.ticks for batch in batches])
    assert (np.diff(ticks) > 0).all()
    return ticks.tolist(), np.concatenate([batch.signals["hr"] for batch in batches]).tolist()


def line(clock, rate):
    return f"Time: {clock} - heart rate [#/min]: {rate}"


def dated(moment, rate):
    return f"1,{moment},x,x,2,{rate}\n"


@pytest.mark.parametrize("block_bytes", [1, 90, 2**20])
def test_midnight_begins_a_new_day_and_gaps_stay(opened_text, block_bytes):
    lines = [line("23:58", 60), line("23:59", 61), line("00:00", 62), line("00:05", 63), line("00:04", 64)]
    stream = opened_text(lines, block_bytes=block_bytes)
    assert joined(stream) == ([1438, 1439, 1440, 1445, 2884], [60, 61, 62, 63, 64])
    header = stream.header
    assert (header.interval_s, header.clock_known, header.record_name) == (60, True, "subject_1_hr")
    assert header.interval_evidence == "one line per clock minute; an earlier clock time begins a new day"
    assert stream.tally.rows_read == 5


@pytest.mark.parametrize("block_bytes", [1, 2**20])
def test_clock_times_with_seconds(opened_text, block_bytes):
    lines = [line(f"23:59:{second:02d}", second) for second in range(40, 60, 5)] + [line("00:00:05", 7)]
    stream = opened_text(lines, block_bytes=block_bytes)
    assert joined(stream) == ([17276, 17277, 17278, 17279, 17281], [40, 45, 50, 55, 7])
    assert stream.header.interval_s == 5
    assert stream.header.interval_evidence == "rows lie 5 s apart, gaps left out"


@pytest.mark.parametrize("block_bytes", [1, 2**20])
def test_a_repeated_line_is_dropped_and_a_missing_reading_left_out(opened_text, block_bytes):
    lines = [line("07:00", 60), line("07:00", 60), line("07:01", ""), line("07:02", 61.5)]
    stream = opened_text(lines, block_bytes=block_bytes)
    assert joined(stream) == ([420, 422], [60, 61.5])
    assert stream.tally.rows_left_out == {"repeated row": 1, "no value in any known column": 1}


@pytest.mark.parametrize("block_bytes", [1, 2**20])
@pytest.mark.parametrize(
    ("bad", "message"),
    [
        ("Time: 7:01 - heart rate [#/min]: 60", "'Time: 7:01 - heart rate .* has not the form"),
        (line("07:01", "x"), "'Time: 07:01 - heart rate .*: x' has not the form"),
        ("", "'' has not the form"),
        (line("0٣:00", 60), "there is no clock time 0٣:00"),
        (line("24:00", 60), "there is no clock time 24:00"),
        (line("07:61", 60), "there is no clock time 07:61"),
        (line("07:00", 61), "Time: 07:00:00 stands twice, with different values"),
    ],
)
def test_bad_lines_are_named(opened_text, bad, message, block_bytes):
    with pytest.raises(DataError, match=rf"subject_1_hr\.txt:2: {message}") as caught:
        joined(opened_text([line("07:00", 60), bad, line("07:02", 60)], block_bytes=block_bytes))
    assert caught.value.fix


@pytest.mark.parametrize("offset", ["+0200", "+02:00", "Z", ""])
@pytest.mark.parametrize("block_bytes", [1, 2**20])
def test_datetimes_are_read_with_every_kind_of_offset(opened_csv, offset, block_bytes):
    rows = dated(f"2019-10-26T23:59:00{offset}", 60) + dated(f"2019-10-28T00:01:00{offset}", 61.5)
    stream = opened_csv(rows, block_bytes=block_bytes)
    assert joined(stream) == ([1439, 2881], [60, 61.5])
    assert (stream.header.interval_s, stream.header.interval_evidence) == (60, "one row per minute, dated")
    assert stream.header.clock_known
    assert stream.tally.columns_ignored[0] == "Subject code number"
    assert stream.tally.notes == []


@pytest.mark.parametrize("block_bytes", [1, 2**20])
def test_the_time_of_day_stays_right_over_a_change_to_winter_time(opened_csv, block_bytes):
    rows = (
        dated("2019-10-26T23:59:00+0200", 60)
        + dated("2019-10-27T01:59:00+0200", 61)
        + dated("2019-10-27T02:00:00+0100", 62)
        + dated("2019-10-29T00:00:00+0100", 63)
    )
    stream = opened_csv(rows, block_bytes=block_bytes)
    assert joined(stream)[0] == [1439, 1440 + 119, 1440 + 120, 3 * 1440]
    assert stream.tally.rows_left_out == {}
    (note,) = stream.tally.notes
    assert note.startswith(
        "the clock was changed 1 time, first on line 4 from UTC+02:00 to UTC+01:00; times of"
    )


@pytest.mark.parametrize("block_bytes", [1, 2**20])
def test_an_hour_shown_twice_is_counted_not_guessed(opened_csv, block_bytes):
    start = datetime(2019, 10, 27, 0, 30, tzinfo=UTC)  # 02:30 in Amsterdam, half an hour before the change
    moments = [(start + timedelta(minutes=n)).astimezone(AMSTERDAM) for n in range(120)]
    rows = "".join(dated(f"{moment:%Y-%m-%dT%H:%M:%S%z}", 60 + n % 9) for n, moment in enumerate(moments))
    stream = opened_csv(rows, block_bytes=block_bytes)
    ticks, rates = joined(stream)
    assert ticks == list(range(150, 210))
    assert rates == [60 + n % 9 for n in (*range(30), *range(90, 120))]
    assert stream.tally.rows_left_out == {"the clock showed this time before": 60}


def test_a_change_to_summer_time_leaves_an_hour_that_the_clock_did_not_show(opened_csv):
    rows = dated("2020-03-29T01:59:00+0100", 60) + dated("2020-03-29T03:00:00+0200", 61)
    assert joined(opened_csv(rows))[0] == [119, 180]


@pytest.mark.parametrize(
    ("step_s", "jitter_s", "interval_s"),
    [(5, 0, 5), (1, 0, 1), (300, 0, 300), (60, 7, 60), (10, 2, 10), (300, 1, 300), (120, 3, 120)],
)
def test_the_interval_is_what_lies_between_rows(opened_csv, step_s, jitter_s, interval_s):
    moments = [
        datetime(2020, 1, 1, tzinfo=UTC) + timedelta(seconds=n * step_s + n % 2 * jitter_s)
        for n in range(200)
    ]
    rows = "".join(dated(f"{moment:%Y-%m-%dT%H:%M:%S%z}", 60 + n % 9) for n, moment in enumerate(moments))
    stream = opened_csv(rows, block_bytes=1000)
    assert stream.header.interval_s == interval_s
    assert joined(stream)[0] == list(range(200))


def spaced(steps):
    moment, rows = datetime(2020, 1, 1, tzinfo=UTC), ""
    for n, step in enumerate([0, *steps]):
        moment += timedelta(seconds=step)
        rows += dated(f"{moment:%Y-%m-%dT%H:%M:%S%z}", 60 + n % 9)
    return rows


@pytest.mark.parametrize(
    ("steps", "interval_s", "evidence"),
    [
        ([299, 300, 301] * 30, 300, "rows lie 300 s apart, gaps left out"),
        ([60] * 50 + [61, 62, 80, 85] * 10, 60, "rows lie 60 s apart, gaps left out"),
        ([5] * 50 + [601], 5, "rows lie 5 s apart, gaps left out"),
        ([7, 8, 9] * 20, 8, "rows lie 8 s apart, gaps left out"),
        ([399, 401] * 20, 60, "rows lie 400 s apart, not regularly; ticks are minutes"),
        ([301, 299], 60, "rows lie 300 s apart, not regularly; ticks are minutes"),
    ],
)
def test_the_usual_interval_that_is_near_is_taken(opened_csv, steps, interval_s, evidence):
    header = opened_csv(spaced(steps)).header
    assert (header.interval_s, header.interval_evidence) == (interval_s, evidence)


def test_the_first_year_can_be_worded(opened_csv):
    rows = dated("0001-01-01T00:00:00+0200", 60) + dated("0001-01-01T00:00:00+0200", 61)
    with pytest.raises(DataError, match=r"0000-12-31T22:00:00Z stands twice"):
        joined(opened_csv(rows))


def test_a_few_rows_far_apart_are_still_minutes(opened_csv):
    rows = dated("2020-01-01T00:00:00Z", 60) + dated("2020-01-01T00:10:00Z", 61)
    assert opened_csv(rows).header.interval_s == 60


@pytest.mark.parametrize("block_bytes", [1, 2**20])
@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (
            dated("2019-10-26T23:59:00+0200", 60) + dated("26.10.2019", 60),
            r"\.csv:3: Local datetime \[ISO8601\]: 26\.10\.2019 is no datetime",
        ),
        (dated("2019-02-29T23:59:00+0200", 60), r"\.csv:2: Local datetime .*: 2019-02-29T.* is no datetime"),
        (dated("", 60), r"\.csv:2: Local datetime \[ISO8601\]:  is no datetime"),
        (dated("2019-10-26T23:59:00+0200", "sixty"), r":2: heart rate \[#/min\]: 'sixty' is not a number"),
        (
            dated("2019-10-26T23:59:00+0200", 60) + dated("2019-10-26T23:59:00+0200", 61),
            r"\.csv:3: Local datetime \[ISO8601\]: 2019-10-26T21:59:00Z stands twice",
        ),
        (
            dated("2019-10-26T23:59:00+0200", 60) + dated("2019-10-26T23:58:00+0200", 61),
            r"\.csv:3: Local datetime .*: 2019-10-26T21:58:00Z after .*; times must rise",
        ),
        ("", r"\.csv: the file has a header and no rows"),
        (HEADER, r"\.csv:2: the header stands a second time"),
        (
            dated("2019-10-26T23:59:00+0200", 60) + dated("2019-10-27T00:00:00+0200", "61,5"),
            r"\.csv:3: 7 fields where the header has 6",
        ),
        (dated("2019-10-26T23:59:00+0200", '"61,5"'), r":2: heart rate \[#/min\]: '61,5' is not a number"),
    ],
)
def test_bad_rows_are_named(opened_csv, rows, message, block_bytes):
    with pytest.raises(DataError, match=message) as caught:
        joined(opened_csv(rows, block_bytes=block_bytes))
    assert caught.value.fix


@pytest.mark.parametrize(
    ("header", "message"),
    [
        ("heart rate [#/min]", r"no column 'Local datetime \[ISO8601\]'; the file has heart rate"),
        ("Local datetime [ISO8601],x", r"no column 'heart rate \[#/min\]'"),
        ("Local datetime [ISO8601];heart rate [#/min]", "the header's names are separated by ';'"),
    ],
)
def test_an_absent_column_is_named(opened, header, message):
    with pytest.raises(DataError, match=message) as caught:
        opened(f"{header}\n60\n", "subject_1_hr.csv")
    assert caught.value.fix


@settings(deadline=None)
@given(
    start=st.integers(0, 60 * 24 * 500),
    steps=st.lists(st.integers(1, 200), min_size=1, max_size=30),
    missing=st.sets(st.integers(0, 29), max_size=5),
    form=st.sampled_from([".csv", ".txt"]),
    packed=st.booleans(),
    block_bytes=st.integers(1, 300),
)
def test_readings_are_given_back_however_the_file_is_cut(
    tmp_path_factory, start, steps, missing, form, packed, block_bytes
):
    minutes = start + np.cumsum(steps)
    moments = [datetime(2018, 7, 1, tzinfo=UTC) + timedelta(minutes=int(n)) for n in minutes]
    rates = ["" if n in missing and n else 50 + n for n in range(len(moments))]
    rows = [
        dated(f"{moment:%Y-%m-%dT%H:%M:%S%z}", rate)
        if form == ".csv"
        else line(f"{moment:%H:%M}", rate) + "\n"
        for moment, rate in zip(moments, rates, strict=True)
    ]
    data = (HEADER * (form == ".csv") + "".join(rows)).encode()
    path = tmp_path_factory.mktemp("cut") / f"subject_1_hr{form}"
    path.write_bytes(gzip.compress(data) if packed else data)

    stream = OPENERS[form](recording(path), block_bytes=block_bytes)

    expected = [n for n in range(len(moments)) if rates[n] != ""]
    day = int(minutes[0]) // 1440 * 1440
    assert joined(stream) == ([int(minutes[n]) - day for n in expected], [rates[n] for n in expected])
    assert stream.tally.rows_read == len(moments)


@pytest.mark.parametrize(
    ("subject", "readings", "hours"),
    [("907", 108150, 1963.15), ("919", 111615, 2088.0), ("964", 102367, 1952.48)],
)
def test_real_wearables_are_the_same_in_one_block_and_in_many(data_dir, subject, readings, hours):
    path = data_dir / "vitals" / "fitbit_adolescent" / f"subject_{subject}_hr.txt"
    streams = [open_wearable_text(recording(path), block_bytes=size) for size in (2**23, 100_000)]
    (ticks, rates), cut = (joined(stream) for stream in streams)
    assert (ticks, rates) == cut
    assert len(ticks) == readings
    assert (ticks[-1] - ticks[0] + 1) / 60 == pytest.approx(hours, abs=0.006)
    assert streams[0].tally == streams[1].tally
