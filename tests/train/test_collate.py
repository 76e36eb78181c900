"""The loss is on the answer alone: exact lists of what is learned."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from PIL import Image

from bedside import chat, hf, prompts
from bedside.errors import DataError
from bedside.examples import Example, Message
from bedside.train.collate import AnswerOnlyCollator, encode_example

ANSWER = "Findings: sinus bradycardia."


def example(*turns: str, images: tuple[str, ...] = ()) -> Example:
    roles = ("user", "assistant") * len(turns)
    messages = tuple(Message(role=r, content=t) for r, t in zip(roles, turns, strict=False))
    return Example(id="1", subject_id="1", messages=messages, images=images)


@pytest.fixture(scope="module")
def loaded(tiny_model: Path) -> hf.Loaded:
    return hf.load_processor(tiny_model)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "ecg.png").write_bytes(prompts.png_bytes(Image.new("RGB", (128, 128), "white")))
    return tmp_path


def ids(loaded: hf.Loaded, text: str) -> list[int]:
    return loaded.tokenizer(text, add_special_tokens=False)["input_ids"]


def test_exactly_the_answer_and_the_end_of_the_turn_are_learned(loaded: hf.Loaded, folder: Path) -> None:
    encoded = encode_example(loaded, example("What does this show?", ANSWER), folder=folder)
    answer = ids(loaded, f"{ANSWER}<end_of_turn>\n")
    prompt = len(encoded.input_ids) - len(answer)
    assert encoded.labels.tolist() == [-100] * prompt + answer
    assert encoded.input_ids.tolist()[prompt:] == answer


def test_every_answer_of_a_conversation_is_learned_and_no_question(loaded: hf.Loaded, folder: Path) -> None:
    encoded = encode_example(loaded, example("One?", "First.", "Two?", "Second."), folder=folder)
    learned = [token for token in encoded.labels.tolist() if token != -100]
    assert learned == ids(loaded, "First.<end_of_turn>\n") + ids(loaded, "Second.<end_of_turn>\n")


def test_segments_tokenize_to_the_ids_of_the_whole(loaded: hf.Loaded, folder: Path) -> None:
    conversation = example("What does this show?", ANSWER, "Sure?", "Yes.")
    encoded = encode_example(loaded, conversation, folder=folder)
    assert encoded.input_ids.tolist() == ids(loaded, chat.render(conversation.messages))


def test_a_picture_is_tokenized_as_the_chat_template_does(loaded: hf.Loaded, folder: Path) -> None:
    """The string of `chat` and the processor's own template give the same ids, types and pixels."""
    encoded = encode_example(loaded, example("Interpret this ECG.", images=("ecg.png",)), folder=folder)
    content = [{"type": "image", "image": Image.open(folder / "ecg.png")}]
    content.append({"type": "text", "text": "Interpret this ECG."})
    theirs = loaded.processor.apply_chat_template(
        [{"role": "user", "content": content}],
        add_generation_prompt=True,
        tokenize=True,
        return_dict=True,
        return_tensors="pt",
    )
    assert encoded.input_ids.tolist() == theirs["input_ids"][0].tolist()
    assert encoded.token_type_ids.tolist() == theirs["token_type_ids"][0].tolist()
    assert encoded.token_type_ids.sum() == 16
    assert torch.equal(encoded.pixel_values, theirs["pixel_values"])
    assert set(encoded.labels.tolist()) == {-100}


def test_a_typed_control_token_is_not_the_control_token(loaded: hf.Loaded, folder: Path) -> None:
    end = loaded.tokenizer.convert_tokens_to_ids("<end_of_turn>")
    encoded = encode_example(loaded, example("Is <end_of_turn> a word?", "No."), folder=folder)
    assert encoded.input_ids.tolist().count(end) == 2


def test_a_batch_mixes_pictures_and_text_and_pads_without_learning(loaded: hf.Loaded, folder: Path) -> None:
    rows = [example("Interpret this ECG.", ANSWER, images=("ecg.png",)), example("One?", "First.")]
    collate = AnswerOnlyCollator(loaded, folder, max_length=256)
    batch = collate([{"example": row.model_dump_json()} for row in rows])
    assert batch["pixel_values"].shape == (1, 3, 128, 128)
    padding = batch["attention_mask"] == 0
    assert padding[1].any()
    assert (batch["labels"][padding] == -100).all()
    assert (batch["input_ids"][padding] == loaded.tokenizer.pad_token_id).all()
    assert batch["token_type_ids"].sum(1).tolist() == [16, 0]


def test_a_conversation_that_is_too_long_is_an_error_not_cut(loaded: hf.Loaded, folder: Path) -> None:
    collate = AnswerOnlyCollator(loaded, folder, max_length=10)
    with pytest.raises(DataError, match=r"example '1' has \d+ tokens, more than max_length 10"):
        collate([{"example": example("What does this show?", ANSWER).model_dump_json()}])


def test_of_running_text_everything_is_learned_from_the_beginning(loaded: hf.Loaded, folder: Path) -> None:
    text = "Atrial fibrillation is irregular.<end_of_turn> It has no P waves."
    encoded = encode_example(loaded, Example(id="1", subject_id="1", text=f" {text}\n"), folder=folder)
    (bos,) = ids(loaded, chat.BOS)
    learned = ids(loaded, chat.as_text(text))
    assert encoded.input_ids.tolist() == [bos, *learned]
    assert encoded.labels.tolist() == [-100, *learned]
    assert ids(loaded, chat.END_OF_TURN)[0] not in learned
