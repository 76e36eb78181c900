"""Each way in which turns can differ from the deployment's is named."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from audit_texts import chat, word_vocabulary
from bedside.calibration.audit import Audit

U, M, E = "<start_of_turn>user\n", "<start_of_turn>model\n", "<end_of_turn>"
Audited = Callable[..., Audit]
Check = Callable[[Audit, str], tuple[str, str, str]]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("<bos>", "", "<bos> absent between conversations (3×)"),
        (E, f"\n{E}", "white space before <end_of_turn> (8×)"),
        (M, f"{M} ", "white space before the text of a turn (4×)"),
        (f"{E}\n{M}", f"{E}\n\n{M}", "blank line between turns (4×)"),
        ("<bos>", "\n<bos>", "blank line after a conversation (3×)"),
        (f"{E}\n{M}", f"{E}{M}", "no line end after <end_of_turn> (4×)"),
        (f"{E}\n{M}", f"{E}\nNote.\n{M}", "text outside the turns (4×)"),
        ("<start_of_turn>model", "<start_of_turn>assistant", "role other than user and model (4×)"),
        ("Rate 2.", "", "empty turn (1×)"),
        ("Rate", "Rate <start_of_image>", "other differences"),
    ],
)
def test_a_deviation_is_named_and_counted(
    audited: Audited, check: Check, old: str, new: str, said: str
) -> None:
    verdict, found, _ = check(audited(chat(4).replace(old, new)), "template")
    assert verdict == "fail"
    assert said in found


def test_a_second_bos_at_the_beginning_is_noticed(audited: Audited, check: Check) -> None:
    verdict, found, _ = check(audited("<bos>" + chat(4)), "template")
    assert (verdict, found) == ("warn", "canonical, but begins with <bos>")


def test_general_text_among_conversations_is_no_deviation(audited: Audited, check: Check) -> None:
    assert check(audited(chat(4) + "<bos>Some general text.\n"), "template")[0] == "ok"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (f"Rate 1.{E}", "Rate 1.", "line 9: the 'model' turn is never closed"),
        (f"{E}\n<bos>", f"{E}\n{E}\n<bos>", "line 6: <end_of_turn> closes no turn"),
        (f"{M}Rate 1.{E}\n", "", "line 6: 1 turns, the last is without a reply"),
        ("<start_of_turn>model\nRate 1", f"{U}Rate 1", "line 9: a 'user' turn where 'model' must come"),
    ],
)
def test_turns_that_do_not_pair_are_placed(
    audited: Audited, check: Check, old: str, new: str, said: str
) -> None:
    verdict, _, why = check(audited(chat(4).replace(old, new, 1)), "turn pairs")
    assert verdict == "fail"
    assert said in why


def test_many_unpaired_turns_are_counted_and_a_few_shown(audited: Audited, check: Check) -> None:
    why = check(audited(chat(20).replace(E, "")), "turn pairs")[2]
    assert why.count("never closed") == 5
    assert "and 35 more" in why


def test_control_tokens_that_the_vocabulary_lacks_are_named(audited: Audited, check: Check) -> None:
    made = audited(chat(4), vocabulary=word_vocabulary(("<bos>", "<|turn>")))
    assert check(made, "control tokens")[:2] == ("fail", "no token <start_of_turn>, <end_of_turn>")


def test_control_tokens_are_counted_with_and_without_parsing(audited: Audited, check: Check) -> None:
    made = audited(chat(4))
    markers = made.facts.markers
    assert (markers.written, markers.single, markers.single_without) == (16, 16, 0)
    assert markers.pieces_without == 3  # <, a word, >
    assert check(made, "control tokens")[2] == "give llama-imatrix --parse-special"
    assert "--parse-special" in made.commands[0]
