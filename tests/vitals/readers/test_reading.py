import gzip

import numpy as np
import pytest

from bedside.errors import DataError
from bedside.vitals.readers import open_recording, read_folder, read_recording, survey
from bedside.vitals.readers.column_map import ColumnMap

CSV = "Elapsed_Time_Sec,HR\n0,70\n1,70\n2,70\n"
TEXT = "Time: 0s - HR: 80\nTime: 1s - HR: 80"


def put(root, name, content=CSV):
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def test_a_bad_file_is_counted_and_the_others_go_on(tmp_path):
    put(tmp_path, "adult_1n.csv", "Elapsed_Time_Sec,HR\n0,70\n1,seventy\n")
    put(tmp_path, "adult_2n.csv", "Elapsed_Time_Sec,HR\n0,0\n60,0\n120,0\n")
    put(tmp_path, "adult_3n.csv.gz", gzip.compress(CSV.encode()))
    put(tmp_path, "neonate_4n.csv", "Elapsed_Time_Sec,NBP Sys\n0,60\n")
    packed = gzip.compress(CSV.encode() * 100)
    put(tmp_path, "adult_5n.csv.gz", packed[: len(packed) // 2])
    folder = read_folder(tmp_path)
    assert [record.header.record_name for record in folder.records] == ["adult_3n"]
    reasons = {item.name: item.reason for item in folder.excluded}
    assert reasons["adult_1n.csv"].startswith("line 3: HR: 'seventy' is not a number")
    assert reasons["adult_2n.csv"] == "no valid heart rate: 3 × zero (lead off)"
    assert "no heart rate" in reasons["neonate_4n.csv"]
    assert "adult_5n.csv.gz" in reasons


def test_the_next_form_is_read_where_the_first_cannot_be(tmp_path):
    put(tmp_path, "raw/adult_1n.csv", "Elapsed_Time_Sec,HR\n0,70\n1,seventy\n")
    put(tmp_path, "processed/adult_1n.csv")
    put(tmp_path, "adult_1n.txt", TEXT)
    folder = read_folder(tmp_path)
    assert [record.header.source for record in folder.records] == ["processed/adult_1n.csv"]
    assert [(item.name, item.superseded) for item in folder.excluded] == [
        ("adult_1n.txt", True),
        ("raw/adult_1n.csv", False),
    ]
    assert folder.excluded[0].reason == "the same subject is read from processed/adult_1n.csv"


def test_batches_are_joined_and_the_tally_is_complete(tmp_path):
    rows = "".join(f"{second},70,\n" for second in range(1000))
    put(tmp_path, "adult_1n.csv", "Elapsed_Time_Sec,HR,[63131]\n" + rows)
    (subject,) = survey([tmp_path]).subjects
    reading = read_recording(subject.recordings[0])
    np.testing.assert_array_equal(reading.record.rows.ticks, range(1000))
    assert reading.record.span_s == 1000
    assert (reading.tally.rows_read, reading.tally.columns_ignored) == (1000, ("[63131]",))


def test_the_interval_that_is_given_wins(tmp_path):
    put(tmp_path, "adult_1n.csv")
    (subject,) = survey([tmp_path]).subjects
    assert read_recording(subject.recordings[0], interval_s=5.0).record.header.interval_s == 5.0


def test_readings_that_cannot_be_true_are_no_heart_rate(tmp_path):
    put(tmp_path, "adult_1n.csv", "Elapsed_Time_Sec,HR\n0,0\n60,900\n120,\n")
    (subject,) = survey([tmp_path]).subjects
    message = r"no valid heart rate: 1 × zero \(lead off\), 1 × a reading that cannot be true"
    with pytest.raises(DataError, match=message):
        read_recording(subject.recordings[0])


def test_another_monitor_is_read_with_its_column_map(tmp_path):
    put(tmp_path, "neonates/bed_7.csv", "Zeit;Rate\n10:00;141,5\n10:01;142,0\n")
    mapped = ColumnMap.model_validate(
        {
            "separator": ";",
            "decimal": ",",
            "time": {"column": "Zeit", "read_as": "clock"},
            "signals": {"hr": "Rate"},
            "subject_id": r"bed_(\d+)",
        }
    )
    (subject,) = survey([tmp_path], column_map=mapped).subjects
    record = read_recording(subject.recordings[0], column_map=mapped).record
    assert (record.header.subject_id, record.header.cohort) == ("7", "neonate")
    np.testing.assert_array_equal(record.rows.signals["hr"], [141.5, 142.0])
    with pytest.raises(DataError, match="needs its column map"):
        open_recording(subject.recordings[0])


def test_a_wfdb_record_gives_what_its_export_gives(tmp_path):
    wfdb = pytest.importorskip("wfdb")
    rate = 60.0 + np.arange(50.0) / 10
    put(
        tmp_path,
        "csv/adult_1n.csv",
        "Elapsed_Time_Sec,HR\n" + "".join(f"{i},{v}\n" for i, v in enumerate(rate)),
    )
    (tmp_path / "wfdb").mkdir()
    wfdb.wrsamp(
        "1n",
        fs=1 / 60,
        units=["bpm"],
        sig_name=["HR"],
        p_signal=rate[:, None],
        fmt=["16"],
        adc_gain=[10.0],
        baseline=[0],
        write_dir=str(tmp_path / "wfdb"),
    )
    (subject,) = survey([tmp_path]).subjects
    export, record = (read_recording(it).record for it in subject.recordings)
    assert export.header.interval_s == record.header.interval_s == 60
    np.testing.assert_array_equal(export.rows.ticks, record.rows.ticks)
    np.testing.assert_allclose(export.rows.signals["hr"], record.rows.signals["hr"])


def test_a_folder_that_is_none_is_an_error(tmp_path):
    with pytest.raises(DataError, match="no such file or folder"):
        read_folder(tmp_path / "absent")
