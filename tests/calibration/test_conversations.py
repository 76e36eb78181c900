from bedside.calibration.conversations import dataset_texts
from bedside.examples import Example, Message, write_examples


def example(number, *, picture, answered=True):
    turns = [Message(role="user", content=f"question {number}")]
    if answered:
        turns.append(Message(role="assistant", content=f"answer {number}"))
    images = ("images/a.png",) if picture else ()
    return Example(id=str(number), subject_id=f"s{number}", messages=tuple(turns), images=images)


def texts(tmp_path, examples, most, *, without=()):
    write_examples(tmp_path / "train.jsonl", examples)
    return dataset_texts(tmp_path / "train.jsonl", most=most, without=frozenset(without), prompts=2)


def test_both_kinds_are_taken_in_equal_numbers_evenly_and_mixed(tmp_path):
    examples = [
        *(example(n, picture=True) for n in range(100)),
        *(example(n, picture=False) for n in range(100, 110)),
    ]
    found = texts(tmp_path, examples, 8)
    assert found.read == 110
    assert found.with_picture == 4
    assert [text.subject_id for text in found.texts] == [
        "s0",
        "s100",
        "s25",
        "s102",
        "s50",
        "s105",
        "s75",
        "s107",
    ]
    assert found.texts[0].plain == "question 0\nanswer 0"


def test_a_kind_that_is_scarce_leaves_room_for_the_other(tmp_path):
    found = texts(
        tmp_path, [example(0, picture=False), *(example(n, picture=True) for n in range(1, 20))], 10
    )
    assert found.with_picture == 9
    assert len(found.texts) == 10


def test_examples_without_answer_are_counted(tmp_path):
    found = texts(tmp_path, [example(0, picture=False, answered=False), example(1, picture=False)], 10)
    assert found.without_answer == 1
    assert [text.subject_id for text in found.texts] == ["s1"]


def test_examples_of_held_out_subjects_are_left_out_and_counted(tmp_path):
    examples = [example(number, picture=number % 2 == 0) for number in range(6)]
    found = texts(tmp_path, examples, 10, without={"s1", "s4"})
    assert (found.read, found.held_out) == (6, 2)
    assert {text.subject_id for text in found.texts} == {"s0", "s2", "s3", "s5"}


def test_an_example_has_the_same_conversation_for_every_prompt(tmp_path):
    (only,) = texts(tmp_path, [example(0, picture=False)], 10).texts
    assert len(only.chats) == 2
    assert len(set(only.chats)) == 1


def test_running_text_stands_without_turns_and_is_not_counted_as_unanswered(tmp_path):
    found = texts(tmp_path, [Example(id="1", subject_id="s1", text=" Plain <bos> words.\n")], 4)
    assert found.without_answer == 0
    (text,) = found.texts
    assert text.plain == "Plain <\u200bbos> words."
    assert text.chats == ("<bos>Plain <\u200bbos> words.\n",) * 2
