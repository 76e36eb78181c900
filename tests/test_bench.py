"""What the benchmarks rest on: files in the real formats, and a pandas version with the published texts."""

from __future__ import annotations

import importlib
from datetime import timedelta
from pathlib import Path
from types import ModuleType

import polars as pl
import pytest

from bedside.vitals.published import measure_published
from bedside.vitals.readers import survey

BENCH = Path(__file__).resolve().parent.parent / "bench"


@pytest.fixture(autouse=True)
def bench_is_importable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(BENCH))


@pytest.fixture
def vitals_files() -> ModuleType:
    return importlib.import_module("vitals_files")


@pytest.fixture
def pandas_version() -> ModuleType:
    return importlib.import_module("published_pandas")


@pytest.fixture
def page() -> ModuleType:
    return importlib.import_module("benchmarks_page")


@pytest.fixture
def recordings(tmp_path: Path, vitals_files: ModuleType) -> Path:
    vitals_files.write_people(tmp_path, 2)
    vitals_files.write_wearable(tmp_path, 0, rows=20_000, seed=1)
    vitals_files.write_wearable(tmp_path, 1, rows=500, seed=1)
    vitals_files.write_neonate(tmp_path, 0, rows=5_000, seed=1)
    vitals_files.write_adult(tmp_path, 0, rows=700, seed=1)
    return tmp_path


def test_synthesized_files_are_taken_for_the_real_ones(recordings: Path) -> None:
    found = survey([recordings], prefer="processed")
    assert not found.excluded
    assert {
        (subject.subject_id, subject.recordings[0].form, subject.recordings[0].cohort)
        for subject in found.subjects
    } == {
        ("903", "wearable csv", "adolescent"),
        ("904", "wearable csv", "adolescent"),
        ("3100000n", "monitor csv", "neonate"),
        ("3200000n", "monitor csv", "adult"),
    }


@pytest.mark.parametrize(
    ("real", "ours"),
    [("neonate_3182898n", "neonate_3100000n"), ("adult_3190202n", "adult_3200000n")],
)
def test_monitor_files_have_the_columns_and_number_formats_of_the_real_ones(
    recordings: Path, data_dir: Path, real: str, ours: str
) -> None:
    of_real = pl.read_csv(
        data_dir / "vitals/mimic3_numerics/processed" / f"{real}.csv", infer_schema_length=None
    )
    made = pl.read_csv(recordings / "mimic3_numerics/processed" / f"{ours}.csv", infer_schema_length=None)
    spelled = {"ST-III": "ST-II"}  # which leads are recorded differs from patient to patient
    assert [spelled.get(name, name) for name in of_real.columns] == made.columns
    assert of_real.dtypes == made.dtypes


def test_a_wearable_row_stands_for_each_minute_and_the_repeated_hour_is_there_once(recordings: Path) -> None:
    table = pl.read_csv(recordings / "hr_adolescent/subject_903_hr.csv")
    assert table.height == 20_000
    when = table["Local datetime [ISO8601]"]
    assert when[0] == "2019-10-15T00:00:00+0200"
    moments = when.str.to_datetime("%Y-%m-%dT%H:%M:%S%z")
    assert moments.diff().min() == timedelta(minutes=1)
    night = table.filter(pl.col("Local date [yyyy-mm-dd]") == "2019-10-27")
    assert set(night.filter(pl.col("Local time [hh:mm]") < "02:00")["UTC offset [hr]"]) == {2}
    assert set(night.filter(pl.col("Local time [hh:mm]") >= "02:00")["UTC offset [hr]"]) == {1}
    assert night["Local time [hh:mm]"].is_unique().all()


def test_the_same_seed_gives_the_same_bytes(
    recordings: Path, tmp_path: Path, vitals_files: ModuleType
) -> None:
    for write, rows in (("write_wearable", 20_000), ("write_neonate", 5_000), ("write_adult", 700)):
        again = getattr(vitals_files, write)(tmp_path / "again", 0, rows=rows, seed=1)
        other = getattr(vitals_files, write)(tmp_path / "other", 0, rows=rows, seed=2)
        first = recordings / again.relative_to(tmp_path / "again")
        assert first.read_bytes() == again.read_bytes() != other.read_bytes()


@pytest.mark.parametrize("whole", [True, False])
def test_pandas_gives_our_published_texts(recordings: Path, pandas_version: ModuleType, whole: bool) -> None:
    pandas_version.write_plain(
        recordings / "hr_adolescent",
        recordings / "mimic3_numerics/processed",
        recordings / "plain",
        whole=whole,
    )
    ours = {
        measure_published(subject.recordings[0]).narrative
        for subject in survey([recordings], prefer="processed").subjects
    }
    texts = (recordings / "plain").read_text(encoding="utf-8").split(pandas_version.DIVIDER)
    assert {text.removeprefix("Below is a cardiology topic:\n\n").rstrip("\n") for text in texts} == ours
    assert len(ours) == 4


def test_pandas_gives_the_texts_that_were_published(data_dir: Path, pandas_version: ModuleType) -> None:
    published = (
        (data_dir / "vitals/published/cardiology_calibration_imatrix.txt").read_bytes().decode("cp1252")
    )
    files = sorted((data_dir / "vitals/mimic3_numerics/processed").glob("*.csv"))
    texts = [text for path in files if (text := pandas_version.monitor_text(path, whole=True)) is not None]
    assert len(texts) >= 2
    assert all(text in published for text in texts)


def test_a_section_of_the_page_is_replaced_and_the_others_stay(tmp_path: Path, page: ModuleType) -> None:
    path = tmp_path / "benchmarks.md"
    path.write_text("# Benchmarks\n\nHead.\n\n## One\n\nold\n\n## Two\n\nkept\n", encoding="utf-8")
    page.write_section(path, "One", "new \\1\n")
    page.write_section(path, "Three", page.table(["a", "b"], [["1", "2"]]))
    page.write_section(path, "Three", page.table(["a", "b"], [["3", "4"]]))
    assert path.read_text(encoding="utf-8") == (
        "# Benchmarks\n\nHead.\n\n## One\n\nnew \\1\n\n## Two\n\nkept\n\n"
        "## Three\n\n| a | b |\n| --- | --- |\n| 3 | 4 |\n"
    )
