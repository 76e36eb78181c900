"""The ECG commands, as a user types them."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from bedside.ecg.synth import synthesize, write_wfdb
from command_line import run


@pytest.fixture
def records(tmp_path: Path) -> Path:
    """A folder with two synthetic WFDB records, `a` and `b`, and a table of the first one."""
    for number, name in enumerate("ab"):
        made = synthesize(
            "normal_sinus_rhythm", rng=np.random.default_rng(number), subject_id=name, record_name=name
        )
        write_wfdb(made.record, tmp_path)
        rows = made.record.signals_mv.T
    np.savetxt(
        tmp_path / "b.csv", rows, delimiter=",", header=",".join(made.record.leads), comments="", fmt="%.3f"
    )
    return tmp_path


def test_show_prints_the_contract(records: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("ecg", "show", str(records / "a"), "--json") == 0
    shown = json.loads(capsys.readouterr().out)
    assert shown.keys() == {
        "record",
        "format",
        "sampling_rate_hz",
        "duration_s",
        "leads",
        "missing_leads",
        "warnings",
    }
    assert (shown["sampling_rate_hz"], shown["duration_s"], shown["missing_leads"]) == (500, 10, [])
    assert shown["leads"]["aVR"].keys() == {
        "min_mv",
        "max_mv",
        "mean_mv",
        "missing_samples",
        "derived",
        "flags",
    }
    assert shown["warnings"] == []
    assert run("ecg", "show", str(records / "a")) == 0
    assert "aVR" in capsys.readouterr().out


def test_what_a_table_does_not_say_is_given(records: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("ecg", "show", str(records / "b.csv")) == 1
    assert "--sampling-rate" in capsys.readouterr().err
    assert run("ecg", "show", str(records / "b.csv"), "--sampling-rate", "500", "--json") == 0
    assert {it["code"] for it in json.loads(capsys.readouterr().out)["warnings"]} == {"unit_assumed"}
    given = ("--sampling-rate", "500", "--unit", "uV", "--json")
    assert run("ecg", "show", str(records / "b.csv"), *given) == 0
    shown = json.loads(capsys.readouterr().out)
    assert shown["leads"]["II"]["max_mv"] < 0.01
    assert shown["warnings"] == []


def test_an_unreadable_record_is_one_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "x.hea").write_text("x 1 500 5000\nx.dat 16 1000/mV 16 0 0 0 0 II\n")
    assert run("ecg", "show", str(tmp_path / "x")) == 1
    told = capsys.readouterr().err
    assert told.count("error:") == 1
    assert "x.dat" in told
    assert "Traceback" not in told


def test_render_draws_all_but_the_bad_one(records: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = records / "out"
    given = (str(records / "a"), str(records / "absent"), str(records / "b.hea"), "--out", str(out))
    assert run("ecg", "render", *given, "--size", "448") == 1
    told = capsys.readouterr().err
    assert "1 of 3 records could not be drawn" in told
    assert told.count(f"{records / 'absent'}: there is no such file") == told.count(str(records)) == 1
    assert sorted(file.name for file in out.iterdir()) == ["a.png", "b.png"]
    assert Image.open(out / "a.png").size == (448, 448)


def test_one_record_goes_to_one_file_in_the_form_its_name_says(records: Path) -> None:
    assert (
        run("ecg", "render", str(records / "a"), "--out", str(records / "page.svg"), "--layout", "12x1") == 0
    )
    assert (records / "page.svg").read_text().startswith(("<svg", "<?xml"))
    assert (
        run("ecg", "render", str(records / "a"), "--out", str(records / "x" / "a4.png"), "--size", "a4@100")
        == 0
    )
    assert Image.open(records / "x" / "a4.png").size == (1169, 827)


def test_options_change_the_picture_and_a_seed_distorts_it_the_same_way_every_time(records: Path) -> None:
    def drawn(*options: str) -> bytes:
        assert run("ecg", "render", str(records / "a"), "--out", str(records / "p.png"), *options) == 0
        return (records / "p.png").read_bytes()

    clean = drawn()
    assert drawn("--gain", "20") != clean
    assert drawn("--speed", "50") != clean
    assert drawn("--start", "2") != clean
    distorted = drawn("--distort-seed", "1")
    assert distorted != clean
    assert drawn("--distort-seed", "1") == distorted
    assert drawn("--distort-seed", "2") != distorted


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--layout", "4x3"), "unknown layout '4x3'"),
        (("--size", "a5"), "unknown page 'a5'"),
        (("--speed", "30"), "30 mm/s"),
        (("--gain", "7"), "7 mm/mV"),
        (("--start", "-1"), "-1"),
        (("--start", "10"), "the record ends at 10 s"),
        (("--layout", "I,VI"), "'VI'"),
        (("--size", "1"), "too small"),
        (("--size", "a4@1"), "too small"),
        (("--size", "1200x800@40"), "no room for layout 3x4+1R"),
        (("--distort-seed=-1",), "seed of -1"),
        (("--workers", "0"), "0 workers"),
        (("--amplitude-gain", "-1"), "a gain of -1"),
        (("--sampling-rate", "30000"), "30000 Hz"),
    ],
)
def test_a_wrong_option_says_what_is_right(
    records: Path, capsys: pytest.CaptureFixture[str], options: tuple[str, str], message: str
) -> None:
    assert run("ecg", "render", str(records / "a"), "--out", str(records / "out"), *options) == 1
    told = capsys.readouterr().err
    assert message in told
    assert "→" in told


def test_two_records_of_one_name_are_not_drawn_over_each_other(
    records: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = records / "other"
    other.mkdir()
    for file in ("a.hea", "a.dat"):
        (other / file).write_bytes((records / file).read_bytes())
    assert run("ecg", "render", str(records / "a"), str(other / "a"), "--out", str(records / "out")) == 1
    assert "would both be drawn to a.png" in capsys.readouterr().err


def test_synth_writes_records_that_read_back_and_their_truth(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = ("--n", "3", "--seed", "5", "--kind", "atrial_fibrillation", "--kind", "paced")
    assert run("ecg", "synth", *given, "--out", str(tmp_path / "a"), "--json") == 0
    assert json.loads(capsys.readouterr().out)["kinds"] == {"atrial_fibrillation": 2, "paced": 1}
    truth = [json.loads(line) for line in (tmp_path / "a" / "truth.jsonl").read_text().splitlines()]
    assert ["AFIB" in line["codes"] for line in truth] == [True, False, True]
    for header in (tmp_path / "a").glob("*.hea"):
        assert run("ecg", "show", str(header)) == 0
    assert run("ecg", "synth", *given, "--out", str(tmp_path / "b")) == 0
    for file in (tmp_path / "a").iterdir():
        assert (tmp_path / "b" / file.name).read_bytes() == file.read_bytes()
    assert run("ecg", "synth", *given, "--out", str(tmp_path / "a")) == 1
    assert run("ecg", "synth", "--n", "1", "--kind", "atrial_fibrilation", "--out", str(tmp_path / "c")) == 1
    assert "atrial_fibrillation" in capsys.readouterr().err


def test_every_record_that_was_not_drawn_is_told_with_its_own_fix(
    records: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wrong = (str(records / "absent"), str(records / "b.csv"))
    assert run("ecg", "render", *wrong, "--out", str(records / "out"), "--json") == 1
    told = capsys.readouterr()
    absent, table = json.loads(told.out)
    assert absent["file"] == table["file"] == ""
    assert told.err.splitlines() == [
        "error: 2 of 2 records could not be drawn:",
        absent["error"],
        f"  → {absent['fix']}",
        table["error"],
        "  → --sampling-rate HZ",
    ]


def test_what_a_page_does_not_show_is_said(records: Path, capsys: pytest.CaptureFixture[str]) -> None:
    drawn = ("ecg", "render", str(records / "a"), "--out", str(records / "a.png"))
    assert run(*drawn, "--speed", "50", "--layout", "12x1") == 0
    assert capsys.readouterr().err == (
        f"{records / 'a'}: window_chosen: the page shows 0 to 4.9 s of a record of 10 s\n"
    )
    assert run(*drawn) == 0
    assert capsys.readouterr().err == ""


def test_leads_are_shown_in_their_order_and_what_was_left_out_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = "".join(f"{number / 500:.3f},1,2,98\n" for number in range(500))
    (tmp_path / "x.csv").write_text(f"time,V1,II (mV),SpO2\n{rows}")
    assert run("ecg", "show", str(tmp_path / "x.csv"), "--json") == 0
    shown = json.loads(capsys.readouterr().out)
    assert list(shown["leads"]) == ["II", "V1"]
    assert list(shown) == sorted(shown)
    assert all(list(lead) == sorted(lead) for lead in shown["leads"].values())
    assert run("ecg", "show", str(tmp_path / "x.csv")) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "left out, no ECG lead: SpO2"
