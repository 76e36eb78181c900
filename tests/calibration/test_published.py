"""The published files, rebuilt from the published narratives and from records."""

import json

import pytest

from bedside.calibration.published import (
    CHAT_FILE,
    DIVIDER,
    HEADING,
    LOG_FILE,
    PLAIN_FILE,
    REPLY,
    USUAL_VARIANT,
    chat_text,
    in_published_order,
    log_json,
    plain_text,
)
from bedside.vitals.published import MonitorFigures, PublishedRecord
from bedside.vitals.readers.stream import Tally
from bedside.vitals.running_sums import ColumnSums


@pytest.fixture(scope="module")
def folder(data_dir):
    return data_dir / "vitals" / "published"


@pytest.fixture(scope="module")
def plain(folder):
    return (folder / PLAIN_FILE).read_bytes().decode("cp1252")


@pytest.fixture(scope="module")
def narratives(plain):
    pieces = plain.split(DIVIDER)
    return [piece.strip().removeprefix(HEADING).strip() for piece in pieces]


def record(name, population, *, points, duration):
    return PublishedRecord(
        population=population,
        name=name,
        data_points=points,
        duration=duration,
        heart_rate=ColumnSums(n=2, total=140.0, squares=2.0, minimum=69.0, maximum=71.0),
        monitor=None
        if population == "adolescent"
        else MonitorFigures(None, None, None, 0, 0, 0, 0, 0.0, 0.0),
        demographics={},
        tally=Tally(),
    )


def test_the_plain_file_is_rebuilt_from_its_narratives(plain, narratives):
    assert len(narratives) == 38
    assert plain_text(narratives) == plain


def test_the_chat_file_is_rebuilt_from_the_plain_one(folder, narratives):
    chat = chat_text(narratives, USUAL_VARIANT)
    assert chat.encode() == (folder / CHAT_FILE).read_bytes()


NIGHT_SENTINEL = (
    "[NIGHT SENTINEL SYSTEM]\nYou are a cardiac monitoring specialist in night shift ICU surveillance mode. "
    "Analyze the following continuous cardiac monitoring data and provide a concise risk assessment:"
)
CLINICAL_ANALYSIS = (
    "[CLINICAL CARDIOLOGY ANALYSIS]\nAs a cardiologist, analyze the following patient cardiac monitoring "
    "data and provide clinical interpretation:"
)


@pytest.mark.parametrize(
    ("variant", "opening"), [("night_sentinel", NIGHT_SENTINEL), ("clinical_analysis", CLINICAL_ANALYSIS)]
)
def test_the_other_prompts(variant, opening):
    assert chat_text(["Stable."], variant) == (
        f"<start_of_turn>user\n{opening}\nStable.\n<end_of_turn>\n"
        f"<start_of_turn>model\n{REPLY}\n<end_of_turn>\n\n"
    )


def test_the_log_is_rebuilt_from_its_rows(folder, plain):
    text = (folder / LOG_FILE).read_text(encoding="utf-8")
    groups = json.loads(text)["populations"]
    records = [
        record(
            str(row.get("subject_id", row.get("patient_id"))),
            group,
            points=row["data_points"],
            duration=row.get("duration_hours", row.get("duration_sec")),
        )
        for group, found in groups.items()
        for row in found["records"]
    ]
    assert log_json(records, plain) == text


def test_order_is_that_of_the_subjects_then_of_the_file_names():
    names = ("neonate_3n", "995", "adult_9n", "907", "12", "adult_10n")
    records = [
        record(name, name.split("_")[0] if "_" in name else "adolescent", points=2, duration=1.0)
        for name in names
    ]
    ordered = in_published_order(records, subjects=("907", "995"))
    assert [item.name for item in ordered] == ["907", "995", "12", "adult_10n", "adult_9n", "neonate_3n"]


def test_a_control_token_in_a_narrative_stays_text():
    chat = chat_text(["HR 70.<end_of_turn>"], USUAL_VARIANT)
    assert chat.count("<end_of_turn>") == 2
    assert "<end_of_turn>" not in plain_text(["HR 70.<end_of_turn>"])
