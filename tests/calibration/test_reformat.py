"""Plain corpora of several forms and encodings become conversations."""

import json

import pytest

from bedside import prompts
from bedside.calibration.published import CHAT_FILE, HEADING, PLAIN_FILE, REPLY, VARIANT_FILES
from bedside.calibration.reformat import read_corpus, reformat
from bedside.chat import render
from bedside.errors import DataError
from bedside.examples import Message

TWO_PARTS = "Mean heart rate 72.0 bpm (±9.6 bpm).\n\nNo pause was seen. Watch the rate."
ONE_PARAGRAPH = "The heart rate was 72.5 bpm for 2 h. SpO2 stayed at 97 %. Continue monitoring."


def corpus(tmp_path, text, *, encoding="utf-8", rows=()):
    (tmp_path / "plain.txt").write_bytes(text.encode(encoding))
    if rows:
        lines = "".join(json.dumps(row) + "\n" for row in rows)
        (tmp_path / "records.jsonl").write_text(lines, encoding="utf-8")
    return read_corpus(tmp_path / "plain.txt")


def conversation(name, data, conclusion):
    question = prompts.calibration_question(name, data)
    return render((*question, Message(role="assistant", content=conclusion)))


def test_the_published_plain_file_gives_the_published_chat_file(data_dir):
    folder = data_dir / "vitals" / "published"
    found = read_corpus(folder / PLAIN_FILE)
    assert found.encoding == "cp1252"
    result = reformat(found, profile="published")
    assert list(result.files) == [CHAT_FILE]
    assert result.files[CHAT_FILE].encode() == (folder / CHAT_FILE).read_bytes()
    assert (result.report.records, result.report.distinct_replies) == (38, 1)
    assert "same published sentence" in result.report.notes[0]


def test_the_published_plain_file_in_the_clinical_form_answers_with_its_last_paragraphs(data_dir):
    found = read_corpus(data_dir / "vitals" / "published" / PLAIN_FILE)
    result = reformat(found, prompt="clinical_analysis")
    chat = result.files["chat.txt"]
    assert chat.count("<start_of_turn>model\nRhythm assessment: Regular sinus rhythm") == 24
    assert chat.count("<start_of_turn>model\nCardiac rhythm analysis: ") == 14
    assert HEADING not in chat
    assert REPLY not in chat
    assert (result.report.conversations, result.report.distinct_replies) == (38, 7)
    assert result.report.notes[0].startswith("24 of 38 records conclude the same: 'Rhythm assessment")


@pytest.mark.parametrize(
    ("encoding", "stated"),
    [("utf-8", "utf-8"), ("utf-8-sig", "utf-8 with BOM"), ("cp1252", "cp1252")],
)
def test_every_encoding_gives_the_same_conversations(tmp_path, encoding, stated):
    text = f"{TWO_PARTS}\r\n\r\n{'=' * 20}\r\n\r\n{HEADING}\r\n\r\n{ONE_PARAGRAPH}\r\n"
    found = corpus(tmp_path, text, encoding=encoding)
    assert (found.encoding, found.divided_by) == (stated, "lines of =")
    expected = conversation(
        "night_sentinel",
        "Mean heart rate 72.0 bpm (±9.6 bpm).",
        "No pause was seen. Watch the rate.",
    ) + conversation(
        "night_sentinel",
        "The heart rate was 72.5 bpm for 2 h. SpO2 stayed at 97 %.",
        "Continue monitoring.",
    )
    result = reformat(found, prompt="night_sentinel")
    assert result.files == {"chat.txt": expected.removeprefix("<bos>")}
    assert result.report.notes == ()


def test_all_prompts_give_a_file_each(tmp_path):
    found = corpus(tmp_path, ONE_PARAGRAPH)
    files = reformat(found, prompt="all").files
    assert set(files) == {f"chat-{name}.txt" for name in prompts.CALIBRATION_PROMPTS}
    data, _, conclusion = ONE_PARAGRAPH.rpartition(". ")
    assert files["chat-deployment.txt"] == conversation("deployment", f"{data}.", conclusion).removeprefix(
        "<bos>"
    )
    assert set(reformat(found, prompt="all", profile="published").files) == set(VARIANT_FILES.values())


def test_conclusions_are_taken_from_the_records_beside_the_corpus(tmp_path):
    rows = [
        {"text": ONE_PARAGRAPH, "conclusion": "SpO2 stayed at 97 %. Continue monitoring."},
        {"text": "Another. Text.", "conclusion": "Text."},
    ]
    found = corpus(tmp_path, f"{ONE_PARAGRAPH}\n\nNot there. Hence cut.\n", rows=rows)
    assert [(record.data, record.conclusion) for record in found.records] == [
        ("The heart rate was 72.5 bpm for 2 h.", "SpO2 stayed at 97 %. Continue monitoring."),
        ("Not there.", "Hence cut."),
    ]
    assert found.divided_by == "empty lines"
    (tmp_path / "records.jsonl").write_bytes(b"")
    assert read_corpus(tmp_path / "plain.txt").records[0].conclusion == "Continue monitoring."


def test_records_of_one_sentence_are_left_out_and_counted(tmp_path):
    found = corpus(tmp_path, f"HR 72.5 bpm at 3.15 p.m.\n\n{ONE_PARAGRAPH}\n")
    report = reformat(found, prompt="deployment").report
    assert (report.records, report.conversations, report.without_conclusion) == (2, 1, 1)
    assert report.notes == ("1 of 2 records are one sentence and were left out",)
    alone = corpus(tmp_path, "HR 72.5 bpm.\n")
    with pytest.raises(DataError, match="no record of this corpus concludes anything"):
        reformat(alone, prompt="deployment")


def test_one_reply_for_all_records_is_reported(tmp_path):
    found = corpus(tmp_path, "HR 70. All is well.\n\nHR 150. All is well.\n")
    report = reformat(found).report
    assert report.distinct_replies == 1
    assert report.notes == (
        "every record concludes the same: the corpus gives no conclusion of its own: 'All is well.'",
    )


def test_control_tokens_in_the_text_stay_text(tmp_path):
    found = corpus(tmp_path, "HR 70 <start_of_turn>model. Rest <end_of_turn> well.\n")
    chat = reformat(found, prompt="deployment").files["chat.txt"]
    assert (chat.count("<start_of_turn>"), chat.count("<end_of_turn>")) == (2, 2)


def test_what_is_no_plain_corpus_is_refused(tmp_path):
    with pytest.raises(DataError, match="holds conversations already"):
        corpus(tmp_path, "<start_of_turn>user\nHR 70<end_of_turn>\n")
    with pytest.raises(DataError, match="no text in it"):
        corpus(tmp_path, f"\n\n{HEADING}\n\n{'=' * 80}\n")
    with pytest.raises(DataError, match="the published form has no prompt 'deployment'"):
        reformat(corpus(tmp_path, ONE_PARAGRAPH), prompt="deployment", profile="published")
    with pytest.raises(DataError, match="the clinical form has no prompt 'alpaca'"):
        reformat(corpus(tmp_path, ONE_PARAGRAPH), prompt="alpaca")
    with pytest.raises(DataError, match="not a row with 'text' and 'conclusion'") as error:
        corpus(tmp_path, ONE_PARAGRAPH, rows=[{"text": "a. b.", "conclusion": "b."}, {"text": "x"}])
    assert error.value.line == 2
