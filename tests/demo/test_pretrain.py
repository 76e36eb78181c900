from __future__ import annotations

import itertools

import numpy as np
import pytest
import torch

from bedside.demo import pretrain
from bedside.demo.corpus import Item, picture_items, text_items
from bedside.demo.model import ModelSize, build_model
from bedside.demo.pretrain import Schedule, answers, train
from bedside.demo.tokenizer import train_tokenizer

SIZE = ModelSize(vocab_size=400, num_hidden_layers=1, vision_num_hidden_layers=1)
SCHEDULE = Schedule(steps=4, picture_batch=2, text_batch=2, warmup_steps=2)


@pytest.fixture(scope="module")
def pictures() -> list[Item]:
    return picture_items(4, np.random.default_rng(0), name="s")


@pytest.fixture(scope="module")
def texts() -> list[Item]:
    return text_items(40, np.random.default_rng(0))


@pytest.fixture(scope="module")
def tokenizer_file(tmp_path_factory, pictures, texts):
    file = tmp_path_factory.mktemp("pretrain") / "tokenizer.model"
    words = [text for item in [*pictures, *texts] for text in (item.asked, item.said)]
    file.write_bytes(train_tokenizer(words, vocab_size=400))
    return file


def test_only_answers_are_learnt(tokenizer_file, pictures):
    _, processor = build_model(SIZE, tokenizer_file=tokenizer_file, seed=0)
    items = [pictures[0], Item("What is it?", "A long answer about sinus rhythm and a rate.")]
    batch = pretrain._encode(items, processor)
    tokenizer = processor.tokenizer
    for row, item in enumerate(items):
        learnt = batch["labels"][row]
        assert tokenizer.decode(learnt[learnt != -100]) == f"{item.said}<end_of_turn>\n"
        kept = learnt != -100
        assert torch.equal(batch["input_ids"][row][kept], learnt[kept])
    pictures_only = batch["token_type_ids"].sum(dim=1).tolist()
    assert pictures_only == [SIZE.mm_tokens_per_image, 0]


def test_every_item_comes_once_a_pass(texts):
    batches = pretrain._batches(texts, 3, np.random.default_rng(0))
    seen = [next(batches) for _ in range(14)]
    assert sorted(map(len, seen)) == [1, *[3] * 13]
    assert sorted(item.said for batch in seen for item in batch) == sorted(item.said for item in texts)


def test_the_learning_rate_warms_up_and_falls():
    schedule = Schedule(steps=100, warmup_steps=10)
    rates = [pretrain._rate(step, schedule) for step in range(101)]
    assert rates[0] == pytest.approx(0.1)
    assert max(rates) == pytest.approx(rates[9], rel=0.02)
    assert rates[100] == pytest.approx(0.05)
    assert all(later <= earlier for earlier, later in itertools.pairwise(rates[10:]))


def test_the_same_seed_trains_the_same_model(tokenizer_file, pictures, texts):
    def trained() -> tuple[float, torch.Tensor]:
        model, processor = build_model(SIZE, tokenizer_file=tokenizer_file, seed=0)
        loss = train(model, processor, pictures=pictures, texts=texts, schedule=SCHEDULE, seed=7)
        return loss, torch.cat([weight.flatten() for weight in model.parameters()])

    (first_loss, first), (second_loss, second) = trained(), trained()
    assert first_loss == second_loss
    assert torch.equal(first, second)


def test_answers_come_in_order_whatever_the_batch(tokenizer_file, pictures, texts):
    model, processor = build_model(SIZE, tokenizer_file=tokenizer_file, seed=0)
    train(model, processor, pictures=pictures, texts=texts, schedule=SCHEDULE, seed=7)
    items = [*pictures, *texts[:3]]
    together = answers(model, processor, items, max_tokens=4, batch=50)
    alone = answers(model, processor, items, max_tokens=4, batch=1)
    assert together == alone
    assert len(together) == len(items)
