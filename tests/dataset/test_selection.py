"""What is used of what the sources give: as asked for, once, in ratio; the rest has its reason."""

from __future__ import annotations

from collections import Counter

import polars as pl
import pytest

from bedside.dataset.selection import asked_for, balanced, in_part, linking, once, weighted
from bedside.errors import DataError
from indexed import example, facts_of, indexed


def used(index: pl.DataFrame) -> list[str]:
    return index.filter(pl.col("left_out").is_null())["id"].to_list()


def test_where_takes_what_has_one_of_the_values_and_nothing_that_says_nothing() -> None:
    index = indexed(
        [
            example(1, source="ptb-xl", sex="female"),
            example(2, source="code-15", sex="male"),
            example(3, source="code-15"),
            example(4, source="other", sex="male"),
        ]
    )
    assert used(asked_for(index, {"source": ["ptb-xl", "code-15"]})) == ["1", "2", "3"]
    both = asked_for(index, {"source": ["ptb-xl", "code-15"], "sex": ["male"]})
    assert used(both) == ["2"]
    assert Counter(both["left_out"].drop_nulls()) == {"not asked for: sex": 2, "not asked for: source": 1}


def test_a_part_of_a_source_names_it() -> None:
    index = indexed(
        [example(n, source=of) for n, of in enumerate(["ptb-xl", "ecginstruct/ptb-xl", "ptb", "x/y"])]
    )
    assert used(asked_for(index, {"source": ["ptb-xl"]})) == ["0", "1"]
    assert used(asked_for(index, {"source": ["x", "ptb"]})) == ["2", "3"]


def test_where_with_a_value_that_nothing_has_names_those_that_there_are() -> None:
    index = indexed([example(1, source="ptb-xl"), example(2, source="code-15")])
    with pytest.raises(DataError, match="no example has source = ptbxl") as caught:
        asked_for(index, {"source": ["ptbxl"]})
    assert "code-15, ptb-xl" in caught.value.fix


def test_the_same_question_with_the_same_answer_is_used_once() -> None:
    index = indexed(
        [
            example(1, asked="Q?", said="A."),
            example(2, asked="q?", said=" a."),
            example(3, asked="Q?", said="B."),
        ]
    )
    assert used(once(index)) == ["1", "3"]


def test_what_the_folds_put_elsewhere_than_its_group_is_left_out() -> None:
    examples = [
        example(1, subject="a", split="train"),
        example(2, subject="a", split="test"),
        example(3, subject="b"),
    ]
    placed = in_part(indexed(examples), {"a": "test", "b": "train"})
    assert used(placed) == ["2", "3"]
    assert "held out" in placed["left_out"][0]
    assert placed["part"].to_list() == ["test", "test", "train"]


def test_balance_holds_frequent_targets_down_to_the_rarest_and_never_below_the_floor() -> None:
    examples = [example(n, target=("common",)) for n in range(50)]
    examples += [example(100 + n, target=("rare",)) for n in range(5)]
    examples += [example(200 + n, target=("common", "rare")) for n in range(2)]
    examples += [example(300, target=()), example(301)]
    index = indexed(examples, part="train")
    kept = used(balanced(index, floor=3))
    assert sum(int(name) < 100 for name in kept) == 7
    assert sum(int(name) >= 100 for name in kept) == 9
    assert [int(name) for name in kept[:7]] == [0, 7, 14, 21, 28, 35, 42]
    assert sum(int(name) < 100 for name in used(balanced(index, floor=20))) == 20
    assert len(used(balanced(indexed(examples, part="test"), floor=3))) == len(examples)


def test_balance_holds_no_down_to_yes() -> None:
    said = ["Yes, it does."] * 5 + ["No, it does not."] * 20
    examples = [example(n, said=text, choices=("yes", "no"), task="yes_no") for n, text in enumerate(said)]
    kept = [int(name) for name in used(balanced(indexed(examples, part="train"), floor=1))]
    assert kept == [0, 1, 2, 3, 4, 5, 9, 13, 17, 21]


def test_weights_make_the_ratio_of_the_training_part_and_repeat_nothing() -> None:
    examples = [example(n) for n in range(70)]
    index = indexed(examples, from_source=[0] * 60 + [1] * 10, part="train")
    of_source = Counter(int(name) >= 60 for name in used(weighted(index, (3, 1))))
    assert of_source == {False: 30, True: 10}
    assert len(used(weighted(index, ()))) == 70
    assert Counter(int(name) >= 60 for name in used(weighted(index, (1, 3)))) == {False: 3, True: 10}


def test_of_two_that_are_the_same_the_one_that_is_held_out_is_used() -> None:
    examples = [
        example(1, asked="Q?", said="A."),
        example(2, asked="Q?", said="A.", split="validation"),
        example(3, asked="Q?", said="A.", split="test"),
        example(4, asked="Q?", said="A.", split="test"),
    ]
    assert used(once(indexed(examples))) == ["3"]
    assert used(once(indexed(examples[:1] * 2))) == ["1"]


def test_a_duplicate_with_a_picture_still_tells_who_is_linked_and_one_without_does_not() -> None:
    examples = [example(n, asked="Q?", said="A.") for n in (1, 2)]
    examples += [example(n, asked="Q?", said="A.", images=("p.png",)) for n in (3, 4)]
    index = once(indexed(examples, {"p.png": facts_of(1)}))
    assert used(index) == ["1", "3"]
    assert linking(index)["id"].to_list() == ["1", "3", "4"]


def test_a_source_with_nothing_to_train_on_has_no_say_in_the_ratio() -> None:
    index = indexed([example(n) for n in range(30)], from_source=[0] * 20 + [1] * 10)
    index = index.with_columns(
        part=pl.when(pl.col("from_source") == 1).then(pl.lit("test")).otherwise(pl.lit("train"))
    )
    assert len(used(weighted(index, (1, 1)))) == 30


def test_fields_of_where_that_exclude_each_other_are_refused() -> None:
    index = indexed([example(1, source="a", sex="female"), example(2, source="b", sex="male")])
    with pytest.raises(DataError, match="no example has all of source, sex as asked for"):
        asked_for(index, {"source": ["a"], "sex": ["male"]})
