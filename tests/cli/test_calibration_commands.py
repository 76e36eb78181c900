"""The calibration commands, as a user types them."""

import json

import pytest

from calibration_folders import make_dataset, put_recordings
from command_line import run


def build(tmp_path, *options, out="out"):
    folder = tmp_path / "in"
    sources = folder if folder.exists() else put_recordings(folder)
    return run("calibration", "build", str(sources), "--out", str(tmp_path / out), "--workers", "1", *options)


def test_options_are_fields_of_the_configuration(tmp_path, capsys):
    options = ("--windows", "all,15min", "--seed", "7", "--prompt", "night_sentinel", "--interval", "60")
    assert build(tmp_path, *options, "--json") == 0
    config = json.loads(capsys.readouterr().out)["config"]
    assert config["windows"] == ["all", "15min"]
    assert (config["seed"], config["prompt"], config["interval_s"]) == (7, "night_sentinel", 60.0)
    log = json.loads((tmp_path / "out" / "log.json").read_text())
    assert {item["interval_s"] for item in log["files"] if item["status"] == "used"} == {60.0}


def test_an_option_wins_over_the_recipe(tmp_path, capsys):
    recipe = tmp_path / "recipe.yaml"
    recipe.write_text(
        "name: x\nbase_model: demo\ndataset: {sources: [{kind: synthetic_vitals, subjects: 9}]}\n"
        "calibration: {seed: 5, windows: [all], narrative: {sections: [vitals, conclusion]}}\n"
    )
    assert build(tmp_path, "--recipe", str(recipe), "--seed", "6", "--json") == 0
    config = json.loads(capsys.readouterr().out)["config"]
    assert (config["seed"], config["windows"]) == (6, ["all"])
    assert config["narrative"]["sections"] == ["vitals", "conclusion"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--tokens", "1000"), "tokens needs tokenizer"),
        (("--prompt", "nightsentinel"), "nightsentinel"),
        (("--windows", "2h"), "2h"),
        (("--profile", "published", "--windows", "1h"), "the published profile has no windows"),
        (("--general", "absent.txt"), "no such file"),
        (("--exclude", "absent"), "no data set whose test subjects"),
        (("--columns", "absent.yaml"), "absent.yaml"),
    ],
)
def test_a_wrong_option_says_what_is_wrong(tmp_path, capsys, options, message):
    assert build(tmp_path, *options) == 1
    told = capsys.readouterr().err
    assert message in told
    assert "→" in told
    assert "Traceback" not in told


def test_recordings_and_a_data_set_are_told_apart(tmp_path, capsys):
    make_dataset(tmp_path / "data", train=["a"], test=["1n"])
    assert build(tmp_path, str(tmp_path / "data"), "--json") == 0
    figures = json.loads(capsys.readouterr().out)["figures"]
    assert (figures["held_out_subjects"], figures["subjects"]) == (1, 2)
    make_dataset(tmp_path / "more", train=["b"], test=["c"])
    assert build(tmp_path, str(tmp_path / "data"), str(tmp_path / "more"), out="both") == 1
    assert "more than one data set" in capsys.readouterr().err


def test_two_builds_are_compared(tmp_path, capsys):
    build(tmp_path, out="a")
    build(tmp_path, "--seed", "1", out="b")
    capsys.readouterr()
    assert run("calibration", "diff", str(tmp_path / "a"), str(tmp_path / "b")) == 0
    shown = capsys.readouterr().out
    assert "conclusion" in shown
    assert "signals.hr.mean" not in shown
    assert run("calibration", "diff", str(tmp_path / "a"), str(tmp_path / "a"), "--json") == 0
    assert json.loads(capsys.readouterr().out)["changes"] == []


def test_a_plain_corpus_becomes_conversations_and_nothing_is_overwritten(tmp_path, capsys):
    corpus = tmp_path / "corpus.txt"
    corpus.write_bytes(b"Mean 71 \xb1 4 bpm.\n\nAll is well.\n" + b"=" * 80 + b"\nMean 99.\n\nToo fast.\n")
    arguments = ("calibration", "format", str(corpus), "--out", str(tmp_path / "out"))
    assert run(*arguments, "--prompt", "all", "--json") == 0
    report = json.loads(capsys.readouterr().out)
    assert (report["records"], report["encoding"], report["distinct_replies"]) == (2, "cp1252", 2)
    assert len(report["files"]) == 4
    text = (tmp_path / "out" / "chat-night_sentinel.txt").read_text(encoding="utf-8")
    assert "Mean 71 ± 4 bpm.<end_of_turn>\n<start_of_turn>model\nAll is well.<end_of_turn>\n" in text
    assert run(*arguments, "--prompt", "all") == 0, "the same again is no change"
    (tmp_path / "out" / "chat-deployment.txt").write_text("mine")
    assert run(*arguments, "--prompt", "all") == 1
    assert "is there already" in capsys.readouterr().err
    assert (tmp_path / "out" / "chat-deployment.txt").read_text() == "mine"


@pytest.mark.train
def test_a_file_is_audited_and_drawn(tmp_path, capsys, tiny_model):
    build(tmp_path, "--tokenizer", str(tiny_model))
    capsys.readouterr()
    chat, page = tmp_path / "out" / "chat.txt", tmp_path / "audit.html"
    arguments = ("calibration", "audit", str(chat), "--tokenizer", str(tiny_model))
    assert run(*arguments, "--out", str(page), "--json") == 0
    found = json.loads(capsys.readouterr().out)
    verdicts = {check["name"]: check["verdict"] for check in found["checks"]}
    assert "ok" in verdicts.values()
    assert page.read_text(encoding="utf-8").startswith("<!doctype html>")
    assert run(*arguments) == 0
    shown = capsys.readouterr().out
    assert "llama-imatrix" in shown
    assert "Q8_0" in shown
