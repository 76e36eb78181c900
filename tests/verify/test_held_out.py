"""What models are compared on comes from the test split, evenly, and chunks start with a conversation."""

from pathlib import Path

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from bedside.verify.held_out import chat_examples, pack, parity_prompts, read_test_split
from tiny_model import make_dataset


def test_chunks_start_with_a_conversation_and_drop_the_rest_of_the_last_one() -> None:
    conversations = [[2, 10, 11], [2, 20, 21, 22], [2, 30], [2, 40, 41, 42, 43, 44], [2, 50]]
    assert pack(conversations, context=5, limit=9).tolist() == [[2, 10, 11, 2, 20], [2, 30, 2, 40, 41]]
    assert pack(conversations, context=5, limit=1).tolist() == [[2, 10, 11, 2, 20]]


def test_too_little_text_gives_no_chunk() -> None:
    assert pack([[2, 3]], context=5, limit=3).shape == (0, 5)


@given(st.lists(st.integers(1, 30), max_size=30), st.integers(4, 20), st.integers(1, 5))
def test_every_chunk_is_full_and_starts_with_bos(lengths: list[int], context: int, limit: int) -> None:
    chunks = pack([[2, *[9] * (length - 1)] for length in lengths], context=context, limit=limit)
    assert chunks.shape[1] == context
    assert chunks.shape[0] <= limit
    assert np.all(chunks[:, 0] == 2)


def test_prompts_are_spread_over_the_split_and_carry_no_answer(tmp_path: Path) -> None:
    dataset = make_dataset(tmp_path / "dataset", texts=10, pictures=2)
    examples = read_test_split(dataset)
    prompts = parity_prompts(examples, dataset, text=4, image=5)
    assert [(prompt.id, prompt.kind) for prompt in prompts] == [
        ("t0", "text"),
        ("t2", "text"),
        ("t5", "text"),
        ("t7", "text"),
        ("p0", "image"),
        ("p1", "image"),
    ]
    assert all(prompt.prompt.messages[-1].role == "user" for prompt in prompts)
    assert [len(prompt.prompt.images) for prompt in prompts] == [0, 0, 0, 0, 1, 1]


def test_conversations_without_pictures_come_first(tmp_path: Path) -> None:
    dataset = make_dataset(tmp_path / "dataset", texts=2, pictures=1)
    examples = read_test_split(dataset)
    assert [example.id for example in chat_examples(examples[::-1])] == ["t1", "t0", "p0"]
