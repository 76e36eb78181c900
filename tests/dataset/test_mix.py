"""Datasets are joined by weight, each subject in one part, each example once."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from bedside.artifact import Artifact, Draft, Plan, write
from bedside.dataset import DatasetConfig, build_dataset
from bedside.errors import DataError
from bedside.examples import Example, read_examples, write_examples
from indexed import example
from inked import inked

PARTS = ("train", "validation", "test")


def own(folder: Path, name: str, rows: list[tuple[str, str, str]], **fields: object) -> Artifact:
    """Build a dataset of questions: (id, subject, question)."""
    lines = [
        {
            "id": name_,
            "subject_id": subject,
            "messages": [
                {"role": "user", "content": asked},
                {"role": "assistant", "content": f"It is {asked}"},
            ],
            "source": name,
            **fields,
        }
        for name_, subject, asked in rows
    ]
    folder.mkdir(exist_ok=True)
    file = folder / f"{name}.jsonl"
    file.write_text("".join(json.dumps(line) + "\n" for line in lines))
    config = DatasetConfig.model_validate(
        {"sources": [{"kind": "examples", "path": str(file)}], "workers": 1}
    )
    return build_dataset(config, out_dir=folder / name)


def mixed(out: Path, *made: Artifact, **fields: object) -> Artifact:
    sources = [{"kind": "dataset", "path": str(it.path)} for it in made]
    return build_dataset(
        DatasetConfig.model_validate({"sources": sources, "workers": 1, **fields}), out_dir=out
    )


def all_of(made: Artifact) -> dict[str, list[Example]]:
    return {part: list(read_examples(made.file(f"{part}.jsonl"))) for part in PARTS}


def questions(name: str, count: int) -> list[tuple[str, str, str]]:
    return [(f"{name}{n}", f"{name} subject {n}", f"{name} question {n}?") for n in range(count)]


def test_parts_stay_and_sources_and_licences_are_counted(tmp_path: Path) -> None:
    one = own(tmp_path, "one", questions("a", 20), licence="CC BY 4.0")
    two = own(tmp_path, "two", questions("b", 10), licence="MIT")
    made = mixed(tmp_path / "mix", one, two)
    before = {e.id: part for it in (one, two) for part, examples in all_of(it).items() for e in examples}
    after = {e.id: part for part, examples in all_of(made).items() for e in examples}
    assert after == before
    sources = json.loads(made.file("sources.json").read_text())
    assert sources["one"] == {
        "train": 14,
        "validation": 2,
        "test": 4,
        "subjects": 20,
        "licences": ["CC BY 4.0"],
    }
    assert sources["two"]["licences"] == ["MIT"]


def test_weights_hold_in_training_and_nothing_held_out_is_lost(tmp_path: Path) -> None:
    one, two = own(tmp_path, "one", questions("a", 40)), own(tmp_path, "two", questions("b", 20))
    made = all_of(mixed(tmp_path / "mix", one, two, weights=[1, 1]))
    assert Counter(e.source for e in made["train"]) == {"one": 14, "two": 14}
    assert Counter(e.source for e in made["test"]) == {"one": 8, "two": 4}


def test_what_stands_in_both_is_used_once_and_who_is_held_out_in_one_is_held_out(tmp_path: Path) -> None:
    rows = questions("a", 20)
    one = own(tmp_path, "one", rows)
    two = own(tmp_path, "two", [(f"b{n}", who, asked) for n, (_, who, asked) in enumerate(rows)])
    three = own(
        tmp_path, "three", [(f"c{n}", who, f"Other {n}?") for n, (_, who, _) in enumerate(rows[::-1])]
    )
    made = mixed(tmp_path / "mix", one, two, three)
    parts = all_of(made)
    assert Counter(e.source for examples in parts.values() for e in examples)["two"] == 0
    subjects = {part: {e.subject_id for e in examples} for part, examples in parts.items()}
    assert not subjects["train"] & (subjects["test"] | subjects["validation"])
    tested = {e.subject_id for it in (one, three) for e in all_of(it)["test"]}
    assert tested <= subjects["test"]
    dropped = made.manifest.figures["dropped"]
    assert dropped["a duplicate: the same question, pictures and answer stand elsewhere"] == 20


def test_an_id_that_another_source_uses_gets_a_number(tmp_path: Path) -> None:
    one = own(tmp_path, "one", questions("a", 10))
    two = own(tmp_path, "two", [(f"a{n}", f"other {n}", f"Else {n}?") for n in range(10)])
    ids = [e.id for examples in all_of(mixed(tmp_path / "mix", one, two)).values() for e in examples]
    assert sorted(ids) == sorted([f"a{n}" for n in range(10)] + [f"a{n}@2" for n in range(10)])


def test_a_number_of_weights_that_does_not_fit_is_refused(tmp_path: Path) -> None:
    one = own(tmp_path, "one", questions("a", 10))
    with pytest.raises(ValueError, match="2 weights for 1 sources"):
        mixed(tmp_path / "mix", one, weights=[1, 2])


def test_where_over_a_mix(tmp_path: Path) -> None:
    one, two = own(tmp_path, "one", questions("a", 10)), own(tmp_path, "two", questions("b", 10))
    made = mixed(tmp_path / "mix", one, two, where={"source": ["two"]})
    assert {e.source for examples in all_of(made).values() for e in examples} == {"two"}
    with pytest.raises(DataError, match="no example has source = three"):
        mixed(tmp_path / "other", one, two, where={"source": ["three"]})


def test_a_mix_of_mixes_has_every_id_once(tmp_path: Path) -> None:
    three = [
        own(tmp_path, name, [(f"a{n}", f"{name} {n}", f"{name} {n}?") for n in range(10)]) for name in "xyz"
    ]
    first = mixed(tmp_path / "first", *three[:2])
    ids = [e.id for examples in all_of(mixed(tmp_path / "mix", first, three[2])).values() for e in examples]
    assert len(ids) == len(set(ids)) == 30
    assert {"a0", "a0@2", "a0@2@2"} <= set(ids)


def test_a_published_test_question_stays_in_the_test_part_whatever_else_asks_it(tmp_path: Path) -> None:
    learned = own(tmp_path, "learned", questions("a", 20))
    test = tmp_path / "published.jsonl"
    rows = [json.loads(line) for line in learned.file("train.jsonl").read_text().splitlines()[:5]]
    test.write_text(
        "".join(
            json.dumps({**row, "subject_id": f"p{n}", "source": "p", "split": "test"}) + "\n"
            for n, row in enumerate(rows)
        )
    )
    sources = [{"kind": "dataset", "path": str(learned.path)}, {"kind": "examples", "path": str(test)}]
    config = DatasetConfig.model_validate({"sources": sources, "workers": 1, "weights": [1, 1]})
    made = all_of(build_dataset(config, out_dir=tmp_path / "mix"))
    assert sum(e.source == "p" for e in made["test"]) == 5
    assert Counter(e.source for e in made["train"]) == {"learned": len(all_of(learned)["train"]) - 5}


def test_whoever_shares_a_picture_is_one_person_though_the_shared_question_is_dropped(tmp_path: Path) -> None:
    rows = []
    for who, split, pictures in (
        ("a", "train", (1, 2)),
        ("b", "test", (1, 3)),
        ("c", "train", (4,)),
        ("d", "test", (5,)),
    ):
        for number in pictures:
            inked(number).save(tmp_path / f"{number}.png")
            messages = [{"role": "user", "content": "Q?"}, {"role": "assistant", "content": "A."}]
            rows.append(
                {
                    "id": f"{who}{number}",
                    "subject_id": who,
                    "split": split,
                    "messages": messages,
                    "images": [f"{number}.png"],
                }
            )
    (tmp_path / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    source = {"kind": "examples", "path": str(tmp_path / "rows.jsonl")}
    made = build_dataset(
        DatasetConfig.model_validate({"sources": [source], "workers": 1}), out_dir=tmp_path / "made"
    )
    assert {part: sorted(e.id for e in of) for part, of in all_of(made).items()} == {
        "train": ["c4"],
        "validation": [],
        "test": ["b1", "b3", "d5"],
    }


def test_a_dataset_cannot_bring_in_files_from_outside_its_folder(tmp_path: Path) -> None:
    inked(1).save(tmp_path / "private.png")
    outside = example(1, images=("../private.png",))

    def foreign(draft: Draft) -> dict[str, object]:
        for part in PARTS:
            write_examples(draft.path / f"{part}.jsonl", [outside])
        return {}

    made = write(tmp_path / "foreign", Plan("dataset", "dataset", 1, {}, {}), foreign)
    with pytest.raises(DataError, match=r"'\.\./private\.png' leads out of the folder"):
        mixed(tmp_path / "mix", made)


def test_two_synthetic_sources_have_pictures_of_their_own(tmp_path: Path) -> None:
    sources = [{"kind": "synthetic_ecg", "subjects": 10}] * 2
    made = build_dataset(
        DatasetConfig.model_validate({"sources": sources, "workers": 1}), out_dir=tmp_path / "made"
    )
    images = [image for of in all_of(made).values() for e in of for image in e.images]
    assert len(images) == len(set(images)) == 20
