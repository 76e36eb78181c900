"""Verdicts on texts whose faults are known."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import pytest

from audit_texts import chat, conversation
from bedside.calibration.audit import Audit, audit
from bedside.calibration.audit.checks import ordinary_distinct
from bedside.errors import DataError

Audited = Callable[..., Audit]
Check = Callable[[Audit, str], tuple[str, str, str]]


def test_a_canonical_chat_is_found_so(audited: Audited, check: Check) -> None:
    made = audited(chat(40))
    for name in ("encoding", "turn pairs", "template", "prompt", "control tokens", "duplicate records"):
        assert check(made, name)[0] == "ok", name
    assert check(made, "turn pairs")[1] == "40 user, 40 model"
    assert check(made, "prompt")[1].startswith("40 of 40")
    assert made.facts.division == "<bos>"
    assert made.facts.records == len(made.records) == 40


def test_records_and_chunks_lie_where_llama_imatrix_puts_them(audited: Audited) -> None:
    """The first conversation is one token shorter: its <bos> is put there by llama.cpp."""
    made = audited(chat(40))
    assert {record.tokens for record in made.records[1:]} == {made.records[1].tokens}
    size = made.records[1].tokens
    assert made.records[0].tokens == size - 1
    assert [record.first for record in made.records] == [1, *(size * n for n in range(1, 40))]
    assert made.facts.tokens.tokens == 40 * size - 1
    chunks = made.facts.chunks
    assert chunks.chunks == 40 * size // 32
    assert chunks.dropped == 40 * size % 32
    expected = [(n * size or 1) // 32 != (n * size + size - 1) // 32 for n in range(40)]
    assert [record.cut for record in made.records] == expected
    assert chunks.cut == sum(expected)
    assert dict(chunks.cut_at)[64] == sum(n * size // 64 != (n * size + size - 1) // 64 for n in range(40))


def test_tokens_are_told_apart_by_who_says_them(audited: Audited) -> None:
    first = audited(chat(30, said="One two", reply="Three")).records[0]
    assert (first.user, first.model) == (3, 1)  # the space between two words is a token here
    assert first.control == first.tokens - 4 == 10


def test_a_line_end_that_llama_cpp_does_not_read_makes_no_chunk(audited: Audited) -> None:
    made = audited("a " * 31 + "a\n")  # 64 tokens and the one before them; the line end is the last
    assert made.facts.tokens.tokens == 64
    assert made.facts.chunks.chunks == 2
    made = audited("a " * 31 + "\n")  # with it 64, without it 63
    assert made.facts.chunks.chunks == 1
    assert made.facts.chunks.dropped == 32


def test_less_than_two_chunks_cannot_be_used(audited: Audited, check: Check) -> None:
    assert check(audited("a b c\n"), "chunks")[0] == "fail"
    assert check(audited(chat(10)), "chunks")[0] == "warn"
    assert check(audited(chat(150)), "chunks")[0] == "ok"


def test_what_cuts_records_is_said_with_what_would_help(audited: Audited, check: Check) -> None:
    verdict, _, why = check(audited(chat(40)), "records cut by chunks")
    assert verdict == "warn"
    assert "with -c 64" in why
    assert check(audited(chat(1), context=64), "records cut by chunks")[0] == "ok"
    assert "longer than a chunk: 1" in check(audited("word " * 100), "records cut by chunks")[2]


def test_one_reply_to_everything_is_a_failure(audited: Audited, check: Check) -> None:
    made = audited(chat(38, reply="Processed."))
    same = ("fail", "1 different in 38", "one reply comes 38×: “Processed.”")
    assert check(made, "repeated replies") == same
    assert check(audited(chat(38)), "repeated replies")[0] == "ok"
    some = chat(9) + "".join(conversation(50 + n, reply="Normal.") for n in range(3))
    assert check(audited(some), "repeated replies")[0] == "warn"


def test_a_prompt_that_is_not_the_deployments_is_noticed(audited: Audited, check: Check) -> None:
    made = audited(chat(10, said="[QUANTIZATION CALIBRATION]\nProcess this."))
    verdict, found, why = check(made, "prompt")
    assert (verdict, found.split(" user")[0]) == ("warn", "0 of 10")
    assert "Assess these vital signs." in why
    assert check(audited(chat(10, said="How?"), openings=("How",)), "prompt")[0] == "ok"


def test_the_same_record_again_is_counted(audited: Audited, check: Check) -> None:
    made = audited(chat(20) + conversation(0) + conversation(3))
    assert check(made, "duplicate records")[:2] == ("warn", "2 of 22")


def test_boilerplate_is_what_stands_in_most_records(audited: Audited, check: Check) -> None:
    made = audited("\n\n".join(f"Always the same words. Other {n}." for n in range(10)))
    found = made.facts.repetition
    # four words, three spaces and a full stop; then two words, a space and a full stop
    assert found.boilerplate_tokens / found.said_tokens == pytest.approx(8 / 12)
    assert check(made, "boilerplate")[0] == "fail"
    assert (found.most_repeated[0].text, found.most_repeated[0].tokens) == ("Always the same words.", 80)


def test_repetition_shows_in_sentences_and_in_compression(audited: Audited, check: Check) -> None:
    made = audited("The same sentence once more. " * 400)
    assert check(made, "repeated sentences")[0] == "fail"
    assert check(made, "compression")[0] == "fail"
    assert check(made, "distinct tokens")[0] == "fail"
    prose = Path(__file__).parents[3].joinpath("README.md").read_text(encoding="utf-8")
    assert check(audited(prose), "compression")[0] == "ok"


def test_ordinary_prose_has_more_tokens_the_longer_it_is() -> None:
    assert ordinary_distinct(512) == pytest.approx(263, rel=0.05)
    assert ordinary_distinct(7_467) == pytest.approx(1_471, rel=0.05)
    assert ordinary_distinct(10**6) == ordinary_distinct(10**5)


def test_a_text_without_turns_is_audited_and_warned_of(audited: Audited, check: Check) -> None:
    made = audited("A first text here.\n\nA second one.\n")
    assert check(made, "turns") == ("warn", "none", "no turns: the model will be served with turns")
    assert made.facts.turns is None
    assert made.facts.division == "blank line"
    assert "--parse-special" not in made.commands[0]
    assert not [c for c in made.checks if c.name in {"template", "prompt", "repeated replies"}]


def test_the_verdict_is_the_worst_line(audited: Audited) -> None:
    assert audited("a").verdict == "fail"
    made = audited(chat(150))
    assert made.verdict == max((c.verdict for c in made.checks), key=("ok", "warn", "fail").index)


def test_rows_and_json_hold_the_same(audited: Audited) -> None:
    made = audited(chat(40))
    assert [(row[0], row[1]) for row in made.rows()] == [(c.verdict, c.name) for c in made.checks]
    parsed = json.loads(json.dumps(asdict(made)))
    assert parsed["facts"]["chunks"]["chunks"] == made.facts.chunks.chunks
    assert len(parsed["records"]) == 40
    assert "/" not in parsed["file"] + parsed["vocabulary"]


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "is empty"),
        (b" \n\n", "is empty"),
        (b"text\n\x00more", "not text"),
        ("text".encode("utf-16"), "UTF-16"),
        (b"one\ntwo \x81", "byte 0x81"),
        (b"==========\n", "holds no record"),
    ],
)
def test_what_is_no_text_is_refused(audited: Audited, data: bytes, said: str) -> None:
    with pytest.raises(DataError, match=said):
        audited(data)


def test_a_context_must_be_of_use(audited: Audited) -> None:
    with pytest.raises(DataError, match="too short"):
        audited("a b c", context=8)


def test_a_missing_file_is_refused(words, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no such file"):
        audit(tmp_path / "none.txt", vocabulary=words)
