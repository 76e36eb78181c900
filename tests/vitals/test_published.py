"""The published texts, from the files that they were made of and in every form that these are given in."""

import csv
import json
import random

import numpy as np
import pytest

from bedside.errors import DataError
from bedside.vitals.published import measure_published
from bedside.vitals.readers.demographics import read_demographics
from bedside.vitals.readers.recording import Recording

HEART_RATE = "heart rate [#/min]"
WEARABLE_HEADER = (
    "Subject code number,Local datetime [ISO8601],Local date [yyyy-mm-dd],Local time [hh:mm],"
    f"UTC offset [hr],{HEART_RATE}"
)
WITH_HEART_RATE = (
    "adult_3190202n",
    "adult_3297027n",
    "adult_3570073n",
    "adult_3618048n",
    "neonate_3182898n",
    "neonate_3716249n",
    "neonate_3875566n",
)


def recording(path, *, demographics=None):
    is_wearable = path.name.startswith("subject_")
    kind = "csv" if ".csv" in path.suffixes else "text"
    return Recording(
        path=path,
        name=path.name,
        form=f"wearable {kind}" if is_wearable else f"monitor {kind}",
        processed=path.parent.name == "processed",
        subject_id=path.name.split(".")[0].split("_")[1],
        cohort="unknown",
        demographics=demographics or {},
    )


@pytest.fixture(scope="module")
def vitals(data_dir):
    return data_dir / "vitals"


@pytest.fixture(scope="module")
def log_rows(vitals):
    log = json.loads((vitals / "published" / "calibration_dataset_log.json").read_text(encoding="utf-8"))
    rows = [row for group in log["populations"].values() for row in group["records"]]
    return {str(row.get("subject_id", row.get("patient_id"))): row for row in rows}


@pytest.fixture(scope="module")
def narratives(vitals, log_rows):
    plain = (vitals / "published" / "cardiology_calibration_imatrix.txt").read_bytes().decode("cp1252")
    heading = "Below is a cardiology topic:"
    texts = [piece.strip().removeprefix(heading).strip() for piece in plain.split("=" * 80)]
    return dict(zip(log_rows, texts, strict=True))


@pytest.fixture(scope="module")
def people(vitals):
    return read_demographics([vitals / "fitbit_adolescent" / "subjects_info.json"]).by_subject


@pytest.mark.parametrize("form", ["raw", "processed"])
@pytest.mark.parametrize("name", WITH_HEART_RATE)
def test_monitor_csv_gives_the_published_text_and_log_row(vitals, narratives, log_rows, name, form):
    record = measure_published(recording(vitals / "mimic3_numerics" / form / f"{name}.csv"))
    assert record.narrative == narratives[name]
    assert {
        "patient_id": record.name,
        "data_points": record.data_points,
        "duration_sec": record.duration,
    } == log_rows[name]


@pytest.mark.parametrize("name", ["adult_3924317n", "neonate_3716249n"])
def test_monitor_text_gives_the_published_text(vitals, narratives, log_rows, name):
    record = measure_published(recording(vitals / "mimic3_numerics" / f"{name}.txt"))
    assert record.narrative == narratives[name]
    assert (record.data_points, record.duration) == (
        log_rows[name]["data_points"],
        log_rows[name]["duration_sec"],
    )


@pytest.mark.parametrize("subject", ["907", "919", "964"])
def test_wearable_text_gives_the_published_text(vitals, narratives, log_rows, people, subject):
    path = vitals / "fitbit_adolescent" / f"subject_{subject}_hr.txt"
    record = measure_published(recording(path, demographics=dict(people[subject])))
    assert record.narrative == narratives[subject]
    assert {
        "subject_id": int(record.name),
        "data_points": record.data_points,
        "duration_hours": record.duration,
    } == log_rows[subject]


def test_wearable_csv_gives_the_same_text_as_its_rendering(vitals, narratives, people, tmp_path):
    lines = (vitals / "fitbit_adolescent" / "subject_907_hr.txt").read_text(encoding="ascii").split("\n")
    rates = [line.rpartition(": ")[2] for line in lines]
    path = tmp_path / "subject_907_hr.csv"
    rows = (f"907,2019-10-15T00:00:00+0200,2019-10-15,00:00,2,{rate}" for rate in rates)
    path.write_text("\n".join([WEARABLE_HEADER, *rows]) + "\n", encoding="utf-8")
    record = measure_published(recording(path, demographics=dict(people["907"])))
    assert record.narrative == narratives["907"]


@pytest.mark.parametrize("form", ["raw", "processed"])
def test_a_recording_without_heart_rate_is_refused(vitals, form):
    with pytest.raises(DataError, match="no heart rate"):
        measure_published(recording(vitals / "mimic3_numerics" / form / "neonate_3479334n.csv"))


def test_forms_that_the_published_data_set_did_not_know_are_refused(tmp_path):
    for form in ("wfdb", "generic csv"):
        with pytest.raises(DataError, match=f"no text for a recording in the form '{form}'"):
            measure_published(Recording(tmp_path / "x.hea", "x.hea", form, False, "x", "adult", {}))


def write_monitor(path, columns, rows):
    path.parent.mkdir(exist_ok=True)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["Elapsed_Time_Sec", *columns])
        writer.writerows(["" if cell is None else cell for cell in row] for row in rows)
    return recording(path)


def test_every_finding_is_told_in_order(tmp_path):
    columns = [
        *("HR", "%SpO2", "Normal Beat Count", "PVC Count", "SVPB Count", "Paced Beat Count"),
        *("Trigeminy Percent", "Bigeminy Percent"),
    ]
    rows = [(0, 60, 97.0, 40, 1, 0, 20, 0, 0), (60, 70, 98.5, 50.5, 2, 3, 4.75, 2.5, 7.25)]
    record = measure_published(write_monitor(tmp_path / "processed" / "adult_1n.csv", columns, rows))
    # 24.75 paced beats are cut to 24 and 90.5 normal ones to 90, of 120 in all
    assert record.narrative == (
        "Adult icu patient, with complex cardiac monitoring.\n\n"
        "Continuous cardiac monitoring over 1.0 minutes. Mean heart rate 65.0 bpm (±5.0 bpm), "
        "range 60-70 bpm; SpO2 97.8%.\n\n"
        "Cardiac rhythm analysis: Predominantly normal sinus rhythm with 5 abnormality features documented. "
        "paced rhythm (20.0% paced beats), premature ventricular contractions (PVC) present (2.5%, 3 total), "
        "supraventricular premature beats (2.5%, 3 total), bigeminy detected (7.2%), "
        "trigeminy detected (2.5%). "
        "Patient demonstrates rhythm abnormalities requiring ongoing cardiac assessment and possible "
        "intervention."
    )


def test_bigeminy_alone_is_listed_and_still_called_stable(tmp_path):
    rows = [(5, 150, 0, 97, 3)]
    columns = ("HR", "RESP", "SpO2", "Bigeminy Percent")
    record = measure_published(write_monitor(tmp_path / "processed" / "infant_7n.csv", columns, rows))
    assert record.population == "neonate"
    assert record.narrative == (
        "Pediatric icu patient, requiring continuous cardiac monitoring.\n\n"
        "Continuous cardiac monitoring over 0.1 minutes. Mean heart rate 150.0 bpm (±0.0 bpm), "
        "range 150-150 bpm.\n\n"
        "Cardiac rhythm analysis: Predominantly normal sinus rhythm with 1 abnormality features documented. "
        "bigeminy detected (3.0%). Cardiac rhythm remains stable with appropriate rate control."
    )


SIGNALS = ("HR", "PULSE", "RESP", *(f"S{number}" for number in range(7)))


def test_raw_rows_without_a_value_in_the_first_ten_signals_leave(tmp_path):
    empty = (None,) * 10
    rows = [
        (0, *empty, 5),
        *((tick, 80 + tick, *(None,) * 9, 1) for tick in range(1, 10)),
        (10, *(None,) * 9, 1.5, 1),
        (11, *empty, 7),
    ]
    source = write_monitor(tmp_path / "raw" / "adult_2n.csv", (*SIGNALS, "PVC Count"), rows)
    record = measure_published(source)
    assert (record.data_points, record.duration, record.monitor.pvc_count) == (10, 10.0, 10)
    assert record.tally.rows_left_out == {"no value in the first ten signals": 2}
    same_as_processed = write_monitor(tmp_path / "processed" / "adult_2n.csv", (*SIGNALS, "PVC Count"), rows)
    assert measure_published(same_as_processed).monitor.pvc_count == 22


@pytest.mark.parametrize(("counted", "pvc"), [(2, 10), (1, 0)])
def test_a_raw_column_leaves_when_more_than_90_percent_of_it_are_missing(tmp_path, counted, pvc):
    rows = [(tick, 80, *(None,) * 9, 5 if tick < counted else None) for tick in range(20)]
    source = write_monitor(tmp_path / "raw" / "adult_3n.csv", (*SIGNALS, "PVC Count"), rows)
    assert measure_published(source).monitor.pvc_count == pvc


def test_a_raw_heart_rate_that_leaves_is_no_heart_rate(tmp_path):
    rows = [(tick, 80 if tick == 0 else None, 81) for tick in range(20)]
    with pytest.raises(DataError, match="no heart rate"):
        measure_published(write_monitor(tmp_path / "raw" / "adult_4n.csv", ("HR", "PULSE"), rows))


def write_wearable(path, rates):
    lines = [
        f"Time: {minute // 60 % 24:02d}:{minute % 60:02d} - {HEART_RATE}: {rate}"
        for minute, rate in enumerate(rates)
    ]
    path.write_text("\n".join(lines), encoding="utf-8")
    return recording(path)


@pytest.mark.parametrize(
    ("rates", "words"),
    [
        ((60, 60), "normal baseline resting heart rate of 60.0 bpm (±0.0 bpm)"),
        ((100, 100), "normal baseline"),
        ((100, 101), "elevated baseline resting heart rate of 100.5"),
        ((59, 60), "low baseline resting heart rate of 59.5"),
        (
            (66, 75),
            "HR variability is excellent, indicating good cardiac stability and healthy autonomic tone.",
        ),
        ((65, 75), "HR variability is good, indicating good cardiac stability and healthy autonomic tone."),
        ((60, 80), "HR variability is moderate, indicating adequate cardiac response to stimuli."),
    ],
)
def test_limits_of_the_wearable_words(tmp_path, rates, words):
    assert words in measure_published(write_wearable(tmp_path / "subject_1_hr.txt", rates)).narrative


def test_what_is_not_known_of_a_subject(tmp_path):
    record = measure_published(write_wearable(tmp_path / "subject_1_hr.txt", (70, 71)))
    assert record.narrative.startswith(
        "Adolescent patient, unknown years old, Male. Height: unknown cm, Weight: unknown kg.\n\n"
        "Continuous heart rate monitoring over 0.0 hours"
    )


@pytest.mark.parametrize("line", ["Time: 00:03 - pulse: 3", f"Time: 00:03 - {HEART_RATE}: 7O"])
def test_a_line_of_another_form_is_named(tmp_path, line):
    source = write_wearable(tmp_path / "subject_1_hr.txt", (70, 71, 72))
    source.path.write_text(f"{source.path.read_text(encoding='utf-8')}\n{line}\n", encoding="utf-8")
    with pytest.raises(DataError, match="has not the form") as error:
        measure_published(source)
    assert error.value.line == 4


def test_a_cell_that_is_no_number_is_named(tmp_path):
    source = recording(tmp_path / "adult_5n.txt")
    source.path.write_text("Time: 0s - HR: 80\nTime: 1s - HR: eighty\n", encoding="utf-8")
    with pytest.raises(DataError, match="'eighty'") as error:
        measure_published(source)
    assert error.value.line == 2


def test_many_blocks_give_the_figures_of_the_whole(tmp_path):
    rng = random.Random(3)
    rows = [(tick, rng.randrange(40, 180), rng.choice((None, 0.25, 20.5))) for tick in range(200_000)]
    path = tmp_path / "processed" / "neonate_6n.csv"
    record = measure_published(write_monitor(path, ("HR", "RESP"), rows))
    rates = np.array([row[1] for row in rows], dtype=float)
    breaths = np.array([row[2] for row in rows if row[2] is not None])
    rate = record.heart_rate
    assert (rate.n, rate.mean) == (rates.size, rates.mean())
    assert rate.sd == pytest.approx(rates.std(), rel=1e-12)
    assert record.monitor.respiration_mean == pytest.approx(breaths.mean(), rel=1e-12)
