"""What a calibration text shares with an evaluation set."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from bedside.calibration.audit import Audit
from bedside.errors import DataError
from bedside.examples import Example, Message, write_examples

LONG = "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen"
OTHER = LONG.replace("e", "x")
Audited = Callable[..., Audit]
Check = Callable[[Audit, str], tuple[str, str, str]]


def dataset(folder: Path, *answers: str) -> Path:
    folder.mkdir()
    examples = [
        Example(
            id=f"item-{number}",
            subject_id="s",
            messages=(Message(role="user", content="Why?"), Message(role="assistant", content=answer)),
        )
        for number, answer in enumerate(answers)
    ]
    write_examples(folder / "test.jsonl", examples)
    write_examples(folder / "validation.jsonl", examples[:1])
    return folder


def test_items_that_stand_in_the_text_are_a_failure(audited: Audited, check: Check, tmp_path: Path) -> None:
    against = dataset(tmp_path / "dataset", OTHER, f"So {LONG.upper()}!", "Too short.")
    made = audited(f"Before. {LONG}, after.\n\nmore", against=against)
    assert made.facts.overlap is not None
    assert (made.facts.overlap.items, made.facts.overlap.too_short) == (4, 1)
    assert (made.facts.overlap.touched, made.facts.overlap.contained) == (1, 0)
    assert made.facts.overlap.worst_item == "item-1"
    assert made.facts.overlap.worst_share == pytest.approx(4 / 6)  # “Why So” stands in two runs more
    assert check(made, "overlap with evaluation")[0] == "warn"
    made = audited(f"Why? So {LONG}.", against=against)
    assert made.facts.overlap is not None
    assert made.facts.overlap.contained == 1
    assert check(made, "overlap with evaluation")[0] == "fail"


def test_no_overlap_is_ok(audited: Audited, check: Check, tmp_path: Path) -> None:
    made = audited(f"{OTHER}.", against=dataset(tmp_path / "dataset", LONG))
    assert check(made, "overlap with evaluation")[0] == "ok"


def test_shared_sentences_are_shown(audited: Audited, check: Check, tmp_path: Path) -> None:
    sentence = "Heart rate was high in most of the hours."
    made = audited(f"First. {sentence}\nLast.", against=dataset(tmp_path / "dataset", f"{sentence} No more."))
    assert made.facts.overlap is not None
    assert made.facts.overlap.examples == (sentence,)
    assert check(made, "overlap with evaluation")[0] == "warn"


def test_any_text_or_rows_can_be_compared_with(audited: Audited, tmp_path: Path) -> None:
    text, rows = tmp_path / "held_out.txt", tmp_path / "rows.jsonl"
    text.write_text(f"{OTHER}\n\n{LONG}\n")
    rows.write_text(f'{{"input": ["{OTHER}"], "n": 1}}\n\n{{"output": {{"text": "{LONG} end"}}}}\n')
    for path, name in ((text, "line 3"), (rows, "rows.jsonl:3")):
        found = audited(LONG, against=path).facts.overlap
        assert found is not None
        assert (found.items, found.touched, found.worst_item) == (2, 1, name)


def test_what_is_no_evaluation_set_is_refused(audited: Audited, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no evaluation set"):
        audited("a b", against=tmp_path / "none.jsonl")
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError, match="no evaluation set"):
        audited("a b", against=tmp_path / "empty")
    (tmp_path / "bad.jsonl").write_text("{}\n{]\n")
    with pytest.raises(DataError, match=r"bad\.jsonl:2: is not JSON"):
        audited("a b", against=tmp_path / "bad.jsonl")
