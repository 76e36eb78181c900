"""Names of pictures: one for each record, and never one for two."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from bedside.ecg.drawing import picture_names
from bedside.errors import DataError

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

    assert seconds(16_000) < 80 * min(seconds(1_000) for _ in range(3))
