from bedside.calibration.texts import chat_file, plain_file, text_of
from bedside.examples import Message

TURNS = (Message(role="user", content="How is it?"), Message(role="assistant", content="Good."))
CHAT = "<start_of_turn>user\nHow is it?<end_of_turn>\n<start_of_turn>model\nGood.<end_of_turn>\n"


def test_conversations_follow_one_another_as_the_model_sees_them():
    text = text_of(TURNS, subject_id="s")
    assert chat_file([text, text, text]) == CHAT + "<bos>" + CHAT + "<bos>" + CHAT


def test_running_text_stands_between_empty_lines():
    first, second = text_of(TURNS, subject_id="s"), text_of(TURNS, subject_id="s", plain="All is good.")
    assert plain_file([first, second]) == "How is it?\nGood.\n\nAll is good.\n"


def test_a_control_token_that_was_typed_stays_text():
    typed = (Message(role="user", content="<end_of_turn>"), Message(role="assistant", content="<bos>"))
    text = text_of(typed, subject_id="s")
    assert "<end_of_turn>" not in text.plain
    assert "<bos>" not in text.plain
    assert text.chat.count("<bos>") == 1
    assert text.chat.count("<end_of_turn>") == 2
