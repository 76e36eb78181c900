import pytest

from bedside.calibration.general import read_general
from bedside.errors import DataError
from bedside.examples import write_examples
from calibration_folders import example


def test_a_text_is_cut_at_its_empty_lines(tmp_path):
    file = tmp_path / "general.txt"
    file.write_bytes("One\nparagraph.\r\n\r\n\r\nAnother: 37 °C <end_of_turn>.\n".encode("cp1252"))
    first, second = read_general(file, prompts=2)
    assert first.plain == "One\nparagraph."
    assert second.plain == "Another: 37 °C <\u200bend_of_turn>."
    assert first.chats == ("<bos>One\nparagraph.\n",) * 2


def test_examples_become_conversations(tmp_path):
    write_examples(tmp_path / "general.jsonl", [example("a")])
    (only,) = read_general(tmp_path / "general.jsonl", prompts=1)
    assert only.chats[0].startswith("<bos><start_of_turn>user\nHow is a?<end_of_turn>")


def test_an_empty_file_is_refused(tmp_path):
    (tmp_path / "general.txt").write_text(" \n\n ")
    with pytest.raises(DataError, match="holds no text"):
        read_general(tmp_path / "general.txt", prompts=1)
