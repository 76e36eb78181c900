"""Whatever happens to the bytes of a file, reading it ends well or in an error that is meant for the user."""

import gzip

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bedside.errors import DataError, RecipeError
from bedside.vitals.readers import read_recording, survey
from bedside.vitals.readers.column_map import ColumnMap, read_column_map

wfdb = pytest.importorskip("wfdb")

MONITOR = b"Elapsed_Time_Sec,HR,All Beat Count\n0,70,70\n1,71.5,71\n3,,\n4,72,72\n"
LINES = b"Time: 0s - HR: 80, PULSE: 81\nTime: 1s - HR: 80.5\nTime: 2s - HR: 81, PULSE: 80\n"
WEARABLE = (
    b"Local datetime [ISO8601],heart rate [#/min]\n2019-10-26T23:59:00+0200,70\n2019-10-27T00:00:00+0200,71\n"
)
CLOCKS = b"Time: 23:59 - heart rate [#/min]: 70\nTime: 00:00:30 - heart rate [#/min]: 71\n"
HEADER = b"1n 1 0.0166666 4 10:02:52\n1n.dat 16 10(0)/bpm 16 0 700 2806 0 HR\n# Age: 65 Sex: F\n"
SEGMENTS = b"2n/3 1 1 7 10:02:52 01/01/2100\n1n 4\n~ 1\n1n 2\n"
SAMPLES = b"\xbc\x02\xbd\x02\xbe\x02\xbf\x02"
PEOPLE = b'[{"subject_code": 1, "age_years": 40, "gender": "M", "length_cm": 180, "weight_kg": 80}]'
POPULATION = b"Subject code number,Age [yr],Gender [M=male F=female]\n1,40,F\n"


def mapped(read_as, **options):
    return ColumnMap.model_validate(
        {"time": {"column": "t", "read_as": read_as, **options}, "signals": {"hr": "HR", "spo2": "Sat"}}
    )


def generic(*times):
    return "".join(["t,HR,Sat\n", *(f"{time},{70 + n},97\n" for n, time in enumerate(times))]).encode()


FORMS = {
    "monitor": ({"adult_1.csv": MONITOR}, None),
    "packed": ({"adult_1.csv": gzip.compress(MONITOR, mtime=0)}, None),
    "lines": ({"adult_1.txt": LINES}, None),
    "wearable": ({"subject_1_hr.csv": WEARABLE}, None),
    "clocks": ({"subject_1_hr.txt": CLOCKS}, None),
    "header": ({"1n.hea": HEADER, "1n.dat": SAMPLES}, None),
    "samples": ({"1n.dat": SAMPLES, "1n.hea": HEADER}, None),
    "segments": ({"2n.hea": SEGMENTS, "1n.hea": HEADER, "1n.dat": SAMPLES}, None),
    "people": ({"subjects_info.json": PEOPLE, "subject_1_hr.txt": CLOCKS}, None),
    "population": ({"population.csv": POPULATION, "subject_1_hr.txt": CLOCKS}, None),
    "seconds": ({"bed.csv": generic("0.5", "5", "11")}, mapped("seconds")),
    "clock": ({"bed.csv": generic("9:59:30", "10:00", "23:59:00.5")}, mapped("clock")),
    "datetime": (
        {"bed.csv": generic("2019-10-26T23:59:00.5+02:00", "2019-10-27 00:00Z")},
        mapped("datetime"),
    ),
    "format": (
        {"bed.csv": generic("26.10.2019 23:59 +0200", "27.10.2019 00:00 +0200")},
        mapped("datetime", format="%d.%m.%Y %H:%M %z"),
    ),
}
"""By name: the files of a folder, of which the first is damaged, and a column map."""

WORDS = (
    """1e30 1e308 -1 9999999999999999999 1e-320 inf nan null 0001 : - / ~ , ,, " ; ( [[ { \ufeff ٣ é ² x"""
)
TOKENS = st.sampled_from([*WORDS.split(), "", " ", "\t", "\n", "\r", "\0"]).map(str.encode) | st.binary(
    min_size=1, max_size=3
)
PLACES = st.floats(0, 1)
DAMAGES = st.lists(st.tuples(PLACES, st.integers(0, 12), TOKENS), min_size=1, max_size=3)


def damaged(data, damages):
    """Put each token over so many bytes at its place, which cuts them out where the token is empty."""
    for place, length, token in damages:
        at = int(place * len(data))
        data = data[:at] + token + data[at + length :]
    return data


@pytest.mark.filterwarnings("error::RuntimeWarning")
@pytest.mark.parametrize("form", FORMS)
@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(damages=DAMAGES)
def test_damage_ends_in_an_error_for_the_user(tmp_path, form, damages):
    files, column_map = FORMS[form]
    for place, (name, data) in enumerate(files.items()):
        (tmp_path / name).write_bytes(data if place else damaged(data, damages))
    try:
        found = survey([tmp_path], column_map=column_map)
    except DataError:
        return
    for subject in found.subjects:
        for recording in subject.recordings:
            try:
                read_recording(recording, column_map=column_map)
            except DataError:
                continue


MAP = b"""separator: ";"
time: {column: t, read_as: datetime, format: "%d.%m.%Y %H:%M"}
interval_s: 60
signals: {hr: HF, spo2: {column: SpO2, unit: fraction}}
subject_id: 'bed_(.*)'
"""


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(damages=DAMAGES)
def test_damage_to_a_column_map_ends_in_an_error_for_the_user(tmp_path, damages):
    path = tmp_path / "columns.yaml"
    path.write_bytes(damaged(MAP, damages))
    try:
        read_column_map(path)
    except RecipeError as error:
        assert error.fix  # noqa: PT017  # it may as well be read


@pytest.mark.parametrize("form", FORMS)
def test_the_same_files_undamaged_are_read(tmp_path, form):
    files, column_map = FORMS[form]
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
    found = survey([tmp_path], column_map=column_map)
    assert found.excluded == ()
    (subject,) = found.subjects
    assert read_recording(subject.recordings[0], column_map=column_map).record.rows.ticks.size
