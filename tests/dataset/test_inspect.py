"""The page of a dataset: its counts are right, and it needs nothing but itself."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from bedside.dataset import DatasetConfig, build_dataset
from bedside.dataset.inspect import inspect_dataset
from bedside.dataset.inspect.drawings import bars, histogram
from bedside.errors import DataError


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    sources = [{"kind": "synthetic_ecg", "subjects": 20}, {"kind": "synthetic_vitals", "subjects": 10}]
    config = DatasetConfig.model_validate({"sources": sources, "workers": 1})
    return build_dataset(config, out_dir=tmp_path_factory.mktemp("built") / "dataset").path


def test_everything_is_counted_once(built: Path, tmp_path: Path) -> None:
    seen = inspect_dataset(built, page=tmp_path / "page.html")
    assert [part.examples for part in seen.parts] == [21, 3, 6]
    assert sum(part.findings.total() for part in seen.parts) == 20
    assert sum(part.tasks["report"] for part in seen.parts) == 20
    assert sum(len(part.subjects) for part in seen.parts) == 30
    for part in seen.parts:
        rows = [json.loads(line) for line in (built / f"{part.name}.jsonl").read_text().splitlines()]
        lengths = sorted(len(row["messages"][-1]["content"]) for row in rows)
        assert sorted(part.answered.elements()) == lengths
        assert part.asked.total() == part.examples


def test_the_page_shows_examples_of_each_kind_and_loads_nothing(built: Path, tmp_path: Path) -> None:
    page = tmp_path / "sub" / "page.html"
    inspect_dataset(built, page=page)
    text = page.read_text(encoding="utf-8")
    assert text.count("<article") == 4
    assert text.count('<img src="data:image/png;base64,') == 2
    assert not re.search(r'(?:src|href)="(?!data:)', text)
    assert "Nothing was dropped" in text


def test_what_was_dropped_is_counted_by_reason_and_text_stays_text(built: Path, tmp_path: Path) -> None:
    dropped = [
        {"source": 0, "name": f"row {n}", "reason": "<b>bad</b>", "fix": "", "superseded": False}
        for n in (1, 2)
    ]
    copy = tmp_path / "copy"
    copy.mkdir()
    for name in ("train", "test"):
        (copy / f"{name}.jsonl").write_bytes((built / f"{name}.jsonl").read_bytes())
    (copy / "dropped.jsonl").write_text("".join(json.dumps(row) + "\n" for row in dropped))
    seen = inspect_dataset(copy, page=tmp_path / "page.html")
    assert [(it.reason, it.count, it.first) for it in seen.dropped] == [("<b>bad</b>", 2, "row 1")]
    text = (tmp_path / "page.html").read_text()
    assert "&lt;b&gt;bad&lt;/b&gt;" in text
    assert "<b>bad" not in text


def test_lengths_are_told_in_tokens_of_a_model(built: Path, tmp_path: Path, tiny_model: Path) -> None:
    seen = inspect_dataset(built, page=tmp_path / "page.html", tokenizer=tiny_model)
    assert seen.unit == "tokens"
    assert 0 < max(seen.parts[0].answered) < 400
    assert "tokens" in (tmp_path / "page.html").read_text()


def test_a_folder_without_parts_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="holds no dataset"):
        inspect_dataset(tmp_path, page=tmp_path / "page.html")


def test_every_count_is_in_one_bar() -> None:
    counts = {n * n: n + 1 for n in range(60)}
    drawn = histogram(counts, unit="tokens", what="examples")
    assert sum(int(n.replace(",", "")) for n in re.findall(r": ([\d,]+) examples?<", drawn)) == sum(
        counts.values()
    )
    assert histogram({}, unit="tokens", what="examples") == ""
    assert histogram({5: 2}, unit="years", what="subjects").count("<rect") == 1


def test_a_bar_is_as_long_as_its_count() -> None:
    drawn = bars({"a": [10, 10], "b": [5, 0]}, ("train", "test"))
    widths = [float(width) for width in re.findall(r'width="([\d.]+)" height', drawn)]
    assert widths[0] == widths[1] == 2 * widths[2]
    assert widths[3] == 0


def test_what_is_odd_in_a_folder_of_another_program_ends_nothing(built: Path, tmp_path: Path) -> None:
    folder = tmp_path / "foreign"
    folder.mkdir()
    row = json.loads((built / "test.jsonl").read_text().splitlines()[0])
    (tmp_path / "private.png").write_bytes((built / row["images"][0]).read_bytes())
    row |= {"images": ["../private.png"]}
    (folder / "test.jsonl").write_text(json.dumps(row) + "\n")
    seen = inspect_dataset(folder, page=tmp_path / "page.html")
    assert seen.parts[0].examples == 1
    assert "data:image" not in (tmp_path / "page.html").read_text()
    (folder / "dropped.jsonl").write_text('{"why": "?"}\n')
    with pytest.raises(DataError, match=r"dropped\.jsonl:1: is not what was dropped"):
        inspect_dataset(folder, page=tmp_path / "page.html")
