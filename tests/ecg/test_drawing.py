"""Names of pictures: one for each record, and never one for two."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pytest

from bedside.ecg.drawing import Drawing, draw_file, picture_names
from bedside.ecg.render import RenderOptions, parse_layout
from bedside.ecg.synth import write_wfdb
from bedside.errors import DataError
from bedside.records import EcgRecord

OUT = Path("out")


def test_pictures_are_named_as_their_records() -> None:
    records = ["a/r1.hea", "r2", "part.hdf5#3", "r2"]
    names = ("r1.png", "r2.png", "part-3.png")
    assert picture_names(records, OUT) == {
        record: OUT / name for record, name in zip(records[:3], names, strict=True)
    }


def test_a_number_sign_in_the_name_of_a_folder_is_no_index() -> None:
    assert picture_names(["bed#4/r1.hea"], OUT) == {"bed#4/r1.hea": OUT / "r1.png"}
    assert picture_names(["bed#4/p.hdf5#12"], OUT) == {"bed#4/p.hdf5#12": OUT / "p-12.png"}


def test_one_file_takes_one_record() -> None:
    assert picture_names(["r1"], Path("page.SVG")) == {"r1": Path("page.SVG")}
    with pytest.raises(DataError, match="one file for 2 records"):
        picture_names(["r1", "r2"], Path("page.png"))


def test_two_records_never_share_a_picture() -> None:
    with pytest.raises(DataError, match="a/r1 and b/r1 would both be drawn to r1"):
        picture_names(["a/r1", "r2", "b/r1"], OUT)


def test_the_time_that_names_take_grows_with_their_number_not_its_square() -> None:
    def seconds(count: int) -> float:
        begun = time.process_time()
        picture_names([f"r{number}" for number in range(count)], OUT)
        return time.process_time() - begun

    many, few = (min(seconds(count) for _ in range(3)) for count in (16_000, 1_000))
    assert many < 80 * few


def test_no_other_kind_of_picture_is_written(tmp_path: Path) -> None:
    for name in ("page.jpg", "page.PDF"):
        with pytest.raises(DataError) as raised:
            picture_names(["r1"], tmp_path / name)
        assert raised.value.fix == "write .png or .svg"
    (tmp_path / "run.jpg").mkdir()
    assert picture_names(["r1"], tmp_path / "run.jpg") == {"r1": tmp_path / "run.jpg" / "r1.png"}
    assert picture_names(["r1"], tmp_path / "v1.5") == {"r1": tmp_path / "v1.5" / "r1.png"}


def test_a_seed_is_not_negative() -> None:
    with pytest.raises(DataError, match="seed of -1"):
        Drawing(distortion_seed=-1)


def test_what_is_told_is_about_the_page_that_was_drawn(tmp_path: Path) -> None:
    record = EcgRecord("s", "r", np.random.default_rng(1).normal(0, 0.1, (12, 6000)), 500.0)
    write_wfdb(record, tmp_path)
    options = RenderOptions(mm_per_s=50, layout=parse_layout("I/II"))
    drawn = draw_file((str(tmp_path / "r"), tmp_path / "r.png"), drawing=Drawing(options))
    window, hidden = drawn.warnings[-2:]
    assert window == "window_chosen: the page shows 0 to 4.9 s of a record of 12 s"
    assert hidden.startswith("not on this page: III, aVR")
    assert sum(text.startswith("window_chosen") for text in drawn.warnings) == 1
