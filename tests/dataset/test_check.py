"""What must not be in a dataset is found in the files as they lie there."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from bedside.dataset import DatasetConfig, build_dataset
from bedside.dataset.check import check_dataset
from bedside.errors import DataError

Row = dict[str, object]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    sources = [{"kind": "synthetic_ecg", "subjects": 20}, {"kind": "synthetic_vitals", "subjects": 10}]
    config = DatasetConfig.model_validate({"sources": sources, "workers": 1})
    return build_dataset(config, out_dir=tmp_path_factory.mktemp("built") / "dataset").path


@pytest.fixture
def folder(built: Path, tmp_path: Path) -> Path:
    """A copy without its manifest, as another program might have written it."""
    copy = tmp_path / "dataset"
    shutil.copytree(built, copy)
    (copy / "manifest.json").unlink()
    return copy


def rows(folder: Path, part: str) -> list[Row]:
    return [json.loads(line) for line in (folder / f"{part}.jsonl").read_text().splitlines()]


def put(folder: Path, part: str, changed: list[Row]) -> None:
    (folder / f"{part}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in changed))


def change(folder: Path, part: str, number: int, edit: Callable[[Row], object]) -> Row:
    changed = rows(folder, part)
    edit(changed[number])
    put(folder, part, changed)
    return changed[number]


def found(folder: Path) -> dict[str, int]:
    return {problem.code: problem.count for problem in check_dataset(folder, workers=1).problems}


def test_a_dataset_that_was_built_here_has_no_problem(built: Path) -> None:
    report = check_dataset(built, workers=1)
    assert report.problems == ()
    assert report.examples == {"train": 21, "validation": 3, "test": 6}


def test_a_patient_in_two_parts_is_found_and_named(folder: Path) -> None:
    who = rows(folder, "train")[0]["subject_id"]
    change(folder, "test", 0, lambda row: row.update(subject_id=who))
    (problem,) = check_dataset(folder, workers=1).problems
    assert (problem.code, problem.count) == ("subject_leak", 1)
    assert problem.where == (f"{who}: train and test",)


def test_the_same_picture_in_two_parts_is_found_byte_for_byte_and_as_a_copy(folder: Path) -> None:
    (image,) = rows(folder, "train")[0]["images"]  # type: ignore[misc]
    shutil.copy(folder / image, folder / "images" / "planted.png")
    change(folder, "test", 0, lambda row: row.update(images=["images/planted.png"]))
    assert found(folder) == {"picture_leak": 1}
    Image.open(folder / image).convert("L").save(folder / "images" / "planted.jpg", quality=80)
    change(folder, "test", 0, lambda row: row.update(images=["images/planted.jpg"]))
    assert found(folder) == {"similar_picture_leak": 1}


def test_one_picture_of_two_subjects_in_one_part_is_found(folder: Path) -> None:
    images = rows(folder, "train")[0]["images"]
    change(folder, "train", 1, lambda row: row.update(images=images))
    assert found(folder) == {"duplicate_picture": 1}


def test_a_question_in_two_parts_is_found(folder: Path) -> None:
    asked = rows(folder, "train")[-1]["messages"]
    change(folder, "test", -1, lambda row: row.update(messages=asked))
    assert found(folder) == {"question_leak": 1}


def test_a_refusal_is_found_and_quoted(folder: Path) -> None:
    said = "Sure, please provide the ECG report that you would like translated."
    row = change(folder, "train", 2, lambda row: row["messages"][-1].update(content=said))  # type: ignore[index]
    problems = {it.code: it for it in check_dataset(folder, workers=1).problems}
    assert problems.keys() == {"wrong_target", "refusal"}
    problem = problems["refusal"]
    assert f"train.jsonl:3: {row['id']}" in problem.where[0]
    assert "Sure, please provide" in problem.where[0]


def test_a_target_that_its_own_answer_does_not_name_is_found(folder: Path) -> None:
    change(folder, "test", 0, lambda row: row.update(target=["atrial flutter"]))
    (problem,) = check_dataset(folder, workers=1).problems
    assert problem.code == "wrong_target"
    assert "atrial flutter" in problem.where[0]


def test_a_part_that_is_not_there_is_found(folder: Path) -> None:
    (folder / "test.jsonl").unlink()
    assert found(folder) == {"missing_part": 1}


def test_what_is_broken_is_counted_and_the_rest_is_checked_all_the_same(folder: Path) -> None:
    changed = rows(folder, "train")
    changed[1]["id"] = changed[0]["id"]
    changed[2]["messages"] = changed[2]["messages"][:1]  # type: ignore[index]
    (folder / changed[3]["images"][0]).unlink()  # type: ignore[index]
    (folder / changed[4]["images"][0]).write_bytes(b"PK\x03\x04 no picture")  # type: ignore[index]
    put(folder, "train", changed)
    with (folder / "train.jsonl").open("a") as file:
        file.write("{not json\n")
    assert found(folder) == {
        "duplicate_id": 1,
        "no_answer": 1,
        "broken_line": 1,
        "broken_picture": 2,
    }


def test_a_sealed_dataset_that_was_edited_is_called_altered(built: Path, tmp_path: Path) -> None:
    copy = tmp_path / "dataset"
    shutil.copytree(built, copy)
    change(copy, "test", 0, lambda row: row.update(id="other"))
    assert found(copy).keys() == {"altered"}


def test_the_number_of_workers_changes_nothing(folder: Path) -> None:
    change(folder, "train", 0, lambda row: row.update(images=rows(folder, "test")[0]["images"]))
    assert check_dataset(folder, workers=2) == check_dataset(folder, workers=1)


def test_a_folder_without_parts_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="holds no dataset"):
        check_dataset(tmp_path)


def test_lines_keep_their_numbers_behind_empty_ones_and_bad_bytes_cost_one_line(folder: Path) -> None:
    first, second, *others = (folder / "train.jsonl").read_bytes().splitlines()
    bad = second.replace(b'"role"', b'"r\xfcle"', 1)
    (folder / "train.jsonl").write_bytes(
        b"\n".join([b"\xef\xbb\xbf" + first, b"", b"  ", bad, *others]) + b"\n"
    )
    (problem,) = check_dataset(folder, workers=1).problems
    assert (problem.code, problem.count) == ("broken_line", 1)
    assert problem.where[0].startswith("train.jsonl:4: byte ")


def test_a_picture_that_cannot_be_read_does_not_make_its_question_a_leak(folder: Path) -> None:
    for part in ("train", "test"):
        (folder / rows(folder, part)[0]["images"][0]).unlink()  # type: ignore[index]
    assert found(folder) == {"broken_picture": 2}


def test_the_same_example_under_another_id_is_found(folder: Path) -> None:
    changed = rows(folder, "train")
    image = Path(changed[0]["images"][0])  # type: ignore[index]
    shutil.copy(folder / image, folder / "images" / "copy.png")
    put(folder, "train", [*changed, {**changed[0], "id": "again", "images": ["images/copy.png"]}])
    (problem,) = check_dataset(folder, workers=1).problems
    assert (problem.code, problem.where) == ("duplicate_example", ("again",))


def test_a_picture_outside_the_folder_is_not_looked_at(folder: Path) -> None:
    (image,) = rows(folder, "train")[0]["images"]  # type: ignore[misc]
    shutil.move(folder / image, folder.parent / "outside.png")
    change(folder, "train", 0, lambda row: row.update(images=["../outside.png"]))
    (problem,) = check_dataset(folder, workers=1).problems
    assert problem.code == "broken_picture"
    assert "'../outside.png' leads out of the folder" in problem.where[0]


def test_a_picture_that_is_damaged_in_the_middle_is_found(folder: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (200, 200, 3)).astype(np.uint8)
    (image,) = rows(folder, "train")[0]["images"]  # type: ignore[misc]
    Image.fromarray(noise).save(folder / image)
    data = (folder / image).read_bytes()
    second = data.index(b"IDAT", data.index(b"IDAT") + 4)
    (folder / image).write_bytes(data[:second] + b"\x87R3\xb3" + data[second + 4 :])
    assert found(folder) == {"broken_picture": 1}
