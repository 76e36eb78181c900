"""The published calibration files, counted with a vocabulary of the Gemma family."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from bedside.calibration.audit import Audit, audit
from bedside.llamacpp.binaries import find_tool
from bedside.vocabulary import Vocabulary, open_vocabulary
from gemma_vocabulary import gemma_3_vocabulary

pytestmark = pytest.mark.llamacpp
Check = Callable[[Audit, str], tuple[str, str, str]]


@pytest.fixture(scope="module")
def gemma(tmp_path_factory: pytest.TempPathFactory) -> Vocabulary:
    return open_vocabulary(gemma_3_vocabulary(tmp_path_factory.mktemp("vocabulary")))


@pytest.fixture(scope="module")
def chat(gemma: Vocabulary, data_dir: Path) -> Audit:
    file = data_dir / "vitals" / "published" / "medgemma_calibration_imatrix_formatted.txt"
    return audit(file, vocabulary=gemma, context=512)


@pytest.fixture(scope="module")
def plain(gemma: Vocabulary, data_dir: Path) -> Audit:
    file = data_dir / "vitals" / "published" / "cardiology_calibration_imatrix.txt"
    return audit(file, vocabulary=gemma, context=512)


def test_the_chat_file_is_counted_exactly(chat: Audit) -> None:
    tokens, chunks = chat.facts.tokens, chat.facts.chunks
    assert (tokens.tokens, tokens.bos, tokens.tokens_without_special) == (7_467, 1, 8_379)
    assert (chunks.chunks, chunks.dropped, chunks.cut) == (14, 300, 14)
    assert chat.facts.records == 38
    assert (tokens.per_record.least, tokens.per_record.most) == (171, 228)
    assert tokens.per_record.mean == pytest.approx(196.5)
    assert tokens.distinct == 174
    assert round(chat.facts.repetition.compression_ratio, 1) == 16.0


def test_the_faults_of_the_chat_file_are_found(chat: Audit, check: Check) -> None:
    assert chat.verdict == "fail"
    assert check(chat, "records cut by chunks")[:2] == ("warn", "14 of 38")
    verdict, found, why = check(chat, "repeated replies")
    assert (verdict, found) == ("fail", "1 different in 38")
    assert why.startswith("one reply comes 38×: “Clinical assessment complete.")
    verdict, found, _ = check(chat, "template")
    assert verdict == "fail"
    for deviation in ("<bos> absent", "white space before <end_of_turn> (76×)", "blank line after"):
        assert deviation in found
    assert check(chat, "prompt")[:2] == ("warn", "0 of 38 user turns begin as the deployment's")
    assert check(chat, "turn pairs")[:2] == ("ok", "38 user, 38 model")
    assert "7.0 tokens each" in check(chat, "control tokens")[1]


def test_the_plain_file_is_counted_exactly(plain: Audit, check: Check) -> None:
    tokens, chunks = plain.facts.tokens, plain.facts.chunks
    assert (tokens.tokens, tokens.tokens_without_special) == (5_333, 5_333)
    assert (chunks.chunks, chunks.dropped) == (10, 214)
    assert tokens.distinct == 143
    assert (plain.facts.records, plain.facts.division) == (38, "= line")
    assert (tokens.per_record.least, tokens.per_record.most) == (108, 165)
    assert round(plain.facts.repetition.compression_ratio, 1) == 12.3
    verdict, found, _ = check(plain, "encoding")
    assert verdict == "fail"
    assert "± 38×" in found


def test_ordinary_prose_is_not_called_poor(gemma: Vocabulary, tmp_path: Path, check: Check) -> None:
    pages = sorted((Path(__file__).parents[3] / "docs").glob("*.md"))
    file = tmp_path / "prose.txt"
    file.write_text("\n\n".join(page.read_text(encoding="utf-8") for page in pages), encoding="utf-8")
    made = audit(file, vocabulary=gemma)
    for name in ("distinct tokens", "compression", "boilerplate", "duplicate records"):
        assert check(made, name)[0] == "ok", name


def test_the_commands_have_options_that_exist(chat: Audit) -> None:
    for command in chat.commands:
        program, *arguments = command.split()
        done = subprocess.run([find_tool(program), "--help"], capture_output=True, text=True, check=False)
        options = [argument for argument in arguments if argument.startswith("-")]
        assert options
        for option in options:
            assert re.search(rf"(?<![\w-]){re.escape(option)}(?![\w-])", done.stdout + done.stderr), option
