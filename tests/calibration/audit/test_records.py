"""A text is cut into records and turns, whatever its form."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit_texts import chat
from bedside.calibration.audit.records import Corpus, divide

U, M, E = "<start_of_turn>user\n", "<start_of_turn>model\n", "<end_of_turn>"


def texts(corpus: Corpus) -> list[str]:
    return [corpus.text(record.start, record.end) for record in corpus.records]


def test_bos_begins_a_conversation() -> None:
    corpus = divide(chat(3))
    assert corpus.division == "<bos>"
    assert [len(record.turns) for record in corpus.records] == [2, 2, 2]
    assert [record.line for record in corpus.records] == [1, 6, 11]
    assert "".join(texts(corpus)) == chat(3)


def test_without_bos_each_user_turn_begins_one() -> None:
    corpus = divide(f"{U}a{E}\n{M}b{E}\n\n{U}c{E}\n{M}d{E}\n\n")
    assert corpus.division == "user turn"
    assert texts(corpus) == [f"{U}a{E}\n{M}b{E}\n\n", f"{U}c{E}\n{M}d{E}\n\n"]
    assert [turn.text for record in corpus.records for turn in record.turns] == ["a", "b", "c", "d"]


def test_a_conversation_may_have_many_turns_where_bos_tells() -> None:
    corpus = divide(f"{U}a{E}\n{M}b{E}\n{U}c{E}\n{M}d{E}\n<bos>{U}e{E}\n{M}f{E}\n")
    assert [len(record.turns) for record in corpus.records] == [4, 2]


def test_text_without_turns_may_stand_among_conversations() -> None:
    corpus = divide(f"{U}a{E}\n{M}b{E}\n<bos>Some general text.\n<bos>{U}c{E}\n{M}d{E}\n")
    assert [len(record.turns) for record in corpus.records] == [2, 0, 2]
    assert [corpus.text(*span) for span in corpus.passages(corpus.records[1])] == ["Some general text.\n"]


@pytest.mark.parametrize(
    ("text", "division", "records"),
    [
        (f"one\n\nstill\n\n{'=' * 80}\n\ntwo\n", "= line", ["one\n\nstill", "two"]),
        ("one\nstill\n\n\ntwo\r\n\r\nthree", "blank line", ["one\nstill", "two", "three"]),
        ("a = b\nc == d", "blank line", ["a = b\nc == d"]),
    ],
)
def test_plain_text_is_divided_by_what_divides_it(text: str, division: str, records: list[str]) -> None:
    corpus = divide(text)
    assert corpus.division == division
    assert texts(corpus) == records
    assert not corpus.has_turns


def test_open_and_stray_turns_are_kept_as_they_are() -> None:
    corpus = divide(f"{U}a\n{M}b{E}\n{E}\n<start_of_turn>user")
    (first, second), (third,) = (record.turns for record in corpus.records)
    assert (first.is_closed, second.is_closed, third.is_closed) == (False, True, False)
    assert corpus.stray_ends == (5,)
    assert (third.role, third.text, third.line) == ("user", "", 6)


PIECES = st.sampled_from([U, M, E, "<bos>", "<start_of_turn>", "\n", "\n\n", "=" * 20, "a b.", "±", " "])


@given(st.lists(PIECES, max_size=30).map("".join))
def test_records_lie_in_order_and_hold_their_turns(text: str) -> None:
    corpus = divide(text)
    end = 0
    for record in corpus.records:
        assert end <= record.start < record.end <= len(text.encode())
        end = record.end
        for turn in record.turns:
            assert record.start <= turn.start <= turn.text_start <= turn.text_end <= turn.end <= record.end
        assert record.line == text.encode().count(b"\n", 0, record.start) + 1
    assert sum(len(record.turns) for record in corpus.records) == text.count("<start_of_turn>")
    if corpus.has_turns:
        assert not text.replace("".join(texts(corpus)), "").strip()
