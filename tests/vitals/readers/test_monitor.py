import gzip

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bedside.errors import DataError
from bedside.vitals.readers.monitor import open_monitor_csv, open_monitor_text
from bedside.vitals.readers.recording import Recording

HEADER = "Elapsed_Time_Sec,HR,PULSE,%SpO2,[63131]\n"
OPENERS = {".csv": open_monitor_csv, ".txt": open_monitor_text}
NAN = np.nan


def recording(path):
    return Recording(path, path.name, "monitor csv", False, "1", "adult", {"age_years": 61.0})


@pytest.fixture
def opened(tmp_path):
    def write(text, name="adult_1.csv", **options):
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return OPENERS[path.suffix](recording(path), **options)

    return write


def joined(stream):
    """Take all batches; return ticks and signals of the whole recording."""
    batches = list(stream.batches)
    ticks = np.concatenate([batch.ticks for batch in batches])
    names = list(batches[0].signals)
    assert all(list(batch.signals) == names for batch in batches)
    return ticks, {name: np.concatenate([batch.signals[name] for batch in batches]) for name in names}


@pytest.mark.parametrize("block_bytes", [1, 30, 2**20])
def test_known_columns_are_read_and_empty_rows_become_gaps(opened, block_bytes):
    rows = "0,,,,5\n1,70,70,97,\n2,70,,97,\n3,,,,\n4,70,71,0,\n"
    stream = opened(HEADER + rows, block_bytes=block_bytes)
    ticks, signals = joined(stream)
    np.testing.assert_array_equal(ticks, [1, 2, 4])
    assert ticks.dtype == np.int64
    assert set(signals) == {"hr", "pulse", "spo2"}
    np.testing.assert_array_equal(signals["pulse"], [70, NAN, 71])
    np.testing.assert_array_equal(signals["spo2"], [97, 97, 0])  # judged when measured
    assert stream.tally.rows_read == 5
    assert stream.tally.rows_left_out == {"no value in any known column": 2}
    assert stream.tally.columns_ignored == ("[63131]",)
    header = stream.header
    assert (header.subject_id, header.record_name, header.cohort, header.source) == (
        "1",
        "adult_1",
        "adult",
        "adult_1.csv",
    )
    assert (header.interval_s, header.clock_known, header.demographics) == (1, False, {"age_years": 61.0})


def test_an_index_that_advances_by_more_than_one_holds_seconds(opened):
    stream = opened(HEADER + "60,70,70,97,\n120,75,71,97,\n240,80,80,96,\n")
    assert stream.header.interval_s == 60
    assert stream.header.interval_evidence == "Elapsed_Time_Sec advances by 60, so it holds seconds"
    np.testing.assert_array_equal(joined(stream)[0], [1, 2, 4])


def test_a_row_between_two_steps_is_named(opened):
    rows = "".join(f"{60 * row},70,70,97,\n" for row in range(50_000))
    with pytest.raises(DataError, match=r":50003: Elapsed_Time_Sec: 3000030, although it advances by 60"):
        joined(opened(HEADER + rows + "3000000,70,70,97,\n3000030,70,70,97,\n"))


def test_the_given_interval_wins(opened):
    rows = "0,70,70,97,\n1,70,70,97,\n"
    stream = opened(HEADER + rows, interval_s=5.0)
    assert (stream.header.interval_s, stream.header.interval_evidence) == (5, "given by the user")
    np.testing.assert_array_equal(joined(stream)[0], [0, 1])


def test_a_doubtful_interval_is_noted(opened):
    stream = opened(HEADER + "0,70,,,\n1,75,,,\n2,80,,,\n")
    assert stream.header.interval_s == 1
    assert stream.tally.notes == [
        "whole heart rates that seldom repeat: a row could also be a minute; give --interval"
    ]


def test_the_interval_is_found_where_the_heart_rate_begins_late(opened):
    silent = "".join(f"{row},,70,97,\n" for row in range(60_000))
    late = "".join(f"{60_000 + row},{70 + row % 7 + 0.25},70,97,\n" for row in range(500))
    stream = opened(HEADER + silent + late, block_bytes=100_000)
    assert stream.header.interval_s == 60
    assert joined(stream)[0].size == 60_500
    assert stream.tally.rows_read == 60_500


def test_repeated_rows_are_dropped_and_counted(opened):
    stream = opened(HEADER + "0,70,70,97,\n0,70,70,97,\n1,70,70,97,\n", block_bytes=20)
    np.testing.assert_array_equal(joined(stream)[0], [0, 1])
    assert stream.tally.rows_left_out == {"repeated row": 1}


def test_of_two_columns_for_one_signal_the_first_is_read_and_the_other_told(opened):
    stream = opened("Elapsed_Time_Sec,HR,SpO2,%SpO2\n0,70,97,11\n1,70,96,12\n")
    np.testing.assert_array_equal(joined(stream)[1]["spo2"], [97, 96])
    assert stream.tally.columns_ignored == ("%SpO2",)
    assert stream.tally.notes == ["the column %SpO2 is left aside: SpO2 is read as spo2"]


@pytest.mark.parametrize("block_bytes", [1, 2**20])
@pytest.mark.parametrize(
    ("text", "message"),
    [
        (HEADER + "0,70,70,97,\n1,abc,70,97,\n", r"adult_1\.csv:3: HR: 'abc' is not a number"),
        (HEADER + "0,70,70,97,\n1,inf,70,97,\n", r"adult_1\.csv:3: HR: 'inf' is not a number"),
        (HEADER + "0,70,70,97,\n1,70,70,97\n", r"adult_1\.csv:3: 4 fields where the header has 5"),
        (HEADER + "0,70,70,97,5,\n1,70,70,,\n", r"adult_1\.csv:2: 6 fields where the header has 5"),
        (HEADER + "1,70,70,97,\n1,70,71,97,\n", r"adult_1\.csv:3: Elapsed_Time_Sec: 1 stands twice"),
        (
            HEADER + "5,70,70,97,\n4,70,70,97,\n",
            r"adult_1\.csv:3: Elapsed_Time_Sec: 4 after Elapsed_Time_Sec: 5",
        ),
        (HEADER + "0,70,70,97,\n,70,70,97,\n", r"adult_1\.csv:3: Elapsed_Time_Sec: no value where a whole"),
        (HEADER + "0,70,70,97,\n1.5,70,70,97,\n", r"adult_1\.csv:3: Elapsed_Time_Sec: 1\.5 where a whole"),
        (HEADER + "0,70,70,97,\n-1,70,70,97,\n", r"adult_1\.csv:3: Elapsed_Time_Sec: -1 where a whole"),
        (HEADER + '0,"70,5",70,97,\n', r"adult_1\.csv:2: HR: '70,5' is not a number"),
        (HEADER, r"adult_1\.csv: the file has a header and no rows"),
        (HEADER + HEADER + "1,70,70,97,\n", r"adult_1\.csv:2: the header stands a second time"),
        ("Elapsed_Time_Sec;HR\n0;70\n", r"adult_1\.csv:1: the header's names are separated by ';'"),
        ("Elapsed_Time_Sec,HR,HR\n0,70,70\n", r"adult_1\.csv:1: the column 'HR' stands twice"),
        ("Time,HR\n0,70\n", r"no column 'Elapsed_Time_Sec'; the file has Time, HR"),
        ("Elapsed_Time_Sec,NBP Sys\n0,70\n", r"no heart rate \(column HR\); the file has NBP Sys"),
        (HEADER + "0,,70,97,\n1,0,70,97,\n", r"adult_1\.csv: no valid heart rate: only zeros"),
        (HEADER + "0,,70,97,\n1,,70,97,\n", r"adult_1\.csv: no valid heart rate: every cell is empty"),
        (
            "Elapsed_Time_Sec,HR,All Beat Count\n0,70,49\n1,70,49\n",
            r"adult_1\.csv: the time between rows cannot be told: All Beat Count / HR has the median 0\.7",
        ),
    ],
)
def test_bad_files_are_named_with_line_and_field(opened, text, message, block_bytes):
    with pytest.raises(DataError, match=message) as caught:
        joined(opened(text, block_bytes=block_bytes))
    assert caught.value.fix


@pytest.mark.parametrize("block_bytes", [1, 40, 2**20])
def test_the_text_form_gives_the_same_rows(opened, block_bytes):
    text = (
        "Time: 1s - HR: 70, PULSE: 70, %SpO2: 97.00\n"
        "Time: 2s - HR: 70, [63131]: 0\n"
        "Time: 3s - \n"
        "Time: 4s - HR: 70, PULSE: 71, SpO2: 11, RESP: nan"
    )
    stream = opened(text, "adult_1.txt", block_bytes=block_bytes)
    ticks, signals = joined(stream)
    np.testing.assert_array_equal(ticks, [1, 2, 4])
    np.testing.assert_array_equal(signals["hr"], [70, 70, 70])
    np.testing.assert_array_equal(signals["spo2"], [97, NAN, NAN])
    np.testing.assert_array_equal(signals["resp"], [NAN, NAN, NAN])
    assert stream.tally.rows_read == 4
    assert stream.tally.columns_ignored == ("[63131]", "SpO2")


@pytest.mark.parametrize("block_bytes", [1, 2**20])
@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("Time: 1s - HR: 70\nTime 2s: HR 70", r"adult_1\.txt:2: 'Time 2s: HR 70' has not the form"),
        ("Time: 1s - HR: 70\nTime: 2s - HR 70", r"adult_1\.txt:2: 'Time: 2s - HR 70' has not the form"),
        ("Time: 1s - HR: 70\n\nTime: 2s - HR: 70", r"adult_1\.txt:2: '' has not the form"),
        ("Time: 1s - HR: 70\nTime: 2s - HR: x", r"adult_1\.txt:2: HR: 'x' is not a number"),
        ("Time: 1s - HR: 70\nTime: 2s - HR: 70, HR: 71", r"adult_1\.txt:2: HR stands twice"),
        ("Time: 2s - HR: 70\nTime: 1s - HR: 70", r"adult_1\.txt:2: Time: 1 after Time: 2"),
        ("Time: 2s - PULSE: 70", r"no heart rate \(column HR\); the file has PULSE"),
        ("", r"adult_1\.txt: the file is empty"),
    ],
)
def test_bad_lines_are_named(opened, text, message, block_bytes):
    with pytest.raises(DataError, match=message) as caught:
        joined(opened(text, "adult_1.txt", block_bytes=block_bytes))
    assert caught.value.fix


CELL = st.one_of(st.none(), st.floats(20, 250).map(lambda value: round(value, 3)), st.integers(20, 250))
ROWS = st.lists(st.tuples(st.integers(1, 4), CELL, CELL, st.booleans()), min_size=1, max_size=30)


@settings(deadline=None)
@given(
    rows=ROWS, form=st.sampled_from([".csv", ".txt"]), packed=st.booleans(), block_bytes=st.integers(1, 200)
)
def test_a_recording_is_given_back_however_it_is_cut(tmp_path_factory, rows, form, packed, block_bytes):
    index = np.cumsum([advance for advance, *_ in rows])
    cells = [(first if row else 70, second) for row, (_, first, second, _) in enumerate(rows)]
    lines = [] if form == ".txt" else ["Elapsed_Time_Sec,HR,PULSE"]
    for number, (hr, pulse), (*_, twice) in zip(index, cells, rows, strict=True):
        if form == ".csv":
            line = f"{number},{'' if hr is None else hr},{'' if pulse is None else pulse}"
        else:
            named = [
                f"{name}: {value}" for name, value in (("HR", hr), ("PULSE", pulse)) if value is not None
            ]
            line = f"Time: {number}s - {', '.join(named)}"
        lines += [line] * (1 + twice)
    path = tmp_path_factory.mktemp("cut") / f"a{form}"
    data = "\n".join(lines).encode()
    path.write_bytes(gzip.compress(data) if packed else data)

    stream = OPENERS[form](recording(path), interval_s=1.0, block_bytes=block_bytes)
    ticks, signals = joined(stream)

    kept = [row for row, values in enumerate(cells) if values != (None, None)]
    step = max(int(np.gcd.reduce(np.diff(index))), 1) if index.size > 2 else 1
    repeats = sum(twice for *_, twice in rows)
    if not repeats:
        np.testing.assert_array_equal(ticks, index[kept] // step)
    assert ticks.size == len(kept)
    np.testing.assert_array_equal(signals["hr"], np.array([cells[row][0] for row in kept], dtype=float))
    assert stream.tally.rows_read == len(rows) + repeats
    assert stream.tally.rows_left_out.get("repeated row", 0) == repeats


@pytest.mark.parametrize(
    ("name", "interval_s", "rows", "left_out"),
    [
        ("raw/adult_3190202n.csv", 60, 2611, 34),
        ("raw/adult_3297027n.csv", 1, 45958, 3982),
        ("raw/adult_3570073n.csv", 60, 2967, 3),
        ("processed/adult_3570073n.csv", 60, 2967, 0),
        ("raw/neonate_3182898n.csv", 1, 92720, 3619),
        ("raw/neonate_3875566n.csv", 1, 127, 56),
        ("adult_3924317n.txt", 60, 1388, 0),
        ("neonate_3716249n.txt", 1, 9645, 0),
    ],
)
def test_real_recordings_are_the_same_in_one_block_and_in_many(data_dir, name, interval_s, rows, left_out):
    path = data_dir / "vitals" / "mimic3_numerics" / name
    whole, cut = (OPENERS[path.suffix](recording(path), block_bytes=size) for size in (2**24, 50_000))
    (ticks, signals), (cut_ticks, cut_signals) = joined(whole), joined(cut)
    assert (whole.header, whole.tally) == (cut.header, cut.tally)
    assert (whole.header.interval_s, ticks.size) == (interval_s, rows)
    assert whole.tally.rows_left_out.get("no value in any known column", 0) == left_out
    np.testing.assert_array_equal(ticks, cut_ticks)
    for signal, values in signals.items():
        np.testing.assert_array_equal(values, cut_signals[signal])


def test_a_record_without_heart_rate_says_what_it_has(data_dir):
    path = data_dir / "vitals" / "mimic3_numerics" / "raw" / "neonate_3479334n.csv"
    with pytest.raises(DataError) as caught:
        open_monitor_csv(recording(path))
    assert caught.value.reason == "no heart rate (column HR); the file has NBP Sys, NBP Dias, NBP Mean"
