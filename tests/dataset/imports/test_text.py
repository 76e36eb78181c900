"""Running text: cut without cutting words, with file and page kept."""

from __future__ import annotations

import gzip
import json
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bedside.dataset import DatasetConfig, build_dataset
from bedside.dataset.imports import ImportSource, TextSource, text
from bedside.dataset.imports.cutting import cut
from bedside.errors import DataError
from bedside.examples import read_examples
from imported_files import imported, png, write_rows

PROSE = st.lists(
    st.sampled_from(["a", "be", "ventricle.", "e.g.", "\n\n", "\n", " ", "“so?”", "心室。"]), max_size=60
)


@given(words=PROSE, characters=st.integers(12, 60))
def test_nothing_but_white_space_is_lost_and_no_word_is_cut(words, characters):
    whole = " ".join(words)
    pieces = cut(whole, characters)
    assert all(0 < len(piece) <= characters for piece in pieces)
    assert "".join("".join(pieces).split()) == "".join(whole.split())
    assert [word for piece in pieces for word in piece.replace("。", "。 ").split()] == whole.replace(
        "。", "。 "
    ).split()


def test_a_word_that_is_longer_than_a_piece():
    assert cut("a" * 250 + " b", 100) == ["a" * 100, "a" * 100, "a" * 50 + " b"]


def test_pieces_end_with_paragraphs_or_sentences():
    paragraph = "One sentence here. Another one there."
    assert cut(f"{paragraph}\n\n{paragraph}\n\n{paragraph}", 80) == [f"{paragraph}\n\n{paragraph}", paragraph]
    assert cut(f"{paragraph} {paragraph}", 60) == [f"{paragraph} One sentence here.", "Another one there."]


def pdf(*pages: str | None) -> bytes:
    """A PDF with a line of text on each page; `None` is a page without text."""
    kids = " ".join(f"{4 + 2 * n} 0 R" for n in range(len(pages)))
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    for number, words in enumerate(pages):
        stream = f"BT /F1 12 Tf 20 100 Td ({words}) Tj ET" if words else "0 0 10 10 re f"
        fonts = "/Resources << /Font << /F1 3 0 R >> >>"
        objects += [
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 200] {fonts} /Contents {5 + 2 * number} 0 R >>",
            f"<< /Length {len(stream)} >>\nstream\n{stream}\nendstream",
        ]
    body, offsets = b"%PDF-1.4\n", []
    for number, content in enumerate(objects, start=1):
        offsets.append(len(body))
        body += f"{number} 0 obj\n{content}\nendobj\n".encode()
    table = "".join(f"{offset:010d} 00000 n \n" for offset in offsets)
    tail = f"xref\n0 {len(offsets) + 1}\n0000000000 65535 f \n{table}"
    tail += f"trailer\n<< /Size {len(offsets) + 1} /Root 1 0 R >>\nstartxref\n{len(body)}\n%%EOF\n"
    return body + tail.encode()


def read(path, tmp_path, **settings):
    return imported(TextSource(kind="text", path=path, **settings), tmp_path / "out")


def test_pages_of_a_pdf(tmp_path, monkeypatch):
    monkeypatch.setattr(text, "_PAGES", 2)
    words = "The normal heart rate is 60 to 100. " * 6
    path = tmp_path / "guide.pdf"
    path.write_bytes(pdf(words, None, "Chest leads are V1 to V6."))
    examples, dropped = read(path, tmp_path, characters=150, licence="CC0")
    assert [it.id for it in examples] == ["guide.pdf#1-1", "guide.pdf#1-2", "guide.pdf#3-1"]
    assert {it.subject_id for it in examples} == {"document/guide.pdf"}
    assert examples[2].text == "Chest leads are V1 to V6."
    assert examples[2].evidence[0].source == "guide.pdf, page 3"
    assert (examples[2].source, examples[2].licence, examples[2].messages) == ("guide", "CC0", ())
    assert [(it.name, it.reason) for it in dropped] == [("guide.pdf page 2", "the page holds no text")]


def test_a_pdf_that_is_damaged(tmp_path):
    folder = tmp_path / "guides"
    folder.mkdir()
    (folder / "whole.pdf").write_bytes(pdf("Alpha"))
    (folder / "torn.pdf").write_bytes(b"%PDF-1.4\nnothing that a reader could use")
    examples, dropped = read(folder, tmp_path)
    assert [it.text for it in examples] == ["Alpha"]
    assert [(it.name, it.reason) for it in dropped] == [("torn.pdf", "the PDF is damaged")]


def test_a_locked_pdf(tmp_path):
    pypdf = pytest.importorskip("pypdf")
    plain = tmp_path / "plain.pdf"
    plain.write_bytes(pdf("a"))
    writer = pypdf.PdfWriter(clone_from=plain)
    writer.encrypt("secret", algorithm="RC4-128")
    writer.write(tmp_path / "locked.pdf")
    with pytest.raises(DataError, match="locked with a password"):
        read(tmp_path / "locked.pdf", tmp_path)


def test_a_text_file_in_blocks(tmp_path, monkeypatch):
    monkeypatch.setattr(text, "_BLOCK_BYTES", 500)
    paragraphs = [f"Paragraph {n}: the QT interval is µ{n} ms long." for n in range(100)]
    path = tmp_path / "book.txt"
    path.write_text("\ufeff" + "\r\n\r\n".join(paragraphs), encoding="utf-8", newline="")
    examples, dropped = read(path, tmp_path, characters=200)
    assert dropped == []
    assert [it for example in examples for it in example.text.split("\n\n")] == paragraphs
    assert len({it.id for it in examples}) == len(examples)
    assert examples[-1].id.startswith("book.txt#")


def test_a_text_file_without_any_white_space(tmp_path, monkeypatch):
    monkeypatch.setattr(text, "_BLOCK_BYTES", 100)
    monkeypatch.setattr(text, "_SEARCH_BYTES", 10)
    path = tmp_path / "book.txt"
    path.write_text("心" * 400, encoding="utf-8")
    examples, dropped = read(path, tmp_path, characters=100)
    assert dropped == []
    assert "".join(it.text for it in examples) == "心" * 400


@pytest.mark.parametrize("name", ["rows.jsonl", "rows.json", "rows.parquet", "rows.jsonl.gz"])
def test_rows_with_a_text(name, tmp_path):
    rows = [
        {"text": "First document."},
        {"text": " "},
        {"text": None},
        {"text": "First  document."},
        {"text": "Last"},
    ]
    examples, dropped = read(write_rows(tmp_path / name, rows), tmp_path, name="corpus")
    assert [it.text for it in examples] == ["First document.", "First  document.", "Last"]
    assert [it.id for it in examples] == [f"corpus/{name.removesuffix('.gz')}#{n}-1" for n in (1, 4, 5)]
    assert examples[0].subject_id == examples[1].subject_id != examples[2].subject_id
    assert {it.reason for it in dropped} == {"there is no text in the field text"}
    assert len(dropped) == 2


def test_a_folder_of_many_kinds(tmp_path):
    folder = tmp_path / "corpus"
    (folder / "deep").mkdir(parents=True)
    (folder / "a.txt").write_text("Alpha\x00beta")
    (folder / "deep" / "b.pdf").write_bytes(pdf("Gamma"))
    (folder / "c.png").write_bytes(png())
    (folder / "d.jsonl").write_text(json.dumps({"text": "Delta"}))
    (folder / "e.txt").write_bytes(b"\xff\xfeE\x00")
    (folder / "f.txt").write_text("")
    examples, dropped = read(folder, tmp_path)
    assert {it.id: it.text for it in examples} == {
        "a.txt#1-1": "Alpha beta",
        "d.jsonl#1-1": "Delta",
        "deep/b.pdf#1-1": "Gamma",
    }
    assert {it.name: it.reason for it in dropped} == {
        "c.png": "the file is of another kind",
        "e.txt block 1": "the text is not UTF-8",
        "f.txt": "the file is empty",
    }


def test_nothing_to_read(tmp_path):
    with pytest.raises(DataError, match="no such file or folder"):
        read(tmp_path / "absent", tmp_path)
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError, match="the folder is empty"):
        read(tmp_path / "empty", tmp_path)


def test_a_gzip_that_is_damaged(tmp_path):
    path = tmp_path / "a.txt.gz"
    path.write_bytes(gzip.compress(b"a b c" * 1000)[:-9])
    with pytest.raises(DataError, match="cannot be unpacked"):
        read(path, tmp_path)


def test_real_questions_come_through_unchanged(data_dir, tmp_path):
    lines = (data_dir / "ecg" / "medical_qa" / "medqa_us_4opt_100.jsonl").read_text("utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    path = write_rows(
        tmp_path / "medqa.json",
        [
            {"input": it["question"], "context": it["options"], "output": it["answer"], "source": "medqa"}
            for it in rows
        ],
    )
    examples, dropped = imported(ImportSource(kind="import", path=path, format="medrescue"), tmp_path / "out")
    assert dropped == []
    for row, example in zip(rows, examples, strict=True):
        assert example.prompt[0].content.startswith(row["question"].strip())
        assert all(option.strip() in example.prompt[0].content for option in row["options"].values())
        assert example.answer == row["answer"].strip()


def test_text_of_control_characters_alone_is_dropped_and_not_lost(tmp_path):
    (tmp_path / "a.txt").write_text("\x01\x02")
    (chunk,) = text.chunks(TextSource(kind="text", path=tmp_path))
    (dropped,) = text.gather(chunk).dropped
    assert (dropped.name, dropped.reason) == ("a.txt block 1", "there is no text, only control characters")


def test_a_file_whose_name_is_not_utf_8_is_read(tmp_path):
    folder = tmp_path / "texts"
    folder.mkdir()
    for number in range(5):
        (folder / f"{number}.txt").write_text(f"Text {number}.")
    name = os.fsdecode(b"\xff.txt")
    (folder / name).write_text("Odd name.")
    (folder / name).with_suffix(".exe").write_text("Odd name.")
    config = DatasetConfig.model_validate({"sources": [{"kind": "text", "path": str(folder)}], "workers": 1})
    made = build_dataset(config, out_dir=tmp_path / "made")
    ids = {example.id for part in ("train", "test") for example in read_examples(made.file(f"{part}.jsonl"))}
    assert r"\udcff.txt#1-1" in ids
    assert json.loads(made.file("dropped.jsonl").read_text())["name"] == r"\udcff.exe"
