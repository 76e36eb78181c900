"""What makes a row unusable: it is dropped with its reason, and the others are used."""

from __future__ import annotations

import io
import json
import struct
import zipfile
import zlib
from collections import Counter
from typing import get_args

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from bedside import prompts
from bedside.dataset.imports import ImportSource, pieces, prepare
from bedside.dataset.imports import chunks as chunks_of
from bedside.dataset.imports.config import RowFormat
from bedside.dataset.imports.schemas import read_row
from bedside.errors import DataError
from imported_files import encoded, imported, said, write_pictures, write_rows

GOOD = {"conversations": [{"from": "human", "value": "Is it?"}, {"from": "gpt", "value": "It is."}]}


def talk(*turns, **fields):
    return {"conversations": [{"from": role, "value": text} for role, text in turns], **fields}


def asked(question="Is it?", answer="It is.", **fields):
    return talk(("human", question), ("gpt", answer), **fields)


BAD = {
    "a question is empty": asked(" \n"),
    "an answer is empty": asked(answer=None),
    "the roles do not alternate": talk(("human", "a"), ("human", "b"), ("gpt", "c"), ("gpt", "d")),
    "the conversation does not end with an answer": talk(("human", "a"), ("gpt", "b"), ("human", "c")),
    "a turn has an unknown role": talk(("human", "a"), ("oracle", "b")),
    "a text is of another type": asked(answer=7),
    "a text holds half a surrogate pair": asked("half \ud83d here"),
    "a text holds a control character": asked("a\x00b"),
    "a text has more than 500,000 characters": asked("a" * 1_000_000),
    "the turns are no list of objects": {"conversations": ["a", "b"]},
    "the text marks a picture and the row names none": asked("<image>\nIs it?"),
    "the text marks more pictures than the row names": asked("<image><image>Is it?", images=["good.png"]),
    "an answer holds a picture marker": asked(answer="<image>", images=["good.png"]),
    "a picture is not found": asked(image="absent/picture.png"),
    "a picture is a web address": asked(image="https://example.org/a.png"),
    "the path of a picture leads out of its folder": asked(image="../good.png"),
    "the path of a picture is too long": asked(image="a" * 300 + ".png"),
    "a picture is of an unknown type": asked(image=3),
    "a data: address is not in base64": asked(image="data:image/png;base64,%%%"),
    "a file is not a picture": asked(image="zip.png"),
    "a picture is damaged": asked(image="cut.png"),
    "a picture is larger than 8000 × 8000 pixels": asked(image="bomb.png"),
    "the row has not the form of sharegpt": {"instruction": "a", "output": "b"},
}


def bomb(width: int = 30_000, height: int = 30_000) -> bytes:
    """A small PNG that would need gigabytes once decoded."""

    def part(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + part(b"IHDR", head)
        + part(b"IDAT", zlib.compress(bytes(1000)))
        + part(b"IEND", b"")
    )


@pytest.fixture
def pictures(tmp_path):
    folder = write_pictures(tmp_path / "pictures", "good.png")
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("a.txt", "a")
    (folder / "zip.png").write_bytes(archive.getvalue())
    (folder / "exe.png").write_bytes(b"MZ\x90\x00" + bytes(200))
    noise = np.random.default_rng(1).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    (folder / "cut.png").write_bytes(encoded(Image.fromarray(noise), "PNG")[:3000])
    (folder / "bomb.png").write_bytes(bomb())
    return folder


def imported_rows(tmp_path, rows, *, name="rows.json", form="sharegpt", folder=None):
    path = write_rows(tmp_path / name, rows)
    images = (folder,) if folder else ()
    return imported(ImportSource(kind="import", path=path, format=form, images=images), tmp_path / "out")


@pytest.mark.parametrize("reason", BAD)
def test_a_bad_row_is_dropped_with_its_reason(reason, pictures, tmp_path):
    examples, dropped = imported_rows(tmp_path, [GOOD, BAD[reason], GOOD], folder=pictures)
    assert [example.id for example in examples] == ["rows-0000001", "rows-0000003"]
    assert [(item.name, item.reason) for item in dropped] == [("rows.json row 2", reason)]


def test_the_report_can_be_written_whatever_a_row_holds(pictures, tmp_path):
    strange = [*BAD.values(), {"\ud800key": 1}, asked("a", image="\ud800.png"), talk(("\ud800", "a"))]
    _, dropped = imported_rows(tmp_path, [GOOD, *strange], folder=pictures)
    assert len(dropped) == len(strange)
    for item in dropped:
        f"{item.name}{item.reason}{item.fix}".encode()
        assert len(item.fix) < 400


def test_a_missing_picture_is_named(tmp_path):
    _, dropped = imported_rows(tmp_path, [GOOD, asked(image="ptb-xl/00001_hr-0.png")])
    assert "ptb-xl/00001_hr-0.png" in dropped[0].fix


def test_an_executable_is_no_picture(pictures, tmp_path):
    _, dropped = imported_rows(tmp_path, [GOOD, asked(image="exe.png")], folder=pictures)
    assert dropped[0].reason == "a file is not a picture"
    assert "MZ" in dropped[0].fix


@pytest.mark.parametrize("size", [(30_000, 30_000), (9000, 9000), (4_000_000_000, 1), (1, 60_000_000)])
def test_a_picture_that_would_fill_the_memory_is_not_decoded(size, tmp_path, monkeypatch):
    monkeypatch.setattr(prompts, "open_image", lambda *_, **__: pytest.fail("decoded"))
    (tmp_path / "bomb.png").write_bytes(bomb(*size))
    _, dropped = imported_rows(tmp_path, [GOOD, asked(image="bomb.png")])
    assert len(dropped) == 1


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=5)
    | st.sampled_from(["gpt", "user"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["from", "value", "role", "content", "type", "text", "image", "url"]), inner
        )
    ),
    max_leaves=8,
)
FIELDS = [
    "conversations",
    "messages",
    "input",
    "output",
    "context",
    "instruction",
    "image",
    "image_path",
    "system",
]


@given(fields=st.dictionaries(st.sampled_from(FIELDS), VALUES), form=st.sampled_from(get_args(RowFormat)))
def test_a_row_of_anything_is_read_or_refused(fields, form):
    try:
        assert read_row(fields, form).messages[-1].role == "assistant"
    except DataError as error:
        f"{error.reason}{error.fix}".encode()


def test_a_refusal_is_no_answer(tmp_path):
    refused = asked(answer="Sure, please provide the ECG report that you would like translated.")
    examples, dropped = imported_rows(tmp_path, [GOOD, refused])
    assert len(examples) == 1
    assert len(dropped) == 1
    assert "Sure, please provide" in dropped[0].fix


def test_nan_is_nothing(tmp_path):
    rows = [{"input": "a", "context": float("nan"), "output": "b", "source": float("nan")}]
    rows.append({"input": "a", "context": None, "output": float("nan"), "source": None})
    examples, dropped = imported_rows(tmp_path, rows, form="medrescue")
    assert said(examples[0]) == [("user", "a"), ("assistant", "b")]
    assert examples[0].source == "medrescue"
    assert dropped[0].reason == "an answer is empty"


def test_lines_that_are_no_rows_are_named_by_their_number(tmp_path):
    good = json.dumps(GOOD).encode()
    lines = [good, b"", b'{"conversations": [', b"[1, 2]", good[:30] + b"\xff" + good[30:], b'"' * 3, good]
    path = tmp_path / "rows.jsonl"
    path.write_bytes(b"\xef\xbb\xbf" + b"\r\n".join(lines))
    examples, dropped = imported(ImportSource(kind="import", path=path, format="sharegpt"), tmp_path / "out")
    assert [example.id for example in examples] == ["rows-0000001", "rows-0000007"]
    assert [(item.name, item.reason) for item in dropped] == [
        ("rows.jsonl line 3", "the row is not valid JSON"),
        ("rows.jsonl line 4", "the row is no JSON object"),
        ("rows.jsonl line 5", "the row is not UTF-8"),
        ("rows.jsonl line 6", "the row is not valid JSON"),
    ]


def test_a_row_that_is_nested_without_end(tmp_path):
    path = tmp_path / "rows.jsonl"
    path.write_text(json.dumps(GOOD) + '\n{"a": ' + "[" * 200_000 + "\n")
    examples, dropped = imported(ImportSource(kind="import", path=path, format="sharegpt"), tmp_path / "out")
    assert len(examples) == 1
    assert dropped[0].reason == "the row is not valid JSON"


def test_a_row_above_the_limit_is_not_read(tmp_path, monkeypatch):
    monkeypatch.setattr(pieces, "MOST_ROW_BYTES", 1000)
    rows = [GOOD, asked("a" * 2000), GOOD]
    for name in ("rows.json", "rows.jsonl"):
        examples, dropped = imported_rows(tmp_path, rows, name=name)
        assert len(examples) == 2
        assert [item.reason for item in dropped] == ["the row is longer than 32 MiB"]


def test_a_file_that_is_cut_off(tmp_path):
    text = json.dumps([GOOD] * 3)
    path = tmp_path / "rows.json"
    path.write_text(text[:-20])
    examples, dropped = imported(ImportSource(kind="import", path=path, format="sharegpt"), tmp_path / "out")
    assert len(examples) == 2
    assert [(item.name, item.reason) for item in dropped] == [
        ("rows.json row 3", "the file ends within this row")
    ]


def test_same_words_for_the_same_cause(pictures, tmp_path):
    rows = [
        GOOD,
        *(asked(image=f"absent/{n}.png") for n in range(5)),
        *(asked(f"a{chr(n)}b") for n in range(1, 9)),
    ]
    _, dropped = imported_rows(tmp_path, rows, folder=pictures)
    assert Counter(item.reason for item in dropped) == {
        "a picture is not found": 5,
        "a text holds a control character": 8,
    }


def test_a_file_in_another_format_is_refused_with_the_one_that_fits(tmp_path):
    rows = [{"instruction": "a", "input": "", "output": "b"}] * 1200
    path = write_rows(tmp_path / "rows.json", rows)
    with pytest.raises(DataError, match="none of the first 1000 rows") as error:
        chunks_of(ImportSource(kind="import", path=path, format="medrescue"))
    assert "--format alpaca fits" in error.value.fix


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "the file is empty"),
        (b" \n", "the file is empty"),
        (b"[]", "the file holds no rows"),
        (b"PK\x03\x04", "neither JSON nor Parquet"),
        ("[]".encode("utf-16"), "UTF-16"),
        (b"PAR1 but no more", "cannot be read as Parquet"),
        (b"\x1f\x8b but no gzip", "cannot be unpacked"),
    ],
)
def test_a_file_that_is_none(content, message, tmp_path):
    path = tmp_path / "rows.json"
    path.write_bytes(content)
    with pytest.raises(DataError, match=message):
        chunks_of(prepare(ImportSource(kind="import", path=path, format="sharegpt"), folder=tmp_path / "out"))


def test_no_file(tmp_path):
    source = ImportSource(kind="import", path=tmp_path / "absent.json", format="sharegpt")
    with pytest.raises(DataError, match="no such file"):
        prepare(source, folder=tmp_path)


def test_parquet_that_is_damaged_within(tmp_path):
    path = write_rows(tmp_path / "rows.parquet", [asked(f"question {n} {n * 7919}") for n in range(400)])
    data = bytearray(path.read_bytes())
    data[len(data) // 3 : len(data) // 3 + 400] = bytes(400)
    path.write_bytes(data)
    examples, dropped = imported(ImportSource(kind="import", path=path, format="sharegpt"), tmp_path / "out")
    assert len(examples) + len(dropped) == 400
    assert dropped
    assert examples


def test_picture_of_one_mode_or_another(tmp_path):
    folder = tmp_path / "pictures"
    folder.mkdir()
    for mode in ("1", "L", "P", "RGBA", "I;16"):
        Image.new(mode, (9, 5)).save(folder / f"{mode[:1]}.png".lower())
    (folder / "grey.jpg").write_bytes(encoded(Image.new("L", (8, 8)), "JPEG"))
    names = sorted(path.name for path in folder.iterdir())
    examples, dropped = imported_rows(tmp_path, [asked(image=name) for name in names], folder=folder)
    assert dropped == []
    assert {it.images[0][-4:] for it in examples} == {".png", ".jpg"}
