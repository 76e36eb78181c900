"""Which lead stands where."""

from __future__ import annotations

import pytest

from bedside.ecg.render.layout import LAYOUTS, Layout, parse_layout, unsigned
from bedside.errors import DataError
from bedside.records import LEADS


def test_the_usual_layouts_have_the_usual_rows():
    assert parse_layout("3x4+1R").rows == (
        ("I", "aVR", "V1", "V4"),
        ("II", "aVL", "V2", "V5"),
        ("III", "aVF", "V3", "V6"),
        ("II",),
    )
    assert parse_layout("6x2").rows[0] == ("I", "V1")
    assert parse_layout("12x1").rows == tuple((lead,) for lead in LEADS)
    assert parse_layout("3x4+3R").rows[3:] == (("V1",), ("II",), ("V5",))


def test_cabrera_goes_by_angle_with_avr_turned():
    assert parse_layout("3x4-cabrera").rows == (
        ("aVL", "II", "V1", "V4"),
        ("I", "aVF", "V2", "V5"),
        ("−aVR", "III", "V3", "V6"),
    )
    assert parse_layout("6x2-cabrera+1R").rows[2] == ("−aVR", "V3")
    for name in ("3x4-cabrera+1R", "3x4-cabrera+V1+V5"):
        behind = name.replace("-cabrera", "") + "-cabrera"
        assert parse_layout(behind).rows == parse_layout(name).rows


@pytest.mark.parametrize("name", LAYOUTS)
def test_every_named_layout_shows_all_twelve_leads(name: str):
    assert LAYOUTS[name] == parse_layout(name)
    assert set(LAYOUTS[name].leads) == set(LEADS)


def test_rhythm_strips_and_whole_layouts_can_be_spelled_out():
    assert parse_layout("3x4+V1+V5").rows[3:] == (("V1",), ("V5",))
    spelled = parse_layout(" I, V1 /-aVR,vx/II ")
    assert spelled.rows == (("I", "V1"), ("−aVR", "vx"), ("II",))
    assert spelled.leads == ("I", "V1", "aVR", "vx", "II")
    assert parse_layout("V2").rows == (("V2",),)
    assert parse_layout("MLII").rows == (("MLII",),)


def test_a_sign_is_told_from_the_name():
    assert unsigned("−aVR") == unsigned("-aVR") == ("aVR", -1)
    assert unsigned("aVR") == ("aVR", 1)


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            "4x3",
            "3x4+",
            "3x4+V7",
            "3x4-cabrera2",
            "3x4-cabrera+1R-cabrera",
            "3x4+-cabrera",
            "3x4-Cabrera",
            "4",
        ),
        *("I,/II", "I//II", "-/I", "3x4/II", "/".join("I" * 65), ",".join("I" * 17)),
    ],
)
def test_what_is_no_layout_is_refused_with_what_would_be_one(text: str):
    with pytest.raises(DataError) as raised:
        parse_layout(text)
    assert "3x4" in raised.value.fix


def test_layouts_compare_by_value():
    assert Layout("x", (("II",),)) == Layout("x", (("II",),))
