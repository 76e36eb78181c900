"""Every form that a row may have, in every layout that a file may have."""

from __future__ import annotations

import base64

import pytest

from bedside.dataset.imports import ImportSource
from bedside.dataset.imports.schemas import fitting, read_row
from bedside.errors import DataError
from imported_files import imported, png, said, write_pictures, write_rows

QUESTION = "Is the rhythm of this ECG regular? µV ≥ 0"
ANSWER = 'It is "regular", [all of it], {60 bpm}.'
WANTED = [("user", QUESTION), ("assistant", ANSWER)]
PATHS = [f"ptb-xl/records500/0000{n}_hr-0.png" for n in range(5)]
LAYOUTS = ["rows.json", "rows.jsonl", "rows.parquet", "rows.json.gz", "rows.jsonl.gz"]
DATA_URL = "data:image/png;base64," + base64.b64encode(png(7)).decode()


def turns(
    user: str = "human", assistant: str = "gpt", *, role: str = "from", value: str = "value", mark: str = ""
):
    return [{role: user, value: mark + QUESTION}, {role: assistant, value: ANSWER}]


VARIANTS = {
    "published": ("ecginstruct", {"id": "7", "image": "P", "conversations": turns(mark="<image>\n")}),
    "marker behind": (
        "ecginstruct",
        {
            "id": "7",
            "image": "P",
            "conversations": [
                {"from": "human", "value": QUESTION + "\n<image>"},
                {"from": "gpt", "value": ANSWER},
            ],
        },
    ),
    "singular, user": ("ecgbench", {"id": "7", "image": "P", "conversation": turns("user", "assistant")}),
    "image_path": ("ecgbench", {"id": "7", "image_path": "P", "conversations": turns()}),
    "lists": (
        "ecgbench",
        {
            "id": "7",
            "image_path": "P",
            "conversations": [{"from": "human", "value": [QUESTION]}, {"from": "gpt", "value": [ANSWER]}],
        },
    ),
    "No": ("ecgbench", {"No": 7, "image_path": "P", "conversations": turns()}),
    "arena": (
        "ecgbench",
        {"id": "7", "image_path": "P", "conversations": [{"question": QUESTION, "answer": ANSWER}]},
    ),
    "sharegpt": ("sharegpt", {"conversations": turns()}),
    "sharegpt, model": ("sharegpt", {"conversations": turns("user", "model", role="role", value="content")}),
    "sharegpt, images": ("sharegpt", {"conversations": turns(mark="<image>"), "images": ["P"]}),
    "alpaca": ("alpaca", {"instruction": QUESTION, "input": "", "output": ANSWER, "text": "### all"}),
    "alpaca, image": ("alpaca", {"instruction": QUESTION, "input": None, "output": ANSWER, "image": "P"}),
    "medrescue": ("medrescue", {"input": QUESTION, "context": "", "output": ANSWER, "source": "medqa"}),
    "messages": ("messages", {"messages": turns("user", "assistant", role="role", value="content")}),
    "messages, parts": (
        "messages",
        {
            "messages": [
                {
                    "role": "user",
                    "content": [
                        {"type": "image", "image": "P", "text": None},
                        {"type": "text", "text": QUESTION, "image": None},
                    ],
                },
                {"role": "assistant", "content": [{"type": "text", "text": ANSWER, "image": None}]},
            ]
        },
    ),
    "messages, data": (
        "messages",
        {
            "messages": [
                {
                    "role": "user",
                    "content": [
                        {"type": "image_url", "image_url": {"url": DATA_URL}, "text": None},
                        {"type": "text", "text": QUESTION, "image_url": None},
                    ],
                },
                {"role": "assistant", "content": [{"type": "text", "text": ANSWER, "image_url": None}]},
            ]
        },
    ),
    "messages, images": (
        "messages",
        {
            "messages": [
                {
                    "role": "user",
                    "content": [{"type": "image", "text": None}, {"type": "text", "text": QUESTION}],
                },
                {"role": "assistant", "content": [{"type": "text", "text": ANSWER}]},
            ],
            "images": ["P"],
        },
    ),
}


def with_path(value, path):
    """Put `path` where a variant says P."""
    if isinstance(value, dict):
        return {key: with_path(item, path) for key, item in value.items()}
    if isinstance(value, list):
        return [with_path(item, path) for item in value]
    return path if value == "P" else value


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("variant", VARIANTS)
def test_every_variant_in_every_layout(variant, layout, tmp_path):
    form, row = VARIANTS[variant]
    write_pictures(tmp_path / "pictures", *PATHS)
    path = write_rows(tmp_path / layout, [with_path(row, name) for name in PATHS])
    source = ImportSource(kind="import", path=path, format=form, images=(tmp_path / "pictures",))
    examples, dropped = imported(source, tmp_path / "out")
    assert dropped == []
    assert [said(example) for example in examples] == [WANTED] * 5
    assert [example.id for example in examples] == [f"rows-{n:07d}" for n in range(1, 6)]
    shown = [(tmp_path / "out" / image).read_bytes() for example in examples for image in example.images]
    if "'P'" in str(row):
        assert shown == [(tmp_path / "pictures" / name).read_bytes() for name in PATHS]
    else:
        assert shown == [png(7)] * 5 if variant == "messages, data" else shown == []


def test_parquet_with_the_bytes_of_pictures(tmp_path):
    rows = [
        {
            "id": str(n),
            "image_path": PATHS[n],
            "image": {"bytes": png(n), "path": f"{n}.png"},
            "conversations": turns(),
        }
        for n in range(5)
    ]
    path = write_rows(tmp_path / "test.parquet", rows)
    examples, dropped = imported(ImportSource(kind="import", path=path, format="ecgbench"), tmp_path / "out")
    assert dropped == []
    assert [(tmp_path / "out" / it.images[0]).read_bytes() for it in examples] == [png(n) for n in range(5)]
    assert [it.subject_id for it in examples] == [f"ptb-xl/{n}" for n in range(5)]


def test_several_turns_and_a_system_turn():
    several = [("user", "a"), ("assistant", "b"), ("user", "c"), ("assistant", "d")]
    row = {"system": "Be short.", "conversations": [{"from": r, "value": t} for r, t in several]}
    asked = read_row(row, "sharegpt")
    assert [(it.role, it.content) for it in asked.messages] == [("system", "Be short."), *several]


def test_arena_asks_its_questions_in_turn():
    pairs = [{"question": "a", "answer": "b"}, {"question": "c", "answer": "d"}]
    asked = read_row({"image_path": PATHS[0], "conversations": pairs}, "ecgbench")
    assert [it.content for it in asked.messages] == ["a", "b", "c", "d"]


def test_the_options_of_medrescue_stay_in_the_question():
    row = {"input": "Which?", "context": "A: this\nB: that", "output": "B", "source": "medqa"}
    asked = read_row(row, "medrescue")
    assert asked.messages[0].content == "Which?\n\nA: this\nB: that"
    assert asked.origin == "medqa"


@pytest.mark.parametrize("context", [["A: this", "B: that"], {"A": "this", "B": "that"}])
def test_options_in_a_list_or_by_letter(context):
    row = {"input": "Which?", "context": context, "output": "B", "source": "medqa"}
    assert read_row(row, "medrescue").messages[0].content == "Which?\n\nA: this\nB: that"


def test_alpaca_input_follows_the_instruction():
    row = {"instruction": "Translate.", "input": "Sinusrhythmus", "output": "Sinus rhythm"}
    assert read_row(row, "alpaca").messages[0].content == "Translate.\n\nSinusrhythmus"


def test_several_answers_in_a_list_are_joined_by_commas():
    row = {"image_path": PATHS[0], "conversations": [{"from": "human", "value": ["Which leads?"]}]}
    row["conversations"].append({"from": "gpt", "value": ["lead I", "lead II"]})
    assert read_row(row, "ecgbench").messages[1].content == "lead I, lead II"


KEYS = {
    "messages": {"messages"},
    "alpaca": {"instruction", "output"},
    "medrescue": {"input", "output", "context", "source"},
    "ecgbench": {"image_path", "conversations"},
    "ecginstruct": {"id", "image", "conversation"},
    "sharegpt": {"conversations"},
}


@pytest.mark.parametrize("form", KEYS)
def test_the_format_that_fits(form):
    assert fitting(KEYS[form]) == form


@pytest.mark.parametrize(
    ("form", "row", "fits"),
    [
        ("medrescue", {"instruction": "a", "input": "b", "output": "c"}, "alpaca"),
        ("alpaca", {"input": "b", "output": "c", "context": "", "source": "d"}, "medrescue"),
        ("sharegpt", {"messages": []}, "messages"),
        ("messages", {"id": 1, "image": "a.png", "conversations": turns()}, "ecginstruct"),
    ],
)
def test_a_row_of_another_form_says_what_it_has(form, row, fits):
    with pytest.raises(DataError) as error:
        read_row(row, form)
    assert error.value.reason == f"the row has not the form of {form}"
    assert f"--format {fits} fits" in error.value.fix
    assert all(key in error.value.fix for key in row)
