"""What is said of a page: the seconds on it, what was moved, and the leads that are not there."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from bedside.ecg.render import RenderOptions, draw, notices, parse_layout
from bedside.ecg.render.shown import check_page, recorded_leads
from bedside.ecg.render.svg import svg
from bedside.errors import DataError
from bedside.records import LEADS, EcgRecord


def lasting(seconds: float, leads: tuple[str, ...] = LEADS, derived: tuple[str, ...] = ()) -> EcgRecord:
    signals = np.zeros((len(leads), round(seconds * 100)))
    return EcgRecord("s", "r", signals, 100.0, leads=leads, derived=frozenset(derived))


def test_a_whole_record_on_the_page_needs_no_words() -> None:
    assert notices(lasting(10), RenderOptions()) == ()
    assert notices(lasting(9.95), RenderOptions()) == ()


def test_the_seconds_that_are_drawn_are_said() -> None:
    assert notices(lasting(10), RenderOptions(mm_per_s=50)) == (
        "window_chosen: the page shows 0 to 4.9 s of a record of 10 s",
    )
    assert notices(lasting(30), RenderOptions(start_s=12.5)) == (
        "window_chosen: the page shows 12.5 to 22.5 s of a record of 30 s",
    )
    assert notices(lasting(7), RenderOptions(mm_per_s=50)) == (
        "window_chosen: the page shows 0 to 4.9 s of a record of 7 s",
    )


def test_columns_that_were_moved_are_said() -> None:
    (text,) = notices(lasting(7.3), RenderOptions())
    assert text == (
        "short_record: the record ends at 7.3 s, the page at 10 s; moved to the last seconds that there are: "
        "V1, V4, V2, V5, V3, V6 from 4.8 s"
    )
    (text,) = notices(lasting(7.3), RenderOptions(layout=parse_layout("12x1")))
    assert text == "short_record: the record ends at 7.3 s, the page at 10 s"
    window, short = notices(lasting(10), RenderOptions(start_s=4))
    assert window.endswith("4 to 10 s of a record of 10 s")
    assert short.startswith("the record ends at 10 s, the page at 14 s; moved")
    assert short.endswith("V1, V4, V2, V5, V3, V6 from 7.5 s")


def test_recorded_leads_that_the_page_lacks_are_said_with_a_layout_that_shows_them() -> None:
    pair = lasting(10, ("V5", "MLII"))
    assert notices(pair, RenderOptions()) == ("not on this page: MLII; --layout MLII/V5 shows it",)
    assert notices(pair, RenderOptions(layout=parse_layout("MLII/V5"))) == ()
    spaced = lasting(10, ("signal 0", "signal 1"))
    assert notices(spaced, RenderOptions())[0].endswith("--layout 'signal 0/signal 1' shows them")
    assert notices(lasting(10, ("a/b",)), RenderOptions()) == ("not on this page: a/b",)
    strip = RenderOptions(layout=parse_layout("II"))
    assert notices(lasting(10, LEADS[:3], derived=("III",)), strip) == (
        "not on this page: I; --layout I/II shows it",
    )


def test_every_layout_that_is_named_shows_what_it_promises() -> None:
    for leads in (("MLII",), ("vx", "vy", "vz"), ("signal 0", "II")):
        shown = lasting(10, leads)
        layout = notices(shown, RenderOptions())[0].split("--layout ")[1].rsplit(" shows", 1)[0].strip("'")
        options = RenderOptions(layout=parse_layout(layout))
        assert notices(shown, options) == ()
        assert draw(shown, options).pixels.any()


def test_a_lead_without_samples_is_not_recorded() -> None:
    shown = lasting(10)
    shown.signals_mv[3] = np.nan
    shown.signals_mv[4, 0] = np.nan
    assert recorded_leads(shown) == tuple(lead for lead in LEADS if lead != "aVR")
    assert svg(shown).count("not recorded") == 1
    assert "Not recorded: aVR." in svg(shown)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (RenderOptions(start_s=10), "the record ends at 10 s, the page would begin at 10 s"),
        (RenderOptions(layout=parse_layout("X/Y")), "asks for 'X'"),
    ],
)
def test_pages_that_show_nothing_are_refused(options: RenderOptions, words: str) -> None:
    for refuse in (check_page, draw, svg):
        with pytest.raises(DataError, match=words):
            refuse(lasting(10), options)
    check_page(lasting(10), replace(options, start_s=9.99, layout=parse_layout("I")))
