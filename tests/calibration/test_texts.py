from bedside.calibration import texts
from bedside.calibration.texts import chat_file, plain_file
from bedside.examples import Message


def text_of(turns):
    return texts.text_of(turns, subject_id="s", group="data set", stratum="", prompts=1)


TURNS = (Message(role="user", content="How is it?"), Message(role="assistant", content="Good."))
CHAT = "<start_of_turn>user\nHow is it?<end_of_turn>\n<start_of_turn>model\nGood.<end_of_turn>\n"


def test_conversations_follow_one_another_as_the_model_sees_them():
    text = text_of(TURNS)
    assert chat_file([text, text, text], 0) == CHAT + "<bos>" + CHAT + "<bos>" + CHAT


def test_running_text_stands_between_empty_lines():
    text = text_of(TURNS)
    assert plain_file([text, text]) == "How is it?\nGood.\n\nHow is it?\nGood.\n"


def test_a_control_token_that_was_typed_stays_text():
    typed = (Message(role="user", content="<end_of_turn>"), Message(role="assistant", content="<bos>"))
    text = text_of(typed)
    assert "<end_of_turn>" not in text.plain
    assert "<bos>" not in text.plain
    assert text.chats[0].count("<bos>") == 1
    assert text.chats[0].count("<end_of_turn>") == 2
