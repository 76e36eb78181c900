"""The dataset stage: synthetic sources, a file of one's own, and the same bytes every time."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PIL import Image

from bedside.dataset import DatasetConfig, build_dataset
from bedside.ecg.statements import findings_in
from bedside.errors import DataError
from bedside.examples import read_examples
from bedside.prompts import is_ecg_report, png_bytes


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
    assert made.manifest.figures["leaks"] == {"subjects": 0, "pictures": 0}
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
    messages = [{"role": "user", "content": "Q?"}, {"role": "assistant", "content": "A."}]
    return {"id": f"r{number}", "subject_id": f"s{number}", "messages": messages, **changes}


def test_a_file_of_ones_own_is_read_with_its_pictures(tmp_path: Path) -> None:
    rows = [row(n, images=[f"p{n}.png"]) for n in range(10)]
    file = own_file(tmp_path / "mine", rows)
    for n in range(10):
        (file.parent / f"p{n}.png").write_bytes(png_bytes(Image.new("RGB", (8, 8), (n, 0, 0))))
    source = {"kind": "examples", "path": str(file)}
    made = build_dataset(config(source), out_dir=tmp_path / "dataset")
    for example in read_examples(made.file("train.jsonl")):
        original = file.parent / f"p{example.id[1:]}.png"
        assert (made.path / example.images[0]).read_bytes() == original.read_bytes()
    assert str(tmp_path) not in (made.path / "manifest.json").read_text()
    (file.parent / "p3.png").write_bytes(png_bytes(Image.new("RGB", (8, 8), (99, 0, 0))))
    assert build_dataset(config(source), out_dir=tmp_path / "dataset").digest != made.digest


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("{not json", r"mine.jsonl:2: line: Invalid JSON"),
        ('{"id": "x", "subject_id": "y", "messages": []}', r"mine.jsonl:2: messages: "),
        (
            '{"id": "x", "messages": [{"role": "user", "content": "?"}]}',
            "mine.jsonl:2: subject_id: Field req",
        ),
        (json.dumps(row(1, images=["gone.png"])), "gone.png does not exist"),
        (json.dumps({**row(1), "imgs": []}), "mine.jsonl:2: imgs: Extra inputs"),
    ],
)
def test_a_bad_line_is_named(tmp_path: Path, line: str, message: str) -> None:
    file = own_file(tmp_path / "mine", [row(0)])
    file.write_text(file.read_text() + line + "\n")
    with pytest.raises(DataError, match=message):
        build_dataset(config({"kind": "examples", "path": str(file)}), out_dir=tmp_path / "dataset")
