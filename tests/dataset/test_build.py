"""The dataset stage: synthetic sources, a file of one's own, and the same bytes every time."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from PIL import Image

from bedside.dataset import DatasetConfig, build_dataset
from bedside.ecg.findings import FINDINGS, findings_in
from bedside.ecg.synth import write_synthetic
from bedside.errors import DataError
from bedside.examples import read_examples
from bedside.prompts import is_ecg_report, png_bytes
from inked import inked


def config(*sources: dict[str, object], workers: int = 1) -> DatasetConfig:
    return DatasetConfig.model_validate({"sources": sources, "workers": workers})


SYNTHETIC = ({"kind": "synthetic_ecg", "subjects": 20}, {"kind": "synthetic_vitals", "subjects": 10})


def test_synthetic_sources_give_pictures_reports_and_assessments(tmp_path: Path) -> None:
    made = build_dataset(config(*SYNTHETIC), out_dir=tmp_path / "dataset")
    examples = [
        e for part in ("train", "validation", "test") for e in read_examples(made.file(f"{part}.jsonl"))
    ]
    ecgs = [e for e in examples if e.images]
    assert (len(ecgs), len(examples)) == (20, 30)
    for ecg in ecgs:
        assert Image.open(made.path / ecg.images[0]).size == (128, 128)
        assert is_ecg_report(ecg.answer)
        assert findings_in(ecg.answer) == set(ecg.target or ())
    subjects = json.loads(made.file("split.json").read_text())
    assert not set(subjects["train"]) & set(subjects["test"])


def test_the_number_of_workers_does_not_change_a_byte(tmp_path: Path) -> None:
    one = build_dataset(config(*SYNTHETIC), out_dir=tmp_path / "one")
    two = build_dataset(config(*SYNTHETIC, workers=2), out_dir=tmp_path / "two")
    assert one.digest == two.digest


def own_file(folder: Path, rows: list[dict[str, object]]) -> Path:
    folder.mkdir(exist_ok=True)
    file = folder / "mine.jsonl"
    file.write_text("\n".join(json.dumps(row) for row in rows) + "\n")
    return file


def row(number: int, **changes: object) -> dict[str, object]:
    messages = [{"role": "user", "content": f"Q{number}?"}, {"role": "assistant", "content": "A."}]
    return {"id": f"r{number}", "subject_id": f"s{number}", "messages": messages, **changes}


def turns(*roles: str) -> list[dict[str, str]]:
    return [{"role": role, "content": "Text."} for role in roles]


def answered(text: str, *, asked: str = "Q?") -> list[dict[str, str]]:
    return [{"role": "user", "content": asked}, {"role": "assistant", "content": text}]


def test_a_file_of_ones_own_is_read_with_its_pictures(tmp_path: Path) -> None:
    rows = [row(n, images=[f"p{n}.png"]) for n in range(10)]
    file = own_file(tmp_path / "mine", rows)
    for n in range(10):
        (file.parent / f"p{n}.png").write_bytes(png_bytes(inked(n)))
    source = {"kind": "examples", "path": str(file)}
    made = build_dataset(config(source), out_dir=tmp_path / "dataset")
    for example in read_examples(made.file("train.jsonl")):
        original = file.parent / f"p{example.id[1:]}.png"
        assert (made.path / example.images[0]).read_bytes() == original.read_bytes()
    assert str(tmp_path) not in (made.path / "manifest.json").read_text()
    (file.parent / "p3.png").write_bytes(png_bytes(inked(99)))
    assert build_dataset(config(source), out_dir=tmp_path / "dataset").digest != made.digest


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("{not json", r"mine.jsonl:2: line: Invalid JSON"),
        (
            '{"id": "x", "subject_id": "y", "messages": []}',
            r"mine.jsonl:2: line: .*give either messages or text",
        ),
        (
            '{"id": "x", "messages": [{"role": "user", "content": "?"}]}',
            "mine.jsonl:2: subject_id: Field req",
        ),
        (
            json.dumps(row(1, images=["gone.png"])),
            r"mine.jsonl:2: example 'r1': the picture 'gone.png' does not",
        ),
        (
            json.dumps(row(1, images=["text.png"])),
            r"mine.jsonl:2: example 'r1': 'text.png': not a readable picture: its format is not known$",
        ),
        (
            json.dumps(row(1, images=["../outside.png"])),
            r"mine.jsonl:2: example 'r1': the picture '../outside.png' is not inside the folder",
        ),
        (json.dumps(row(0)), r"mine.jsonl:2: example 'r0': the id stands in line 1 already$"),
        (
            json.dumps(row(1, messages=answered("Sinus bradycardia."), target=["atrial fibrillation"])),
            r"mine.jsonl:2: example 'r1': target is 'atrial fibrillation', .* names are 'sinus bradycardia'$",
        ),
        (
            json.dumps(row(1, messages=answered("Sinus bradycardia."), target=[])),
            r"target is none, but the findings that its own answer names are 'sinus bradycardia'$",
        ),
        (json.dumps({**row(1), "imgs": []}), "mine.jsonl:2: imgs: Extra inputs"),
        (
            json.dumps(row(1, messages=turns("user", "user"))),
            r"mine.jsonl:2: example 'r1': turn 2 has the role 'user' where 'assistant' must come",
        ),
        (json.dumps(row(1, messages=turns("assistant"))), "mine.jsonl:2: example 'r1': turn 1 has the role"),
        (
            json.dumps(row(1, messages=turns("user", "system", "assistant"))),
            "mine.jsonl:2: example 'r1': turn 2 has the role 'system'",
        ),
        (
            json.dumps(row(1, messages=[*turns("user"), {"role": "assistant", "content": " \n"}])),
            r"mine.jsonl:2: example 'r1': message 2 \(assistant\) is empty",
        ),
        (json.dumps(row(1, messages=turns("system"))), "mine.jsonl:2: example 'r1': there is no user turn$"),
        (
            json.dumps(row(1, messages=turns("system"), images=["p.png"])),
            "mine.jsonl:2: example 'r1': there is no user turn, so its pictures would never be shown",
        ),
        (
            json.dumps(row(1, target=["rib fracture"])),
            "target: 'rib fracture' is not a finding that can be found in an answer$",
        ),
        (
            json.dumps(row(1, target=["sinus bradycardia", "AFib"])),
            r"mine.jsonl:2: example 'r1': target: 'AFib' .*did you mean 'atrial fibrillation'\?",
        ),
        (json.dumps(row(1, target=["Sinus tachikardia"])), r"did you mean 'sinus tachycardia'\?"),
        (
            json.dumps(row(1, target=["AF, sinus brady"])),
            r"did you mean 'atrial fibrillation' and 'sinus bradycardia'\?",
        ),
    ],
)
def test_a_bad_line_is_named(tmp_path: Path, line: str, message: str) -> None:
    file = own_file(tmp_path / "mine", [row(n) for n in range(10)])
    (file.parent / "text.png").write_text("no picture\n")
    (tmp_path / "outside.png").write_bytes(png_bytes(Image.new("RGB", (8, 8))))
    first, *rest = file.read_text().splitlines()
    file.write_text("\n".join([first, line, *rest[1:]]) + "\n")
    with pytest.raises(DataError) as caught:
        build_dataset(config({"kind": "examples", "path": str(file)}), out_dir=tmp_path / "dataset")
    assert re.search(message, caught.value.what)
    assert caught.value.fix
    assert not (tmp_path / "dataset").exists()


def test_every_finding_that_can_be_recognised_is_a_target(tmp_path: Path) -> None:
    targets = [
        *([finding.name] for finding in FINDINGS),
        ["atrial fibrillation", "inferior ST elevation"],
        [],
    ]
    rows = [
        row(n, target=target, messages=answered(f"Findings: {'; '.join(target)}.", asked=f"Q{n}?"))
        for n, target in enumerate(targets)
    ]
    unanswered = row(len(rows), target=["atrial fibrillation"], messages=turns("user"))
    file = own_file(tmp_path / "mine", [*rows, unanswered])
    made = build_dataset(config({"kind": "examples", "path": str(file)}), out_dir=tmp_path / "dataset")
    assert sum(part["examples"] for part in made.manifest.figures["counts"].values()) == len(targets) + 1


def test_an_absolute_path_is_refused_though_the_picture_is_one(tmp_path: Path) -> None:
    file = own_file(tmp_path / "mine", [row(0, images=[str(tmp_path / "mine" / "p.png")])])
    (file.parent / "p.png").write_bytes(png_bytes(Image.new("RGB", (8, 8))))
    with pytest.raises(DataError, match=r"mine\.jsonl:1: example 'r0': the picture .* is not inside"):
        build_dataset(config({"kind": "examples", "path": str(file)}), out_dir=tmp_path / "dataset")


def test_a_line_number_counts_the_empty_lines(tmp_path: Path) -> None:
    file = own_file(tmp_path / "mine", [row(0)])
    file.write_text(file.read_text() + "\n\n" + json.dumps(row(1, target=["ST"])) + "\n")
    with pytest.raises(DataError, match=r"mine\.jsonl:4: example 'r1'"):
        build_dataset(config({"kind": "examples", "path": str(file)}), out_dir=tmp_path / "dataset")


def test_too_few_subjects_are_refused_before_training(tmp_path: Path) -> None:
    file = own_file(tmp_path / "mine", [row(n) for n in range(4)])
    source = {"kind": "examples", "path": str(file)}
    with pytest.raises(DataError, match="with 4 subjects the test part of the data set is empty") as caught:
        build_dataset(config(source), out_dir=tmp_path / "dataset")
    assert "give at least 5 subjects" in caught.value.fix
    own_file(file.parent, [row(n) for n in range(5)])
    made = build_dataset(config(source), out_dir=tmp_path / "dataset").manifest.figures["counts"]
    assert [made[part]["examples"] for part in ("train", "validation", "test")] == [4, 0, 1]


def test_a_recording_that_is_left_out_stands_in_the_dataset_with_its_reason(tmp_path: Path) -> None:
    folder = tmp_path / "recordings"
    folder.mkdir()
    for number in range(5):
        rows = "".join(f"{60 * minute},{70 + number + minute % 3}\n" for minute in range(10))
        (folder / f"adult_{number}n.csv").write_text("Elapsed_Time_Sec,HR\n" + rows)
    (folder / "adult_9n.csv").write_text("Elapsed_Time_Sec,HR\n0,70\n60,61,5\n")
    made = build_dataset(config({"kind": "vitals", "path": str(folder)}), out_dir=tmp_path / "dataset")
    (dropped,) = map(json.loads, made.file("dropped.jsonl").read_text().splitlines())
    assert dropped["name"] == "adult_9n.csv"
    assert dropped["reason"] == "line 3: 3 fields where the header has 2 fields"
    assert made.manifest.figures["dropped"] == {dropped["reason"]: 1}


def test_what_is_odd_about_the_pictures_is_counted(tmp_path: Path) -> None:
    write_synthetic(tmp_path / "ecgs", count=6, seed=1, kinds=["normal_sinus_rhythm", "paced"], duration_s=7)
    source = {"kind": "ecg", "path": str(tmp_path / "ecgs"), "tasks": ["report"]}
    made = build_dataset(config(source), out_dir=tmp_path / "dataset")
    assert made.manifest.figures["picture_warnings"] == {"short_record": 6}


def test_warnings_of_pictures_that_are_not_used_do_not_count(tmp_path: Path) -> None:
    write_synthetic(tmp_path / "ecgs", count=10, seed=1, kinds=["normal_sinus_rhythm"], duration_s=7)
    source = {"kind": "ecg", "path": str(tmp_path / "ecgs"), "tasks": ["report"]}
    both = config(source, {"kind": "synthetic_vitals", "subjects": 5})
    made = build_dataset(both.model_copy(update={"weights": (1.0, 4.0)}), out_dir=tmp_path / "dataset")
    used = len(list((made.path / "images").rglob("*.png")))
    assert 0 < used < 10
    assert made.manifest.figures["picture_warnings"] == {"short_record": used}
