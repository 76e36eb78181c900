"""Examples as they stand in files: what a line may say, and what is wrong with one that says otherwise."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bedside.errors import DataError
from bedside.examples import Evidence, Example, Message, evenly, parse_example, read_examples, write_examples

ASKED = Message(role="user", content="What does this show?")
SAID = Message(role="assistant", content="Sinus rhythm.")


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    examples = [
        Example(id="1", subject_id="s", messages=(ASKED, SAID), images=("a.png",), target=("sinus rhythm",)),
        Example(id="2", subject_id="s", text="Running text,\u2028of two lines."),
        Example(
            id="3",
            subject_id="t",
            messages=(ASKED,),
            task="rhythm",
            evidence=(Evidence(statement="Sinus rhythm", source="table, row 1"),),
            age_years=71.5,
            sex="female",
            split="test",
            licence="MIT",
        ),
    ]
    assert write_examples(tmp_path / "x.jsonl", examples) == 3
    assert list(read_examples(tmp_path / "x.jsonl")) == examples


def test_a_prompt_is_the_conversation_without_its_last_answer() -> None:
    answered = Example(id="1", subject_id="s", messages=(ASKED, SAID))
    assert (answered.prompt, answered.answer) == ((ASKED,), "Sinus rhythm.")
    asked = Example(id="1", subject_id="s", messages=(ASKED,))
    assert (asked.prompt, asked.answer) == ((ASKED,), "")
    text = Example(id="1", subject_id="s", text="Words.")
    assert (text.prompt, text.answer) == ((), "")


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({}, "give either messages or text"),
        ({"messages": [ASKED.model_dump()], "text": "x"}, "give either messages or text"),
        ({"text": " \n"}, "text must say something"),
        ({"text": "x", "images": ["a.png"]}, "without pictures"),
        ({"text": "x", "sex": "f"}, "sex"),
        ({"text": "x", "split": "dev"}, "split"),
        ({"text": "x", "colour": "red"}, "colour"),
    ],
)
def test_a_line_of_another_form_is_named(fields: dict[str, object], message: str) -> None:
    line = json.dumps({"id": "1", "subject_id": "s", **fields})
    with pytest.raises(DataError, match=message) as caught:
        parse_example(line, file=Path("x.jsonl"), line=7)
    assert caught.value.what.startswith("x.jsonl:7: ")
    assert "each line is" in caught.value.fix


def test_a_line_that_is_not_utf_8_is_named(tmp_path: Path) -> None:
    (tmp_path / "x.jsonl").write_bytes(b'\xef\xbb\xbf{"id": "1", "subject_id": "s", "text": "x"}\n\xff\n')
    with pytest.raises(DataError, match=r"x\.jsonl:2: is not UTF-8"):
        list(read_examples(tmp_path / "x.jsonl"))


def test_an_age_is_a_number_of_years() -> None:
    for age in ("NaN", "Infinity", "-1"):
        with pytest.raises(DataError, match="age_years"):
            parse_example(
                f'{{"id": "1", "subject_id": "s", "text": "x", "age_years": {age}}}', file=Path("x"), line=1
            )


def test_evenly_takes_from_the_whole() -> None:
    examples = [Example(id=str(n), subject_id="s", text="x") for n in range(10)]
    assert [example.id for example in evenly(examples, 4)] == ["0", "2", "5", "7"]
    assert evenly(examples, 99) == examples
