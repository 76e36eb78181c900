"""The dataset commands, as a user types them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from command_line import run


@pytest.fixture(scope="module")
def synthetic(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("synthetic") / "records"
    assert run("ecg", "synth", "--n", "12", "--seed", "1", "--out", str(folder)) == 0
    return folder


def made(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, object]:
    capsys.readouterr()
    assert run("dataset", *arguments, "--json") == 0
    return json.loads(capsys.readouterr().out)


def questions(folder: Path, count: int) -> Path:
    rows = [
        {
            "instruction": f"Question {n}?",
            "input": "",
            "output": "Sinus rhythm." if n else "As an AI, I cannot.",
        }
        for n in range(count)
    ]
    file = folder / "rows.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return file


def test_ecg_options_are_fields_of_the_source(
    synthetic: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = (
        "--tasks",
        "rhythm,yes_no",
        "--size",
        "448",
        "--layout",
        "12x1",
        "--gain",
        "5",
        "--distorted",
        "0.5",
    )
    shown = made(capsys, "ecg", str(synthetic), "--out", str(tmp_path / "d"), *options, "--workers", "1")
    (source,) = shown["config"]["sources"]  # type: ignore[index]
    assert (source["tasks"], source["size"], source["layout"]) == (["rhythm", "yes_no"], 448, "12x1")
    rows = [json.loads(line) for line in (tmp_path / "d" / "train.jsonl").read_text().splitlines()]
    assert {row["task"] for row in rows} == {"rhythm", "yes_no"}
    assert run("dataset", "check", str(tmp_path / "d")) == 0
    assert str(synthetic) not in (tmp_path / "d" / "manifest.json").read_text()


def test_where_and_balance(synthetic: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    given = (
        "ecg",
        str(synthetic),
        "--where",
        "task=yes_no",
        "--where",
        "task=report",
        "--balance",
        "--workers",
        "1",
    )
    made(capsys, *given, "--out", str(tmp_path / "d"))
    rows = [json.loads(line) for line in (tmp_path / "d" / "train.jsonl").read_text().splitlines()]
    assert {row["task"] for row in rows} == {"yes_no", "report"}
    assert run("dataset", *given, "--where", "colour=red", "--out", str(tmp_path / "e")) == 1
    assert "colour" in capsys.readouterr().err
    assert run("dataset", *given, "--where", "task", "--out", str(tmp_path / "e")) == 1
    assert "write --where source=ptb-xl" in capsys.readouterr().err


def test_import_counts_a_refusal_and_names_the_format_that_fits(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = questions(tmp_path, 20)
    shown = made(
        capsys, "import", str(file), "--format", "alpaca", "--name", "qa", "--out", str(tmp_path / "d")
    )
    figures = shown["figures"]
    assert sum(figures["dropped"].values()) == 1  # type: ignore[index]
    assert sum(part["examples"] for part in figures["counts"].values()) == 19  # type: ignore[index]
    assert run("dataset", "import", str(file), "--format", "sharegpt", "--out", str(tmp_path / "e")) == 1
    assert "--format alpaca fits" in capsys.readouterr().err


def test_text_becomes_examples_to_train_on(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "texts"
    folder.mkdir()
    for n in range(6):
        (folder / f"{n}.txt").write_text(f"Paragraph one of text {n}.\n\nParagraph two of text {n}.\n")
    made(capsys, "import", str(folder), "--format", "text", "--out", str(tmp_path / "d"))
    rows = [json.loads(line) for line in (tmp_path / "d" / "train.jsonl").read_text().splitlines()]
    assert all(row["text"].startswith("Paragraph one") for row in rows)
    given = ("import", str(folder), "--format", "text", "--images", str(folder), "--out", str(tmp_path / "e"))
    assert run("dataset", *given) == 1
    assert "leave --images" in capsys.readouterr().err


def test_mix_inspect_and_check_on_what_was_built(
    synthetic: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    one, two, out = (str(tmp_path / name) for name in ("one", "two", "mix"))
    made(capsys, "ecg", str(synthetic), "--out", one, "--workers", "1")
    made(capsys, "import", str(questions(tmp_path, 20)), "--format", "alpaca", "--out", two)
    shown = made(capsys, "mix", one, two, "--weight", "1", "--weight", "2", "--out", out)
    counts = shown["figures"]["sources"]  # type: ignore[index]
    assert counts["rows"]["train"] == pytest.approx(2 * counts["synthetic"]["train"], abs=1)
    seen = made(capsys, "inspect", out)
    assert Path(str(seen["page"])).is_file()
    assert made(capsys, "check", out)["problems"] == []
    rows = (tmp_path / "mix" / "test.jsonl").read_text()
    with (tmp_path / "mix" / "train.jsonl").open("a") as file:
        file.write(rows)
    assert run("dataset", "check", out) == 1
    told = capsys.readouterr().err
    assert "subject_leak" in told
    assert "altered" in told
    assert "→" in told


def test_the_recipe_s_sources_are_built_without_a_word_between(
    synthetic: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    recipe = tmp_path / "r.yaml"
    recipe.write_text(
        "name: x\nbase_model: demo\ndataset:\n  workers: 1\n  sources:\n"
        f"    - {{kind: ecg, path: {synthetic}, tasks: [report]}}\n"
        "    - {kind: synthetic_vitals, subjects: 10}\n"
    )
    shown = made(capsys, "--recipe", str(recipe), "--out", str(tmp_path / "d"))
    assert set(shown["figures"]["sources"]) == {"synthetic", "synthetic vitals"}  # type: ignore[index]
